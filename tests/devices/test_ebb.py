from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

from plotwriter.devices import compare_drawn, open_device, plot_page, simulated_board
from plotwriter.devices.ebb import EbbProtocol, Noise, Refusal, Reply, firmware_version
from plotwriter.devices.ebb_encode import EbbCommand, encode, setup, to_steps
from plotwriter.devices.page import plan_page, rest_of
from plotwriter.devices.profile import MachineProfile, load_profile
from plotwriter.devices.simulator import EbbBoard
from plotwriter.devices.simulator.steps import FULL, gained
from plotwriter.errors import ProtocolError
from plotwriter.ink import Ink, Page, Stroke
from plotwriter.motion import PenAction, Trajectory
from tests.devices.factories import make_page

TALK = [
    ("V", b"EBBv13_and_above EB Firmware Version 2.8.1\r\n", Reply("V", ("EBBv13_and_above EB Firmware Version 2.8.1",))),
    ("SM,10,80,0", b"OK\r\n", Reply("SM,10,80,0", ())),
    ("QS", b"-12,340\n\rOK\r\n", Reply("QS", ("-12,340",))),
    ("QG", b"3E\r\n", Reply("QG", ("3E",))),
    ("QM", b"QM,0,0,0,0\n\r", Reply("QM", ("QM,0,0,0,0",))),
    ("QC", b"0394,0300\r\nOK\r\n", Reply("QC", ("0394,0300",))),
    ("QT", b"\r\nOK\r\n", Reply("QT", ())),
    ("QT", b"Ada\r\nOK\r\n", Reply("QT", ("Ada",))),
    ("ES", b"1,0,0,12,-7\n\rOK\r\n", Reply("ES", ("1,0,0,12,-7",))),
    ("SM,0,1,1", b"!6 Err: Invalid parameter value\r\n", Refusal("SM,0,1,1", "!6 Err: Invalid parameter value")),
    ("SP,1,130", b"\x00#~\r\n", Noise("\x00#~")),
]


@pytest.mark.parametrize(("command", "received", "event"), TALK)
def test_each_reply_is_understood_whole_bytewise_and_with_trailing_bytes(command: str, received: bytes, event: object) -> None:
    whole, bytewise, trailing = EbbProtocol(), EbbProtocol(), EbbProtocol()
    for protocol in (whole, bytewise, trailing):
        protocol.send(command)
    assert whole.feed(received) == [event]
    assert [e for byte in received for e in bytewise.feed(bytes([byte]))] == [event]
    assert trailing.feed(received + b"1,") == [event]


def test_a_conversation_cut_anywhere_reads_the_same() -> None:
    rng = np.random.default_rng(1)
    protocol, events = EbbProtocol(), []
    for command, received, _ in TALK[:-1]:
        protocol.send(command)
        cuts = np.sort(rng.integers(0, len(received), 3))
        for part in np.split(np.frombuffer(received, np.uint8), cuts):
            events += protocol.feed(part.tobytes())
    assert events == [event for *_, event in TALK[:-1]]


def test_one_command_is_in_flight_and_commands_are_short_and_plain() -> None:
    protocol = EbbProtocol()
    protocol.send("V")
    with pytest.raises(ProtocolError, match="unanswered"):
        protocol.send("QG")
    for bad in ("SM, 1,2", "S" * 64, "", "é"):
        with pytest.raises(ProtocolError, match="not a command"):
            EbbProtocol().send(bad)


def test_firmware_version_compares_as_numbers() -> None:
    assert firmware_version("EBBv13_and_above EB Firmware Version 2.10.1") > (2, 8, 1)
    with pytest.raises(ProtocolError):
        firmware_version("Grbl 1.1h")


def test_setup_gives_axidraws_own_pen_numbers() -> None:
    assert setup(load_profile("axidraw")) == [
        "SC,4,20641",
        "SC,5,15248",
        "SC,8,8",
        "SC,9,3",
        "SC,10,1618",
        "SC,11,1618",
        "SC,12,1079",
        "EM,1,1",
    ]
    times = load_profile("axidraw").pen.times
    assert (times.raise_pen, times.lower_pen) == (0.130, 0.146)


OLD = (2, 6, 5)  # firmware before there was LT
AXIDRAW = load_profile("axidraw")


class Interrupt:
    """The board's step interrupt: accumulators, positions, and what every LT makes of them."""

    def __init__(self, *, signed_accel: bool = False) -> None:
        self.signed_accel = signed_accel
        self.accumulators, self.position = [FULL - 1, 17], np.zeros(2, int)  # whatever a move that was stopped has left there
        self.gained = np.zeros(2)  # steps with fractions, every tick's gain counted
        self.times, self.path, self.counts = [0.0], [0j], [np.zeros(2, int)]  # s; mm, in fractions of a step; steps; every ms

    def take(self, command: EbbCommand) -> None:
        """One LT or wait, checked: it lasts what it says, no rate is below 0 or too high for one step a tick."""
        name, *words = command.text.split(",")
        values = list(map(int, words))
        ticks = values[0] if name == "LT" else values[0] * 25
        assert command.duration * 25_000 == pytest.approx(ticks, abs=1e-6 if name == "LT" else 25)
        if name == "LT" and values[5:] == [3]:
            self.accumulators = [0, 0]
        marks = np.append(np.arange(25, ticks, 25), ticks)
        gains, counts = np.zeros((len(marks), 2)), np.tile(self.position, (len(marks), 1))
        for motor in (0, 1) if name == "LT" else ():
            rate, accel = values[1 + 2 * motor : 3 + 2 * motor]
            way = -1 if rate < 0 else 1
            rate, accel = abs(rate), accel * way if self.signed_accel else accel
            assert 0 <= rate < FULL and 0 <= rate + accel * ticks < FULL and (rate > 0 or accel == 0)
            more = np.array([gained(rate, accel, t) for t in marks.tolist()], dtype=object)
            held = self.accumulators[motor] + more
            counts[:, motor] += way * (held // FULL).astype(int)
            gains[:, motor] = way * (more / FULL).astype(float)
            self.accumulators[motor] = int(held[-1] % FULL)
        place = self.gained + gains
        self.path += ((place @ np.array([1, 1]) + 1j * (place @ np.array([1, -1]))) / 160).tolist()
        self.times += (self.times[-1] + marks / 25_000).tolist()
        self.counts += list(counts)
        self.position, self.gained = counts[-1], place[-1]

    def forget(self) -> None:
        """Begin another move."""
        self.times, self.path, self.counts = [0.0], self.path[-1:], self.counts[-1:]


def random_page(rng: np.random.Generator, n: int) -> Ink:
    """Strokes of every kind and size: loops, corners, cusps, specks, dots."""
    strokes = []
    for _ in range(n):
        at, size = complex(*rng.uniform(10, 90, 2)), 10 ** rng.uniform(-2.5, 0.9)
        kind = rng.integers(4)
        if kind == 0:
            points = np.array([at])
        elif kind == 1:
            points = at + size * np.exp(1j * rng.uniform(0, 7) * np.linspace(0, 1, 200)) * np.linspace(0.3, 1, 200)
        elif kind == 2:
            points = at + size * (rng.normal(size=5) + 1j * rng.normal(size=5))
        else:
            points = at + size * np.array([0, np.exp(1j * rng.uniform(0, 7))])
        strokes.append(Stroke(points, (0, 1)))
    return Ink(tuple(strokes), "n", Page(100, 100))


@pytest.mark.parametrize("seed", range(4))
def test_a_thousand_strokes_end_on_their_own_step_and_tick(seed: int) -> None:
    """On firmware 2.x and 3.x by turns, which sign an acceleration each in their own way."""
    ink = random_page(np.random.default_rng(seed), 250)
    plan = plan_page(ink, AXIDRAW)
    assert AXIDRAW.ebb is not None
    ends = iter([to_steps(a.end[-1:], AXIDRAW.ebb)[0] for a in plan.actions if isinstance(a, Trajectory)])
    board, drawn = Interrupt(signed_accel=seed % 2 == 1), set()
    for command in encode(plan, AXIDRAW, firmware=(3, 0, 2) if board.signed_accel else (2, 8, 1)):
        assert len(command.text) < 64
        name, *words = command.text.split(",")
        if name != "SP":
            board.take(command)
            continue
        assert np.array_equal(board.position, next(ends))  # every move ends on its own step
        assert board.accumulators == pytest.approx([FULL / 2, FULL / 2], abs=FULL * 1e-6)  # and as far from the next as can be
        if words[0] == "1":
            assert len({tuple(count) for count in board.counts}) > 1, "a stroke was lost"
            drawn.add(command.stroke)
        board.forget()
    assert drawn == set(range(len(ink.strokes)))  # dots and specks among them
    assert np.array_equal(board.position, [0, 0])


@pytest.mark.parametrize("seed", range(3))
def test_a_motor_is_half_a_step_off_and_another_half_where_it_turns_round(seed: int) -> None:
    """At any moment, of what is planned for that moment."""
    plan = plan_page(make_page(seed=seed, n_words=4), AXIDRAW)
    moves = iter([action for action in plan.actions if isinstance(action, Trajectory)])
    board, off = Interrupt(), []
    for command in encode(plan, AXIDRAW):
        if not command.text.startswith("SP"):
            board.take(command)
            continue
        move, times = next(moves), np.array(board.times)
        begin = len(times) - int(np.searchsorted(-(times[::-1] - times[-1]), move.duration + 1e-4))  # the first: after the filling
        planned = move.at(np.maximum(times[begin:] - times[-1] + move.duration, 0.0))
        motors = 80 * np.stack((planned.real + planned.imag, planned.real - planned.imag), axis=-1)
        off.append(np.abs(np.array(board.counts[begin:]) - motors).ravel())
        board.forget()
    every = np.concatenate(off)
    assert every.max() <= 1.1 and np.percentile(every, 95) <= 0.6 and np.median(every) < 0.3


def test_the_stream_takes_as_long_as_the_plan() -> None:
    plan = plan_page(make_page(), AXIDRAW)
    n_moves = sum(isinstance(a, Trajectory) for a in plan.actions)
    _, *commands = encode(plan, AXIDRAW)  # the first fills the accumulators
    assert sum(command.duration for command in commands) == pytest.approx(plan.duration, abs=n_moves / 25_000)
    total = sum(command.duration for command in encode(plan, AXIDRAW, firmware=OLD))
    assert plan.duration <= total + 1e-6 <= plan.duration + 0.0011 * n_moves


def seen(t: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Second difference over 10 ms, mm/s²."""
    when = np.arange(-0.01, t[-1] + 0.01, 0.001)
    return np.abs(np.interp(when + 0.01, t, p) - 2 * np.interp(when, t, p) + np.interp(when - 0.01, t, p)) / 0.01**2


@pytest.mark.parametrize("seed", range(3))
def test_the_stopwatch_sees_no_more_than_the_limit(seed: int) -> None:
    """At the maximum, not in the mean: of what is commanded to the motors, in fractions of a step."""
    plan = plan_page(make_page(seed=seed, n_words=8), AXIDRAW)
    board, down = Interrupt(), False
    for command in encode(plan, AXIDRAW):
        name, *words = command.text.split(",")
        if name != "SP":
            board.take(command)
            continue
        limit = AXIDRAW.motion.accel if down else AXIDRAW.motion.travel_accel
        assert seen(np.array(board.times), np.array(board.path)).max() <= limit
        down = words[0] == "0"
        board.forget()


def test_it_sees_no_more_of_x_or_y_than_their_own_limits() -> None:
    profile = dataclasses.replace(AXIDRAW, motion=dataclasses.replace(AXIDRAW.motion, accel_x=400.0, accel_y=600.0))
    board = Interrupt()
    for command in encode(plan_page(make_page(n_words=4), profile), profile):
        if not command.text.startswith("SP"):
            board.take(command)
            continue
        path = np.array(board.path)
        assert seen(np.array(board.times), path.real).max() <= 400.0 and seen(np.array(board.times), path.imag).max() <= 600.0
        board.forget()


def test_slices_are_exact_in_steps_and_legal_in_rate() -> None:
    plan = plan_page(make_page(n_words=4), AXIDRAW)
    assert AXIDRAW.ebb is not None
    position, times, path, down = np.zeros(2, int), [0.0], [0j], False
    ends = iter([to_steps(a.end[-1:], AXIDRAW.ebb)[0] for a in plan.actions if isinstance(a, Trajectory)])
    for command in encode(plan, AXIDRAW, firmware=OLD):
        name, *words = command.text.split(",")
        if name == "SM":
            ms, *steps = map(int, words)
            position += steps
            assert command.duration * 1000 == pytest.approx(ms)
            assert max(map(abs, steps)) <= 25 * ms
            path.append(complex(position.sum(), position[0] - position[1]) / 160)
            times.append(times[-1] + command.duration)
        else:
            assert np.array_equal(position, next(ends))  # the error never grows: every move ends on its own step
            if down:  # half a step at 10 ms is 60 mm/s²
                assert seen(np.array(times), np.array(path)).max() < AXIDRAW.motion.accel * 1.35
            down, times, path = words[0] == "0", [0.0], path[-1:]
    assert np.array_equal(position, [0, 0])


def test_pen_actions_are_waited_for() -> None:
    profile = load_profile("axidraw")
    plan = plan_page(make_page(), profile)
    pens = [command.text for command in encode(plan, profile) if command.text.startswith("SP")]
    assert pens == ["SP,0,146" if a.down else "SP,1,130" for a in plan.actions if isinstance(a, PenAction)]


def with_pen(**options: float) -> MachineProfile:
    """An AxiDraw whose pen hops or overlaps."""
    return dataclasses.replace(AXIDRAW, pen=dataclasses.replace(AXIDRAW.pen, **options))


def test_a_pen_hops_between_strokes_of_a_word_and_nowhere_else() -> None:
    profile, ink = with_pen(hop=36.0, hop_reach=12.0), make_page(n_words=3)
    plan, whole = plan_page(ink, profile), plan_page(ink, AXIDRAW)
    hops = [action.stroke for action in plan.actions if isinstance(action, PenAction) and action.hop and not action.down]
    for i, (stroke, following) in enumerate(itertools.pairwise(ink.strokes)):
        near = abs(following.points[0] - stroke.points[-1]) <= profile.pen.hop_reach - 0.2
        between = ink.text[stroke.span[0] : following.span[1]]
        assert (i in hops) <= (" " not in between.rstrip())
        assert i in hops or not near or " " in between
    assert hops and plan.duration < whole.duration - 0.05 * len(hops)
    pens = [command.text for command in encode(plan, profile) if command.text.startswith("S2,")]
    assert len(pens) == len(hops) and all(text.startswith(f"S2,{profile.ebb.pulse(36.0)},4,") for text in pens if profile.ebb)


@pytest.mark.parametrize(
    "options", [{"hop": 36.0, "hop_reach": 20.0}, {"raise_overlap": 0.03, "lower_overlap": 0.04}, {"hop": 40.0, "lower_overlap": 0.05}]
)
def test_whatever_the_pen_saves_the_drawing_is_the_ink_and_the_estimate_is_right(options: dict[str, float]) -> None:
    profile, ink = with_pen(**options), make_page(n_words=6)
    device = open_device(profile, "sim")
    board = simulated_board(device)
    assert isinstance(board, EbbBoard)
    begin = board.elapsed
    plan = plot_page(ink, profile, device)
    report = compare_drawn(ink, plan, board)
    assert report.strokes_drawn == len(ink.strokes) and report.max_deviation < 0.05
    assert board.elapsed - begin == pytest.approx(plan.duration, rel=0.01)
    assert plan.duration < plan_page(ink, AXIDRAW).duration and board.starved == 0


def test_what_is_left_of_a_page_begins_with_the_pen_all_the_way_up() -> None:
    profile, ink = with_pen(hop=36.0, hop_reach=20.0, lower_overlap=0.04), make_page(n_words=2)
    whole = plan_page(ink, profile)
    assert any(action.hop and action.down for action in whole.actions if isinstance(action, PenAction))
    for first in range(len(ink.strokes)):
        lowering = next(action for action in rest_of(whole, first, 9 + 9j, profile).actions if isinstance(action, PenAction))
        assert (lowering.down, lowering.duration, lowering.lead, lowering.hop) == (True, profile.pen.times.lower_pen, 0.0, False)
