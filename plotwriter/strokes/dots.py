"""Dots as micro-strokes: i-dots and full stops that no later tool drops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from plotwriter.ink import Ink, Points

__all__ = ["DOT", "dots"]

DOT = 0.2  # mm, half the line of a common 0.4 mm pen: seen by every tool, not seen on paper


def dots(ink: Ink, size: float = DOT) -> Ink:
    """Every stroke shorter than `size` as two points `size` apart, around where it was.

    Args:
        ink: either frame, mm
        size: length of a dot, mm, above 0

    A lone point becomes a horizontal micro-stroke; a short stroke keeps its direction.
    """
    if not size > 0:
        raise ValueError(f"a dot needs a size above 0 mm, got {size}")
    short = size * (1 - 1e-6)  # a micro-stroke of this size stays as it is
    strokes = tuple(s if s.length >= short else s.with_points(_micro(s.points, size)) for s in ink.strokes)
    return replace(ink, strokes=strokes)


def _micro(points: Points, size: float) -> Points:
    centre = complex((points.real.min() + points.real.max()) / 2, (points.imag.min() + points.imag.max()) / 2)
    along = complex(points[-1] - points[0])
    direction = along / abs(along) if abs(along) > 1e-9 else 1.0
    return np.array([centre - direction * size / 2, centre + direction * size / 2])
