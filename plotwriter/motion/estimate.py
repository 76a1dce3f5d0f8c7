"""How long a page takes and where the time goes."""

from __future__ import annotations

from dataclasses import dataclass

from plotwriter.motion.actions import PenAction, Plan, Trajectory

__all__ = ["Estimate", "estimate"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A plan in numbers."""

    duration: float  #: s, all of it
    pen_down_time: float  #: s drawing
    pen_up_time: float  #: s travelling
    lift_time: float  #: s waiting for the pen to go up or down
    pen_down_distance: float  #: mm
    pen_up_distance: float  #: mm
    lifts: int  #: how often the pen goes up


def estimate(plan: Plan) -> Estimate:
    """Times and distances of a plan."""
    moves = [action for action in plan.actions if isinstance(action, Trajectory)]
    return Estimate(
        duration=plan.duration,
        pen_down_time=sum(move.duration for move in moves if move.pen_down),
        pen_up_time=sum(move.duration for move in moves if not move.pen_down),
        lift_time=sum(action.duration for action in plan.actions if isinstance(action, PenAction)),
        pen_down_distance=plan.pen_down_distance,
        pen_up_distance=plan.pen_up_distance,
        lifts=plan.pen_lifts,
    )
