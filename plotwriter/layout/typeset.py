"""Words of ink to pages of ink.

page                                   x_height: baseline to top of x
|<-left->|                  |<-right->|
|        Dear Ada,          |         |   first baseline: its ascenders touch the top margin,
|        it is a quiet      |         |   or `first_line` from the top of the sheet
|        morning.           |         |   then one `line_height` per row
|                           |         |   `paragraph_gap` rows more between paragraphs
|        Yours              |         |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from plotwriter.errors import LayoutError
from plotwriter.ink import Ink, Stroke
from plotwriter.layout.inside import inside
from plotwriter.layout.rows import Row, Split, set_rows
from plotwriter.layout.setup import PageSetup
from plotwriter.text import Paragraph, prompts

__all__ = ["PlacedRow", "place_rows", "typeset"]

ASCENDER = 2.1  # x-heights from the baseline to the top of tall letters; round-hand copybooks have 2 to 2.5
DESCENDER = 1.1  # x-heights from the baseline to the bottom of deep letters
_ROUNDING = 1e-6  # mm, of sums of widths


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """A row and where it stands."""

    row: Row
    column: int  #: from 0 over all pages
    baseline: float  #: mm from the top of the sheet
    left: float  #: mm from the left of the sheet


def typeset(
    paragraphs: Sequence[Paragraph],
    words: Sequence[Ink],
    text: str,
    *,
    setup: PageSetup,
    splits: Mapping[int, Sequence[Split]] | None = None,
) -> tuple[Ink, ...]:
    """Pages of written text, rows broken by the measured width of the ink.

    Args:
        paragraphs: of `text`
        words: one per prompt of the paragraphs, in order; line frame, mm, spans index the word
        text: what all pages say
        setup: the sheet and how it is filled
        splits: word, from 0, to the ways it may be broken

    Returns:
        one Ink per page, page frame, strokes in writing order, spans index `text`

    Raises:
        LayoutError: a word is wider than a row or has no ink, a row is taller than the page, or ink would leave the sheet
        ValueError: words and prompts do not belong together
    """
    asked = prompts(paragraphs)
    if [word.text for word in words] != [prompt.text for prompt in asked]:
        raise ValueError(f"{len(words)} words of ink do not match the {len(asked)} prompts they were asked for")
    pages: list[list[Stroke]] = []
    for placed in place_rows(set_rows(paragraphs, words, setup, splits), setup):
        while len(pages) <= placed.column // setup.columns:
            pages.append([])
        pages[-1].extend(_inked(placed))
    inks = tuple(Ink(tuple(strokes), text, setup.page) for strokes in pages)
    for number, ink in enumerate(inks, 1):
        inside(ink, setup.page, where=f"page {number}")
    return inks


def place_rows(rows: Sequence[Row], setup: PageSetup) -> list[PlacedRow]:
    """Rows into columns, top to bottom; no row stands alone at the foot or the head of one where its paragraph is longer.

    Raises:
        LayoutError: a row is taller than the page
    """
    found: list[PlacedRow] = []
    at, column = 0, 0
    while at < len(rows):
        placed = _fill(rows[at:], column, setup)
        kept = len(placed) if at + len(placed) == len(rows) else _whole(rows[at:], len(placed))
        found += placed[:kept]
        at, column = at + kept, column + 1
    return found


def _fill(rows: Sequence[Row], column: int, setup: PageSetup) -> list[PlacedRow]:
    """As many rows as one column holds."""
    bottom_edge = setup.page.height - setup.margins[2]
    baseline = _first_baseline(rows[0], setup)
    found: list[PlacedRow] = []
    for row in rows:
        if found:
            baseline += setup.line_height + row.gap
        below = max(DESCENDER * setup.x_height, row.bottom)
        if baseline + below > bottom_edge + _ROUNDING:
            if found:
                break
            raise LayoutError(
                f"not one line fits: writing of this size needs {baseline + below + setup.margins[2]:.1f} mm from top to bottom, "
                f"the sheet has {setup.page.height:g} mm; use larger paper, narrower margins or a smaller --size"
            )
        found.append(PlacedRow(row, column, baseline, setup.left_of(column % setup.columns)))
    return found


def _whole(rows: Sequence[Row], n_fit: int) -> int:
    """How many of the rows that fit stay, so that neither widow nor orphan is left; all when nothing can be done."""
    for kept in range(n_fit, max(0, n_fit - 3), -1):
        last = rows[kept - 1]
        widow = last.left == 1 and last.index > 0
        orphan = (last.index == 0 and last.left > 0) or last.heading
        if not widow and not orphan:
            return kept
    return n_fit


def _first_baseline(row: Row, setup: PageSetup) -> float:
    if setup.first_line is not None:
        return setup.first_line
    return setup.margins[0] + max(ASCENDER * setup.x_height, -row.top)


def _inked(placed: PlacedRow) -> Iterator[Stroke]:
    for piece in placed.row.pieces:
        move = placed.left + piece.x - piece.ink.bounds()[0] + 1j * placed.baseline
        first, last = piece.span
        for stroke in piece.ink.strokes:  # a hyphen belongs to the letter before it
            span = min(first + stroke.span[0], last - 1), min(first + stroke.span[1], last)
            yield replace(stroke, points=stroke.points + move, span=span, pen=placed.row.pen)
