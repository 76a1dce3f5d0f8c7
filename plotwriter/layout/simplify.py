"""Fewer points for the same lines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from plotwriter.ink import Ink

__all__ = ["simplify"]


def simplify(ink: Ink, tolerance: float) -> Ink:
    """Ink with every point left out that its stroke can spare (Douglas-Peucker).

    Args:
        ink: either frame, mm
        tolerance: mm, above 0; how far a new polyline may be from the old one

    Every stroke stays, with its tags; one that would shrink to nothing (a dot, a small loop) keeps its points.
    """
    if not tolerance > 0:
        raise ValueError(f"a tolerance is above 0 mm, got {tolerance}")
    strokes = list(ink.strokes)
    long = [i for i, stroke in enumerate(strokes) if len(stroke.points) > 2]
    lines = [shapely.LineString(np.column_stack([strokes[i].points.real, strokes[i].points.imag])) for i in long]
    for i, line in zip(long, shapely.simplify(lines, tolerance, preserve_topology=False), strict=True):
        xy = shapely.get_coordinates(line)
        points = xy[:, 0] + 1j * xy[:, 1]
        if len(points) > 2 or (len(points) == 2 and abs(points[1] - points[0]) > tolerance):
            strokes[i] = strokes[i].with_points(points)
    return replace(ink, strokes=tuple(strokes))
