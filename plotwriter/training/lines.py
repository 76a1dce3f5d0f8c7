"""Lines of text whose word boundaries nobody marked: find them, and frame the words.

    strokes by where they stand ->  [Th][e]   [q][uick]   [f][o][x]
    gaps in x                     cut:  0.2   1.3   0.1   1.2  0.2 0.1   the wide ones, if the words between
                                                                         are as wide as their characters

Strokes are taken from left to right, whenever they were written, so a dot or a t-bar that came late
is beside its letter; inside a word the order of writing is kept. What hangs below the line or flies
above it does not count for a gap: the tail of a y may reach under the next word.

Low-resolution ink is a staircase; it is smoothed along its length by about one step of the tablet.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from plotwriter.training.datasets import FramedWord, WriterFacts, frame_lines
from plotwriter.training.frames import line_frame
from plotwriter.training.rejections import Rejections

__all__ = ["framed_lines", "segment", "smoothed"]

MAX_COST = 0.9  # of a line, mean a word; of 80 lines below it that were looked at, all were cut right, near it one in ten wrongly
MAX_WORD_COST = 4.0  # of its worst word

BODY = (-0.4, 1.5)  # x-heights; ink outside does not close a gap
NARROW, WIDE = set("ijltfrI1.,:;'!|()[]{}`\"-"), set("mwMW@%&")
UNITS = {"narrow": 0.6, "wide": 1.6, "capital": 1.3, "other": 1.0}  # widths of characters to one another
STOPS, STOP_TOP, STOP_WIDTH = ",.;", 0.45, 0.6  # a comma is low and narrow, x-heights

COARSE = 40  # coordinate steps in an x-height; with fewer the staircase shows at the tolerance of the arcs
BLUR = 1.0  # s.d. of the smoothing, coordinate steps

Complex = npt.NDArray[np.complex128]
Floats = npt.NDArray[np.float64]


def framed_lines(samples: Sequence[dict[str, Any]], rejected: Rejections) -> tuple[list[FramedWord], dict[str, WriterFacts]]:
    """Words of single lines; a line whose words cannot be told apart is added to `rejected`."""
    fine = [{**sample, "ink": _without_staircase(sample["ink"])} for sample in samples]
    return frame_lines(fine, rejected, lambda sample, level: segment(_words(sample["text"]), level), wandering=True)


def _words(text: str) -> list[str]:
    """The words of a line, marks that a transcriber set apart put back: "wasn ' t ." is "wasn't."."""
    return re.sub(r" ([.,;:!?])(?= |$)", r"\1", text.replace(" ' ", "'")).split()


def _units(word: str) -> float:
    """About how wide a word is, in widths of an n."""
    kinds = ["narrow" if c in NARROW else "wide" if c in WIDE else "capital" if c.isupper() else "other" for c in word]
    return sum(UNITS[kind] for kind in kinds)


def segment(words: Sequence[str], ink: Sequence[Complex], *, doubtful: bool = False) -> list[tuple[str, list[int]]] | None:
    """Which strokes write which word.

    Args:
        words: of the line
        ink: its strokes in x-heights, y up, level and upright
        doubtful: whether the likeliest will do, however doubtful

    Returns:
        each word with the indices of its strokes, in writing order; None when it is doubtful, or there are fewer strokes than words
    """
    found = _cuts(words, ink) if 0 < len(words) <= len(ink) else None
    if found is None or (not doubtful and (found[1].mean() > MAX_COST or found[1].max() > MAX_WORD_COST)):
        return None
    order, bounds = found[0], _with_stops(words, ink, found[0], found[2])
    return [(word, sorted(order[a:b])) for word, (a, b) in zip(words, pairwise(bounds), strict=True)]


def _with_stops(words: Sequence[str], ink: Sequence[Complex], order: list[int], bounds: list[int]) -> list[int]:
    """Word boundaries, a comma or full stop that floats near the next word given back to the word that has one."""
    bounds = list(bounds)

    def is_stop(place: int) -> bool:
        points = ink[order[place]]
        return bool(points.imag.max() < STOP_TOP and np.ptp(points.real) < STOP_WIDTH)

    for k in range(1, len(words)):
        first = bounds[k]
        wanted = words[k - 1][-1] in STOPS and words[k][0].isalnum() and bounds[k + 1] - first > 1
        if wanted and is_stop(first) and not is_stop(first - 1):
            bounds[k] += 1
    return bounds


def _extents(ink: Sequence[Complex]) -> tuple[Floats, Floats]:
    """Left and right end of what each stroke has near the small letters; of one far from them, its middle half."""
    lefts, rights = [], []
    for points in ink:
        body = points.real[(points.imag > BODY[0]) & (points.imag < BODY[1])]
        if len(body):
            left, right = body.min(), body.max()
        else:
            middle, quarter = (points.real.min() + points.real.max()) / 2, np.ptp(points.real) / 4
            left, right = middle - quarter, middle + quarter
        lefts.append(float(left))
        rights.append(float(right))
    return np.array(lefts), np.array(rights)


def _cuts(words: Sequence[str], ink: Sequence[Complex]) -> tuple[list[int], Floats, list[int]]:
    """The cheapest way to cut a line, once its width of a letter and of a space have settled.

    Returns:
        strokes from left to right, the cost of each word (w,), and the word boundaries (w + 1,) in that order
    """
    left, right = _extents(ink)
    order = np.argsort(left + right, kind="stable")
    left, right = left[order], right[order]
    reached, ahead = np.maximum.accumulate(right), np.minimum.accumulate(left[::-1])[::-1]
    gaps = ahead[1:] - reached[:-1]  # (n - 1,) between stroke k and k + 1
    units = np.array([_units(word) for word in words])
    n_cut = len(words) - 1
    space = max(0.3, float(np.median(np.sort(gaps)[len(gaps) - n_cut :]))) if n_cut else 1.0
    unit = max(0.1, float(reached[-1] - ahead[0]) - n_cut * space) / units.sum()
    widest = np.maximum.accumulate(np.where(np.tri(len(left), dtype=bool).T, right[None], -np.inf), 1)
    width = widest - np.minimum.accumulate(np.where(np.tri(len(left), dtype=bool).T, left[None], np.inf), 1)  # (first, last)
    costs, bounds = np.zeros(len(words)), [0, len(left)]
    for _ in range(3):
        costs, bounds = _cheapest(gaps, width, units, unit, space)
        found = np.array([width[a, b - 1] for a, b in pairwise(bounds)])
        unit = max(0.1, float(np.median(found / units)))
        if n_cut:
            space = max(0.3, float(np.median(gaps[np.array(bounds[1:-1]) - 1])))
    return order.tolist(), costs, bounds


def _cheapest(gaps: Floats, width: Floats, units: Floats, unit: float, space: float) -> tuple[Floats, list[int]]:
    """Dynamic programming over the word boundaries.

    Args:
        gaps: (n - 1,) x-heights between neighbouring strokes
        width: (n, n) of a word from one stroke to another; -inf where the second is before the first
        units: (w,) what each word's characters should take
        unit, space: x-heights of a letter and between words

    Returns:
        cost of each word with the gap before it (w,), word boundaries (w + 1,)
    """
    n, n_word = len(width), len(units)
    is_cut = 2 * np.clip(1 - gaps / space, 0, 1.5) ** 2
    is_inside = 2 * np.clip(2 * gaps / space - 1, 0, 3) ** 2
    inside = np.concatenate([[0.0], np.cumsum(is_inside)])  # (n,)
    before = np.concatenate([[0.0], is_cut])  # the gap before stroke k
    possible = np.tri(n, dtype=bool).T
    best = np.full((n_word, n), np.inf)  # cost of the first words when the last of them ends with stroke k
    came = np.zeros((n_word, n), np.int64)  # where that word begins
    cost = np.zeros((n_word, n, n))
    for w in range(n_word):
        expected = units[w] * unit
        off = (np.where(possible, width, 0) - expected) / (0.3 * expected + 0.4 * unit)
        cost[w] = np.where(possible, off**2 + inside[None] - inside[:, None] + before[:, None], np.inf)
        start = np.concatenate([[0.0], np.full(n - 1, np.inf)]) if w == 0 else np.concatenate([[np.inf], best[w - 1, :-1]])
        total = start[:, None] + cost[w]
        came[w], best[w] = total.argmin(0), total.min(0)
    bounds = [n]
    for w in range(n_word - 1, -1, -1):
        bounds.append(int(came[w, bounds[-1] - 1]))
    bounds.reverse()
    return np.array([cost[w, bounds[w], bounds[w + 1] - 1] for w in range(n_word)]), bounds


def _without_staircase(ink: Sequence[Complex]) -> list[Complex]:
    """Ink of a coarse tablet smoothed; other ink as it is."""
    frame, every = line_frame(ink), np.concatenate(list(ink))
    steps = np.concatenate([np.diff(np.unique(every.real)), np.diff(np.unique(every.imag))])
    steps = steps[steps > 1e-6]
    if frame is None or len(steps) == 0 or frame[2] / steps.min() > COARSE:
        return list(ink)
    return [smoothed(points, BLUR * float(steps.min())) for points in ink]


def smoothed(points: Complex, blur: float) -> Complex:
    """A Gaussian along the length of a stroke; its ends stay where they are.

    Args:
        points: (n,) one stroke
        blur: s.d., in the points' own unit

    Returns:
        (m,) points a quarter of the s.d. apart
    """
    away = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(points)))])
    if away[-1] == 0:
        return points[:1]
    n = max(2, int(np.ceil(away[-1] / (blur / 4))) + 1)
    at = np.linspace(0, away[-1], n)
    even = np.interp(at, away, points.real) + 1j * np.interp(at, away, points.imag)
    reach = min(n - 1, int(np.ceil(3 * blur / (at[1] - at[0]))))
    kernel = np.exp(-(((np.arange(-reach, reach + 1) * (at[1] - at[0])) / blur) ** 2) / 2)
    padded = np.concatenate([2 * even[0] - even[reach:0:-1], even, 2 * even[-1] - even[-2 : -reach - 2 : -1]])
    result: Complex = np.convolve(padded, kernel / kernel.sum(), mode="valid")
    return result
