"""Writing whose rows nobody has told: found by where its letters stand, so that stages of one line work on a page.

lower extrema of all strokes --density over y--> peaks: the baselines      a stroke belongs to the peak most of it stands on
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from plotwriter.ink import Ink, Stroke
from plotwriter.strokes.baseline import baseline, lower_extrema
from plotwriter.strokes.slant import measured_slant, slant

__all__ = ["by_rows", "deslant_rows", "estimated_x_height", "level_rows", "page_tilt", "rows_of"]

Floats = npt.NDArray[np.float64]

_APART = 1.6  # x-heights at least between two baselines
_WORD_GAP = 0.7  # x-heights of white between two words
_STEP = 0.1  # x-heights between two places where the density is taken
_WIDTH = 0.25  # x-heights; of the bell that each extremum adds
_TALL = 1.35  # x-heights: how tall the median stroke of writing is, ascenders and all
STEEPEST = 5.0  # degrees a page may be tilted
_TURN = 0.1  # degrees between two tilts that are tried
_ENOUGH = 8.0  # x-heights of ink, with less of which a word says too little about its lean
_SURE = 12  # lower extrema; fewer say nothing of a tilt
_LEAST_PEAK = 0.15  # of the highest peak; what is lower is descenders and dots


def estimated_x_height(ink: Ink) -> float:
    """The size of writing, mm, from how tall its strokes are; 1 where there is nothing to tell."""
    heights = np.array([np.ptp(stroke.points.imag) for stroke in ink.strokes])
    heights = heights[heights > 0.25 * heights.max(initial=0.0)] if len(heights) else heights
    return float(np.median(heights)) / _TALL if len(heights) and np.median(heights) > 0 else 1.0


def rows_of(ink: Ink, x_height: float) -> list[tuple[float, list[int]]]:
    """Baselines, mm from the top, and the strokes that stand on each; every stroke is in one row.

    Args:
        ink: page frame, rows level to within some degrees
        x_height: mm, above 0
    """
    if not ink.strokes:
        return []
    lows = [_lows(stroke, x_height) for stroke in ink.strokes]
    every = np.concatenate(lows)
    grid = np.arange(every.min() - x_height, every.max() + x_height, _STEP * x_height)
    near = np.histogram(every, bins=np.append(grid, grid[-1] + _STEP * x_height))[0].astype(float)
    half = int(3 * _WIDTH / _STEP)
    bell = np.exp(-0.5 * (np.arange(-half, half + 1) * _STEP / _WIDTH) ** 2)
    density = np.convolve(near, bell, mode="same")
    peaks = _peaks(grid + _STEP * x_height / 2, density, _APART * x_height)
    found: dict[int, list[int]] = {}
    for number, low in enumerate(lows):
        votes = np.bincount(np.abs(low[:, None] - peaks).argmin(axis=1), minlength=len(peaks))
        found.setdefault(int(votes.argmax()), []).append(number)
    return [(float(peaks[k]), found[k]) for k in sorted(found)]


def _lows(stroke: Stroke, x_height: float) -> Floats:
    low = lower_extrema(stroke.points, 0.3 * x_height).imag
    return np.asarray(low if len(low) else [stroke.points.imag.max()], dtype=np.float64)


def _peaks(at: Floats, density: Floats, apart: float) -> Floats:
    """The highest places of a density that are `apart` from each other."""
    found: list[float] = []
    for i in np.argsort(-density):
        if density[i] < _LEAST_PEAK * density.max():
            break
        if all(abs(at[i] - other) >= apart for other in found):
            found.append(float(at[i]))
    return np.array(sorted(found))


def page_tilt(ink: Ink, x_height: float) -> float:
    """By how much all rows go down to the right, rad: the tilt at which their lowest letters are most in line.

    Args:
        ink: page frame, tilted by at most STEEPEST
        x_height: mm, above 0
    """
    low = np.concatenate([lower_extrema(stroke.points, 0.3 * x_height) for stroke in ink.strokes] or [np.zeros(0, np.complex128)])
    if len(low) < _SURE:
        return 0.0

    def in_line(angle: float) -> float:
        y = (low.imag - math.tan(angle) * low.real) / (_STEP * x_height)
        density = np.convolve(np.bincount((y - y.min()).astype(np.intp)), np.ones(3), mode="same")
        return float((density**2).sum())

    angles = np.radians(np.arange(-STEEPEST, STEEPEST + _TURN / 2, _TURN))
    return float(angles[int(np.argmax([in_line(angle) for angle in angles]))])


def by_rows(ink: Ink, x_height: float, stage: Callable[[Ink], Ink], *, words: bool = False) -> Ink:
    """A stage of one line on every row, or every word, of a page.

    Args:
        ink: page frame
        x_height: mm, above 0
        stage: line frame to line frame, the same strokes
        words: a word at a time
    """
    strokes = list(ink.strokes)
    for y, row in rows_of(ink, x_height):
        for part in _words(strokes, row, x_height) if words else [row]:
            left = min(float(strokes[k].points.real.min()) for k in part)
            origin = left + 1j * y
            line = replace(ink, strokes=tuple(strokes[k].with_points(strokes[k].points - origin) for k in part), page=None)
            for k, stroke in zip(part, stage(line).strokes, strict=True):
                strokes[k] = stroke.with_points(stroke.points + origin)
    return replace(ink, strokes=tuple(strokes))


def _words(strokes: Sequence[Stroke], row: Sequence[int], x_height: float) -> list[list[int]]:
    """Strokes of a row by the white between them."""
    found: list[list[int]] = []
    right = -np.inf
    for k in sorted(row, key=lambda k: float(strokes[k].points.real.min())):
        if strokes[k].points.real.min() - right > _WORD_GAP * x_height:
            found.append([])
        found[-1].append(k)
        right = max(right, float(strokes[k].points.real.max()))
    return found


def level_rows(ink: Ink, x_height: float) -> Ink:
    """The page's tilt taken out, rows made level, then every word of them put on its row's line; see `baseline`.

    A page on one line keeps everything `baseline` keeps; rows stay where most of their letters stand.
    """
    tilt, middle = math.tan(page_tilt(ink, x_height)), sum(ink.bounds()[::2]) / 2
    ink = ink.map(lambda z: z - 1j * tilt * (z.real - middle))
    level = by_rows(ink, x_height, lambda line: baseline(line, x_height))
    return by_rows(level, x_height, lambda word: baseline(word, x_height), words=True)


def deslant_rows(ink: Ink, x_height: float, target: float = 0.0, *, words: bool = False) -> Ink:
    """The page sheared, row by row about its baseline, to a lean of `target` rad.

    Args:
        ink: page frame
        x_height: mm, above 0
        target: rad, positive to the right
        words: every word to the target; else the page's median lean, and words keep how they differ
    """
    page = measured_slant(ink)

    def stage(part: Ink) -> Ink:
        enough = words and sum(stroke.length for stroke in part.strokes) > _ENOUGH * x_height
        lean = measured_slant(part) if enough else page
        return slant(part, math.atan(math.tan(target) - math.tan(lean)))

    return by_rows(ink, x_height, stage, words=words)
