"""Rows to columns and pages: where every baseline lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from plotwriter.errors import LayoutError
from plotwriter.ink import Points
from plotwriter.layout.rows import Row
from plotwriter.layout.setup import PageSetup
from plotwriter.strokes.humanize import Wave

__all__ = ["Drift", "PlacedRow", "place_rows"]

ASCENDER = 2.1  # x-heights from the baseline to the top of tall letters; round-hand copybooks have 2 to 2.5
DESCENDER = 1.1  # x-heights from the baseline to the bottom of deep letters
_ROUNDING = 1e-6  # mm, of sums of widths


@dataclass(frozen=True, slots=True, eq=False)
class Drift:
    """How far a row's baseline is off its line."""

    wave: Wave
    slope: float  #: mm a mm along the row, about its middle
    middle: float  #: mm from the left of the sheet

    def at(self, points: Points) -> Points:
        """Points of the row, page frame, off their line."""
        x = points.real
        return np.asarray(points + 1j * (self.wave.at(x) + self.slope * (x - self.middle)))


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """A row and where it stands."""

    row: Row
    column: int  #: from 0 over all pages
    baseline: float  #: mm from the top of the sheet
    left: float  #: mm from the left of the sheet
    drift: Drift | None = None


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
