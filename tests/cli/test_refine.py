"""The stages of `plotwriter refine` on a written job that was put out of order."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from plotwriter.exchange import from_json, to_json
from plotwriter.strokes import measured_slant, slant
from plotwriter.strokes.baseline import lower_extrema
from plotwriter.strokes.rows import estimated_x_height, rows_of
from tests.cli.runner import plotwriter

TEXT = "minimum morning running nine minimum near the summer moon in June"


@pytest.fixture(scope="module")
def askew(tmp_path_factory) -> Path:
    """A written page, tilted by 1.5 degrees and leaning 10 degrees more."""
    folder = tmp_path_factory.mktemp("askew")
    options = ("--paper", "a6", "--margin", "22mm", "--naturalness", "0", "--seed", "3", "--draws", "1")
    written = plotwriter("write", "-", "-o", folder / "straight.json", *options, stdin=TEXT.encode())
    assert written.code == 0, written.err
    document = from_json((folder / "straight.json").read_text(), "x")
    (page,) = document.pages
    turn, low = np.exp(1j * math.radians(1.5)), page.bounds()[3]
    page = slant(page.map(lambda z: z - 1j * low), math.radians(10)).map(lambda z: (z + 1j * low - 50 - 70j) * turn + 50 + 70j)
    (folder / "askew.json").write_text(to_json(replace(document, pages=(page,))))
    return folder / "askew.json"


def read(path):
    document = from_json(path.read_text(), "x")
    return document, document.pages[0]


def tilt(ink):
    x_height, slopes = estimated_x_height(ink), []
    for _, row in rows_of(ink, x_height):
        low = np.concatenate([lower_extrema(ink.strokes[k].points, 0.3 * x_height) for k in row])
        if len(low) > 3:
            slopes.append(abs(np.polyfit(low.real, low.imag, 1)[0]))
    return np.median(slopes)


def test_every_stage_does_what_it_says_and_keeps_strokes_spans_and_pens(askew, tmp_path):
    before, old = read(askew)
    for options in (("--baseline",), ("--deslant", "5"), ("--size", "1.5mm"), ("--smooth", "0.1mm"), ("--naturalness", "0.5")):
        path = tmp_path / "out.json"
        done = plotwriter("refine", askew, *options, "-o", path)
        assert done.code == 0 and "mm measured" in done.err, done.err
        after, new = read(path)
        assert (after.text, after.seed, after.style) == (before.text, before.seed, before.style)
        assert [(s.span, s.pen) for s in new.strokes] == [(s.span, s.pen) for s in old.strokes]
        if "--baseline" in options:
            assert tilt(new) < 0.5 * tilt(old)
        if "--deslant" in options:
            assert math.degrees(measured_slant(new)) == pytest.approx(5, abs=1.5)
        if "--size" in options:
            assert estimated_x_height(new) == pytest.approx(1.5, abs=0.01)
        if "--smooth" in options:
            assert all(np.abs(a.points[[0, -1]] - b.points[[0, -1]]).max() < 0.002 for a, b in zip(old.strokes, new.strokes, strict=True))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "nothing to do"),
        (("--words",), "nothing to do"),
        (("--words", "--baseline"), "--words: is about --deslant"),
        (("--deslant", "80"), "would leave streaks"),
        (("--size", "12mm"), "page 1, refined,"),
    ],
)
def test_what_cannot_be_done_is_one_line(askew, tmp_path, options, message):
    done = plotwriter("refine", askew, *options, "-o", tmp_path / "out.json")
    assert done.code in (1, 2) and message in done.err and done.err.count("\n") == 1 and not list(tmp_path.iterdir())
