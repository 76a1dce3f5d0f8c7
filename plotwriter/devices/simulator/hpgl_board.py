r"""A pen plotter of the HP 7475A's kind on a virtual clock: a byte buffer, instructions in their order, vectors from rest to rest.

    bytes, 960 a second --> ESC . X   at once, whatever is being drawn
                       `--> buffer --> instruction --> vector, pen, carousel, answer: one after the other
                              `-- a byte too many is lost: I/O error 16

Written from the manual, not from our driver, so that a mistake in the driver shows. An instruction's pairs are drawn as they
arrive. ESC.K drops half an instruction and the buffer, and lets the vector end that is being drawn. Parity, windows (IW),
scales (SC), letters and arcs are not simulated.

Source: HP 7475A Interfacing and Programming Manual, ch. 1, 3, 7 and 10
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from plotwriter.devices.simulator.board import Faults
from plotwriter.devices.simulator.carriage import Carriage
from plotwriter.devices.simulator.clock import VirtualClock

__all__ = ["HpglBoard"]

BOOT = 4.0  # s from power to the first instruction
MOST = 32_767  # units a coordinate may have
QUERIES = ("OA", "OC", "OE", "OI", "OP", "OS", "OW")
PARAMETERS: dict[str, tuple[int, ...]] = dict.fromkeys(("IN", "DF", *QUERIES), (0,)) | {
    "SP": (0, 1),
    "VS": (0, 1),
    "PS": (0, 1),
    "IP": (0, 4),
}  # how many
PAIRS = ("PA", "PR", "PU", "PD")


class HpglBoard:
    """A simulated pen plotter, switched on, its paper loaded."""

    def __init__(
        self,
        *,
        unit: float,
        window: tuple[int, int],
        buffer: int,
        baud: int,
        pens: int,
        top: float,
        identity: str = "7475A",
        faults: Faults | None = None,
    ) -> None:
        """Power on.

        Args:
            unit: mm of a plotter unit
            window: units that it reaches of the paper
            buffer: bytes
            baud: bits a second
            pens: in the carousel
            top: mm, machine frame, where y = 0 is: the frame's y runs down from 0
            identity: answer to OI
            faults: what shall go wrong; replies are counted for `garbage_at`, `lost_reply_at` and `slow_at`
        """
        self.clock = VirtualClock()
        self.faults = faults or Faults()
        self.gone = self.view = self.lever = False  # cable out; VIEW pressed; paper lever up
        self.n_lines = self.n_bytes = self.lost_bytes = self.n_replies = 0
        self.carriage = Carriage(unit=unit, window=window, top=top)
        self._size, self._byte, self._pens, self._identity = buffer, 10 / baud, pens, identity
        self._wire_free = 0.0
        self._gone_at = math.inf
        self._in: deque[tuple[float, int]] = deque()  # when, which byte
        self._ends: deque[float] = deque()  # when something whole has come
        self._out: list[tuple[float, bytes]] = []
        self._n_done = 0
        self._now = 0.0
        self._power(0.0)
        self._busy = self._deaf = 0.0  # that was some time ago

    def _power(self, now: float) -> None:
        """Switched on: pen up and at the lower left, nothing remembered."""
        self._buffer: deque[int] = deque()
        self._escape = b""
        self._todo: deque[Callable[[float], float]] = deque()
        self._io_error = self._error = 0
        self._talking = -math.inf  # until when an answer is being sent
        self._asked_size = False
        self.carriage.pen = 0
        self.carriage.lift(now, down=False, at_once=True)
        self.carriage.jump(now + 1e-6, 0j)  # with the pen up already
        self._abort()
        self._initialise()
        self._in.clear()
        self._ends.clear()
        self._out = [item for item in self._out if item[0] <= now]
        self._busy = self._deaf = now + BOOT

    def _initialise(self) -> None:
        self._started, self._relative = True, False
        self.carriage.hurry(None)
        self._p1p2 = (250, 279, 250 + 10_080, 279 + 7_200)  # somewhere inside; each size of paper has its own
        self._error, self._moved_points = 0, False

    def _abort(self) -> None:
        self._name, self._digits, self._parameters, self._first, self._bad = "", "", list[float](), 0, False

    def receive(self, sent: bytes) -> None:
        """Bytes arrive now."""
        now = self.clock.now()
        for byte in sent:
            if self._gone_at < math.inf or self.gone:
                return
            self._wire_free = max(self._wire_free, now) + self._byte
            self._in.append((self._wire_free, byte))
            self.n_bytes += 1
            if byte not in b"0123456789-":
                self._ends.append(self._wire_free)
            if byte == 0x3B:
                self.n_lines += 1
                if self.faults.disconnect_after is not None and self.n_lines >= self.faults.disconnect_after:
                    self._gone_at = self._wire_free
            if self.faults.disconnect_at_byte is not None and self.n_bytes >= self.faults.disconnect_at_byte:
                self._gone_at = self._wire_free

    def plug(self) -> None:
        """The cable is in again; nothing is reset by that."""
        self.gone, self._gone_at, self.faults = False, math.inf, Faults()
        self._in.clear()
        self._ends.clear()

    def run_to(self, moment: float) -> None:
        """Read and draw until a moment."""
        while True:
            arrival = self._in[0][0] if self._in else math.inf
            ready = max(self._busy, self._now) if self._has_work() else math.inf
            event = min(arrival, ready)
            if event > moment:
                break
            self._now = max(self._now, event)
            if arrival <= ready:
                self._arrive(*self._in.popleft())
            else:
                self._work(self._now)
        self._now = max(self._now, moment)
        while self._ends and self._ends[0] <= self._now:
            self._ends.popleft()
        self.gone = self.gone or self._gone_at <= self._now

    def next_event(self) -> float | None:
        """When something will happen by itself."""
        events = [self._out[0][0]] if self._out else []
        if self._ends:
            events.append(self._ends[0])
        if self._has_work():
            events.append(max(self._busy, self._now))
        if self._gone_at < math.inf and not self.gone:
            events.append(self._gone_at)
        return min(events, default=None)

    def take(self) -> bytes:
        """What has been said by now."""
        now = self.clock.now()
        due = [text for moment, text in self._out if moment <= now]
        self._out = [item for item in self._out if item[0] > now]
        return b"".join(due)

    def drawn(self) -> list[npt.NDArray[np.complex128]]:
        """Per touch of the pen the path drawn, mm, machine frame."""
        return self.carriage.drawn()

    @property
    def elapsed(self) -> float:
        """Virtual seconds so far."""
        return self.clock.now()

    @property
    def pen_is_down(self) -> bool:
        """Whether the pen touches the paper now."""
        return self.carriage.servo.down_at(self.clock.now())

    @property
    def position(self) -> complex:
        """Where the pen stands once the vector that is being drawn has ended, mm, machine frame."""
        return self.carriage.place

    def _has_work(self) -> bool:
        return bool(self._todo and not (self.view or self.lever)) or bool(not self._todo and self._buffer)

    def _arrive(self, moment: float, byte: int) -> None:
        if moment < self._deaf:
            return
        if self._escape or byte == 0x1B:
            self._escaped(moment, byte)
        elif len(self._buffer) >= self._size:
            self.lost_bytes += 1
            self._io_error = 16
        else:
            self._buffer.append(byte)

    def _escaped(self, moment: float, byte: int) -> None:
        """One byte of an ESC sequence: ESC . X, and for some up to a colon."""
        self._escape += bytes([byte])
        if len(self._escape) == 2 and byte != 0x2E:
            self._escape, self._io_error = b"", 11
        if len(self._escape) < 3 or (self._escape[2] in b"@HIMN" and byte != 0x3A):
            return
        code, self._escape = chr(self._escape[2]), b""
        if code in "BELO" and moment < self._talking:
            self._io_error = 10
        elif code == "B":
            self._say(moment, f"{self._size - len(self._buffer)}")
        elif code == "E":
            self._say(moment, f"{self._io_error}")
            self._io_error = 0
        elif code == "O":
            self._say(moment, f"{8 * (not self._buffer and not self._todo) + (32 if self.lever else 16 if self.view else 0)}")
        elif code == "L":
            self._asked_size = True
        elif code in "JR":
            self._out = [item for item in self._out if item[0] <= moment]
            self._talking = -math.inf
        if code in "KR":
            self._buffer.clear()
            self._todo.clear()
            self._abort()
        elif code not in "BEJLORKM@HIN()YZ":
            self._io_error = 11

    def _say(self, moment: float, text: str) -> float:
        """Send an answer; when its last character is out."""
        self.n_replies += 1
        faults, n = self.faults, self.n_replies
        begin = max(moment, self._talking)
        self._talking = begin + (len(text) + 1) * self._byte + (faults.slow_by if faults.slow_at == n else 0.0)
        if faults.lost_reply_at != n:
            self._out.append((self._talking, b"\x00#~\r" if faults.garbage_at == n else text.encode("ascii") + b"\r"))
        return self._talking

    def _work(self, now: float) -> None:
        """The next thing to do, or the next bytes of the buffer until there is one."""
        while not self._todo and self._buffer:
            self._read(self._buffer.popleft(), now)
        if self._asked_size and not self._buffer:
            self._asked_size = False
            self._say(now, f"{self._size}")
        if self._todo and not (self.view or self.lever):
            self._busy = self._todo.popleft()(now)

    def _read(self, byte: int, now: float) -> None:
        """One byte of HPGL: two letters, numbers, and an end."""
        c = chr(byte)
        if c.isalpha():
            if len(self._name) == 2:  # the next instruction ends one without a semicolon
                self._end(now)
            self._name += c.upper()
        elif c in "0123456789.-+" and len(self._name) == 2:
            self._digits += c
        elif c in ", ":
            self._number()
        elif c == ";":
            self._end(now)
        elif c not in "\r\n":
            self._bad = True

    def _number(self) -> None:
        """A number is whole; a pair of them is a vector."""
        if self._digits:
            try:
                self._parameters.append(float(self._digits))
            except ValueError:
                self._bad = True
            self._digits = ""
        if self._name in PAIRS and len(self._parameters) == 2:
            x, y = self._parameters
            self._parameters = []
            if not self._first:
                self._count()
            self._first += 1
            if self._bad:
                return
            if max(abs(x), abs(y)) > MOST:
                self._error, self._bad = 6, True
                return
            if self._name in ("PU", "PD") and self._first == 1:
                self._pen_to(down=self._name == "PD")
            if self._name in ("PA", "PR"):
                self._relative = self._name == "PR"
            relative, step = self._relative, complex(x, y)
            self._todo.append(lambda now: self.carriage.vector(now, self.carriage.here + step if relative else step))

    def _count(self) -> None:
        """One more instruction is begun; some do not come to be done."""
        self._n_done += 1
        if self.faults.error_at == self._n_done:
            self._error, self._bad = 1, True

    def _end(self, now: float) -> None:
        """An instruction is whole."""
        self._number()
        name, parameters, n_pairs = self._name, self._parameters, self._first
        if not name:
            self._abort()
            return
        if not n_pairs:
            self._count()
        bad = self._bad
        self._abort()
        if name not in PARAMETERS and name not in PAIRS:
            self._error = 1
        elif len(parameters) not in PARAMETERS.get(name, (0,)):
            self._error = 2
        elif not bad:
            if name in PAIRS:
                if not n_pairs and name in ("PU", "PD"):
                    self._pen_to(down=name == "PD")
                elif not n_pairs:
                    self._relative = name == "PR"
            else:
                self._todo.append(lambda now: self._do(now, name, parameters))
        if self.faults.reset_at == self._n_done:
            self.faults = Faults()
            self._power(now)

    def _pen_to(self, *, down: bool) -> None:
        self._todo.append(lambda now: self.carriage.lift(now, down=down))

    def _do(self, now: float, name: str, parameters: list[float]) -> float:
        """An instruction that draws nothing; when it is done."""
        here, down = self.carriage.here, self.carriage.down(now)
        match name, parameters:
            case "IN", _:
                self._initialise()
                return self.carriage.lift(now, down=False)
            case "DF", _:
                self._relative = False
                self.carriage.hurry(None)
            case "SP", [pen] if not 0 <= pen <= self._pens:
                self._error = 3
            case "SP", _:
                return self.carriage.take(now, int(parameters[0]) if parameters else 0)
            case "VS", [speed] if not 0 <= speed < 128:
                self._error = 3
            case "VS", _:
                self.carriage.hurry(parameters[0] if parameters else None)
            case "IP", [x1, y1, x2, y2]:
                self._p1p2, self._moved_points = (int(x1), int(y1), int(x2), int(y2)), True
            case "OA", _:
                return self._say(now, f"{here.real:.0f},{here.imag:.0f},{int(down)}")
            case "OC", _:
                return self._say(now, f"{here.real:.4f},{here.imag:.4f},{int(down)}")
            case "OE", _:
                error, self._error = self._error, 0
                return self._say(now, f"{error}")
            case "OI", _:
                return self._say(now, self._identity)
            case "OP", _:
                self._moved_points = False
                return self._say(now, ",".join(map(str, self._p1p2)))
            case "OW", _:
                return self._say(now, "0,0,{},{}".format(*self.carriage.window))
            case "OS", _:
                status = down + 2 * self._moved_points + 8 * self._started + 16 * (not self.lever) + 32 * (self._error > 0)
                self._started = False
                return self._say(now, f"{status}")
        return now
