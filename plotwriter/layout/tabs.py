"""Where the cells of tabbed lines begin: as a hand keeps columns, each as wide as what stands in it.

tea        2.50       lines with tabs that follow each other are one table; a column begins a gap
biscuits  11.00       after the widest cell before it; figures stand flush right, a heading over them too
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from plotwriter.text import Line

__all__ = ["Cell", "cells_of", "tables"]

GAP = 2.5  # word spaces between the widest cell of a column and the next column
_UNIT = 3  # letters of what may stand behind a figure: %, €, kg, min
_FIGURE = re.compile(r"[^\w\s]*\d[\d.,:/%€$£¥°–+-]*\S{0,2}$")  # 2.50, 11:30, €3, 25 %, 3h


@dataclass(frozen=True, slots=True)
class Cell:
    """Words between two tabs."""

    first: int  #: word of the line
    last: int  #: one past its last word
    width: float  #: mm of its ink, on one row
    x: float = 0.0  #: mm from the left end of the row
    right: bool = False  #: it ends where the column ends


def cells_of(line: Line, widths: Sequence[float], spaces: Sequence[float]) -> list[Cell]:
    """The cells of a line, where they have not been placed.

    Args:
        line: with its stops
        widths: mm of each word
        spaces: mm between each word and the next
    """
    edges = [0, *line.stops, len(line.words)]
    return [Cell(a, b, sum(widths[a:b]) + sum(spaces[a : b - 1])) for a, b in pairwise(edges)]


def tables(lines: Sequence[Line], kinds: Sequence[str], cells: Sequence[Sequence[Cell]], word_space: float) -> list[list[Cell]]:
    """The cells of every line where they stand; lines without tabs stay as they are.

    Args:
        lines: of the text
        kinds: of the paragraph of each; a table has one
        cells: of each
        word_space: mm
    """
    placed = [list(row) for row in cells]
    at = 0
    while at < len(lines):
        end = at
        while end < len(lines) and lines[end].stops and kinds[end] == kinds[at]:
            end += 1
        if end > at:
            placed[at:end] = _table(lines[at:end], placed[at:end], word_space)
        at = max(end, at + 1)
    return placed


def _table(lines: Sequence[Line], rows: Sequence[Sequence[Cell]], word_space: float) -> list[list[Cell]]:
    left = min(line.indent for line in lines) * word_space
    placed: list[list[Cell]] = [[] for _ in rows]
    for column in range(max(len(row) for row in rows)):
        there = [k for k, row in enumerate(rows) if len(row) > column]
        width = max(rows[k][column].width for k in there)
        figures = column > 0 and _are_figures([lines[k] for k in there], [rows[k][column] for k in there])
        for k in there:
            cell = rows[k][column]
            placed[k].append(Cell(cell.first, cell.last, cell.width, left + (width - cell.width if figures else 0.0), figures))
        left += width + GAP * word_space
    return placed


def _are_figures(lines: Sequence[Line], cells: Sequence[Cell]) -> bool:
    """Whether a column holds figures, below a heading or without one."""
    said = []
    for line, cell in zip(lines, cells, strict=True):
        figure, *unit = line.words[cell.first : cell.last]
        said.append(bool(_FIGURE.match(figure.text)) and all(len(word.text) <= _UNIT for word in unit))
    return len(said) > 1 and all(said[1:]) and (said[0] or len(said) > 2)
