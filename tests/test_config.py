import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from plotwriter.config import from_table, home, load_toml, near_miss, read_text
from plotwriter.errors import ConfigError, FileError
from plotwriter.units import Angle, Length, Speed


@dataclass(frozen=True)
class Motion:
    feed: Speed
    corner: Length = 0.1


@dataclass(frozen=True)
class Machine:
    name: str
    travel: tuple[Length, Length]
    motion: Motion
    port: str | None = None
    baud: int = 115200
    factor: float = 1.0
    flipped: bool = False
    kind: Literal["ebb", "grbl"] = "ebb"
    tilt: Angle | None = None
    steps: tuple[int, ...] = ()

    def __post_init__(self):
        if self.baud < 0:
            raise ValueError("baud is below 0")


TOML = 'name = "a"\ntravel = ["30cm", 218]\n[motion]\nfeed = "3000mm/min"\n'
TABLE = {"name": "a", "travel": ["30cm", 218], "motion": {"feed": "3000mm/min"}}


def test_a_file_becomes_a_dataclass(tmp_path):
    path = tmp_path / "m.toml"
    path.write_text('\ufeffkind = "grbl"\nsteps = [1, 2, 3]\nfactor = 2\nflipped = true\nport = "x"\n' + TOML, encoding="utf-8")
    machine = load_toml(path, Machine)
    assert machine.travel == (300.0, 218.0) and machine.motion == Motion(50.0, 0.1)
    assert (machine.kind, machine.steps, machine.factor, machine.flipped, machine.port) == ("grbl", (1, 2, 3), 2.0, True, "x")
    assert dataclasses.replace(machine, baud=9600).baud == 9600


def test_optional_quantities_are_quantities():
    assert from_table(TABLE | {"tilt": "0.1rad"}, Machine, where="m").tilt == 0.1
    assert from_table(TABLE, Machine, where="m").tilt is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"nmae": "b"}, "unknown key 'nmae'; did you mean \"name\""),
        ({"motion": {"fed": 1, "feed": 1}}, r"m \[motion\]: unknown key 'fed'; did you mean \"feed\""),
        ({"motion": {}}, r"m \[motion\]: 'feed' is missing"),
        ({"motion": 5}, r"expected a table \[motion\]"),
        ({"motion": {"feed": "5kg"}}, "is not a speed"),
        ({"name": 5}, "name: expected str"),
        ({"baud": "9600"}, "baud: expected int"),
        ({"baud": True}, "baud: expected int"),
        ({"baud": 1.5}, "baud: expected int"),
        ({"baud": -1}, "m: baud is below 0"),
        ({"factor": float("inf")}, "finite"),
        ({"factor": True}, "factor: expected float"),
        ({"flipped": 1}, "flipped: expected bool"),
        ({"kind": "gerbil"}, "'gerbil' is not allowed; did you mean \"grbl\""),
        ({"travel": [1]}, "expected a list of 2, got 1"),
        ({"travel": 1}, "expected a list"),
        ({"steps": [1, "2"]}, r"steps\[1\]: expected int"),
    ],
)
def test_a_wrong_key_or_value_is_named(change, message):
    with pytest.raises(ConfigError, match=message):
        from_table(TABLE | change, Machine, where="m")


def test_a_missing_key_is_named():
    with pytest.raises(ConfigError, match="'name' is missing"):
        from_table({key: value for key, value in TABLE.items() if key != "name"}, Machine, where="m")


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(FileError, match="no such file"):
        read_text(tmp_path / "none")
    with pytest.raises(FileError, match="is a folder"):
        read_text(tmp_path)
    path = tmp_path / "latin.txt"
    path.write_bytes("é".encode("latin-1"))
    with pytest.raises(FileError, match="0xe9 at 0"):
        read_text(path)
    path.write_text("a = ")
    with pytest.raises(ConfigError, match=r"latin\.txt: not valid TOML"):
        load_toml(path, Machine)


def test_near_miss_and_home(monkeypatch, tmp_path):
    assert near_miss("zzz", []) == "known: (none)"
    assert near_miss("grbl_zz", ["grbl_z", "ebb"]).startswith('did you mean "grbl_z"? known: ebb, grbl_z')
    monkeypatch.setenv("PLOTWRITER_HOME", str(tmp_path))
    assert home() == tmp_path
    monkeypatch.delenv("PLOTWRITER_HOME")
    assert isinstance(home(), Path) and home().name == "plotwriter"
