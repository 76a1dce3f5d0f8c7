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

import itertools
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from plotwriter.devices.profile import HpglTable, MachineProfile
from plotwriter.errors import ConfigError, ProtocolError
from plotwriter.ink import Points
from plotwriter.motion.actions import PenAction, Plan, Trajectory
from plotwriter.motion.board import as_lines

__all__ = [
    "ABORT",
    "AHEAD",
    "ERRORS",
    "IO_ERRORS",
    "QUESTIONS",
    "HpglEvent",
    "HpglStream",
    "Instruction",
    "Noise",
    "Number",
    "Piece",
    "Place",
    "Said",
    "Wire",
    "encode",
    "hpgl_table",
    "instructions",
    "on_grid",
    "opening",
    "pieces",
    "to_place",
    "to_units",
    "velocity",
]

ABORT = b"\x1b.J\x1b.K"  # drop half an ESC and its answer; drop half an instruction and all that waits
QUESTIONS = "OS;OA;"
AHEAD = 2  # strokes that are out and not confirmed, at most: so many may have to be drawn once more after a cut
STEP = 3.81  # mm/s, what VS is rounded to
FASTEST = 381.0  # mm/s, what VS takes at most
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


def hpgl_table(profile: MachineProfile) -> HpglTable:
    """The profile's [hpgl] table.

    Raises:
        ConfigError: it has none
    """
    if profile.hpgl is None:
        raise ConfigError(f"{profile.name or profile.title}: speaks {profile.device!r}, not HPGL; use a machine such as hp7475a")
    return profile.hpgl


def to_units(points: Points, profile: MachineProfile) -> Points:
    """Machine frame, mm, to whole plotter units, y up."""
    unit = hpgl_table(profile).unit
    return np.rint(points.real / unit) + 1j * np.rint((profile.travel[1] - points.imag) / unit)


def to_place(units: Points, profile: MachineProfile) -> Points:
    """Plotter units to the machine frame, mm."""
    unit = hpgl_table(profile).unit
    return np.asarray(units.real * unit + 1j * (profile.travel[1] - units.imag * unit), dtype=np.complex128)


def velocity(profile: MachineProfile) -> float:
    """The speed of drawing that VS gives, mm/s: the profile's, rounded down to what the plotter knows."""
    return min(max(int(profile.motion.feed / STEP + 1e-6), 1) * STEP, FASTEST)


def on_grid(move: Trajectory, profile: MachineProfile) -> Points:
    """A drawn path as plotter units; points that a longer vector says as well are left out. At least two."""
    points = (move.told or as_lines(move))[0].copy()
    points[0], points[-1] = move.start[0], move.end[-1]  # where the ways there and on from it end, not near it
    units = to_units(points, profile)
    units = units[np.concatenate(([True], units[1:] != units[:-1]))]
    return units if len(units) > 1 else units[0] + np.array([0, 1])


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction and the action of a plan it is part of."""

    text: str
    action: int
    here: complex  #: plotter units, where the pen is when it is done
    down: bool  #: whether it is down then


@dataclass(frozen=True, slots=True)
class Piece:
    """Instructions that are sent in one."""

    instructions: tuple[Instruction, ...]
    asks: bool  #: whether they end in questions

    @property
    def text(self) -> str:
        """What is sent."""
        return "".join(instruction.text for instruction in self.instructions) + QUESTIONS * self.asks

    @property
    def last(self) -> Instruction:
        """The one that ends it."""
        return self.instructions[-1]


@dataclass(frozen=True, slots=True)
class Wire:
    """A piece as the driver sends it."""

    piece: Piece
    stroke: int  #: index of the stroke it belongs to; -1 before the first, their number on the way home
    plan_time: float  #: s of the plan done when it is


def instructions(actions: tuple[PenAction | Trajectory, ...], profile: MachineProfile, start: complex) -> Iterator[Instruction]:
    """What says a plan's actions, in order.

    Args:
        actions: a plan's
        profile: the machine
        start: plotter units, where the pen stands
    """
    longest, here = hpgl_table(profile).longest, start
    for i, action in enumerate(actions):
        if isinstance(action, PenAction):
            yield Instruction("PD;" if action.down else "PU;", i, here, action.down)
        elif not action.pen_down:
            here = complex(to_units(action.end[-1:], profile)[0])
            yield Instruction("PU;", i, here, False)  # it is up already; were that lost, a line would cross the sheet
            yield Instruction(f"PA{here.real:.0f},{here.imag:.0f};", i, here, False)
        else:
            steps = np.diff(on_grid(action, profile))
            words = [f"{step.real:.0f},{step.imag:.0f}".replace("-0", "0") for step in steps.tolist()]
            text = ""
            for word, step in zip(words, steps.tolist(), strict=True):
                if text and len(text) + len(word) + 2 > longest:
                    yield Instruction(text + ";", i, here, True)
                    text = ""
                text += f",{word}" if text else f"PR{word}"
                here += step
            yield Instruction(text + ";", i, here, True)


def pieces(parts: Iterator[Instruction], ends: tuple[int, ...], profile: MachineProfile) -> Iterator[Piece]:
    """Instructions in pieces: never longer than an instruction may be, with questions at ends and before half a window is out.

    Args:
        parts: from `instructions`
        ends: per action, whose number changes where a piece must end: its stroke
        profile: the machine
    """
    table = hpgl_table(profile)
    half, room = table.window // 2, max(table.longest, len("PA12345,12345;"))
    for _, group in itertools.groupby(parts, key=lambda part: ends[part.action]):
        held: list[Instruction] = []
        out = size = 0  # bytes since the last question, bytes held
        for part in group:
            if held and size + len(part.text) > room:
                asks = out + size + len(part.text) > half
                yield Piece(tuple(held), asks)
                out, held, size = 0 if asks else out + size, [], 0
            held.append(part)
            size += len(part.text)
        yield Piece(tuple(held), True)


def opening(start: complex) -> Piece:
    """What comes first: the pen is raised, and asked about."""
    return Piece((Instruction("PU;", -1, start, False),), True)


def encode(plan: Plan, profile: MachineProfile) -> Iterator[Wire]:
    """A plan as pieces, from where it starts; the pen is raised first, every stroke ends in questions."""
    ends = tuple(action.stroke for action in plan.actions)
    done = np.cumsum([action.duration for action in plan.actions]).tolist()
    start = complex(to_units(np.array([plan.home]), profile)[0])
    yield Wire(opening(start), -1, 0.0)
    for piece in pieces(instructions(plan.actions, profile, start), ends, profile):
        yield Wire(piece, ends[piece.last.action], done[piece.last.action])
