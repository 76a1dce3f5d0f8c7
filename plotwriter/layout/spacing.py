"""Spaces between words as the eye sees them: by the air between two inks, not by the boxes around them.

|  r     a  |      the air right of an open letter and left of the next counts, height by height;
| r  <--> a |      as much as it exceeds what is usual, the words come closer; no other pair has a say
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from plotwriter.ink import Ink

__all__ = ["kerns"]

_BANDS = np.array([-2.0, -1.5, -1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 1.0])  # x-heights, tops of bands; most lie where small letters are
USUAL = 0.95  # x-heights of air between the boxes of two words; the hands that ship have 0.85 to 1.25
_DEEPEST = 1.0  # x-heights; air deeper in than this does not widen a gap further
_MOST = 0.35  # of the word space a pair may differ from it
_LEAST = 0.5  # of the word space that stays between the inks at every height
_WEIGHT = np.array([0.5, 0.5, 1.0, 1.0, 1.0, 1.0, 0.5, 0.25])


def kerns(words: Sequence[Ink], x_height: float, word_space: float) -> list[float]:
    """What to add to the space between each word and the next, mm.

    Args:
        words: (n,) line frame, mm
        x_height: mm
        word_space: mm, between the boxes around two words with the usual air

    Returns:
        (n - 1,) mm
    """
    if len(words) < 2:
        return []
    left = np.array([_air(word, x_height, -1) for word in words[1:]])  # (n - 1, bands)
    right = np.array([_air(word, x_height, 1) for word in words[:-1]])
    air = (left + right) @ _WEIGHT / _WEIGHT.sum()
    closer = np.clip(air - USUAL * x_height, -_MOST * word_space, _MOST * word_space)
    room = (left + right).min(axis=1) + (1 - _LEAST) * word_space
    return [float(-min(c, r)) for c, r in zip(closer, room, strict=True)]


def _air(word: Ink, x_height: float, side: int) -> npt.NDArray[np.float64]:
    """Between the box's left (-1) or right (1) side and the ink in each band, mm."""
    points = np.concatenate([stroke.points for stroke in word.strokes]) if word.strokes else np.zeros(1, np.complex128)
    edge = (side * points.real).max()
    band = np.searchsorted(_BANDS * x_height, points.imag, side="right") - 1
    reach = np.full(len(_BANDS) - 1, -np.inf)
    inside = (band >= 0) & (band < len(reach))
    np.maximum.at(reach, band[inside], (side * points.real)[inside])
    air: npt.NDArray[np.float64] = np.minimum(edge - reach, _DEEPEST * x_height)
    return air
