from __future__ import annotations

import numpy as np
import pytest

from plotwriter.devices.ebb import EbbProtocol, Noise, Refusal, Reply, firmware_version
from plotwriter.devices.ebb_encode import encode, setup, to_steps
from plotwriter.devices.page import plan_page
from plotwriter.devices.profile import load_profile
from plotwriter.errors import ProtocolError
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
    assert setup(load_profile("axidraw")) == ["SC,4,20641", "SC,5,15248", "SC,8,8", "SC,10,1618", "SC,11,1618", "SC,12,1079", "EM,1,1"]
    times = load_profile("axidraw").pen.times
    assert (times.raise_pen, times.lower_pen) == (0.130, 0.146)


def test_the_stream_is_exact_in_steps_and_legal_in_rate() -> None:
    profile = load_profile("axidraw")
    plan = plan_page(make_page(), profile)
    assert profile.ebb is not None
    position = np.zeros(2, int)
    ends = iter([to_steps(a.end[-1:], profile.ebb)[0] for a in plan.actions if isinstance(a, Trajectory)])
    for command in encode(plan, profile):
        name, *words = command.text.split(",")
        if name == "SM":
            ms, *steps = map(int, words)
            position += steps
            assert command.duration * 1000 == pytest.approx(ms)
            assert max(map(abs, steps)) <= 25 * ms
            last = position.copy()
        else:
            assert np.array_equal(last, next(ends))  # the error never grows: every move ends on its own step
    assert np.array_equal(position, [0, 0])


def test_the_stream_takes_as_long_as_the_plan() -> None:
    profile = load_profile("axidraw")
    plan = plan_page(make_page(), profile)
    total = sum(command.duration for command in encode(plan, profile))
    n_moves = sum(isinstance(a, Trajectory) for a in plan.actions)
    assert plan.duration <= total + 1e-6 <= plan.duration + 0.0011 * n_moves


def test_acceleration_of_the_sent_steps_stays_near_the_limit() -> None:
    profile = load_profile("axidraw")
    plan = plan_page(make_page(n_words=4), profile)
    seen, stroke, points, times = [], None, [0j], [0.0]
    motors = np.zeros(2)
    down = False
    for command in encode(plan, profile):
        name, *words = command.text.split(",")
        if name == "SP":
            if down and len(points) > 3:
                t = np.arange(0, times[-1], 0.001)
                at = lambda moment, ts=times, ps=points: np.interp(moment, ts, ps)  # noqa: E731
                seen.append(np.abs(at(t + 0.01) - 2 * at(t) + at(t - 0.01)) / 0.01**2)
            down, stroke = words[0] == "0", command.stroke
            points, times = points[-1:], [0.0]
        else:
            motors += np.array(words[1:], float)
            points.append(complex(motors.sum(), motors[0] - motors[1]) / 160)
            times.append(times[-1] + command.duration)
    assert stroke == len(plan.words) - 1
    every = np.concatenate(seen)
    assert np.percentile(every, 99) < profile.motion.accel * 1.15  # half a step at 10 ms is 60 mm/s2
    assert every.max() < profile.motion.accel * 1.4


def test_pen_actions_are_waited_for() -> None:
    profile = load_profile("axidraw")
    plan = plan_page(make_page(), profile)
    pens = [command.text for command in encode(plan, profile) if command.text.startswith("SP")]
    assert pens == ["SP,0,146" if a.down else "SP,1,130" for a in plan.actions if isinstance(a, PenAction)]
