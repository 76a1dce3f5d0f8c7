"""A word nearer to its hand: its own lean, size and height on the line, each pulled towards what the hand has.

    deviation of the word --x KEPT x variation--> deviation that stays        variation 0: none, 1: a calm page, 2.5: as the net wrote them

Size is pulled half as strongly. A pure function of one word: neither its neighbours nor the order of reading change it.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from plotwriter.ink import Ink
from plotwriter.strokes.baseline import baseline, lower_extrema
from plotwriter.strokes.size import size
from plotwriter.strokes.slant import measured_slant, slant

__all__ = ["MAX_VARIATION", "steady"]

MAX_VARIATION = 2.5
KEPT = 0.4  # of a deviation at variation 1: the nets' 5 to 12 degrees of lean, s.d. over words, become 2 to 5
SIZE_SHARE = 0.5  # of the pull, for size: much of its measure is which letters a word has; pulled in full, a reader misread a tenth more
LEAST = 3  # letters; less ink says too little about its lean or size
SURE = (math.tan(math.radians(20)), 0.3)  # lean (dx/dy) and size (share) beyond which a deviation is rather a wrong measure
_BODY = (0.5, 1.5)  # x-heights above the baseline, between which tops of small letters end
_TOP = 0.75  # quantile of these tops that is the x-height: in all hands that ship it is 0.94 to 1.07 x-heights


def steady(ink: Ink, x_height: float, *, variation: float = 1.0) -> Ink:
    """A word with less (or more) of what sets it apart from the other words of its hand.

    Args:
        ink: one word, line frame, mm, upright; with fewer than LEAST letters it stays as it is
        x_height: of the hand, mm, above 0
        variation: 0 to MAX_VARIATION; 1 / KEPT leaves every word as it is

    Uprights, baseline and size move as a whole, so marks stay over their letters.
    """
    if not 0 <= variation <= MAX_VARIATION:
        raise ValueError(f"a variation is 0 to {MAX_VARIATION:g}, got {variation}")
    if sum(char.isalpha() for char in ink.text) < LEAST or not ink.strokes:
        return ink
    pull = 1.0 - KEPT * variation
    level = zip(ink.strokes, baseline(ink, x_height).strokes, strict=True)
    ink = replace(ink, strokes=tuple(own.with_points(own.points + pull * (flat.points - own.points)) for own, flat in level))
    lean = float(np.clip(math.tan(measured_slant(ink)), -SURE[0], SURE[0]))
    ink = slant(ink, -math.atan(pull * lean))
    larger = float(np.clip(_body_height(ink, x_height) / x_height - 1, -SURE[1], SURE[1]))
    return size(ink, 1 + larger, 1 + (1 - SIZE_SHARE * pull) * larger)


def _body_height(ink: Ink, x_height: float) -> float:
    """How high the small letters of a word reach, mm; the hand's x-height where too few do."""
    tops = np.concatenate([lower_extrema(np.conj(stroke.points), 0.3 * x_height) for stroke in ink.strokes]).imag / x_height
    tops = tops[(tops > _BODY[0]) & (tops < _BODY[1])]
    return x_height * float(np.quantile(tops, _TOP)) if len(tops) >= LEAST else x_height
