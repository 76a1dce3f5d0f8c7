import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plotwriter.errors import ConfigError
from plotwriter.units import ACCELERATION, ANGLE, DURATION, LENGTH, SPEED, parse_length, parse_quantity, parse_size

QUANTITIES = [LENGTH, SPEED, ACCELERATION, DURATION, ANGLE]


@pytest.mark.parametrize(
    ("text", "quantity", "value"),
    [
        ("5mm", LENGTH, 5.0),
        ("5", LENGTH, 5.0),
        (5, LENGTH, 5.0),
        ("-0.5 cm", LENGTH, -5.0),
        ("1in", LENGTH, 25.4),
        ('1"', LENGTH, 25.4),
        ("72pt", LENGTH, 25.4),
        ("96px", LENGTH, 25.4),
        ("1e-1m", LENGTH, 100.0),
        ("3000mm/min", SPEED, 50.0),
        ("2in/s", SPEED, 50.8),
        ("762mm/s²", ACCELERATION, 762.0),
        ("130ms", DURATION, 0.13),
        ("2min", DURATION, 120.0),
        ("180deg", ANGLE, math.pi),
        ("180", ANGLE, math.pi),
        ("0.1rad", ANGLE, 0.1),
    ],
)
def test_a_quantity_as_people_write_it(text, quantity, value):
    assert parse_quantity(text, quantity, where="x") == pytest.approx(value)


@pytest.mark.parametrize("quantity", QUANTITIES, ids=lambda q: q.name)
def test_every_unit_and_the_example_are_understood(quantity):
    assert parse_quantity(quantity.example, quantity, where="x") > 0
    for unit, factor in quantity.factors:
        assert parse_quantity(f"3 {unit}", quantity, where="x") == pytest.approx(3 * factor)


@pytest.mark.parametrize("text", ["", "mm", "5 furlong", "5mm/s", "nan", "inf", "1e999", "1,5mm", "5 mm x", True, "--5"])
def test_anything_else_names_place_value_and_units(text):
    with pytest.raises(ConfigError, match=r"^--margin: .* is not a length; .*mm, cm.*5mm") as caught:
        parse_length(text, where="--margin")
    assert repr(str(text)) in str(caught.value)


@given(st.floats(-1e6, 1e6), st.sampled_from([unit for unit, _ in LENGTH.factors]))
def test_units_are_linear(number, unit):
    assert parse_length(f"{number!r}{unit}", where="x") == pytest.approx(number * LENGTH.units[unit])


def test_sizes():
    assert parse_size("100x150mm", where="x") == (100, 150)
    assert parse_size("10cmx150mm", where="x") == (100, 150)
    assert parse_size("100 x 150", where="x") == (100, 150)
    assert parse_size("4X6in", where="x") == pytest.approx((101.6, 152.4))
    for bad in ("100", "100x", "x100", "0x5", "-1x5mm", "axb", "1x2x3"):
        with pytest.raises(ConfigError, match=r"^--paper"):
            parse_size(bad, where="--paper")
