"""Single draws, before anybody has chosen among them: what a net itself can do.

Optional to a sampler: one that has `attempts` is asked for END, for a single draw's legibility and, where its draws
say which character they were writing, for coverage and order. A sampler whose pointer can neither skip nor go
back says so by `monotone_by_construction = True`; that is not believed, but checked on the draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from plotwriter.evaluation.statistics import Interval, share_interval
from plotwriter.evaluation.words import Word
from plotwriter.samplers import Sampler
from plotwriter.styles import Style

__all__ = ["Attempt", "Pointing", "attempts_of", "ended_share", "pointing", "word_of"]

Complex = npt.NDArray[np.complex128]
Floats = npt.NDArray[np.float64]

ENOUGH = 0.5  # attention a character has to get in all


class Attempt(Protocol):
    """One draw of one word."""

    @property
    def strokes(self) -> Sequence[Complex]:
        """As drawn, x-heights, y up; none where nothing was drawn."""

    @property
    def ended(self) -> bool:
        """Whether it stopped by itself."""

    @property
    def attention(self) -> Floats | None:
        """(t, u) weights over the characters of the word at every step, rows sum to 1; None where the net has none.

        A hard pointer gives rows with a single 1.
        """


def attempts_of(sampler: Sampler, style: Style, texts: Sequence[str], seed: int) -> Sequence[Attempt] | None:
    """One draw a word.

    Args:
        sampler: any; asked for `attempts(texts, style, seed=...)`
        style: the hand
        texts: words within the net's window; a longer one is cut
        seed: of the draws

    Returns:
        None for a sampler that shows no single draws
    """
    offered: Any = getattr(sampler, "attempts", None)
    found: Sequence[Attempt] | None = offered(texts, style, seed=seed) if offered else None
    return found


def word_of(text: str, attempt: Attempt) -> Word | None:
    """The ink of an attempt, None where nothing was drawn."""
    if not attempt.strokes:
        return None
    left = min(float(points.real.min()) for points in attempt.strokes)
    return Word(text, tuple(points - left for points in attempt.strokes))


def ended_share(attempts: Sequence[Attempt]) -> Interval:
    """Share of the draws that stopped by themselves."""
    return share_interval(sum(attempt.ended for attempt in attempts), len(attempts))


@dataclass(frozen=True, slots=True)
class Pointing:
    """How faithfully draws went along their text; means over the draws."""

    draws: int
    coverage: float  #: share of the characters that got attention of `ENOUGH` in all
    order: float  #: rank correlation (gamma) of the step and the mean character attended to; 1 if it never goes back
    back: float  #: share of the steps that go back by more than one character
    declared: bool  #: the sampler says that it can neither skip nor go back
    kept: int  #: draws that left no character out and never went back


def pointing(attempts: Sequence[Attempt], *, declared: bool) -> Pointing | None:
    """Coverage and order of the draws that ended; None where no draw says what it attended to.

    Args:
        attempts: draws
        declared: the sampler's own `monotone_by_construction`
    """
    weights = [a.attention for a in attempts if a.ended and a.attention is not None and len(a.attention) > 1]
    if not weights:
        return None
    covered = [float((weight.sum(0) >= ENOUGH).mean()) for weight in weights]
    centres = [weight @ np.arange(weight.shape[1]) for weight in weights]
    back = [float((np.diff(centre) < -1).mean()) for centre in centres]
    kept = sum(c == 1 and bool((np.diff(centre) >= -1e-9).all()) for c, centre in zip(covered, centres, strict=True))
    order = [_gamma(centre) for centre in centres]
    return Pointing(len(weights), float(np.mean(covered)), float(np.mean(order)), float(np.mean(back)), declared, kept)


def _gamma(values: Floats) -> float:
    """Of all pairs of steps at different places, those in order less those out of it, as a share; 1 where none differ.

    Source: Goodman & Kruskal 1954 (JASA 49:732), gamma; rank correlations that count ties would blame a pointer for waiting
    """
    later = np.sign(np.round(values[None] - values[:, None], 9))[np.triu_indices(len(values), 1)]
    differ = float(np.abs(later).sum())
    return float(later.sum()) / differ if differ else 1.0
