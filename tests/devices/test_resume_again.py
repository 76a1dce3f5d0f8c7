"""Not a pulled cable only, and not once only: a mishap at every command, and a job whose resumption is cut off too."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from plotwriter.devices.device import Device
from plotwriter.devices.journal import Header, read_journal
from plotwriter.devices.page import home_of
from plotwriter.devices.session import plot_rest, resumption
from plotwriter.devices.simulator import Faults, SimPort, replug
from plotwriter.errors import DeviceError
from plotwriter.registry import load
from tests.devices.test_resume import Sheet, make_note, touches, unsynced

KINDS = ["garbage_at", "lost_reply_at", "error_at"]


def begin(sheet: Sheet, port: SimPort, path: Path) -> bool:
    """Plot with a journal; whether it came to its end."""
    device: Device = load("device", sheet.profile.device)(sheet.profile, port)
    try:
        with unsynced(path) as journal:
            journal.write(asdict(Header("0" * 64, sheet.profile.name)))
            device.connect()
            plot_rest(sheet.plan, device, journal=journal)
    except DeviceError as error:
        assert "\n" not in str(error)
        return False
    return True


def go_on(sheet: Sheet, port: SimPort, path: Path) -> tuple[int, int] | None:
    """Plug in again and resume; where it went on and how many strokes were announced, None if it was cut off again."""
    board, profile = port.board, sheet.profile
    device: Device = load("device", profile.device)(profile, port)
    try:
        device.connect()
        if not device.position_known:  # as the command asks for
            if profile.hpgl is None:  # a plotter finds its own place
                board.carry(home_of(profile))  # type: ignore[attr-defined]
            device.home()
        found = resumption(read_journal(path), [sheet.plan], sheet.words, left_at=device.left_at)
        with unsynced(path) as journal:
            assert plot_rest(sheet.plan, device, first=found.place.stroke, journal=journal) == len(sheet.plan.words)
    except DeviceError:
        return None
    return found.place.stroke, len(found.again)


def all_there(sheet: Sheet, pieces: list[np.ndarray]) -> bool:
    """Whether every stroke is on the paper whole, whatever lies beside it."""
    ink = sheet.document.pages[0].strokes
    return all(any(next(touches(sheet.plan, (stroke,), [piece])) for piece in pieces) for stroke in ink)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "machine", ["axidraw", "axidraw 2.5.5", "nextdraw_8511", "grbl_servo", "grbl_z", "idraw_h", "marlin_servo", "marlin_z", "hp7475a"]
)
def test_mishaps_at_every_command_leave_the_pen_up_and_a_sheet_that_can_be_finished(machine: str, kind: str, tmp_path: Path) -> None:
    sheet = Sheet(machine, make_note())
    n = len(sheet.plan.words)
    ends, struck = 0, 0
    every = 1 if sheet.profile.hpgl else len(KINDS)  # every command is struck by one of them; a plotter's few answers by each
    for at in range(1 + KINDS.index(kind), 200, every):
        board = sheet.board(**{kind: at})
        port, path = SimPort(board), tmp_path / str(at)
        if begin(sheet, port, path):
            if (ends := ends + 1) > (1 if struck else 16):  # beyond the last command, or asked for again by Marlin or in saying hello
                break
            continue
        struck += 1
        board.clock.sleep(1.5)
        board.run_to(board.clock.now())
        assert not board.pen_is_down, at
        before = board.drawn()
        found = go_on(sheet, replug(port), path)
        assert found is not None and all_there(sheet, board.drawn()), at
        assert len(before) <= found[0] + found[1] and len(board.drawn()) - len(before) == n - found[0]
    assert struck > 8 or (machine.startswith("marlin") and kind == "error_at")


@pytest.mark.parametrize(
    "machine", ["axidraw", "axidraw 2.5.5", "nextdraw_8511", "grbl_servo", "grblhal", "idraw_h", "marlin_servo", "hp7475a"]
)
def test_a_resumption_that_is_cut_off_too_is_taken_up_again(machine: str, tmp_path: Path) -> None:
    sheet = Sheet(machine, make_note())
    rng = np.random.default_rng(8)
    n_again = 0
    for i in range(25):
        board = sheet.board(disconnect_after=int(rng.integers(12, 60)))
        port, path = SimPort(board), tmp_path / str(i)
        if begin(sheet, port, path):
            continue
        for _ in range(6):
            board.clock.sleep(float(rng.uniform(0, 4)))
            port = replug(port)
            told = board.n_commands if hasattr(board, "n_commands") else board.n_lines  # type: ignore[attr-defined]
            board.faults = Faults(disconnect_after=told + int(rng.integers(8, 60)))
            if go_on(sheet, port, path) is not None:
                break
            n_again += 1
        else:
            board.clock.sleep(3)
            assert go_on(sheet, replug(port), path) is not None
        assert all_there(sheet, board.drawn())
        board.clock.sleep(1)
        assert not board.pen_is_down
    assert n_again > 5
