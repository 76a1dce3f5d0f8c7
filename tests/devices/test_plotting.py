"""Whole pages on simulated machines, in this process and over a real pseudo-terminal, with and without mishaps."""

from __future__ import annotations

import dataclasses
import itertools
import sys

import numpy as np
import pytest

from plotwriter.devices import Progress, compare_drawn, load_profile, open_device, open_port, plan_page, plot_page, profile_names
from plotwriter.devices import simulated_board as board_of
from plotwriter.devices.device import Device
from plotwriter.devices.simulator import Faults, SimPort, VirtualClock, make_board, simulated_port
from plotwriter.errors import AlarmError, ConfigError, DeviceError, LayoutError, PortError, ProtocolError
from plotwriter.ink import Ink, Page, Stroke
from plotwriter.registry import load
from tests.devices.factories import WatchedPort, make_loops, make_page, make_square

MACHINES = ["axidraw", "grbl_servo", "marlin_servo", "hp7475a"]
LATE = {"hp7475a": 25}  # an answer in mid-job; plotters answer once or twice a stroke, others every line
posix = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")


def make_device(machine: str, faults: Faults | None = None) -> Device:
    profile = load_profile(machine)
    device: Device = load("device", profile.device)(profile, simulated_port(profile, faults=faults))
    return device


@pytest.mark.parametrize("machine", profile_names())
def test_every_machine_plots_a_square(machine: str) -> None:
    profile = load_profile(machine)
    device = open_device(profile, "sim")
    ink = make_square()
    plan = plot_page(ink, profile, device)
    board = board_of(device)
    assert board is not None
    report = compare_drawn(ink, plan, board)
    assert (report.strokes_drawn, report.strokes_expected) == (1, 1) and report.max_deviation < 0.05


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("machine", MACHINES)
def test_the_drawing_is_the_ink(machine: str, seed: int) -> None:
    profile, ink = load_profile(machine), make_page(seed=seed, n_words=10, page=Page(105, 148) if seed else Page(148, 105))
    ink = ink if not seed else dataclasses.replace(ink, strokes=tuple(s.with_points(s.points * 0.8) for s in ink.strokes))
    device = open_device(profile, "sim")
    board = board_of(device)
    assert board is not None
    began = board.elapsed
    plan = plot_page(ink, profile, device)
    assert not board.pen_is_down
    report = compare_drawn(ink, plan, board)
    assert report.strokes_drawn == report.strokes_expected == len(ink.strokes)
    assert report.max_deviation < 0.05
    assert report.duration - began == pytest.approx(plan.duration, rel=0.12)
    for stroke, path in zip(ink.strokes, board.drawn(), strict=True):
        if len(stroke.points) == 1:  # i-dots and full stops
            where = plan.placement.to_machine(stroke.points)[0]
            assert len(path) > 1 and abs(path.mean() - where) < 0.1
    if machine == "axidraw":
        assert board.starved == 0 and board.max_step_rate <= 25_000 and board.position == pytest.approx(0)  # type: ignore[attr-defined]
    else:
        assert board.lost_bytes == 0 and board.position == pytest.approx(plan.home)  # type: ignore[attr-defined]


@posix
@pytest.mark.parametrize("machine", MACHINES)
def test_the_drawing_is_the_ink_over_a_real_pseudo_terminal(machine: str) -> None:
    from plotwriter.devices.simulator.pty import PtyBoard

    profile, ink = load_profile(machine), make_page(n_words=2)
    with PtyBoard(make_board(profile)) as served:
        device = open_device(profile, served.path)
        plan = plot_page(ink, profile, device)
        with pytest.raises(PortError, match="busy"):
            open_port(served.path, profile)
        device.close()
    report = compare_drawn(ink, plan, served.board)
    assert report.strokes_drawn == report.strokes_expected and report.max_deviation < 0.05


@posix
@pytest.mark.parametrize("machine", MACHINES)
def test_a_pulled_cable_is_a_port_error_with_the_word(machine: str) -> None:
    from plotwriter.devices.simulator.pty import PtyBoard

    profile, ink = load_profile(machine), make_page(n_words=2)
    with PtyBoard(make_board(profile, faults=Faults(disconnect_after=150 if profile.hpgl is None else 40))) as served:
        device = open_device(profile, served.path)
        with pytest.raises(PortError, match=r"lost.*stroke \d of 7, 'nit'"):
            plot_page(ink, profile, device)
        device.close()


@pytest.mark.parametrize("machine", MACHINES)
def test_progress_counts_up_to_the_end(machine: str) -> None:
    profile, ink = load_profile(machine), make_page(n_words=3)
    seen: list[Progress] = []
    plot_page(ink, profile, open_device(profile, "sim"), on_progress=seen.append)
    assert list(dict.fromkeys(p.strokes for p in seen)) == list(range(len(ink.strokes) + 1))
    assert seen[-1] == Progress(len(ink.strokes), len(ink.strokes), seen[-1].duration, seen[-1].duration)
    assert all(a.elapsed <= b.elapsed + 1e-9 for a, b in itertools.pairwise(seen))


@pytest.mark.parametrize("at", [0, 1, 4])
@pytest.mark.parametrize("machine", MACHINES)
def test_ctrl_c_raises_the_pen(machine: str, at: int) -> None:
    profile, ink = load_profile(machine), make_page(n_words=3)
    device = open_device(profile, "sim")

    def interrupt(progress: Progress) -> None:
        if progress.strokes >= at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plot_page(ink, profile, device, on_progress=interrupt)
    board = board_of(device)
    assert board is not None
    board.clock.sleep(1)
    assert not board.pen_is_down
    assert len(board.drawn()) <= at + 2


class Trigger(WatchedPort):
    """A port at which Ctrl-C is pressed once, while the pen is down."""

    armed = True

    def look(self) -> None:
        if self.armed and len(self.board.drawn()) == 2 and self.board.pen_is_down:
            self.armed = False
            raise KeyboardInterrupt


@pytest.mark.parametrize("machine", MACHINES)
def test_ctrl_c_in_mid_stroke_raises_the_pen_and_leaves_no_blot(machine: str) -> None:
    profile, ink = load_profile(machine), make_page(n_words=1)
    port = Trigger(make_board(profile))
    device: Device = load("device", profile.device)(profile, port)
    device.connect()
    with pytest.raises(KeyboardInterrupt):
        plot_page(ink, profile, device)
    assert not port.armed and not port.board.pen_is_down
    assert len(port.board.drawn()) == 2


@pytest.mark.parametrize("machine", MACHINES)
def test_ctrl_c_before_a_command_is_out_is_not_waited_for(machine: str) -> None:
    profile, ink = load_profile(machine), make_page(n_words=1)
    if profile.hpgl is not None:  # more than its buffer holds, so that something is still to be sent
        ink = Ink((Stroke(make_loops(np.random.default_rng(1), at=60 + 50j, n=2000, size=12), (0, 3)),), "nit", ink.page)

    class Unsent(SimPort):
        armed = True

        def write(self, sent: bytes) -> None:
            if self.armed and self.board.pen_is_down:
                self.armed = False
                raise KeyboardInterrupt
            super().write(sent)

    port = Unsent(make_board(profile))
    device: Device = load("device", profile.device)(profile, port)
    device.connect()
    with pytest.raises(KeyboardInterrupt):
        plot_page(ink, profile, device)
    assert not port.armed and not port.board.pen_is_down
    begin, end = getattr(port.board, "carriage", port.board).servo.contacts[-1]
    assert end - begin < 1.5  # no blot


@pytest.mark.parametrize("n", [40, 90, 200])
@pytest.mark.parametrize("machine", ["axidraw", "grbl_servo"])  # Marlin refuses no line, it asks for it again
def test_a_refusal_in_mid_job_raises_the_pen_and_names_the_word(machine: str, n: int) -> None:
    device = make_device(machine, Faults(error_at=n))
    device.connect()
    with pytest.raises(AlarmError, match=r"stroke \d+ of 10, 'nit'\)$"):
        plot_page(make_page(n_words=3), device.profile, device)
    board = board_of(device)
    assert board is not None and not board.pen_is_down


@pytest.mark.parametrize("fault", ["garbage_at", "lost_reply_at"])
@pytest.mark.parametrize("machine", MACHINES)
def test_noise_and_lost_answers_end_the_job_with_the_pen_up(machine: str, fault: str) -> None:
    device = make_device(machine, Faults(**{fault: LATE.get(machine, 60)}))
    device.connect()
    with pytest.raises(ProtocolError, match="check the cable"):
        plot_page(make_page(n_words=3), device.profile, device)
    board = board_of(device)
    assert board is not None and not board.pen_is_down and board.clock.now() < 120


@pytest.mark.parametrize("machine", MACHINES)
def test_a_slow_answer_is_waited_for(machine: str) -> None:
    device = make_device(machine, Faults(slow_at=LATE.get(machine, 60), slow_by=0.8))
    device.connect()
    ink = make_page(n_words=2)
    plan = plot_page(ink, device.profile, device)
    board = board_of(device)
    assert board is not None and compare_drawn(ink, plan, board).strokes_drawn == len(ink.strokes)


@pytest.mark.parametrize("n", [3, 60, 120])
@pytest.mark.parametrize("machine", MACHINES)
def test_a_lost_port_is_told_at_once(machine: str, n: int) -> None:
    device = make_device(machine, Faults(disconnect_after=n))
    with pytest.raises(PortError, match="lost"):
        device.connect()
        plot_page(make_page(n_words=6), device.profile, device)


class Silent:
    """A port on which nobody is at home."""

    name = "nobody"

    def __init__(self) -> None:
        self.clock = VirtualClock()

    def write(self, sent: bytes) -> None:
        pass

    def read(self, timeout: float) -> bytes:
        self.clock.sleep(timeout)
        return b""

    def close(self) -> None:
        pass


@pytest.mark.parametrize("machine", MACHINES)
def test_silence_is_no_machine(machine: str) -> None:
    profile = load_profile(machine)
    port = Silent()
    with pytest.raises(ProtocolError, match=r"nobody: no (EBB|GRBL|Marlin|pen plotter) answers there"):
        load("device", profile.device)(profile, port).connect()
    assert port.clock.now() < 15


def test_a_machine_of_the_other_kind_is_no_machine() -> None:
    ebb, grbl = load_profile("axidraw"), load_profile("grbl_servo")
    for profile, board in ((ebb, grbl), (grbl, ebb)):
        with pytest.raises(DeviceError, match="answers there"):
            load("device", profile.device)(profile, SimPort(make_board(board))).connect()


def test_laser_mode_is_refused() -> None:
    device = make_device("grbl_servo")
    board_of(device).settings[32] = 1.0  # type: ignore[union-attr]
    with pytest.raises(ConfigError, match="laser mode"):
        device.connect()


def test_after_an_interrupted_job_the_next_one_walks_home_first() -> None:
    profile, ink = load_profile("axidraw"), make_page(n_words=2)
    board = make_board(profile)
    device: Device = load("device", "ebb")(profile, SimPort(board))
    device.connect()

    def interrupt(progress: Progress) -> None:
        if progress.strokes == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plot_page(ink, profile, device, on_progress=interrupt)
    assert abs(board.position) > 5  # type: ignore[attr-defined]
    before = len(board.drawn())
    again: Device = load("device", "ebb")(profile, SimPort(board))
    again.connect()
    assert board.position == pytest.approx(0)  # type: ignore[attr-defined]
    plan = plot_page(ink, profile, again)
    report = compare_drawn(ink, plan, board, since=before)
    assert report.strokes_drawn == len(ink.strokes) and report.max_deviation < 0.05


@pytest.mark.parametrize("machine", MACHINES)
def test_ink_out_of_reach_moves_nothing(machine: str) -> None:
    profile = load_profile(machine)
    ink = Ink((Stroke(np.array([400 + 10j, 405 + 10j]), (0, 3)),), "far", Page(420, 200))
    across, along = profile.travel
    far = rf"{machine}: reaches {across:g} x {along:g} mm, but 'far' lies {405 - across:.1f} mm beyond"
    with pytest.raises(LayoutError, match=far):
        plan_page(ink, profile)


@pytest.mark.parametrize("n", range(2, 110, 27))
@pytest.mark.parametrize("kind", ["disconnect_after", "garbage_at", "lost_reply_at", "error_at"])
@pytest.mark.parametrize("machine", MACHINES)
def test_whenever_something_goes_wrong_it_is_one_line_soon_and_the_pen_is_up(machine: str, kind: str, n: int) -> None:
    device = make_device(machine, Faults(**{kind: n}))
    if (machine, kind) == ("marlin_servo", "error_at"):
        device.connect()
        ink = make_page(n_words=2)  # a line that arrives torn is asked for again, and nothing is lost
        plan = plot_page(ink, device.profile, device)
        report = compare_drawn(ink, plan, board_of(device))  # type: ignore[arg-type]
        assert report.strokes_drawn == len(ink.strokes) and report.max_deviation < 0.05
        return
    ink = make_page(n_words=2)
    board = board_of(device)
    assert board is not None
    try:
        device.connect()
        plan = plot_page(ink, device.profile, device)
    except DeviceError as error:
        assert "\n" not in str(error) and board.clock.now() < 60
    else:  # a plotter is asked again while it says hello, and says less in all
        assert machine == "hp7475a" and compare_drawn(ink, plan, board).max_deviation < 0.05
    board.clock.sleep(1)
    assert kind == "disconnect_after" or not board.pen_is_down  # nothing can lift a pen without its cable
