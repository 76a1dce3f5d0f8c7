"""The sheet can be finished: jobs cut anywhere, taken up again, every stroke on the paper once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from plotwriter.devices import load_profile, plan_page
from plotwriter.devices.device import Device
from plotwriter.devices.job import distance
from plotwriter.devices.journal import Header, Journal, read_journal
from plotwriter.devices.page import home_of, move
from plotwriter.devices.session import plot_rest, resumption
from plotwriter.devices.simulator import Board, Faults, SimPort, make_board, replug
from plotwriter.devices.whereabouts import Words
from plotwriter.errors import DeviceError, PortError
from plotwriter.exchange import canonical
from plotwriter.ink import Document, Ink, Page, Stroke
from plotwriter.registry import load

#: every protocol and dialect; of the EBB the firmwares that are driven each in their own way
MACHINES = ["axidraw", "axidraw 2.5.5", "axidraw 3.0.0", "nextdraw_8511", "grbl_servo", "grbl_z", "grblhal", "fluidnc", "idraw_h"]
MACHINES += ["marlin_servo", "marlin_z", "hp7475a", "hp7440a"]
N_CUTS = 200
CLOSE = 0.05  # mm
MOST = {128: 3, 1024: 4}  # strokes that are announced as drawn twice: what so many bytes hold of dots


def make_note() -> Ink:
    """A bar, a dot, a closed ring, a dot, near home: every kind of stroke in as few commands as may be."""
    ring = 4 + 4j + 0.6 * np.exp(1j * np.linspace(0, 2 * np.pi, 9))
    strokes = [np.array([2 + 3j, 3.2 + 2.5j]), np.array([2.6 + 2j]), ring, np.array([5.5 + 4.2j])]
    return Ink(tuple(Stroke(points, (i, i + 1)) for i, points in enumerate(strokes)), "iio.", Page(60.0, 40.0))


def make_card() -> Ink:
    """Two small words and a full stop: loops, i-dots, bars."""
    strokes, text, turn = [], "", np.linspace(0, 2.2 * np.pi, 40)
    for word, speed in enumerate((0.9, 1.05)):
        at, span = 4 + 6j + 5 * word, (len(text), len(text) + 3)
        loop = at + 0.35 * turn + 0.8 * np.exp(1j * turn * speed)
        strokes += [Stroke(points, span) for points in (loop, np.array([at + 1 - 1.8j]), np.array([at + 1j, at + 1.5 + 0.8j]))]
        text += "nit "
    strokes.append(Stroke(np.array([14 + 6.5j]), (len(text) - 1, len(text))))
    return Ink(tuple(strokes), text, Page(60.0, 40.0))


def touches(plan, strokes: tuple[Stroke, ...], pieces: list[np.ndarray]) -> Iterator[bool]:
    """Whether each piece that was drawn is the whole of its stroke."""
    for stroke, piece in zip(strokes, pieces, strict=True):
        path = piece
        if len(stroke.points) == 1:
            path = np.array([(piece.real.min() + piece.real.max()) / 2 + 1j * (piece.imag.min() + piece.imag.max()) / 2])
        yield distance(plan.placement.to_machine(stroke.points), path) < CLOSE


def unsynced(path: Path) -> Journal:
    """A journal that trusts the disk, for speed."""
    return Journal(path, sync=lambda _: None)


class Sheet:
    """A page and its plan on a machine, made once."""

    def __init__(self, machine: str, ink: Ink) -> None:
        """Take a machine's name, an EBB's with its firmware behind it, and the page."""
        name, _, self.firmware = machine.partition(" ")
        self.profile = load_profile(name)
        self.document = canonical(Document((ink,), ink.text))
        self.words = Words(self.document)
        self.plan = plan_page(self.document.pages[0], self.profile)

    @property
    def most(self) -> int:
        return MOST[self.profile.connection.rx_capacity]

    def board(self, **faults: int) -> Board:
        return make_board(self.profile, firmware=self.firmware or None, faults=Faults(**faults))


def cut_and_resume(sheet: Sheet, at: int, path: Path, *, pause: float = 2.0) -> tuple[int, int]:
    """Plot, pull the cable after `at` commands, plug it in again, resume; strokes announced as drawn twice, and commands sent."""
    profile, plan, ink = sheet.profile, sheet.plan, sheet.document.pages[0]
    board = sheet.board(disconnect_after=at)
    port = SimPort(board)
    device: Device = load("device", profile.device)(profile, port)
    try:
        with unsynced(path) as journal:
            journal.write(asdict(Header("0" * 64, profile.name)))
            device.connect()
            plot_rest(plan, device, journal=journal)
    except PortError as error:
        assert "lost" in str(error)
    else:
        return -1, board.n_commands if profile.device == "ebb" else board.n_lines  # type: ignore[attr-defined]

    board.clock.sleep(pause)
    board.run_to(board.clock.now())
    again: Device = load("device", profile.device)(profile, replug(port))
    again.connect()
    board.clock.sleep(0.5)
    if again.position_known or profile.gcode is None or profile.gcode.lift != "z":  # a reset board does not know where its Z is
        assert not board.pen_is_down
    if not again.position_known and profile.hpgl is None:  # a plotter finds its own place
        board.carry(home_of(profile))  # type: ignore[attr-defined]  # a person does, because the command asks for it
    before = board.drawn()
    found = resumption(read_journal(path), [plan], sheet.words, left_at=again.left_at)
    first = found.place.stroke
    n = len(ink.strokes)
    with unsynced(path) as journal:
        assert plot_rest(plan, again, first=first, journal=journal) == n

    done, extra = before[:first], before[first:]
    assert len(done) == first and all(touches(plan, ink.strokes[:first], done))  # nothing lost
    assert len(extra) <= len(found.again)  # nothing twice but what was announced
    rest = board.drawn()[len(before) :]
    assert len(rest) == n - first and all(touches(plan, ink.strokes[first:], rest))
    board.clock.sleep(0.5)
    assert not board.pen_is_down and abs(board.position - plan.home) < 0.02  # type: ignore[attr-defined]
    state = read_journal(path)
    assert (state.drawn, state.sent) == (n, n)
    return len(found.again), 0


@pytest.mark.parametrize("machine", MACHINES)
def test_a_short_job_cut_at_every_command_is_finished(machine: str, tmp_path: Path) -> None:
    sheet = Sheet(machine, make_note())
    _, n = cut_and_resume(sheet, 10**9, tmp_path / "whole")
    assert n > 20
    for at in range(1, n):
        announced, _ = cut_and_resume(sheet, at, tmp_path / str(at))
        assert announced <= sheet.most


@pytest.mark.parametrize("machine", MACHINES)
def test_a_page_cut_at_random_places_is_finished(machine: str, tmp_path: Path) -> None:
    sheet = Sheet(machine, make_card())
    _, n = cut_and_resume(sheet, 10**9, tmp_path / "whole")
    rng = np.random.default_rng(5)
    for i, at in enumerate(rng.integers(1, n, N_CUTS).tolist()):
        announced, _ = cut_and_resume(sheet, at, tmp_path / str(i), pause=float(rng.uniform(0, 8)))
        assert announced <= sheet.most


@pytest.mark.parametrize("machine", ["grbl_servo", "idraw_h", "grblhal", "marlin_servo", "hp7475a"])
def test_a_board_that_restarted_does_not_pretend_to_know_where_it_stands(machine: str) -> None:
    """A spark in mid-job: the port stays open or its opening resets nothing, and yet the position is gone."""
    profile, ink = load_profile(machine), make_note()
    board = make_board(profile, faults=Faults(reset_at=30 if profile.hpgl else 15))
    port = SimPort(board)
    device: Device = load("device", profile.device)(profile, port)
    device.connect()
    with pytest.raises(DeviceError, match="reset in mid-job"):
        plot_rest(plan_page(ink, profile), device)
    again: Device = load("device", profile.device)(profile, replug(port))
    again.connect()
    assert not again.position_known


@pytest.mark.parametrize("machine", ["axidraw", "nextdraw_8511", "idraw_h", "grblhal", "hp7475a"])
def test_a_board_that_was_not_restarted_knows_where_it_stands(machine: str) -> None:
    profile, ink = load_profile(machine), make_note()
    board = make_board(profile)
    port = SimPort(board)
    device: Device = load("device", profile.device)(profile, port)
    device.connect()
    first = device.position_known
    plot_rest(plan_page(ink, profile), device)
    again: Device = load("device", profile.device)(profile, replug(port))
    again.connect()
    assert not first and again.position_known and abs(again.where() - home_of(profile)) < 0.01


@pytest.mark.parametrize("machine", ["axidraw", "nextdraw_8511", "idraw_h", "grblhal", "hp7475a"])
def test_a_place_nobody_has_vouched_for_is_not_known_the_next_time_either(machine: str) -> None:
    """The question whether the pen was put home was left unanswered, or the cable came out at it."""
    profile = load_profile(machine)
    port = SimPort(make_board(profile))
    for prepare in (True, False, True):
        device: Device = load("device", profile.device)(profile, port)
        device.connect(prepare=prepare)
        assert not device.position_known
        device.raise_pen()
        port = replug(port)
    device = load("device", profile.device)(profile, port)
    device.connect()
    device.home()
    again: Device = load("device", profile.device)(profile, replug(port))
    again.connect()
    assert again.position_known and abs(again.where() - home_of(profile)) < 0.01


@pytest.mark.parametrize("machine", ["axidraw", "idraw_h", "grblhal"])
def test_a_home_that_was_said_is_kept_when_the_port_is_opened_again(machine: str) -> None:
    """On G-code boards it is a work offset (G92), which the reset at opening forgets."""
    profile = load_profile(machine)
    port = SimPort(make_board(profile))
    device: Device = load("device", profile.device)(profile, port)
    device.connect()
    device.plot(move(home_of(profile), home_of(profile) + complex(30, 20 if profile.device == "ebb" else -20), profile))
    device.home()
    again: Device = load("device", profile.device)(profile, replug(port))
    again.connect()
    assert again.position_known and abs(again.where() - home_of(profile)) < 0.01
