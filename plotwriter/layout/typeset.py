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
from dataclasses import replace

from plotwriter.ink import Ink, Stroke
from plotwriter.layout.inside import inside
from plotwriter.layout.natural import naturally
from plotwriter.layout.placing import PlacedRow, place_rows
from plotwriter.layout.rows import Split, set_rows
from plotwriter.layout.setup import PageSetup
from plotwriter.text import Paragraph, prompts

__all__ = ["typeset"]


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
    for placed in naturally(place_rows(set_rows(paragraphs, words, setup, splits), setup), setup):
        while len(pages) <= placed.column // setup.columns:
            pages.append([])
        pages[-1].extend(_inked(placed))
    inks = tuple(Ink(tuple(strokes), text, setup.page) for strokes in pages)
    for number, ink in enumerate(inks, 1):
        inside(ink, setup.page, where=f"page {number}")
    return inks


def _inked(placed: PlacedRow) -> Iterator[Stroke]:
    for piece in placed.row.pieces:
        move = placed.left + piece.x - piece.ink.bounds()[0] + 1j * placed.baseline
        first, last = piece.span
        for stroke in piece.ink.strokes:  # a hyphen belongs to the letter before it
            span = min(first + stroke.span[0], last - 1), min(first + stroke.span[1], last)
            points = stroke.points + move
            yield replace(stroke, points=placed.drift.at(points) if placed.drift else points, span=span, pen=placed.row.pen)
