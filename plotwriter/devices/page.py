"""A page on a machine: where its sheet lies and what the machine will do, before any port is opened."""

from __future__ import annotations

from dataclasses import replace

from plotwriter.devices.hpgl_plan import as_vectors
from plotwriter.devices.lifts import lift_times
from plotwriter.devices.profile import MachineProfile
from plotwriter.errors import LayoutError
from plotwriter.ink import Ink, Page
from plotwriter.motion.actions import PenAction, Plan, Trajectory
from plotwriter.motion.placement import Placement, fit
from plotwriter.motion.planner import plan, travel

__all__ = ["corner_of", "home_of", "is_sheet", "move", "placed", "plan_page", "rest_of"]

SAME_SHEET = 1.0  # mm two sheets of one size may differ


def home_of(profile: MachineProfile) -> complex:
    """Where a machine starts and ends, mm, machine frame.

    EBB: home is the top left of travel and sheet       G-code: work zero is the lower left of both; HPGL: 0, 0
    (0,0)--> x                                                     |
      |                                                   (0, travel y)--> x
    """
    return 0j if profile.gcode is None and profile.hpgl is None else 1j * profile.travel[1]


def corner_of(profile: MachineProfile) -> str:
    """What to call home, as a person who moves the pen there by hand knows it; pen plotters find it themselves."""
    return "the top left corner" if profile.gcode is None else "work zero, the sheet's lower left corner"


def plan_page(ink: Ink, profile: MachineProfile) -> Plan:
    """A page's plan on a machine: placed, then timed.

    Args:
        ink: one page, page frame
        profile: the machine

    Raises:
        LayoutError: ink the machine cannot reach, or ink on no page
    """
    page_plan = plan(ink, profile.motion, lift_times(profile), placed(ink, profile), home=home_of(profile))
    return page_plan if profile.hpgl is None else as_vectors(page_plan, profile)


def placed(ink: Ink, profile: MachineProfile) -> Placement:
    """Where a page's sheet lies on a machine: at home's corner; the sheet a pen plotter takes, where it takes it.

    Args:
        ink: one page, page frame; without strokes, nothing can be out of reach
        profile: the machine

    Raises:
        LayoutError: ink the machine cannot reach, or ink on no page
    """
    machine, home = profile.name or profile.title, home_of(profile)
    if is_sheet(ink, profile) and profile.hpgl is not None:
        across, down = profile.hpgl.origin
        return fit(ink, profile.travel, machine=machine, offset=home - complex(across, down))
    placement = fit(ink, profile.travel, machine=machine)
    return fit(ink, profile.travel, machine=machine, offset=home - 1j * placement.size[1]) if home else placement


def is_sheet(ink: Ink, profile: MachineProfile) -> bool:
    """Whether a page is the sheet that a pen plotter takes; another one is taken to lie at its home's corner."""
    if profile.hpgl is None or ink.page is None:
        return False
    sides, sheet = sorted((ink.page.width, ink.page.height)), sorted(profile.hpgl.sheet)
    return all(abs(side - other) < SAME_SHEET for side, other in zip(sides, sheet, strict=True))


def move(here: complex, there: complex, profile: MachineProfile, *, bounded: bool = True) -> Plan:
    """A pen-up move as a plan without strokes.

    Args:
        here: mm, machine frame
        there: mm, machine frame
        profile: the machine
        bounded: False where nobody knows where `here` is: no place can be refused then

    Raises:
        LayoutError: a place the machine does not reach
    """
    across, along = profile.travel
    if bounded and not (-0.1 <= there.real <= across + 0.1 and -0.1 <= there.imag <= along + 0.1):
        raise LayoutError(f"{profile.name}: reaches {across:g} x {along:g} mm; ({there.real:g}, {there.imag:g}) lies outside")
    actions = tuple(travel(here, there, profile.motion, stroke=0))
    return Plan(actions, (), Placement(Page(across, along)), here)


def rest_of(page_plan: Plan, first: int, here: complex, profile: MachineProfile) -> Plan:
    """What is left of a page from one stroke on, from where the pen stands.

    Args:
        page_plan: the whole page; strokes keep their numbers
        first: the first stroke to draw; their number leaves the way home
        here: mm, machine frame, where the raised pen stands
        profile: the machine
    """
    left = [action for action in page_plan.actions if action.stroke >= first]
    start = next((i for i, action in enumerate(left) if not isinstance(action, Trajectory) or action.pen_down), len(left))
    ahead = next((action for action in left if isinstance(action, Trajectory) and action.pen_down), None)
    if start < len(left) and isinstance(lowering := left[start], PenAction) and lowering.down:  # the pen is all the way up, and at rest
        left[start] = replace(lowering, duration=lift_times(profile).lower_pen, hop=False, lead=0.0)
    there = page_plan.home if ahead is None else complex(ahead.start[0])
    stroke = len(page_plan.words) if ahead is None else ahead.stroke
    actions = (*travel(here, there, profile.motion, stroke=stroke), *left[start:])
    return replace(page_plan, actions=actions, home=here)
