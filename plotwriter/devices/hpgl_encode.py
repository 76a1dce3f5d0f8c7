"""Plan to HPGL: strokes as whole instructions on the plotter's own units, in pieces that its buffer holds.

    action      travel           pen down   drawn, at most `longest` bytes each   pen up
    says        PU;PA1234,567;   PD;        PR12,-9,3,4;PR...;                    PU;        OS;OA;   at the end of every stroke

Units are whole, y up, 0, 0 at the lower left of what the pen reaches. Points that a longer vector says as well are left out.

Source: HP 7475A Interfacing and Programming Manual, ch. 2 and 3
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from plotwriter.devices.hpgl import QUESTIONS
from plotwriter.devices.profile import HpglTable, MachineProfile
from plotwriter.errors import ConfigError
from plotwriter.ink import Points
from plotwriter.motion.actions import PenAction, Plan, Trajectory
from plotwriter.motion.board import as_lines

__all__ = [
    "Instruction",
    "Piece",
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

STEP = 3.81  # mm/s, what VS is rounded to
FASTEST = 381.0  # mm/s, what VS takes at most


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
