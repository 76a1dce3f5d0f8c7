r"""Less shaking: a time law averaged over a window, so that acceleration changes no faster than a machine likes.

    a |  ____              a |   __          what jumps by up to 2 a, averaged over 2 a / jerk, changes by jerk at most;
      | |    |               |  /  \         the path is the same, each run from rest to rest lasts that much longer
      |_|    |____ t         |_/    \__ t
             |____|                  \/

The same place is passed a little later and at a little other speed: where a bend is short, faster than before. Whoever
softens has to look at the bends again.

Legend: s mm along a run, v mm/s, t s of the time law that is given, tau s of the softened one, a mm/s².

Source: Biagiotti and Melchiorri 2012, "FIR filters for online trajectory planning with time- and frequency-domain specifications"
"""

from __future__ import annotations

import numpy as np

from plotwriter.ink import Points
from plotwriter.motion.actions import Floats

__all__ = ["softened"]

GRID = 0.001  # s between places at which the average is taken
PIECE = 4  # of those a piece of constant acceleration lasts: half of what the wire can say
APART = 1e-4  # mm; a place nearer to a vertex is none


def softened(points: Points, v: Floats, *, accel: float, jerk: float) -> tuple[Points, Floats]:
    """A path with its speeds, softened; with more points.

    Args:
        points: (n,) mm
        v: (n,) mm/s, 0 at both ends and nowhere twice in a row; acceleration constant in between
        accel: mm/s², most along the path
        jerk: mm/s³, most along the path

    Returns:
        (k,) mm, the points among them, and (k,) mm/s
    """
    rests = np.flatnonzero(v == 0)
    window = 2 * accel / jerk
    parts, speeds = [points[:1]], [v[:1]]
    for first, last in zip(rests[:-1].tolist(), rests[1:].tolist(), strict=True):
        more, fast = _run(points[first : last + 1], v[first : last + 1], window)
        parts.append(more[1:])
        speeds.append(fast[1:])
    return np.concatenate(parts), np.concatenate(speeds)


def _run(points: Points, v: Floats, window: float) -> tuple[Points, Floats]:
    """One run from rest to rest."""
    h = np.abs(np.diff(points))
    s = np.concatenate(([0.0], np.cumsum(h)))
    dt = 2 * h / (v[1:] + v[:-1])
    t = np.concatenate(([0.0], np.cumsum(dt)))

    def passed(when: Floats) -> Floats:
        piece = np.clip(np.searchsorted(t, when, side="right") - 1, 0, len(dt) - 1)
        part = np.clip(when - t[piece], 0, dt[piece])
        return np.asarray(s[piece] + v[piece] * part + (v[piece + 1] - v[piece]) / dt[piece] * part**2 / 2)

    n = max(int(np.ceil((t[-1] + window) / GRID)), 2 * PIECE)
    tau = np.linspace(0, t[-1] + window, n + 1)
    slow = (passed(tau) - passed(tau - window)) / window  # the average of v is what is passed in a window
    along = np.concatenate(([0.0], np.cumsum((slow[1:] + slow[:-1]) / 2)))
    along *= s[-1] / along[-1]
    between = along[PIECE:-1:PIECE]
    nearest = np.searchsorted(s, between)
    between = between[np.minimum(s[nearest] - between, between - s[nearest - 1]) > APART]
    places = np.sort(np.concatenate((s, between)))
    speeds = np.interp(places, along, slow)
    speeds[0] = speeds[-1] = 0.0
    return np.interp(places, s, points), speeds
