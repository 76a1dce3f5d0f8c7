"""One sample of ink as a file gives it: nothing framed, nothing judged.

Frame: the file's own unit, x right, y DOWN, as on paper; readers of forms with y up turn it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from plotwriter.ink import Points

__all__ = ["LARGEST", "Guide", "InkSample", "Problem", "strokes_from", "to_lines"]

LARGEST = 1e7  # of a coordinate; tablets count to a few 100,000
MAX_POINTS = 2_000_000  # in one file
MAX_TEXT = 20_000  # characters of one sample


class Problem(ValueError):
    """Why a file is not what it should be; its message goes behind the file's name."""


@dataclass(frozen=True, slots=True)
class Guide:
    """Lines that were shown to the writer."""

    baseline: float  #: y of the line the letters stand on
    x_height: float  #: from it up to the top of an x


@dataclass(frozen=True, slots=True, eq=False)
class InkSample:
    """Some strokes and what they say."""

    text: str  #: "\n" between lines of writing; "" where the file does not say
    strokes: tuple[Points, ...]  #: in writing order; a dot has one point
    writer: str = ""
    place: str = ""  #: where in its file, for reports
    guide: Guide | None = None
    words: tuple[int, ...] = ()  #: strokes of each word of one line, where it is known which they are


def strokes_from(rows: Iterable[Sequence[complex]]) -> tuple[Points, ...]:
    """Strokes checked; empty ones and repeated points are left out.

    Raises:
        Problem: a coordinate that is no number or too large, or too many points
    """
    strokes, n = [], 0
    for row in rows:
        points = np.asarray(row, np.complex128)
        n += len(points)
        if n > MAX_POINTS:
            raise Problem(f"more than {MAX_POINTS} points")
        if len(points) == 0:
            continue
        if not np.isfinite(points).all() or max(np.abs(points.real).max(), np.abs(points.imag).max()) > LARGEST:
            raise Problem(f"a coordinate is not a number or beyond {LARGEST:g}")
        points = points[np.concatenate([[True], np.diff(points) != 0])]
        points.flags.writeable = False
        strokes.append(points)
    return tuple(strokes)


def to_lines(samples: Iterable[InkSample], writer: str = "") -> str:
    """Samples as JSON lines, the form that `plotwriter train` takes; one without a writer gets `writer`."""
    rows = []
    for sample in samples:
        strokes = [[[round(z.real, 3), round(z.imag, 3)] for z in stroke.tolist()] for stroke in sample.strokes]
        rows.append(json.dumps({"text": sample.text, "strokes": strokes, "writer": sample.writer or writer}, ensure_ascii=False) + "\n")
    return "".join(rows)
