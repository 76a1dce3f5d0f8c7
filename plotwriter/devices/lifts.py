"""The pen of a G-code machine: the lines that move it, and how long it takes until the next line moves x and y.

motion |____| M400 ok M280 ok G4 ......... ok G1 |____     Marlin: every line waits for the "ok" of the one before
motion |____| M3 G4 ........ G1 |____                      GRBL has the lines already, and reads each once it can
"""

from __future__ import annotations

import math
from dataclasses import replace

from plotwriter.devices.profile import GcodeTable, MachineProfile
from plotwriter.errors import ConfigError
from plotwriter.motion.limits import PenTimes

__all__ = ["gcode_table", "lift_times", "pen_lines"]

READ = 0.0005  # s a board takes to read a line
WIRE = 10  # bits a byte takes on the wire, 8N1
NUMBERED = len("N1234 *100") + 1  # bytes that number, checksum and newline add to a line for Marlin
OK = len("ok") + 1  # bytes
NEXT = len("G1 X100.000 Y100.000 F800")  # bytes of the line that follows a pen action
LEAST_DWELL = 0.01  # s; a G4 that says when the motion before it has ended


def gcode_table(profile: MachineProfile) -> GcodeTable:
    """The profile's [gcode] table.

    Raises:
        ConfigError: it has none
    """
    if profile.gcode is None:
        raise ConfigError(f"{profile.name or profile.title}: speaks {profile.device!r}, not G-code; use a machine such as grbl_servo")
    return profile.gcode


def pen_lines(profile: MachineProfile, *, down: bool) -> tuple[str, ...]:
    """The pen down or up, and the wait for it."""
    pen, table = profile.pen, gcode_table(profile)
    value = table.value(pen.down if down else pen.up)
    wait = pen.times.lower_pen if down else pen.times.raise_pen
    if table.lift == "z":  # the motion itself takes its time; what is left is the added delay
        move = f"G1 Z{value:.3f} F{table.lift_speed * 60:.0f}"
        delay = pen.settle.lower_delay if down else pen.settle.raise_delay
        return move, _dwell(max(delay, LEAST_DWELL), table)
    if table.lift == "m280":
        return "M400", f"M280 P{table.servo} S{round(value)}", _dwell(wait, table)
    return f"M3 S{round(value)}", _dwell(wait, table)


def _dwell(seconds: float, table: GcodeTable) -> str:
    return f"G4 P{math.ceil(seconds * 1000 - 1e-6)}" if table.dialect == "marlin" else f"G4 P{seconds:.3f}"


def lift_times(profile: MachineProfile) -> PenTimes:
    """How long raising and lowering hold up the motion: the pen's own time, and the talk about it."""
    times, table = profile.pen.times, profile.gcode
    if table is None:
        return times
    raised, lowered = (_beside(profile, table, down=down) for down in (False, True))
    return replace(times, raise_pen=times.raise_pen + raised, lower_pen=times.lower_pen + lowered)


def _beside(profile: MachineProfile, table: GcodeTable, *, down: bool) -> float:
    """Seconds a pen action takes besides the pen's own time."""
    settle, lines = profile.pen.settle, pen_lines(profile, down=down)
    delay = settle.lower_delay if down else settle.raise_delay
    dwell = max(LEAST_DWELL - delay, 0.0) if table.lift == "z" else 0.0  # the pen's own time has the delay in it
    if table.dialect != "marlin":
        return dwell + READ * len(lines)
    byte = WIRE / profile.connection.baud
    told = () if table.lift == "z" else lines[1:]  # the first is there while motion goes on; so is all about Z
    sizes = [*(len(line) for line in told), NEXT]
    return dwell + sum(byte * (size + NUMBERED + OK) + READ for size in sizes)
