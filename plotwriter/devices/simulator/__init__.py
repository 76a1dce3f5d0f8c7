"""Boards that exist only on a virtual clock, faithful to their buffers, their blocking and their timing."""

from __future__ import annotations

import math

from plotwriter.devices.profile import MachineProfile
from plotwriter.devices.simulator.board import Board, Faults
from plotwriter.devices.simulator.clock import VirtualClock
from plotwriter.devices.simulator.ebb3_board import Ebb3Board
from plotwriter.devices.simulator.ebb_board import EbbBoard
from plotwriter.devices.simulator.grbl_board import GrblBoard
from plotwriter.devices.simulator.hpgl_board import HpglBoard
from plotwriter.devices.simulator.marlin_board import MarlinBoard
from plotwriter.devices.simulator.old_ebb_board import OldEbbBoard
from plotwriter.devices.simulator.port import SimPort
from plotwriter.errors import ConfigError

__all__ = [
    "Board",
    "Ebb3Board",
    "EbbBoard",
    "Faults",
    "GrblBoard",
    "HpglBoard",
    "MarlinBoard",
    "OldEbbBoard",
    "SimPort",
    "VirtualClock",
    "make_board",
    "replug",
    "simulated_port",
]


SWEEP = 0.2  # s of a hobby servo's full travel
EBB_FIRMWARE = (2, 5, 0)  # oldest that is simulated
QUICKEST_HAND = 0.1  # s; nobody plugs a cable in faster


def make_board(profile: MachineProfile, *, firmware: str | None = None, faults: Faults | None = None) -> Board:
    """The board a profile describes, switched on.

    Args:
        profile: of which machine
        firmware: an EBB's version, from EBB_FIRMWARE to the newest; None: the newest that the profile is written for
        faults: what shall go wrong

    Raises:
        ConfigError: no board of this kind is simulated, or none with this firmware
    """
    pen = profile.pen
    if faults is not None and faults.disconnect_at_byte is not None and profile.device != "hpgl":
        raise ConfigError(
            f"{profile.name}: disconnect_at_byte: only a simulated pen plotter loses its cable in mid-command; give disconnect_after"
        )
    if profile.device == "ebb" and profile.ebb is not None:
        version = _version(firmware) if firmware else Ebb3Board.newest if profile.ebb.oldest.startswith("3") else EbbBoard.newest
        kind = OldEbbBoard if version < (2, 8) else EbbBoard if version < (3,) else Ebb3Board
        return kind(pulse_up=profile.ebb.pulse(pen.up), pulse_down=profile.ebb.pulse(pen.down), firmware=version, faults=faults)
    if firmware:
        raise ConfigError(f"{profile.name}: firmware {firmware}: only an EBB is simulated in several versions; leave it out")
    if profile.device in ("grbl", "marlin") and profile.gcode is not None:
        table, motion = profile.gcode, profile.motion
        sheet = {"x": 1 + 0j, "-x": -1 + 0j, "y": -1j, "-y": 1j}  # machine-frame direction of each axis of the sheet
        up, down, rate, accel = table.value(pen.up), table.value(pen.down), motion.motor_speed, max(motion.accel, motion.travel_accel)
        mount = (sheet[table.x], sheet[table.y], 1j * profile.travel[1])
        lift_rate = table.lift_speed or math.inf
        if profile.device == "marlin":
            return MarlinBoard(
                up=up,
                down=down,
                lift=table.lift,
                servo_rate=abs(table.top - table.bottom) / SWEEP,
                lift_rate=lift_rate,
                max_rate=rate,
                accel=accel,
                mount=mount,
                faults=faults,
            )
        return GrblBoard(
            s_up=up,
            s_down=down,
            lift=table.lift,
            lift_rate=lift_rate,
            dialect=table.dialect,
            max_rate=rate,
            accel=accel,
            mount=mount,
            settings={22: 1.0, 130: max(profile.travel), 131: max(profile.travel)} if table.homing else None,
            faults=faults,
        )
    if profile.device == "hpgl" and profile.hpgl is not None:
        pens = profile.hpgl
        return HpglBoard(
            unit=pens.unit,
            window=(round(profile.travel[0] / pens.unit), round(profile.travel[1] / pens.unit)),
            buffer=pens.buffer,
            baud=profile.connection.baud,
            pens=pens.pens,
            top=profile.travel[1],
            identity=pens.identity,
            faults=faults,
        )
    raise ConfigError(f"{profile.name}: no board for device {profile.device!r} is simulated; name a port")


def _version(firmware: str) -> tuple[int, ...]:
    """An EBB's version as numbers.

    Raises:
        ConfigError: none that is simulated
    """
    parts = firmware.split(".")
    version = tuple(map(int, parts)) if all(part.isdecimal() and len(part) < 4 for part in parts) else ()
    if not EBB_FIRMWARE <= version < (*Ebb3Board.newest[:-1], Ebb3Board.newest[-1] + 1):
        oldest, newest = (".".join(map(str, version)) for version in (EBB_FIRMWARE, Ebb3Board.newest))
        raise ConfigError(f"firmware {firmware!r}: an EBB is simulated with {oldest} to {newest}, such as 2.8.1")
    return version


def simulated_port(profile: MachineProfile, *, faults: Faults | None = None) -> SimPort:
    """A simulated board on an open port."""
    return SimPort(make_board(profile, faults=faults))


def replug(port: SimPort) -> SimPort:
    """The same board on a port opened anew: the cable is in again, or another program has ended."""
    board = port.board
    board.clock.sleep(QUICKEST_HAND)
    board.run_to(board.clock.now())
    board.take()  # nobody was there to hear it
    board.gone, board.faults = False, Faults()
    if isinstance(board, GrblBoard | MarlinBoard | HpglBoard):
        board.plug()
    return SimPort(board, name=port.name)
