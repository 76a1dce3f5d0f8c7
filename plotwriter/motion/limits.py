"""What a machine may do: speeds, accelerations, and how long its pen takes."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Literal

from plotwriter.units import Acceleration, Duration, Jerk, Length, Speed

__all__ = ["Kinematics", "Limits", "PenTimes", "Ramps"]

Kinematics = Literal["corexy", "cartesian"]
Ramps = Literal["host", "board"]


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds a plan honours; the [motion] table of a machine profile."""

    feed: Speed  #: mm/s, drawing
    travel_speed: Speed  #: mm/s, pen up
    accel: Acceleration  #: mm/s², drawing; bounds the whole vector, along and across the path
    travel_accel: Acceleration  #: mm/s², pen up; of a board with ramps of its own each axis's ($120, $121): its diagonals reach 1.41 of it
    junction_deviation: Length  #: mm a board with ramps of its own imagines corners cut; GRBL's $11
    motor_speed: Speed  #: mm/s of belt one motor may give
    kinematics: Kinematics = "cartesian"  #: corexy: the motors run x + y and x - y
    ramps: Ramps = "host"  #: who speeds up and brakes: we, step by step, or a board that is told lines and feeds
    path_tolerance: Length = 0.02  #: mm that rounding may move a path, so that bends are planned as bends
    accel_x: Acceleration = math.inf  #: mm/s² along x, pen up or down, besides what bounds the whole vector
    accel_y: Acceleration = math.inf  #: mm/s² along y
    jerk: Jerk = math.inf  #: mm/s³ along the path, pen up or down; for a machine that shakes, the slower the softer
    line_time: Duration = 0.005  #: s a line lasts where a board with ramps of its own speeds up or brakes; 5 or 10 ms, see motion.board
    reserve: float = 0.075  #: part of accel (half of it of travel_accel) left to the wire's roughness: whole steps, whole moves

    def __post_init__(self) -> None:
        """A limit that is not above 0 would plan for ever."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, float) and field.name != "reserve" and not value > 0:
                raise ValueError(f"{field.name} must be above 0, got {value:g}")
        if abs(0.010 / self.line_time - round(0.010 / self.line_time)) > 1e-6:
            raise ValueError(f"line_time is 10 ms or a whole part of it (5 ms), got {1000 * self.line_time:g} ms")
        if not 0 <= self.reserve < 0.5:
            raise ValueError(f"reserve is a part from 0 to below 0.5, got {self.reserve:g}")

    @property
    def axes(self) -> tuple[float, float]:
        """How many times stricter than `accel` the limits of x and y are; 0 where there are none."""
        return self.accel / self.accel_x, self.accel / self.accel_y


@dataclass(frozen=True, slots=True)
class PenTimes:
    """How long to wait before the pen has arrived."""

    raise_pen: float  #: s
    lower_pen: float  #: s
    raise_overlap: float = 0.0  #: s before the pen is all the way up that it may travel
    lower_overlap: float = 0.0  #: s before it arrives that it may begin to come down
    hop_raise: float = 0.0  #: s up to the height between strokes of one word; 0: it goes all the way up there too
    hop_lower: float = 0.0  #: s down from that height
    hop_reach: float = 0.0  #: mm, longest way between two strokes that is hopped
