"""What was previewed is what is plotted; what was estimated is what it takes."""

import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from plotwriter.devices import load_profile, open_device, plan_page, plot_page, simulated_board
from plotwriter.exchange import from_json
from plotwriter.layout import read_svg
from tests.cli.runner import plotwriter
from tests.factories import hausdorff

SHORT = 1.0  # mm; half an x-height of the shared letter


def page_of(letter):
    return from_json((letter.folder / "letter.json").read_text(encoding="utf-8"), "letter.json").pages[0]


def extent(points):
    return max(np.ptp(points.real), np.ptp(points.imag))


def test_the_machine_draws_the_ink_of_the_json(letter):
    profile, page = load_profile(letter.facts["machine"]), page_of(letter)
    device = open_device(profile, "sim")
    plan = plot_page(page, profile, device)
    board = simulated_board(device)
    drawn = [plan.placement.to_page(path) for path in board.drawn()]
    assert len(drawn) == len(page.strokes)
    for stroke, path in zip(page.strokes, drawn, strict=True):
        assert hausdorff(stroke.points, path) < 0.05
        assert extent(path) == pytest.approx(extent(stroke.points), abs=0.1) and extent(path) > 0.05  # a dot leaves a mark
    device.close()


def test_the_dots_are_there(letter):
    """Of the marks that are dots ("i", "." and "!"), most are short strokes; a net may join one to its letter."""
    page = page_of(letter)
    dots = [stroke for stroke in page.strokes if extent(stroke.points) < SHORT]
    assert len(dots) >= sum(char in "ij.!" for char in page.text) / 2
    assert all(stroke.length > 0 for stroke in page.strokes)  # a pen makes a mark only where it moves


def test_the_svg_is_the_json(letter):
    from_svg, from_file = read_svg(letter.folder / "letter.svg")[0], page_of(letter)
    assert (from_svg.text, from_svg.page) == (from_file.text, from_file.page)
    assert [stroke.span for stroke in from_svg.strokes] == [stroke.span for stroke in from_file.strokes]
    assert max(hausdorff(a.points, b.points) for a, b in zip(from_svg.strokes, from_file.strokes, strict=True)) < 0.03


@pytest.mark.parametrize("suffix", [".svg", ".json"])
def test_a_saved_letter_plots_stroke_by_stroke(letter, suffix):
    result = plotwriter("plot", letter.folder / f"letter{suffix}", "--machine", letter.facts["machine"], "--port", "sim", "--json")
    assert result.code == 0, result.err
    facts = json.loads(result.out)
    assert facts["drawn"] == facts["strokes"] == letter.facts["strokes"] and facts["max_deviation_mm"] <= 0.05
    assert facts["duration_s"] == pytest.approx(letter.facts["duration_s"], rel=1e-6 if suffix == ".json" else 0.05)


def test_plot_writes_the_same_files(letter, tmp_path):
    result = plotwriter("plot", letter.folder / "letter.json", "--dry-run", "-o", tmp_path / "a.json")
    assert result.code == 0 and "nothing was moved" in result.err
    assert (tmp_path / "a.json").read_bytes() == (letter.folder / "letter.json").read_bytes()


def test_the_estimate_is_the_plan(letter):
    profile = load_profile(letter.facts["machine"])
    for suffix in (".json", ".svg"):
        result = plotwriter("estimate", letter.folder / f"letter{suffix}", "--machine", profile.name, "--json")
        assert result.code == 0, result.err
        (page,) = json.loads(result.out)["pages"]
        if suffix == ".json":
            ink = page_of(letter)
            assert page["duration"] == pytest.approx(plan_page(ink, profile).duration, rel=1e-9)
            assert page["duration"] == pytest.approx(letter.facts["duration_s"], abs=1e-3)
            assert page["pen_down_distance"] == pytest.approx(ink.length, rel=1e-2)  # corners are rounded within the pen's width
            assert page["lifts"] == len(ink.strokes)
    assert "page" in plotwriter("estimate", letter.folder / "letter.json", "--machine", profile.name).out


def test_estimate_of_a_text(letter):
    result = plotwriter("estimate", "-", "--json", "--draws", "1", stdin=b"Ada")
    assert result.code == 0 and json.loads(result.out)["pages"][0]["duration"] > 0


def test_preview_is_the_same_picture(letter, tmp_path):
    assert plotwriter("preview", letter.folder / "letter.json", "-o", tmp_path / "a.svg", "-q").code == 0
    ours, theirs = read_svg(tmp_path / "a.svg")[0], read_svg(letter.folder / "letter.svg")[0]
    assert all(np.array_equal(a.points, b.points) for a, b in zip(ours.strokes, theirs.strokes, strict=True))


def test_preview_names_its_file_after_the_text(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "note.txt").write_text("Ada")
    result = plotwriter("preview", "note.txt", "--draws", "1", "--json")
    assert result.code == 0 and json.loads(result.out)["files"] == ["note.svg"]
    assert read_svg(tmp_path / "note.svg")[0].text == "Ada"


def test_a_dry_run_shows_what_was_looked_at(letter):
    """Bounds, pages, pen, time, distance and ink; with a port, what the board says too."""
    machine = letter.facts["machine"]
    result = plotwriter("plot", letter.folder / "letter.json", "--machine", machine, "--port", "sim", "--dry-run", "--json")
    assert result.code == 0 and "nothing was moved" in result.err
    facts = json.loads(result.out)["preflight"]
    checks = {check["name"]: check for check in facts["checks"]}
    assert {"pages", "ink", "machine", "pen", "board"} <= checks.keys()
    assert all(check["verdict"] == "ok" for check in checks.values()) and all(name in result.err for name in checks)
    (page,) = facts["pages"]
    assert page["duration_s"] == pytest.approx(letter.facts["duration_s"], abs=1e-3) and page["pen_down_mm"] > 10
    slow = plotwriter("plot", letter.folder / "letter.json", "--machine", machine, "--dry-run", "--speed", "5", "--json")
    assert json.loads(slow.out)["duration_s"] > 1.5 * facts["pages"][0]["duration_s"]


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")
def test_a_dry_run_asks_the_machine_that_is_plugged_in_and_moves_nothing(letter, monkeypatch):
    from plotwriter.devices import transport
    from plotwriter.devices.simulator import make_board
    from plotwriter.devices.simulator.pty import PtyBoard

    machine = letter.facts["machine"]
    profile, plotted = load_profile(machine), ["plot", letter.folder / "letter.json", "--machine", machine, "--dry-run", "--json"]
    with PtyBoard(make_board(profile)) as served:
        vid, pid = (int(part, 16) for part in profile.connection.usb.split(":"))
        port = SimpleNamespace(device=served.path, vid=vid, pid=pid, serial_number="", description="")
        monkeypatch.setattr(transport, "listed_ports", lambda: [port])
        result = plotwriter(*plotted)
        assert result.code == 0, result.err
        checks = {check["name"]: check for check in json.loads(result.out)["preflight"]["checks"]}
        assert {"board", "pen now", "place"} <= checks.keys() and served.board.drawn() == []
    monkeypatch.setattr(transport, "listed_ports", lambda: [])
    result = plotwriter(*plotted)
    assert result.code == 0 and "not asked: " in result.err and "nothing was moved" in result.err


def test_a_dry_run_refuses_a_machine_that_cannot_do_it(letter, monkeypatch):
    """An old board, or one that knows no M3: there, and not after the paper is in."""
    from plotwriter.devices import simulator
    from plotwriter.devices.simulator import SimPort, grbl_gcode, make_board

    machine = letter.facts["machine"]
    if machine == "axidraw":
        monkeypatch.setattr(simulator, "simulated_port", lambda profile: SimPort(make_board(profile, firmware="2.5.0")))
    else:
        monkeypatch.setattr(grbl_gcode, "KNOWN_M", grbl_gcode.KNOWN_M - {3})
    result = plotwriter("plot", letter.folder / "letter.json", "--machine", machine, "--port", "sim", "--dry-run")
    assert result.code == 1 and ("firmware 2.5.0 is too old" in result.err or "GRBL error 20 at 'M3 S" in result.err)


def test_a_machine_without_power_is_refused(letter, monkeypatch):
    from plotwriter.devices import simulator
    from plotwriter.devices.simulator import Faults, SimPort, make_board

    if letter.facts["machine"] != "axidraw":
        pytest.skip("a GRBL board does not measure its supply")
    board = make_board(load_profile("axidraw"), faults=Faults(brown_out_at=1))
    monkeypatch.setattr(simulator, "simulated_port", lambda profile: SimPort(board))
    for more in ([], ["--dry-run"]):
        result = plotwriter("plot", letter.folder / "letter.json", "--port", "sim", *more)
        assert result.code == 1 and board.drawn() == []
        assert "the motors have no supply (3.9 V)" in result.err
