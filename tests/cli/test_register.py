"""A sheet that lies askew is found by touching its marks, on simulated machines."""

import json
import math

import numpy as np
import pytest

from plotwriter.cli.register import STEPS, touch
from plotwriter.devices import load_profile, open_device, simulated_board
from plotwriter.devices.page import placed
from plotwriter.errors import ConfigError
from plotwriter.ink import Ink
from plotwriter.layout import paper, read_registration, register
from plotwriter.layout.registration import Registration
from tests.cli.runner import plotwriter

PAGE = paper("a5")
MARKS = (15 + 15j, 130 + 15j, 15 + 190j)
LIE = Registration(2.4 - 1.3j, math.radians(0.8), (1.002, 0.997), math.radians(0.4), 0.0)


def person(device, placement, places):
    """Presses keys until the pen stands over where each mark really is, lowers it there once, and takes the place."""
    step = 1
    for place in places:
        target = complex(placement.to_machine(LIE.apply(np.array([place])))[0])
        for size in range(1, len(STEPS)):
            while step != size:
                yield "-" if step < size else "+"
                step += 1 if step < size else -1
            for turn in (1, 1j):
                while (away := abs(((target - device.where()) / turn).real)) > STEPS[size] / 2 + 0.01:
                    way = turn * np.sign(((target - device.where()) / turn).real)
                    yield {1: "right", -1: "left", 1j: "down", -1j: "up"}[complex(way)]
                    assert abs(((target - device.where()) / turn).real) < away
        yield " "
        assert device.pen_is_down()
        yield "enter"


@pytest.mark.parametrize("machine", ["axidraw", "grbl_servo", "marlin_servo", "hp7475a"])
def test_touched_marks_say_how_the_sheet_lies(machine):
    profile = load_profile(machine)
    device = open_device(profile, "sim")
    placement = placed(Ink((), "", PAGE), profile)
    said: list[str] = []
    found = touch(device, placement, MARKS, person(device, placement, MARKS), said.append)
    assert not device.pen_is_down() and not simulated_board(device).pen_is_down
    lie = register(found)
    corners = np.array([0j, PAGE.width, 1j * PAGE.height, PAGE.width + 1j * PAGE.height])
    assert np.abs(lie.apply(corners) - LIE.apply(corners)).max() < 0.15  # the last step is 0.05 mm
    assert sum(line.startswith("mark ") for line in said) == 3


def test_a_stopped_registration_leaves_the_pen_up():
    profile = load_profile("axidraw")
    device = open_device(profile, "sim")
    with pytest.raises(ConfigError, match="nothing was written"):
        touch(device, placed(Ink((), "", PAGE), profile), MARKS, iter(["enter", " ", "left", "q"]), lambda line: None)
    assert not device.pen_is_down()


def test_the_command_writes_marks_that_are_read_again(tmp_path, monkeypatch):
    pressed = iter(["-", "right", "right", "enter", "enter", "enter"])
    monkeypatch.setattr("plotwriter.cli.register.is_terminal", lambda: True)
    monkeypatch.setattr("plotwriter.cli.register.read_key", lambda: next(pressed))
    path = tmp_path / "marks.json"
    options = ("--paper", "a5", "--mark", "15mm,15mm", "--mark", "130mm,15mm", "--mark", "15mm,190mm", "--port", "sim")
    done = plotwriter("register", "-o", path, *options, "--json")
    assert done.code == 0, done.err
    assert [mark["page"] for mark in json.loads(path.read_text())["marks"]] == [[15, 15], [130, 15], [15, 190]]
    lie = read_registration(path)
    assert abs(lie.rotation) < 1e-3 and abs(abs(lie.offset) - 0.2) < 0.03  # all three are off as the first was


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--mark", "15"), "is not X,Y"),
        (("--mark", "15,15"), "one mark says only where it is"),
        (("--mark", "15,15", "--mark", "300,15"), "lies off the 210 x 297 mm sheet"),
        (("-o", "no/where.json"), "there is no folder"),
        ((), "nobody to steer the pen"),
    ],
)
def test_what_is_wrong_is_said_before_anything_moves(tmp_path, monkeypatch, options, message):
    monkeypatch.chdir(tmp_path)
    done = plotwriter("register", "--port", "sim", *options)
    assert done.code in (1, 2) and message in done.err and not list(tmp_path.iterdir())
