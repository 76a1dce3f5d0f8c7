"""Finished writing a little off its lines, as a hand leaves it: a smooth, bounded displacement of the whole page.

    x' = x + margin(y)             rows begin a little to the right or left of each other
    y' = y + wave(x, y)            baselines rise and fall over some words; rows next to each other differently

Keeps strokes, their order, points, spans and pens; no point moves by more than `reach`, and two points of one letter
move almost alike, so letters keep their shape.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plotwriter.ink import Ink

__all__ = ["REACH", "Wave", "check_naturalness", "humanize", "make_wave"]

REACH = 0.35  # x-heights a baseline may be off its line at naturalness 1; printed rules are still met
_LENGTHS = (25.0, 60.0)  # x-heights; of the shortest and the longest wave: some words, a row
_N_WAVES = 3
_MARGIN = 0.3  # x-heights a row may begin to the right or left at naturalness 1
_STREAM = 0x68756D


def check_naturalness(dial: float) -> None:
    """Refuse a dial that is off its scale.

    Raises:
        ValueError: not 0 to 1
    """
    if not 0 <= dial <= 1:
        raise ValueError(f"a naturalness is 0 to 1, got {dial}")


@dataclass(frozen=True, slots=True, eq=False)
class Wave:
    """A smooth function of x that never exceeds its reach."""

    reach: float  #: mm
    turns: npt.NDArray[np.float64]  #: rad/mm of each wave
    phases: npt.NDArray[np.float64]  #: rad

    def at(self, x: npt.NDArray[np.float64], shift: npt.NDArray[np.float64] | float = 0.0) -> npt.NDArray[np.float64]:
        """(n,) mm, for (n,) mm along; `shift` (rad) leads to another part of the wave."""
        phase = x[:, None] * self.turns + self.phases + np.asarray(shift)[..., None]
        found: npt.NDArray[np.float64] = self.reach * np.sin(phase).mean(axis=1)
        return found


def make_wave(reach: float, x_height: float, rng: np.random.Generator) -> Wave:
    """A wave of random phases.

    Args:
        reach: mm, the most it is off 0
        x_height: mm, sets the lengths of the waves
        rng: drawn from
    """
    lengths = x_height * np.exp(rng.uniform(math.log(_LENGTHS[0]), math.log(_LENGTHS[1]), _N_WAVES))
    return Wave(reach, 2 * math.pi / lengths, rng.uniform(0, 2 * math.pi, _N_WAVES))


def humanize(ink: Ink, x_height: float, dial: float = 0.5, *, seed: int = 0) -> Ink:
    """Ink a little off its lines.

    Args:
        ink: page frame or line frame, mm
        x_height: mm, above 0; the scale of everything here
        dial: 0 leaves all as it is, 1 is as far as rules are still met
        seed: the same seed gives the same ink
    """
    check_naturalness(dial)
    if not x_height > 0:
        raise ValueError(f"an x-height is above 0 mm, got {x_height}")
    if dial == 0:
        return ink
    rng = np.random.default_rng(np.random.SeedSequence((seed, _STREAM)))
    up = make_wave(dial * REACH * x_height, x_height, rng)
    aside = make_wave(dial * _MARGIN * x_height, x_height, rng)
    row = 1.0 / (4 * x_height)  # rad/mm: a row further down the wave is at another place
    return ink.map(lambda z: z + aside.at(z.imag) + 1j * up.at(z.real, row * z.imag))
