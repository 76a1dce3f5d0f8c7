"""What GRBL 1.1 makes of a line: modal state, targets, arcs, and the errors it answers.

Source: gnea/grbl v1.1 gcode.c, doc/csv/error_codes_en_US.csv
"""

from __future__ import annotations

import cmath
import math
import re
from dataclasses import dataclass, replace

__all__ = ["Action", "Interpreter", "LiftTo", "Move", "Pause", "Rejected", "SpindleTo"]

MM_PER_INCH = 25.4
ARC_TOLERANCE = 0.002  # mm, $12
KNOWN_G = {0, 1, 2, 3, 4, 17, 20, 21, 40, 49, 54, 61, 80, 90, 91, 92, 94}
KNOWN_M = {0, 2, 3, 4, 5, 7, 8, 9, 30}


class Rejected(Exception):
    """error:N."""


@dataclass(frozen=True, slots=True)
class Move:
    """A straight move."""

    target: complex  #: mm, machine position
    feed: float  #: mm/s; infinite for a rapid


@dataclass(frozen=True, slots=True)
class LiftTo:
    """A move of Z alone."""

    z: float  #: mm, machine position
    feed: float  #: mm/s; infinite for a rapid


@dataclass(frozen=True, slots=True)
class SpindleTo:
    """The spindle, here the pen's servo, once motion has ended."""

    s: float


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing, once motion has ended; infinite for M0."""

    seconds: float


Action = Move | LiftTo | SpindleTo | Pause


@dataclass(slots=True)
class Interpreter:
    """Modal state of the parser."""

    position: complex = 0j  #: mm, machine position the parser has reached
    shift: complex = 0j  #: mm, G92
    z: float = 0.0  #: mm, machine position
    z_shift: float = 0.0  #: mm, G92
    motion: int = 0
    absolute: bool = True
    scale: float = 1.0  #: mm per unit
    feed: float = 0.0  #: mm/s
    s: float = 0.0
    spindle: bool = False
    tool: int = 0

    def read(self, line: str) -> list[Action]:
        """What a line asks for.

        Raises:
            Rejected: the number of GRBL's error
        """
        line = re.sub(r"\(.*?\)|;.*|\s", "", line).upper().removeprefix("/")
        words = re.findall(r"([A-Z])([-+]?(?:\d+\.?\d*|\.\d+))", line)
        if "".join(letter + number for letter, number in words) != line:
            raise Rejected(2 if re.search(r"[A-Z](?![-+.\d])", line) else 1)
        values: dict[str, float] = {}
        g: list[int] = []
        m: list[int] = []
        for letter, number in words:
            if letter in "GM":
                value = float(number)
                if value > 255 or value != int(value):
                    raise Rejected(23)
                if int(value) not in (KNOWN_G if letter == "G" else KNOWN_M):
                    raise Rejected(20)
                (g if letter == "G" else m).append(int(value))
            elif letter in values:
                raise Rejected(25)
            else:
                values[letter] = float(number)
        return self._apply(g, m, values)

    def jog(self, line: str) -> tuple[list[Action], Interpreter]:
        """What a jog asks for, and the state after it: another place, and the same modes.

        Raises:
            Rejected: the number of GRBL's error
        """
        letters = re.sub(r"G(20|21|53|90|91)(?![\d.])|[XYZF][-+.\d]+|\s", "", line.upper())
        if letters:
            raise Rejected(16)
        trial = replace(self, motion=1, feed=0.0)
        actions = trial.read(re.sub(r"G53", "", line.upper()))
        if not actions:
            raise Rejected(26)
        return actions, replace(self, position=trial.position, z=trial.z)

    def _apply(self, g: list[int], m: list[int], values: dict[str, float]) -> list[Action]:
        for codes in ({0, 1, 2, 3, 80}, {20, 21}, {90, 91}):
            if len(codes & set(g)) > 1:
                raise Rejected(21)
        self.scale = MM_PER_INCH if 20 in g else 1.0 if 21 in g else self.scale
        self.absolute = 90 in g or (self.absolute and 91 not in g)
        if "F" in values:
            self.feed = values["F"] * self.scale / 60
        self.motion = next((code for code in g if code in (0, 1, 2, 3, 80)), self.motion)
        actions: list[Action] = []
        if "S" in values:
            self.s = values["S"]
        if "T" in values:
            self.tool = int(values["T"])
        if {3, 4} & set(m):
            self.spindle = True
        if 5 in m:
            self.spindle = False
        if {3, 4, 5} & set(m) or ("S" in values and self.spindle):
            actions.append(SpindleTo(self.s if self.spindle else 0.0))
        if 4 in g:
            if "P" not in values:
                raise Rejected(28)
            actions.append(Pause(values["P"]))
        elif 92 in g:
            here = self.position + self.shift
            self.shift += complex(values.get("X", here.real), values.get("Y", here.imag)) - here
            self.z_shift += values.get("Z", self.z + self.z_shift) - (self.z + self.z_shift)
        elif {"X", "Y", "Z"} & values.keys() or {"I", "J", "R"} & values.keys():
            actions += self._moves(values)
        if {0, 2, 30} & set(m):
            actions.append(Pause(math.inf if 0 in m else 0.0))
        return actions

    def _moves(self, values: dict[str, float]) -> list[Action]:
        if self.motion == 80:
            raise Rejected(31)
        if self.motion != 0 and self.feed <= 0:
            raise Rejected(22)
        lift: list[Action] = []
        if "Z" in values:
            self.z = values["Z"] * self.scale - self.z_shift if self.absolute else self.z + values["Z"] * self.scale
            lift = [LiftTo(self.z, self.feed if self.motion else math.inf)]
            if not {"X", "Y", "I", "J", "R"} & values.keys():
                return lift
        start = self.position
        if self.absolute:
            work = start + self.shift
            target = complex(values.get("X", work.real / self.scale), values.get("Y", work.imag / self.scale)) * self.scale - self.shift
        else:
            target = start + complex(values.get("X", 0.0), values.get("Y", 0.0)) * self.scale
        if self.motion < 2:
            self.position = target
            return [*lift, Move(target, self.feed if self.motion else math.inf)]
        centre = start + self._centre(target - start, values)
        sweep = cmath.phase((target - centre) / (start - centre))
        if self.motion == 2 and sweep >= -1e-9:
            sweep -= 2 * math.pi
        if self.motion == 3 and sweep <= 1e-9:
            sweep += 2 * math.pi
        radius = abs(start - centre)
        n = max(math.floor(abs(0.5 * sweep * radius) / math.sqrt(ARC_TOLERANCE * (2 * radius - ARC_TOLERANCE))), 1)
        self.position = target
        arc: list[Action] = [Move(centre + (start - centre) * cmath.exp(1j * sweep * i / n), self.feed) for i in range(1, n)]
        return [*lift, *arc, Move(target, self.feed)]

    def _centre(self, chord: complex, values: dict[str, float]) -> complex:
        if "R" not in values:
            if not {"I", "J"} & values.keys():
                raise Rejected(35)
            centre = complex(values.get("I", 0.0), values.get("J", 0.0)) * self.scale
            if abs(abs(centre) - abs(chord - centre)) > max(0.005, 0.001 * abs(centre)):
                raise Rejected(33)
            return centre
        radius = values["R"] * self.scale
        if abs(chord) > 2 * abs(radius) or chord == 0:
            raise Rejected(34)
        across = math.sqrt(radius * radius - abs(chord) ** 2 / 4)
        left = (self.motion == 3) == (radius > 0)
        return chord / 2 + 1j * chord / abs(chord) * (across if left else -across)
