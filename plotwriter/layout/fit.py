"""A text on so many pages: rows closer together and writing smaller, as little as it takes, within limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from plotwriter.errors import LayoutError
from plotwriter.ink import Ink
from plotwriter.layout.placing import place_rows
from plotwriter.layout.rows import set_rows
from plotwriter.layout.setup import PageSetup
from plotwriter.text import Paragraph

__all__ = ["fit_pages"]

SMALLEST, CLOSEST = 0.75, 0.85  # of the size, and of the line height beside the size, at the end of what is tried
_STEPS = 24  # between as it is and the smallest


def fit_pages(paragraphs: Sequence[Paragraph], words: Sequence[Ink], setup: PageSetup, n_pages: int) -> tuple[PageSetup, float]:
    """The largest setting that takes no more than so many pages.

    Args:
        paragraphs: of the text
        words: one per prompt; line frame, mm
        setup: as the text would be set
        n_pages: at most

    Returns:
        the setup, and what the words are to be scaled by

    Raises:
        LayoutError: too much even at the smallest; names how many rows are left over, and their height, or the word that is too wide
    """
    over = 0
    for step in range(_STEPS + 1):
        smaller, scale = _shrunk(setup, step / _STEPS)
        try:
            rows = place_rows(set_rows(paragraphs, [_scaled(word, scale) for word in words], smaller), smaller)
        except LayoutError:  # a word wider than a row, or a row taller than the sheet: smaller may do
            if step == _STEPS:
                raise
            continue
        over = sum(placed.column >= n_pages * setup.columns for placed in rows)
        if not over:
            return smaller, scale
    least = "the rows cannot come closer on ruled paper" if setup.ruled else f"line height {smaller.line_height:.1f} mm"
    raise LayoutError(
        f"--fit: {over} rows ({over * smaller.line_height:.0f} mm) are too many for {n_pages} page{'s' * (n_pages > 1)} even at "
        f"--size {smaller.x_height:.2g}mm and {least}; leave something out, or use more pages, larger paper or narrower margins"
    )


def _shrunk(setup: PageSetup, share: float) -> tuple[PageSetup, float]:
    """The setup on the way to the smallest; printed rules stay where they are."""
    scale = 1 - (1 - SMALLEST) * share
    leading = 1.0 if setup.ruled else scale * (1 - (1 - CLOSEST) * share)
    smaller = replace(
        setup,
        x_height=setup.x_height * scale,
        word_space=setup.word_space * scale,
        indent=setup.indent * scale,
        line_height=setup.line_height * leading,
    )
    return smaller, scale


def _scaled(word: Ink, scale: float) -> Ink:
    return word if scale == 1.0 else word.map(lambda points: points * scale)
