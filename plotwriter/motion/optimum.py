r"""The fastest way along given paths: a pass backwards for what must be braked, one forwards for what can be gained.

    |acceleration|² = u² + (kappa v²)²  <=  a²        u along the path, kappa v² across it

      u |     .-'''-.        the faster a bend is passed, the less is left for braking and speeding up;
        |   /         \      at v² = a / kappa nothing is
        |--|-----------|-> kappa v²
        |   \         /
              '-...-'

Both passes are recurrences along the path. All paths lie end to end in one array, cut into windows that are worked
on side by side; a window whose neighbour came out slower than it had assumed is done again, so the result is that of
one long pass, to the last bit.

Legend: s arc length (mm), h its steps, v speed (mm/s), w = v², kappa bend (1/mm), a acceleration limit (mm/s²).

Source: Bobrow, Dubowsky and Gibson 1985; Pham and Pham 2018, arXiv:1707.07239 (the two passes are optimal where the
slowest speed is always allowed)
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["fastest"]

Floats = npt.NDArray[np.float64]

WINDOW = 48  # points: as long as a braking distance, and short, so that many lie side by side


def fastest(h: Floats, kappa: Floats, cap: Floats, accel: Floats) -> Floats:
    """The highest w at every point.

    Args:
        h: (n - 1,) mm, between the points
        kappa: (n,) 1/mm, >= 0
        cap: (n,) mm²/s², what w may be at most, whatever happens elsewhere; 0 is a place to rest
        accel: (n,) mm/s², bound of the whole acceleration vector

    Returns:
        (n,) mm²/s²; every |u| and every kappa w within the bound at both ends of every step
    """
    if len(cap) < 2:
        return cap.copy()
    room = np.minimum(accel[:-1], accel[1:])
    w = np.minimum(cap, accel / np.maximum(kappa, 1e-12))
    braked = _pass(h[::-1], kappa[::-1], w[::-1], room[::-1])[::-1]
    return _pass(h, kappa, braked, room)


def _pass(h: Floats, kappa: Floats, cap: Floats, room: Floats) -> Floats:
    """What w can be gained along the array from its first point on, never above cap."""
    n = len(cap)
    n_windows = -(-n // WINDOW)

    def windows(values: Floats) -> Floats:
        padded = np.zeros(n_windows * WINDOW)
        padded[: len(values)] = values
        return np.ascontiguousarray(padded.reshape(n_windows, WINDOW).T)  # (window, n_windows): a row is one point of each

    def behind(values: Floats) -> Floats:
        return np.concatenate((values[:1], values))  # of the step that leads to each point

    double, bend = 2 * behind(h), kappa
    reach = windows(double * behind(room))  # gain of w if all were spent along
    before = windows(double * np.concatenate((bend[:1], bend[:-1])))
    here = windows(double * bend)
    square, limit = here * here, windows(cap)
    w = limit.copy()
    come = np.concatenate(([cap[0]], w[-1, :-1]))  # assumed to come in; never too low
    todo = np.arange(n_windows)
    while len(todo):
        everyone = len(todo) == n_windows
        part = [rows if everyone else np.ascontiguousarray(rows[:, todo]) for rows in (reach, before, square, limit)]
        w[:, todo] = _sweep(come[todo], *part)
        arrived = np.concatenate((come[:1], w[-1, :-1]))
        todo = np.flatnonzero(arrived < come)
        come = arrived
    return w.T.reshape(-1)[:n].copy()


def _sweep(come: Floats, reach: Floats, before: Floats, square: Floats, limit: Floats) -> Floats:
    """One pass through the windows side by side, from the w that comes in."""
    w = np.zeros_like(limit)
    reach2 = reach * reach
    one_more = 1 + square
    for i in range(len(limit)):
        spent = before[i] * come
        gain = come + np.sqrt(np.maximum(reach2[i] - spent * spent, 0.0))
        root = np.maximum(reach2[i] * one_more[i] - square[i] * (come * come), 0.0)
        gain = np.minimum(gain, (come + np.sqrt(root)) / one_more[i])
        come = np.minimum(np.maximum(gain, come), limit[i])
        w[i] = come
    return w
