"""A page on a machine: where its sheet lies and what the machine will do, before any port is opened."""

from __future__ import annotations

from plotwriter.devices.profile import MachineProfile
from plotwriter.ink import Ink
from plotwriter.motion.actions import Plan
from plotwriter.motion.placement import fit
from plotwriter.motion.planner import plan

__all__ = ["plan_page"]


def plan_page(ink: Ink, profile: MachineProfile) -> Plan:
    """A page's plan on a machine: placed, then timed.

        EBB: home is the top left of travel and sheet       GRBL: work zero is the lower left of both
        (0,0)--> x                                                   |
          |                                                 (0, travel y)--> x

    Args:
        ink: one page, page frame
        profile: the machine

    Raises:
        LayoutError: ink the machine cannot reach, or ink on no page
    """
    machine = profile.name or profile.title
    placement = fit(ink, profile.travel, machine=machine)
    home = 0j
    if profile.grbl is not None:
        home = 1j * profile.travel[1]
        placement = fit(ink, profile.travel, machine=machine, offset=home - 1j * placement.size[1])
    return plan(ink, profile.motion, profile.pen.times, placement, home=home)
