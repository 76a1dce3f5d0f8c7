r"""Marks on letters a net has written: where each letter's ink is, and where its mark goes.

         /            a mark above stands over the upper half of its letter, a gap above the body;
       ,--.           from there it looks for the nearest place that touches no other ink
     /(    )
    '  `--' \___      below: at the foot; through: across the stem or the bowl

Frame: x-heights, y up; all of one word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from plotwriter.samplers.glyphs import MARKS, draw_shape

__all__ = ["SMALL", "Letter", "Level", "dots_of", "level_of", "mark_strokes", "room_for"]

Complex = npt.NDArray[np.complex128]

SMALL: Final = frozenset("acegijmnopqrsuvwxyz")  #: letters whose body ends at the x-height
DEEP: Final = frozenset("gjpqyzfGJQY,;'\"^`*°")  #: characters that say nothing about the baseline
CLEAR = 0.13  # x-heights kept free around a mark
TALLEST = 2.4  # x-heights above the row's line, of a letter with a mark above it
KNEE = 1.1  # x-heights above the baseline; only what is higher makes room
TOP = 2.8  # x-heights above the baseline; the descenders of the row above may reach down to here
_HIGH: Final = {"i": 1, "j": 1, "'": 1, '"': 2}  # small strokes that a character has above the x-height
DOT = 0.6  # x-heights; no dot of an i is larger

_STEP = 0.08  # x-heights, of the search
_SHIFTS = np.array([complex(x, y) for y in np.arange(0, 8) * _STEP for x in np.arange(-5, 6) * _STEP])


@dataclass(frozen=True, slots=True)
class Level:
    """Where a word stands and how large it is."""

    baseline: float
    x_height: float  #: above the baseline


@dataclass(frozen=True, slots=True, eq=False)
class Letter:
    """The ink of one character."""

    char: str
    points: Complex  #: (n,) n >= 1, evenly spaced enough to count
    level: Level

    @property
    def body(self) -> Complex:
        """Its points without the arm of a tall neighbour, for a small letter."""
        if self.char not in SMALL:
            return self.points
        low = self.points[self.points.imag <= self.level.baseline + 1.35 * self.level.x_height]
        return low if len(low) else self.points

    @property
    def top(self) -> float:
        """Height of the body."""
        return float(np.quantile(self.body.imag, 0.97))

    @property
    def bottom(self) -> float:
        """Depth of the body; a descender does not count."""
        return float(max(np.quantile(self.body.imag, 0.03), self.level.baseline - 0.3))

    @property
    def middle(self) -> float:
        """Along x, where a mark above belongs: of a tall letter the upper half's, of a small one the body's without its joins."""
        body = self.body
        if self.char in SMALL:
            return float(np.quantile(body.real, [0.25, 0.75]).mean())
        upper = body[body.imag >= (self.top + self.bottom) / 2]
        return _between(upper if len(upper) else body)

    def at(self, height: float, reach: float = 0.15) -> Complex:
        """Points near a height; all of them where there are none."""
        near = self.points[np.abs(self.points.imag - height) <= reach]
        return near if len(near) else self.points


def level_of(text: str, owners: Sequence[int], points: Sequence[Complex], x_height: float) -> Level:
    """Baseline and x-height of a word, by the medians of its letters.

    Args:
        text: of the word
        owners: characters that have points
        points: (n,) each, of these characters
        x_height: of the hand, for a word without small letters
    """
    bottoms = [float(np.quantile(p.imag, 0.05)) for k, p in zip(owners, points, strict=True) if text[k] not in DEEP]
    baseline = float(np.median(bottoms)) if bottoms else 0.0
    tops = [float(np.quantile(p.imag, 0.95)) - baseline for k, p in zip(owners, points, strict=True) if text[k] in SMALL]
    return Level(baseline, x_height * float(np.clip(np.median(tops) / x_height, 0.85, 1.3)) if tops else x_height)


def dots_of(letters: Sequence[Letter], strokes: Sequence[Complex], spans: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Which strokes are the dots of which i or j.

    As many as there are letters to carry one: in their order; else each goes to its own or the nearest.

    Args:
        letters: of the word
        strokes, spans: of the word

    Returns:
        index of a stroke to index of its letter; apostrophes carry their strokes like an i its dot
    """
    level = letters[0].level
    size, lowest = DOT * max(1.0, level.x_height), level.baseline + 0.95 * level.x_height
    carriers = [k for k, letter in enumerate(letters) for _ in range(_HIGH.get(letter.char, 0))]
    small = [k for k, p in enumerate(strokes) if max(np.ptp(p.real), np.ptp(p.imag)) <= size and p.imag.mean() >= lowest]
    if len(small) == len(carriers):
        return dict(zip(sorted(small, key=lambda k: float(strokes[k].real.mean())), carriers, strict=True))
    found = {}
    for k in small:
        first, last = spans[k]
        near = {c: abs(float(strokes[k].real.mean()) - letters[c].middle) for c in carriers}
        own = [c for c in near if (first, last) == (c, c + 1)] or [c for c in near if near[c] < 1.2]
        if own:
            found[k] = min(own, key=lambda c: near[c])
    return found


def room_for(letters: Sequence[Letter], points: Complex) -> Complex:
    """Ink of a word pressed down from above, so that a mark over its tall letters stays out of the row above.

    Args:
        letters: with a mark above, at least one
        points: (n,) anything of that word
    """
    level, top = letters[0].level, max(letter.top for letter in letters)
    knee = level.baseline + KNEE * level.x_height
    share = max(0.45, (TALLEST * level.x_height - knee) / max(top - knee, 1e-6))
    if share >= 1:
        return points
    return np.asarray(np.where(points.imag > knee, points.real + 1j * (knee + (points.imag - knee) * share), points))


def mark_strokes(name: str, letter: Letter, ink: Complex, rng: np.random.Generator) -> list[Complex]:
    """A mark drawn where it belongs.

    Args:
        name: in `MARKS`
        letter: it is on
        ink: (n,) all the word's ink that it must not touch
        rng: of its jitter
    """
    level, x_height = letter.level, letter.level.x_height
    tall = letter.top > level.baseline + 1.5 * x_height
    scale = x_height * (0.9 if tall else 1.0) * (1 + 0.06 * rng.uniform(-1, 1))
    size, at = complex(scale, scale), None
    if name in ("slash", "oblique", "bar", "stile"):
        size, at = _across(name, letter, scale)
    elif name in ("cedilla", "comma", "dot below", "ogonek"):
        at = _below(name, letter)
    elif name == "horn":
        body = letter.body
        at = complex(np.quantile(body.real[body.imag >= letter.top - 0.35 * x_height], 0.9), letter.top - 0.05)
    elif name == "middle dot":
        at = complex(_between(letter.at(level.baseline + 0.6 * letter.top)) + 0.35 * x_height, level.baseline + 0.9 * x_height)
    strokes = draw_shape(MARKS[name], rng, size=size, turn=0.06)
    if at is None and name == "apostrophe":
        at = complex(_between(letter.at(letter.top - 0.2 * x_height)) + 0.28 * x_height, letter.top)
        at += _free(strokes, at, ink, 99.0, sideways=0.3)
    elif at is None:
        at = complex(letter.middle, letter.top + (0.16 if tall else 0.25) * x_height)
        at += _free(strokes, at, ink, level.baseline + TOP * x_height, sideways=1.0)
    return [points + at for points in strokes]


def _between(points: Complex) -> float:
    """Middle of most of some points, along x."""
    return float(np.quantile(points.real, [0.1, 0.9]).mean())


def _line(points: Complex) -> float:
    """Where the middle line of a few lines side by side is, along x; always on ink."""
    x = np.sort(points.real)
    return float(x[len(x) // 2])


def _across(name: str, letter: Letter, scale: float) -> tuple[complex, complex]:
    """Size and place of a mark that crosses its letter."""
    base, x_height, top = letter.level.baseline, letter.level.x_height, letter.top
    if name in ("slash", "stile"):
        belt = letter.at((top + letter.bottom) / 2, 0.3 * (top - letter.bottom))
        left, right = np.quantile(belt.real, [0.04, 0.96])
        half = complex((right - left) / 2, (top - letter.bottom) / 2)
        centre = complex((left + right) / 2, (top + letter.bottom) / 2)
        if name == "stile":
            return complex(scale, 1.35 * half.imag), centre
        return complex(float(np.clip(half.real, 0.2, 0.9)) + 0.12 * scale, half.imag + 0.25 * scale), centre
    if name == "oblique":
        height = base + (0.64 if letter.char == "l" else 0.5) * (top - base)  # an l's neighbours reach up to its middle
        return complex(scale, scale), complex(_line(letter.at(height, 0.1)), height)
    if letter.char in "dh":
        height = max(base + 1.3 * x_height, top - 0.32 * x_height)
        stem = letter.at(height)
        return complex(scale, scale), complex(_line(stem), height)
    if letter.char == "H":
        height = base + 0.75 * (top - base)
        left, right = np.quantile(letter.at(height).real, [0.05, 0.95])
        return complex((right - left) / 0.72 + 0.4, scale), complex((left + right) / 2, height)
    height = base + 0.5 * (top - base)
    belt = letter.at(height)
    x = float(np.quantile(belt.real, 0.1)) if letter.char == "D" else _line(belt)
    return complex(scale, scale), complex(x, height)


def _below(name: str, letter: Letter) -> complex:
    """Place of a mark under its letter."""
    base, x_height = letter.level.baseline, letter.level.x_height
    feet = letter.body[np.abs(letter.body.imag - letter.bottom) <= 0.22 * x_height]
    feet = feet if len(feet) else letter.body
    if name == "ogonek":
        x = float(np.quantile(feet.real, 0.8))
        return complex(x, letter.bottom)
    x = _between(feet if name == "cedilla" else letter.body)
    if name == "cedilla":
        near = feet[np.abs(feet.real - x) <= 0.15]
        return complex(x, float(near.imag.min()) if len(near) else letter.bottom)
    column = letter.points[np.abs(letter.points.real - x) <= 0.2 * x_height]
    deepest = float(column.imag.min()) if len(column) else base
    return complex(x, min(base, deepest))


def _free(strokes: Sequence[Complex], at: complex, ink: Complex, highest: float, *, sideways: float) -> complex:
    """The smallest shift after which strokes touch no ink.

    Args:
        strokes: around 0
        at: where they should go
        ink: (n,) not to be touched
        highest: y that they rather stay below
        sideways: what a short shift along x costs, against 1.3 for one up
    """
    mark = np.concatenate(strokes)
    near = ink[np.abs(ink - at) < 2.0]
    cost = sideways * (np.abs(_SHIFTS.real) + 3 * _SHIFTS.real**2) + 1.3 * _SHIFTS.imag
    cost += 6 * np.maximum(0, at.imag + _SHIFTS.imag + mark.imag.max() - highest)
    if len(near):
        moved = mark[None] + at + _SHIFTS[:, None]  # (s, m)
        distance = np.abs(moved[:, :, None] - near[None, None]).min(axis=(1, 2))
        cost += 12 * np.maximum(0, CLEAR - distance)
    return complex(_SHIFTS[int(cost.argmin())])
