"""A job cut off, as a person meets it: what is said, where it goes on, what the sheet looks like in the end."""

import json
import signal
import sys

import numpy as np
import pytest

from plotwriter.cli import menu
from plotwriter.cli import run as run_module
from plotwriter.cli.menu import adjusted
from plotwriter.devices import load_profile, simulator
from plotwriter.devices.journal import jobs_folder, unfinished
from plotwriter.devices.page import home_of
from plotwriter.devices.simulator import EbbBoard, Faults, SimPort, make_board, replug
from plotwriter.devices.transport import Identity
from plotwriter.exchange import to_json
from tests.cli.runner import plotwriter
from tests.devices.factories import WatchedPort, make_page

MACHINES = ["axidraw", "grbl_servo", "marlin_servo", "hp7475a"]
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")


class Desk:
    """One simulated machine that outlives its ports."""

    def __init__(self, monkeypatch, machine, port=SimPort, **faults):
        self.board = make_board(load_profile(machine), faults=Faults(**faults))
        self.port, self._profile = None, load_profile(machine)
        monkeypatch.setattr(simulator, "simulated_port", lambda profile: self.open(port))

    def open(self, kind):
        if self.port is None:
            self.port = kind(self.board)
        else:
            self.port = replug(self.port)
            if not isinstance(self.board, EbbBoard):  # that one knows where it stands
                self.board.clock.sleep(3)
                if self._profile.hpgl is None:  # a plotter finds its own place
                    self.board.carry(home_of(self._profile))
        return self.port


def n_drawn(board):
    return len(board.drawn())


@pytest.mark.parametrize("machine", MACHINES)
def test_a_lost_cable_and_then_resume(machine, job, monkeypatch):
    desk = Desk(monkeypatch, machine, disconnect_after={"axidraw": 300, "grbl_servo": 450, "marlin_servo": 150, "hp7475a": 60}[machine])
    cut = plotwriter("plot", job, "--machine", machine, "--port", "sim", "-q")
    assert cut.code == 1 and "the connection was lost" in cut.err
    assert "stopped at word" in cut.err and "'nit'" in cut.err and "go on with: plotwriter resume" in cut.err
    (state,) = unfinished()
    assert state.header.machine == machine and 0 < state.drawn < 13
    listed = json.loads(plotwriter("resume", "--list", "--json").out)
    assert listed[0]["source"] == str(job) and listed[0]["strokes_drawn"] == state.drawn
    dry = json.loads(plotwriter("resume", "--dry-run", "--json", "-q").out)
    assert dry["stroke"] == state.drawn

    before = n_drawn(desk.board)
    result = plotwriter("resume", "--json")
    assert result.code == 0, result.err
    facts = json.loads(result.out)
    announced = facts["again"]
    assert ("every stroke is drawn once" in result.err) == (not announced)
    assert 13 <= n_drawn(desk.board) <= 13 + len(announced) and n_drawn(desk.board) > before
    assert unfinished() == [] and list(jobs_folder().iterdir()) == []


@pytest.mark.parametrize(
    ("option", "first"), [(["--from-word", "2"], 3), (["--from-line", "1"], 0), (["--back", "1 word"], None)], ids=lambda v: str(v)
)
def test_where_to_go_on_is_the_persons_choice(option, first, job, monkeypatch):
    desk = Desk(monkeypatch, "axidraw", disconnect_after=700)
    assert plotwriter("plot", job, "--port", "sim", "-q").code == 1
    (state,) = unfinished()
    assert state.drawn > 3
    desk.board.clock.sleep(5)
    before = n_drawn(desk.board)
    result = plotwriter("resume", job, *option, "--json")
    assert result.code == 0, result.err
    again = json.loads(result.out)["again"]
    assert again and "will be drawn again" in result.err
    if first is not None:
        assert again[0] == first
    assert n_drawn(desk.board) - before == 13 - again[0]


@posix
@pytest.mark.parametrize("machine", MACHINES)
def test_ctrl_c_once_ends_the_stroke_and_resume_goes_on_with_the_next(machine, job, monkeypatch):
    class Interrupted(WatchedPort):
        armed = True

        def look(self):
            if self.armed and n_drawn(self.board) == 4 and self.board.pen_is_down:
                self.armed = False
                signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(signal, "SIGINT", signal.SIGINT)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        desk = Desk(monkeypatch, machine, port=Interrupted)
        stopped = plotwriter("plot", job, "--machine", machine, "--port", "sim")
        assert stopped.code == 130 and "stopping at the end of this stroke" in stopped.err and "stopped at word 2 of 4" in stopped.err
        desk.board.clock.sleep(1)
        drawn = n_drawn(desk.board)
        assert not desk.board.pen_is_down and 4 <= drawn <= 7
        (state,) = unfinished()
        assert state.drawn == state.sent == drawn  # nothing unsure: it stopped between strokes
        result = plotwriter("resume", "--json")
        assert result.code == 0 and json.loads(result.out)["again"] == [] and n_drawn(desk.board) == 13
    finally:
        signal.signal(signal.SIGINT, before)


def test_the_menu_redoes_a_word_at_another_height_and_speed(job, monkeypatch):
    desk = Desk(monkeypatch, "axidraw")
    monkeypatch.setattr(run_module, "is_terminal", lambda: True)
    wanted = iter([False] * 8 + [True] + [False] * 100)
    monkeypatch.setattr(run_module.Run, "pause_wanted", lambda self, stroke: next(wanted))
    answers = "u\n80\nd\n200\nd\n25\ns\n30\nx\nh\nr\n"
    result = plotwriter("plot", job, "--port", "sim", stdin=answers.encode())
    assert "paused at word 3" in result.err and "'x' is none of these" in result.err and "not that:" in result.err
    assert n_drawn(desk.board) == 13 + 2  # stroke 7 of word 3 was drawn, and its first stroke again with it
    assert result.code == 0, result.err


def test_a_pen_plotter_is_asked_for_no_heights(monkeypatch):
    given, said = iter(["u", "s", 50.0, "c"]), []
    monkeypatch.setattr("plotwriter.cli.menu.prompt", lambda question, **_: said.append(question) or next(given))
    choice = menu.ask("word 3", load_profile("hp7475a"))
    assert choice.profile.motion.feed == 50.0 and choice.profile.pen == load_profile("hp7475a").pen
    assert "height" not in said[0] and "speed" in said[2]


def test_the_board_button_pauses(job, monkeypatch):
    from plotwriter.devices.ebb_device import EbbDevice

    desk = Desk(monkeypatch, "axidraw")
    pressed = iter([False] * 5 + [True])
    monkeypatch.setattr(EbbDevice, "_button", lambda self: next(pressed))
    result = plotwriter("plot", job, "--port", "sim")
    assert result.code == 130 and n_drawn(desk.board) == 5 and not desk.board.pen_is_down


def test_a_lost_port_is_waited_for_and_its_pen_raised(job, monkeypatch):
    """As with a real port: the machine comes back under the same serial number."""
    from plotwriter.devices import session

    desk = Desk(monkeypatch, "axidraw", disconnect_after=300)
    raised = []

    def back(profile, port, *, known, patience, clock):
        device = session.raise_when_back(
            profile, port, known=known, patience=patience, clock=desk.board.clock, opener=lambda *_, known: desk.open(SimPort)
        )
        raised.append(desk.board.pen_is_down)
        return device

    monkeypatch.setattr(run_module, "raise_when_back", back)
    monkeypatch.setattr("plotwriter.devices.job.open_port", lambda port, profile, known=None: desk.open(SimPort))
    monkeypatch.setattr("plotwriter.devices.open_port", lambda port, profile: SimPort(make_board(profile)))
    monkeypatch.setattr("plotwriter.devices.transport.identity", lambda path: Identity("04D8:FD92", "Ada"))
    result = plotwriter("plot", job, "--port", "Ada", "--yes")
    assert result.code == 1 and raised == [False] and "it is back and its pen is up" in result.err
    assert (unfinished()[0].header.serial, unfinished()[0].header.usb) == ("Ada", "04D8:FD92")


BAD = {
    ("resume",): "no job is unfinished",
    ("resume", "nothing"): "no unfinished job is called 'nothing'",
    ("resume", "--from-word", "2", "--back", "2"): "give one of them",
    ("resume", "--back", "two"): "is not a number of words",
    ("resume", "--from-word", "0"): "0",
}


@pytest.mark.parametrize("command", BAD, ids=" ".join)
def test_bad_resumes_say_so_in_one_line(command):
    result = plotwriter(*command)
    assert result.code in (1, 2) and result.err.count("\n") == 1 and BAD[command] in result.err


def test_what_was_changed_is_not_gone_on_with(job, monkeypatch):
    Desk(monkeypatch, "axidraw", disconnect_after=300)
    assert plotwriter("plot", job, "--port", "sim", "-q").code == 1
    (state,) = unfinished()
    assert plotwriter("resume", "--from-word", "99").err.count("the job has 4 words") == 1
    state.job_path.write_text(state.job_path.read_text().replace("nit", "nil", 1))
    result = plotwriter("resume")
    assert result.code == 1 and "is not the job that was plotted" in result.err
    assert plotwriter("resume", "--forget").code == 0 and unfinished() == []


def test_other_heights_are_checked():
    profile = load_profile("axidraw")
    assert adjusted(profile, up=70).pen.up == 70 and adjusted(profile, feed=30).motion.feed == 30
    with pytest.raises(ValueError, match="up must be the higher"):
        adjusted(profile, down=80)
    assert np.isfinite(profile.motion.feed)


@posix
@pytest.mark.parametrize("machine", MACHINES)
def test_ctrl_c_twice_stops_at_once_and_still_raises_the_pen(machine, job, monkeypatch):
    class Impatient(WatchedPort):
        presses = 2

        def look(self):
            if self.presses and n_drawn(self.board) == 4 and self.board.pen_is_down:
                self.presses -= 1
                signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        desk = Desk(monkeypatch, machine, port=Impatient)
        stopped = plotwriter("plot", job, "--machine", machine, "--port", "sim")
    finally:
        signal.signal(signal.SIGINT, before)
    assert stopped.code == 130 and "go on with: plotwriter resume" in stopped.err
    desk.board.clock.sleep(1)
    assert not desk.board.pen_is_down and n_drawn(desk.board) <= 5
    (state,) = unfinished()
    assert state.drawn <= 4 and state.sent > state.drawn


def test_another_pen_is_waited_for(tmp_path, monkeypatch):
    """Where nobody is to be asked, --yes has said that it is in."""
    from plotwriter.ink import Document, Ink, Stroke

    ink = make_page(n_words=2)
    ink = Ink(tuple(Stroke(s.points, s.span, 1 + (i > 3)) for i, s in enumerate(ink.strokes)), ink.text, ink.page)
    path = tmp_path / "two.json"
    path.write_text(to_json(Document((ink,), ink.text)))
    asked = []
    monkeypatch.setattr(run_module.Run, "_confirm", lambda self, question: asked.append(question))
    desk = Desk(monkeypatch, "axidraw")
    monkeypatch.setattr("plotwriter.devices.job.open_port", lambda port, profile, known=None: desk.open(SimPort))
    monkeypatch.setattr("plotwriter.devices.open_port", lambda port, profile: SimPort(make_board(profile)))
    result = plotwriter("plot", path, "--port", "/dev/mine", "--yes")
    assert result.code == 0, result.err
    assert [question for question in asked if "pen 2 is next" in question] and "2; it stops once" in result.err
    assert n_drawn(desk.board) == 7


def test_a_plotter_that_was_switched_off_asks_for_the_paper_not_for_the_pen(job, monkeypatch):
    desk = Desk(monkeypatch, "hp7475a", reset_at=60)
    cut = plotwriter("plot", job, "--machine", "hp7475a", "--port", "sim", "-q")
    assert cut.code == 1 and "the plotter was reset in mid-job" in cut.err and "go on with: plotwriter resume" in cut.err
    result = plotwriter("resume", "--json")
    assert result.code == 0 and "its paper is taken to lie where it lay" in result.err
    assert n_drawn(desk.board) <= 13 + len(json.loads(result.out)["again"])
