from __future__ import annotations

from pathlib import Path

import pytest

from plotwriter.devices import load_profile, profile_names
from plotwriter.devices.profile import Settle
from plotwriter.errors import ConfigError, FileError, PlotwriterError

SHIPPED = Path(__file__).resolve().parents[2] / "machines"


@pytest.mark.parametrize("name", profile_names())
def test_every_machine_loads(name: str) -> None:
    assert load_profile(name).name == name


def test_the_shipped_machines_are_there() -> None:
    assert {"axidraw", "grbl_servo"} <= set(profile_names())


def test_the_users_own_folder_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "machines").mkdir()
    text = (SHIPPED / "axidraw.toml").read_text().replace('"AxiDraw V3"', '"My own"')
    (tmp_path / "machines" / "axidraw.toml").write_text(text)
    (tmp_path / "machines" / "mine.toml").write_text(text)
    monkeypatch.setenv("PLOTWRITER_HOME", str(tmp_path))
    assert load_profile("axidraw").title == load_profile("mine").title == "My own"
    assert "mine" in profile_names()


def test_a_path_is_a_machine(tmp_path: Path) -> None:
    path = tmp_path / "other.toml"
    path.write_text((SHIPPED / "grbl_servo.toml").read_text())
    assert load_profile(str(path)).name == "other"
    with pytest.raises(FileError, match="no such file"):
        load_profile(str(tmp_path / "none.toml"))


@pytest.mark.parametrize("name", ["axidrw", "../axidraw", "", "AXI DRAW"])
def test_an_unknown_machine_names_the_known(name: str) -> None:
    with pytest.raises(ConfigError, match=r"no machine is called .*axidraw"):
        load_profile(name)


BROKEN = {
    "unknown key": ("travel_speed =", "travelspeed =", r"unknown key 'travelspeed'; did you mean \"travel_speed\"\?"),
    "no unit": ('"762mm/s2"', '"762 kg"', r"\[motion\] accel: '762 kg' is not a acceleration"),
    "pen upside down": ("up = 60", "up = 20", r"up \(20\) and down \(30\).*up must be the higher"),
    "rate": ("raise_rate = 75", "raise_rate = 0", r"raise_rate and lower_rate"),
    "no speed": ('feed = "50.2mm/s"', 'feed = "0mm/s"', r"feed must be above 0"),
    "device": ('device = "ebb"', 'device = "ebc"', r"no device is called 'ebc'; did you mean \"ebb\"\?"),
    "missing table": ('device = "ebb"', 'device = "grbl"', r"device 'grbl' needs a table \[gcode\]"),
    "usb": ("04D8:FD92", "04D8", r"'04D8' is not VENDOR:PRODUCT"),
    "slice": ('slice = "10ms"', 'slice = "1s"', r"slice: 1000 ms"),
    "kinematics": ('"corexy"', '"core_xy"', r"kinematics: 'core_xy' is not allowed; did you mean \"corexy\"\?"),
    "travel": ('"218mm"]', '"218mm", "5mm"]', r"travel: expected a list of 2, got 3"),
    "not toml": ("[motion]", "[motion", r"not valid TOML"),
    "missing": ("microstep = 1", "", r"'microstep' is missing"),
    "microstep": ("microstep = 1", "microstep = 9", r"microstep is 1 to 5"),
    "boolean": ("microstep = 1", "microstep = true", r"expected int, got True"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_profile_says_so_in_one_line(case: str, tmp_path: Path) -> None:
    old, new, message = BROKEN[case]
    text = (SHIPPED / "axidraw.toml").read_text()
    assert old in text
    path = tmp_path / "broken.toml"
    path.write_text(text.replace(old, new))
    with pytest.raises(PlotwriterError, match=message) as caught:
        load_profile(str(path))
    assert "\n" not in str(caught.value) and "broken.toml" in str(caught.value)


@pytest.mark.parametrize(("distance", "rate", "milliseconds"), [(30, 75, 130), (30, 50, 146), (0.5, 75, 0)])
def test_settle_times_are_axidraws(distance: float, rate: float, milliseconds: int) -> None:
    assert Settle(slope=0.00269, least=0.045, sweep=0.2).seconds(distance, rate) * 1000 == pytest.approx(milliseconds)
