"""Replies that no board should give, 2,000 a protocol: a clear line each, no hang, no traceback, the wire left in order."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from plotwriter.devices import MachineProfile, load_profile, plan_page
from plotwriter.devices.device import Device
from plotwriter.devices.ebb import EbbProtocol
from plotwriter.devices.grbl import GrblStream
from plotwriter.devices.hpgl import HpglStream
from plotwriter.devices.manual import go, move_pen
from plotwriter.devices.marlin import MarlinStream
from plotwriter.devices.page import home_of
from plotwriter.devices.simulator import Board, SimPort, make_board
from plotwriter.errors import PlotwriterError
from plotwriter.ink import Ink, Page, Stroke
from plotwriter.registry import load

MACHINES = ["axidraw", "axidraw 2.5.5", "nextdraw_8511", "idraw", "grbl_servo", "grbl_z", "grblhal", "fluidnc", "idraw_h"]
MACHINES += ["marlin_servo", "marlin_z", "hp7475a", "hp7440a"]
TOKENS = [
    b"", b"OK\r\n", b"ok\n", b"ok\r\n", b"\r\n", b"\n\r", b"0,0\r\n", b"-1,9\n\rOK\r\n", b"99999999999999999999,1\r\nOK\r\n", b"FF\r\n",
    b"!8 Err: Unknown command 'XX:5858'\r\n", b"Err:\r\n", b"error:9\r\n", b"error:\r\n", b"error:99999999999\r\n", b"ALARM:1\r\n",
    b"Grbl 1.1h ['$' for help]\r\n", b"<Idle|MPos:nan,1e999|WCO:,,>\r\n", b"<Idle|MPos:1.000,2.000,0.000|FS:0,0>\r\n", b"<>\r\n",
    b"[OPT:,,]\r\n", b"[OPT:V,15,3]\r\n", b"$110=x\r\n", b"$32=1\r\n", b"[GC:S. SS S-]\r\n", b"start\n", b"Resend: 1\n", b"Resend: 9\n",
    b"Error:checksum mismatch, Last Line: 3\nResend: 4\nok\n", b"echo:busy: processing\n", b"X:1 Y:\nok\n", b"X:1.0 Y:2.0 Count X:1\nok\n",
    b"echo:Unknown command: \"G1\"\nok\n", b"!! Printer halted. kill() called!\n", b"EBBv13_and_above EB Firmware Version \r\n", b"QM,\r\n",
    b"Version 99999999999.1\r\n", b"\x00\xff\xfe", b"\x80" * 600, b"x" * 600, b"ok" * 300, b"1\n\r" * 40, b"\xe2\x82\xac\r\n",
    # an EBB that answers in the other syntax of 3.x, or with checksums
    b"V,EBBv13_and_above EB Firmware Version 3.0.2\n", b"QG,3E\n", b"QU,2,32\n", b"QU,\r\nOK\r\n", b"CU,10,1\n", b"CUOK\r\n", b"SM\n",
    b"QS,1,2\n", b"!9 Err: Checksum incorrect\r\n", b"!10 Err: Checksum required\r\n", b"SM,!4 Err: Missing parameter(s)\n",
    b"SM!4 Err: Missing parameter(s)\n", b"QM,1\n\r", b"QM,x,y\n\r", b"QM,1,1,1,1,1,1\n\r",
    # GRBL and its kin: reports cut, other states, alarms without sense, other firmwares' messages
    b"<Idle|MPos:1.0", b"|FS:0,0>\r\n", b"<Run|MPos:1,2>\r\n", b"<Hold:1|MPos:1.000,2.000,0.000|FS:0,0>\r\n",
    b"<Hold:0|WPos:inf,-inf,0>\r\n", b"<Door:3|MPos:0,0,0>\r\n", b"<Alarm|MPos:0,0,0>\r\n", b"<Sleep|MPos:0,0,0>\r\n",
    b"<Check|MPos:nan,nan,nan|WCO:nan,1,2>\r\n", b"<Idle|MPos:1e300,1,1>\r\n", b"ALARM:\r\n", b"ALARM:99\r\n", b"ALARM:Hard limit\r\n",
    b"error: Bad number format\r\n", b"[MSG:'$H'|'$X' to unlock]\r\n", b"[MSG:INFO: hello]\r\n", b"[GC:",
    b"[OPT:V,15,99999999999999999999]\r\n", b"$110=1e999\r\n", b"$$=1\r\n", b"Grbl 3.7 [FluidNC v3.7.8 (wifi) '$' for help]\r\n",
    # Marlin
    b"rs N5\n", b"rs\n", b"Resend:N2\n", b"Resend: -1\n", b"Resend: 99999999999\nok\n", b"ok N5 P15 B3\n", b"wait\n", b"//action:pause\n",
    b"Error:Line Number is not Last Line Number+1, Last Line: 4\nResend: 5\nok\n", b"echo:busy: paused for user\n", b"T:20.0 /0.0 @:0\n",
    b"X:nan Y:inf Z:1e999 E:0\nok\n", b"X:1" * 300 + b"\nok\n", b"Servo 0: ninety\nok\n",
    # a pen plotter: other places, statuses and buffers than it was asked for, or torn
    b"0,0,1\r", b"10,20,0\r", b"99999,99999,0\r", b"16\r", b"24\r", b"56\r", b"8\r", b"8\r8\r", b"40\r40\r", b"1024\r", b"0\r",
    b"7475A\r", b"83,83,8383,8383\r", b"0,0,11040\r", b"0,0,16158,11040\r", b"-1,-1,-1,-1\r", b"1.5,2.5,0\r", b"16", b"999999\r",
    # nothing at all
    bytes(range(256)), b"\x00" * 5000, b"G" * 20_000, b"\r" * 300, b"\x18", b"\xfe\x0a" * 40,
]  # fmt: skip
PATIENCE = 400.0  # virtual s; more is a hang
NOTE = Ink((Stroke(np.array([20 + 20j, 22 + 19j]), (0, 1)), Stroke(np.array([23 + 20j]), (1, 2))), "i.", Page(60.0, 40.0))


class Noisy(SimPort):
    """A port whose board is overheard: some answers are lost, torn, doubled, or are something else altogether."""

    def __init__(self, board: Board, rng: np.random.Generator, share: float) -> None:
        super().__init__(board)
        self.malformed = 0
        self._rng, self.share = rng, share

    def read(self, timeout: float) -> bytes:
        assert self.board.clock.now() < PATIENCE, "it hangs"
        received = super().read(timeout)
        if not received or self._rng.random() >= self.share:
            return received
        self.malformed += 1
        token = TOKENS[self._rng.integers(len(TOKENS))]
        cut = int(self._rng.integers(len(received) + 1))
        return [token, received[:cut], received + token, token + received, received[:cut] + token + received[cut:]][self._rng.integers(5)]


class Babbling(SimPort):
    """A port on which something is said without end, beside the board's answers or instead of them."""

    def __init__(self, board: Board, said: bytes, *, answers: bool) -> None:
        super().__init__(board)
        self._said, self._answers = said, answers

    def read(self, timeout: float) -> bytes:
        assert self.board.clock.now() < PATIENCE, "it hangs"
        self.board.clock.sleep(min(timeout, 0.01))
        answer = super().read(0.0)
        return (answer if self._answers else b"") + self._said


@cache
def known(machine: str) -> tuple[MachineProfile, str | None, Callable[[MachineProfile, SimPort], Device]]:
    name, _, firmware = machine.partition(" ")
    profile = load_profile(name)
    return profile, firmware or None, load("device", profile.device)


def opened(machine: str, port: Callable[[Board], SimPort]) -> tuple[Device, SimPort]:
    profile, firmware, driver = known(machine)
    sim = port(make_board(profile, firmware=firmware))
    return driver(profile, sim), sim


def judged(error: PlotwriterError) -> None:
    assert "\n" not in str(error) and str(error).startswith("sim: ") and len(str(error)) < 300, error


@pytest.mark.parametrize("machine", MACHINES)
def test_two_thousand_malformed_replies_to_a_drawing(machine: str) -> None:
    plan = plan_page(NOTE, known(machine)[0])
    rng = np.random.default_rng(6)
    malformed = told = 0
    while malformed < 2000:
        share = float(rng.choice([0.02, 0.1, 0.5, 1.0]))
        device, port = opened(machine, lambda board: Noisy(board, rng, share))  # noqa: B023  called at once
        try:
            device.connect()
            device.plot(plan)
        except PlotwriterError as error:
            judged(error)
            told += 1
        malformed += port.malformed  # type: ignore[attr-defined]
    assert told > 50


ASKED: dict[str, Callable[[Device], object]] = {
    "connect": lambda device: device.connect(),
    "look": lambda device: device.connect(prepare=False),
    "where": lambda device: device.where(),
    "pen?": lambda device: device.pen_is_down(),
    "facts": lambda device: device.facts(),
    "pen up": lambda device: move_pen(device, down=False),
    "pen down": lambda device: move_pen(device, down=True),
    "move": lambda device: go(device, home_of(device.profile) + 1, bounded=False),
    "home": lambda device: device.home(),
    "motors off": lambda device: device.motors_off(),
    "raise": lambda device: device.raise_pen(),
    "adopt": lambda device: device.adopt(device.profile),
}


@pytest.mark.parametrize("machine", MACHINES)
def test_two_thousand_malformed_replies_to_single_commands(machine: str) -> None:
    """In any order, the next after the last has failed, on a board that was heard well until then."""
    rng = np.random.default_rng(9)
    malformed, told = 0, dict.fromkeys(ASKED, 0)
    while malformed < 2000:
        device, port = opened(machine, lambda board: Noisy(board, rng, 0.0))
        assert isinstance(port, Noisy)
        device.connect()
        port.share = float(rng.choice([0.1, 0.5, 1.0]))
        for name in rng.choice(list(ASKED), 6).tolist():
            try:
                answer = ASKED[name](device)
                assert not isinstance(answer, complex) or abs(answer) < 1e6  # a place, not "inf"
            except PlotwriterError as error:
                judged(error)
                told[name] += 1
        malformed += port.malformed
    assert sum(told.values()) > 100 and sum(n > 0 for n in told.values()) >= len(told) - 3, told  # some ask nothing


BABBLE = [b"\r\n", b"\n\r", b"x", b"\x00\xff", b"y" * 999, b"ok\r\n", b"OK\r\n", b"echo:hello\n", b"[MSG:INFO: hello]\r\n"]


@pytest.mark.parametrize("said", BABBLE, ids=range(len(BABBLE)))
@pytest.mark.parametrize("machine", MACHINES)
def test_a_board_that_never_stops_babbling_is_told_of_unless_it_answers(machine: str, said: bytes) -> None:
    """Not meant: one that says without end that it lives and works ("busy", "Run"). It is waited for."""
    for late, answers in itertools.product((False, True), (False, True)):
        device, port = opened(machine, SimPort)
        if late:
            device.connect()
        device.transport = Babbling(port.board, said, answers=answers)
        failed = 0
        for ask in ASKED.values():
            try:
                ask(device)
            except PlotwriterError as error:
                judged(error)
                failed += 1
        assert answers or failed > 1


PROTOCOLS = {
    "ebb": lambda: (EbbProtocol(), ["V", "QS", "QG", "SM,10,1,1", "QT", "ES"]),
    "grbl": lambda: (GrblStream(), ["G1 X1 F100", "$$", "M3 S700", "G4 P0.1"]),
    "hpgl": lambda: (HpglStream(window=896), ["PU;OS;OA;", "OI;", "PR3,4;"]),
    "marlin": lambda: (MarlinStream(), ["G1 X1 F100", "M114", "M400"]),
}


@pytest.mark.parametrize("name", PROTOCOLS)
def test_protocols_make_something_of_any_bytes_however_cut(name: str) -> None:
    rng = np.random.default_rng(7)
    for _ in range(2000):
        protocol, commands = PROTOCOLS[name]()
        whole, _ = PROTOCOLS[name]()
        for stream in (protocol, whole):
            stream.send(commands[0])
        received = b"".join(TOKENS[i] for i in rng.integers(len(TOKENS), size=rng.integers(1, 5))) + rng.bytes(int(rng.integers(0, 20)))
        events = whole.feed(received)
        cuts = np.sort(rng.integers(0, len(received) + 1, 3))
        parts = [part.tobytes() for part in np.split(np.frombuffer(received, np.uint8), cuts)]
        pieces = [event for part in parts for event in protocol.feed(part)]
        if len(received) < 500:  # beyond, what is no line is given up where it is cut
            assert pieces == events


@pytest.mark.parametrize(
    "machine", ["axidraw", "nextdraw_8511", "grbl_servo", "grbl_z", "idraw_h", "grblhal", "marlin_servo", "hp7475a", "hp7440a"]
)
def test_a_page_at_full_rate_starves_no_queue_and_overruns_no_buffer(machine: str) -> None:
    from plotwriter.devices import open_device, plot_page, simulated_board
    from tests.devices.factories import make_page

    profile, ink = load_profile(machine), make_page(n_words=12)

    class Watched(SimPort):
        most = 0

        def write(self, sent: bytes) -> None:
            super().write(sent)
            stream = device._talk.stream if profile.hpgl else getattr(device, "_stream", None)  # type: ignore[attr-defined]
            self.most = max(self.most, getattr(stream, "in_flight", 0))

    device = open_device(profile, "sim")
    device.transport = Watched(device.transport.board)  # type: ignore[attr-defined]
    plan = plot_page(ink, profile, device)
    board = simulated_board(device)
    assert board is not None and len(board.drawn()) == len(ink.strokes)
    if profile.device == "ebb":
        assert board.starved == 0  # type: ignore[attr-defined]
    else:
        assert board.lost_bytes == 0  # type: ignore[attr-defined]
    if profile.hpgl is not None:
        assert profile.hpgl.window / 2 < device.transport.most <= profile.hpgl.window  # type: ignore[attr-defined]
    if profile.device == "grbl":
        assert 64 < device.transport.most <= min(profile.connection.rx_capacity, 1024)  # type: ignore[attr-defined]
    assert board.elapsed == pytest.approx(plan.duration, rel=0.05, abs=6.5)  # and starts at once: booting is all that is added
