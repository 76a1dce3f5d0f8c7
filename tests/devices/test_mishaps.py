"""What an operator or a power supply does to a board in mid-job, and the time that is told to be left."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest

from plotwriter.devices import MachineProfile, compare_drawn, load_profile, plan_page, plot_page
from plotwriter.devices import simulated_board as board_of
from plotwriter.devices.device import Device
from plotwriter.devices.manual import move_pen
from plotwriter.devices.page import home_of, rest_of
from plotwriter.devices.session import raise_when_back
from plotwriter.devices.simulator import Faults, GrblBoard, SimPort, VirtualClock, make_board, replug, simulated_port
from plotwriter.devices.transport import Identity
from plotwriter.errors import AlarmError, DeviceError, PortError
from plotwriter.registry import load
from tests.devices.factories import make_page

MACHINES = ["axidraw", "grbl_servo", "marlin_servo", "hp7475a"]


def make_device(machine: str, faults: Faults | None = None) -> Device:
    profile = load_profile(machine)
    device: Device = load("device", profile.device)(profile, simulated_port(profile, faults=faults))
    return device


def test_the_boards_button_pauses_once() -> None:
    device = make_device("axidraw", Faults(button_at=150))
    device.connect()
    ink = make_page(n_words=3)
    plan = plan_page(ink, device.profile)
    stroke = device.plot(plan)
    board = board_of(device)
    assert board is not None and 0 < stroke < len(ink.strokes) and len(board.drawn()) == stroke and not board.pen_is_down
    assert device.plot(rest_of(plan, stroke, device.where(), device.profile)) == len(ink.strokes)
    assert len(board.drawn()) == len(ink.strokes)


def test_a_brown_out_is_noticed_before_the_next_stroke_and_never_forgotten() -> None:
    device = make_device("axidraw", Faults(brown_out_at=150))
    device.connect()
    with pytest.raises(AlarmError, match=r"supply fell to \d\.\d V and steps were lost"):
        plot_page(make_page(n_words=3), device.profile, device)
    board = board_of(device)
    assert board is not None and not board.pen_is_down
    again: Device = load("device", "ebb")(device.profile, replug(device.transport))  # type: ignore[arg-type]
    again.connect()
    assert not again.position_known


def test_an_ebb_that_restarts_takes_its_port_along() -> None:
    device = make_device("axidraw", Faults(reset_at=150))
    device.connect()
    with pytest.raises(PortError):
        plot_page(make_page(n_words=3), device.profile, device)
    again: Device = load("device", "ebb")(device.profile, replug(device.transport))  # type: ignore[arg-type]
    again.connect()
    assert not again.position_known


@pytest.mark.parametrize("machine", MACHINES)
def test_the_time_that_is_left_is_right(machine: str) -> None:
    """At every stroke: what the plan says is still to come is what the board then takes."""
    device = make_device(machine)
    device.connect()
    board = board_of(device)
    assert board is not None
    seen: list[tuple[float, float]] = []
    began = board.clock.now()
    plot_page(make_page(n_words=6), device.profile, device, on_progress=lambda p: seen.append((board.clock.now(), p.duration - p.elapsed)))
    end = board.clock.now()
    assert len(seen) > 15
    assert max(abs((end - now) - left) for now, left in seen) < 0.02 * (end - began) + 0.5


def homing_board() -> tuple[MachineProfile, SimPort]:
    """A GRBL plotter with limit switches, just switched on: locked until it has found home."""
    profile = load_profile("grbl_servo")
    assert profile.gcode is not None
    profile = replace(profile, gcode=replace(profile.gcode, homing=True))
    board = make_board(profile)
    assert isinstance(board, GrblBoard)
    board.plug()
    return profile, SimPort(board)


def test_a_machine_with_switches_finds_home_and_then_knows_where_it_stands() -> None:
    profile, port = homing_board()
    board = port.board
    assert isinstance(board, GrblBoard)
    board.carry(40 + 60j)
    device: Device = load("device", "grbl")(profile, port)
    device.connect()
    assert device.position_known and abs(board.position - home_of(profile)) < 0.01
    ink = make_page(n_words=1)
    plan = plot_page(ink, profile, device)
    assert compare_drawn(ink, plan, board).max_deviation < 0.05 and abs(device.where() - plan.home) < 0.01


def test_a_locked_machine_can_be_looked_at_without_moving() -> None:
    profile, port = homing_board()
    device: Device = load("device", "grbl")(profile, port)
    device.connect(prepare=False)
    assert device.facts().firmware == "Grbl 1.1h" and port.board.position == home_of(profile)  # type: ignore[attr-defined]


@pytest.mark.parametrize("machine", [*MACHINES, "idraw_h"])
def test_a_machine_that_comes_back_has_its_pen_raised_and_stays_where_it_is(machine: str) -> None:
    device = make_device(machine, Faults(disconnect_after=60 if machine == "hp7475a" else 180))
    device.connect()
    with pytest.raises(PortError):
        plot_page(make_page(n_words=3), device.profile, device)
    board = board_of(device)
    assert board is not None
    ada = Identity("04D8:FD92", "Ada")
    tries = iter([PortError("no such port"), PortError("busy"), None])

    def opener(port: str, profile: MachineProfile, *, known: Identity) -> SimPort:
        assert known == ada
        if error := next(tries):
            raise error
        return replug(device.transport)  # type: ignore[arg-type]

    before = board.clock.now()
    again = raise_when_back(device.profile, "auto", known=ada, patience=60, clock=board.clock, opener=opener)
    assert not board.pen_is_down and board.clock.now() - before < 15
    assert abs(board.position - home_of(device.profile)) > 5  # type: ignore[attr-defined]
    assert again.position_known == (machine in ("axidraw", "idraw_h", "hp7475a"))


def test_a_machine_that_stays_away_is_told() -> None:
    def opener(port: str, profile: MachineProfile, *, known: Identity) -> SimPort:
        raise PortError("no such port")

    profile, clock = load_profile("axidraw"), VirtualClock()
    with pytest.raises(PortError, match=r"AxiDraw V3: did not come back \(no such port\)"):
        raise_when_back(profile, "auto", patience=10, clock=clock, opener=opener)
    assert 10 <= clock.now() < 12


@pytest.mark.parametrize("n_lost", [1, 2])
@pytest.mark.parametrize("machine", [*MACHINES, "nextdraw_8511", "grbl_z", "idraw_h", "marlin_z"])
def test_an_answer_that_is_lost_does_not_keep_the_pen_down(machine: str, n_lost: int) -> None:
    """The question before it, and even the first thing said to raise it; what is asked next is asked all the same."""
    device = make_device(machine)
    device.connect()
    board = board_of(device)
    assert board is not None
    move_pen(device, down=True)
    board.clock.sleep(1.0)
    assert board.pen_is_down
    ask = device.home if device.profile.device == "grbl" else device.where
    counted = {"ebb": "n_commands", "hpgl": "n_replies"}.get(device.profile.device, "n_lines")
    for i, call in enumerate((ask, device.raise_pen)):
        told = getattr(board, counted)
        board.faults = Faults(lost_reply_at=told + 1 if i < n_lost else None)
        with suppress(DeviceError):
            call()
    board.clock.sleep(1.0)
    board.run_to(board.clock.now())
    assert not board.pen_is_down
    device.where()
