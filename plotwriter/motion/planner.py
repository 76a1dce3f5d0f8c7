r"""Ink to plan: a backward and a forward pass give each stroke its speed, trapezoids join the strokes.

     v |  feed  _______            ____
       |      /        \__  bend  /    \        drawn: bends and corners cap the speed,
       |    /             \______/       \      every joint can still brake for the next
       |__/_______________________________\___ s

     v |   travel_speed ________
       |              /          \              pen up: rest to rest, straight
       |____________/______________\__________ s

Legend: s mm along the path, v mm/s, a mm/s²; machine frame throughout.
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from plotwriter.errors import LayoutError
from plotwriter.ink import Ink, Points
from plotwriter.motion.actions import Floats, PenAction, Plan, Trajectory
from plotwriter.motion.board import as_run, limit_along
from plotwriter.motion.curves import Paths, join, rounded, thinned
from plotwriter.motion.limits import Limits, PenTimes
from plotwriter.motion.placement import Placement
from plotwriter.motion.softening import softened
from plotwriter.motion.speeds import axis_speed, slowed, speeds, with_rests

__all__ = ["plan", "travel"]

DOT = 0.2  # mm, length of the mark a one-point stroke leaves: less is lost in the pen's own width
SPECK = 0.05  # mm; a stroke that reaches no farther is drawn as a dot: to the motors it may be no step at all
BATCH = 2500.0  # mm of ink planned at once: enough strokes side by side, few enough for the caches
AT_REST = 1e-6  # mm; a shorter travel is none


def plan(ink: Ink, limits: Limits, pen: PenTimes, placement: Placement | None = None, *, home: complex = 0j) -> Plan:
    """A page of ink as timed actions, from home to home.

    Every stroke is drawn, in order, between one lowering and one raising of the pen; a dot becomes a
    micro-stroke centred on it.

    Args:
        ink: one page, page frame
        limits: what the machine may do
        pen: how long the pen takes
        placement: where the sheet lies; without one the page frame is the machine frame
        home: mm, machine frame, where the machine stands and returns to

    Raises:
        LayoutError: no placement and no page
    """
    if placement is None:
        if ink.page is None:
            raise LayoutError("the ink lies on no page yet; lay it out on paper first")
        placement = Placement(ink.page)
    drawn = _drawn([placement.to_machine(stroke.points) for stroke in ink.strokes], limits)

    actions: list[PenAction | Trajectory] = []
    here, hop = home, False
    for i, (path, v) in enumerate(drawn):
        way = travel(here, complex(path[0]), limits, stroke=i)
        lead = 0.0 if hop else min(pen.lower_overlap, pen.lower_pen, max(sum(move.duration for move in way) - pen.raise_overlap, 0.0))
        actions += [
            *way,
            PenAction(down=True, duration=(pen.hop_lower if hop else pen.lower_pen) - lead, stroke=i, hop=hop, lead=lead),
            Trajectory(path[:-1], path[1:], v[:-1], v[1:], pen_down=True, stroke=i),
        ]
        here = complex(path[-1])
        hop = i + 1 < len(drawn) and _near(ink, i, abs(complex(drawn[i + 1][0][0]) - here), pen)
        up = pen.hop_raise if hop else max(pen.raise_pen - pen.raise_overlap, 0.0)
        actions.append(PenAction(down=False, duration=up, stroke=i, hop=hop))
    actions += travel(here, home, limits, stroke=len(drawn))
    if limits.ramps == "board":
        actions = as_run(actions, limits)
    return Plan(tuple(actions), tuple(ink.words_of(stroke) for stroke in ink.strokes), placement, home)


def _near(ink: Ink, stroke: int, distance: float, pen: PenTimes) -> bool:
    """Whether the pen hops from a stroke to the next one: it can, the way is short, and no space lies between them."""
    if pen.hop_raise <= 0 or distance > pen.hop_reach:
        return False
    (first, last), (other, end) = ink.strokes[stroke].span, ink.strokes[stroke + 1].span
    return not any(character.isspace() for character in ink.text[min(first, other) : max(last, end)])


def _drawn(strokes: list[Points], limits: Limits) -> list[tuple[Points, Floats]]:
    """Per stroke the points it is drawn through and the speed at each; worked out about BATCH mm at a time."""
    marks = [_mark(points) for points in strokes]
    so_far = np.cumsum([np.abs(np.diff(points)).sum() for points in marks])
    drawn: list[tuple[Points, Floats]] = []
    for _, some in itertools.groupby(zip((so_far // BATCH).tolist(), marks, strict=True), key=lambda pair: pair[0]):
        paths, rest = with_rests(thinned(rounded(join([points for _, points in some]), limits.path_tolerance)))
        v = speeds(paths, rest, limits)
        if math.isfinite(limits.jerk):
            paths, v = _softened(paths, v, limits)
        drawn += zip(paths.split(), np.split(v, paths.first[1:-1]), strict=True)
    return drawn


def _softened(paths: Paths, v: Floats, limits: Limits) -> tuple[Paths, Floats]:
    """Paths whose acceleration changes no faster than it may, their bends judged again."""
    accel = limits.accel * (1 - limits.reserve)
    soft = [softened(*path, accel=accel, jerk=limits.jerk) for path in zip(paths.split(), np.split(v, paths.first[1:-1]), strict=True)]
    joined = Paths(np.concatenate([points for points, _ in soft]), np.cumsum([0, *(len(points) for points, _ in soft)]).astype(np.intp))
    return joined, slowed(joined, np.concatenate([fast for _, fast in soft]), limits)


def _mark(points: Points) -> Points:
    """A stroke's points; of a dot or a speck, those of the micro-stroke that stands for it."""
    middle = complex(points.real.min() + points.real.max(), points.imag.min() + points.imag.max()) / 2
    return points if np.abs(points - middle).max() > SPECK / 2 else middle + np.array([-DOT / 2, DOT / 2])


def travel(start: complex, end: complex, limits: Limits, *, stroke: int) -> list[Trajectory]:
    """The pen-up move between two points: speed up, cruise, brake; nothing if already there.

    Args:
        start: mm, machine frame
        end: mm, machine frame
        limits: travel_speed, travel_accel and the motors' own speed hold
        stroke: the stroke travelled to
    """
    distance = abs(end - start)
    if distance < AT_REST:
        return []
    direction = (end - start) / distance
    along_axes = limit_along(np.array([direction]), (limits.accel_x, limits.accel_y))
    a = min(limits.travel_accel, float(along_axes[0])) * (1 - limits.reserve / 2)
    top = float(axis_speed(np.array([direction]), limits, limits.travel_speed)[0])
    v = min(top, math.sqrt(a * distance))  # a triangle when there is no room to cruise
    ramp = v * v / (2 * a)
    along = [0.0, ramp, distance - ramp, distance] if distance - 2 * ramp > AT_REST else [0.0, distance / 2, distance]
    points = start + direction * np.array(along)
    points[-1] = end
    speeds = np.array([0.0, *([v] * (len(along) - 2)), 0.0])
    if math.isfinite(limits.jerk):
        points, speeds = softened(points, speeds, accel=a, jerk=limits.jerk)
    return [Trajectory(points[:-1], points[1:], speeds[:-1], speeds[1:], pen_down=False, stroke=stroke)]
