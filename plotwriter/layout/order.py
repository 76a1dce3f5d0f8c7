"""Strokes in an order with less pen-up travel: off by default, for handwriting is written in its own order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, pairwise

from plotwriter.ink import Ink, Stroke
from plotwriter.layout import vpype_bridge

__all__ = ["order", "travel"]


def travel(strokes: Sequence[Stroke]) -> float:
    """Pen-up distance between the strokes, in their order, mm."""
    return float(sum(abs(after.points[0] - before.points[-1]) for before, after in pairwise(strokes)))


def order(ink: Ink) -> Ink:
    """The same strokes, never turned round, with as much pen-up travel as before or less.

    Strokes of one pen are sorted among themselves, starting from the first; the sequence of pens stays.
    """
    runs = [tuple(run) for _, run in groupby(ink.strokes, key=lambda stroke: stroke.pen)]
    for i, run in enumerate(runs):
        link = runs[i + 1][:1] if i + 1 < len(runs) else ()
        better = vpype_bridge.nearest_next(run)
        if travel((*better, *link)) < travel((*run, *link)):
            runs[i] = better
    return replace(ink, strokes=tuple(stroke for run in runs for stroke in run))
