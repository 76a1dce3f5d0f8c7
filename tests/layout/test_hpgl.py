"""Pages for HPGL plotters: every stroke is there, in its place, or the page is refused."""

from __future__ import annotations

import re

import numpy as np
import pytest

from plotwriter.errors import LayoutError
from plotwriter.ink import Ink, Page, Stroke
from plotwriter.layout.vpype_bridge import to_hpgl
from tests.factories import make_page

UNIT = 0.02488  # mm; hp7475a


def strokes_of(hpgl: str) -> list[np.ndarray]:
    """What is drawn, plotter units."""
    found: list[list[complex]] = []
    for name, coordinates in re.findall(r"(PU|PD)([-\d,]*);", hpgl):
        numbers = [int(number) for number in coordinates.split(",") if number]
        points = [complex(*pair) for pair in zip(numbers[::2], numbers[1::2], strict=True)]
        if name == "PU" and points:
            found.append(points[-1:])
        elif name == "PD":
            found[-1] += points
    return [np.array(points) for points in found if len(points) > 1]


@pytest.mark.parametrize("page", [Page(210, 297), Page(297, 210), Page(297, 420)], ids=["a4", "a4 across", "a3"])
def test_every_stroke_is_written_to_scale(page: Page) -> None:
    ink = make_page(30, page=Page(210, 297) if page.height > 210 else page)
    ink = Ink(tuple(stroke.with_points(stroke.points + 5 + 5j) for stroke in ink.strokes), ink.text, page)
    hpgl = to_hpgl(ink)
    written = strokes_of(hpgl)
    assert len(written) == len(ink.strokes) and hpgl.startswith("IN;") and "SP0" in hpgl
    for stroke, path in zip(sorted(ink.strokes, key=lambda stroke: stroke.pen), written, strict=True):
        length = max(stroke.length, 0.2)
        assert np.abs(np.diff(path)).sum() * UNIT == pytest.approx(length, rel=0.01, abs=0.06)
    assert max(len(command) for command in hpgl.split(";")) < 1000  # the plotter's buffer


def test_what_a_plotter_cannot_reach_is_refused_not_cut_off() -> None:
    with pytest.raises(LayoutError, match="takes sheets of a4"):
        to_hpgl(make_page(3, page=Page(300, 300)))
    edge = Ink((Stroke(np.array([1 + 1j, 100 + 100j]), (0, 1)),), "o", Page(210, 297))
    with pytest.raises(LayoutError, match="does not reach all the ink"):
        to_hpgl(edge)
