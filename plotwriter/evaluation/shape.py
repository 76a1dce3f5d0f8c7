"""Sets of words brought to one slant and one width before anybody reads them.

A reader favours wide and leaning writing, so a sampler could win by writing wider than the person did.
What is moved is the whole set, by one shear and one scale a direction: its median lean, its median
x-height and its median width a character become the wanted ones, and what differs from word to word stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from plotwriter.evaluation.geometry import body_height
from plotwriter.evaluation.words import Word
from plotwriter.training.frames import deslant, slant_of

__all__ = ["Shape", "reshaped", "shape_of"]

LONG = 3  # characters of a word whose slant and width are looked at
LEAST, MOST = 0.4, 2.5  # a set is never scaled by less or more


@dataclass(frozen=True, slots=True)
class Shape:
    """How a set of words stands."""

    lean: float  #: median dx/dy
    x_height: float  #: median height of the small letters, in the words' unit
    width: float  #: median width a character, in x-heights of the set, upright


def shape_of(words: Sequence[Word]) -> Shape:
    """The shape of a set; upright, of x-height 1 and width 1 in what too little ink is there to tell."""
    long = [word for word in words if len(word.text) >= LONG]
    lean = float(np.median([slant_of(word.strokes) for word in long])) if long else 0.0
    heights = [height for word in long if (height := body_height(word)) is not None]
    x_height = float(np.median(heights)) if heights else 1.0
    widths = [float(np.ptp(deslant(word.points, lean).real)) / len(word.text) for word in long]
    return Shape(lean, x_height, float(np.median(widths)) / x_height if widths and max(widths) > 0 else 1.0)


def reshaped(words: Sequence[Word], wanted: Shape) -> list[Word]:
    """The words with the shape wanted as a set, left ends at 0."""
    own = shape_of(words)
    tall = float(np.clip(wanted.x_height / own.x_height, LEAST, MOST))
    wide = float(np.clip(wanted.width / own.width, LEAST, MOST)) * tall
    result = []
    for word in words:
        upright = [deslant(points, own.lean) for points in word.strokes]
        strokes = [deslant(points.real * wide + 1j * points.imag * tall, -wanted.lean) for points in upright]
        left = min(float(points.real.min()) for points in strokes)
        result.append(replace(word, strokes=tuple(np.asarray(points - left, np.complex128) for points in strokes)))
    return result
