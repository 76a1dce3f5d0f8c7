"""What stops or hurries a simulated GRBL board from without: jog, soft limits, door, overrides, as the real one has them."""

from __future__ import annotations

import numpy as np
import pytest

from plotwriter.devices import load_profile
from plotwriter.devices.grbl_device import GrblDevice
from plotwriter.devices.manual import go
from plotwriter.devices.simulator import GrblBoard, SimPort
from plotwriter.errors import AlarmError
from tests.devices.test_grbl_board import ask, make_port

LIMITS = {20: 1.0, 22: 1.0, 130: 100.0, 131: 60.0}


def heard(port: SimPort, seconds: float) -> str:
    end, text = port.clock.now() + seconds, b""
    while port.clock.now() < end:
        text += port.read(end - port.clock.now())
    return text.decode()


def state(port: SimPort) -> str:
    port.write(b"?")
    return heard(port, 0.05).partition("<")[2].partition("|")[0]


def homed(**more: float) -> tuple[GrblBoard, SimPort]:
    board, port = make_port(settings={**LIMITS, **more})
    board.plug()
    assert "'$H'|'$X' to unlock" in heard(port, 2.0)
    assert ask(port, "$H") == ["ok"]
    return board, port


def test_a_jog_moves_and_leaves_the_modes_as_they_were() -> None:
    board, port = make_port()
    assert ask(port, "G91", "G1 X1 F60", "G4 P0.1") == ["ok"] * 3 and ask(port, "$J=G90 X20 Y5 F1200") == ["ok"]
    assert state(port) == "Jog" and ask(port, "G1 X1") == ["error:9"]
    heard(port, 3.0)
    assert state(port) == "Idle" and board.position == pytest.approx(20 + 5j)
    assert ask(port, "X1", "G4 P0.1") == ["ok"] * 2 and board.position == pytest.approx(21 + 5j)  # G91 and G1 still hold


@pytest.mark.parametrize("stop", [b"\x85", b"!"])
def test_a_jog_is_cancelled_and_forgotten(stop: bytes) -> None:
    board, port = make_port()
    assert ask(port, "$J=X50 F1200", "$J=X90 F1200") == ["ok"] * 2
    heard(port, 0.5)
    port.write(stop)
    heard(port, 1.0)
    assert state(port) == "Idle" and 5 < board.position.real < 15
    here = board.position
    assert ask(port, "G91 G1 Y1 F600", "G4 P0.1") == ["ok"] * 2 and board.position == pytest.approx(here + 1j)


@pytest.mark.parametrize(
    ("line", "reply"),
    [("$J=X1", "error:22"), ("$J=G2 X1 F60", "error:16"), ("$J=M3 X1 F60", "error:16"), ("$J=F60", "error:26"), ("$J", "error:3")],
)
def test_what_is_no_jog(line: str, reply: str) -> None:
    board, port = make_port()
    assert ask(port, line) == [reply] and board.position == 0


def test_a_jog_cancel_without_a_jog_is_nothing() -> None:
    board, port = make_port()
    port.write(b"\x85")
    assert state(port) == "Idle" and ask(port, "G1 X1 F600", "G4 P0.1") == ["ok"] * 2 and board.position == pytest.approx(1)


def test_soft_limits_need_homing_and_refuse_a_jog_and_lock_for_a_line() -> None:
    assert ask(make_port()[1], "$20=1") == ["error:10"]
    board, port = homed()
    assert ask(port, "$J=X101 F600") == ["error:15"] and ask(port, "$J=Y-1 F600") == ["error:15"] and board.position == 0
    assert ask(port, "G1 X90 F3000") == ["ok"]
    port.write(b"G1 X101\n")
    text = heard(port, 3.0)
    assert "ALARM:2\r\n[MSG:Reset to continue]" in text and state(port) == "Alarm"
    port.write(b"$X\n")
    assert heard(port, 1.0) == ""  # until it is reset
    stopped = board.position
    port.write(b"\x18")
    assert "'$H'|'$X' to unlock" in heard(port, 0.5) and ask(port, "G1 X1 F60") == ["error:9"] and ask(port, "$X")[-1] == "ok"
    assert 0 < stopped.real < 90 and board.position == stopped  # it braked, and lost no step
    assert ask(port, f"G1 X{stopped.real + 1:.3f} F600", "G4 P0.1") == ["ok"] * 2
    assert board.position.real == pytest.approx(stopped.real + 1, abs=1e-3)


def test_the_driver_is_told_of_a_soft_limit_and_raises_the_pen() -> None:
    profile = load_profile("grbl_servo")
    board = GrblBoard(
        s_up=profile.gcode.value(profile.pen.up),  # type: ignore[union-attr]
        s_down=profile.gcode.value(profile.pen.down),  # type: ignore[union-attr]
        max_rate=100.0,
        accel=500.0,
        mount=(1, -1j, 1j * profile.travel[1]),
        settings={20: 1.0, 130: 50.0, 131: 50.0},
    )
    device = GrblDevice(profile, SimPort(board))
    device.connect()
    with pytest.raises(AlarmError, match="GRBL alarm 2: the target is outside the machine's travel"):
        go(device, 60 + 1j * (profile.travel[1] - 10))
    assert not board.pen_is_down and board.drawn() == []
    assert abs(go(device, 30 + 1j * (profile.travel[1] - 10)) - (30 + 1j * (profile.travel[1] - 10))) < 0.01


def test_an_open_door_stops_lifts_the_pen_and_goes_on_when_told() -> None:
    board, port = make_port()
    assert ask(port, "M3 S700", "G4 P0.3", "G1 X40 F1200") == ["ok"] * 3
    heard(port, 0.5)
    assert board.pen_is_down
    port.write(b"\x84")
    assert state(port) == "Door:2"
    heard(port, 1.0)
    assert state(port) == "Door:0" and not board.pen_is_down  # the spindle, here the servo, is switched off
    stood = board.position
    assert 5 < stood.real < 20
    port.write(b"~")
    assert state(port) == "Door:3" and board.position == stood
    heard(port, 1.0)
    assert board.pen_is_down
    heard(port, 6.0)
    assert state(port) == "Idle" and board.position == pytest.approx(40)


@pytest.mark.parametrize(
    ("pressed", "factor"), [(b"", 1.0), (b"\x91", 1.1), (b"\x92" * 5, 0.5), (b"\x91\x93\x94\x92\x93", 1.01), (b"\x92" * 99, 0.1)]
)
def test_the_feed_is_overridden_within_its_bounds(pressed: bytes, factor: float) -> None:
    board, port = make_port()
    port.write(pressed)
    began = board.clock.now()
    ask(port, "G1 X50 F600", "G4 P0.01")
    assert (board.clock.now() - began) * factor == pytest.approx(5.0, rel=0.05)
    assert board.position == pytest.approx(50)


def test_overrides_reach_what_moves_already_are_told_and_end_with_a_reset() -> None:
    board, port = make_port()
    assert ask(port, "G1 X50 F600", "X60 Y1", "X70") == ["ok"] * 3
    heard(port, 1.0)
    port.write(b"\x91" * 30)
    before = board.clock.now()
    assert "Ov:200,100,100" in (port.write(b"?") or heard(port, 0.05)) + (port.write(b"?") or heard(port, 0.05))
    ask(port, "G4 P0.01")
    assert board.clock.now() - before == pytest.approx((70 - 10) / 20, rel=0.1) and board.position == pytest.approx(70 + 1j)
    port.write(b"\x18")
    heard(port, 0.5)
    began = board.clock.now()
    ask(port, "G90 G1 X50 F600", "G4 P0.01")
    assert board.clock.now() - began == pytest.approx(2.0, rel=0.1)


def test_a_feed_that_is_cut_in_the_middle_of_short_lines_is_braked_for_at_the_axes_own_acceleration() -> None:
    board, port = make_port()
    port.write("".join(f"G1X{x / 2:g}F6000\n" for x in range(1, 11)).encode())
    heard(port, 0.05)
    port.write("".join(f"X{x / 2:g}\n" for x in range(11, 20)).encode())
    heard(port, 0.08)
    port.write(b"\x92" * 9)
    heard(port, 6.0)
    assert state(port) == "Idle" and board.position == pytest.approx(9.5)
    times, path = board._motion.sample()
    grid = np.arange(0.0, times[-1] - times[0], 0.005)
    x = np.interp(times[0] + grid, times, path.real)
    assert np.abs(np.diff(x, 2)).max() / 0.005**2 < 1.02 * 500 and np.diff(x).min() > -1e-9


def test_rapids_and_the_spindle_have_overrides_of_their_own() -> None:
    board, port = make_port()
    port.write(b"\x97")
    began = board.clock.now()
    ask(port, "G0 X50", "G4 P0.01")
    assert board.clock.now() - began == pytest.approx(2.0, rel=0.1)  # a quarter of 100 mm/s
    ask(port, "M3 S700", "G4 P0.5")
    assert board.pen_is_down
    port.write(b"\x9b" * 5)  # half of S700 is less than S400: the pen is up
    heard(port, 1.0)
    assert not board.pen_is_down
    port.write(b"\x99")
    heard(port, 1.0)
    assert board.pen_is_down
