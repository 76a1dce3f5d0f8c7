from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest

from plotwriter.devices import load_profile, plan_page, write_gcode
from plotwriter.devices.gcode import comment, encode, to_wire
from plotwriter.devices.grbl import GrblStream
from plotwriter.errors import ConfigError
from plotwriter.ink import Document, Ink, Page, Stroke
from tests.devices.factories import make_page

GOLDEN = Path(__file__).parent / "golden" / "note.gcode"


def make_document() -> Document:
    page = Page(100, 60)
    strokes = (
        Stroke(np.array([10 + 10j, 30 + 10j, 30 + 30j]), (0, 1)),
        Stroke(np.array([40 + 8j]), (1, 2)),
        Stroke(50 + 20j + 5 * np.exp(1j * np.linspace(0, 2 * np.pi, 200)), (2, 3)),
    )
    ink = Ink(strokes, "Lio", page)
    return Document((ink, ink), "Lio", style="ada", seed=7, version="0.0")


def test_a_note_is_the_golden_file() -> None:
    text = write_gcode(make_document(), load_profile("grbl_servo"))
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(text)
    assert text.splitlines() == GOLDEN.read_text().splitlines()


def test_every_line_can_be_streamed() -> None:
    stream = GrblStream(rx_capacity=10**9)
    for line in write_gcode(make_document(), load_profile("grbl_servo")).splitlines():
        assert stream.send(line) is not None


def test_f_comes_before_the_first_g1_and_every_stroke_has_its_pen_and_dwell() -> None:
    lines = write_gcode(make_document(), load_profile("grbl_servo")).splitlines()
    first = next(line for line in lines if line.startswith("G1"))
    assert " F" in first
    down = [i for i, line in enumerate(lines) if line == "M3 S700"]
    assert len(down) == 6
    assert all(re.fullmatch(r"G4 P0\.\d{3}", lines[i + 1]) for i in down)


def test_y_is_flipped_and_axes_follow_the_profile() -> None:
    profile = load_profile("grbl_servo")
    plan = plan_page(make_page(), profile)
    wanted = plan.placement.to_machine(np.array([0j, 0 + 105j, 148 + 105j]))
    x, y = to_wire(wanted, profile)
    assert np.allclose(x, [0, 0, 148]) and np.allclose(y, [105, 0, 0])


def test_simplified_lines_stay_within_tolerance_and_feed_is_never_above_the_limit() -> None:
    profile = load_profile("grbl_servo")
    lines = [line.text for line in encode(plan_page(make_page(), profile), profile)]
    feeds = [int(match[1]) for line in lines if (match := re.search(r"F(\d+)", line))]
    assert 0 < min(feeds) and max(feeds) <= profile.motion.travel_speed * 60 + 30
    n_points = sum(len(stroke.points) for stroke in make_page().strokes)
    assert len(lines) < n_points


def test_comments_hold_nothing_grbl_would_obey() -> None:
    assert comment("what? (hé!) ~") == "; what h "
    assert len(comment("x" * 200)) < 80


def test_an_ebb_machine_has_no_gcode() -> None:
    with pytest.raises(ConfigError, match="axidraw: speaks 'ebb', not G-code"):
        write_gcode(make_document(), load_profile("axidraw"))
