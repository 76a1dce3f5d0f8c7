"""Every sensible way of writing the strokes of one word: where to begin, where to end, how far the raised pen goes between.

    strokes of a word --orders and directions--> Pass(entry, exit, cost, way)      way: stroke * 2, + 1 when turned round

Passes that another one beats, even after going from its ends to theirs, are left out; turned round, a pass is a pass.

Legend: w words of one size, m strokes of each, e = 2m their ends; end 2k is where stroke k was begun, 2k + 1 where it ended.
Source: M. Held, R. M. Karp, A Dynamic Programming Approach to Sequencing Problems, 1962; departs: every entry at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from plotwriter.ink import Points

__all__ = ["Pass", "passes"]

Indices = npt.NDArray[np.intp]

_EXACT = 8  # strokes; up to here every order counts (256 subsets), above it only likely ones
_LIKELY = 64  # passes kept of a longer word


class Pass(NamedTuple):
    """One way through a word."""

    entry: complex  #: mm, where its first stroke begins
    exit: complex  #: mm, where its last stroke ends
    cost: float  #: mm of travel between
    way: tuple[int, ...]  #: the end each stroke is begun at


def passes(words: Sequence[Points]) -> list[tuple[Pass, ...]]:
    """The passes of every word; never none.

    Args:
        words: (m, 2) each, mm: first and last point of every stroke of a word, m >= 1
    """
    found: list[tuple[Pass, ...]] = [()] * len(words)
    by_size: dict[int, list[int]] = defaultdict(list)
    for k, ends in enumerate(words):
        by_size[len(ends)].append(k)
    for size, members in by_size.items():
        if size <= _EXACT:
            every = np.stack([words[k].ravel() for k in members])
            for k, kept in zip(members, _exact(every), strict=True):
                found[k] = kept
        else:
            for k in members:
                found[k] = _likely(words[k].ravel().tolist())
    return found


def _exact(ends: Points) -> list[tuple[Pass, ...]]:
    """The cheapest pass from every end to every other, less those that others beat; ends (w, e)."""
    w, e = ends.shape
    far = np.abs(ends[:, :, None] - ends[:, None])  # (w, e, e)
    full = (1 << e // 2) - 1
    cost = np.full((full + 1, w, e, e), np.inf)  # [strokes drawn, word, begun at, stands at]
    before = np.zeros((full + 1, w, e, e), np.intp)  # where it stood one stroke ago
    for end in range(e):
        cost[1 << end // 2, :, end, end ^ 1] = 0.0
    for drawn in range(1, full):
        through = cost[drawn][:, :, :, None] + far[:, None]  # (w, begun, stands, next)
        stood = through.argmin(axis=2)
        least = np.take_along_axis(through, stood[:, :, None], axis=2)[:, :, 0]
        for end in range(e):
            if not drawn >> end // 2 & 1:
                more = drawn | 1 << end // 2
                cost[more, :, :, end ^ 1], before[more, :, :, end ^ 1] = least[:, :, end], stood[:, :, end]
    return [_undominated(ends[k], cost[full, k], before[:, k]) for k in range(w)]


def _undominated(ends: Points, cost: npt.NDArray[np.float64], before: Indices) -> tuple[Pass, ...]:
    """The passes of one word that no other one beats.

    Args:
        ends: (e,)
        cost: (e, e) from an end to an end
        before: (subsets, e, e) for the way back
    """
    first, last = np.nonzero(np.isfinite(cost))
    price = cost[first, last]
    through = price + np.abs(ends[first][:, None] - ends[first]) + np.abs(ends[last][:, None] - ends[last])  # [i, j] i by way of j
    kept = ~(through < price[:, None] - 1e-9).any(axis=1)
    found = []
    for begun, stands in zip(first[kept].tolist(), last[kept].tolist(), strict=True):
        drawn, here, way = len(before) - 1, stands, []
        while True:
            way.append(here ^ 1)
            if drawn & (drawn - 1) == 0:
                break
            drawn, here = drawn & ~(1 << here // 2), int(before[drawn, begun, here])
        found.append(Pass(complex(ends[begun]), complex(ends[stands]), float(cost[begun, stands]), tuple(reversed(way))))
    return tuple(found)


def _likely(points: list[complex]) -> tuple[Pass, ...]:
    """A longer word: from every end on, the nearest next, then runs turned round while that saves travel."""
    found: dict[tuple[int, int], Pass] = {}
    for start in range(len(points)):
        way, left = [start], set(range(len(points) // 2)) - {start // 2}
        while left:
            here = points[way[-1] ^ 1]
            nearest = min((2 * k + turn for k in left for turn in (0, 1)), key=lambda end: abs(points[end] - here))
            way.append(nearest)
            left.remove(nearest // 2)
        way = _shortened(way, points)
        cost = sum(abs(points[b] - points[a ^ 1]) for a, b in pairwise(way))
        key = way[0], way[-1] ^ 1
        if key not in found or cost < found[key].cost:
            found[key] = Pass(points[key[0]], points[key[1]], cost, tuple(way))
    return tuple(sorted(found.values(), key=lambda one: one.cost)[:_LIKELY])


def _shortened(way: list[int], points: list[complex]) -> list[int]:
    """The way with runs of strokes turned round while that saves travel; its first stroke stays."""
    better = True
    while better:
        better = False
        for i in range(1, len(way)):
            for j in range(i, len(way)):
                before, begin, end = points[way[i - 1] ^ 1], points[way[i]], points[way[j] ^ 1]
                gain = abs(begin - before) - abs(end - before)
                if j + 1 < len(way):
                    after = points[way[j + 1]]
                    gain += abs(after - end) - abs(after - begin)
                if gain > 1e-9:
                    way = way[:i] + [k ^ 1 for k in reversed(way[i : j + 1])] + way[j + 1 :]
                    better = True
    return way
