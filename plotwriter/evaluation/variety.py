"""The same word again: how different it comes out, and whether it is a copy of what was learned.

    learned words of one text --> every one to its nearest other          real
    word written anew ----------> its nearest among as many of them       generated

A sampler that has learned to write is as far from the nearest learned word as a person's next word is;
one that copies lies nearer than people ever come to themselves. All distances are of warped paths, x-heights.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from plotwriter.evaluation.diversity import resampled, warped_distance
from plotwriter.evaluation.statistics import mean_interval, ratio_interval, share_interval
from plotwriter.evaluation.words import Word

__all__ = ["Nearest", "memorisation", "repeated", "twice"]

N_TEXT, N_COPY = 60, 4  # texts looked at, real words of each
SAME = 1e-6  # x-heights; ink nearer than this is the same ink


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """A generated word and the learned word that it resembles most."""

    generated: Word
    learned: Word
    distance: float


def repeated(words: Sequence[Word]) -> list[list[Word]]:
    """Words of 3 to 10 characters that were written at least twice, by text; at most `N_COPY` of each of `N_TEXT` texts."""
    by_text: dict[str, list[Word]] = defaultdict(list)
    for word in words:
        if 3 <= len(word.text) <= 10:
            by_text[word.text].append(word)
    return [copies[:N_COPY] for copies in by_text.values() if len(copies) > 1][:N_TEXT]


def _distance(a: Word, b: Word) -> float:
    return warped_distance(resampled(a), resampled(b))


def twice(one: Sequence[Word], other: Sequence[Word], real: Sequence[Sequence[Word]], rng: np.random.Generator) -> dict[str, Any]:
    """The same words under two seeds, beside two real ones each.

    Args:
        one, other: (n,) generated, the same texts in the same order
        real: (n,) groups of real words of those texts, at least two each
        rng: of the bootstrap
    """
    apart = np.array([_distance(a, b) for a, b in zip(one, other, strict=True)])
    people = np.array([_distance(*copies[:2]) for copies in real])
    return {
        "pairs": len(apart),
        "generated": mean_interval(apart, rng),
        "real": mean_interval(people, rng),
        "ratio": ratio_interval(apart, people, rng),
        "duplicates": share_interval(int((apart < SAME).sum()), len(apart)),
    }


def memorisation(
    generated: Sequence[Word], learned: Sequence[Sequence[Word]], rng: np.random.Generator
) -> tuple[dict[str, Any], list[Nearest]]:
    """Whether generated words lie nearer to learned ones than learned ones to each other.

    Args:
        generated: (n,)
        learned: (n,) groups of learned words of the same texts, at least two each
        rng: which learned word is left out for a generated one, so that both have as many to be near to

    Returns:
        the figures, and for every generated word its nearest learned one, nearest first
    """
    people: list[float] = []
    for copies in {id(group): group for group in learned}.values():
        apart = np.full((len(copies), len(copies)), np.inf)
        for i in range(len(copies)):
            for j in range(i):
                apart[i, j] = apart[j, i] = _distance(copies[i], copies[j])
        people += apart.min(0).tolist()
    found = []
    for word, copies in zip(generated, learned, strict=True):
        left_out = int(rng.integers(len(copies)))
        candidates = [Nearest(word, copy, _distance(word, copy)) for k, copy in enumerate(copies) if k != left_out]
        found.append(min(candidates, key=lambda nearest: nearest.distance))
    found.sort(key=lambda nearest: nearest.distance)
    distances = np.array([nearest.distance for nearest in found])
    edge = float(np.percentile(people, 1))
    return {
        "words": len(found),
        "real_words": len(people),
        "generated": mean_interval(distances, rng),
        "real": mean_interval(np.array(people), rng),
        "edge": edge,
        "below": share_interval(int((distances < edge).sum()), len(distances)),
        "below_real": share_interval(int((np.array(people) < edge).sum()), len(people)),
    }, found
