r"""Polylines to quadratic arcs: the geometry under the tokens.

An arc is a quadratic Bézier whose control point lies on the perpendicular bisector of its chord,
so that beside its two ends it has one degree of freedom, the bulge:

            apex                in chord coordinates (chord = 1)
          .-'''-.                   v(u) = 4 · bulge · u · (1 - u)
        .'   |   '.             apex = start + chord · (1/2 + i·bulge)
       /     |bulge\            control = start + chord · (1/2 + 2i·bulge)
    start----+-----end

Frame: complex numbers, x right, y UP, unit one x-height.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["MAX_BULGE", "Arcs", "fit_arcs", "flatten"]

Complex = npt.NDArray[np.complex128]

MAX_BULGE = 0.8  # chords; beyond it an arc is split
SPACING = 0.06  # x-heights between the points a fit is judged at
WINDOW = 40  # points looked ahead: an arc is at most WINDOW * SPACING long
CHUNK = 512  # strokes fitted in lockstep; WINDOW² floats each


@dataclass(frozen=True, slots=True, eq=False)
class Arcs:
    """One stroke as a chain of arcs; a dot has one knot and no arc."""

    knots: Complex  #: (n + 1,) ends of the arcs, x-heights, y up
    apexes: Complex  #: (n,) the curves' midpoints


def _resample(points: Complex, spacing: float) -> Complex:
    """Points at even distances along a polyline, both ends kept."""
    travelled = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(points)))])
    if travelled[-1] < spacing / 2:
        return points[:1]
    n = max(2, round(travelled[-1] / spacing) + 1)
    at = np.linspace(0.0, travelled[-1], n)
    return np.interp(at, travelled, points.real) + 1j * np.interp(at, travelled, points.imag)


def _longest(window: Complex, n_ahead: npt.NDArray[np.int64], tolerance: float) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """For each row of points, how far one arc reaches from the first point, and its bulge.

    Args:
        window: (s, w + 1) points; rows are padded
        n_ahead: (s,) how many points after the first are real, >= 1
        tolerance: x-heights

    Returns:
        (s,) index of the arc's last point, >= 1, and (s,) bulge
    """
    z = (window[:, 1:] - window[:, :1]).astype(np.complex64)  # (s, w)
    s, w = z.shape
    chord = np.where(np.abs(z) < 1e-6, 1e-6, z)
    along = z[:, None, :] / chord[:, :, None]  # (s, j, k): point k in the coordinates of chord j
    u, v = along.real, along.imag
    used = np.tri(w, dtype=bool)[None]  # k <= j
    parabola = np.where(used, 4 * u * (1 - u), 0)
    bulge = (v * parabola).sum(-1) / np.maximum((parabola**2).sum(-1), 1e-9)  # (s, j)
    size = np.abs(chord)
    miss = np.where(used, np.abs(v - bulge[..., None] * parabola), 0).max(-1) * size
    outside = np.where(used, np.maximum(-u, u - 1), 0).max(-1) * size
    back = np.where(used[:, :, 1:], u[:, :, :-1] - u[:, :, 1:], 0).max(-1, initial=0) * size
    fits = (miss <= tolerance) & (outside <= tolerance / 2) & (back <= tolerance / 3) & (np.abs(bulge) <= MAX_BULGE)
    fits &= np.arange(1, w + 1)[None] <= n_ahead[:, None]
    fits[:, 0] = True
    reach = w - 1 - np.argmax(fits[:, ::-1], axis=1)
    return reach + 1, bulge[np.arange(s), reach].astype(np.float64)


def fit_arcs(strokes: Sequence[Complex], tolerance: float) -> list[Arcs]:
    """Fewest-arcs-first fit of polylines: each arc reaches as far as it stays within tolerance.

    Args:
        strokes: (n,) complex each, x-heights, y up
        tolerance: x-heights; 0.04 to 0.07 keeps what a pen line shows

    Returns:
        one `Arcs` a stroke, in order; the first and last point of every stroke are kept exactly
    """
    result: list[Arcs] = []
    for first in range(0, len(strokes), CHUNK):
        result += _fit_chunk(
            [_resample(np.asarray(points, np.complex128), SPACING) for points in strokes[first : first + CHUNK]], tolerance
        )
    return result


def _fit_chunk(strokes: list[Complex], tolerance: float) -> list[Arcs]:
    lengths = np.array([len(points) for points in strokes], dtype=np.int64)
    padded = np.zeros((len(strokes), int(lengths.max(initial=1)) + WINDOW + 1), dtype=np.complex128)
    for row, points in zip(padded, strokes, strict=True):
        row[: len(points)] = points
        row[len(points) :] = points[-1]
    knots: list[list[complex]] = [[complex(points[0])] for points in strokes]
    apexes: list[list[complex]] = [[] for _ in strokes]
    at = np.zeros(len(strokes), dtype=np.int64)
    active = np.flatnonzero(lengths > 1)
    while len(active):
        window = padded[active[:, None], at[active, None] + np.arange(WINDOW + 1)[None]]
        reach, bulge = _longest(window, lengths[active] - 1 - at[active], tolerance)
        end = window[np.arange(len(active)), reach]
        apex = window[:, 0] + (end - window[:, 0]) * (0.5 + 1j * bulge)
        for i, stop, middle in zip(active, end, apex, strict=True):
            knots[i].append(complex(stop))
            apexes[i].append(complex(middle))
        at[active] += reach
        active = active[at[active] < lengths[active] - 1]
    return [Arcs(np.array(k, np.complex128), np.array(a, np.complex128)) for k, a in zip(knots, apexes, strict=True)]


def flatten(start: complex, end: complex, bulge: float, n: int) -> Complex:
    """Points along one arc after its start, its end included.

    Returns:
        (n,) complex, the curve at t = 1/n, 2/n, ... 1
    """
    t = np.arange(1, n + 1) / n
    return start + (end - start) * (t + 4j * bulge * t * (1 - t))
