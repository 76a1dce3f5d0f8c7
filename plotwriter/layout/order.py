"""The order in which a page is drawn: as it was written, or with little pen-up travel.

    natural   as written: line by line, dots and bars after their word
    fast      words in another order, each still written in one go; its strokes in another order and either way round

No two strokes are ever joined and no point moves: only order and direction change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from typing import Literal, get_args

import numpy as np

from plotwriter.errors import ConfigError
from plotwriter.ink import Ink, Stroke
from plotwriter.layout.passes import passes
from plotwriter.layout.tour import shortest_tour

__all__ = ["ORDERS", "Order", "order", "travel"]

Order = Literal["natural", "fast"]
ORDERS: tuple[Order, ...] = get_args(Order)
EFFORT = 3  # kicks a stroke: about a second for a page of 650 strokes
MOST = 4000  # strokes whose tour is searched on with kicks; a larger drawing would take minutes
HOME = 0j  # mm; the sheet's top left, where an EBB machine starts and ends


def travel(strokes: Sequence[Stroke], *, home: complex | None = None) -> float:
    """Pen-up distance between the strokes, in their order, mm.

    Args:
        strokes: in drawing order
        home: where the pen starts and ends; None: the ways to the first stroke and from the last are not counted
    """
    between = float(sum(abs(after.points[0] - before.points[-1]) for before, after in pairwise(strokes)))
    if home is None or not strokes:
        return between
    return between + abs(complex(strokes[0].points[0]) - home) + abs(home - complex(strokes[-1].points[-1]))


def order(ink: Ink, how: str = "fast", *, effort: int = EFFORT, home: complex = HOME) -> Ink:
    """The same strokes in one of the ORDERS, some turned round, with as much pen-up travel as before or less.

    Args:
        ink: either frame, mm
        how: one of ORDERS
        effort: kicks of the search for every stroke; the same effort gives the same order on every machine
        home: where the pen starts and ends

    Strokes of one pen are sorted among themselves; the sequence of pens stays. A stroke that writes no word, or
    several, is a word of its own.

    Raises:
        ConfigError: an order that is none of them
    """
    if how not in ORDERS:
        raise ConfigError(f"--order: {how!r} is not known; known: {', '.join(ORDERS)}")
    if how == "natural":
        return ink
    runs = [tuple(run) for _, run in groupby(ink.strokes, key=lambda stroke: stroke.pen)]
    done: list[Stroke] = []
    for i, run in enumerate(runs):
        here = complex(done[-1].points[-1]) if done else home
        there = complex(runs[i + 1][0].points[0]) if i + 1 < len(runs) else home
        better = _toured(_words(ink.text, run), here, there, effort * len(run) if len(run) <= MOST else 0)
        done += better if _way(better, here, there) < _way(run, here, there) else run
    return replace(ink, strokes=tuple(done))


def _way(strokes: Sequence[Stroke], here: complex, there: complex) -> float:
    return travel(strokes) + float(abs(strokes[0].points[0] - here) + abs(there - strokes[-1].points[-1]))


def _toured(groups: Sequence[Sequence[Stroke]], here: complex, there: complex, kicks: int) -> tuple[Stroke, ...]:
    ends = [np.array([[stroke.points[0], stroke.points[-1]] for stroke in group]) for group in groups]
    found = []
    for k, one in shortest_tour(passes(ends), here, there, kicks=kicks):
        for end in one.way:
            stroke = groups[k][end >> 1]
            found.append(stroke.with_points(stroke.points[::-1]) if end & 1 else stroke)
    return tuple(found)


def _words(text: str, strokes: Sequence[Stroke]) -> list[list[Stroke]]:
    """Strokes by the word they are part of; alone where that is not known, as with a span of several words."""
    word_of, word = [0] * (len(text) + 1), 0
    for i, char in enumerate(text):
        word += char.isspace()
        word_of[i] = word
    found: dict[tuple[str, int], list[Stroke]] = {}
    for number, stroke in enumerate(strokes):
        first, last = stroke.span
        known = last > first and word_of[first] == word_of[last - 1] and text[first:last].strip()
        key = ("word", word_of[first]) if known else ("stroke", number)
        found.setdefault(key, []).append(stroke)
    return list(found.values())
