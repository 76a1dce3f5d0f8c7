"""`vpype handwrite` in a pipeline of the installed vpype."""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np
import pytest

from plotwriter.ink import Page
from plotwriter.layout import read_svg
from plotwriter.letter import Sheet, compose
from plotwriter.samplers.protocol import Manner
from plotwriter.strokes import dots, measured_slant
from plotwriter.strokes.baseline import lower_extrema
from plotwriter.strokes.rows import estimated_x_height, rows_of
from plotwriter.styles import find_style, leaning
from plotwriter.text import Respell

VPYPE = shutil.which("vpype", path=sysconfig.get_path("scripts")) or shutil.which("vpype")

pytestmark = pytest.mark.skipif(VPYPE is None, reason="the vpype command is not on the path")


def vpype(*args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    assert VPYPE is not None
    return subprocess.run([VPYPE, *args], cwd=cwd, capture_output=True, text=True)


def test_handwriting_on_a5(tmp_path):
    done = vpype("handwrite", "Dear Ada. ⇒I№", "layout", "--no-bbox", "a5", "write", "out.svg", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("handwrite: ") == 2  # the arrow and the sign
    (page,) = read_svg(tmp_path / "out.svg")
    assert (page.page.width, page.page.height) == pytest.approx((148, 210), abs=0.1)
    left, top, right, bottom = page.bounds()
    assert 0 < left < right < page.page.width and 0 < top < bottom < page.page.height
    written = compose("Dear Ada. ⇒I№", find_style("linden"), Sheet(Page(2000, 2000), margins=(0.0,) * 4, naturalness=0.4)).document.pages[0]
    lengths = sorted(stroke.length for stroke in dots(written).strokes)
    assert sorted(stroke.length for stroke in page.strokes) == pytest.approx(lengths, abs=0.1)


def test_an_unknown_style_is_one_line(tmp_path):
    done = vpype("handwrite", "--style", "lindn", "Ada", "write", "out.svg", cwd=tmp_path)
    assert done.returncode != 0 and not list(tmp_path.iterdir())
    assert done.stderr.count("\n") == 1 and '"linden"' in done.stderr and "Traceback" not in done.stderr


def test_manner_and_respelling_are_those_of_the_command_line(tmp_path):
    done = vpype(
        "handwrite", "--seed", "2", "--slant", "8", "--legibility", "0.8", "--variation", "0", "--respell", "2", "Dear Ada", "write",
        "out.svg", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (page,) = read_svg(tmp_path / "out.svg")
    letter = compose(
        "Dear Ada", leaning(find_style("linden"), 8.0), Sheet(Page(2000, 2000), margins=(0.0,) * 4, naturalness=0.4), seed=2,
        manner=Manner(0.8, 0.0), respell=Respell({2: 1}),
    )  # fmt: skip
    lengths = sorted(stroke.length for stroke in dots(letter.document.pages[0]).strokes)
    assert sorted(stroke.length for stroke in page.strokes) == pytest.approx(lengths, abs=0.1)


@pytest.mark.parametrize("option", ["--slant=80", "--legibility=2", "--variation=-1", "--respell=9"])
def test_a_bad_option_is_one_line(tmp_path, option):
    done = vpype("handwrite", option, "Ada", "write", "out.svg", cwd=tmp_path)
    assert done.returncode != 0 and not list(tmp_path.iterdir())
    assert done.stderr.count("\n") == 1 and option.partition("=")[0] in done.stderr and "Traceback" not in done.stderr


DRAWING = ("line", "--layer", "1", "2cm", "2cm", "8cm", "3cm", "circle", "--layer", "2", "5cm", "5cm", "1cm", "pagesize", "a5")


def test_every_command_keeps_layers_pages_and_metadata(tmp_path):
    (tmp_path / "empty.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9mm" height="9mm" viewBox="0 0 9 9"/>')
    stages = ("baseline", "deslant", "handsmooth", "humanize")
    for begin in (DRAWING, ("read", "empty.svg")):
        done = vpype(*begin, "penwidth", "-l", "1", "0.7mm", *stages, "write", "out.svg", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    done = vpype(*DRAWING, "name", "-l", "2", "red pen", *stages, "stat", cwd=tmp_path)
    assert done.returncode == 0 and "red pen" in done.stdout and "Layer 2" in done.stdout


def test_lines_go_back_to_their_rows(tmp_path):
    """Written text, tilted by a degree and a half, is level again; slanted, it is upright."""
    text = "minimum morning running nine minimum near the summer moon in June"
    made = vpype("handwrite", "--seed", "3", "-w", "10cm", text, "rotate", "1.5", "write", "a.svg", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    done = vpype("read", "a.svg", "baseline", "deslant", "--to", "5", "write", "b.svg", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (before,), (after,) = (read_svg(tmp_path / name) for name in ("a.svg", "b.svg"))
    x_height = estimated_x_height(after)

    def tilt(ink):
        slopes = []
        for _, row in rows_of(ink, x_height):
            low = np.concatenate([lower_extrema(ink.strokes[k].points, 0.3 * x_height) for k in row])
            slopes.append(abs(np.polyfit(low.real, low.imag, 1)[0]))
        return np.median(slopes)

    assert tilt(after) < 0.5 * tilt(before)
    assert np.degrees(measured_slant(after)) == pytest.approx(5, abs=1.5)


def test_a_drawing_is_estimated_and_plotted(tmp_path):
    done = vpype(*DRAWING, "plotestimate", "penplot", "--port", "sim", "write", "out.svg", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "plotestimate: AxiDraw" in done.stderr and "penplot: 2 strokes drawn" in done.stderr
    for bad in (("plotestimate",), (*DRAWING, "plotestimate", "-m", "axidrw"), (*DRAWING, "humanize", "-n", "3")):
        failed = vpype(*bad, cwd=tmp_path)
        assert failed.returncode != 0 and failed.stderr.strip().count("\n") == 0 and "Traceback" not in failed.stderr


def test_the_commands_load_without_torch():
    program = "import sys, vpype_handwrite, vpype_plotwriter; assert not {'torch', 'serial'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
