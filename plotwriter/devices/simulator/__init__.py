"""Boards that exist only on a virtual clock, faithful to their buffers, their blocking and their timing."""

from __future__ import annotations

import math

from plotwriter.devices.profile import MachineProfile
from plotwriter.devices.simulator.board import Board, Faults
from plotwriter.devices.simulator.clock import VirtualClock
from plotwriter.devices.simulator.ebb3_board import Ebb3Board
from plotwriter.devices.simulator.ebb_board import EbbBoard
from plotwriter.devices.simulator.grbl_board import GrblBoard
from plotwriter.devices.simulator.marlin_board import MarlinBoard
from plotwriter.devices.simulator.port import SimPort
from plotwriter.errors import ConfigError

__all__ = [
    "Board",
    "Ebb3Board",
    "EbbBoard",
    "Faults",
    "GrblBoard",
    "MarlinBoard",
    "SimPort",
    "VirtualClock",
    "make_board",
    "replug",
    "simulated_port",
]


SWEEP = 0.2  # s of a hobby servo's full travel
QUICKEST_HAND = 0.1  # s; nobody plugs a cable in faster


def make_board(profile: MachineProfile, *, faults: Faults | None = None) -> Board:
    """The board a profile describes, switched on.

    Raises:
        ConfigError: no board of this kind is simulated
    """
    pen = profile.pen
    if profile.device == "ebb" and profile.ebb is not None:
        kind = Ebb3Board if profile.ebb.oldest.startswith("3") else EbbBoard
        return kind(pulse_up=profile.ebb.pulse(pen.up), pulse_down=profile.ebb.pulse(pen.down), faults=faults)
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
    raise ConfigError(f"{profile.name}: no board for device {profile.device!r} is simulated; name a port")


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
    if isinstance(board, GrblBoard | MarlinBoard):
        board.plug()
    return SimPort(board, name=port.name)
