"""Single draws with what the net was looking at, before anybody has chosen among them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plotwriter.nets.arc_tokens import decode
from plotwriter.samplers.draw import Draw

__all__ = ["Attempt", "attempt_of"]

SPACING = 0.06  # x-heights between the points of a curve


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """One draw of one word."""

    text: str
    strokes: list[npt.NDArray[np.complex128]]  #: as drawn, x-heights, y up; none where nothing was drawn
    steps: list[npt.NDArray[np.int64]]  #: (n,) of each stroke: the row of `attention` in which each point was written
    ended: bool  #: whether it stopped by itself
    attention: npt.NDArray[np.float64]  #: (t, u) weights over the characters at every step of the net; rows sum to 1, or are 0


def attempt_of(text: str, draw: Draw) -> Attempt:
    """A draw of the arc GPT, whose pointer stands on one letter at every step."""
    strokes, steps = [], []
    for trace in decode(draw.tokens, spacing=SPACING):
        strokes.append(np.concatenate(trace.points))
        drawn = [t for t in trace.steps if draw.tokens[t, 2]]
        steps.append(np.repeat([trace.steps[0], *drawn], [len(part) for part in trace.points]))
    return Attempt(text, strokes, steps, draw.ended, np.eye(len(text))[draw.letters])
