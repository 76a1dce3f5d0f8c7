"""Boards as other programs and other people leave them: another syntax, a deep queue, the wrong port, a pressed button."""

from __future__ import annotations

import itertools
import sys

import pytest

from plotwriter.devices import compare_drawn, load_profile, open_device, plan_page, plot_page
from plotwriter.devices.device import Device
from plotwriter.devices.manual import move_pen
from plotwriter.devices.page import rest_of
from plotwriter.devices.simulator import Ebb3Board, Faults, GrblBoard, SimPort, make_board, replug
from plotwriter.errors import DeviceError
from plotwriter.registry import load
from tests.devices.factories import make_page, make_square


def connected(machine: str, port: SimPort) -> Device:
    profile = load_profile(machine)
    device: Device = load("device", profile.device)(profile, port)
    device.connect()
    return device


def ask(port: SimPort, sent: bytes, patience: float = 5.0) -> bytes:
    port.write(sent)
    return port.read(patience)


def test_a_nextdraw_left_in_the_other_syntax_with_a_deep_queue_is_driven_all_the_same() -> None:
    port = SimPort(make_board(load_profile("nextdraw_8511")))
    board = port.board
    assert isinstance(board, Ebb3Board)
    assert ask(port, b"CU,4,32\r") == b"OK\r\n" and ask(port, b"CU,10,1\r") == b"\n"
    assert ask(port, b"V\r").startswith(b"V,EBBv13") and ask(port, b"QG\r") == b"QG,10\n" and ask(port, b"SP,1\r") == b"SP\n"
    assert ask(port, b"QS\r") == b"QS,0,0\n" and ask(port, b"XX\r").startswith(b"XX!8 Err:")
    device, ink = connected("nextdraw_8511", port), make_page(n_words=1)
    table = device.profile.ebb
    assert table is not None and board._depth == table.fifo  # else what is held would be taken for drawn
    plan = plot_page(ink, device.profile, device)
    assert compare_drawn(ink, plan, board).strokes_drawn == len(ink.strokes)


@pytest.mark.parametrize("machine", ["axidraw", "nextdraw_8511"])
def test_a_servo_that_another_program_made_slow_is_as_fast_as_the_profile_says(machine: str) -> None:
    port = SimPort(make_board(load_profile(machine)))
    assert ask(port, b"SC,9,6\r") == b"OK\r\n" and ask(port, b"SC,9,7\r").startswith(b"!6")
    device, ink = connected(machine, port), make_page(n_words=1)
    plan = plot_page(ink, device.profile, device)
    found = compare_drawn(ink, plan, port.board)
    assert found.strokes_drawn == len(ink.strokes) and found.max_deviation < 0.05


ANSWERS = {
    "axidraw": "an EBB does",
    "grbl_servo": "a GRBL board does",
    "idraw_h": "does; name",
    "marlin_servo": "a Marlin board does",
    "hp7475a": "a pen plotter does",
}
PAIRS = [pair for pair in itertools.permutations(ANSWERS, 2) if set(pair) != {"grbl_servo", "idraw_h"}]  # both are GRBL


@pytest.mark.parametrize(("wanted", "there"), PAIRS)
def test_the_wrong_machine_says_what_it_is(wanted: str, there: str) -> None:
    port = SimPort(make_board(load_profile(there)))
    with pytest.raises(DeviceError, match=ANSWERS[there]):
        connected(wanted, port)
    assert not port.board.drawn() and port.clock.now() < 25


@pytest.mark.parametrize("at", [25, 60, 90])
def test_the_button_of_a_drawcore_pauses_once(at: int) -> None:
    device = connected("idraw_h", SimPort(make_board(load_profile("idraw_h"), faults=Faults(button_at=at))))
    board, ink = device.transport.board, make_page(n_words=3)  # type: ignore[attr-defined]
    plan = plan_page(ink, device.profile)
    stroke = device.plot(plan)
    assert 0 < stroke < len(ink.strokes) and len(board.drawn()) == stroke and not board.pen_is_down
    assert device.plot(rest_of(plan, stroke, device.where(), device.profile)) == len(ink.strokes)
    assert len(board.drawn()) == len(ink.strokes) and board.lost_bytes == 0


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")
@pytest.mark.parametrize(
    ("machine", "known"), [("axidraw", True), ("grbl_servo", False), ("grblhal", True), ("marlin_servo", False), ("hp7475a", True)]
)
def test_a_port_that_is_opened_anew_resets_a_board_behind_a_serial_chip(machine: str, known: bool) -> None:
    from plotwriter.devices.simulator.pty import PtyBoard

    with PtyBoard(make_board(load_profile(machine))) as served:
        first = open_device(load_profile(machine), served.path)
        first.home()
        first.close()
        device = open_device(load_profile(machine), served.path)
        assert device.position_known == known
        device.close()


def test_an_ebb_answers_what_its_documentation_says() -> None:
    port = SimPort(make_board(load_profile("axidraw")))
    assert ask(port, b"CU,10,1\r") == b"OK\r\n"  # 2.x takes any number
    assert ask(port, b"V\r").startswith(b"EBB")
    assert ask(port, b"QP,1\r") == b"1\n\rOK\r\n!7 Err: Extra parameter\r\n"  # done, and said to be too much
    assert ask(port, b"EM,1\r", patience=1) == b""
    assert ask(port, b"ST,Ada\n") == b"OK\r\n" and ask(port, b"QT\r") == b"Ada\r\nOK\r\n"
    assert ask(port, b"SR,60000,1\r") == b"OK\r\n"
    assert b"!3 Err" in ask(port, b"S2," + b"1" * 70 + b"\r")
    three = SimPort(make_board(load_profile("nextdraw_8511")))
    assert b"!3 Err" not in ask(three, b"SM,100,1,1" + b"0" * 80 + b"\r")


def test_a_grbl_board_answers_what_its_documentation_says() -> None:
    port = SimPort(make_board(load_profile("grbl_servo")))
    board = port.board
    assert isinstance(board, GrblBoard)
    port.read(3)
    assert ask(port, b"G21\r\n") + port.read(0.1) == b"ok\r\nok\r\n"  # either byte ends a line
    port.write(b"!")
    assert b"<Hold:0" in ask(port, b"?") and ask(port, b"G21\n", patience=2) == b""
    assert b"ok" in ask(port, b"~")
    port.write(b"G1 X50 F1200\n")
    port.read(0.5)
    assert b"error:8" in ask(port, b"$$\n")  # not while it moves
    told = board.position
    assert b"ALARM:3" in ask(port, b"\x18")
    assert abs(board.position - told) > 0.1  # steps were lost, and the board does not know


@pytest.mark.parametrize("machine", ["grbl_servo", "grbl_z", "grblhal", "fluidnc", "idraw_h"])
def test_a_board_that_was_put_to_sleep_is_woken_by_whoever_comes_next_and_knows_no_place(machine: str) -> None:
    """Asleep it answers no line, and it wakes locked."""
    port = SimPort(make_board(load_profile(machine)))
    device = connected(machine, port)
    device.home()
    device.motors_off()
    for ask in (device.home, lambda: move_pen(device, down=True)):
        with pytest.raises(DeviceError, match="asleep"):
            ask()
    again = connected(machine, replug(port))
    assert not again.position_known and not port.board.pen_is_down
    again.home()
    plot_page(make_square(), again.profile, again)
    assert len(port.board.drawn()) == 1
