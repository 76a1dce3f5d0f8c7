"""Help, lists and completion: what is installed, at once."""

import json
import os
import subprocess
import sys

import pytest
from PIL import Image

from plotwriter.cli import COMMANDS
from tests.cli.runner import plotwriter


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)], ids=lambda c: " ".join(c) or "plotwriter")
def test_every_command_explains_itself(command):
    result = plotwriter(*command, "--help")
    assert result.code == 0 and result.err == "" and result.out.startswith("Usage: plotwriter")
    if not command:
        assert all(f"\n  {name} " in result.out for name in COMMANDS)


def test_nothing_given_shows_the_help():
    result = plotwriter()
    assert result.code == 2 and "Commands:" in result.err


def test_version():
    from plotwriter import __version__

    assert plotwriter("--version").out.strip().endswith(__version__)


def test_styles():
    rows = json.loads(plotwriter("styles", "--json").out)
    assert len(rows) >= 3 and sum(row["default"] for row in rows) == 1
    table = plotwriter("styles").out
    for row in rows:
        assert row["description"] and row["name"] in table
        card = json.loads(plotwriter("styles", "show", row["name"], "--json").out)
        assert card["name"] == row["name"] and len(card["weights_hash"]) == 12
        assert plotwriter("styles", "show", row["name"]).code == 0


def test_pictures_of_the_hands(tmp_path):
    one = plotwriter("styles", "show", "linden", "--picture", tmp_path / "linden.svg")
    every = plotwriter("styles", "--picture", tmp_path / "styles.png")
    assert (one.code, every.code) == (0, 0), one.err + every.err
    assert "--picture linden.svg" in (tmp_path / "linden.svg").read_text(encoding="utf-8")
    with Image.open(tmp_path / "styles.png") as picture:
        assert min(picture.size) > 300 and len(picture.convert("L").getcolors()) > 10


def test_machines():
    listed = plotwriter("machines", "--json")
    assert listed.code == 0, listed.err
    assert {"axidraw", "grbl_servo"} <= {row["name"] for row in json.loads(listed.out)}
    assert "axidraw" in plotwriter("machines").out


def complete(*words):
    environment = os.environ | {"COMP_WORDS": " ".join(("plotwriter", *words)), "COMP_CWORD": str(len(words))}
    program = "from plotwriter.cli import main; main()"
    shell = subprocess.run(
        [sys.executable, "-c", program], env=environment | {"_PLOTWRITER_COMPLETE": "bash_complete"}, capture_output=True, text=True
    )
    return {line.partition(",")[2] for line in shell.stdout.split()}


def test_the_shell_completes_names():
    script = subprocess.run(
        [sys.executable, "-c", "from plotwriter.cli import main; main()"],
        env=os.environ | {"_PLOTWRITER_COMPLETE": "bash_source"},
        capture_output=True,
        text=True,
    )
    assert "complete -o nosort -F _plotwriter_completion plotwriter" in script.stdout
    assert "write" in complete("wr")
    assert "axidraw" in complete("write", "--machine", "axi")
    assert complete("write", "--respell", "dou") == {"doubtful"}
    assert complete("write", "--varia") == {"--variation"}
    assert {"a4", "a5"} <= complete("write", "--paper", "a")


def test_a_terminal_with_few_characters_is_enough(tmp_path):
    for command in (["styles"], ["styles", "--json"], ["machines"]):
        done = subprocess.run(
            [sys.executable, "-c", "from plotwriter.cli import main; main()", *command],
            env=os.environ | {"PYTHONIOENCODING": "ascii"},
            capture_output=True,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.isascii()


def test_mishaps_are_named():
    from plotwriter.cli.machines import FaultType

    kind = FaultType()
    assert kind.convert("disconnect-after=20", None, None) == ("disconnect_after", 20)
    result = plotwriter("machines", "serve", "axidraw", "--fault", "fire=3")
    assert result.code == 2 and "brown_out_at" in result.err


def test_a_machine_as_a_vpype_gcode_profile():
    import tomllib

    found = tomllib.loads(plotwriter("machines", "gwrite", "grbl_servo").out)["gwrite"]["plotwriter_grbl_servo"]
    assert found["unit"] == "mm" and found["vertical_flip"] and "{x:.3f}" in found["segment"]
    assert plotwriter("machines", "gwrite", "axidraw").code == 1
