"""Whatever is wrong: one line that says where, what, what is allowed and what to do; nothing written, no trace."""

import contextlib
import fcntl
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from plotwriter.styles.store import SHIPPED
from tests.cli.runner import plotwriter

WEIGHTS = SHIPPED / "words.safetensors"
JSON = {"plotwriter": "0", "text": "a", "style": "", "seed": None, "pages": []}
STROKE = {"points": [[10, 10], [20, 20]], "span": [0, 1], "pen": 1}
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="{w}mm" height="{h}mm" viewBox="0 0 {w} {h}"><path d="{d}"/></svg>'
PROFILE = (Path(__file__).parents[2] / "machines" / "axidraw.toml").read_text(encoding="utf-8")


def job(*strokes, width=100, height=100):
    return json.dumps(JSON | {"pages": [{"width": width, "height": height, "strokes": list(strokes)}]})


def doctored(**metadata: str) -> bytes:
    """The shipped weights with other metadata."""
    content = WEIGHTS.read_bytes()
    n = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + n])
    header["__metadata__"] |= metadata
    encoded = json.dumps(header).encode()
    return len(encoded).to_bytes(8, "little") + encoded + content[8 + n :]


FILES: dict[str, Callable[[], str | bytes]] = {
    "letter.txt": lambda: "Dear Ada",
    "binary.txt": lambda: bytes(range(256)),
    "control.txt": lambda: "Dear\x00Ada",
    "empty.txt": lambda: "",
    "blank.txt": lambda: " \n\t\n",
    "cyrillic.txt": lambda: "Hi,\nпривет",
    "wide.txt": lambda: "wonderful",
    "near.toml": lambda: PROFILE.replace("travel_speed", "travelspeed"),
    "broken.toml": lambda: "title = \n",
    "unit.toml": lambda: PROFILE.replace('"50.2mm/s"', '"50.2kg"'),
    "empty.safetensors": lambda: b"",
    "noise.safetensors": lambda: bytes(range(256)) * 9,
    "cut.safetensors": lambda: WEIGHTS.read_bytes()[:-5000],
    "head.safetensors": lambda: WEIGHTS.read_bytes()[:500],
    "foreign.safetensors": lambda: doctored(format="pt"),
    "card.safetensors": lambda: doctored(card="{}"),
    "shape.safetensors": lambda: doctored(config="{}"),
    "broken.json": lambda: '{"plotwriter": ',
    "foreign.json": lambda: '{"name": 1}',
    "empty.json": lambda: json.dumps(JSON),
    "nan.json": lambda: job(STROKE | {"points": [[float("nan"), 1]]}),
    "span.json": lambda: job(STROKE | {"span": [0, 9]}),
    "beyond.json": lambda: job(STROKE | {"points": [[10, 10], [120, 20]]}),
    "a3.json": lambda: job(STROKE | {"points": [[10, 10], [280, 400]]}, width=297, height=420),
    "broken.svg": lambda: "<svg",
    "html.svg": lambda: "<html/>",
    "nothing.svg": lambda: SVG.format(w=100, h=100, d=""),
    "sizeless.svg": lambda: '<svg xmlns="http://www.w3.org/2000/svg"><path d="M1,1L2,2"/></svg>',
    "beyond.svg": lambda: SVG.format(w=100, h=100, d="M10,10L120,20"),
    "a3.svg": lambda: SVG.format(w=297, h=420, d="M10,10L280,400"),
}


@dataclass(frozen=True)
class Case:
    """A command that cannot work, run in a folder with FILES and a folder "folder"."""

    command: str
    says: tuple[str, ...]  #: all of these are in the one line
    code: int = 1


WRITE = "write letter.txt -o out.svg"
CASES = [
    Case("write none.txt -o out.svg", ("none.txt", "no such file")),
    Case("write folder -o out.svg", ("folder", "is a folder")),
    Case("write . -o out.svg", ("is a folder",)),
    Case("preview .", ("is a folder",)),
    Case("write binary.txt -o out.svg", ("binary.txt", "UTF-8", "0x80 at 128")),
    Case("write control.txt -o out.svg", ("line 1 column 5", "U+0000", "binary file")),
    Case("write empty.txt -o out.svg", ("no text",)),
    Case("write blank.txt -o out.svg", ("no text",)),
    Case("estimate blank.txt", ("no text",)),
    Case("write cyrillic.txt -o out.svg -o out.json", ("line 2 column 1", "CYRILLIC SMALL LETTER PE", "--on-missing skip")),
    Case("write letter.txt", ("nothing to do", "--preview", "--machine"), 2),
    Case(f"{WRITE} --dry-run", ("--dry-run", "--machine axidraw"), 2),
    Case(f"{WRITE} --port sim", ("--port", "--machine axidraw"), 2),
    Case("write a.svg -o out.svg", ("a.svg", "plotwriter plot"), 2),
    Case("write", ("FILE",), 2),
    Case(f"{WRITE} --style lindn", ("'lindn'", '"linden"', "known:")),
    Case(f"{WRITE} --machine axidrw", ("'axidrw'", '"axidraw"', "known:")),
    Case("estimate letter.txt --machine axidrw", ("'axidrw'", '"axidraw"')),
    Case("plot a3.svg --machine axidrw", ("'axidrw'", '"axidraw"')),
    Case(f"{WRITE} --paper a55", ("--paper", "'a55'", '"a5"', "100x150mm")),
    Case(f"{WRITE} --paper 10xmm", ("--paper", "'mm' is not a length")),
    Case("wirte letter.txt", ("'wirte'", '"write"'), 2),
    Case(f"{WRITE} --stile linden", ("--stile", "--style"), 2),
    Case("write letter.txt -o out.pdf", ("out.pdf", "suffix", ".svg")),
    Case("write letter.txt -o out", ("out", "suffix", ".svg")),
    Case("write letter.txt -o out.svg -o out.svg", ("out.svg", "twice")),
    Case("plot letter.txt", ("letter.txt", "plotwriter write"), 2),
    Case("preview a3.svg", ("a3.svg", "-o"), 2),
    Case(f"{WRITE} --size 3kg", ("--size", "'3kg'", "mm"), 2),
    Case(f"{WRITE} --size 1e9m", ("--size", "10 m", "unit"), 2),
    Case(f"{WRITE} --paper 9x9m", ("--paper", "'9x9m'", "5000 mm", "unit")),
    Case(f"{WRITE} --size 0", ("--size", "above 0"), 2),
    Case(f"{WRITE} --margin -3mm", ("--margin", "-3mm"), 2),
    Case(f"{WRITE} --margin 1 --margin 2", ("--margin", "2 times", "four times"), 2),
    Case(f"{WRITE} --seed -1", ("--seed", "'-1'"), 2),
    Case(f"{WRITE} --seed x", ("--seed", "'x'", "random"), 2),
    Case(f"{WRITE} --slant 80", ("--slant", "80", "-45", "60", "linden has 20")),
    Case(f"{WRITE} --slant nan", ("--slant", "nan")),
    Case(f"{WRITE} --slant +5", ("--slant", "'+5'", "slant itself", "10"), 2),
    Case(f"{WRITE} --slant steep", ("--slant", "'steep'", "degrees"), 2),
    Case(f"{WRITE} --legibility 2", ("--legibility", "2", "0<=x<=1"), 2),
    Case(f"{WRITE} --legibility nan", ("--legibility", "nan", "most careful")),
    Case(f"{WRITE} --variation 3", ("--variation", "3", "0<=x<=2.5"), 2),
    Case(f"{WRITE} --respell 0", ("--respell", "'0'", "5,23"), 2),
    Case(f"{WRITE} --respell Ada", ("--respell", "'Ada'", "5,23", "doubtful"), 2),
    Case(f"{WRITE} --respell 2,3", ("--respell", "word 3", "has 2 words", "--numbers")),
    Case("preview letter.txt --numbers -o out.json", ("out.json", "--numbers", ".svg"), 2),
    Case("styles --picture out.pdf", ("out.pdf", "suffix")),
    Case("styles --picture out.json", ("out.json", ".png"), 2),
    Case("styles --picture out.png show linden", ("--picture", "after"), 2),
    Case("styles show linden --picture none/out.png", ("none/out.png", "no folder")),
    Case(f"{WRITE} --draws 0", ("--draws", "1"), 2),
    Case(f"{WRITE} --on-missing guess", ("--on-missing", "guess", "substitute"), 2),
    Case(f"{WRITE} --device cuda", ("cuda", "--device")),
    Case(f"{WRITE} --machine axidraw --port none --yes", ("none", "no such port")),
    Case(f"{WRITE} --machine axidraw --port letter.txt --yes", ("letter.txt", "port")),
    Case(f"{WRITE} --machine axidraw --port busy --yes", ("busy", "close the other program")),
    Case("plot job.json --machine axidraw --port busy --yes -o out.svg", ("busy", "close the other program")),
    Case(f"{WRITE} --machine axidraw", ("no terminal", "--yes")),
    Case("plot job.json -o out.svg", ("no terminal", "--yes")),
    Case(f"{WRITE} --machine near.toml --port sim", ("near.toml [motion]", "'travelspeed'", '"travel_speed"')),
    Case(f"{WRITE} --machine broken.toml --port sim", ("broken.toml", "not valid TOML", "line 1")),
    Case(f"{WRITE} --machine unit.toml --port sim", ("unit.toml [motion] feed", "'50.2kg'", "mm/s")),
    Case(f"{WRITE} --machine none.toml --port sim", ("none.toml", "no such file")),
    Case(f"{WRITE} --style none.safetensors", ("none.safetensors", "plotwriter styles")),
    Case(f"{WRITE} --style empty.safetensors", ("empty.safetensors", "not a weights file")),
    Case(f"{WRITE} --style noise.safetensors", ("noise.safetensors", "not a weights file")),
    Case(f"{WRITE} --style head.safetensors", ("head.safetensors", "not a weights file")),
    Case(f"{WRITE} --style cut.safetensors", ("cut.safetensors", "reinstall")),
    Case(f"{WRITE} --style foreign.safetensors", ("foreign.safetensors", "'pt'", "another program")),
    Case(f"{WRITE} --style card.safetensors", ("card.safetensors", "styles", "damaged")),
    Case(f"{WRITE} --style shape.safetensors", ("shape.safetensors", "reinstall")),
    Case(f"{WRITE} --style {WEIGHTS}:lindn", ("'lindn'", '"linden"')),
    Case("styles show lindn", ("'lindn'", '"linden"')),
    Case(f"{WRITE} --paper 41x60mm", ('"Dear"', "mm wide", "smaller --size")),
    Case(f"{WRITE} --paper 100x45mm", ("not one line fits", "45 mm", "larger paper")),
    Case("write wide.txt -o out.svg --paper a6 --size 15mm", ('"wonderful"', "mm wide", "smaller --size")),
    Case(f"{WRITE} --margin 150mm", ("--margin", "210 x 297", "narrower")),
    Case("write letter.txt -o none/out.svg", ("none/out.svg", "no folder", "create it")),
    Case("write letter.txt -o out.json -o none/out.svg", ("none/out.svg", "no folder")),
    Case("write letter.txt -o folder.svg", ("folder.svg", "is a folder")),
    Case("write letter.txt -o out.svg -o out.gcode --machine axidraw --port sim", ("out.gcode", "'ebb'", "grbl_servo")),
    Case(f"{WRITE} --margin 240,20,20,20", ("--margin", "240,20,20,20", "5mm"), 2),
    Case(
        f"{WRITE} -o out.json --machine axidraw --port sim --paper a3 --quiet",
        ("axidraw", "300 x 218 mm", "'D", "smaller paper"),
    ),
    Case("plot a3.json --port sim -o out.svg", ("axidraw", "300 x 218 mm", "smaller paper")),
    Case("plot a3.svg --port sim -o out.json", ("axidraw", "300 x 218 mm", "smaller paper")),
    Case("plot a3.svg --port sim --dry-run -o out.json", ("axidraw", "300 x 218 mm", "smaller paper")),
    Case("preview a3.json -o out.svg -o out.gcode", ("grbl_servo", "300 x 218 mm", "smaller paper")),
    Case("preview job.json -o out.png --size 3mm --seed 4", ("job.json", "--size, --seed", "as it is"), 2),
    Case("estimate a3.svg --landscape", ("a3.svg", "--landscape", "as it is"), 2),
    Case(f"{WRITE} --machine axidraw --port= --yes", ("--port", "empty", '"sim"')),
    Case("plot none.json --port sim", ("none.json", "no such file")),
    Case("plot none.svg --port sim", ("none.svg", "no such file")),
    Case("plot broken.json --port sim", ("broken.json", "not valid JSON", "line 1")),
    Case("plot foreign.json --port sim", ("foreign.json", "'name'", "plotwriter, text, style, seed, pages")),
    Case("plot empty.json --port sim", ("empty.json", "no strokes")),
    Case("plot nan.json --port sim", ("nan.json", "NaN")),
    Case("plot span.json --port sim", ("span.json", "strokes[0].span[1]", "9")),
    Case("plot beyond.json --port sim", ("beyond.json", '"a" by 20.0 mm at the right', "100 x 100 mm")),
    Case("plot broken.svg --port sim", ("broken.svg", "not an SVG")),
    Case("plot html.svg --port sim", ("html.svg", "<html>")),
    Case("plot nothing.svg --port sim", ("nothing.svg", "no lines")),
    Case("plot sizeless.svg --port sim", ("sizeless.svg", "width", "210mm")),
    Case("plot beyond.svg --port sim", ("beyond.svg", "20.0 mm at the right", "100 x 100 mm")),
]


@contextlib.contextmanager
def busy_port(path: Path):
    """A serial port that another program holds."""
    master, slave = os.openpty()
    path.symlink_to(os.ttyname(slave))
    fcntl.flock(slave, fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        yield
    finally:
        os.close(slave)
        os.close(master)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("bad")
    for name, content in FILES.items():
        made = content()
        (path / name).write_bytes(made if isinstance(made, bytes) else made.encode())
    (path / "job.json").write_text(job(STROKE))
    (path / "folder").mkdir()
    (path / "folder.svg").mkdir()
    with busy_port(path / "busy"):
        yield path


@pytest.mark.skipif(sys.platform == "win32", reason="the busy port is a pseudo-terminal")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.command.replace(str(SHIPPED), "SHIPPED"))
def test_bad_input(case, folder, monkeypatch):
    if "--device cuda" in case.command:
        torch = pytest.importorskip("torch")
        if torch.cuda.is_available():
            pytest.skip("there is a GPU")
    monkeypatch.chdir(folder)
    before = sorted(folder.rglob("*"))
    result = plotwriter(*case.command.split())
    assert result.code == case.code, result.err
    assert result.err.startswith("plotwriter: ") and result.err.count("\n") == 1 and result.out == ""
    assert [part for part in case.says if part not in result.err] == [], result.err
    assert sorted(folder.rglob("*")) == before


def test_a_damaged_style_of_the_user_is_said_beside_the_good_ones(tmp_path, monkeypatch):
    monkeypatch.setenv("PLOTWRITER_HOME", str(tmp_path))
    (tmp_path / "styles").mkdir()
    (tmp_path / "styles" / "mine.safetensors").write_bytes(b"123")
    listed = plotwriter("styles", "--json")
    assert listed.code == 0 and "mine.safetensors" in listed.err and "linden" in listed.out
    assert "mine.safetensors" in plotwriter("styles", "show", "mine").err


def test_nothing_is_loaded_for_a_command_that_cannot_work(folder, monkeypatch):
    """Bad outputs, ports, machines and empty texts are told without torch."""
    import subprocess

    monkeypatch.chdir(folder)
    program = (
        "import sys\nfrom plotwriter.cli import main\n"
        "try: main(sys.argv[1:])\nexcept SystemExit as e: assert e.code == 1, e.code\n"
        "assert 'torch' not in sys.modules"
    )
    for command in ("write empty.txt -o out.svg", "write letter.txt -o none/out.svg", f"{WRITE} --machine axidraw --port none --yes"):
        done = subprocess.run([sys.executable, "-c", program, *command.split()], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert done.returncode == 0 and done.stderr.count("\n") == 1, done.stderr


def test_a_closed_standard_input_is_told(monkeypatch):
    import subprocess

    command = "from plotwriter.cli import main; main(['write', '-', '-o', 'out.svg'])"
    done = subprocess.run([sys.executable, "-c", f"import sys; sys.stdin = None; {command}"], capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "standard input" in done.stderr


def test_a_full_disk_is_told_and_leaves_no_part(tmp_path):
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    (tmp_path / "out.svg").symlink_to("/dev/full")
    result = plotwriter("write", "-", "-o", tmp_path / "out.svg", "-q", stdin=b"Ada")
    assert (result.code, result.err.count("\n")) == (1, 1) and "No space left" in result.err
    assert [path.name for path in tmp_path.iterdir()] == ["out.svg"]
