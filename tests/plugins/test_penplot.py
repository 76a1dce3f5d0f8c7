"""vpype penplot is a plot like any other: journalled, paused, taken up again."""

import json
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from plotwriter.devices import load_profile
from plotwriter.devices.journal import unfinished
from plotwriter.devices.simulator import Faults, make_board
from tests.cli.runner import plotwriter
from tests.cli.test_resume import Desk, n_drawn

DRAWING = "line --layer 1 2cm 2cm 8cm 3cm circle --layer 2 5cm 5cm 1cm line --layer 2 1cm 9cm 9cm 9cm pagesize a5"


def test_a_drawing_cut_off_is_finished_by_resume(monkeypatch, tmp_path):
    cli = pytest.importorskip("vpype_cli")
    monkeypatch.setenv("PLOTWRITER_HOME", str(tmp_path))
    desk = Desk(monkeypatch, "axidraw", disconnect_after=60)
    with pytest.raises(Exception, match=r"the connection was lost.*go on with: plotwriter resume"):
        cli.execute(f"{DRAWING} penplot --port sim")
    (state,) = unfinished()
    assert state.header.source == "vpype penplot" and state.header.machine == "axidraw" and state.sent > 0
    again = plotwriter("resume", "--json")
    assert again.code == 0, again.err
    assert 3 <= n_drawn(desk.board) <= 3 + len(json.loads(again.out)["again"]) and unfinished() == []


def test_a_page_is_refused_before_anything_moves(monkeypatch, tmp_path):
    cli = pytest.importorskip("vpype_cli")
    monkeypatch.setenv("PLOTWRITER_HOME", str(tmp_path))
    desk = Desk(monkeypatch, "axidraw")
    with pytest.raises(Exception, match=r"reaches 300 x 218 mm, but .* lies 480.0 mm before y = 0"):
        cli.execute("line 2cm 2cm 90cm 3cm pagesize a2 penplot --port sim")
    assert n_drawn(desk.board) == 0 and unfinished() == []


posix = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals and signals are POSIX")
HEAR = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"  # a background job is born deaf to it


def penplot(port: Path) -> subprocess.Popen[str]:
    """`vpype ... penplot` in a process of its own, on a port, with nobody to ask."""
    program = f"{HEAR}; from vpype_cli import cli; cli()"
    command = [sys.executable, "-c", program, *DRAWING.split(), "penplot", "--port", str(port), "--yes"]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


@posix
def test_a_lost_port_is_waited_for_and_the_pen_raised(monkeypatch, tmp_path):
    """Over a real port: the cable is pulled with the pen down, put in again, and the drawing resumed on it."""
    pytest.importorskip("vpype_cli")
    from plotwriter.devices.simulator.pty import PtyBoard

    monkeypatch.setenv("PLOTWRITER_HOME", str(tmp_path))
    board, port = make_board(load_profile("axidraw"), faults=Faults(disconnect_after=240)), tmp_path / "port"
    with PtyBoard(board) as served:
        port.symlink_to(served.path)
        running = penplot(port)
        assert running.stderr is not None
        said = running.stderr.readline()
    try:
        assert "the connection was lost" in said and "plug the machine in again: its pen is raised as soon as it is back" in said
        board.clock.sleep(1.0)
        assert board.pen_is_down
        board.gone, board.faults = False, Faults()
        with PtyBoard(board) as served:
            port.unlink()
            port.symlink_to(served.path)
            last = running.stderr.readlines()[-1]
            assert "it is back and its pen is up; go on with: plotwriter resume" in last and running.wait() == 1
            assert not board.pen_is_down
            again = plotwriter("resume", "--json", "--yes")
        assert again.code == 0, again.err
        assert 3 <= n_drawn(board) <= 3 + len(json.loads(again.out)["again"]) + 1 and unfinished() == []
    finally:
        running.kill()
        running.communicate()


@posix
@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_once_stops_at_the_strokes_end_and_twice_at_once_and_the_pen_goes_up(times, monkeypatch, tmp_path):
    pytest.importorskip("vpype_cli")
    from plotwriter.devices.simulator.pty import PtyBoard

    monkeypatch.setenv("PLOTWRITER_HOME", str(tmp_path))
    board = make_board(load_profile("axidraw"))
    with PtyBoard(board, real_time=True) as served:
        running = penplot(Path(served.path))
        try:
            while running.poll() is None and not board.pen_is_down:
                select.select([], [], [], 0.02)
            for _ in range(times):
                running.send_signal(signal.SIGINT)
                select.select([], [], [], 0.1)  # two that come at once are one
            said = running.communicate()[1]
        finally:
            running.kill()
    assert running.returncode == 1 and "stopped; go on with: plotwriter resume" in said and "Traceback" not in said
    (state,) = unfinished()
    assert not board.pen_is_down and (state.sent, state.drawn) == (1, 1 if times == 1 else 0)
    (piece,) = board.drawn()
    assert (abs(piece[-1] - piece[0]) > 60) == (times == 1)  # the first stroke is a line of 61 mm
