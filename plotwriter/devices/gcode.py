"""Plan to G-code, for GRBL and its kin and for Marlin.

    M3 S700 | M280 P0 S30 | G1 Z0     pen down        G4   wait for it: seconds for GRBL, milliseconds for Marlin
    G1 X Y F                          drawn, mm and mm/min; F is the mean speed planned there

The wire frame has its origin at work zero, the lower left of the sheet, y up; the profile's axes may turn it.
Points that a longer line says as well are left out: a board looks ahead 15 lines, not millimetres. Where the speed changes,
a line ends every 5 ms; F is what keeps the board's own corners and ramps within the limit, see motion.board.
Every pen action ends with a G4: it is answered once all motion before it has ended, so its "ok" confirms the stroke.

Source: gnea/grbl v1.1 doc/markdown/interface.md, commands.md; Marlin gcode/queue.cpp, marlinfw.org/docs/gcode
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from plotwriter.devices.lifts import gcode_table, pen_lines
from plotwriter.devices.page import plan_page
from plotwriter.devices.profile import Axis, MachineProfile
from plotwriter.ink import Document, Points
from plotwriter.motion.actions import Floats, PenAction, Plan
from plotwriter.motion.board import as_lines

__all__ = ["GcodeLine", "comment", "drain", "encode", "from_wire", "preamble", "to_wire", "write_gcode"]

LINE_LIMIT = 79  # characters before the newline


@dataclass(frozen=True, slots=True)
class GcodeLine:
    """One line and what it is part of."""

    text: str
    stroke: int = -1  #: index of the stroke it belongs to; -1 before the first
    plan_time: float = 0.0  #: s of the plan done when it is


def to_wire(points: Points, profile: MachineProfile) -> tuple[Floats, Floats]:
    """Machine frame to the board's own x and y, mm."""
    table = gcode_table(profile)
    across, up = points.real, profile.travel[1] - points.imag

    def along(axis: Axis) -> Floats:
        value = across if axis.endswith("x") else up
        return -value if axis.startswith("-") else value

    return along(table.x), along(table.y)


def from_wire(x: float, y: float, profile: MachineProfile) -> complex:
    """The board's own x and y to the machine frame, mm; the reverse of `to_wire`."""
    table = gcode_table(profile)
    frame = {"x": 0.0, "y": 0.0}
    for axis, value in ((table.x, x), (table.y, y)):
        frame[axis[-1]] = -value if axis.startswith("-") else value
    return complex(frame["x"], profile.travel[1] - frame["y"])


def preamble(profile: MachineProfile) -> tuple[str, ...]:
    """Millimetres, absolute, mm a minute, xy plane, whatever the board was told before."""
    return ("G21", "G90") if gcode_table(profile).dialect == "marlin" else ("G21 G90 G94 G17",)


def drain(profile: MachineProfile) -> str:
    """A line that is answered only once all motion has ended."""
    return "M400" if gcode_table(profile).dialect == "marlin" else "G4 P0.01"


def encode(plan: Plan, profile: MachineProfile) -> Iterator[GcodeLine]:
    """A plan as lines, from home to home; the pen is raised first."""
    for text in (*preamble(profile), *pen_lines(profile, down=False)):
        yield GcodeLine(text)
    now, feed = 0.0, 0
    for action in plan.actions:
        if isinstance(action, PenAction):
            now += action.duration
            for text in pen_lines(profile, down=action.down):
                yield GcodeLine(text, action.stroke, now)
            feed = feed if gcode_table(profile).lift != "z" else 0  # Z brought an F of its own
            continue
        points, speeds = action.told or as_lines(action)
        along = np.cumsum(np.abs(np.diff(points)))
        ends = now + np.interp(along * (action.distance / along[-1]), np.cumsum(action.lengths), np.cumsum(action.durations))
        x, y = to_wire(points[1:], profile)
        feeds = np.rint(speeds * 60).astype(int)
        for x_i, y_i, feed_i, end in zip((x + 0.0).tolist(), (y + 0.0).tolist(), feeds.tolist(), ends.tolist(), strict=True):
            word = f" F{feed_i}" if feed_i != feed else ""
            yield GcodeLine(f"G1 X{x_i:.3f} Y{y_i:.3f}{word}", action.stroke, end)
            feed = feed_i
        now += action.duration
    yield GcodeLine(drain(profile), len(plan.words), now)


def comment(text: str) -> str:
    """A comment line without what GRBL would take for a command of its own.

    >>> comment("Ada's letter!")
    "; Ada's letter"
    """
    plain = "".join(c for c in text if " " <= c <= "~" and c not in "?!~()")
    return f"; {plain}"[:LINE_LIMIT]


def write_gcode(document: Document, profile: MachineProfile, *, recipe: str = "") -> str:
    """A finished job as a file for any G-code sender; M0 waits for the next sheet.

    Args:
        document: the job
        profile: the machine
        recipe: how the document can be made again, kept in comments

    Raises:
        ConfigError: the machine does not speak G-code
        LayoutError: ink the machine cannot reach
    """
    gcode_table(profile)
    plans = [plan_page(page, profile) for page in document.pages]
    minutes = math.ceil(sum(plan.duration for plan in plans) / 60)
    made_by = f"plotwriter {document.version}".strip()
    lines = [
        comment(
            made_by
            + (f", style {document.style}" if document.style else "")
            + (f", seed {document.seed}" if document.seed is not None else "")
        ),
        comment(f"for {profile.name or profile.title}, {len(plans)} {'page' if len(plans) == 1 else 'pages'}, about {minutes} min"),
        comment("work zero: lower left corner of the sheet, x right, y up, mm"),
    ]
    lines += [comment(part) for part in textwrap.wrap(recipe, LINE_LIMIT - 2)]
    for i, page_plan in enumerate(plans):
        if i:
            lines += [comment("change the sheet, then resume"), "M0"]
        lines += [line.text for line in encode(page_plan, profile)]
    return "\n".join(lines) + "\n"
