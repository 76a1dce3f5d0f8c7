"""Strokes without tremor and without the edges of a coarse polyline."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from plotwriter.ink import Ink, Points
from plotwriter.strokes.corners import corners

__all__ = ["smooth"]

_SPREAD = 2.0  # standard deviation of the moving average, in tolerances along the stroke


def smooth(ink: Ink, tolerance: float = 0.05) -> Ink:
    """Ink whose strokes bend evenly; corners, cusps, ends and dots stay where they are.

    Args:
        ink: either frame, mm
        tolerance: mm, above 0; no point of the result is farther from the stroke than this, nor the
            other way round (Hausdorff). The result has a point about every `tolerance` mm.

    A Gaussian moving average along each piece between corners. Points are `tolerance` apart, so the new
    polyline cuts a vertex of the old by at most half of it; the average may move a point by the other half.
    """
    if not tolerance > 0:
        raise ValueError(f"a tolerance is above 0 mm, got {tolerance}")
    return replace(ink, strokes=tuple(s.with_points(_smooth(s.points, tolerance)) for s in ink.strokes))


def _smooth(points: Points, tolerance: float) -> Points:
    distinct = np.concatenate([[True], np.abs(np.diff(points)) > 1e-9])
    bare = points[distinct]
    if len(bare) < 3:
        return points
    at = np.flatnonzero(corners(bare))
    pieces = [_piece(bare[first : last + 1], tolerance)[:-1] for first, last in pairwise(at)]
    return np.concatenate([*pieces, bare[-1:]])


def _piece(points: Points, tolerance: float) -> Points:
    along = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(points)))])
    n_steps = int(np.ceil(along[-1] / tolerance))
    if len(points) < 3 or n_steps < 3:
        return points
    at = np.linspace(0.0, along[-1], n_steps + 1)
    even = np.interp(at, along, points.real) + 1j * np.interp(at, along, points.imag)
    half = min(int(3 * _SPREAD), n_steps)
    weight = np.exp(-0.5 * (np.arange(-half, half + 1) / _SPREAD) ** 2)
    padded = np.concatenate([2 * even[0] - even[half:0:-1], even, 2 * even[-1] - even[-2 : -half - 2 : -1]])  # odd: the ends stay
    shift = np.convolve(padded, weight / weight.sum(), mode="valid") - even
    shift *= np.minimum(1.0, tolerance / 2 / np.maximum(np.abs(shift), 1e-12))
    shift[[0, -1]] = 0.0
    return np.asarray(even + shift)
