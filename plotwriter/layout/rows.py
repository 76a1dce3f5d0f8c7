"""Paragraphs and the ink of their words to rows.

    paragraph --break_rows--> rows of words, or of the parts of a broken one --align--> x of every word

A hand justifies by its spaces alone, and no farther than WIDEST; a row that would need more stays short.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from plotwriter.errors import LayoutError
from plotwriter.ink import Ink
from plotwriter.layout.breaking import Break, Measure, break_rows
from plotwriter.layout.setup import PageSetup
from plotwriter.layout.spacing import kerns
from plotwriter.layout.tabs import Cell, cells_of, tables
from plotwriter.text import Line, Paragraph, Prompt, Shape, prompts

__all__ = ["HEADING_SIZES", "Piece", "Row", "Split", "heading_size", "set_rows"]

HEADING_SIZES = (1.4, 1.2, 1.0)  # of the writing, by level
WIDEST = 2.2  # of a word space: what justifying may make of it
_BULLET, _NUMBER, _NESTED = 3.0, 4.0, 3.0  # x-heights from an item's left edge to its words, and per level
_CLOSING, _OPENING = ":;!?»”%.,)", "«“„("
_SIGNATURE = 0.5  # of the row, where a signature begins
_BEFORE_HEADING = 0.5  # rows blank above a heading, besides the paragraph gap


@dataclass(frozen=True, slots=True)
class Split:
    """A word as the end of one row and the beginning of the next."""

    at: int  #: characters of the word that stay; the hyphen is not one of the text's
    left: Ink  #: line frame, with its hyphen
    right: Ink


@dataclass(frozen=True, slots=True)
class Piece:
    """A word, or a part of one, on its row."""

    x: float  #: mm from the left end of the row to the ink's left edge
    span: tuple[int, int]  #: characters of the text
    ink: Ink  #: line frame; characters of its spans beyond the piece's own are hyphens
    word: int  #: its number in the whole text, from 0
    stop: bool = False  #: it begins at an edge that other rows share: a cell after a tab, the words of an item


@dataclass(frozen=True, slots=True)
class Row:
    """One line of writing."""

    pieces: tuple[Piece, ...]
    gap: float  #: mm of blank space wanted above
    paragraph: int  #: from 0
    index: int  #: of the row in its paragraph, from 0
    left: int  #: rows of the paragraph still to come
    heading: bool = False
    pen: int = 1

    @property
    def top(self) -> float:
        """Highest ink, mm; below 0 is above the baseline."""
        return min(piece.ink.bounds()[1] for piece in self.pieces)

    @property
    def bottom(self) -> float:
        """Lowest ink, mm."""
        return max(piece.ink.bounds()[3] for piece in self.pieces)


def heading_size(shape: Shape) -> float:
    """How large a paragraph is written, of the size of plain text."""
    return HEADING_SIZES[min(shape.level, len(HEADING_SIZES)) - 1] if shape.kind == "heading" else 1.0


def set_rows(
    paragraphs: Sequence[Paragraph], words: Sequence[Ink], setup: PageSetup, splits: Mapping[int, Sequence[Split]] | None = None
) -> list[Row]:
    """Rows of all paragraphs.

    Args:
        paragraphs: of the text
        words: one per prompt of the paragraphs, in order
        setup: the sheet
        splits: word, from 0, to the ways it may be broken

    Raises:
        LayoutError: a word is wider than a row or has no ink
    """
    for prompt, ink in zip(prompts(paragraphs), words, strict=True):
        if not ink.strokes:
            raise LayoutError(f'the word "{prompt.text}" came without ink; try another --seed')
    every = kerns(words, setup.x_height, setup.word_space)
    settings: list[_Setting] = []
    word = 0
    for paragraph in paragraphs:
        for i, line in enumerate(paragraph.lines):
            chosen = range(word, word + len(line.words))
            settings.append(_Setting(line, chosen, words, every, splits or {}, setup, paragraph.shape, i == 0))
            word += len(line.words)
    lines, kinds, bare = zip(*((one.line, one.shape.kind, one.cells()) for one in settings), strict=True) if settings else ((), (), ())
    cells = tables(lines, kinds, bare, setup.word_space)
    placed = iter(zip(settings, cells, strict=True))
    found: list[Row] = []
    previous = None
    for number, paragraph in enumerate(paragraphs):
        shape = paragraph.shape
        rows = [row for _ in paragraph.lines for setting, own in [next(placed)] for row in setting.rows(own)]
        gap = _gap(previous, shape, setup)
        for i, pieces in enumerate(rows):
            found.append(
                Row(pieces, gap if i == 0 else 0.0, number, i, len(rows) - 1 - i, shape.kind == "heading", setup.pen_of(shape.kind))
            )
        previous = shape
    return found


def _gap(before: Shape | None, shape: Shape, setup: PageSetup) -> float:
    if before is None or (before.kind == shape.kind and shape.kind in ("bullet", "numbered")):
        return 0.0
    gap = setup.paragraph_gap + (_BEFORE_HEADING if shape.kind == "heading" else 0.0)
    return setup.line_height * (float(gap > 0) if setup.ruled else gap)


@dataclass(frozen=True, slots=True)
class _Setting:
    """One line of the text to be set."""

    line: Line
    words: range  # of the whole text
    inks: Sequence[Ink]
    kerns: Sequence[float]
    splits: Mapping[int, Sequence[Split]]
    setup: PageSetup
    shape: Shape
    first: bool  # of its paragraph

    def cells(self) -> list[Cell]:
        """What stands between the line's tabs; nothing where there are none."""
        if not self.line.stops:
            return []
        widths, gaps = self._measured()
        return cells_of(self.line, widths, [self.setup.word_space + gap for gap in gaps])

    def _measured(self) -> tuple[list[float], list[float]]:
        """Width of each word, and what is added to the space behind it, mm."""
        widths = [_width(self.inks[word]) for word in self.words]
        gaps = [self.kerns[word] for word in self.words[:-1]]
        if self._is_item and len(widths) > 1:  # the words of an item begin at one edge
            start, hang, _ = self._edges()
            gaps[0] = max(0.0, hang - start - widths[0] - self.setup.word_space)
        return widths, gaps

    @property
    def _is_item(self) -> bool:
        """Whether the line begins with the dash or number of an item."""
        return self.first and self.shape.kind in ("bullet", "numbered")

    def rows(self, cells: Sequence[Cell]) -> Iterator[tuple[Piece, ...]]:
        """The line as rows.

        Args:
            cells: where those of a tabbed line stand
        """
        if cells:
            yield from self._tabbed(cells)
            return
        widths, gaps = self._measured()
        start, hang, align = self._edges()
        measure = Measure(self.setup.width, self.setup.word_space, start, hang, align == "justify")
        splits = {
            k: [(_width(one.left), _width(one.right)) for one in self.splits[word]]
            for k, word in enumerate(self.words)
            if word in self.splits
        }
        breaks = break_rows(widths, gaps, measure, splits, self._glued()) or break_rows(widths, gaps, measure, splits)
        if breaks is None:
            self._too_wide(widths, start, hang)
            raise LayoutError(f"no row of {measure.width:.1f} mm holds the words; use a smaller --size or wider paper")
        before = Break(-1)
        for end in breaks:
            offset = start if before.word < 0 else hang
            yield self._row(before, end, gaps, offset, align, last=end is breaks[-1])
            before = end

    def _tabbed(self, cells: Sequence[Cell]) -> Iterator[tuple[Piece, ...]]:
        """One row of cells; the last one goes on below itself where it is too long."""
        widths, gaps = self._measured()
        edge = self._edges()[0] if self.shape.kind != "text" else 0.0
        *left, last = cells
        pieces = [piece for cell in left for piece in self._cell(cell, widths, gaps, edge)]
        over = max([edge + last.x + (last.width if last.right else 0.0), *(edge + cell.x + cell.width for cell in left)]) - self.setup.width
        measure = Measure(self.setup.width, self.setup.word_space, edge + last.x, edge + last.x)
        breaks = None if over > 0 else break_rows(widths[last.first :], gaps[last.first :], measure)
        if breaks is None:
            over = max(over, edge + last.x + max(widths[last.first :]) - self.setup.width)
            raise LayoutError(
                f"the columns between the tabs are {over:.1f} mm wider than a row of {self.setup.width:.1f} mm "
                f'("{" ".join(word.text for word in self.line.words)}"); use a smaller --size, wider paper or fewer columns'
            )
        begin = last.first
        for end in breaks:
            part = replace(last, first=begin, last=last.first + end.word + 1)
            yield (*pieces, *self._cell(part, widths, gaps, edge))
            pieces, begin = [], part.last

    def _cell(self, cell: Cell, widths: Sequence[float], gaps: Sequence[float], edge: float) -> Iterator[Piece]:
        x = edge + cell.x
        for k in range(cell.first, cell.last):
            begins = (k == cell.first and cell.x > 0) or (k == 1 and self._is_item)
            yield Piece(x, self.line.words[k].span, self.inks[self.words[k]], self.words[k], begins)
            x += widths[k] + self.setup.word_space + (gaps[k] if k < len(gaps) else 0.0)

    def _glued(self) -> frozenset[int]:
        """Words that begin no row: French points stand apart from their word, and quotation marks from what they quote."""
        texts = [word.text for word in self.line.words]
        closing = {k for k, text in enumerate(texts) if k and all(char in _CLOSING for char in text)}
        return frozenset(closing | {k + 1 for k, text in enumerate(texts[:-1]) if all(char in _OPENING for char in text)})

    def _edges(self) -> tuple[float, float, str]:
        """Left edge of the first row and of the others, mm, and how rows are aligned."""
        setup, shape, first = self.setup, self.shape, self.first
        if shape.kind in ("bullet", "numbered"):
            edge = shape.level * _NESTED * setup.x_height
            hang = edge + (_BULLET if shape.kind == "bullet" else _NUMBER) * setup.x_height
            return (edge if first else hang), hang, "left"
        if shape.kind == "signature":
            return _SIGNATURE * setup.width, _SIGNATURE * setup.width, "left"
        start = self.line.indent * setup.word_space + (setup.indent if first and shape.kind == "text" else 0.0)
        align = {"date": "right", "right": "right", "center": "center", "heading": "left"}.get(shape.kind, setup.align)
        return start, 0.0, align

    def _row(self, before: Break, end: Break, gaps: Sequence[float], offset: float, align: str, *, last: bool) -> tuple[Piece, ...]:
        pieces: list[tuple[tuple[int, int], Ink, int]] = []
        first = before.word if before.split is not None else before.word + 1
        for k in range(first, end.word + 1):
            word, span, ink = self.words[k], self.line.words[k].span, self.inks[self.words[k]]
            if k == before.word and before.split is not None:
                split = self.splits[word][before.split]
                span, ink = (span[0] + split.at, span[1]), split.right
            elif k == end.word and end.split is not None:
                split = self.splits[word][end.split]
                span, ink = (span[0], span[0] + split.at), split.left
            pieces.append((span, ink, word))
        spaces = [self.setup.word_space + gaps[k] for k in range(first, end.word)]
        widths = [_width(ink) for _, ink, _ in pieces]
        slack = self.setup.width - offset - sum(widths) - sum(spaces)
        if align == "justify" and spaces and (not last or slack < 0):
            most = sum(spaces) * (WIDEST - 1)
            share = min(slack, most) / sum(spaces)
            spaces = [space * (1 + share) for space in spaces]
        elif align == "right":
            offset += slack
        elif align == "center":
            offset += slack / 2
        at = accumulate([offset, *(width + space for width, space in zip(widths, [*spaces, 0.0], strict=True))])
        stop = self.words[1] if self._is_item and len(self.words) > 1 else -1
        return tuple(Piece(x, span, ink, word, word == stop) for x, (span, ink, word) in zip(at, pieces, strict=False))

    def _too_wide(self, widths: Sequence[float], start: float, hang: float) -> None:
        for k, (prompt, width) in enumerate(zip(self.line.words, widths, strict=True)):
            x = start if k == 0 else hang
            if x + width > self.setup.width:
                _refuse(prompt, width, self.setup.width - x, x)


def _refuse(prompt: Prompt, width: float, room: float, indent: float) -> None:
    indented = f" after an indent of {indent:.1f} mm" if indent else ""
    raise LayoutError(
        f'the word "{prompt.text}" is {width:.1f} mm wide, a line has {room:.1f} mm{indented}; '
        "use a smaller --size, wider paper, narrower margins or --hyphenate"
    )


def _width(ink: Ink) -> float:
    left, _, right, _ = ink.bounds()
    return right - left
