"""The sheet and how it is filled."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from plotwriter.errors import LayoutError
from plotwriter.ink import Page

__all__ = ["ALIGNMENTS", "Align", "PageSetup"]

Align = Literal["left", "right", "center", "justify"]
ALIGNMENTS: tuple[Align, ...] = get_args(Align)
MOST_COLUMNS = 12


@dataclass(frozen=True, slots=True)
class PageSetup:
    """The sheet and how it is filled; all lengths in mm."""

    page: Page
    margins: tuple[float, float, float, float] = (20.0, 20.0, 20.0, 20.0)  #: top, right, bottom, left
    x_height: float = 2.5  #: of the writing; the ink already has it, rows are placed by it
    line_height: float = 9.0  #: from baseline to baseline
    word_space: float = 3.0  #: between the ink of a word and the ink of the next
    paragraph_gap: float = 0.6  #: rows left blank between paragraphs
    indent: float = 0.0  #: of the first row of every paragraph
    first_line: float | None = None  #: first baseline below the top of the sheet, for ruled paper; None: by the top margin
    ruled: bool = False  #: every baseline lies a whole number of line heights below the first
    align: Align = "left"
    columns: int = 1
    column_gap: float = 10.0
    naturalness: float = 0.0  #: 0 even as print, 1 as uneven as printed rules allow
    seed: int = 0  #: of what is uneven
    pens: Mapping[str, int] = field(default_factory=dict)  #: kind of paragraph to pen; the others have that of "text", or 1

    def __post_init__(self) -> None:
        """Refuse what cannot be laid out.

        Raises:
            LayoutError: a length that means nothing, or margins that leave no room
        """
        lengths = {
            "--size": self.x_height,
            "--line-height": self.line_height,
            "page width": self.page.width,
            "page height": self.page.height,
        }
        for name, value in lengths.items():
            if not (math.isfinite(value) and value > 0):
                raise LayoutError(f"{name}: {value:g} mm is not a length above 0")
        free = {"--word-space": self.word_space, "--paragraph-gap": self.paragraph_gap, "--indent": self.indent}
        free |= {"--margin": min(self.margins), "--first-line": self.first_line or 0.0, "--column-gap": self.column_gap}
        for name, value in free.items():
            if not (math.isfinite(value) and value >= 0):
                raise LayoutError(f"{name}: {value:g} is below 0")
        if self.align not in ALIGNMENTS:
            raise LayoutError(f"--align: {self.align!r} is not known; known: {', '.join(ALIGNMENTS)}")
        if not 0 <= self.naturalness <= 1:
            raise LayoutError(f"--naturalness: {self.naturalness:g} is not 0 to 1")
        if not 1 <= self.columns <= MOST_COLUMNS:
            raise LayoutError(f"--columns: {self.columns} is not 1 to {MOST_COLUMNS}")
        top, right, bottom, left = self.margins
        if self.page.width - left - right <= 0 or self.page.height - top - bottom <= 0:
            raise LayoutError(
                f"--margin: {left:g} + {right:g} mm across and {top:g} + {bottom:g} mm down leave no room "
                f"on a {self.page.width:g} x {self.page.height:g} mm sheet; use narrower margins or larger paper"
            )
        if self.width <= 0:
            raise LayoutError(f"--columns: {self.columns} of them with {self.column_gap:g} mm between leave no room; use fewer")

    @property
    def width(self) -> float:
        """Length of a full row, mm."""
        across = self.page.width - self.margins[1] - self.margins[3]
        return (across - (self.columns - 1) * self.column_gap) / self.columns

    def pen_of(self, kind: str) -> int:
        """The pen a kind of paragraph is written with."""
        return self.pens.get(kind, self.pens.get("text", 1))

    def left_of(self, column: int) -> float:
        """Where the rows of a column, from 0, begin, mm from the left of the sheet."""
        return self.margins[3] + column * (self.width + self.column_gap)
