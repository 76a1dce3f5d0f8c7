"""~/.vpype.toml: gwrite profiles and pens, the user's own beside those that are bundled."""

import subprocess
import sys

import pytest

from plotwriter.exchange import to_json
from tests.factories import make_document

CONFIG = """
[gwrite.mine]
document_start = "start {filename}\\n"
layer_start = "pen {vp_name}\\n"
segment_first = "up {x:.2f} {y:.2f}\\n"
segment = "down {x:.2f} {y:.2f}\\n"
unit = "mm"

[gwrite.broken]
segment = "{nothing}"

[pen_config.desk]
layers = [
    { layer_id = 1, name = "fountain pen", color = "#102040", pen_width = "0.7mm" },
    { layer_id = 3, name = "red", color = "red" },
]
[pen_config.damaged]
layers = [{ name = "no number" }]
"""


@pytest.fixture
def at_home(tmp_path):
    """A folder with a job, whose owner has a .vpype.toml; commands run as processes since vpype reads it once."""
    pytest.importorskip("vpype_gcode")
    (tmp_path / ".vpype.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "job.json").write_text(to_json(make_document(n_words=3)), encoding="utf-8")

    def run(*args):
        program = [sys.executable, "-m", "plotwriter", *args]
        return subprocess.run(program, cwd=tmp_path, env={"HOME": str(tmp_path), "PATH": ""}, capture_output=True, text=True)

    return run


def test_gwrite_profiles_and_pens_are_read(at_home, tmp_path):
    done = at_home("preview", "job.json", "-o", "job.gcode", "-o", "job.svg", "--gwrite", "mine", "--pens", "desk")
    assert done.returncode == 0, done.stderr
    code, svg = ((tmp_path / name).read_text(encoding="utf-8") for name in ("job.gcode", "job.svg"))
    document = make_document(n_words=3)
    assert code.startswith("start job.gcode\npen fountain pen\nup ") and code.count("up ") == len(document.pages[0].strokes)
    first = next(stroke for stroke in document.pages[0].strokes if len(stroke.points) > 1).points[0]
    assert f"up {first.real:.2f} {first.imag:.2f}\n" in code
    assert 'inkscape:label="1 fountain pen"' in svg and 'stroke-width="0.7"' in svg and 'stroke="#102040"' in svg


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("-o", "a.gcode", "--gwrite", "min"), "no profile is called 'min'; did you mean \"mine\""),
        (("-o", "a.gcode", "--gwrite", "broken"), "--gwrite broken: the profile does not work: "),
        (("-o", "a.svg", "--gwrite", "mine"), "is about .gcode files"),
        (("-o", "a.svg", "--pens", "dsk"), "no pens are called 'dsk'; did you mean \"desk\""),
        (("-o", "a.svg", "--pens", "damaged"), "[pen_config.damaged] is damaged"),
    ],
)
def test_what_is_wrong_is_one_line(at_home, tmp_path, options, message):
    done = at_home("preview", "job.json", *options)
    assert done.returncode in (1, 2) and message in done.stderr and done.stderr.count("\n") == 1
    assert not list(tmp_path.glob("a.*"))


def test_pens_are_chosen_by_name(at_home, tmp_path):
    (tmp_path / "menu.md").write_text("# Tea\n\ngreen", encoding="utf-8")
    write = ("write", "menu.md", "-o", "menu.json", "--seed", "1", "--draws", "1")
    done = at_home(*write, "--pens", "desk", "--pen", "heading=red", "-q")
    assert done.returncode == 0 and '"pen": 3' in (tmp_path / "menu.json").read_text(encoding="utf-8"), done.stderr
    assert "known: fountain pen, red" in at_home(*write, "--pens", "desk", "--pen", "heading=blue").stderr
    assert "name the set with --pens" in at_home(*write, "--pen", "heading=red").stderr
