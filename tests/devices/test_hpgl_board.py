"""The simulated pen plotter against what its manual says, spoken to byte by byte."""

from __future__ import annotations

import numpy as np
import pytest

from plotwriter.devices.simulator import Faults, HpglBoard, SimPort

UNIT = 0.025


def make_port(**more: object) -> tuple[HpglBoard, SimPort]:
    settings: dict[str, object] = {"unit": UNIT, "window": (11040, 7721), "buffer": 1024, "baud": 9600, "pens": 6, "top": 0.0}
    board = HpglBoard(**(settings | more))  # type: ignore[arg-type]
    return board, SimPort(board)


def ask(port: SimPort, sent: bytes, patience: float = 100.0) -> bytes:
    port.write(sent)
    return port.read(patience)


def test_a_plotter_that_was_just_switched_on_is_ready_and_initialised_and_says_so_once() -> None:
    _, port = make_port()
    assert ask(port, b"OS;") == b"24\r" and ask(port, b"OS;") == b"16\r"
    assert ask(port, b"IN;OS;") == b"24\r"
    assert ask(port, b"OI;") == b"7475A\r" and ask(port, b"OA;") == b"0,0,0\r" and ask(port, b"OW;") == b"0,0,11040,7721\r"


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (b"PU;", 0), (b"PU", 0), (b"pa10,20;", 0), (b"PA10,20", 0), (b"PU10,20,30,40;", 0), (b"VS;SP;SP6;", 0), (b"\r\nPD;PU;\r\n", 0),
        (b"XX;", 1), (b"VV;", 1), (b"PA10;", 2), (b"PA1,2,3;", 2), (b"IN3;", 2), (b"IP1,2;", 2), (b"SP7;", 3), (b"VS200;", 3),
        (b"PA40000,0;", 6),
    ],
)  # fmt: skip
def test_errors(sent: bytes, error: int) -> None:
    _, port = make_port()
    assert ask(port, sent + b"OE;") == f"{error}\r".encode()
    assert ask(port, b"OE;") == b"0\r"


def test_an_error_shows_in_the_status_until_it_is_asked_for() -> None:
    _, port = make_port()
    assert ask(port, b"XX;OS;") == b"56\r" and ask(port, b"OS;") == b"48\r"
    assert ask(port, b"OE;") == b"1\r" and ask(port, b"OS;") == b"16\r"


def test_bytes_come_at_the_rate_of_the_wire() -> None:
    board, port = make_port()
    assert ask(port, b"OA;") == b"0,0,0\r"
    assert board.clock.now() == pytest.approx(9 / 960)
    board, port = make_port(baud=2400)
    assert ask(port, b"OA;") == b"0,0,0\r" and board.clock.now() == pytest.approx(9 / 240)


def test_the_commanded_place_has_decimals() -> None:
    _, port = make_port()
    assert ask(port, b"PU12,34;OC;") == b"12.0000,34.0000,0\r"


def test_places_are_absolute_or_relative_and_the_pen_draws_when_it_is_down() -> None:
    board, port = make_port()
    assert ask(port, b"PA100,200;PD;PR10,0,0,-20;PU50,0;PA;PD300,300,400,300;PU;OA;") == b"400,300,0\r"
    first, second = board.drawn()
    assert (first / UNIT).tolist() == pytest.approx([100 - 200j, 110 - 200j, 110 - 180j])  # the machine's y runs down
    assert (second / UNIT).tolist() == pytest.approx([160 - 180j, 300 - 300j, 400 - 300j])


def test_vectors_and_pens_take_their_time() -> None:
    board, port = make_port()

    def seconds(sent: bytes) -> float:
        port.write(sent)
        board.clock.sleep(len(sent) / 960)
        began = board.clock.now()
        said = ask(port, b"OA;")
        return board.clock.now() - began - len(said) / 960

    assert seconds(b"PU4000,0;") == pytest.approx(100 / 508 + 508 / 19_600, abs=1e-6)
    assert seconds(b"PD;") == pytest.approx(0.08, abs=1e-6) and seconds(b"PD;") == pytest.approx(
        3 / 960, abs=1e-6
    )  # of the question itself
    assert seconds(b"PA4040,0;") == pytest.approx(2 * (1 / 19_600) ** 0.5, abs=1e-6)  # too short for its speed
    assert seconds(b"VS10;PA8040,0;") == pytest.approx(100 / 99.06 + 99.06 / 19_600, abs=1e-6)  # in steps of 0.381 cm/s
    assert seconds(b"PU;") == pytest.approx(0.06, abs=1e-6)
    assert (
        seconds(b"SP1;") == pytest.approx(1.5)
        and seconds(b"SP2;") == pytest.approx(3.0)
        and seconds(b"SP2;") == pytest.approx(3 / 960, abs=1e-6)
    )


def test_a_byte_too_many_is_lost_and_said() -> None:
    board, port = make_port()
    port.write(b"PU0,7000;")
    vectors = b"PA10000,0;PA0,7000;" * 60  # 1140 bytes, and it draws for half a minute
    port.write(vectors)
    board.clock.sleep(2.0)
    assert ask(port, b"\x1b.E", 1.0) == b"16\r" and ask(port, b"\x1b.E", 1.0) == b"0\r"
    assert 0 < board.lost_bytes < 120
    small, port = make_port(buffer=60)
    port.write(b"PU0,7000;PU9000,0;" + b"PA100,100;" * 5)
    small.clock.sleep(0.5)
    assert ask(port, b"\x1b.B", 1.0)[:-1].isdigit() and small.lost_bytes == 0


def test_an_escape_is_answered_at_once_and_does_not_enter_the_buffer() -> None:
    board, port = make_port()
    assert ask(port, b"\x1b.B") == b"1024\r" and ask(port, b"\x1b.O") == b"8\r"
    port.write(b"VS1;PD11040,0;OA;")
    board.clock.sleep(1.0)
    board.run_to(board.clock.now())
    assert ask(port, b"\x1b.B", 0.1) == b"1021\r" and ask(port, b"\x1b.O", 0.1) == b"0\r"
    assert ask(port, b"OI;", 0.5) == b""  # that one waits for its turn


def test_escape_k_drops_what_waits_and_half_an_instruction_and_lets_the_vector_end() -> None:
    board, port = make_port()
    port.write(b"PA1000,1000;PD;PA3000,1000,3000,3000,1000,3000;PU;PA5000,5000;PR12,")
    board.clock.sleep(0.30)
    board.run_to(board.clock.now())
    assert board.pen_is_down
    assert ask(port, b"\x1b.KOA;") == b"3000,1000,1\r"
    assert ask(port, b"PU;PA10,20;OA;OE;") == b"10,20,0\r" and port.read(1) == b"0\r"
    (drawn,) = board.drawn()
    assert np.abs(drawn / UNIT - np.array([1000 - 1000j, 3000 - 1000j])).max() < 1e-6


def test_a_question_during_an_answer_is_not_answered() -> None:
    board, port = make_port()
    port.write(b"OW;")
    board.clock.sleep(8 / 960)
    assert ask(port, b"\x1b.O", 1.0) == b"0,0,11040,7721\r" and port.read(1.0) == b""
    assert ask(port, b"\x1b.E") == b"10\r"


def test_p1_and_p2_are_forgotten_with_everything_else() -> None:
    _, port = make_port()
    own = ask(port, b"OP;")
    assert ask(port, b"IP83,83,8383,8383;OP;") == b"83,83,8383,8383\r" and ask(port, b"DF;OP;") == b"83,83,8383,8383\r"
    assert ask(port, b"IN;OP;") == own


def test_what_lies_beyond_the_paper_is_not_reached() -> None:
    board, port = make_port()
    assert ask(port, b"PA12000,-5;OA;") == b"11040,0,0\r" and board.carriage.clipped == 1


def test_view_and_the_lever_hold_it_after_the_vector() -> None:
    board, port = make_port()
    board.view = True
    port.write(b"PA400,0;PA800,0;OA;")
    assert port.read(5.0) == b"" and ask(port, b"\x1b.O") == b"16\r"
    board.view, board.lever = False, True
    assert port.read(5.0) == b"" and ask(port, b"\x1b.O") == b"32\r"
    board.lever = False
    assert port.read(5.0) == b"800,0,0\r"


def test_a_power_cut_loses_all_but_the_paper() -> None:
    board, port = make_port(faults=Faults(reset_at=3))
    port.write(b"IP1,2,3,4;PD;PA100,100;PA200,200;OA;")
    assert port.read(10.0) == b"" and not board.pen_is_down and board.position == 0
    assert ask(port, b"OS;") == b"24\r" and ask(port, b"OP;") != b"1,2,3,4\r"
