"""Ink and intervals as SVG to stand inside a page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import numpy as np
import numpy.typing as npt

from plotwriter.evaluation.statistics import Interval
from plotwriter.evaluation.words import Word
from plotwriter.ink import Ink
from plotwriter.strokes import dots

__all__ = ["intervals_picture", "line_picture", "word_picture"]

Complex = npt.NDArray[np.complex128]

X_HEIGHT_PX = 15.0
TOP, BOTTOM = 2.6, 1.4  # x-heights shown above and below the baseline, at the least
MARGIN = 0.4  # x-heights
LETTER_PX = 7  # about what one takes in a label
LONGEST = 2.0  # times the largest mark; a bar beyond it is cut


def _path(points: Complex) -> str:
    """Path data of one polyline, y down; a dot is a line of no length, which a round cap makes visible."""
    xy = [f"{z.real:.2f},{z.imag:.2f}" for z in points.tolist()]
    return "M" + "L".join(xy if len(xy) > 1 else xy * 2)


def _ink(strokes: Sequence[Complex], view: tuple[float, float, float, float], scale: float, line: float, title: str) -> str:
    """Strokes as an SVG element; view is left, top, width, height in their unit, scale px to it."""
    data = "".join(_path(points) for points in strokes)
    left, top, width, height = view
    return (
        f'<svg class="ink" role="img" width="{width * scale:.0f}" height="{height * scale:.0f}" '
        f'viewBox="{left:.2f} {top:.2f} {width:.2f} {height:.2f}"><title>{escape(title)}</title>'
        f'<path d="{data}" stroke-width="{line:.3f}"/></svg>'
    )


def word_picture(word: Word, lean: float = 0.0) -> str:
    """One word on its baseline.

    Args:
        word: upright
        lean: dx/dy given back to it
    """
    strokes = [np.conj(points + lean * points.imag) for points in word.strokes]
    every = np.concatenate(strokes)
    left, right = float(every.real.min()) - MARGIN, float(every.real.max()) + MARGIN
    top, bottom = min(-TOP, float(every.imag.min()) - MARGIN), max(BOTTOM, float(every.imag.max()) + MARGIN)
    return _ink(strokes, (left, top, right - left, bottom - top), X_HEIGHT_PX, 0.13, word.text)


def line_picture(line: Ink, x_height: float) -> str:
    """A set line, mm; x_height in mm scales it."""
    left, top, right, bottom = line.bounds()
    edge = MARGIN * x_height
    strokes = [stroke.points for stroke in dots(line).strokes]
    view = (left - edge, top - edge, right - left + 2 * edge, bottom - top + 2 * edge)
    return _ink(strokes, view, X_HEIGHT_PX / x_height, 0.13 * x_height, line.text)


def intervals_picture(rows: Sequence[tuple[str, Interval]], marks: Sequence[float]) -> str:
    """Figures with their intervals on one axis from 0, and lines at some values.

    Args:
        rows: label and figure
        marks: values that a reader of the picture wants to compare with
    """
    finite = [v for _, i in rows for v in (i.value, i.high) if math.isfinite(v)] + list(marks)
    most = min(max(finite) * 1.08, LONGEST * max(marks, default=1.0))
    label = 20 + LETTER_PX * max((len(name) for name, _ in rows), default=0)
    width, row_height = 520, 26

    def at(value: float) -> float:
        return label + min(value, most) / most * width

    height = row_height * len(rows) + 30
    parts = [f'<svg class="chart" role="img" width="{label + width + 60}" height="{height}" viewBox="0 0 {label + width + 60} {height}">']
    for mark in marks:
        parts.append(f'<line class="mark" x1="{at(mark):.1f}" x2="{at(mark):.1f}" y1="4" y2="{height - 22}"/>')
        parts.append(f'<text x="{at(mark):.1f}" y="{height - 6}" text-anchor="middle">{mark:g}</text>')
    for k, (name, found) in enumerate(rows):
        y = row_height * k + 20
        parts.append(f'<text x="{label - 10}" y="{y + 4}" text-anchor="end">{escape(name)}</text>')
        if not math.isfinite(found.value):
            parts.append(f'<text x="{label + 6}" y="{y + 4}">no figure</text>')
            continue
        low, high = (value if math.isfinite(value) else most for value in (found.low, found.high))
        parts.append(f'<line class="range" x1="{at(low):.1f}" x2="{at(high):.1f}" y1="{y}" y2="{y}"/>')
        parts.append(f'<circle cx="{at(found.value):.1f}" cy="{y}" r="5"/>')
        parts.append(f'<text x="{at(max(high, found.value)) + 8:.1f}" y="{y + 4}">{found.value:.2f}</text>')
    return "".join(parts) + "</svg>"
