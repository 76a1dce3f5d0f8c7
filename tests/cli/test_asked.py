"""What a person is asked and shown while a plot waits, stops or goes on."""

import errno
import os
import signal
from types import SimpleNamespace

import click
import pytest

from plotwriter.cli import console
from plotwriter.cli import run as run_module
from plotwriter.devices import journal as journal_module
from plotwriter.devices import load_profile, plan_page
from plotwriter.devices.journal import Journal, jobs_folder, load_job, unfinished
from plotwriter.devices.simulator import Faults, SimPort, make_board
from tests.cli.runner import plotwriter
from tests.cli.test_resume import Desk, n_drawn

MACHINES = ["axidraw", "grbl_servo", "marlin_servo", "hp7475a"]


@pytest.fixture
def desk(monkeypatch):
    """A machine at /dev/mine, where questions are asked."""
    found = Desk(monkeypatch, "axidraw")
    monkeypatch.setattr("plotwriter.devices.job.open_port", lambda port, profile, known=None: found.open(SimPort))
    monkeypatch.setattr("plotwriter.devices.open_port", lambda port, profile: SimPort(make_board(profile)))
    return found


@pytest.mark.parametrize("refusal", [click.Abort, KeyboardInterrupt])
def test_who_says_no_before_it_began_leaves_nothing_to_go_on_with(refusal, job, desk, monkeypatch):
    def no(self, question):
        raise refusal

    monkeypatch.setattr(run_module.Run, "_confirm", no)
    result = plotwriter("plot", job, "--port", "/dev/mine", "--yes")
    assert result.code == 130 and "resume" not in result.err
    assert unfinished() == [] and list(jobs_folder().iterdir()) == [] and n_drawn(desk.board) == 0


def test_ctrl_c_at_a_question_ends_it_at_once(job, desk, monkeypatch):
    """While the pen moves it asks for a pause; at a question it is what it is everywhere."""
    handlers = []
    monkeypatch.setattr(run_module.Run, "_confirm", lambda self, question: handlers.append(signal.getsignal(signal.SIGINT)))
    sending = run_module.Run.sending

    def watched(self, stroke):
        handlers.append(signal.getsignal(signal.SIGINT))
        sending(self, stroke)

    monkeypatch.setattr(run_module.Run, "sending", watched)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert plotwriter("plot", job, "--port", "/dev/mine", "--yes").code == 0
    finally:
        signal.signal(signal.SIGINT, before)
    asked, moving = handlers[0], set(handlers[1:])
    assert len(moving) == 1 and asked not in moving


def test_a_resumed_sheet_is_asked_about_once(job, monkeypatch):
    Desk(monkeypatch, "axidraw", disconnect_after=300)
    assert plotwriter("plot", job, "--port", "sim", "-q").code == 1
    asked = []
    monkeypatch.setattr(run_module.Run, "_confirm", lambda self, question: asked.append(question))
    result = plotwriter("resume", "--from-word", "1")
    assert result.code == 0 and asked == [], result.err


def test_a_rehearsal_on_the_simulator_finishes_no_sheet(job, desk, monkeypatch):
    """The job began on a real port: what a simulated machine draws of its rest is not on the paper."""
    desk.board.faults = Faults(disconnect_after=300)
    monkeypatch.setattr(run_module, "WAIT_ALONE", 0.0)
    assert plotwriter("plot", job, "--port", "/dev/mine", "--yes", "-q").code == 1
    (state,) = unfinished()
    before = state.path.read_bytes()
    other = Desk(monkeypatch, "axidraw")
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("plotwriter.devices.job.open_port", lambda port, profile, known=None: other.open(SimPort))
        rehearsed = plotwriter("resume", "--port", "sim")
    left = 13 - state.drawn
    assert rehearsed.code == 0 and f"drew {left} of {left} strokes" in rehearsed.err and "still to be finished" in rehearsed.err
    assert n_drawn(other.board) == left and state.path.read_bytes() == before
    result = plotwriter("resume", "--yes")
    assert result.code == 0 and unfinished() == [] and n_drawn(desk.board) >= 13, result.err


def test_the_time_that_is_shown_first_is_what_is_left(job, monkeypatch):
    """After a pause and on resume too the bar begins where the plot is, not at nothing."""
    shown = []

    class Bar:
        task_ids = (0,)

        def __init__(self, *columns, **options):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def add_task(self, *_, **__):
            shown.append(None)

        def update(self, task, *, completed, total, description, left):
            shown.append((completed / total, left))

    monkeypatch.setattr(run_module, "Bar", Bar)
    monkeypatch.setattr(run_module, "err", SimpleNamespace(is_terminal=True))
    Desk(monkeypatch, "axidraw", disconnect_after=900)
    assert plotwriter("plot", job, "--port", "sim").code == 1
    assert shown[:2] == [None, (0.0, shown[1][1])]
    (state,) = unfinished()
    plan = plan_page(load_job(state).pages[0], load_profile("axidraw"))
    shown.clear()
    assert plotwriter("resume", "--from-word", "3").code == 0
    part, left = shown[1]
    expected = plan.stroke_starts[6]
    assert part == pytest.approx(expected / plan.duration, abs=0.001) and left == console.duration(plan.duration - expected)
    assert shown[-1] == (1.0, "0.0 s")


@pytest.mark.parametrize("machine", MACHINES)
def test_a_disk_that_fills_up_stops_it_pen_up_and_the_sheet_is_finished(machine, job, monkeypatch):
    desk = Desk(monkeypatch, machine)
    start, room = journal_module.start_job, iter([None] * 6)

    def full(_):
        if next(room, "full"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(journal_module, "start_job", lambda *args, **options: start(*args, **options, sync=full))
    result = plotwriter("plot", job, "--machine", machine, "--port", "sim")
    desk.board.clock.sleep(1)
    drawn = n_drawn(desk.board)
    assert result.code == 1 and "the journal cannot be written: No space left on device; free some space" in result.err
    assert "stopped at word 2" in result.err and not desk.board.pen_is_down and 0 < drawn < 13
    (state,) = unfinished()
    assert plotwriter("resume", "--json").code == 0
    assert n_drawn(desk.board) <= 13 + state.sent - state.drawn


def test_a_line_of_which_the_disk_took_a_part_is_no_line(tmp_path):
    class Brimful:
        def __init__(self, file):
            self.file = file

        def write(self, line):
            return self.file.write(line[:5])

        def close(self):
            self.file.close()

    journal = Journal(tmp_path / "a.journal")
    journal.open()
    journal._file = Brimful(journal._file)
    with pytest.raises(Exception, match="No space left"):
        journal.sending(0, 0)
    journal.close()
    with Journal(tmp_path / "a.journal") as again:
        again.sending(0, 0)
    assert (tmp_path / "a.journal").read_bytes() == b'{"sent":[0,0]}\n'


def test_a_journal_that_cannot_be_read_is_named(job, monkeypatch):
    Desk(monkeypatch, "axidraw", disconnect_after=300)
    assert plotwriter("plot", job, "--port", "sim", "-q").code == 1
    (state,) = unfinished()
    whole = state.path.read_text()
    state.path.write_text(whole.replace('"usb"', '"colour"'))
    result = plotwriter("resume", "--list")
    assert result.code == 0 and "'colour' is not known here; another version of plotwriter began the job" in result.err
    state.path.write_text(whole.replace(',"usb":""', ""))  # as earlier versions wrote it
    assert len(unfinished()) == 1
    state.path.write_text("nonsense\n")
    assert "left out" in plotwriter("resume").err


def test_a_file_that_was_changed_since_is_not_what_is_finished(job, monkeypatch):
    Desk(monkeypatch, "axidraw", disconnect_after=300)
    assert plotwriter("plot", job, "--port", "sim", "-q").code == 1
    assert "was changed since" not in plotwriter("resume", job, "--dry-run").err
    job.write_text(job.read_text().replace("nit", "nil"))
    result = plotwriter("resume", job, "--dry-run")
    assert result.code == 0 and "was changed since; the sheet is finished as it was begun" in result.err


@pytest.mark.parametrize(
    ("machine", "mishap"),
    [("grbl_servo", {"disconnect_after": 120}), ("marlin_servo", {"disconnect_after": 120}), ("hp7475a", {"reset_at": 60})],
)
def test_where_a_pen_stands_is_never_guessed(machine, mishap, job, monkeypatch):
    """A board that was reset, by its cable or a power cut: without anybody to ask, the rest would be drawn beside its place."""
    desk = Desk(monkeypatch, machine, **mishap)
    assert plotwriter("plot", job, "--machine", machine, "--port", "sim", "-q").code == 1
    monkeypatch.setattr("plotwriter.devices.job.open_port", lambda port, profile, known=None: desk.open(SimPort))
    before = n_drawn(desk.board)
    refused = plotwriter("resume", "--port", "/dev/mine", "--yes")
    assert refused.code == 1 and "plotwriter resume --yes --at-home" in refused.err and n_drawn(desk.board) == before
    result = plotwriter("resume", "--port", "/dev/mine", "--yes", "--at-home")
    assert result.code == 0 and n_drawn(desk.board) > before and unfinished() == [], result.err
