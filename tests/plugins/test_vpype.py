"""`vpype handwrite` in a pipeline of the installed vpype."""

import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

from plotwriter.ink import Page
from plotwriter.layout import read_svg
from plotwriter.letter import Sheet, compose
from plotwriter.samplers.protocol import Manner
from plotwriter.strokes import dots
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
    written = compose("Dear Ada. ⇒I№", find_style("linden"), Sheet(Page(2000, 2000), margins=(0.0,) * 4)).document.pages[0]
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
        "Dear Ada", leaning(find_style("linden"), 8.0), Sheet(Page(2000, 2000), margins=(0.0,) * 4), seed=2,
        manner=Manner(0.8, 0.0), respell=Respell({2: 1}),
    )  # fmt: skip
    lengths = sorted(stroke.length for stroke in dots(letter.document.pages[0]).strokes)
    assert sorted(stroke.length for stroke in page.strokes) == pytest.approx(lengths, abs=0.1)


@pytest.mark.parametrize("option", ["--slant=80", "--legibility=2", "--variation=-1", "--respell=9"])
def test_a_bad_option_is_one_line(tmp_path, option):
    done = vpype("handwrite", option, "Ada", "write", "out.svg", cwd=tmp_path)
    assert done.returncode != 0 and not list(tmp_path.iterdir())
    assert done.stderr.count("\n") == 1 and option.partition("=")[0] in done.stderr and "Traceback" not in done.stderr
