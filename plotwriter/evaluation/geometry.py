"""How straight the writing runs, and how evenly it leans and stands.

    lower extrema of a line, its descenders left out --> a straight line through them
        drift: its slope, mm risen per 100 mm        residual: how far the letters stand off it

y up; lines in mm, words in x-heights.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from plotwriter.evaluation.words import Word
from plotwriter.training.frames import extrema, line_frame, slant_of

__all__ = ["body_height", "drift", "small_letters", "spread_of_heights", "spread_of_slants"]

Complex = npt.NDArray[np.complex128]
NEAR = 0.35  # x-heights off the fitted line within which a lower extremum belongs to it
SMALL = frozenset("acemnorsuvwxz")  # letters that end at the x-height


def drift(line: Sequence[Complex]) -> tuple[float, float, float] | None:
    """Drift and unrest of one line of writing.

    Args:
        line: strokes, any unit, y up

    Returns:
        (rise per 100 of run, s.d. of the lower extrema about the line in x-heights, x-height in the
        line's unit), or None where there is too little writing
    """
    frame = line_frame(line)
    if frame is None or frame[2] <= 0:
        return None
    slope, base, x_height = frame
    low = extrema(line, upper=False)
    off = (low.imag - slope * low.real - base) / x_height
    near = low[np.abs(off) < NEAR]
    if len(near) < 4:
        return None
    slope, base = (float(c) for c in np.polyfit(near.real, near.imag, 1))
    off = (near.imag - slope * near.real - base) / x_height
    return 100 * slope, float(off.std()), x_height


def small_letters(strokes: Sequence[Complex]) -> float | None:
    """How high the small letters of some ink reach above its baseline at 0, in its unit of about an x-height; None with too few."""
    high, low = extrema(strokes, upper=True).imag, extrema(strokes, upper=False).imag
    high, low = high[(high > 0.5) & (high < 1.5)], low[np.abs(low) < 0.45]
    return float(np.median(high) - np.median(low)) if len(high) >= 2 and len(low) >= 2 else None


def body_height(word: Word) -> float | None:
    """Height of the small letters of a word, x-heights; None where it has fewer than three of them."""
    return small_letters(word.strokes) if sum(c in SMALL for c in word.text) >= 3 else None


def spread_of_heights(words: Sequence[Word]) -> float:
    """S.d. of `body_height` over words, as a share of its mean; NaN with fewer than three words."""
    heights = [height for word in words if (height := body_height(word)) is not None]
    return float(np.std(heights) / np.mean(heights)) if len(heights) > 2 else math.nan


def spread_of_slants(words: Sequence[Word], least: int = 4) -> float:
    """S.d. of the slant over words of at least `least` letters, rad; NaN with fewer than three words."""
    slants = [math.atan(slant_of(word.strokes)) for word in words if len(word.text) >= least]
    return float(np.std(slants)) if len(slants) > 2 else math.nan
