"""What a machine is asked before anything moves: it says what it would refuse, and is as it was afterwards."""

from __future__ import annotations

import numpy as np
import pytest

from plotwriter.devices import load_profile, plot_page
from plotwriter.devices.device import Device
from plotwriter.devices.preflight import Check, ask_machine, preflight
from plotwriter.devices.simulator import Board, MarlinBoard, SimPort, grbl_gcode, make_board, replug
from plotwriter.ink import Document, Ink, Page, Stroke
from plotwriter.registry import load
from tests.devices.factories import make_square

MACHINES = ["axidraw", "nextdraw_8511", "grbl_servo", "grbl_z", "grblhal", "fluidnc", "idraw_h", "marlin_servo", "marlin_z"]


def looked_at(machine: str, port: SimPort) -> tuple[Device, dict[str, Check]]:
    profile = load_profile(machine)
    device: Device = load("device", profile.device)(profile, port)
    device.connect(prepare=False)
    return device, {check.name: check for check in ask_machine(device)}


def still(board: Board) -> bool:
    return not board.drawn() and not board.pen_is_down


@pytest.mark.parametrize("machine", MACHINES)
def test_it_is_asked_and_nothing_moves(machine: str) -> None:
    port = SimPort(make_board(load_profile(machine)))
    here = port.board.position  # type: ignore[attr-defined]
    device, checks = looked_at(machine, port)
    assert {"board", "pen now", "place"} <= checks.keys() and all(check.verdict == "ok" for check in checks.values())
    assert ("commands" in checks) == (device.profile.device != "ebb") and "not known to the machine" in checks["place"].value
    assert still(port.board) and port.board.position == here  # type: ignore[attr-defined]
    device.connect()
    plot_page(make_square(), device.profile, device)  # it can be driven as if nothing had been asked
    assert len(port.board.drawn()) == 1


@pytest.mark.parametrize("machine", ["axidraw", "idraw_h", "grblhal"])
def test_a_machine_that_knows_its_place_knows_it_afterwards_too(machine: str) -> None:
    port = SimPort(make_board(load_profile(machine)))
    device, _ = looked_at(machine, port)
    device.connect()
    plot_page(make_square(), device.profile, device)
    for _ in range(2):
        again, checks = looked_at(machine, port := replug(port))
        assert again.position_known and checks["place"].value.startswith("the pen stands at ")


def test_a_pen_that_is_down_is_noted() -> None:
    port = SimPort(make_board(load_profile("axidraw")))
    port.write(b"SP,0,500\r")
    port.clock.sleep(1.0)
    port.read(0.1)
    _, checks = looked_at("axidraw", port)
    assert checks["pen now"].verdict == "note" and checks["pen now"].value.startswith("down")


def test_grbl_without_a_spindle_refuses_the_pen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grbl_gcode, "KNOWN_M", grbl_gcode.KNOWN_M - {3})
    port = SimPort(make_board(load_profile("grbl_servo")))
    _, checks = looked_at("grbl_servo", port)
    assert checks["commands"].verdict == "refuse" and "GRBL error 20 at 'M3 S" in checks["commands"].value and still(port.board)


def test_marlin_that_was_built_without_servos_refuses_the_pen() -> None:
    port = SimPort(MarlinBoard(up=90, down=0, lift="m3", max_rate=100, accel=500))
    _, checks = looked_at("marlin_servo", port)
    assert checks["commands"].verdict == "refuse" and 'Unknown command: "M280 P0"' in checks["commands"].value and still(port.board)


def test_check_mode_is_grbls_own() -> None:
    port = SimPort(make_board(load_profile("grbl_servo")))
    port.read(3)

    def ask(sent: bytes) -> bytes:
        port.write(sent)
        return b"".join(port.read(0.05) for _ in range(4))

    assert ask(b"$C\n") == b"[MSG:Enabled]\r\nok\r\n" and b"<Check|" in ask(b"?")
    assert ask(b"G1 X50 F500\n") == b"ok\r\n" and ask(b"M280 P0\n") == b"error:23\r\n" and ask(b"M3 S1000\n") == b"ok\r\n"
    assert port.board.position == load_profile("grbl_servo").travel[1] * 1j and still(port.board)  # type: ignore[attr-defined]
    assert b"[MSG:Disabled]\r\nok\r\n" in (left := ask(b"$C\n")) and b"Grbl 1.1h" in left and b"<Idle|MPos:0.000" in ask(b"?")
    port.write(b"G1 X50 F500\n")
    port.read(0.5)
    assert b"error:8" in ask(b"$C\n")  # not while it moves


def test_a_page_that_does_not_fit_is_named_where_there_are_several() -> None:
    fits = make_square()
    off = Ink((Stroke(np.array([10 + 10j, 400 + 10j]), (0, 0)),), "", Page(420.0, 200.0))
    found = preflight(Document((fits, off), ""), load_profile("axidraw"))
    assert found.refusals == [
        "page 2: axidraw: reaches 300 x 218 mm, but stroke 1 of 1 lies 100.0 mm beyond x = 300 mm; use smaller paper or wider margins"
    ]
