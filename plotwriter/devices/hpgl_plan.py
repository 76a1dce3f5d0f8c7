r"""What a pen plotter will make of a plan: vectors from rest to rest on whole units, fed by a thin wire.

    wire      PU;PA..;PD;PR12,-9,3,4,...;PU;OS;OA;|PU;PA....      960 bytes a second, and no more of them than the window
    plotter     travel  down /\_/\__/\ up answers|  travel ...    each vector begins once it is there and the last has ended

A vector that waits for its bytes is planned as a slower one: the time is right, the path is right, only the rest between
them is smeared. Whoever wants it faster thins the ink or lifts the baud rate; the plotter itself could do more.

Source: HP 7475A Interfacing and Programming Manual: about 2 g, answers in order; departs: a vector's ramps are straight, and
parsing takes no time of its own
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from plotwriter.devices.hpgl import AHEAD
from plotwriter.devices.hpgl_encode import Piece, hpgl_table, instructions, on_grid, opening, pieces, to_place, to_units, velocity
from plotwriter.devices.profile import MachineProfile
from plotwriter.ink import Points
from plotwriter.motion.actions import Floats, PenAction, Plan, Trajectory

__all__ = ["as_vectors"]

WIRE = 10  # bits a byte takes, 8N1


def as_vectors(plan: Plan, profile: MachineProfile) -> Plan:
    """A plan as the plotter will do it.

    Args:
        plan: a page's, placed; its paths count, its speeds do not
        profile: the machine
    """
    told = tuple(action for action in (_told(action, profile) for action in plan.actions) if _is_some(action))
    strokes = tuple(action.stroke for action in told)
    start = complex(to_units(np.array([plan.home]), profile)[0])
    clock = _Clock(profile, start)
    clock.take(opening(start), -1)
    for piece in pieces(instructions(told, profile, start), strokes, profile):
        clock.take(piece, strokes[piece.last.action])
    done: list[PenAction | Trajectory] = []
    now = 0.0
    for i, action in enumerate(told):
        ends = clock.ends[i]
        if isinstance(action, PenAction):
            done.append(replace(action, duration=ends[-1] - now))
        else:
            assert action.told is not None
            done.append(_slowed(action, action.told[0], np.diff([now, *ends]), profile))
        now = ends[-1]
    return replace(plan, actions=tuple(done))


def _told(action: PenAction | Trajectory, profile: MachineProfile) -> PenAction | Trajectory:
    """An action with the points that say it, on the plotter's grid."""
    if isinstance(action, PenAction):
        return replace(action, duration=0.0)
    units = on_grid(action, profile) if action.pen_down else to_units(np.array([action.start[0], action.end[-1]]), profile)
    speed = velocity(profile) if action.pen_down else profile.motion.travel_speed
    return replace(action, told=(to_place(units, profile), np.full(len(units) - 1, speed)))


def _is_some(action: PenAction | Trajectory) -> bool:
    """Whether it is more than a way from a unit to itself."""
    return isinstance(action, PenAction) or action.told is None or len(set(action.told[0].tolist())) > 1


@dataclass(slots=True)
class _Clock:
    """Wire and plotter, as far as they have come."""

    profile: MachineProfile
    here: complex  #: plotter units
    down: bool = False
    ends: dict[int, list[float]] = field(default_factory=dict)  #: per action, s at which its parts end
    _wire: float = 0.0  #: s at which the wire is free
    _now: float = 0.0  #: s at which the plotter is
    _out: list[tuple[int, int]] = field(default_factory=list)  #: bytes and stroke of the pieces since the last answer
    _open: list[tuple[float, list[tuple[int, int]]]] = field(default_factory=list)  #: when each answer comes, and what it confirms

    def take(self, piece: Piece, stroke: int) -> None:
        """One piece is sent as soon as it may be, and done as soon as it can be."""
        byte, table = WIRE / self.profile.connection.baud, hpgl_table(self.profile)
        text, send = piece.text, self._wire
        while self._open and (self._held() + len(text) > table.window or self._strokes(stroke) >= AHEAD):
            send = max(send, self._open.pop(0)[0])
        at = send
        for part in piece.instructions:
            self._do(part.text, part.action, at, byte)
            at += len(part.text) * byte
        self._wire = send + len(text) * byte
        self._out.append((len(text), stroke))
        if piece.asks:
            here = f"{self.here.real:.0f},{self.here.imag:.0f},0\r"
            self._now = max(self._now, at + 3 * byte) + len("16\r") * byte
            self._now = max(self._now, at + 6 * byte) + len(here) * byte
            ends = self.ends[piece.last.action]
            if not self.down:  # in mid-stroke it is the next vector that waits for the answer
                ends[-1] = self._now
            self._open.append((self._now, self._out))
            self._out = []

    def _held(self) -> int:
        return sum(size for _, held in self._open for size, _ in held) + sum(size for size, _ in self._out)

    def _strokes(self, stroke: int) -> int:
        """Strokes before this one that are out and not confirmed."""
        return len({other for _, held in self._open for _, other in held} - {stroke})

    def _do(self, text: str, action: int, sent: float, byte: float) -> None:
        """One instruction, whose first byte is sent then."""
        ends, times = self.ends.setdefault(action, []), self.profile.pen.times
        if text in ("PU;", "PD;"):
            self._now = max(self._now, sent + 3 * byte)
            if self.down != (text == "PD;"):
                self._now += times.lower_pen if text == "PD;" else times.raise_pen
                self.down = not self.down
            ends[:] = [self._now]
            return
        words = text[2:-1].split(",")
        arrived = sent + 2 * byte
        for x, y in zip(words[::2], words[1::2], strict=True):
            arrived += (len(x) + len(y) + 2) * byte
            there = complex(int(x), int(y)) + (self.here if text.startswith("PR") else 0)
            self._now = max(self._now, arrived) + self._vector(abs(there - self.here))
            self.here = there
            if text.startswith("PA"):
                ends.clear()
            ends.append(self._now)

    def _vector(self, length: float) -> float:
        s, motion = length * hpgl_table(self.profile).unit, self.profile.motion
        v, a = (velocity(self.profile), motion.accel) if self.down else (motion.travel_speed, motion.travel_accel)
        return s / v + v / a if s >= v * v / a else 2 * math.sqrt(s / a)


def _slowed(move: Trajectory, points: Points, durations: Floats, profile: MachineProfile) -> Trajectory:
    """A path whose vectors take so long, each from rest to rest: up, steady, down."""
    step = np.diff(points)
    length = np.abs(step)
    a = profile.motion.accel if move.pen_down else profile.motion.travel_accel
    top = (a * durations - np.sqrt(np.maximum((a * durations) ** 2 - 4 * a * length, 0.0))) / 2
    top = np.minimum(top, np.sqrt(a * length))
    ramp = np.minimum(top * top / (2 * a) / length, 0.5)
    marks = np.stack((np.zeros_like(ramp), ramp, 1 - ramp, np.ones_like(ramp)))
    v = np.stack((np.zeros_like(top), top, top, np.zeros_like(top)))
    real = (np.diff(marks, axis=0) > 1e-12).T  # (n, 3)
    vector, part = np.nonzero(real)
    start = points[vector] + step[vector] * marks[part, vector]
    end = np.append(start[1:], points[-1])
    return replace(move, start=start, end=end, v_in=v[part, vector], v_out=v[part + 1, vector])
