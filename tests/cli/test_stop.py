"""Ctrl-C while the pen is down: it is raised, and one line says so."""

import os
import signal
import subprocess
import sys

import pytest

from plotwriter import devices
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
def test_a_signal_stops_the_program():
    """Ctrl-C as the terminal sends it, once the pen has begun."""
    text = "\n".join(["it is a long letter of many words"] * 30)
    command = ["write", "-", "--machine", "axidraw", "--port", "sim", "--draws", "1", "--size", "1.5mm", "--line-height", "6mm"]
    running = subprocess.Popen(
        [sys.executable, "-c", "from plotwriter.cli import main; main()", *command],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        text=True,
    )
    assert running.stdin is not None and running.stderr is not None
    with running:
        running.stdin.write(text)
        running.stdin.close()
        said = [next(running.stderr)]
        while "strokes" not in said[-1]:
            said.append(next(running.stderr))
        running.send_signal(signal.SIGINT)
        said += running.stderr.readlines()
    assert running.returncode == 130, said
    assert said[-1] == "plotwriter: stopped\n" and len(said) == 3
