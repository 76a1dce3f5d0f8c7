"""What a hand looks like, in numbers a person can name, and whose hand a few words are.

A word gives one vector (d,); a trait it cannot show (no descender in it) is NaN and left out of the
means. Distances are in within-writer standard deviations, so that no trait counts for its unit.
Source: the features used in writer identification, after Bulacu & Schomaker 2007 (IEEE PAMI 29:4),
"directional" ones; departs: few, and from ink instead of pictures.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from plotwriter.evaluation.words import Word
from plotwriter.training.datasets import DESCENDERS, TALL
from plotwriter.training.frames import extrema, slant_of

__all__ = ["TRAITS", "Hands", "crossings", "traits"]

Complex = npt.NDArray[np.complex128]
Floats = npt.NDArray[np.float64]

N_WAY, N_TURN = 8, 6
SPACING = 0.15  # x-heights between the points that directions are taken at
TRAITS = (
    "slant", "ascender", "descender", "body", "width a character", "lifts a character", "ink a character",
    "curvature", "straightness", "loops a character", "unrest of the baseline",
    *(f"direction {45 * k}°" for k in range(N_WAY)), *(f"turning, {k + 1} of {N_TURN}" for k in range(N_TURN)),
)  # fmt: skip


def _even(points: Complex) -> Complex:
    along = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(points)))])
    if along[-1] < SPACING:
        return points[:1]
    at = np.linspace(0.0, along[-1], round(along[-1] / SPACING) + 1)
    return np.asarray(np.interp(at, along, points.real) + 1j * np.interp(at, along, points.imag), np.complex128)


def crossings(points: Complex) -> int:
    """How often a polyline (n,) crosses itself; neighbouring segments share a point and do not count."""
    a, b = points[:-1, None], points[1:, None]
    c, d = points[None, :-1], points[None, 1:]

    def side(p: Complex, q: Complex, r: Complex) -> Floats:
        return np.asarray(((q - p).conj() * (r - p)).imag)

    apart = (side(a, b, c) * side(a, b, d) < 0) & (side(c, d, a) * side(c, d, b) < 0)
    return int(np.triu(apart, 2).sum())


def traits(word: Word, lean: float = 0.0) -> Floats:
    """The traits of one word, (len(TRAITS),), NaN where it does not show one.

    Args:
        word: upright frame
        lean: dx/dy of the hand, which the frame took off
    """
    n = len(word.text)
    points = word.points
    strokes = [_even(stroke) for stroke in word.strokes]
    steps = np.concatenate([np.diff(stroke) for stroke in strokes])
    turns = np.concatenate([np.angle(np.diff(stroke)[1:] / np.diff(stroke)[:-1]) for stroke in strokes if len(stroke) > 2] or [np.zeros(0)])
    ink = float(np.abs(steps).sum())
    high, low = extrema(word.strokes, upper=True).imag, extrema(word.strokes, upper=False).imag
    body, feet = high[(high > 0.5) & (high < 1.5)], low[np.abs(low) < 0.4]
    # 8 steps are about a letter's height: an upright keeps its length, a bowl does not
    chords = [np.abs(stroke[8:] - stroke[:-8]) / (8 * SPACING) for stroke in strokes if len(stroke) > 8]
    return np.array(
        [
            slant_of(word.strokes) + lean,
            points.imag.max() if any(c in TALL for c in word.text) else math.nan,
            points.imag.min() if any(c in DESCENDERS for c in word.text) else math.nan,
            np.median(body) if len(body) else math.nan,
            np.ptp(points.real) / n,
            (len(strokes) - 1) / n,
            ink / n,
            np.abs(turns).sum() / ink if ink else math.nan,
            np.concatenate(chords).mean() if chords else math.nan,
            sum(crossings(stroke) for stroke in strokes if len(stroke) > 3) / n,
            feet.std() if len(feet) > 2 else math.nan,
            *(_shares(np.angle(steps) % (2 * np.pi), -np.pi / N_WAY, 2 * np.pi / N_WAY, N_WAY)),
            *(_shares(np.clip(turns, -1.199, 1.199), -1.2, 2.4 / N_TURN, N_TURN)),
        ]
    )


def _shares(angles: Floats, first: float, width: float, n: int) -> Floats:
    """Share of the angles in each of n bins, the last running into the first."""
    if len(angles) == 0:
        return np.full(n, math.nan)
    return np.bincount(np.floor((angles - first) / width).astype(np.int64) % n, minlength=n) / len(angles)


def _mean(values: Floats) -> Floats:
    """Mean over the first axis of what is there, NaN where nothing is."""
    there = ~np.isnan(values)
    n = there.sum(0)
    mean: Floats = np.where(n > 0, np.where(there, values, 0.0).sum(0) / np.maximum(n, 1), np.nan)
    return mean


class Hands:
    """Several writers by their traits."""

    def __init__(self, known: Mapping[str, Floats]) -> None:
        """Learn the writers.

        Args:
            known: writer to the traits of some of its words, (n, d), n >= 2
        """
        self.names = tuple(known)
        self.centre = np.stack([_mean(known[name]) for name in self.names])  # (writers, d)
        within = _mean(np.stack([_mean((known[name] - centre) ** 2) for name, centre in zip(self.names, self.centre, strict=True)]))
        self.scale = np.sqrt(np.maximum(within, 1e-6))

    def distances(self, words: Floats) -> Floats:
        """From the mean of some words (n, d) to every writer: root mean square over the traits, within-writer s.d."""
        apart: Floats = np.sqrt(_mean((((_mean(words) - self.centre) / self.scale) ** 2).T))
        return apart

    def nearest_rate(self, name: str, words: Floats, rng: np.random.Generator, *, n_words: int = 5, n_trial: int = 1000) -> float:
        """How often the nearest writer of `n_words` words is the one they are meant to be.

        Args:
            name: of that writer
            words: (n, d) traits, n >= n_words
            rng: picks the words of every trial
            n_words: looked at together
            n_trial: trials
        """
        wanted = self.names.index(name)
        right = [int(self.distances(words[rng.choice(len(words), n_words, replace=False)]).argmin()) == wanted for _ in range(n_trial)]
        return float(np.mean(right))

    def described(self, name: str, words: Floats) -> dict[str, float]:
        """How far each trait of some words is from the writer's own mean, within-writer s.d."""
        apart = (_mean(words) - self.centre[self.names.index(name)]) / self.scale
        return {trait: value for trait, value in zip(TRAITS, apart.tolist(), strict=True) if not math.isnan(value)}
