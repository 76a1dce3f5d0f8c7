"""Delayed strokes: give an i-dot or a t-bar back to the letter it belongs to.

A writer of cursive dots the i's when the word is done. A model learns to spell several times
faster when the dot follows its letter (Greydanus & Wimpee 2025, arXiv:2504.00051), so marks are
found by their shape and place, and inserted after the arc they were made for.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from plotwriter.nets.arcs import Arcs

__all__ = ["attach_marks"]

Complex = npt.NDArray[np.complex128]


def _looks_delayed(points: Complex, reached: float) -> bool:
    """Whether a stroke is small, high, and left of where the pen had already been.

    Args:
        points: (n,) x-heights, y up
        reached: the largest x of the strokes before
    """
    width, height = float(np.ptp(points.real)), float(np.ptp(points.imag))
    centre = (points.real.min() + points.real.max()) / 2, (points.imag.min() + points.imag.max()) / 2
    if height > 0.8 or width > 3.5 or height > 0.35 + width:
        return False
    return bool(centre[1] > 0.65 and centre[0] < reached - 0.3)


def attach_marks(strokes: list[Arcs]) -> tuple[list[Arcs], list[tuple[Arcs, int, int]]]:
    """Split a word's strokes into those that stay and marks with the arc they follow.

    Args:
        strokes: in writing order, x-heights, y up, slant removed

    Returns:
        the strokes that stay, in order; and (mark, stroke index, arc count) for `Program.of`.
        Every stroke is in exactly one of the two.
    """
    kept: list[Arcs] = []
    marks: list[tuple[Arcs, int, int]] = []
    reached = -np.inf
    for ink in strokes:
        if kept and _looks_delayed(ink.knots, reached):
            marks.append((ink, *_place(kept, ink)))
        else:
            kept.append(ink)
            reached = max(reached, float(ink.knots.real.max()))
    return kept, marks


def _place(strokes: list[Arcs], mark: Arcs) -> tuple[int, int]:
    """Stroke index and arc count after which a mark belongs: the nearest arc, the later one of equals."""
    points = np.concatenate([mark.knots, mark.apexes])
    centre = complex((points.real.min() + points.real.max()) / 2, (points.imag.min() + points.imag.max()) / 2)
    best, place = np.inf, (0, 0)
    for index, ink in enumerate(strokes):
        if len(ink.apexes) == 0:
            continue
        knots, apexes = ink.knots, ink.apexes
        near = np.stack([knots[:-1], (knots[:-1] + apexes) / 2, apexes, (apexes + knots[1:]) / 2, knots[1:]])  # (5, n)
        away = near - centre
        # a mark flies to the right of its letter more often than to the left, and further up than aside
        aside = np.where(away.real > 0, 1.3, 1.0) * away.real
        distance = np.hypot(aside, 0.6 * away.imag).min(0)
        nearest = float(distance.min())
        k = int(np.flatnonzero(distance <= nearest + 0.03)[-1])
        if nearest < best:
            best, place = nearest, (index, k + 1)
    return place
