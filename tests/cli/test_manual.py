"""One movement at a time, on every kind of board; what each leaves is seen on its simulator."""

import json

import pytest

from plotwriter.config import home
from plotwriter.devices import load_profile, open_device, simulated_board
from plotwriter.devices.manual import go, ladder, move_pen
from plotwriter.devices.page import home_of
from plotwriter.devices.simulator import Faults, SimPort, make_board
from plotwriter.errors import LayoutError
from tests.cli.runner import plotwriter

MACHINES = ["axidraw", "nextdraw_2234", "grbl_servo", "grbl_z", "fluidnc", "idraw_h", "marlin_servo", "marlin_z"]


@pytest.mark.parametrize("machine", MACHINES)
def test_pen_and_moves_on_the_board(machine):
    device = open_device(load_profile(machine), "sim", prepare=False)
    board = simulated_board(device)
    for down in (True, False, True, False):
        move_pen(device, down=down)
        assert device.pen_is_down() == board.pen_is_down == down
    here = go(device, 30 + 40j)
    assert abs(here - (30 + 40j)) < 0.02 and abs(board.position - here) < 0.02
    with pytest.raises(LayoutError, match="lies outside"):
        go(device, -5 + 0j)
    assert abs(device.where() - here) < 0.001
    device.motors_off()
    assert not board.pen_is_down and not device.position_known


@pytest.mark.parametrize("machine", MACHINES)
def test_the_ladder_has_a_rung_for_every_height_that_meets_the_paper(machine):
    profile = load_profile(machine)
    device = open_device(profile, "sim")
    board = simulated_board(device)
    pen = profile.pen
    heights = [pen.down + share * (pen.up - pen.down) for share in (0.8, 0.4, 0.2, 0.05, 0.0)]  # the paper is met at 0.1
    ladder(device, heights)
    drawn = board.drawn()
    assert len(drawn) == 2 and device.profile == profile
    assert all(abs(piece[-1] - piece[0]) == pytest.approx(10, abs=0.3) for piece in drawn)
    assert abs(drawn[1].imag.mean() - drawn[0].imag.mean()) == pytest.approx(4, abs=0.1)


@pytest.mark.parametrize("machine", ["axidraw", "grbl_servo", "marlin_servo"])
@pytest.mark.parametrize(
    "command",
    [["pen", "up"], ["pen", "toggle"], ["pen", "cycle", "--pen_pos_up", "70"], ["move", "10mm", "20mm"], ["home"], ["motors", "off"]],
    ids=" ".join,
)
def test_each_is_usable_alone(machine, command):
    result = plotwriter(*command, "--machine", machine, "--port", "sim")
    assert result.code == 0 and result.err.count("\n") == 1, result.err
    assert plotwriter(*command, "--machine", machine, "--port", "sim", "-q").err == ""


def test_a_pen_plotter_lifts_its_pen_and_finds_its_place_by_itself():
    device = open_device(load_profile("hp7475a"), "sim", prepare=False)
    board = simulated_board(device)
    for down in (True, False, True, False):
        move_pen(device, down=down)
        assert device.pen_is_down() == board.pen_is_down == down
    here = go(device, 30 + 40j)
    assert abs(here - (30 + 40j)) < 0.02 and abs(board.position - here) < 1e-6
    for command in (["pen", "up"], ["pen", "toggle"], ["pen", "cycle"], ["move", "10mm", "20mm"], ["jog", "5mm", "-5mm"], ["home"]):
        result = plotwriter(*command, "--machine", "hp7475a", "--port", "sim")
        assert result.code == 0 and result.err.count("\n") == 1, result.err
    for command, why in ((["motors", "off"], "not switched off by command"), (["home", "--here"], "has a home of its own")):
        refused = plotwriter(*command, "--machine", "hp7475a", "--port", "sim")
        assert refused.code == 1 and why in refused.err and refused.err.count("\n") == 1
    result = plotwriter("setup", "--machine", "hp7475a", "--port", "sim", "--name", "desk", stdin=b"n\n")  # a word? no; the rest it knows
    assert result.code == 0 and load_profile("desk").hpgl == load_profile("hp7475a").hpgl, result.err


def test_negative_lengths_are_lengths():
    assert "25.00, 213.00" in plotwriter("jog", "25mm", "-5mm", "--machine", "grbl_servo", "--port", "sim").err
    assert plotwriter("jog", "5mm", "-5mm", "--machine", "axidraw", "--port", "sim").code == 1
    assert plotwriter("jog", "5", "-x").code == 2


@pytest.mark.parametrize("machine", [*MACHINES, "hp7475a"])
def test_doctor_finds_nothing_on_a_healthy_machine(machine):
    result = plotwriter("doctor", "--machine", machine, "--port", "sim", "--json")
    assert result.code == 0, result.err
    checks = {check["name"]: check["verdict"] for check in json.loads(result.out)}
    assert checks["board"] == checks["cable"] == "ok"
    assert "ok" in plotwriter("doctor", "--machine", machine, "--port", "sim").out


def test_doctor_names_a_missing_board():
    result = plotwriter("doctor", "--machine", "axidraw", "--json")
    assert result.code == 1 and result.err == ""
    (check,) = json.loads(result.out)
    assert check["verdict"] == "refuse" and "04D8:FD92" in check["value"]


def test_doctor_hears_a_bad_cable_and_a_contrary_board():
    from plotwriter.devices.diagnosis import cable_checks
    from plotwriter.registry import load

    profile = load_profile("axidraw")
    device = load("device", "ebb")(profile, SimPort(make_board(profile, faults=Faults(garbage_at=30))))
    device.connect(prepare=False)
    *_, cable = cable_checks(device)
    assert cable.verdict == "refuse" and "bad" in cable.value

    profile = load_profile("grbl_servo")
    board = make_board(profile)
    board.settings[120], board.settings[21] = 10.0, 1.0
    device = load("device", "grbl")(profile, SimPort(board))
    device.connect(prepare=False)
    notes = [check.value for check in cable_checks(device) if check.verdict == "note"]
    assert len(notes) == 2 and notes[0].startswith("$120=10") and "hard limits" in notes[1]


@pytest.mark.parametrize("machine", ["axidraw", "grbl_z", "marlin_servo"])
def test_setup_walks_from_port_to_profile(machine):
    answers = "\n".join(["y", "y", "5", "y", "n", "200mm", "150mm", "n"]) + "\n"
    result = plotwriter("setup", "--machine", machine, "--port", "sim", "--name", "desk", stdin=answers.encode())
    assert result.code == 0, result.err
    found, base = load_profile("desk"), load_profile(machine)
    assert found.travel == (200, 150) and found.pen.down < found.pen.up and found.motion == base.motion
    assert (home() / "machines" / "desk.toml").read_text().count("\n") < 12
    assert plotwriter("pen", "up", "--machine", "desk", "--port", "sim").code == 0


def test_setup_turns_a_reversed_servo_round():
    answers = "\n".join(["n", "y", "n", "n", "n"]) + "\n"
    result = plotwriter("setup", "--machine", "axidraw", "--port", "sim", "--name", "turned", stdin=answers.encode())
    assert result.code == 0, result.err
    found, base = load_profile("turned").ebb, load_profile("axidraw").ebb
    assert (found.servo_bottom, found.servo_top) == (base.servo_top, base.servo_bottom)


def test_setup_that_is_broken_off_says_so():
    result = plotwriter("setup", "--machine", "axidraw", "--port", "sim", stdin=b"y\n")
    assert result.code == 130 and not (home() / "machines").exists()
    assert plotwriter("setup", "--machine", "axidraw", "--port", "sim", "--name", "axidraw").code == 1


def test_axiclis_names_fit():
    from plotwriter.cli.machine_options import adjusted

    options = dict.fromkeys(
        ["model", "pen_up", "pen_down", "speed", "speed_pendown", "speed_penup", "accel", "pen_delay_up", "pen_delay_down"]
    )
    plain = adjusted(None, "axidraw", options)
    same = adjusted(None, "axidraw", options | {"speed_pendown": 25, "speed_penup": 75, "accel": 75, "model": 1})
    assert same.motion.feed == pytest.approx(plain.motion.feed, rel=1e-2) and same.motion.accel == pytest.approx(plain.motion.accel)
    assert same.motion.travel_speed == pytest.approx(plain.motion.travel_speed, rel=1e-2)
    assert adjusted(None, "axidraw", options | {"model": 2}).travel == (430, 297)
    assert home_of(plain) == 0
