"""A page of ink with its text: which strokes are which line.

Lines are written one after another, so in writing order a page is cut where the pen goes down to the next line:
the cuts that leave every line as flat as it can be. Frame: y up, any unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

__all__ = ["split_lines"]

Complex = npt.NDArray[np.complex128]

LATE = 0.6  # of the height between lines; a dot this much nearer to another line goes there


def split_lines(strokes: Sequence[Complex], n_lines: int) -> list[list[int]] | None:
    """Indices of the strokes of every line, from the top.

    Args:
        strokes: of a page, in writing order
        n_lines: how many lines of text it has

    Returns:
        None where the ink does not fall into so many lines, one below another
    """
    n = len(strokes)
    if n_lines == 1:
        return [list(range(n))]
    if n < n_lines:
        return None
    middle = np.array([(points.imag.max() + points.imag.min()) / 2 for points in strokes])
    weight = np.array([np.abs(np.diff(points)).sum() + 1e-6 for points in strokes])  # an i-dot says little of its line
    sums = [np.concatenate([[0.0], np.cumsum(weight * middle**k)]) for k in range(3)]

    def spread(first: npt.NDArray[np.int64], last: int) -> npt.NDArray[np.float64]:
        """Weighted squared height about the mean of strokes first to last - 1."""
        total, one, two = (part[last] - part[first] for part in sums)
        return np.asarray(np.maximum(two - one**2 / total, 0.0))

    best = np.full((n_lines + 1, n + 1), np.inf)
    came = np.zeros((n_lines + 1, n + 1), np.int64)
    best[0, 0] = 0.0
    for line in range(1, n_lines + 1):
        for last in range(line, n + 1):
            first = np.arange(line - 1, last)
            cost = best[line - 1, first] + spread(first, last)
            k = int(cost.argmin())
            best[line, last], came[line, last] = cost[k], first[k]
    cuts = [n]
    for line in range(n_lines, 0, -1):
        cuts.append(int(came[line, cuts[-1]]))
    cuts.reverse()
    rows = [list(range(a, b)) for a, b in pairwise(cuts)]
    level = np.array([np.average(middle[row], weights=weight[row]) for row in rows])
    apart = -np.diff(level)
    if (apart <= 0).any() or apart.min() < 0.3 * np.median(apart):
        return None
    owner = np.repeat(np.arange(n_lines), [len(row) for row in rows])
    nearest = np.abs(middle[:, None] - level[None]).argmin(1)
    far = np.abs(middle - level[owner]) > LATE * np.median(apart)  # dotted when the next line was begun
    owner = np.where(far, nearest, owner)
    return [np.flatnonzero(owner == line).tolist() for line in range(n_lines)]
