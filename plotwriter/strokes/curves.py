"""Polylines to cubic Bézier curves, a whole page at once.

    a segment is points[first .. last] of one stroke; per round, for all open segments together:
    parameters by chord length -> least-squares handles -> re-parametrise -> error
    within tolerance: done;  else cut at the worst point and try both halves in the next round

Legend: u parameter in [0, 1]; handles a, b: lengths along the tangents at both ends, mm.
Source: P. J. Schneider, An Algorithm for Automatically Fitting Digitized Curves, Graphics Gems, 1990;
departs: breadth first over all strokes in one set of arrays, and the error counts both directions.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from plotwriter.ink import Points
from plotwriter.strokes.corners import corners

__all__ = ["fit_curves", "fit_many", "sample_curves"]

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

_ROUNDS = 3  # of handles and parameters before a segment is cut
_BETWEEN = np.array([0.25, 0.5, 0.75])  # where a curve is checked between two of its points


def fit_curves(points: Points, tolerance: float) -> Points:
    """Cubic Bézier curves along one polyline.

    Args:
        points: (n,) mm, n >= 1
        tolerance: mm, above 0; curve and polyline are within it of each other, both ways

    Returns:
        (m, 4) complex128, mm; each starts where the one before ended, with the same direction except at
        corners and at edges too coarse to bend within the tolerance; a dot gives one curve of no length
    """
    return fit_many([points], tolerance)[0]


def fit_many(polylines: Sequence[Points], tolerance: float) -> list[Points]:
    """`fit_curves` of every polyline, in their order, at the cost of a few."""
    if not tolerance > 0:
        raise ValueError(f"a tolerance is above 0 mm, got {tolerance}")
    bare = [p[np.concatenate([[True], np.abs(np.diff(p)) > 1e-9])] for p in polylines]
    if not any(len(p) > 1 for p in bare):
        return [np.repeat(p[:1], 4)[None] for p in bare]
    path = np.concatenate(bare)
    starts = np.concatenate([[0], np.cumsum([len(p) for p in bare])])
    masks = [corners(p) for p in bare]
    arriving, leaving = _tangents(path, np.concatenate(masks))
    cuts = [start + np.flatnonzero(mask) for start, mask in zip(starts, masks, strict=False)]
    first = np.concatenate([cut[:-1] for cut in cuts])
    last = np.concatenate([cut[1:] for cut in cuts])
    along = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(path)))])
    done_first, done = [np.zeros(0, np.intp)], [np.zeros((0, 4), np.complex128)]
    while len(first):
        curves, error, worst = _attempt(path, along, first, last, leaving[first], arriving[last])
        fits, pair = error <= tolerance, last - first == 1
        curves[pair & ~fits] = _straight(path[first], path[last])[pair & ~fits]
        done_first.append(first[fits | pair])
        done.append(curves[fits | pair])
        cut = ~(fits | pair)
        first, last = np.concatenate([first[cut], worst[cut]]), np.concatenate([worst[cut], last[cut]])
    begin, every = np.concatenate(done_first), np.concatenate(done)
    order = np.argsort(begin)
    begin, every = begin[order], every[order]
    ends = np.searchsorted(begin, starts)
    return [every[ends[i] : ends[i + 1]] if len(p) > 1 else np.repeat(p[:1], 4)[None] for i, p in enumerate(bare)]


def sample_curves(curves: Points, tolerance: float) -> Points:
    """The polyline along joined cubic Bézier curves.

    Args:
        curves: (m, 4) mm, m >= 1, end to end
        tolerance: mm, above 0, between curve and polyline

    Returns:
        (n,) mm; a chord of a cubic is off by at most |B''|/8 over its share of u squared
    """
    bend = 6 * np.maximum(np.abs(curves[:, 0] - 2 * curves[:, 1] + curves[:, 2]), np.abs(curves[:, 1] - 2 * curves[:, 2] + curves[:, 3]))
    n_steps = np.maximum(1, np.ceil(np.sqrt(bend / (8 * tolerance)))).astype(np.intp)
    of = np.repeat(np.arange(len(curves)), n_steps)
    u = (np.arange(len(of)) - np.repeat(np.cumsum(n_steps) - n_steps, n_steps) + 1) / n_steps[of]
    sampled = _at(curves[of], u)
    sampled[np.cumsum(n_steps) - 1] = curves[:, 3]
    return np.concatenate([curves[:1, 0], sampled])


def _tangents(path: Points, corner: npt.NDArray[np.bool_]) -> tuple[Points, Points]:
    """Unit directions arriving at and leaving every point; the same one where there is no corner."""
    moves = np.diff(path)
    moves /= np.maximum(np.abs(moves), 1e-12)
    arriving = np.concatenate([[1.0 + 0j], moves])
    leaving = np.concatenate([moves, [1.0 + 0j]])
    across = np.concatenate([[1.0 + 0j], path[2:] - path[:-2], [1.0 + 0j]])
    even = ~corner & (np.abs(across) > 1e-9)
    across = across / np.maximum(np.abs(across), 1e-12)
    return np.where(even, across, arriving), np.where(even, across, leaving)


def _straight(start: Points, end: Points) -> Points:
    third = (end - start) / 3
    return np.stack([start, start + third, end - third, end], axis=1)


def _at(curves: Points, u: Floats) -> Points:
    v = 1 - u
    return curves[..., 0] * v**3 + 3 * curves[..., 1] * v * v * u + 3 * curves[..., 2] * v * u * u + curves[..., 3] * u**3


def _attempt(path: Points, along: Floats, first: Indices, last: Indices, out: Points, into: Points) -> tuple[Points, Floats, Indices]:
    """One curve per segment, its error (mm), and the inner point to cut at."""
    count = last - first + 1
    head = np.cumsum(count) - count  # (segments,) where each one starts in the flat arrays
    of = np.repeat(np.arange(len(first)), count)  # (flat,)
    flat = np.arange(len(of)) - head[of] + first[of]
    p = path[flat]
    u = (along[flat] - along[first][of]) / np.maximum(along[last] - along[first], 1e-12)[of]
    curves = _straight(path[first], path[last])
    for turn in range(_ROUNDS):
        curves = _handles(p, u, of, head, path[first], path[last], out, into)
        if turn < _ROUNDS - 1:
            u = _reparametrise(p, u, curves[of], of)
    miss = np.abs(_at(curves[of], u) - p)  # (flat,) also stands for the curve from here to the next point
    inner = np.flatnonzero(of[1:] == of[:-1])
    chord = p[inner + 1] - p[inner]
    for share in _BETWEEN:
        q = _at(curves[of[inner]], u[inner] + share * (u[inner + 1] - u[inner])) - p[inner]
        foot = np.clip((q * np.conj(chord)).real / np.maximum(np.abs(chord) ** 2, 1e-24), 0, 1)
        miss[inner] = np.maximum(miss[inner], np.abs(q - foot * chord))
    error = np.maximum.reduceat(miss, head)
    hit = np.flatnonzero(miss >= error[of])
    where = np.zeros(len(first), np.intp)
    where[of[hit]] = flat[hit]
    return curves, error, np.clip(where, first + 1, np.maximum(last - 1, first + 1))


def _handles(p: Points, u: Floats, of: Indices, head: Indices, start: Points, end: Points, out: Points, into: Points) -> Points:
    """Least-squares handles along given tangents; a third of the chord where the system has no use."""
    v = 1 - u
    b1, b2 = 3 * u * v * v, 3 * u * u * v
    rest = p - (start[of] * (v**3 + b1) + end[of] * (b2 + u**3))
    dot = (out * np.conj(-into)).real
    c11 = np.add.reduceat(b1 * b1, head)
    c22 = np.add.reduceat(b2 * b2, head)
    c12 = np.add.reduceat(b1 * b2, head) * dot
    x1 = np.add.reduceat(b1 * (rest * np.conj(out[of])).real, head)
    x2 = np.add.reduceat(b2 * (rest * np.conj(-into[of])).real, head)
    det = c11 * c22 - c12 * c12
    safe = np.where(np.abs(det) > 1e-9, det, 1.0)
    a, b = (x1 * c22 - x2 * c12) / safe, (c11 * x2 - c12 * x1) / safe
    span = np.abs(end - start)
    poor = (np.abs(det) <= 1e-9) | (a < 1e-3 * span) | (b < 1e-3 * span) | ~np.isfinite(a + b)
    a, b = np.where(poor, span / 3, a), np.where(poor, span / 3, b)
    return np.stack([start, start + a * out, end - b * into, end], axis=1)


def _reparametrise(p: Points, u: Floats, c: Points, of: Indices) -> Floats:
    """One Newton step of every parameter towards its nearest point of the curve; never out of order."""
    v = 1 - u
    q = _at(c, u) - p
    d1 = 3 * ((c[:, 1] - c[:, 0]) * v * v + 2 * (c[:, 2] - c[:, 1]) * v * u + (c[:, 3] - c[:, 2]) * u * u)
    d2 = 6 * ((c[:, 2] - 2 * c[:, 1] + c[:, 0]) * v + (c[:, 3] - 2 * c[:, 2] + c[:, 1]) * u)
    slope = np.abs(d1) ** 2 + (q * np.conj(d2)).real
    step = np.where(slope > 1e-12, (q * np.conj(d1)).real / np.where(slope > 1e-12, slope, 1.0), 0.0)
    moved = np.clip(u - step, 0.0, 1.0)
    moved = np.where((u == 0) | (u == 1), u, moved)
    return np.asarray(np.maximum.accumulate(moved + 2.0 * of) - 2.0 * of)
