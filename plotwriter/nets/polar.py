"""Polar tokens: two a point, first where to, then how far and whether the pen is down.

    WORD WORD  [direction, radius-and-pen] ...  WORD WORD  [direction, radius-and-pen] ...  END  PAD PAD

    0 to 301     radius bin, + 151 where the pen is down on the way
    302 to 521   direction bin
    522, 523, 524   PAD, END, WORD

A line begins with a WORD pair, and so does every word in it. Each word is in its own frame: the pen
stands at its left end on the baseline when it begins, so height never drifts from word to word.
Source: Greydanus & Wimpee 2025 (arXiv:2504.00051), section 3, and its published code, whose unit is 1/0.135 x-heights.
Departs: bins decode to their centres instead of their left edges (which shrink the ink and make lines climb), and
quantisation is closed-loop, so that the error stays within half a bin and never adds up.

Frame: x-heights, y up.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["END", "FIRST_DIRECTION", "N_TOKEN", "PAD", "RADII", "WORD", "decode", "offsets_of", "tokens_of"]

N_DIRECTION: Final = 220
X_HEIGHT: Final = 0.135  # of the published unit
_EDGES = np.concatenate([[0.0], np.linspace(1e-4, 0.06, 30), np.geomspace(0.06001, 0.9, 120)]) / X_HEIGHT
N_RADIUS: Final = len(_EDGES)
RADII: Final = np.append((_EDGES[:-1] + _EDGES[1:]) / 2, _EDGES[-1])  #: bin centres, x-heights; the last is open
RADII[0] = 0.0
DIRECTIONS: Final = np.exp(2j * np.pi * np.arange(N_DIRECTION) / N_DIRECTION)  #: bin centres, unit vectors
FIRST_DIRECTION: Final = 2 * N_RADIUS
PAD, END, WORD = (FIRST_DIRECTION + N_DIRECTION + k for k in range(3))
N_TOKEN: Final = WORD + 1

Complex = npt.NDArray[np.complex128]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def tokens_of(targets: Complex, drawn: Bools, begins: Bools, n_point: Ints) -> Ints:
    """Lines to tokens, in lockstep.

    Args:
        targets: (b, t) points of the words, each in its word's frame
        drawn: (b, t) whether the pen is down on the way there
        begins: (b, t) the first point of a word
        n_point: (b,) points of each line; the rest is padding

    Returns:
        (b, n) tokens
    """
    b, t_end = targets.shape
    place = 2 * (np.arange(t_end)[None] + np.cumsum(begins, 1))  # of a point's first token; a WORD pair stands before each word
    result = np.full((b, int(place[np.arange(b), n_point - 1].max()) + 3), PAD, np.int64)
    rows = np.arange(b)
    position = np.zeros(b, np.complex128)
    for t in range(t_end):
        real, begin = t < n_point, begins[:, t] & (t < n_point)
        position = np.where(begin, 0, position)
        way = targets[:, t] - position
        direction = np.rint(np.angle(way) * (N_DIRECTION / (2 * np.pi))).astype(np.int64) % N_DIRECTION
        radius = np.searchsorted(_EDGES, np.abs(way), side="right") - 1
        position = position + DIRECTIONS[direction] * RADII[radius]
        at = place[:, t]
        result[rows[begin], at[begin] - 2] = result[rows[begin], at[begin] - 1] = WORD
        result[rows[real], at[real]] = FIRST_DIRECTION + direction[real]
        result[rows[real], at[real] + 1] = radius[real] + N_RADIUS * drawn[real, t]
    result[rows, place[rows, n_point - 1] + 2] = END
    return result


def offsets_of(tokens: Ints) -> tuple[Complex, Bools]:
    """Token pairs (n, 2) of points as offsets (n,) and whether the pen is down (n,)."""
    direction, radius = tokens[:, 0] - FIRST_DIRECTION, tokens[:, 1]
    return DIRECTIONS[direction] * RADII[radius % N_RADIUS], radius >= N_RADIUS


def decode(tokens: Ints) -> list[list[Complex]]:
    """Words as strokes, each word in its own frame; a dot has one point.

    Args:
        tokens: (n,) of one line, up to END or without one; a point whose second token is missing or of the wrong kind is left out
    """
    words: list[list[Complex]] = []
    pairs = tokens[: len(tokens) // 2 * 2].reshape(-1, 2)
    over = np.flatnonzero(pairs[:, 0] == END)
    pairs = pairs[: over[0]] if len(over) else pairs
    cuts = np.flatnonzero(pairs[:, 0] == WORD)
    for word in np.split(pairs, cuts):
        good = (word[:, 0] >= FIRST_DIRECTION) & (word[:, 0] < PAD) & (word[:, 1] < FIRST_DIRECTION)
        if not good.any():
            continue
        offsets, drawn = offsets_of(word[good])
        drawn[0] = False
        words.append(np.split(np.cumsum(offsets), np.flatnonzero(~drawn)[1:]))
    return words
