"""Arcs to tokens and back: the alphabet that the arc GPT reads and writes.

A word is a row of steps; a step is (pen, direction, length, bulge), chosen in that order.

    MOVE    pen up, to where the next stroke begins (the first step: from the left end of the baseline)
    DRAW    one arc, pen down; length bin 0 is a dot
    RETURN  pen up, back to the point the pen was at before the last MOVE, and on with that stroke
    END     the word is written

    "in" with its dot drawn beside its letter:   MOVE DRAW DRAW  MOVE DRAW(dot)  RETURN  DRAW DRAW DRAW END

RETURN is exact, so an i-dot or a t-bar can be learned next to its letter although the writer put
it there at the end of the word, and the stroke it interrupts comes out of `decode` in one piece.

Quantisation is closed-loop: every step is measured from the point that the steps so far really
reach, and decodes to bin centres, so the error stays within half a bin and never adds up.
Source: departs from Greydanus & Wimpee 2025 (arXiv:2504.00051), whose polar tokens decode to left
bin edges and drift.

Frame: x-heights, y up, origin at the left end of the baseline.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from plotwriter.nets.arcs import Arcs, flatten

__all__ = [
    "BULGES",
    "DIRECTIONS",
    "DRAW",
    "END",
    "LENGTHS",
    "MOVE",
    "N_BULGE",
    "N_DIRECTION",
    "N_LENGTH",
    "N_PEN",
    "RETURN",
    "Program",
    "Trace",
    "advance",
    "decode",
    "quantise",
]

DRAW, MOVE, RETURN, END = range(4)
N_PEN: Final = 4
N_DIRECTION: Final = 96
N_LENGTH: Final = 48
N_BULGE: Final = 17

DIRECTIONS: Final = np.exp(2j * np.pi * np.arange(N_DIRECTION) / N_DIRECTION)  #: bin centres, unit vectors
LENGTHS: Final = np.concatenate([[0.0], np.linspace(0.03, 0.30, 10), np.geomspace(0.33, 12.0, N_LENGTH - 11)])  #: x-heights; bin 0: a dot
BULGES: Final = np.sinh(np.linspace(-1, 1, N_BULGE) * 3) / np.sinh(3) * 0.8  #: of the chord

_LENGTH_EDGES = np.concatenate([(LENGTHS[1:11] + LENGTHS[2:12]) / 2, np.sqrt(LENGTHS[11:-1] * LENGTHS[12:])])  # between bins 1, 2, ...
_BULGE_EDGES = (BULGES[1:] + BULGES[:-1]) / 2

Ints = npt.NDArray[np.int64]
Complex = npt.NDArray[np.complex128]


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """The steps of one word before quantisation."""

    pens: npt.NDArray[np.int8]  #: (n,) MOVE, DRAW, RETURN; the last is END
    targets: Complex  #: (n,) where a step leads; 0 for RETURN and END
    apexes: Complex  #: (n,) midpoint of a DRAW's curve; its target for a dot; else 0

    @classmethod
    def of(cls, strokes: list[Arcs], marks: list[tuple[Arcs, int, int]]) -> Program:
        """Steps that draw strokes, with delayed marks inserted where their letter is.

        Args:
            strokes: in writing order
            marks: (mark, stroke index, arc count): drawn after that many arcs of that stroke
        """
        pens: list[int] = []
        targets: list[complex] = []
        apexes: list[complex] = []

        def step(pen: int, target: complex = 0, apex: complex = 0) -> None:
            pens.append(pen)
            targets.append(target)
            apexes.append(apex)

        def arcs(ink: Arcs, first: int, last: int) -> None:
            for k in range(first, last):
                step(DRAW, complex(ink.knots[k + 1]), complex(ink.apexes[k]))

        def whole(ink: Arcs) -> None:
            step(MOVE, complex(ink.knots[0]))
            if len(ink.apexes) == 0:
                step(DRAW, complex(ink.knots[0]), complex(ink.knots[0]))
            arcs(ink, 0, len(ink.apexes))

        for index, ink in enumerate(strokes):
            cuts = sorted((count, k) for k, (_, stroke, count) in enumerate(marks) if stroke == index)
            inner = [(count, k) for count, k in cuts if 0 < count < len(ink.apexes)]
            step(MOVE, complex(ink.knots[0]))
            if len(ink.apexes) == 0:
                step(DRAW, complex(ink.knots[0]), complex(ink.knots[0]))
            done = 0
            for count, k in inner:
                arcs(ink, done, count)
                done = count
                whole(marks[k][0])
                step(RETURN)
            arcs(ink, done, len(ink.apexes))
            for cut in cuts:
                if cut not in inner:
                    whole(marks[cut[1]][0])
        step(END)
        return cls(np.array(pens, np.int8), np.array(targets, np.complex128), np.array(apexes, np.complex128))


def quantise(pens: Ints, targets: Complex, apexes: Complex) -> tuple[Ints, npt.NDArray[np.float32]]:
    """Steps of several words to tokens, in lockstep.

    Args:
        pens: (b, t), padded with END
        targets, apexes: (b, t) x-heights, y up

    Returns:
        tokens (b, t, 4) int64: pen, direction, length, bulge (0 where a step has none), and the
        pen's position before every step, (b, t, 2) float32 x-heights
    """
    b, t_end = pens.shape
    tokens = np.zeros((b, t_end, 4), np.int64)
    before = np.zeros((b, t_end, 2), np.float32)
    position = np.zeros(b, np.complex128)
    left_at = np.zeros(b, np.complex128)  # where RETURN leads
    for t in range(t_end):
        before[:, t, 0], before[:, t, 1] = position.real, position.imag
        pen = pens[:, t]
        way = targets[:, t] - position
        direction = np.rint(np.angle(way) / (2 * np.pi / N_DIRECTION)).astype(np.int64) % N_DIRECTION
        length = 1 + np.searchsorted(_LENGTH_EDGES, np.abs(way))
        dot = (pen == DRAW) & (targets[:, t] == apexes[:, t])
        direction, length = np.where(dot, 0, direction), np.where(dot, 0, length)
        moves = (pen == DRAW) | (pen == MOVE)
        end = np.where(moves, position + DIRECTIONS[direction] * LENGTHS[length], position)
        chord = np.where(end == position, 1, end - position)
        bulge = np.searchsorted(_BULGE_EDGES, ((apexes[:, t] - position) / chord).imag)
        tokens[:, t, 0] = pen
        tokens[:, t, 1] = np.where(moves, direction, 0)
        tokens[:, t, 2] = np.where(moves, length, 0)
        tokens[:, t, 3] = np.where((pen == DRAW) & ~dot, bulge, N_BULGE // 2)
        left_at = np.where(pen == MOVE, position, left_at)
        position = np.where(pen == RETURN, left_at, end)
    return tokens, before


def advance(tokens: Ints, position: Complex, left_at: Complex) -> tuple[Complex, Complex]:
    """The pen after one step: what a sampler feeds back beside the token.

    Args:
        tokens: (b, 4) one step
        position, left_at: (b,) before it; `left_at` is where RETURN leads

    Returns:
        the same two after the step
    """
    pen = tokens[:, 0]
    moves = (pen == DRAW) | (pen == MOVE)
    end = np.where(moves, position + DIRECTIONS[tokens[:, 1]] * LENGTHS[tokens[:, 2]], position)
    return np.where(pen == RETURN, left_at, end), np.where(pen == MOVE, position, left_at)


@dataclass(slots=True, eq=False)
class Trace:
    """One decoded stroke."""

    points: list[Complex]  #: pieces, x-heights, y up; joined they are the polyline
    steps: list[int]  #: the steps that drew it


def decode(tokens: Ints, *, spacing: float) -> list[Trace]:
    """Tokens of one word to strokes.

    A stroke that marks interrupted comes out whole, followed by its marks in the order drawn.
    A RETURN with no stroke to go on with, or a MOVE that draws nothing, is ignored.

    Args:
        tokens: (t, 4) up to END, or without one
        spacing: x-heights between the points of a curve

    Returns:
        strokes in drawing order; a dot has one point
    """
    position, left_at = 0j, 0j
    strokes: list[Trace] = []  # as begun: the order wanted once marks are moved behind
    current: Trace | None = None
    interrupted: Trace | None = None
    for t, (pen, direction, length, bulge) in enumerate(tokens.tolist()):
        if pen == END:
            break
        if pen == MOVE:
            left_at, interrupted, current = position, current, None
            position += complex(DIRECTIONS[direction] * LENGTHS[length])
        elif pen == RETURN:
            position, current, interrupted = left_at, interrupted, None
        else:
            if current is None:
                current = Trace([np.array([position])], [])
                strokes.append(current)
            current.steps.append(t)
            if length:
                end = position + complex(DIRECTIONS[direction] * LENGTHS[length])
                n = (
                    max(1, int(np.ceil(abs(end - position) / spacing)))
                    if bulge == N_BULGE // 2
                    else max(4, int(np.ceil(abs(end - position) * 1.3 / spacing)))
                )
                current.points.append(flatten(position, end, float(BULGES[bulge]), n))
                position = end
    return strokes
