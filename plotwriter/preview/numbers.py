"""The numbers of words, seen above them: what `--respell` and doubts call them. They are never plotted."""

from __future__ import annotations

import re

from plotwriter.ink import Ink

__all__ = ["NUMBER_COLOUR", "NUMBER_HEIGHT", "word_numbers"]

NUMBER_COLOUR = "#c0392b"
NUMBER_HEIGHT = 1.8  # mm; read on the screen, out of the way of the writing


def word_numbers(page: Ink) -> list[tuple[int, float, float]]:
    """Every word of a page: its number, from 1 over all pages, and the top left corner of its ink, mm."""
    ends = [match.end() for match in re.finditer(r"\S+", page.text)]
    corners: dict[int, tuple[float, float]] = {}
    at = 0
    for stroke in sorted(page.strokes, key=lambda stroke: stroke.span):
        if stroke.span[0] == stroke.span[1] or not page.text[slice(*stroke.span)].strip():
            continue
        while ends[at] <= stroke.span[0]:
            at += 1
        left, top = corners.get(at, (float("inf"), float("inf")))
        corners[at] = min(left, float(stroke.points.real.min())), min(top, float(stroke.points.imag.min()))
    return [(word + 1, left, top) for word, (left, top) in corners.items()]
