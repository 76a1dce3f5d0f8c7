"""Ctrl-C while the pen is down: it is raised, and one line says so."""

import json
import select
import signal
import subprocess
import sys

import pytest

from plotwriter import devices
from plotwriter.devices.journal import jobs_folder
from tests.cli.conftest import MACHINES
from tests.cli.runner import plotwriter

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")


@pytest.mark.parametrize("machine", sorted(MACHINES))
def test_the_pen_is_raised(machine, letters, monkeypatch):
    """Interrupted in the middle of the page, between two commands, the pen on the paper."""
    opened = []
    open_device, half = devices.open_device, letters[machine].facts["duration_s"] / 2

    def open_interrupted(profile, port):
        device = open_device(profile, port)
        board, write = device.transport.board, device.transport.write

        def write_until_half(sent):
            if board.clock.now() > half and board.pen_is_down:
                device.transport.write = write
                raise KeyboardInterrupt
            write(sent)

        device.transport.write = write_until_half
        opened.append(board)
        return device

    monkeypatch.setattr(devices, "open_device", open_interrupted)
    result = plotwriter("plot", letters[machine].folder / "letter.json", "--machine", machine, "--port", "sim", "--quiet")
    assert (result.code, result.err) == (130, "plotwriter: stopped\n")
    assert not opened[0].pen_is_down
    assert 0 < len(opened[0].drawn()) < letters[machine].facts["strokes"]


@posix
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_stops_the_program(name, tmp_path):
    """Ctrl-C, `kill`, a terminal that closes; sent twice, as impatient people do."""
    zigzag = [[10 + i % 2, 10 + i / 10] for i in range(60)]
    strokes = [{"points": [[x + column, y] for x, y in zigzag], "span": [0, 1], "pen": 1} for column in range(120)]
    page = {"width": 148, "height": 105, "strokes": strokes}
    job = tmp_path / "job.json"
    job.write_text(json.dumps({"plotwriter": "", "text": "z", "style": "", "seed": None, "pages": [page]}))
    command = ["plot", str(job), "--machine", "axidraw", "--port", "sim"]
    # a background job is born deaf to SIGINT and one of nohup to SIGHUP, and so would be this child of theirs
    hear = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); signal.signal(signal.SIGHUP, signal.SIG_DFL)"
    program = f"{hear}; from plotwriter.cli import main; main()"
    running = subprocess.Popen([sys.executable, "-c", program, *command], stderr=subprocess.PIPE, text=True)
    assert running.stderr is not None
    with running:
        said = [next(running.stderr)]
        assert "120 strokes" in said[0]
        while running.poll() is None and not any(b"sent" in path.read_bytes() for path in jobs_folder().glob("*.journal")):
            select.select([], [], [], 0.02)  # before the first stroke there would be nothing to go on with
        running.send_signal(getattr(signal, name))
        running.send_signal(getattr(signal, name))
        said += running.stderr.readlines()
    assert (running.returncode, said[-1]) == (130, "plotwriter: stopped\n")
    assert any("go on with: plotwriter resume" in line for line in said)
