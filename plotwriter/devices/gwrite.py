"""A machine as a profile of vpype-gcode, for people who plot from vpype: `vpype read letter.svg gwrite -p NAME out.gcode`.

    document_start   units, pen up
    segment_first    travel there, pen down, drawing speed        segment   draw there
    line_end         pen up                                       document_end   home, pen up

The sheet lies as it is read, its lower left corner at work zero; unlike plotwriter, gwrite turns no sheet and gives
bends no speed of their own: the board's own junction deviation slows it there.

Source: plottertools/vpype-gcode README, keys and fields of a profile
"""

from __future__ import annotations

from plotwriter.devices.gcode import drain, preamble
from plotwriter.devices.lifts import gcode_table, pen_lines
from plotwriter.devices.profile import Axis, MachineProfile

__all__ = ["gwrite_profile"]


def gwrite_profile(profile: MachineProfile) -> str:
    """TOML to append to ~/.vpype.toml, or to give to `vpype --config`.

    Raises:
        ConfigError: the machine does not speak G-code
    """
    table, motion = gcode_table(profile), profile.motion
    feed, travel = (f"F{round(speed * 60)}" for speed in (motion.feed, min(motion.travel_speed, motion.motor_speed)))
    place = f"X{_field(table.x)} Y{_field(table.y)}"
    up, down = (pen_lines(profile, down=lowered) for lowered in (False, True))
    templates = {
        "document_start": [*preamble(profile), *up],
        "segment_first": [f"G1 {place} {travel}", *down, f"G1 {feed}"],
        "segment": [f"G1 {place}"],
        "line_end": [*up],
        "document_end": [f"G1 X0 Y0 {travel}", drain(profile)],
    }
    lines = [
        f"# {profile.title}: vpype --config THIS_FILE read letter.svg gwrite -p plotwriter_{profile.name} letter.gcode",
        f"[gwrite.plotwriter_{profile.name}]",
        'unit = "mm"',
        "vertical_flip = true",
        *(f'{key} = "{_escaped(part)}"' for key, part in templates.items()),
    ]
    return "\n".join(lines) + "\n"


def _field(axis: Axis) -> str:
    return f"{{{'_' if axis.startswith('-') else ''}{axis[-1]}:.3f}}"


def _escaped(lines: list[str]) -> str:
    return "".join(f"{line}\\n" for line in lines)
