r"""Writing put back on its line.

   __        __
  /  \  /\  /  \      lower extrema (v) within reach of y = 0, descenders (g) left out
--v--v-/--v-v---v--   a line through most of them becomes y = 0
     g/
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from plotwriter.ink import Ink, Points

__all__ = ["baseline", "lower_extrema"]

_REACH = 0.6  # x-heights from y = 0 within which a lower extremum may belong to the baseline
_WIDTH = 0.1  # x-heights; how far letters stand off a line by nature
_STEEPEST = 0.12  # slope (7 degrees) beyond which it is no longer one line of writing
_PRIOR_WIDTH = 0.4  # x-heights; the sampler's own baseline is trusted this far
_MAX_EXTREMA = 120  # more say nothing new, and pairs grow with the square
_HANGING = frozenset("gjpqyQ,;\"'`^*-~=+<>/\\|()[]{}@$&§")  # characters whose lowest point is not on the line


def baseline(ink: Ink, x_height: float) -> Ink:
    """Ink moved and tilted so that its letters stand on y = 0; nothing moves where there is nothing to tell.

    Args:
        ink: line frame, mm; roughly on y = 0 already (within half an x-height)
        x_height: mm, above 0; the scale of everything here

    A robust fit: among lines through two lower extrema, the one that most extrema are near to, then least
    squares over those. Descenders are too far away or outvoted. Columns move as a whole, so uprights keep their lean.
    """
    if not x_height > 0:
        raise ValueError(f"an x-height is above 0 mm, got {x_height}")
    found = [np.zeros(0, np.complex128)]
    for stroke in ink.strokes:
        says = ink.text[slice(*stroke.span)]
        if not (says and all(char in _HANGING for char in says)):
            found.append(lower_extrema(stroke.points, 0.3 * x_height))
    extrema = np.concatenate(found)
    extrema = extrema[np.abs(extrema.imag) <= _REACH * x_height]
    if len(extrema) == 0:
        return ink
    middle, height, slope = _line(extrema[:: -(-len(extrema) // _MAX_EXTREMA)], x_height)
    return ink.map(lambda points: points - 1j * (height + slope * (points.real - middle)))


def lower_extrema(points: Points, reach: float) -> Points:
    """Points of a stroke that nothing within `reach` mm along it lies below; none for a dot.

    Args:
        points: (n,) mm, y down; conjugated, their upper extrema are found
        reach: mm
    """
    along = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(points)))])
    if along[-1] < reach:
        return points[:0]
    y = points.imag
    falls = np.concatenate([[True], y[1:] >= y[:-1]])
    rises = np.concatenate([y[:-1] > y[1:], [True]])
    maxima = np.flatnonzero(falls & rises)
    low = [i for i in maxima if y[np.abs(along - along[i]) < reach].max() <= y[i]]
    return points[low]


def _line(extrema: Points, x_height: float) -> tuple[float, float, float]:
    """Middle x, y there, and slope of the line most extrema stand on."""
    x, y = extrema.real, extrema.imag
    middle = float((x.min() + x.max()) / 2)
    flat = float(np.ptp(x)) < 3 * x_height or len(x) < 4  # too little writing to tell a tilt
    slopes, heights = np.zeros(len(x)), y.copy()
    if not flat:
        i, j = np.triu_indices(len(x), 1)
        apart = np.abs(x[j] - x[i]) > x_height
        i, j = i[apart], j[apart]
        tilt = (y[j] - y[i]) / (x[j] - x[i])
        i, tilt = i[np.abs(tilt) <= _STEEPEST], tilt[np.abs(tilt) <= _STEEPEST]
        slopes = np.concatenate([slopes, tilt])
        heights = np.concatenate([heights, y[i] - tilt * (x[i] - middle)])
    residual = y - (heights[:, None] + slopes[:, None] * (x - middle))  # (hypotheses, extrema)
    votes = _bell(residual, _WIDTH * x_height).sum(axis=1) + _bell(heights, _PRIOR_WIDTH * x_height)
    best = int(np.argmax(votes))
    weight = _bell(residual[best], _WIDTH * x_height)
    height = float(np.average(y - slopes[best] * (x - middle), weights=weight))
    if flat:
        return middle, height, 0.0
    centre = float(np.average(x, weights=weight))
    spread = float(np.average((x - centre) ** 2, weights=weight))
    slope = float(np.average((x - centre) * y, weights=weight)) / spread if spread > x_height**2 / 4 else float(slopes[best])
    slope = float(np.clip(slope, -_STEEPEST, _STEEPEST))
    return middle, float(np.average(y - slope * (x - middle), weights=weight)), slope


def _bell(values: npt.NDArray[np.float64], width: float) -> npt.NDArray[np.float64]:
    return np.exp(-0.5 * (values / width) ** 2)
