"""What an operator or a power supply does to a board in mid-job, and the time that is told to be left."""

from __future__ import annotations

import pytest

from plotwriter.devices import load_profile, plan_page, plot_page
from plotwriter.devices import simulated_board as board_of
from plotwriter.devices.device import Device
from plotwriter.devices.page import rest_of
from plotwriter.devices.simulator import Faults, replug, simulated_port
from plotwriter.errors import AlarmError, PortError
from plotwriter.registry import load
from tests.devices.factories import make_page

MACHINES = ["axidraw", "grbl_servo", "marlin_servo"]


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
