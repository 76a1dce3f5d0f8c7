"""Where a stroke turns on the spot: cusps and corners, which no smoothing may round."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from plotwriter.ink import Points

__all__ = ["corners"]

REACH = 0.15  # mm looked back and ahead; a third of the bowl of a small letter
_TURN = math.radians(50)  # over the reach: less is a bend
_LOCAL = math.radians(25)  # at the point itself: less is a tight curve, finely sampled
_SHARP = math.radians(100)  # at the point itself: more is a corner whatever lies around it
_LOOP = 0.6  # mm between points; a coarse loop turns as much at both neighbours, no farther than this


def corners(points: Points, *, reach: float = REACH) -> npt.NDArray[np.bool_]:
    """(n,) True at corners and at both ends.

    Args:
        points: (n,) mm, without repeated neighbours
        reach: mm; how far back and ahead the direction is taken
    """
    mask = np.zeros(len(points), dtype=np.bool_)
    mask[[0, -1]] = True
    if len(points) < 3:
        return mask
    moves = np.diff(points)
    turn = np.angle(moves[1:] * np.conj(moves[:-1]))  # (n - 2,) rad, signed
    local = np.abs(turn)
    if not (local > _LOCAL).any():
        return mask
    along = np.concatenate([[0.0], np.cumsum(np.abs(moves))])
    here, at = points[1:-1], along[1:-1]
    before = here - (np.interp(at - reach, along, points.real) + 1j * np.interp(at - reach, along, points.imag))
    after = (np.interp(at + reach, along, points.real) + 1j * np.interp(at + reach, along, points.imag)) - here
    padded, way = np.pad(turn, 1), np.sign(turn)
    alike = np.minimum(padded[:-2] * way, padded[2:] * way) > 0.5 * local
    loop = alike & (np.maximum(np.abs(moves[1:]), np.abs(moves[:-1])) < _LOOP) & (local < _SHARP)
    mask[1:-1] = (local > _LOCAL) & (np.abs(np.angle(after * np.conj(before))) > _TURN) & ~loop
    return mask
