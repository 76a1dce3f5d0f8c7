"""The simulated GRBL board against known answers of the real one."""

from __future__ import annotations

import numpy as np
import pytest

from plotwriter.devices.simulator import GrblBoard, SimPort


def make_port(**more: object) -> tuple[GrblBoard, SimPort]:
    board = GrblBoard(s_up=400, s_down=700, max_rate=100.0, accel=500.0, **more)  # type: ignore[arg-type]
    port = SimPort(board)
    assert port.read(5) == b"\r\nGrbl 1.1h ['$' for help]\r\n"
    return board, port


def ask(port: SimPort, *lines: str, patience: float = 100.0) -> list[str]:
    replies: list[str] = []
    for line in lines:
        port.write(line.encode() + b"\n")
        text = b""
        while not text.endswith((b"ok\r\n",)) and b"error" not in text:
            more = port.read(patience)
            assert more, f"no answer to {line!r}"
            text += more
        replies += text.decode().split()
    return replies


def test_the_welcome_comes_after_the_bootloader() -> None:
    board, _ = make_port()
    assert board.clock.now() == pytest.approx(1.2)


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("", "ok"),
        ("; a comment", "ok"),
        ("(a comment) G21", "ok"),
        ("G1 X1", "error:22"),
        ("M280 P0", "error:23"),
        ("M400", "error:23"),
        ("G5", "error:20"),
        ("G1 X", "error:2"),
        ("12", "error:1"),
        ("G90 G91", "error:21"),
        ("X1 X2", "error:25"),
        ("G4", "error:28"),
        ("$foo", "error:3"),
        ("G1 X1 F100 (" + "x" * 80 + ")", "error:11"),
    ],
)
def test_answers(line: str, reply: str) -> None:
    assert ask(make_port()[1], line) == [reply]


def test_too_many_bytes_are_lost_silently() -> None:
    board, port = make_port()
    port.write(b"G4 P0.010\n" * 60)
    answers = b""
    while more := port.read(5):
        answers += more
    assert board.lost_bytes > 300
    assert answers.count(b"ok") < 30


def test_sixteen_moves_fill_the_planner_and_make_ok_late() -> None:
    board, port = make_port()
    ask(port, "G21 G90", "G1 F600")
    begin, times = board.clock.now(), []
    for i in range(18):
        ask(port, f"X{10 * (i + 1)}")
        times.append(board.clock.now() - begin)
    assert times[14] < 0.2 and 0.9 < times[15] < 1.2 and times[16] - times[15] == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("feed", [600, 3000, 6000])
def test_a_lone_move_is_a_trapezoid(feed: int) -> None:
    board, port = make_port()
    begin = board.clock.now()
    ask(port, f"G1 X50 F{feed}", "G4 P0")
    v, a, s = feed / 60, 500.0, 50.0
    assert board.clock.now() - begin == pytest.approx(s / v + v / a, abs=0.03)
    assert board.position == pytest.approx(50)


def test_a_straight_line_in_pieces_is_as_fast_as_whole() -> None:
    board, port = make_port()
    begin = board.clock.now()
    port.write(b"G1F3000\n")
    port.read(1)
    for i in range(25):
        ask(port, f"G1X{2 * (i + 1)}")
    ask(port, "G4P0")
    assert board.clock.now() - begin == pytest.approx(50 / 50 + 50 / 500, abs=0.08)


def test_dwell_is_in_seconds_and_m3_waits_for_motion() -> None:
    board, port = make_port()
    begin = board.clock.now()
    ask(port, "G4 P1.0")
    assert board.clock.now() - begin == pytest.approx(1.0, abs=0.01)
    ask(port, "G1 X10 F600", "M3 S700")
    assert board.clock.now() - begin == pytest.approx(2.0, abs=0.1)


def test_units_relative_moves_arcs_and_g92() -> None:
    board, port = make_port()
    ask(port, "G20 G91 G1 X1 F100", "G21 G90 Y10", "G4 P0")
    assert board.position == pytest.approx(25.4 + 10j)
    ask(port, "G92 X0 Y0", "G2 X10 Y0 I5 J0 F2000", "G4 P0")
    assert board.position == pytest.approx(35.4 + 10j)
    times, path = board._motion.sample()
    arc = path[times > 0][np.abs(path.real - 30.4) < 0.05]
    assert arc.imag.max() == pytest.approx(15, abs=0.01)  # clockwise from the left goes over the top, y up
    ask(port, "G3 X0 Y0 R5", "G4 P0")
    assert board.position == pytest.approx(25.4 + 10j)


def test_hold_brakes_and_a_reset_in_hold_keeps_the_position_unlocked() -> None:
    board, port = make_port()
    ask(port, "G1 X50 F3000")
    port.read(0.5)
    port.write(b"!?")
    assert b"<Hold:1" in port.read(0.05)
    port.read(0.3)
    port.write(b"?")
    assert b"<Hold:0" in port.read(0.05)
    here = board.position
    assert 20 < here.real < 50
    port.write(b"\x18")
    assert b"Grbl" in port.read(1) and board.position == here
    assert ask(port, "G21") == ["ok"]


def test_a_reset_in_motion_locks() -> None:
    _, port = make_port()
    ask(port, "G1 X50 F3000")
    port.read(0.5)
    port.write(b"\x18")
    assert b"ALARM:3" in port.read(1) + port.read(1)
    port.read(1)
    assert ask(port, "G1 X0 F100") == ["error:9"]
    assert ask(port, "$X", "G21")[-1] == "ok"


def test_lines_in_hold_get_no_answer_until_resumed() -> None:
    _, port = make_port()
    ask(port, "G1 X50 F3000")
    port.write(b"!")
    port.write(b"G4P0\n")
    assert port.read(5) == b""
    port.write(b"~")
    assert port.read(5) == b"ok\r\n"


def test_settings_and_build_info_are_told() -> None:
    _, port = make_port()
    assert "$32=0" in ask(port, "$$") and "$120=500" in ask(port, "$$")
    assert "[OPT:V,15,128]" in ask(port, "$I")
