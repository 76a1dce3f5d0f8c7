"""Ink: the one value that flows from the sampler to the pen.

    line frame                              page frame
    y up is negative: y grows DOWN          origin top left, x right, y down, mm
            ___
           |   |   ascender                 (0,0)----------> x
    -------|---|--- y = -x_height             |
     o     |   |                              |   Dear Ada,
    (0,0)--------> x   baseline y = 0         v y

Both frames are mm with y down, so that nothing after the sampler ever flips.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

__all__ = ["Document", "Ink", "Page", "Pen", "Points", "Stroke"]

Points = npt.NDArray[np.complex128]  #: (n,) mm, x + y·i


@dataclass(frozen=True, slots=True, eq=False)
class Stroke:
    """One pen-down polyline."""

    points: Points  #: (n,) complex128, mm, x right, y down, n >= 1 (a dot is one point), read-only
    span: tuple[int, int]  #: characters [first, last) of Ink.text it writes; a cursive stroke covers several
    pen: int = 1  #: pen slot, 1-based

    def __post_init__(self) -> None:
        """Freeze the points; a copy is made only of what could still change."""
        points = np.asarray(self.points, dtype=np.complex128)
        if points.ndim != 1 or len(points) == 0:
            raise ValueError(f"a stroke needs (n,) points with n >= 1, got shape {points.shape}")
        if points.flags.writeable:
            points = points.copy()
            points.flags.writeable = False
        object.__setattr__(self, "points", points)

    @property
    def length(self) -> float:
        """Drawn length, mm; 0 for a dot."""
        return float(np.abs(np.diff(self.points)).sum())

    def with_points(self, points: Points) -> Stroke:
        """The same stroke, tags and all, along other points."""
        return replace(self, points=points)


@dataclass(frozen=True, slots=True)
class Page:
    """A sheet of paper."""

    width: float  #: mm
    height: float  #: mm

    @property
    def landscape(self) -> Page:
        """The same sheet, long side across."""
        return Page(max(self.width, self.height), min(self.width, self.height))


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """Strokes and what they say."""

    strokes: tuple[Stroke, ...]  #: in drawing order
    text: str  #: what the ink says
    page: Page | None = None  #: None: line frame (origin on the baseline); else page frame (origin top left)

    def map(self, function: Callable[[Points], Points]) -> Ink:
        """Every stroke's points through `function`; tags, text and page kept."""
        return replace(self, strokes=tuple(stroke.with_points(function(stroke.points)) for stroke in self.strokes))

    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of all points, mm; zeros when there is no ink."""
        if not self.strokes:
            return 0.0, 0.0, 0.0, 0.0
        every = np.concatenate([stroke.points for stroke in self.strokes])
        return float(every.real.min()), float(every.imag.min()), float(every.real.max()), float(every.imag.max())

    def words_of(self, stroke: Stroke) -> str:
        """The word or words a stroke is part of, on one line, for messages; empty when the text does not say."""
        first, last = stroke.span
        if not self.text[first:last].strip():
            return ""
        while first > 0 and not self.text[first - 1].isspace():
            first -= 1
        while last < len(self.text) and not self.text[last].isspace():
            last += 1
        return " ".join(self.text[first:last].split())

    @property
    def length(self) -> float:
        """Drawn length of all strokes, mm."""
        return sum(stroke.length for stroke in self.strokes)


@dataclass(frozen=True, slots=True)
class Pen:
    """What is in a pen slot, as far as anybody has said."""

    name: str = ""
    colour: str | None = None  #: "#rrggbb"; None: the palette's
    width: float | None = None  #: of its line, mm


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A finished job: what is previewed, saved and plotted."""

    pages: tuple[Ink, ...]  #: page frame, every `Ink.text` is the document's text
    text: str  #: what the ink says, all pages; spans index it
    style: str = ""  #: name of the style, empty when the ink was not written by a sampler
    seed: int | None = None  #: None when nothing was drawn at random
    version: str = ""  #: plotwriter's version that made it
    respelled: tuple[tuple[int, int], ...] = ()  #: words drawn once more, from 1, and which alternative of each, from 1
