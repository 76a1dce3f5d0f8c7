"""One plotter with the firmwares that people have: 2.5 and 2.6 know no LT, 2.5 no QG, 3.x takes its numbers otherwise."""

from __future__ import annotations

import pytest

from plotwriter.devices import load_profile, plan_page, plot_page
from plotwriter.devices.ebb_device import EbbDevice
from plotwriter.devices.page import rest_of
from plotwriter.devices.simulator import Ebb3Board, EbbBoard, Faults, OldEbbBoard, SimPort, make_board, replug
from plotwriter.errors import AlarmError, ConfigError, ProtocolError
from plotwriter.ink import Ink
from tests.devices.factories import make_page, make_square
from tests.devices.test_every_machine import STEP, farthest, make_letter, planned

AXIDRAW = load_profile("axidraw")
assert AXIDRAW.ebb is not None
CHORD = AXIDRAW.motion.accel * AXIDRAW.ebb.slice**2 / 8  # mm between a slice's straight line and the bend it stands for
FIRMWARES = ["2.5.5", "2.6.1", "2.6.5", "2.7.0", "2.8.1", "3.0.0", "3.0.2"]


def connected(firmware: str, *, faults: Faults | None = None) -> tuple[EbbDevice, EbbBoard]:
    board = make_board(AXIDRAW, firmware=firmware, faults=faults)
    assert isinstance(board, EbbBoard)
    device = EbbDevice(AXIDRAW, SimPort(board))
    device.connect()
    return device, board


@pytest.mark.parametrize("ink", [make_square(), make_letter()], ids=["square", "letter"])
@pytest.mark.parametrize("firmware", FIRMWARES)
def test_a_square_and_a_letter_are_drawn_as_planned(firmware: str, ink: Ink) -> None:
    device, board = connected(firmware)
    assert device.facts().firmware == f"EBB {firmware}"
    began = board.elapsed
    plan = plot_page(ink, AXIDRAW, device)
    assert board.elapsed - began == pytest.approx(plan.duration, rel=0.02)
    drawn, slices = board.drawn(), firmware < "2.7"
    assert len(drawn) == len(ink.strokes) and not board.pen_is_down and abs(board.position) < 1e-9
    for i, piece in enumerate(drawn):
        path, allowed = planned(plan, i), 0.75 * STEP + (CHORD if slices else 0.0) + 1e-4
        assert farthest(piece, path) <= allowed and farthest(path, piece) <= allowed
        assert max(abs(piece[0] - path[0]), abs(piece[-1] - path[-1])) <= STEP / 2 + 1e-4
    assert board.starved == board.traps == 0 and board.max_step_rate <= 25_000


@pytest.mark.parametrize("firmware", FIRMWARES)
def test_the_button_pauses_once_whatever_tells_of_it(firmware: str) -> None:
    device, board = connected(firmware, faults=Faults(button_at=150))
    plan = plan_page(make_page(n_words=2), AXIDRAW)
    n = len(plan.words)
    stroke = device.plot(plan)
    assert 0 < stroke < n and len(board.drawn()) == stroke and not board.pen_is_down
    assert device.plot(rest_of(plan, stroke, device.where(), AXIDRAW)) == n


@pytest.mark.parametrize("firmware", FIRMWARES)
def test_a_press_from_before_the_job_stops_nothing(firmware: str) -> None:
    device, board = connected(firmware, faults=Faults(button_at=1))
    plan = plot_page(make_square(), AXIDRAW, device)
    assert len(board.drawn()) == len(plan.words)


@pytest.mark.parametrize("firmware", FIRMWARES)
def test_the_place_is_counted_from_where_home_was_said(firmware: str) -> None:
    """On boards whose EM may leave the step counters alone, too."""
    device, board = connected(firmware)
    for command in ("SM,500,800,800", "SM,500,800,-800"):
        device._ask(command, duration=0.5)
    device._wait_idle(3.0)
    assert abs(device.where() - (10 + 10j)) < 1e-9
    device.home()
    assert abs(device.where()) < 1e-9
    again = EbbDevice(AXIDRAW, replug(device.transport))  # type: ignore[arg-type]
    again.connect()
    assert again.position_known == (firmware >= "2.8") and not board.pen_is_down


@pytest.mark.parametrize("firmware", ["2.5.0", "2.5.3"])
def test_what_is_too_old_is_said_before_anything_moves(firmware: str) -> None:
    with pytest.raises(ProtocolError, match=rf"EBB firmware {firmware} is too old; update it \(this machine wants 2\.5\.4 or newer\)"):
        connected(firmware)


def test_a_nextdraw_wants_firmware_3() -> None:
    nextdraw = load_profile("nextdraw_8511")
    device = EbbDevice(nextdraw, SimPort(make_board(nextdraw, firmware="2.8.1")))
    with pytest.raises(ProtocolError, match=r"this machine wants 3\.0\.2 or newer"):
        device.connect()


def test_each_firmware_is_a_board_of_its_kind_and_knows_its_own_commands() -> None:
    kinds = {"2.5.5": OldEbbBoard, "2.7.0": OldEbbBoard, "2.8.0": EbbBoard, "2.8.1": EbbBoard, "3.0.0": Ebb3Board, "3.0.2": Ebb3Board}
    assert all(type(make_board(AXIDRAW, firmware=firmware)) is kind for firmware, kind in kinds.items())
    known = {"QG": ("2.6.0", "2.6.1"), "LT,100,1000,0,1000,0": ("2.6.6", "2.7.0"), "QE": ("2.7.0", "2.8.0"), "SP,3": ("3.0.0", "3.0.1")}
    for command, (before, since) in known.items():
        for firmware in (before, since):
            board = make_board(AXIDRAW, firmware=firmware)
            port = SimPort(board)
            port.write(f"{command}\r".encode())
            assert (b"Err:" in port.read(1.0)) == (firmware == before), (command, firmware)


def test_the_fourth_number_of_sm_is_news_of_2_7() -> None:
    port = SimPort(make_board(AXIDRAW, firmware="2.6.6"))
    port.write(b"SM,10,1,1,3\r")
    assert port.read(1.0) == b"OK\r\n!7 Err: Extra parameter\r\n"


@pytest.mark.parametrize("firmware", ["", "2", "2.4.9", "3.0.3", "4.0", "2.x", "newest", "2.8.1 ", "-2.8"])
def test_versions_that_are_not_simulated(firmware: str) -> None:
    if not firmware:
        assert make_board(AXIDRAW, firmware=firmware)
        return
    with pytest.raises(ConfigError, match=r"an EBB is simulated with 2\.5\.0 to 3\.0\.2"):
        make_board(AXIDRAW, firmware=firmware)


def test_other_boards_have_one_version() -> None:
    with pytest.raises(ConfigError, match=r"grbl_servo: firmware 1\.1: only an EBB"):
        make_board(load_profile("grbl_servo"), firmware="1.1")


def test_an_error_on_an_old_board_raises_the_pen() -> None:
    device, board = connected("2.5.5", faults=Faults(error_at=120))
    with pytest.raises(AlarmError, match="refuses"):
        plot_page(make_page(n_words=2), AXIDRAW, device)
    assert not board.pen_is_down
