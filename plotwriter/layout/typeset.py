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

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from plotwriter.errors import LayoutError
from plotwriter.ink import Ink, Page, Stroke
from plotwriter.layout.inside import inside
from plotwriter.text import Line, Paragraph, Prompt, prompts

__all__ = ["PageSetup", "typeset"]

ASCENDER = 2.1  # x-heights from the baseline to the top of tall letters; round-hand copybooks have 2 to 2.5
DESCENDER = 1.1  # x-heights from the baseline to the bottom of deep letters
_ROUNDING = 1e-6  # mm, of sums of widths


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
        free |= {"--margin": min(self.margins), "--first-line": self.first_line or 0.0}
        for name, value in free.items():
            if not (math.isfinite(value) and value >= 0):
                raise LayoutError(f"{name}: {value:g} is below 0")
        top, right, bottom, left = self.margins
        if self.width <= 0 or self.page.height - top - bottom <= 0:
            raise LayoutError(
                f"--margin: {left:g} + {right:g} mm across and {top:g} + {bottom:g} mm down leave no room "
                f"on a {self.page.width:g} x {self.page.height:g} mm sheet; use narrower margins or larger paper"
            )

    @property
    def width(self) -> float:
        """Length of a full row, mm."""
        return self.page.width - self.margins[1] - self.margins[3]


@dataclass(frozen=True, slots=True)
class _Row:
    words: tuple[tuple[float, Prompt, Ink], ...]  # x of the ink's left edge in mm from the left margin
    gap: float  # mm of blank space wanted above

    @property
    def top(self) -> float:
        return min(ink.bounds()[1] for _, _, ink in self.words)

    @property
    def bottom(self) -> float:
        return max(ink.bounds()[3] for _, _, ink in self.words)


def typeset(paragraphs: Sequence[Paragraph], words: Sequence[Ink], text: str, *, setup: PageSetup) -> tuple[Ink, ...]:
    """Pages of written text, rows filled greedily by the measured width of the ink.

    Args:
        paragraphs: of `text`
        words: one per prompt of the paragraphs, in order; line frame, mm, spans index the word
        text: what all pages say
        setup: the sheet and how it is filled

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
    bottom_edge = setup.page.height - setup.margins[2]
    baseline = math.inf  # mm from the top of the sheet; no row fits below it
    for row in _rows(paragraphs, iter(words), setup):
        below = max(DESCENDER * setup.x_height, row.bottom)
        baseline += setup.line_height + row.gap
        if baseline + below > bottom_edge + _ROUNDING:
            baseline = _first_baseline(row, setup)
            if baseline + below > bottom_edge + _ROUNDING:
                raise LayoutError(
                    f"not one line fits: writing of this size needs {baseline + below + setup.margins[2]:.1f} mm from top to bottom, "
                    f"the sheet has {setup.page.height:g} mm; use larger paper, narrower margins or a smaller --size"
                )
            pages.append([])
        pages[-1].extend(_placed(row, setup.margins[3], baseline))
    inks = tuple(Ink(tuple(strokes), text, setup.page) for strokes in pages)
    for number, ink in enumerate(inks, 1):
        inside(ink, setup.page, where=f"page {number}")
    return inks


def _first_baseline(row: _Row, setup: PageSetup) -> float:
    if setup.first_line is not None:
        return setup.first_line
    return setup.margins[0] + max(ASCENDER * setup.x_height, -row.top)


def _rows(paragraphs: Iterable[Paragraph], words: Iterator[Ink], setup: PageSetup) -> Iterator[_Row]:
    gap = 0.0
    for paragraph in paragraphs:
        start = setup.indent
        for line in paragraph.lines:
            for row in _wrapped(line, words, start + line.indent * setup.word_space, setup):
                yield _Row(row, gap)
                gap = 0.0
            start = 0.0
        gap = setup.paragraph_gap * setup.line_height


def _wrapped(line: Line, words: Iterator[Ink], start: float, setup: PageSetup) -> Iterator[tuple[tuple[float, Prompt, Ink], ...]]:
    row: list[tuple[float, Prompt, Ink]] = []
    x = start
    for prompt in line.words:
        ink = next(words)
        if not ink.strokes:
            raise LayoutError(f'the word "{prompt.text}" came without ink; try another --seed')
        left, _, right, _ = ink.bounds()
        width = right - left
        if row and x + width > setup.width + _ROUNDING:
            yield tuple(row)
            row, x = [], 0.0
        if x + width > setup.width + _ROUNDING:
            indented = f" after an indent of {x:.1f} mm" if x else ""
            raise LayoutError(
                f'the word "{prompt.text}" is {width:.1f} mm wide, a line has {setup.width - x:.1f} mm{indented}; '
                "use a smaller --size, wider paper or narrower margins"
            )
        row.append((x, prompt, ink))
        x += width + setup.word_space
    yield tuple(row)


def _placed(row: _Row, left: float, baseline: float) -> Iterator[Stroke]:
    for x, prompt, ink in row.words:
        move = left + x - ink.bounds()[0] + 1j * baseline
        first = prompt.span[0]
        for stroke in ink.strokes:
            yield replace(stroke, points=stroke.points + move, span=(first + stroke.span[0], first + stroke.span[1]))
