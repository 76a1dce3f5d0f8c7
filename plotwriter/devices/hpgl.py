r"""HPGL and the plotter's talk about it: whole instructions out, events in; no port, clock or thread.

    PU;PA1234,567;PD;PR12,-9,3,4;PU;OS;OA;      a stroke, and the two questions that end it
    16\r 1249,562,0\r                           "ready, nothing wrong" and where the pen stands, 0 for up

1. What is sent waits in the plotter's buffer. A byte too many is lost, and the drawing with it, so we count: no more than
   `window` bytes are out of which the plotter has not yet said, by answering a later question, that they are done.
2. Questions of two letters stand in line with the instructions: the answer to OA says that all before it is drawn. The ones
   that begin with ESC are answered at once, whatever is being drawn: they tell that the plotter lives.
3. Nothing is sent between the bytes of an instruction: plotters have been seen to misread one that an ESC interrupts.
4. Within a stroke coordinates are relative: half the bytes, of which 9600 baud carry 960 a second, and whatever is lost
   on the way shows in where the stroke ends.

Source: HP 7475A Interfacing and Programming Manual, ch. 3, 7, 10
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass

from plotwriter.errors import ProtocolError

__all__ = ["ABORT", "AHEAD", "ERRORS", "IO_ERRORS", "QUESTIONS", "HpglEvent", "HpglStream", "Noise", "Number", "Place", "Said"]

ABORT = b"\x1b.J\x1b.K"  # drop half an ESC and its answer; drop half an instruction and all that waits
QUESTIONS = "OS;OA;"
AHEAD = 2  # strokes that are out and not confirmed, at most: so many may have to be drawn once more after a cut
NOISE_LIMIT = 512  # bytes without an end of line that can only be noise

ERRORS = {
    1: "instruction not recognised",
    2: "wrong number of parameters",
    3: "a parameter is out of range",
    5: "unknown character set",
    6: "a place beyond what it can count",
    8: "told to draw while the paper lever was up",
}  # OE; manual p. 7-5
IO_ERRORS = {
    11: "an ESC sequence was garbled",
    12: "an ESC sequence was garbled",
    15: "bytes came in damaged",
    16: "its buffer overflowed and bytes were lost",
}  # ESC.E; manual p. 10-27.  10, a question during an answer, and 13 and 14 lose nothing


@dataclass(frozen=True, slots=True)
class Place:
    """Where the pen stands, plotter units, and whether it is down: the answer to OA, or to OC where it was sent."""

    x: int
    y: int
    down: bool


@dataclass(frozen=True, slots=True)
class Number:
    """The answer to OS, OE, ESC.B, ESC.E or ESC.O."""

    value: int


@dataclass(frozen=True, slots=True)
class Said:
    """A line of another kind: the answer to OI, OP or OW."""

    text: str


@dataclass(frozen=True, slots=True)
class Noise:
    """A line that no plotter says."""

    text: str


HpglEvent = Place | Number | Said | Noise


class HpglStream:
    """One conversation with a plotter: what is out and not confirmed, and what it says."""

    def __init__(self, *, window: int) -> None:
        """Nothing sent."""
        self.window = window
        self._out: deque[tuple[int, bool]] = deque()  # bytes of each text, whether it ends in questions
        self._partial = b""

    @property
    def in_flight(self) -> int:
        """Bytes that may still wait in the plotter's buffer."""
        return sum(size for size, _ in self._out)

    @property
    def unanswered(self) -> int:
        """Places that are still to be told."""
        return sum(asks for _, asks in self._out)

    def send(self, text: str) -> bytes | None:
        """The bytes of whole instructions; None: the window is full, `feed` first.

        Raises:
            ProtocolError: not HPGL, or too long for the window
        """
        if not re.fullmatch(r"([A-Z]{2}[-\d.,]*;)+", text) or len(text) > self.window:
            raise ProtocolError(f"HPGL: {text[:90]!r} is no row of whole instructions of at most {self.window} bytes")
        if self._out and self.in_flight + len(text) > self.window:
            return None
        self._out.append((len(text), text.endswith("OA;")))
        return text.encode("ascii")

    def reset(self) -> None:
        """Forget what is out and half received."""
        self._out.clear()
        self._partial = b""

    def feed(self, received: bytes) -> list[HpglEvent]:
        """What the received bytes mean, however they were cut."""
        *lines, self._partial = re.split(rb"[\r\n]", self._partial + received)
        if len(self._partial) > NOISE_LIMIT:
            lines, self._partial = [*lines, self._partial], b""
        return [self._line(line.decode("ascii", "replace").strip()) for line in lines if line.strip()]

    def _line(self, line: str) -> HpglEvent:
        if match := re.fullmatch(r"(-?\d{1,5}(?:\.\d{1,4})?),(-?\d{1,5}(?:\.\d{1,4})?),([01])", line):  # OC has decimals
            while self._out and not self._out.popleft()[1]:
                pass
            return Place(round(float(match[1])), round(float(match[2])), match[3] == "1")
        if re.fullmatch(r"\d{1,5}", line):
            return Number(int(line))
        return Said(line) if re.fullmatch(r"[A-Z0-9][-A-Z0-9.,/ ]{2,40}", line) else Noise(line)
