"""What a GRBL board says of itself, read and held against the profile.

Source: gnea/grbl v1.1 doc/markdown/settings.md, commands.md ($I, $$)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from plotwriter.devices.lifts import gcode_table
from plotwriter.devices.profile import MachineProfile

__all__ = ["complaints", "parse_options", "parse_settings", "parse_status"]

NUMBER = re.compile(r"-?\d{1,6}(\.\d{1,6})?")  # no "nan", no "1e999": a place is planned from
SLACK = 1.001  # a board prints three decimals


def parse_settings(lines: Iterable[str]) -> dict[int, float]:
    """`$n=value` lines as numbers; what is no number is left out.

    >>> parse_settings(["$110=5000.000", "[MSG:hi]", "$N0=G54"])
    {110: 5000.0}
    """
    found = {}
    for line in lines:
        if match := re.fullmatch(r"\$(\d{1,4})\s*=\s*(-?\d{1,12}(?:\.\d{0,9})?)(?:\s.*)?", line):
            found[int(match[1])] = float(match[2])
    return found


def parse_options(lines: Iterable[str]) -> int | None:
    """Bytes the receive buffer holds, from `[OPT:letters,blocks,bytes]`; None if the board does not say.

    >>> parse_options(["[VER:1.1h.20190825:]", "[OPT:V,15,128]"])
    128
    """
    for line in lines:
        if match := re.match(r"\[OPT:[^,\]]*,\d{1,6},(\d{1,6})\b", line):
            return int(match[1])
    return None


def parse_status(text: str) -> dict[str, tuple[float, ...]]:
    """The numbers of a status report, by field.

    >>> parse_status("<Idle|MPos:1.000,2.000,0.000|FS:0,0|WCO:0.000,0.000,0.000>")["MPos"]
    (1.0, 2.0, 0.0)
    """
    found = {}
    for part in text.strip("<>").split("|")[1:]:
        name, _, numbers = part.partition(":")
        if all(NUMBER.fullmatch(number) for number in numbers.split(",")):
            found[name] = tuple(float(number) for number in numbers.split(","))
    return found


def complaints(settings: Mapping[int, float], profile: MachineProfile) -> Iterator[str]:
    """Where the board's own settings contradict the profile, a line each."""
    motion, table = profile.motion, gcode_table(profile)
    for axis, rate, accel, reach in (("x", 110, 120, 130), ("y", 111, 121, 131)):
        wire = table.x if axis == "x" else table.y
        travel = profile.travel[0 if wire.endswith("x") else 1]
        wanted = {
            rate: (min(max(motion.feed, motion.travel_speed), motion.motor_speed) * 60, "mm/min", "speed"),
            accel: (max(motion.accel, motion.travel_accel), "mm/s2", "acceleration"),
        }
        for number, (value, unit, what) in wanted.items():
            if number in settings and settings[number] * SLACK < value:
                yield (
                    f"${number}={settings[number]:g}: the board's {what} along {axis} is below the profile's {value:g} {unit}; "
                    "estimates will be too short"
                )
        if table.homing and reach in settings and settings[reach] * SLACK < travel:
            yield f"${reach}={settings[reach]:g}: the board's travel along {axis} is below the profile's {travel:g} mm"
    if table.homing and settings.get(22) == 0:
        yield "$22=0: homing is off, but the profile says homing = true"
    if settings.get(32) == 1:
        yield "$32=1: laser mode, the pen would move while drawing; switch it off with $32=0"
    if table.lift == "m3" and 30 in settings and settings[30] < max(table.bottom, table.top):
        yield f"$30={settings[30]:g}: S is capped there, but the profile's pen goes to S{max(table.bottom, table.top):g}"
    if settings.get(21) == 1 and not table.homing:
        yield "$21=1: hard limits are on, but the profile says homing = false"
