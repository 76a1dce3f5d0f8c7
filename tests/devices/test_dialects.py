"""G-code in every dialect, as a file and as a vpype-gcode profile: a board that is fed it draws the ink."""

from __future__ import annotations

import gc
from pathlib import Path

import numpy as np
import pytest

from plotwriter.devices import load_profile, plan_page, write_gcode
from plotwriter.devices.gcode import from_wire, to_wire
from plotwriter.devices.gwrite import gwrite_profile
from plotwriter.devices.lifts import gcode_table
from plotwriter.devices.simulator import SimPort, make_board
from plotwriter.errors import ConfigError
from plotwriter.exchange import canonical
from plotwriter.ink import Document, Ink
from tests.devices.factories import make_page
from tests.factories import hausdorff

MACHINES = ["grbl_servo", "grbl_z", "grblhal", "fluidnc", "idraw_h", "marlin_servo", "marlin_z"]


def feed(machine: str, gcode: str) -> list[np.ndarray]:
    """What a board draws that is sent a file as any sender does: a line, then its ok."""
    port = SimPort(make_board(load_profile(machine)))
    port.read(5)
    for line in gcode.splitlines():
        if not line.partition(";")[0].strip():
            continue
        port.write(line.encode("ascii") + b"\n")
        heard = b""
        while b"ok" not in heard:
            heard += port.read(60)
            assert b"error" not in heard and b"Unknown" not in heard, (line, heard)
            assert port.board.clock.now() < 600
    assert not port.board.pen_is_down
    return port.board.drawn()


def make_ink() -> Ink:
    return canonical(Document((make_page(n_words=2),), "")).pages[0]


@pytest.mark.parametrize("machine", MACHINES)
def test_a_file_draws_the_ink_on_its_board(machine: str) -> None:
    profile, ink = load_profile(machine), make_ink()
    plan = plan_page(ink, profile)
    drawn = feed(machine, write_gcode(Document((ink,), ink.text), profile))
    assert len(drawn) == len(ink.strokes)
    for stroke, path in zip(ink.strokes, drawn, strict=True):
        assert hausdorff(plan.placement.to_machine(stroke.points), path) < (0.05 if len(stroke.points) > 1 else 0.11)


@pytest.mark.parametrize("machine", MACHINES)
def test_the_wire_and_back(machine: str) -> None:
    profile = load_profile(machine)
    points = np.array([0j, 3 + 4j, 100 + 20j, 1j * profile.travel[1]])
    x, y = to_wire(points, profile)
    assert [from_wire(*pair, profile) for pair in zip(x.tolist(), y.tolist(), strict=True)] == pytest.approx(points.tolist())
    assert abs(complex(x[-1], y[-1])) == 0  # work zero: the sheet's lower left


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")  # gwrite leaves its file open
@pytest.mark.parametrize("machine", MACHINES)
def test_gwrite_draws_the_same(machine: str, tmp_path: Path) -> None:
    """vpype reads the SVG of a page and writes it by our profile; the board draws the same strokes in the same places."""
    pytest.importorskip("vpype_gcode")
    from vpype_cli import execute

    from plotwriter.preview import to_svg

    profile, ink = load_profile(machine), make_ink()
    if profile.travel[0] < profile.travel[1]:
        pytest.skip("gwrite turns no sheet")
    document = Document((ink,), ink.text)
    (tmp_path / "page.svg").write_text(to_svg(document, 0))
    (tmp_path / "machine.toml").write_text(gwrite_profile(profile))
    target = tmp_path / "out.gcode"
    execute(f"read {tmp_path / 'page.svg'} gwrite -p plotwriter_{machine} {target}", global_opt=f"--config {tmp_path / 'machine.toml'}")
    gc.collect()
    ours, theirs = feed(machine, write_gcode(document, profile)), feed(machine, target.read_text())
    assert len(ours) == len(theirs) == len(ink.strokes)
    assert max(hausdorff(a, b) for a, b in zip(ours, theirs, strict=True)) < 0.1  # a board cuts corners at full speed, we slow down


def test_a_machine_without_gcode_has_no_gwrite_profile() -> None:
    with pytest.raises(ConfigError, match="not G-code"):
        gwrite_profile(load_profile("axidraw"))


def test_a_marlin_file_says_milliseconds_and_one_command_a_line() -> None:
    profile = load_profile("marlin_servo")
    lines = write_gcode(Document((make_ink(),), ""), profile).splitlines()
    code = [line for line in lines if line and not line.startswith(";")]
    assert {"M400", "G21", "G90"} <= set(code) and not any(" G" in line or " M" in line for line in code)
    dwells = [float(line.split("P")[1]) for line in code if line.startswith("G4")]
    assert min(dwells) >= 100 and gcode_table(profile).dialect == "marlin"
    assert all(code[i - 1] == "M400" and code[i + 1].startswith("G4") for i, line in enumerate(code) if line.startswith("M280"))
