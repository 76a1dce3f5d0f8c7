"""Strokes without tremor and without the edges of a coarse polyline."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from plotwriter.ink import Ink, Points
from plotwriter.strokes.corners import corners

__all__ = ["smooth"]

Floats = npt.NDArray[np.float64]

_SPREAD = 2.0  # standard deviation of the moving average, in tolerances along the stroke


def smooth(ink: Ink, tolerance: float = 0.05) -> Ink:
    """Ink whose strokes bend evenly; corners, cusps, ends and dots stay where they are.

    Args:
        ink: either frame, mm
        tolerance: mm, above 0; no point of the result is farther from the stroke than this, nor the
            other way round (Hausdorff). The result has a point about every `tolerance` mm.

    Each piece between corners becomes a spline through its points, then a Gaussian moving average along it,
    held to what the tolerance leaves once the even spacing has cut the vertices of the old polyline.
    """
    if not tolerance > 0:
        raise ValueError(f"a tolerance is above 0 mm, got {tolerance}")
    return replace(ink, strokes=tuple(s.with_points(_smooth(s.points, tolerance)) for s in ink.strokes))


def _smooth(points: Points, tolerance: float) -> Points:
    bare = points[np.concatenate([[True], np.abs(np.diff(points)) > 1e-9])]
    if len(bare) < 3:
        return points
    pieces = [_piece(bare[first : last + 1], tolerance)[:-1] for first, last in pairwise(np.flatnonzero(corners(bare)))]
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
    bent = _spline(points, along, at)
    padded = np.concatenate([2 * bent[0] - bent[half:0:-1], bent, 2 * bent[-1] - bent[-2 : -half - 2 : -1]])  # odd: the ends stay
    shift = np.convolve(padded, weight / weight.sum(), mode="valid") - even
    room = max(0.0, tolerance - _cut(points, along, even))
    shift *= np.minimum(1.0, room / np.maximum(np.abs(shift), 1e-12))
    shift[[0, -1]] = 0.0
    return np.asarray(even + shift)


def _spline(points: Points, along: Floats, at: Floats) -> Points:
    """Cubic Hermite curve through the points, at lengths `at` of their polyline."""
    gap = np.diff(along)
    slope = np.diff(points) / gap
    inner = (slope[:-1] * gap[1:] + slope[1:] * gap[:-1]) / (gap[:-1] + gap[1:])  # the nearer neighbour counts more
    tangent = np.concatenate([[1.5 * slope[0] - 0.5 * inner[0]], inner, [1.5 * slope[-1] - 0.5 * inner[-1]]])
    i = np.clip(np.searchsorted(along, at, side="right") - 1, 0, len(gap) - 1)
    u = (at - along[i]) / gap[i]
    rest = points[i] * (1 + 2 * u) * (1 - u) ** 2 + points[i + 1] * u * u * (3 - 2 * u)
    return np.asarray(rest + gap[i] * u * (1 - u) * (tangent[i] * (1 - u) - tangent[i + 1] * u))


def _cut(points: Points, along: Floats, even: Points) -> float:
    """How far a vertex lies from the polyline of evenly spaced points, mm."""
    i = np.clip((along * (len(even) - 1) / along[-1]).astype(np.intp), 0, len(even) - 2)
    chord, q = even[i + 1] - even[i], points - even[i]
    foot = np.clip((q * np.conj(chord)).real / np.maximum(np.abs(chord) ** 2, 1e-24), 0, 1)
    return float(np.abs(q - foot * chord).max())
