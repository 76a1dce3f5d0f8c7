r"""A plan: everything the machine will do, in order, with its times.

    actions   Trajectory(up) PenAction(down) Trajectory(down, stroke 0) PenAction(up) Trajectory(up) ...

A trajectory starts and ends at rest; inside it speed is continuous and acceleration constant on each piece:

    v |     ____          v_in, v_out at the ends of a piece
      |   /|    |\
      | /  |    | \       duration = 2 |end - start| / (v_in + v_out)
      |/___|____|__\___ t
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from plotwriter.ink import Points
from plotwriter.motion.placement import Placement

__all__ = ["Floats", "PenAction", "Plan", "Trajectory"]

Floats = npt.NDArray[np.float64]  #: (n,) float64


@dataclass(frozen=True, slots=True)
class PenAction:
    """The pen goes down or up, and is waited for."""

    down: bool
    duration: float  #: s waited
    stroke: int  #: index into the ink's strokes
    hop: bool = False  #: it goes up a little only, or comes down from there: the next stroke is near and of the same word
    lead: float = 0.0  #: s before the travel ends that it begins to come down


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Straight pieces of constant acceleration, from rest to rest."""

    start: Points  #: (n,) complex128, mm, machine frame
    end: Points  #: (n,) complex128, mm, machine frame; end[i] == start[i + 1]
    v_in: Floats  #: (n,) mm/s
    v_out: Floats  #: (n,) mm/s; v_out[i] == v_in[i + 1]
    pen_down: bool
    stroke: int  #: the stroke drawn, or the one travelled to; the number of strokes on the way home
    told: tuple[Points, Floats] | None = None  #: (k + 1,) mm and (k,) mm/s, the lines and feeds a board is sent to move like this

    @cached_property
    def lengths(self) -> Floats:
        """(n,) mm."""
        return np.abs(self.end - self.start)

    @cached_property
    def durations(self) -> Floats:
        """(n,) s."""
        return 2 * self.lengths / (self.v_in + self.v_out)

    @cached_property
    def duration(self) -> float:
        """Seconds."""
        return float(self.durations.sum())

    @cached_property
    def distance(self) -> float:
        """Millimetres along the path."""
        return float(self.lengths.sum())

    def at(self, times: Floats) -> Points:
        """Where the pen is.

        Args:
            times: (k,) s since the trajectory's start; clipped to it

        Returns:
            (k,) complex128, mm, machine frame
        """
        ends = np.cumsum(self.durations)
        piece = np.minimum(np.searchsorted(ends, times, side="left"), len(ends) - 1)
        t = np.clip(times - (ends - self.durations)[piece], 0, self.durations[piece])
        a = (self.v_out - self.v_in)[piece] / self.durations[piece]
        s = self.v_in[piece] * t + a * t * t / 2
        points: Points = self.start[piece] + (self.end - self.start)[piece] * np.clip(s / self.lengths[piece], 0, 1)
        return points


@dataclass(frozen=True, eq=False)
class Plan:
    """One page as timed actions."""

    actions: tuple[PenAction | Trajectory, ...]  #: in order of time
    words: tuple[str, ...]  #: per stroke, what it writes
    placement: Placement
    home: complex  #: mm, machine frame; where the machine starts and ends

    @cached_property
    def duration(self) -> float:
        """Seconds for the whole page."""
        return float(sum(action.duration for action in self.actions))

    @cached_property
    def pen_down_distance(self) -> float:
        """Millimetres drawn; dots count with their micro-stroke."""
        return sum(a.distance for a in self.actions if isinstance(a, Trajectory) and a.pen_down)

    @cached_property
    def pen_up_distance(self) -> float:
        """Millimetres travelled with the pen up, home to home."""
        return sum(a.distance for a in self.actions if isinstance(a, Trajectory) and not a.pen_down)

    @cached_property
    def pen_lifts(self) -> int:
        """How often the pen goes up."""
        return sum(isinstance(a, PenAction) and not a.down for a in self.actions)

    @cached_property
    def stroke_starts(self) -> Floats:
        """(n_strokes,) s since the start when each stroke begins to be drawn."""
        starts = np.zeros(len(self.words))
        now = 0.0
        for action in self.actions:
            if isinstance(action, Trajectory) and action.pen_down:
                starts[action.stroke] = now
            now += action.duration
        return starts
