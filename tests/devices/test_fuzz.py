"""Replies that no board should give, 2,000 a protocol: a clear line each, no hang, no traceback, the wire left in order."""

from __future__ import annotations

import numpy as np
import pytest

from plotwriter.devices import load_profile, plan_page
from plotwriter.devices.device import Device
from plotwriter.devices.ebb import EbbProtocol
from plotwriter.devices.grbl import GrblStream
from plotwriter.devices.marlin import MarlinStream
from plotwriter.devices.simulator import Board, SimPort, make_board
from plotwriter.errors import PlotwriterError
from plotwriter.ink import Ink, Page, Stroke
from plotwriter.registry import load

MACHINES = ["axidraw", "nextdraw_8511", "grbl_servo", "idraw_h", "marlin_servo"]
TOKENS = [
    b"", b"OK\r\n", b"ok\n", b"ok\r\n", b"\r\n", b"\n\r", b"0,0\r\n", b"-1,9\n\rOK\r\n", b"99999999999999999999,1\r\nOK\r\n", b"FF\r\n",
    b"!8 Err: Unknown command 'XX:5858'\r\n", b"Err:\r\n", b"error:9\r\n", b"error:\r\n", b"error:99999999999\r\n", b"ALARM:1\r\n",
    b"Grbl 1.1h ['$' for help]\r\n", b"<Idle|MPos:nan,1e999|WCO:,,>\r\n", b"<Idle|MPos:1.000,2.000,0.000|FS:0,0>\r\n", b"<>\r\n",
    b"[OPT:,,]\r\n", b"[OPT:V,15,3]\r\n", b"$110=x\r\n", b"$32=1\r\n", b"[GC:S. SS S-]\r\n", b"start\n", b"Resend: 1\n", b"Resend: 9\n",
    b"Error:checksum mismatch, Last Line: 3\nResend: 4\nok\n", b"echo:busy: processing\n", b"X:1 Y:\nok\n", b"X:1.0 Y:2.0 Count X:1\nok\n",
    b"echo:Unknown command: \"G1\"\nok\n", b"!! Printer halted. kill() called!\n", b"EBBv13_and_above EB Firmware Version \r\n", b"QM,\r\n",
    b"Version 99999999999.1\r\n", b"\x00\xff\xfe", b"\x80" * 600, b"x" * 600, b"ok" * 300, b"1\n\r" * 40, b"\xe2\x82\xac\r\n",
]  # fmt: skip
PATIENCE = 400.0  # virtual s; more is a hang
NOTE = Ink((Stroke(np.array([20 + 20j, 22 + 19j]), (0, 1)), Stroke(np.array([23 + 20j]), (1, 2))), "i.", Page(60.0, 40.0))


class Noisy(SimPort):
    """A port whose board is overheard: some answers are lost, torn, doubled, or are something else altogether."""

    def __init__(self, board: Board, rng: np.random.Generator, share: float) -> None:
        super().__init__(board)
        self.malformed = 0
        self._rng, self._share = rng, share

    def read(self, timeout: float) -> bytes:
        assert self.board.clock.now() < PATIENCE, "it hangs"
        received = super().read(timeout)
        if not received or self._rng.random() >= self._share:
            return received
        self.malformed += 1
        token = TOKENS[self._rng.integers(len(TOKENS))]
        cut = int(self._rng.integers(len(received) + 1))
        return [token, received[:cut], received + token, token + received, received[:cut] + token + received[cut:]][self._rng.integers(5)]


@pytest.mark.parametrize("machine", MACHINES)
def test_two_thousand_malformed_replies(machine: str) -> None:
    profile = load_profile(machine)
    plan = plan_page(NOTE, profile)
    rng = np.random.default_rng(6)
    malformed = told = 0
    while malformed < 2000:
        port = Noisy(make_board(profile), rng, share=float(rng.choice([0.02, 0.1, 0.5, 1.0])))
        device: Device = load("device", profile.device)(profile, port)
        try:
            device.connect()
            device.plot(plan)
            device.facts()
            device.pen_is_down()
        except PlotwriterError as error:
            assert "\n" not in str(error) and str(error).startswith("sim: ") and len(str(error)) < 300, error
            told += 1
        malformed += port.malformed
    assert told > 50


PROTOCOLS = {
    "ebb": lambda: (EbbProtocol(), ["V", "QS", "QG", "SM,10,1,1", "QT", "ES"]),
    "grbl": lambda: (GrblStream(), ["G1 X1 F100", "$$", "M3 S700", "G4 P0.1"]),
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


@pytest.mark.parametrize("machine", ["axidraw", "nextdraw_8511", "grbl_servo", "grbl_z", "idraw_h", "grblhal", "marlin_servo"])
def test_a_page_at_full_rate_starves_no_queue_and_overruns_no_buffer(machine: str) -> None:
    from plotwriter.devices import open_device, plot_page, simulated_board
    from tests.devices.factories import make_page

    profile, ink = load_profile(machine), make_page(n_words=12)

    class Watched(SimPort):
        most = 0

        def write(self, sent: bytes) -> None:
            super().write(sent)
            if hasattr(device, "_stream") and hasattr(device._stream, "in_flight"):
                self.most = max(self.most, device._stream.in_flight)

    device = open_device(profile, "sim")
    device.transport = Watched(device.transport.board)  # type: ignore[attr-defined]
    plan = plot_page(ink, profile, device)
    board = simulated_board(device)
    assert board is not None and len(board.drawn()) == len(ink.strokes)
    if profile.device == "ebb":
        assert board.starved == 0  # type: ignore[attr-defined]
    else:
        assert board.lost_bytes == 0  # type: ignore[attr-defined]
    if profile.device == "grbl":
        assert 64 < device.transport.most <= min(profile.connection.rx_capacity, 1024)  # type: ignore[attr-defined]
    assert board.elapsed == pytest.approx(plan.duration, rel=0.05, abs=6.5)  # and starts at once: booting is all that is added
