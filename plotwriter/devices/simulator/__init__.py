"""Boards that exist only on a virtual clock, faithful to their buffers, their blocking and their timing."""

from __future__ import annotations

import math

from plotwriter.devices.profile import MachineProfile
from plotwriter.devices.simulator.board import Board, Faults
from plotwriter.devices.simulator.clock import VirtualClock
from plotwriter.devices.simulator.ebb_board import EbbBoard
from plotwriter.devices.simulator.grbl_board import GrblBoard
from plotwriter.devices.simulator.port import SimPort
from plotwriter.errors import ConfigError

__all__ = ["Board", "EbbBoard", "Faults", "GrblBoard", "SimPort", "VirtualClock", "make_board", "replug", "simulated_port"]


QUICKEST_HAND = 0.1  # s; nobody plugs a cable in faster


def make_board(profile: MachineProfile, *, faults: Faults | None = None) -> Board:
    """The board a profile describes, switched on.

    Raises:
        ConfigError: no board of this kind is simulated
    """
    pen = profile.pen
    if profile.device == "ebb" and profile.ebb is not None:
        return EbbBoard(pulse_up=profile.ebb.pulse(pen.up), pulse_down=profile.ebb.pulse(pen.down), faults=faults)
    if profile.device == "grbl" and profile.gcode is not None:
        table, motion = profile.gcode, profile.motion
        sheet = {"x": 1 + 0j, "-x": -1 + 0j, "y": -1j, "-y": 1j}  # machine-frame direction of each axis of the sheet
        return GrblBoard(
            s_up=table.value(pen.up),
            s_down=table.value(pen.down),
            lift=table.lift,
            lift_rate=table.lift_speed or math.inf,
            dialect=table.dialect,
            max_rate=motion.motor_speed,
            accel=max(motion.accel, motion.travel_accel),
            mount=(sheet[table.x], sheet[table.y], 1j * profile.travel[1]),
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
    if isinstance(board, GrblBoard):
        board.plug()
    return SimPort(board, name=port.name)
