"""How a sheet lies, from marks; printed rules."""

import cmath
import json
import math

import numpy as np
import pytest

from plotwriter.errors import ConfigError, FileError
from plotwriter.layout import RULINGS, PageSetup, paper, read_registration, register, registered, ruling, typeset
from plotwriter.layout.registration import Mark, Registration
from plotwriter.text import paragraphs, prompts
from tests.factories import make_document, make_ink

CORNERS = (10 + 10j, 200 + 10j, 10 + 280j, 200 + 280j)


def marks_of(true, places, noise=0.0, seed=0):
    rng = np.random.default_rng(seed)
    moved = true.apply(np.array(places)) + noise * (rng.normal(size=len(places)) + 1j * rng.normal(size=len(places)))
    return [Mark(place, complex(touched)) for place, touched in zip(places, moved, strict=True)]


@pytest.mark.parametrize("seed", range(5))
def test_two_marks_give_offset_turn_and_scale(seed):
    rng = np.random.default_rng(seed)
    scale = 1 + rng.uniform(-0.02, 0.02)
    true = Registration(complex(*rng.uniform(-8, 8, 2)), math.radians(rng.uniform(-5, 5)), (scale, scale), 0.0, 0.0)
    found = register(marks_of(true, CORNERS[::3]))
    assert (found.offset, found.rotation, found.skew) == pytest.approx((true.offset, true.rotation, 0.0), abs=1e-9)
    assert found.scale == pytest.approx(true.scale) and found.residual < 1e-9


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n", [3, 4])
def test_three_marks_give_skew_too(seed, n):
    rng = np.random.default_rng(seed)
    true = Registration(complex(*rng.uniform(-8, 8, 2)), math.radians(rng.uniform(-5, 5)), (1.01, 0.985), math.radians(1.2), 0.0)
    found = register(marks_of(true, CORNERS[:n]))
    assert np.allclose(found.matrix, true.matrix) and found.offset == pytest.approx(true.offset)
    noisy = register(marks_of(true, CORNERS[:n], noise=0.1, seed=seed))
    assert np.abs(noisy.apply(np.array(CORNERS)) - true.apply(np.array(CORNERS))).max() < 0.8


def test_a_registered_document_is_the_document_moved():
    document = make_document()
    turned = registered(document, register(marks_of(Registration(3 + 2j, 0.02, (1.0, 1.0), 0.0, 0.0), CORNERS[:2])))
    for old, new in zip(document.pages[0].strokes, turned.pages[0].strokes, strict=True):
        assert np.allclose(new.points, 3 + 2j + old.points * cmath.exp(0.02j)) and (new.span, new.pen) == (old.span, old.pen)


@pytest.mark.parametrize(
    ("marks", "message"),
    [
        ([(10, 10)], "1 marks; touch two"),
        ([(10, 10), (15, 10)], "nearer than 20 mm"),
        ([(10, 10), (100, 100), (190, 190)], "in one line"),
        ([(200, 10), (10, 10)], "turned by"),
    ],
)
def test_marks_that_cannot_be_are_refused(marks, message):
    places = [complex(*mark) for mark in marks]
    touched = places[::-1] if "turned" in message else places
    with pytest.raises(ConfigError, match=message):
        register([Mark(a, b) for a, b in zip(places, touched, strict=True)])
    far = [Mark(a, b) for a, b in zip(CORNERS, (*CORNERS[:3], CORNERS[3] + 12), strict=True)]
    with pytest.raises(ConfigError, match="off at a mark"):
        register(far)


def test_the_file_of_marks(tmp_path):
    path = tmp_path / "marks.json"
    path.write_text(json.dumps({"marks": [{"page": [10, 10], "touched": [12, 11]}, {"page": [200, 10], "touched": [202, 11]}]}))
    assert read_registration(path).offset == pytest.approx(2 + 1j)
    for bad in ("[]", "{", '{"marks": [{"page": [1], "touched": [2, 3]}]}', '{"marks": [{"page": [1, NaN], "touched": [2, 3]}]}'):
        path.write_text(bad)
        with pytest.raises(FileError, match=r"marks\.json: not the form"):
            read_registration(path)


@pytest.mark.parametrize("name", [*RULINGS, "8.7mm"])
def test_every_baseline_is_on_a_rule(name):
    rules = ruling(name)
    text = "no one sees\n\nour roses or us\n\n" * 12
    page = paper("a4")
    setup = PageSetup(page, x_height=rules.x_height, line_height=rules.pitch, first_line=rules.first_line, ruled=True)
    words = [make_ink(p.text, seed=i, x_height=rules.x_height) for i, p in enumerate(prompts(paragraphs(text)))]
    pages = typeset(paragraphs(text), words, text, setup=setup)
    at = np.array(list(rules.rules(page)))
    for ink in pages:
        for stroke in ink.strokes:
            if stroke.length > 1:  # every letter of the factory begins on its baseline
                assert np.abs(at - stroke.points[0].imag).min() < 1e-9


def test_rules_that_mean_nothing_are_refused():
    for name, message in (("colege", "college"), ("1mm", "3 to 60 mm"), ("", "known")):
        with pytest.raises(ConfigError, match=f"--rule.*{message}"):
            ruling(name)
    with pytest.raises(ConfigError, match=r"too little for letters of --size 4mm"):
        ruling("college").check(4.0)
