"""Lines of arches with ascenders, whose slope and unrest are put in."""

import math

import numpy as np
import pytest

from plotwriter.evaluation.geometry import body_height, drift, spread_of_heights, spread_of_slants
from tests.evaluation.factories import make_word
from tests.training.test_words import arches


def made_line(n_words, rise=0.0, rng=None):
    """Words of arches, each with an upright of two x-heights; `rise` and unrest in x-heights."""
    line = []
    for k in range(n_words):
        lift = 1j * rng.normal(0, 0.12) if rng else 0
        line += [arches(5) + 7 * k + lift, np.linspace(2j, 0, 20) + 7 * k + 5.5 + lift]
    return [points + 1j * rise * points.real for points in line]


@pytest.mark.parametrize("slope", [0.0, 0.015, -0.03])
@pytest.mark.parametrize("unit", [1.0, 180.0])
def test_drift_is_the_slope(slope, unit):
    """Rise per 100 of run, whatever the unit; the x-height comes back in it."""
    line = [points * unit for points in made_line(6, slope)]
    rise, rest, x_height = drift(line)
    assert rise == pytest.approx(100 * slope, abs=0.1) and rest < 0.06
    assert x_height == pytest.approx(unit, rel=0.15)


def test_unrest_is_seen():
    calm, restless = made_line(10), made_line(10, rng=np.random.default_rng(0))
    assert drift(calm)[1] < 0.05 < drift(restless)[1] < 0.25


def test_too_little_writing_has_no_drift():
    assert drift([np.array([0j, 1j])]) is None and drift([]) is None


def test_body_height_is_the_scale():
    for scale in (0.8, 1.0, 1.2):
        assert body_height(make_word("nnnn", scale=scale)) == pytest.approx(scale, rel=0.1)
    assert body_height(make_word("ii")) is None


def test_spreads_are_those_put_in():
    slants = np.random.default_rng(1).normal(0, 0.1, 60)
    words = [make_word("nnnn", slant=slant) for slant in slants]
    assert spread_of_slants(words) == pytest.approx(np.arctan(slants).std(), rel=0.1)
    assert spread_of_heights(words) < 0.01
    scales = np.random.default_rng(2).uniform(0.85, 1.15, 60)
    assert spread_of_heights([make_word("nnnn", scale=scale) for scale in scales]) == pytest.approx(scales.std(), rel=0.2)
    assert math.isnan(spread_of_slants(words[:2])) and math.isnan(spread_of_heights([make_word("i")] * 5))
