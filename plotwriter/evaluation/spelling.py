r"""Which letters were left out, written twice or written as another.

    text -----------forced alignment----> ink of every letter  \
                                                                > edits that agree with where the ink is
    free reading ---its own steps-------> ink of every reading /

Of all shortest ways from the text to the reading, the one counts whose pairs lie nearest to each other in the ink:
of two l's in a row the missing one is the one without ink.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plotwriter.evaluation.statistics import Interval, ratio_interval

__all__ = ["Edits", "edits_of", "rates"]

Ints = npt.NDArray[np.int64]
AWAY = 1e-4  # cost of a letter's distance in the text; all of them together stay below that of one edit


@dataclass(frozen=True, slots=True)
class Edits:
    """From a text to what was read of it, in characters."""

    deleted: int = 0  #: in the text, not in the ink
    inserted: int = 0  #: in the ink, not in the text
    substituted: int = 0

    @property
    def total(self) -> int:
        """The Levenshtein distance."""
        return self.deleted + self.inserted + self.substituted


def edits_of(text: str, said: str, at: Ints | None = None) -> Edits:
    """Edits by kind.

    Args:
        text: what the word should say
        said: what it reads as
        at: (len(said),) the character of the text that owns the ink of every character read, where it is known

    >>> edits_of("letter", "lever")
    Edits(deleted=1, inserted=0, substituted=1)
    """
    n, m = len(text), len(said)
    away = np.zeros((n, m)) if at is None else AWAY * np.abs(np.arange(n)[:, None] - at[None])
    cost = np.zeros((n + 1, m + 1))
    cost[:, 0], cost[0] = np.arange(n + 1), np.arange(m + 1)
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            pair = cost[i - 1, j - 1] + (text[i - 1] != said[j - 1]) + away[i - 1, j - 1]
            cost[i, j] = min(pair, cost[i - 1, j] + 1, cost[i, j - 1] + 1)
    deleted = inserted = substituted = 0
    i, j = n, m
    while i or j:
        if i and j and cost[i, j] == cost[i - 1, j - 1] + (text[i - 1] != said[j - 1]) + away[i - 1, j - 1]:
            substituted += text[i - 1] != said[j - 1]
            i, j = i - 1, j - 1
        elif i and cost[i, j] == cost[i - 1, j] + 1:
            deleted, i = deleted + 1, i - 1
        else:
            inserted, j = inserted + 1, j - 1
    return Edits(deleted, inserted, substituted)


def rates(texts: Sequence[str], found: Sequence[Edits], rng: np.random.Generator) -> dict[str, Interval]:
    """Edits of every kind per 1,000 characters of the texts."""
    sizes = np.array([len(text) for text in texts], np.float64)
    kinds = ("deleted", "inserted", "substituted")
    return {kind: ratio_interval(1000 * np.array([getattr(one, kind) for one in found], np.float64), sizes, rng) for kind in kinds}
