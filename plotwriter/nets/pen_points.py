"""Arcs to the points a pen would have given: what the LSTM and the Cursive Transformer see of ink.

    steps (MOVE, DRAW, RETURN) -> points, and whether the pen is down on the way to each

A point on an arc comes from even steps of its parameter, so points are dense where the pen turns, as a pen's own are.

Frame: x-heights, y up, each word in its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plotwriter.nets.arc_tokens import BULGES, DRAW, END, MOVE, RETURN, Program, advance

__all__ = ["PenPoints", "pen_points", "program_of"]

MOST_ON_ARC = 8  # points

Complex = npt.NDArray[np.complex128]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class PenPoints:
    """Points of w words, laid end to end."""

    points: Complex  #: (n,)
    drawn: Bools  #: (n,) the pen is down on the way to it
    inner: Bools  #: (n,) within an arc; the ends of arcs carry the shape
    n_point: Ints  #: (w,)


def pen_points(programs: Sequence[Program], spacing: float) -> PenPoints:
    """Words as points about `spacing` x-heights apart on every arc."""
    n_step = np.array([len(program.pens) for program in programs])
    pens = np.concatenate([program.pens for program in programs])
    targets = np.concatenate([program.targets for program in programs])
    apexes = np.concatenate([program.apexes for program in programs])
    starts, ends = _ways(pens, targets, n_step)
    dot = (pens == DRAW) & (starts == ends)
    on_arc = np.clip(np.rint(np.abs(ends - starts) / spacing), 1, MOST_ON_ARC).astype(np.int64)
    n_point = np.select([pens == END, dot, pens == DRAW], [0, 0, on_arc], 1)  # a dot is where the pen has come down
    step = np.repeat(np.arange(len(pens)), n_point)
    k = np.arange(len(step)) - (np.cumsum(n_point) - n_point)[step] + 1
    t = k / n_point[step]
    drawn = pens[step] == DRAW
    control = 2 * apexes[step] - (starts[step] + ends[step]) / 2
    curve = (1 - t) ** 2 * starts[step] + 2 * t * (1 - t) * control + t**2 * ends[step]
    word = np.repeat(np.arange(len(n_step)), n_step)
    return PenPoints(
        np.where(drawn, curve, ends[step]),
        drawn,
        drawn & (k < n_point[step]),
        np.bincount(word, n_point, len(n_step)).astype(np.int64),
    )


def _ways(pens: npt.NDArray[np.int8], targets: Complex, n_step: Ints) -> tuple[Complex, Complex]:
    """Where the pen is before and after every step of all words, laid end to end."""
    first = np.cumsum(n_step) - n_step
    starts, ends = np.zeros(len(pens), np.complex128), np.zeros(len(pens), np.complex128)
    position, left_at = np.zeros(len(n_step), np.complex128), np.zeros(len(n_step), np.complex128)
    for t in range(int(n_step.max())):
        alive = np.flatnonzero(n_step > t)
        at = first[alive] + t
        pen, here = pens[at], position[alive]
        starts[at] = here
        after = np.where(pen == RETURN, left_at[alive], np.where(pen == END, here, targets[at]))
        left_at[alive] = np.where(pen == MOVE, here, left_at[alive])
        ends[at] = position[alive] = after
    return starts, ends


def program_of(tokens: Ints) -> Program:
    """Tokens (t, 4) of one word, END included, as the steps they stand for."""
    pens = tokens[:, 0].astype(np.int8)
    targets, apexes = np.zeros(len(tokens), np.complex128), np.zeros(len(tokens), np.complex128)
    position, left_at = np.zeros(1, np.complex128), np.zeros(1, np.complex128)
    for t, pen in enumerate(pens.tolist()):
        start = position[0]
        position, left_at = advance(tokens[t : t + 1], position, left_at)
        if pen in (MOVE, DRAW):
            targets[t] = position[0]
        if pen == DRAW:
            apexes[t] = start + (position[0] - start) * (0.5 + 1j * BULGES[tokens[t, 3]])
    return Program(pens, targets, apexes)
