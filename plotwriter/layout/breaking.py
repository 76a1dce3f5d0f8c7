"""Words to rows: of all ways to break a paragraph, the one whose rows are evenest together.

    demerits of a row = (1 + 100 |r|³)² + penalties      r = blank space left over / space it may take
    best[break] = min over earlier breaks of best[earlier] + demerits of the row between

Source: D. E. Knuth, M. F. Plass, Breaking Paragraphs into Lines, Software: Practice and Experience 11 (1981); departs: the widths are
those of the ink, nothing shrinks in a ragged row, and a paragraph that no good rows exist for takes the least bad ones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

__all__ = ["Break", "Measure", "break_rows"]

RAGGED = 0.12  # of the measure: blank at the end of a ragged row that counts as r = 1
STRETCH, SHRINK = 0.6, 0.3  # of a word space: what justifying may add or take before it counts as r = 1
HYPHEN, TWO_HYPHENS = 2500.0, 10_000.0  # demerits of a word broken, and of two in rows that follow
LONE_WORD = 2500.0  # of a last row with little in it
_SHORT = 0.15  # of the measure: such a last row is one
_ROUNDING = 1e-6  # mm, of sums of widths


@dataclass(frozen=True, slots=True)
class Break:
    """Where a row ends."""

    word: int  #: its last word, or the one that is broken
    split: int | None = None  #: which of the word's splits


@dataclass(frozen=True, slots=True)
class Measure:
    """What the rows are broken to, mm."""

    width: float  #: of a full row
    space: float  #: between words
    start: float = 0.0  #: before the first word of the first row
    hang: float = 0.0  #: before the first word of the others
    justify: bool = False


def break_rows(
    widths: Sequence[float],
    kerns: Sequence[float],
    measure: Measure,
    splits: Mapping[int, Sequence[tuple[float, float]]] | None = None,
    glued: Set[int] = frozenset(),
) -> list[Break] | None:
    """Where to end every row, the last one too.

    Args:
        widths: (n,) mm, of each word's ink
        kerns: (n - 1,) mm, added to the space between two neighbours
        measure: of the rows
        splits: word to the widths of what stays and what goes to the next row
        glued: words that begin no row

    Returns:
        None when a word fits no row
    """
    splits = splits or {}
    ends = [Break(-1)]
    for word in range(len(widths)):
        ends += [Break(word, k) for k in range(len(splits.get(word, ())))]
        if word + 1 not in glued:
            ends.append(Break(word))
    best = [0.0] + [math.inf] * (len(ends) - 1)
    came = [0] * len(ends)
    for j in range(1, len(ends)):
        for i in range(j - 1, -1, -1):
            length, n_gaps = _length(ends[i], ends[j], widths, kerns, measure, splits)
            start = measure.start if i == 0 else measure.hang
            if length + start > measure.width + (SHRINK * measure.space * n_gaps if measure.justify else 0.0) + _ROUNDING:
                if ends[i].word < ends[j].word - 1 and length > 2 * measure.width:
                    break  # earlier starts are longer still
                continue
            if best[i] == math.inf:
                continue
            total = best[i] + _demerits(ends[i], ends[j], length + start, n_gaps, measure, last=j == len(ends) - 1)
            if total < best[j]:
                best[j], came[j] = total, i
    if best[-1] == math.inf:
        return None
    found, j = [], len(ends) - 1
    while j:
        found.append(ends[j])
        j = came[j]
    return found[::-1]


def _length(
    before: Break,
    end: Break,
    widths: Sequence[float],
    kerns: Sequence[float],
    measure: Measure,
    splits: Mapping[int, Sequence[tuple[float, float]]],
) -> tuple[float, int]:
    """Width of the row between two breaks, and its number of spaces; endless when there is nothing between."""
    first = before.word if before.split is not None else before.word + 1
    last = end.word
    if first > last or (first == last and before.split is not None and end.split is not None):
        return math.inf, 0
    parts = [
        splits[word][before.split][1]
        if word == first and before.split is not None
        else splits[word][end.split][0]
        if word == last and end.split is not None
        else widths[word]
        for word in range(first, last + 1)
    ]
    return sum(parts) + sum(kerns[first:last]) + measure.space * (last - first), last - first


def _demerits(before: Break, end: Break, length: float, n_gaps: int, measure: Measure, *, last: bool) -> float:
    slack = measure.width - length
    hyphens = (HYPHEN if end.split is not None else 0.0) + (TWO_HYPHENS if end.split is not None and before.split is not None else 0.0)
    if last:
        return 1.0 + (LONE_WORD if length < _SHORT * measure.width and before.word >= 0 else 0.0) + (1e6 * (slack < -_ROUNDING))
    if measure.justify:
        r = slack / max(measure.space * n_gaps * (STRETCH if slack > 0 else SHRINK), 0.1 * measure.space)
    else:
        r = slack / (RAGGED * measure.width)
    return (1.0 + 100.0 * min(abs(r), 10.0) ** 3) ** 2 + hyphens
