from __future__ import annotations

import numpy as np
import pytest

from plotwriter.errors import LayoutError
from plotwriter.ink import Ink, Page, Stroke
from plotwriter.motion import Placement, fit
from tests.devices.factories import make_page


def make_ink(page: Page, *points: complex) -> Ink:
    return Ink((Stroke(np.array([page.width / 2 + 1j]), (0, 4)), Stroke(np.array(points), (5, 12))), "dear morning", page)


@pytest.mark.parametrize("rotated", [False, True])
def test_to_page_undoes_to_machine(rotated: bool) -> None:
    placement = Placement(Page(148, 210), rotated=rotated, offset=3 - 2j)
    points = np.random.default_rng(0).normal(size=50) + 1j * np.random.default_rng(1).normal(size=50)
    assert np.allclose(placement.to_page(placement.to_machine(points)), points)


def test_a_portrait_sheet_is_turned_counter_clockwise_on_a_landscape_machine() -> None:
    page = Page(148, 210)
    placement = fit(make_ink(page, 10 + 20j, 30 + 20j), (300, 218), machine="axidraw")
    assert placement.rotated and placement.size == (210, 148)
    corners = placement.to_machine(np.array([0j, 148 + 0j, 148 + 210j]))
    assert corners.tolist() == [148j, 0j, 210 + 0j]  # the top right corner comes home


def test_a_landscape_sheet_lies_as_it_is() -> None:
    assert not fit(make_page(), (300, 218), machine="axidraw").rotated


def test_only_ink_must_be_reachable() -> None:
    big = Page(420, 297)
    fit(make_ink(big, 280 + 200j, 290 + 200j), (300, 218), machine="axidraw")
    with pytest.raises(LayoutError, match=r"axidraw: reaches 300 x 218 mm, but 'morning' lies 5\.0 mm beyond x = 300 mm"):
        fit(make_ink(big, 280 + 200j, 305 + 200j), (300, 218), machine="axidraw")


def test_ink_without_words_is_named_by_its_place_in_the_drawing() -> None:
    near, far = (Stroke(np.array([10 + 10j, x + 10j]), (0, 0)) for x in (20, 305))
    drawing = Ink((near, far, near), "", Page(420, 297))
    with pytest.raises(LayoutError, match=r"300 x 218 mm, but stroke 2 of 3 lies 5\.0 mm beyond x = 300 mm"):
        fit(drawing, (300, 218), machine="axidraw")


def test_ink_without_page_or_with_nan_is_refused() -> None:
    with pytest.raises(LayoutError, match="no page"):
        fit(Ink((), ""), (300, 218), machine="axidraw")
    with pytest.raises(LayoutError, match="not numbers"):
        fit(make_ink(Page(100, 100), complex("nan")), (300, 218), machine="axidraw")
