"""What users of axicli, saxi and axi type: taken where it fits, else told what it is here; never taken for something else."""

import json

import pytest

from plotwriter.cli.habits import COMMAND_HINTS, OPTION_HINTS
from plotwriter.cli.machine_options import ADJUSTMENTS, adjusted
from plotwriter.devices import load_profile
from plotwriter.errors import ConfigError
from plotwriter.exchange import to_json
from plotwriter.ink import Document
from tests.cli.runner import plotwriter
from tests.devices.factories import make_page


def given(**options):
    return adjusted(None, "axidraw", dict.fromkeys(ADJUSTMENTS) | options)


@pytest.fixture
def job(tmp_path):
    ink = make_page(n_words=1)
    path = tmp_path / "job.json"
    path.write_text(to_json(Document((ink,), ink.text)))
    return path


def test_saxis_heights_are_its_own_pulses(capsys):
    """Higher is lower there: its defaults 50 and 60 are the pulses 17750 and 15700 it sends."""
    found = given(pen_up_height=50.0, pen_down_height=60.0)
    assert found.ebb.pulse(found.pen.up) == pytest.approx(17750, abs=12) and found.ebb.pulse(found.pen.down) == pytest.approx(15700, abs=12)
    said = capsys.readouterr().err
    assert "--pen-up-height 50 of saxi, where higher is lower, is --pen-up 43.9 here" in said
    brushless = given(pen_up_height=40.0, pen_down_height=60.0, hardware="brushless")
    assert (brushless.pen.up, brushless.pen.down) == (60, 40)


def test_saxis_heights_the_wrong_way_round_are_refused(job):
    result = plotwriter("plot", job, "--port", "sim", "--pen-up-height", "60", "--pen-down-height", "50")
    assert result.code == 1 and "up must be the higher one" in result.err
    result = plotwriter("plot", job, "--port", "sim", "--machine", "grbl_servo", "--pen-down-height", "50")
    assert result.code == 1 and "is saxi's name" in result.err


def test_brushless_servos_are_those_of_the_nextdraw():
    brushless, nextdraw = given(penlift=3), load_profile("nextdraw_8511")
    assert brushless.ebb.servo_pin == 2 and brushless.pen.settle == nextdraw.pen.settle and brushless.travel == (300, 218)
    assert (brushless.ebb.servo_bottom, brushless.ebb.servo_top, brushless.ebb.servo_slots) == (5400, 12600, 1)
    assert given(penlift=1) == given() == load_profile("axidraw") and given(hardware="nextdraw-2234").name == "nextdraw_2234"
    with pytest.raises(ConfigError, match="no EiBotBoard"):
        adjusted("grbl_servo", "axidraw", dict.fromkeys(ADJUSTMENTS) | {"penlift": 3})


def test_speeds_and_rates_are_taken():
    found = given(pen_down_max_velocity=40.0, pen_up_max_velocity=90.0, pen_down_acceleration=300.0, pen_up_acceleration=400.0)
    assert (found.motion.feed, found.motion.travel_speed, found.motion.accel, found.motion.travel_accel) == (40, 90, 300, 400)
    found = given(pen_rate_raise=50, pen_rate_lower=20, speed_pendown=25, speed=33.0)
    assert (found.pen.raise_rate, found.pen.lower_rate, found.motion.feed) == (50, 20, 33)


@pytest.mark.parametrize("penlift", ["1", "3"])
def test_a_job_is_plotted_with_them(job, penlift):
    options = ["--penlift", penlift, "--pen_pos_up", "70", "--pen-down-max-velocity", "30", "--model", "2"]
    result = plotwriter("plot", job, "--port", "sim", *options, "--json")
    assert result.code == 0, result.err
    assert json.loads(result.out)["drawn"] == 4


@pytest.mark.parametrize("option", sorted(OPTION_HINTS))
def test_an_option_of_theirs_says_what_it_is_here(option, job):
    result = plotwriter("plot", job, option, "1", "--port", "sim")
    assert result.code == 2 and result.err.count("\n") == 1 and OPTION_HINTS[option] in result.err


@pytest.mark.parametrize("command", sorted(COMMAND_HINTS))
def test_a_command_of_theirs_says_what_it_is_here(command):
    result = plotwriter(command)
    assert result.code == 2 and f"it is: plotwriter {COMMAND_HINTS[command]}" in result.err
    verb = COMMAND_HINTS[command].split()
    assert plotwriter(*[verb[0], "--help"]).code == 0


def test_a_height_is_no_movement():
    result = plotwriter("pen", "60")
    assert result.code == 2 and "pen up --pen-up 60" in result.err and "--pen-up-height 60" in result.err
