"""Specimens: every hand shown, nothing cut off."""

import pytest

from plotwriter.errors import ConfigError
from plotwriter.specimen import MARGIN, ROW, SPECIMEN, rows_of_hands, specimen
from plotwriter.styles import find_style

STYLES = [find_style(name) for name in ("linden", "rowan")]


def assert_whole(document):
    (page,) = document.pages
    left, top, right, bottom = page.bounds()
    assert min(left, top) == pytest.approx(MARGIN, abs=0.01)
    assert (page.page.width - right, page.page.height - bottom) == pytest.approx((MARGIN, MARGIN), abs=0.1)
    covered = {k for stroke in page.strokes for k in range(*stroke.span)}
    assert {k for k, char in enumerate(document.text) if not char.isspace()} <= covered


def test_a_specimen_shows_every_letter_and_figure():
    assert {*"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"} <= set(SPECIMEN)
    document = specimen(STYLES[0], device="cpu")
    assert document.text == SPECIMEN and document.style == "linden"
    assert_whole(document)


def test_rows_of_hands_are_below_each_other():
    document = rows_of_hands(STYLES, device="cpu")
    assert document.text.splitlines() == [ROW.format(name=style.name) for style in STYLES]
    assert_whole(document)
    first = document.text.index("\n")
    upper = max(s.points.imag.max() for s in document.pages[0].strokes if s.span[0] < first)
    lower = min(s.points.imag.min() for s in document.pages[0].strokes if s.span[0] > first)
    assert upper < lower
    with pytest.raises(ConfigError, match="no style"):
        rows_of_hands([])
