r"""Where the baseline is and how high an x: the frame that raw ink comes without.

    upper extrema   x . x . | x x    the mode above the baseline is the x-height
                   / \ / \ |/ \ /
    lower extrema  x   x  x    x     the densest band, line-fitted, is the baseline
                         y (descenders are outliers)

All functions take y UP, in the tablet's own units.
Source: measured on UNIPEN sentences; the extrema of a whole sentence spread 6 to 16 % in x-height,
those of a single word fail on one in eight, so words fall back on their writer's median.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["baseline_near", "deslant", "extrema", "line_frame", "mode", "slant_of"]

Complex = npt.NDArray[np.complex128]
Floats = npt.NDArray[np.float64]


def extrema(strokes: Sequence[Complex], *, upper: bool) -> Complex:
    """Local extrema in y of every stroke, ends included: (n,) points, plateaus once."""
    found: list[Complex] = []
    for points in strokes:
        y = points.imag if upper else -points.imag
        keep = np.concatenate([[True], np.diff(y) != 0])
        points, y = points[keep], y[keep]
        rises = np.concatenate([[True], np.diff(y) > 0])
        falls = np.concatenate([np.diff(y) < 0, [True]])
        found.append(points[rises & falls])
    return np.concatenate(found) if found else np.zeros(0, np.complex128)


def mode(values: Floats, width: float) -> float:
    """The centre of the densest Gaussian window of a given width."""
    grid = np.linspace(values.min(), values.max(), 256)
    density = np.exp(-(((grid[:, None] - values[None]) / width) ** 2) / 2).sum(1)
    peak = float(grid[density.argmax()])
    near = values[np.abs(values - peak) <= 2 * width]
    return float(np.median(near)) if len(near) else peak


def line_frame(strokes: Sequence[Complex]) -> tuple[float, float, float] | None:
    """Slope and height of a sentence's baseline, and its x-height.

    Returns:
        (slope, baseline at x = 0, x-height), or None when the ink has too few extrema
    """
    low, high = extrema(strokes, upper=False), extrema(strokes, upper=True)
    if len(low) < 8 or len(high) < 8:
        return None
    height = float(np.ptp(np.concatenate([low.imag, high.imag])))
    if height <= 0:
        return None
    slope, width = 0.0, height * 0.04
    for _ in range(6):
        base = mode(low.imag - slope * low.real, width)
        near = low[np.abs(low.imag - slope * low.real - base) < 2.5 * width]
        if len(near) < 4:
            return None
        slope, base = (float(c) for c in np.polyfit(near.real, near.imag, 1))
    above = high.imag - slope * high.real - base
    above = above[(above > 0.08 * height) & (above < 0.8 * height)]
    return (slope, base, mode(above, width)) if len(above) >= 4 else None


def baseline_near(low: Complex, x: float, reach: float, x_height: float) -> tuple[float, float]:
    """Slope and height at x = 0 of the baseline around one word of a long line.

    Args:
        low: (n,) lower extrema of the line, its global slope and baseline taken off
        x: the word's centre
        reach: how far to look on either side
        x_height: in the same units
    """
    near = low[(np.abs(low.real - x) < reach) & (np.abs(low.imag) < 0.6 * x_height)]
    if len(near) < 4:
        return 0.0, 0.0
    slope, base = 0.0, mode(near.imag, 0.12 * x_height)
    for _ in range(3):
        inside = near[np.abs(near.imag - slope * near.real - base) < 0.25 * x_height]
        if len(inside) < 4 or np.ptp(inside.real) < 3 * x_height:
            break
        slope, base = (float(c) for c in np.polyfit(inside.real, inside.imag, 1))
    return (slope, base) if abs(slope) < 0.15 else (0.0, mode(near.imag, 0.12 * x_height))


def slant_of(strokes: Sequence[Complex]) -> float:
    """The lean of the down-strokes as dx/dy, length-weighted; positive leans right.

    Only pieces that go down within 50 degrees of the vertical count: they are what an eye takes as slant.
    """
    steps = np.concatenate([np.diff(points) for points in strokes]) if strokes else np.zeros(0, np.complex128)
    down = steps[(steps.imag < 0) & (np.abs(steps.real) < 1.2 * np.abs(steps.imag))]
    if len(down) == 0:
        return 0.0
    lean, weight = down.real / down.imag, np.abs(down)
    order = np.argsort(lean)
    cumulative = np.cumsum(weight[order])
    return float(lean[order][np.searchsorted(cumulative, cumulative[-1] / 2)])


def deslant(points: Complex, slant: float) -> Complex:
    """Shear the lean off, about the baseline y = 0."""
    return points - slant * points.imag
