"""How different the same word comes out twice: dynamic time warping.

Source: Sakoe & Chiba 1978, symmetric form P = 0 (a diagonal step counts twice), normalised by the
sum of the lengths.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from plotwriter.evaluation.words import Word

__all__ = ["resampled", "warped_distance"]

Complex = npt.NDArray[np.complex128]
SPACING = 0.12  # x-heights between the points compared


def resampled(word: Word, spacing: float = SPACING) -> Complex:
    """All strokes of a word at even distances, joined; its centre of mass at 0."""
    pieces = []
    for points in word.strokes:
        along = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(points)))])
        at = np.linspace(0.0, along[-1], max(1, round(along[-1] / spacing)) + 1) if along[-1] > 0 else np.zeros(1)
        pieces.append(np.interp(at, along, points.real) + 1j * np.interp(at, along, points.imag))
    joined = np.concatenate(pieces)
    return np.asarray(joined - joined.mean(), np.complex128)


def warped_distance(a: Complex, b: Complex) -> float:
    """Mean distance along the best warping of one path onto the other, in their own unit; the same both ways.

    Args:
        a: (n,)
        b: (m,)
    """
    n, m = len(a), len(b)
    cost = np.abs(a[:, None] - b[None])  # (n, m)
    # one anti-diagonal at a time: (i, k - i) needs only the two before it
    before, last = np.full(n, np.inf), np.full(n, np.inf)
    for k in range(n + m - 1):
        i = np.arange(max(0, k - m + 1), min(n, k + 1))
        here = cost[i, k - i]
        up = np.where(i > 0, last[i - 1], np.inf)
        diagonal = np.where(i > 0, before[i - 1], np.inf)
        now = np.full(n, np.inf)
        now[i] = np.minimum(np.minimum(up, last[i]) + here, diagonal + 2 * here) if k else 2 * here
        before, last = last, now
    return float(last[n - 1] / (n + m))
