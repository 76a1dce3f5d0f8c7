r"""The lean of the writing.

| angle 0      / angle > 0: tops lean right; y grows down, so x falls as y grows
"""

from __future__ import annotations

import math

import numpy as np

from plotwriter.ink import Ink

__all__ = ["measured_slant", "slant"]

_STEEPEST = math.radians(75)  # beyond it a sheared letter is a streak


def slant(ink: Ink, angle: float) -> Ink:
    """Ink sheared about the baseline, so that uprights lean by `angle` more than before.

    Args:
        ink: line frame, mm
        angle: rad, positive leans right, at most 75 degrees either way
    """
    if not abs(angle) <= _STEEPEST:
        raise ValueError(f"a slant is at most 75 degrees either way, got {math.degrees(angle):.1f}")
    lean = math.tan(angle)
    return ink.map(lambda points: points - lean * points.imag)


def measured_slant(ink: Ink) -> float:
    """Lean of the downstrokes, rad, positive to the right; 0 when nothing goes down.

    The median of x/y over the downstrokes, weighted by their height. A shear moves every x/y by the
    same amount and changes no weight, so tan(measured_slant(slant(ink, a))) is tan(measured_slant(ink)) + tan(a).
    """
    moves = np.concatenate([np.diff(stroke.points) for stroke in ink.strokes] or [np.zeros(0, np.complex128)])
    down = moves[moves.imag > 0]
    if len(down) == 0:
        return 0.0
    lean = -down.real / down.imag
    order = np.argsort(lean, kind="stable")
    weight = np.cumsum(down.imag[order])
    return math.atan(float(lean[order[np.searchsorted(weight, weight[-1] / 2)]]))
