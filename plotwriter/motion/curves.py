r"""Polylines as curves: every path is rounded as far as a tolerance in mm lets it be.

    given   \      /        rounded   \      /       what lies within the tolerance of the ink is the ink:
             \    /                    \    /        a densely sampled curve gets back the bend it was sampled
              \  /                      \__/         from, a true corner keeps its place and a small radius
               \/

Each path is sampled evenly and smoothed at ever wider scales; every sample takes the widest scale that leaves it
where it was, within the tolerance, and the scale changes slowly along the path, so that nothing new bends.
Both ends stay exactly where they are.

Legend: level, a scale of smoothing; sigma, its width in samples; u, samples along the path, a real number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plotwriter.ink import Points

__all__ = ["Paths", "join", "rounded", "thinned"]

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

STEP = 0.025  # mm between samples: a right angle rounded within 0.02 mm has its bend in the space of three
PIECE = 0.25  # mm between samples in the middle of a straight line
STRIDES = (1, 1, 2, 2, 4, 4, 8, 8)  # samples between the taps of each further smoothing, [1 2 1] / 4
REACH = sum(STRIDES)  # samples a point can feel
STRAIGHT = 2 * (REACH + 2) * STEP + 4 * PIECE  # mm; in a longer line the middle needs few samples
SLOPE = 0.5  # sigma² may change by so much per sample: the path is moved by it, times kappa / 2
SHARP = 0.5  # rad; a vertex that turns more is a sample itself
STRIDE = 0.06  # mm between samples that are kept where a path is straight
TURN = 0.1  # rad between samples that are kept where it bends
BENT = 0.3  # of the tolerance may be spent by bending a line towards its neighbours
SHARE = 0.9  # of the tolerance is spent by choosing scales; their changing from sample to sample takes the rest
SIGMAS = np.sqrt(np.concatenate(([0.0], np.cumsum(np.square(STRIDES)) / 2)))  # samples, per level


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """Many polylines, one after the other in one array."""

    points: Points  #: (n,) mm
    first: Indices  #: (m + 1,) where each begins, and the end; path i is points[first[i] : first[i + 1]]

    def split(self) -> list[Points]:
        """Each path for itself, as views."""
        return np.split(self.points, self.first[1:-1])

    @property
    def gaps(self) -> Indices:
        """(m - 1,) indices into the differences of points that lie between two paths."""
        return self.first[1:-1] - 1


def join(paths: Sequence[Points]) -> Paths:
    """Paths end to end, each without points that repeat the one before.

    Args:
        paths: each (n,) mm, n >= 2 and not all one point
    """
    points = np.concatenate(paths) if paths else np.zeros(0, np.complex128)
    first = np.concatenate(([0], np.cumsum([len(path) for path in paths]))).astype(np.intp)
    keep = np.ones(len(points), bool)
    keep[1:] = points[1:] != points[:-1]
    keep[first[:-1]] = True
    return Paths(points[keep], np.concatenate(([0], np.cumsum(keep)))[first])


def rounded(paths: Paths, tolerance: float) -> Paths:
    """Every path as a curve that leaves it by at most the tolerance.

    Args:
        paths: from `join`
        tolerance: mm

    Returns:
        paths sampled every STEP or finer where they bend; same ends
    """
    sampled, spent = _sampled(paths, tolerance)
    owner = np.repeat(np.arange(len(paths.first) - 1), np.diff(sampled.first))
    place = np.arange(len(owner)) + REACH * (2 * owner + 1)  # of each sample among the padded
    padded = _padded(sampled, place)
    across = np.arange(len(owner)) + 1000.0 * owner  # one axis on which no path feels the next
    scales = _scales(padded)
    allowed = _allowed_levels(scales, place, np.maximum(SHARE * tolerance - _around(spent, padded, place), 0.0))
    square = _never_steeper(np.interp(allowed, np.arange(len(SIGMAS)), SIGMAS) ** 2, across, SLOPE)
    level = np.interp(np.sqrt(square), SIGMAS, np.arange(len(SIGMAS)))

    below = np.minimum(level.astype(np.intp), len(STRIDES) - 1)
    part = level - below
    at = below * len(padded) + place
    finer, wider = (scales.reshape(-1)[where] for where in (at, at + len(padded)))
    points = finer + part * (wider - finer)
    ends = np.concatenate((sampled.first[:-1], sampled.first[1:] - 1))
    points[ends] = sampled.points[ends]
    return Paths(points, sampled.first)


def thinned(paths: Paths) -> Paths:
    """Fewer samples where paths bend little: after every STRIDE, or every TURN of bending, whichever comes first."""
    steps = np.diff(paths.points)
    lengths = np.abs(steps)
    turn = np.zeros(len(steps))
    turn[1:] = np.abs(np.angle(steps[1:] * steps[:-1].conj()))
    passed = np.cumsum(np.maximum(lengths / STRIDE, np.maximum(turn, np.append(turn[1:], 0.0)) / TURN))
    keep = np.ones(len(paths.points), bool)
    keep[1:-1] = np.floor(passed[1:]) != np.floor(passed[:-1])
    keep[paths.first[:-1]] = keep[paths.first[1:] - 1] = True
    return Paths(paths.points[keep], np.concatenate(([0], np.cumsum(keep)))[paths.first])


def _around(values: Floats, padded: Points, place: Indices) -> Floats:
    """The largest of each value and those of its neighbours that smoothing can feel."""
    most = np.zeros(len(padded))
    most[place] = values
    for shift in (1, 2, 4, 8):
        for mine, other in ((slice(shift, None), slice(-shift)), (slice(-shift), slice(shift, None))):
            most[mine] = np.maximum(most[mine], most[other].copy())
    return most[place]


def _never_steeper(values: Floats, across: Floats, slope: float) -> Floats:
    """The highest curve below the values that nowhere climbs or falls faster."""
    rising = np.minimum.accumulate(values - slope * across) + slope * across
    falling: Floats = np.minimum.accumulate((rising + slope * across)[::-1])[::-1] - slope * across
    return falling


def _sampled(paths: Paths, tolerance: float) -> tuple[Paths, Floats]:
    """Samples at equal steps, wider apart in the middle of long straight lines; sharp vertices among them.

    Between its vertices a path is bent so that it passes gentle ones without a corner.

    Returns:
        the samples, and (n,) mm, how much of the tolerance is gone at each
    """
    points, first = paths.points, paths.first
    steps = np.diff(points)
    lengths = np.abs(steps)
    lengths[paths.gaps] = 1.0
    inner = np.ones(len(points), bool)
    inner[first[:-1]] = inner[first[1:] - 1] = False
    vertex = np.flatnonzero(inner)
    turn = np.angle(steps[vertex] * steps[vertex - 1].conj())
    sharp = vertex[np.abs(turn) > SHARP]

    long = np.flatnonzero(lengths > STRAIGHT)
    edge = (REACH + 2) * STEP
    counts = lengths / STEP  # samples that each line gets, a real number
    counts[long] = 2 * edge / STEP + (lengths[long] - 2 * edge) / PIECE
    counts[paths.gaps] = 1.0
    u = np.concatenate(([0.0], np.cumsum(counts)))

    begin, end = u[first[:-1]], u[first[1:] - 1]
    n = np.maximum(np.ceil(end - begin - 1e-9).astype(np.intp), 2)
    starts = np.concatenate(([0], np.cumsum(n + 1))).astype(np.intp)
    owner = np.repeat(np.arange(len(n)), n + 1)
    at = begin[owner] + (end - begin)[owner] * (np.arange(starts[-1]) - starts[owner]) / n[owner]
    line = np.searchsorted(u, at, side="right") - 1
    last = starts[1:] - 1
    line[last] = first[1:] - 2
    part = (at - u[line]) / counts[line]
    stretched = np.flatnonzero(lengths[line] > STRAIGHT)
    length = lengths[line[stretched]]
    along = part[stretched] * counts[line[stretched]]
    far = counts[line[stretched]] - edge / STEP
    part[stretched] = (
        np.where(
            along < edge / STEP,
            along * STEP,
            np.where(along > far, length - (counts[line[stretched]] - along) * STEP, edge + (along - edge / STEP) * PIECE),
        )
        / length
    )

    leave, arrive = np.zeros(len(steps)), np.zeros(len(steps))  # rad, how a line's bent stand-in starts and ends off it
    gentle = np.abs(turn) <= SHARP
    before, after = vertex[gentle] - 1, vertex[gentle]
    ratio = lengths[before] / (lengths[before] + lengths[after])
    leave[after], arrive[before] = -turn[gentle] * (1 - ratio), turn[gentle] * ratio
    most = 4 * BENT * tolerance / lengths
    leave, arrive = np.clip(leave, -most, most), np.clip(arrive, -most, most)
    sag = part * (1 - part) * ((1 - part) * leave[line] - part * arrive[line])
    samples = points[line] + steps[line] * (part + 1j * sag)
    samples[starts[:-1]], samples[last] = points[first[:-1]], points[first[1:] - 1]

    of = np.searchsorted(first, sharp, side="right") - 1
    nearest = np.rint((u[sharp] - begin[of]) / (end - begin)[of] * n[of]).astype(np.intp)
    samples[starts[of] + np.clip(nearest, 1, n[of] - 1)] = points[sharp]

    of = np.searchsorted(first, vertex, side="right") - 1
    where = (u[vertex] - begin[of]) / (end - begin)[of] * n[of]
    low = starts[of] + np.minimum(where.astype(np.intp), n[of] - 1)
    missed = np.abs(points[vertex] - samples[low] - (samples[low + 1] - samples[low]) * (where - where.astype(np.intp)))
    spent = np.abs(steps[line]) * np.abs(sag)
    for sample in (low, low + 1):
        np.maximum.at(spent, sample, missed)
    return Paths(samples, starts), spent


def _padded(paths: Paths, place: Indices) -> Points:
    """Each path with REACH points before and behind it, mirrored through its ends: smoothing leaves those alone."""
    first, last = paths.first[:-1, None], paths.first[1:, None] - 1
    k = np.arange(1, REACH + 1)
    padded = np.zeros(len(paths.points) + 2 * REACH * len(first), np.complex128)
    padded[place] = paths.points
    padded[place[first] - k] = 2 * paths.points[first] - paths.points[np.minimum(first + k, last)]
    padded[place[last] + k] = 2 * paths.points[last] - paths.points[np.maximum(last - k, first)]
    return padded


def _scales(padded: Points) -> npt.NDArray[np.complex128]:
    """(levels, n) the padded samples at every level, each smoother than the one before."""
    scales = np.zeros((len(STRIDES) + 1, len(padded)), np.complex128)
    scales[0] = padded
    for i, stride in enumerate(STRIDES):
        smooth, wider = scales[i], scales[i + 1]
        np.add(smooth[: -2 * stride], smooth[2 * stride :], out=wider[stride:-stride])
        wider[stride:-stride] *= 0.25
        wider[stride:-stride] += 0.5 * smooth[stride:-stride]
        wider[:stride], wider[-stride:] = smooth[:stride], smooth[-stride:]
    return scales


def _allowed_levels(scales: npt.NDArray[np.complex128], place: Indices, tolerance: Floats) -> Floats:
    """Per sample the widest level, a real number, up to which it stays within the tolerance."""
    most = np.full(scales.shape[1], -1.0)
    most[place] = tolerance
    allowed, before = np.zeros(len(most)), np.zeros(len(most))
    open_ = most >= 0
    for smooth in scales[1:]:
        moved = smooth - scales[0]
        off = np.sqrt(moved.real**2 + moved.imag**2)
        allowed += np.where(open_, np.clip((most - before) / np.maximum(off - before, 1e-12), 0, 1), 0.0)
        open_ &= off <= most
        before = off
    return allowed[place]
