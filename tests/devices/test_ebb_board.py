"""The simulated EBB against known answers of the real one."""

from __future__ import annotations

import numpy as np
import pytest

from plotwriter.devices.simulator import Ebb3Board, EbbBoard, SimPort
from plotwriter.devices.simulator.steps import FULL, steps_after, ticks_for


def make_port() -> tuple[EbbBoard, SimPort]:
    board = EbbBoard(pulse_up=20641, pulse_down=15248)
    return board, SimPort(board)


def ask(port: SimPort, command: str, patience: float = 100.0) -> bytes:
    port.write(command.encode() + b"\r")
    return port.read(patience)


def ready() -> tuple[EbbBoard, SimPort]:
    board, port = make_port()
    for command in ("SC,4,20641", "SC,5,15248", "SC,8,8", "SC,11,1618", "SC,12,1079", "EM,1,1"):
        assert ask(port, command) == b"OK\r\n"
    return board, port


@pytest.mark.parametrize(("r0", "r1", "steps"), [(10_000_000, 60_000_000, 100), (60_000_000, 5_000_000, 400), (50_000_000, 50_000_000, 77)])
def test_lm_lasts_2_to_the_32_steps_over_the_sum_of_rates(r0: int, r1: int, steps: int) -> None:
    ticks = 2**32 * steps / (r0 + r1)
    accel = round((r1 - r0) / ticks)
    assert ticks_for(0, r0, accel, steps) == pytest.approx(ticks, rel=0.01, abs=1)


@pytest.mark.parametrize("seed", range(20))
def test_the_closed_form_is_the_interrupts_own_sum(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rate, accel = int(rng.integers(10_000_000, 900_000_000)), int(rng.integers(-10_000, 1_000_000))
    accumulator, current, made = 0, rate - int(accel / 2), 0  # C cuts towards 0
    for tick in range(1, 200):
        current += accel
        accumulator += current
        made += accumulator >= FULL
        accumulator %= FULL
        assert steps_after(0, rate, accel, tick) == made


@pytest.mark.parametrize("seed", range(20))
def test_the_last_step_comes_at_the_tick_that_makes_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rate, accel, steps = int(rng.integers(1, 500_000_000)), int(rng.integers(0, 1_000_000)), int(rng.integers(1, 500))
    ticks = ticks_for(0, rate, accel, steps)
    assert ticks is not None
    assert steps_after(0, rate, accel, ticks) >= steps > steps_after(0, rate, accel, ticks - 1)


def test_braking_to_nothing_is_a_trap_that_is_counted() -> None:
    board, port = ready()
    ask(port, "LM,40000000,200,-1000,0,0,0")  # 800 million short of its last step
    assert board.traps == (ticks_for(0, 40_000_000, -1000, 200) is None)
    ask(port, "LM,40000000,2000,-100000,0,0,0")
    assert board.traps >= 1


@pytest.mark.parametrize(("make", "accel"), [(EbbBoard, 1_000_000), (Ebb3Board, -1_000_000)])
def test_lt_ends_with_its_ticks_and_keeps_what_is_left_over(make: type[EbbBoard], accel: int) -> None:
    """Backwards and faster: firmware 2.x adds an accel to the rate's size, 3.x to the rate."""
    board = make(pulse_up=20641, pulse_down=15248)
    port = SimPort(board)
    ask(port, "EM,1,1")
    before = board.elapsed
    assert ask(port, f"LT,250,-20000000,{accel},1000,0") == b"OK\r\n"
    steps = steps_after(0, 20_000_000, 1_000_000, 250)
    assert steps > 10 and ask(port, "QS") == b"0,0\n\rOK\r\n"
    assert board.elapsed - before == pytest.approx(0.010, abs=0.003)
    port.read(1.0)
    assert ask(port, "QS") == f"{-steps},0\n\rOK\r\n".encode() and board.traps == 0
    for _ in range(8):  # the second motor has gained 250,000 and goes on gaining
        ask(port, "LT,250,0,0,1073741,0")
    port.read(1.0)
    assert ask(port, "QS") == f"{-steps},{(250_000 + 8 * 250 * 1_073_741) // FULL}\n\rOK\r\n".encode()


def test_es_stops_lm_and_on_firmware_2_not_lt() -> None:
    _, port = ready()
    ask(port, "LT,2500,50000000,0,0,0")
    assert ask(port, "ES").startswith(b"0,")
    ask(port, "LM,50000000,200,0,0,0,0")
    assert ask(port, "ES").startswith(b"1,")


def test_replies_have_the_boards_own_shapes() -> None:
    _, port = ready()
    assert ask(port, "V") == b"EBBv13_and_above EB Firmware Version 2.8.1\r\n"
    assert ask(port, "v") == ask(port, "V")
    assert ask(port, "QS") == b"0,0\n\rOK\r\n"
    assert ask(port, "QG") == b"10\r\n"
    assert ask(port, "QM") == b"QM,0,0,0,0\n\r"
    assert ask(port, "QP") == b"1\n\rOK\r\n"
    assert ask(port, "QC") == b"0394,0300\r\nOK\r\n"
    assert ask(port, "QT") == b"\r\nOK\r\n"
    assert ask(port, "QE") == b"16,16\r\nOK\r\n"
    assert ask(port, "SL,5") == b"OK\r\n" and ask(port, "QL") == b"005\r\nOK\r\n"


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("XX", b"!8 Err: Unknown command 'XX:5858'\r\n"),
        ("SM,0,1,1", b"!6 Err: Invalid parameter value\r\n"),
        ("SM,10", b"!4 Err: Missing parameter(s)\r\n"),
        ("SM,10,251,0", b"!0 Err: <axis1> step rate > 25K steps/second.\r\n"),
        ("XM,10,200,100", b"!0 Err: <axis1> step rate > 25K steps/second.\r\n"),
        ("LM,0,0,0,0,0,0", b"!6 Err: Invalid parameter value\r\n"),
        ("SM," + "1" * 70, b"!3 Err: RX Buffer overrun\r\n"),
    ],
)
def test_refusals(command: str, reply: bytes) -> None:
    assert ask(ready()[1], command) == reply


def test_the_third_move_sticks_in_the_parser_until_the_first_has_ended() -> None:
    board, port = ready()
    begin = board.clock.now()
    times = []
    for _ in range(4):
        ask(port, "SM,1000,80,80")
        times.append(board.clock.now() - begin)
    assert times[0] < 0.01 and times[1] < 0.01
    assert times[2] == pytest.approx(1, abs=0.01) and times[3] == pytest.approx(2, abs=0.01)
    assert board.elapsed - begin == pytest.approx(4, abs=0.01) and board.starved == 0


def test_a_late_driver_starves_it() -> None:
    board, port = ready()
    ask(port, "SM,10,80,80")
    port.read(0.1)
    ask(port, "SM,10,80,80")
    assert board.starved == 1


def test_es_stops_in_mid_move_and_counts_what_was_made() -> None:
    board, port = ready()
    ask(port, "SM,1000,800,0")
    ask(port, "SM,1000,800,0")
    port.read(0.5)
    stopped, *counts = map(int, ask(port, "ES").split(b"\n")[0].split(b","))
    made = int(ask(port, "QS").split(b",")[0])
    assert stopped == 1 and made == pytest.approx(402, abs=4)
    assert counts[0] == 800 and counts[2] == 800 - made
    assert board.position.real == pytest.approx(made / 160, abs=0.01)


def test_corexy_and_the_pen() -> None:
    board, port = ready()
    ask(port, "SM,1000,800,800")  # up: 10 mm along x
    ask(port, "SP,0,200")
    ask(port, "SM,1000,800,-800")  # down: 10 mm along y
    ask(port, "SP,1,200")
    ask(port, "SP,0,200")  # a dot
    ask(port, "SP,1,200")
    while ask(port, "QG") != b"10\r\n":
        port.read(0.1)
    line, dot = board.drawn()
    assert line[0] == pytest.approx(10) and line[-1] == pytest.approx(10 + 10j)
    assert dot.tolist() == [pytest.approx(10 + 10j)]
    assert np.abs(np.diff(line)).max() < 0.02 and not board.pen_is_down


def test_without_waiting_the_pen_misses_the_paper() -> None:
    board, port = ready()
    ask(port, "SP,0")
    ask(port, "SM,50,80,80")
    ask(port, "SP,1,300")
    assert sum(len(piece) for piece in board.drawn()) <= 1


def test_steps_without_rate_hang_the_board() -> None:
    board, port = ready()
    assert ask(port, "LM,0,10,0,0,0,0", patience=1) == b"" and board.hung
    assert ask(port, "QG", patience=60) == b""
