"""What a hand looks like: all its kinds of characters on a slip of paper, or one row for each of several hands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from plotwriter import __version__, layout, letter
from plotwriter.errors import ConfigError
from plotwriter.ink import Document, Ink, Page, Stroke
from plotwriter.styles import Style

__all__ = ["rows_of_hands", "specimen"]

SPECIMEN = (
    "The quick brown fox jumps over the lazy dog.\n"
    "Ada Ben Cora Dan Emil Fay Gus Hugo Ida Jack\n"
    "Kate Lea Max Nora Olga Paul Quinn Rosa Sam\n"
    "Tom Uma Vera Will Xenia Yves Zoe, 0 1 2 3 4 5 6 7 8 9\n"
    'Really? Yes! (No: it\'s 25% & "fine"; #7 @ 3/4)\n'
    "Café, naïve, Übung, Ångström, señor, Łódź, groß, €9½"
)
ROW = "{name}: the quick brown fox jumps over the lazy dog."
SEED = 1
MARGIN = 8.0  # mm
_ENDLESS = 2_000.0  # mm; no specimen is as long


def specimen(style: Style, *, device: str = "auto") -> Document:
    """Pangram, capitals, figures, punctuation and accents of one hand, on a sheet of just that size."""
    return _cropped(_written(SPECIMEN, style, device), style.name)


def rows_of_hands(styles: Sequence[Style], *, device: str = "auto") -> Document:
    """A row of each hand, its name first, below each other on one sheet.

    Raises:
        ConfigError: no hands
    """
    if not styles:
        raise ConfigError("no style is installed, so there is nothing to show")
    strokes: list[Stroke] = []
    text, down = "", 0.0
    for style in styles:
        row = _written(ROW.format(name=style.name), style, device)
        _, top, _, bottom = row.bounds()
        first = len(text)
        move = (down - top) * 1j
        strokes += (replace(s, points=s.points + move, span=(first + s.span[0], first + s.span[1])) for s in row.strokes)
        text += row.text + "\n"
        down += bottom - top + style.x_height
    return _cropped(Ink(tuple(strokes), text), "")


def _written(text: str, style: Style, device: str) -> Ink:
    sheet = letter.Sheet(Page(_ENDLESS, _ENDLESS), margins=(MARGIN,) * 4)
    return letter.compose(text, style, sheet, seed=SEED, device=device).document.pages[0]


def _cropped(ink: Ink, style: str) -> Document:
    """A document of one page that is as large as its ink and the margins."""
    left, top, right, bottom = ink.bounds()
    page = Page(round(right - left + 2 * MARGIN, 1), round(bottom - top + 2 * MARGIN, 1))
    ink = replace(ink.map(lambda points: points - complex(left - MARGIN, top - MARGIN)), page=page)
    layout.inside(ink, page)
    return Document((ink,), ink.text, style, SEED, __version__)
