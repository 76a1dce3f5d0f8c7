import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from plotwriter.exchange import to_json
from plotwriter.ink import Document
from tests.cli.runner import Result, plotwriter
from tests.devices.factories import make_page

TEXT = "Dear Ada, it is I.\nYes!"
SEED = 7
MACHINES = {"axidraw": (".svg", ".json", ".png"), "grbl_servo": (".svg", ".json", ".png", ".gcode")}


@dataclass(frozen=True)
class Written:
    """One run of `plotwriter write` on a simulated machine, with every kind of file."""

    folder: Path
    result: Result
    facts: dict[str, Any]


@pytest.fixture(autouse=True)
def own_home(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("PLOTWRITER_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="session")
def letters(tmp_path_factory) -> dict[str, Written]:
    found = {}
    for machine, suffixes in MACHINES.items():
        folder = tmp_path_factory.mktemp(machine)
        (folder / "letter.txt").write_text(TEXT, encoding="utf-8")
        outputs = [part for suffix in suffixes for part in ("-o", folder / f"letter{suffix}")]
        result = plotwriter(
            "write", folder / "letter.txt", "--seed", str(SEED), "--paper", "a6", "--landscape", "--margin", "10mm", "--size", "2mm",
            "--machine", machine, "--port", "sim", "--json", *outputs,
        )  # fmt: skip
        assert result.code == 0, result.err
        found[machine] = Written(folder, result, json.loads(result.out))
    return found


@pytest.fixture(params=sorted(MACHINES))
def letter(request, letters) -> Written:
    return letters[request.param]


@pytest.fixture
def job(tmp_path) -> Path:
    """Four words, twelve strokes and a full stop, in a file."""
    ink = make_page(n_words=4)
    path = tmp_path / "letter.json"
    path.write_text(to_json(Document((ink,), ink.text)))
    return path
