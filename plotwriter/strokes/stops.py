"""Stops near the word they end: a hand learned from few words lets a comma float towards the next one."""

from __future__ import annotations

import math
from dataclasses import replace

from plotwriter.ink import Ink

__all__ = ["stops"]

STOPS = ",.;:!?"
NEAR, FAR = 0.6, 1.0  # x-heights after what stands before it: a gap up to NEAR stays, a wider one is drawn in to below FAR


def stops(ink: Ink, x_height: float) -> Ink:
    """Stops at the end of a word no farther from it than FAR; who writes them wide still writes them wider than others.

    Args:
        ink: a word, either frame, mm
        x_height: mm
    """
    strokes = list(ink.strokes)
    last = max((stroke.span[1] for stroke in strokes), default=0)
    first = last
    while first > 0 and ink.text[first - 1] in STOPS:
        first -= 1
    for k in range(first, last):
        before = [float(s.points.real.max()) for s in strokes if s.span[1] <= k]
        own = [float(s.points.real.min()) for s in strokes if s.span[0] == k]
        if not before or not own:
            continue
        gap = (min(own) - max(before)) / x_height
        if gap > NEAR:
            back = x_height * (gap - NEAR - (FAR - NEAR) * (1 - math.exp(-(gap - NEAR) / (FAR - NEAR))))
            strokes = [s.with_points(s.points - back) if s.span[0] >= k else s for s in strokes]
    return replace(ink, strokes=tuple(strokes))
