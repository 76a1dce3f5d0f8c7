"""What is looked at before the pen moves: does the job fit the sheet and the machine, and what will it take.

A check is "ok", a "note" a person should read, or a reason to "refuse": nothing is clipped, nothing is guessed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from plotwriter.devices.device import Device, Facts
from plotwriter.devices.page import is_sheet, plan_page
from plotwriter.devices.profile import MachineProfile
from plotwriter.errors import AlarmError, LayoutError
from plotwriter.ink import Document
from plotwriter.motion.actions import Plan
from plotwriter.motion.estimate import Estimate, estimate

__all__ = ["Check", "Preflight", "Rehearses", "ask_machine", "lift_check", "machine_checks", "preflight", "refuse_weak"]

DEAD = 5.5  # V; below, the motors have no supply at all and only USB feeds the board


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    value: str
    verdict: Literal["ok", "note", "refuse"] = "ok"


@dataclass(frozen=True, slots=True)
class Preflight:
    """All of them, and what the job takes."""

    checks: tuple[Check, ...]
    plans: tuple[Plan, ...]  #: of the pages that fit
    pages: tuple[Estimate, ...]

    @property
    def refusals(self) -> list[str]:
        """Why it must not be plotted, the page named where there are several."""
        refused = (check for check in self.checks if check.verdict == "refuse")
        return [f"{check.name}: {check.value}" if check.name.startswith("page ") else check.value for check in refused]

    @property
    def duration(self) -> float:
        """Seconds, all pages."""
        return sum(page.duration for page in self.pages)

    @property
    def ink(self) -> float:
        """Millimetres of line, all pages."""
        return sum(page.pen_down_distance for page in self.pages)


def preflight(document: Document, profile: MachineProfile, asked: Sequence[Check] = ()) -> Preflight:
    """Look at a job and a machine.

    Args:
        document: the job
        profile: the machine
        asked: what the machine itself says, from `ask_machine`
    """
    checks: list[Check] = []
    plans: list[Plan] = []
    sizes = {(page.page.width, page.page.height) for page in document.pages if page.page is not None}
    sheets = ", ".join(f"{width:g} x {height:g} mm" for width, height in sorted(sizes))
    checks.append(Check("pages", f"{len(document.pages)} of {sheets}"))
    for number, ink in enumerate(document.pages, 1):
        label = f"page {number}" if len(document.pages) > 1 else "ink"
        try:
            plans.append(plan_page(ink, profile))
        except LayoutError as error:
            checks.append(Check(label, str(error), "refuse"))
            continue
        left, top, right, bottom = ink.bounds()
        turned = "turned a quarter, " if plans[-1].placement.rotated else ""
        place = f"{turned}{left:.1f} to {right:.1f} mm across, {top:.1f} to {bottom:.1f} mm down"
        beyond = ink.page is not None and (min(left, top) < 0 or right > ink.page.width or bottom > ink.page.height)
        if beyond:
            checks.append(Check(label, f"{place}: leaves the sheet", "refuse"))
        else:
            checks.append(Check(label, place))
    across, along = profile.travel
    checks.append(Check("machine", f"{profile.title}, reaches {across:g} x {along:g} mm"))
    checks += [*_pens(document, profile), *lift_check(profile)]
    if profile.hpgl is not None and not all(is_sheet(page, profile) for page in document.pages):
        wide, high = profile.hpgl.sheet
        corner = "its lower left corner is taken to lie where the pen is at home"
        checks.append(Check("sheet", f"not the {wide:g} x {high:g} mm that the plotter takes; {corner}", "note"))
    return Preflight((*checks, *asked), tuple(plans), tuple(estimate(plan) for plan in plans))


@runtime_checkable
class Rehearses(Protocol):
    """A machine that says without a motion which commands it refuses."""

    def unsupported(self) -> list[str]:
        """A line for each command of a drawing that it would refuse."""


def ask_machine(device: Device) -> list[Check]:
    """What a connected machine says before anything moves: firmware, supply, settings, pen, place, commands."""
    checks = machine_checks(device.facts())
    with suppress(AlarmError):  # a question it does not know: "commands" says so
        down = device.pen_is_down()
        checks.append(Check("pen now", "down, as the board has it" if down else "up, as the board has it", "note" if down else "ok"))
    if device.position_known or device.profile.hpgl is not None:  # a pen plotter finds its place by itself
        here = device.where()
        checks.append(Check("place", f"the pen stands at {here.real:.2f}, {here.imag:.2f} mm"))
    else:
        checks.append(Check("place", "not known to the machine; put the pen to its home corner before the job"))
    if isinstance(device, Rehearses):
        refused = device.unsupported()
        checks += [Check("commands", line, "refuse") for line in refused] or [Check("commands", "all that a drawing needs are known")]
    return checks


def _pens(document: Document, profile: MachineProfile) -> Iterator[Check]:
    order = [stroke.pen for page in document.pages for stroke in page.strokes]
    changes = sum(a != b for a, b in itertools.pairwise(order))
    mine = profile.hpgl is not None and max(order) <= profile.hpgl.pens
    if changes:
        often = "once" if changes == 1 else f"{changes} times"
        where = "which its carousel holds" if mine else "pen up, for another one to be put in"
        how = f"it changes {often}" if mine else f"it stops {often}"
        yield Check("pens", f"{len(set(order))}; {how}, {where}", "note")


def lift_check(profile: MachineProfile) -> Iterator[Check]:
    """Where the pen goes, in percent and in the board's own numbers."""
    pen = profile.pen
    if profile.ebb is not None:
        how = f"servo pulses {profile.ebb.pulse(pen.up)} and {profile.ebb.pulse(pen.down)} (1/12 us)"
    elif profile.gcode is not None:
        unit = {"m3": "M3 S", "m280": f"M280 P{profile.gcode.servo} S", "z": "Z "}[profile.gcode.lift]
        how = f"{unit}{profile.gcode.value(pen.up):g} and {unit}{profile.gcode.value(pen.down):g}"
    elif profile.hpgl is not None:
        yield Check("pen", f"pen {profile.hpgl.pen} of {profile.hpgl.pens}; the plotter lifts it by itself")
        return
    else:
        return
    yield Check("pen", f"up at {pen.up:g} %, down at {pen.down:g} % of its travel, 100 % is the highest: {how}")


def machine_checks(facts: Facts) -> list[Check]:
    """What a board says of itself, judged."""
    name = f", called {facts.name!r}" if facts.name else ""
    checks = [Check("board", f"{facts.firmware}{name}")]
    if facts.supply is not None:
        if facts.supply < DEAD:
            value = f"the motors have no supply ({facts.supply:.1f} V); plug the machine's power in and switch it on"
            checks.append(Check("supply", value, "refuse"))
        else:
            checks.append(Check("supply", f"{facts.supply:.1f} V", "note" if facts.complaints else "ok"))
    return checks + [Check("settings", line, "note") for line in facts.complaints]


def refuse_weak(facts: Facts, *, name: str) -> None:
    """Refuse a board whose motors have no supply.

    Args:
        facts: what the board says
        name: the port's, for the error

    Raises:
        AlarmError: the motors would not turn
    """
    if facts.supply is not None and facts.supply < DEAD:
        raise AlarmError(f"{name}: the motors have no supply ({facts.supply:.1f} V); plug the machine's power in and switch it on")
