"""Strokes of points to draws of arcs, so that whatever drew them, they are read, composed and plotted alike.

strokes -> arcs -> steps, a mark between the two halves of a stroke in its place -> `Draw`
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from plotwriter.nets.arc_tokens import END, Program, quantise
from plotwriter.nets.arcs import Arcs, fit_arcs
from plotwriter.samplers.draw import Draw

__all__ = ["refit"]

TOLERANCE = 0.06  # x-heights an arc may miss the ink by; the readers have learned from such arcs
REJOINED = 0.2  # x-heights between the end of a stroke and its going on behind a mark
MARK = 3.0  # x-heights, the longest ink of a mark

Complex = npt.NDArray[np.complex128]


def refit(inks: Sequence[Sequence[Complex]], ended: Sequence[bool]) -> list[Draw]:
    """Draws of words.

    Args:
        inks: strokes of each word, x-heights, y up; may be none
        ended: whether each is whole

    Returns:
        draws whose letters are not known: all 0
    """
    fitted = iter(fit_arcs([points for ink in inks for points in ink], TOLERANCE))
    programs = []
    for ink in inks:
        left = min((float(points.real.min()) for points in ink), default=0.0)
        programs.append(_program([_shifted(next(fitted), left) for _ in ink]))
    n_step = np.array([len(program.pens) for program in programs])
    shape = len(programs), int(n_step.max(initial=1))
    pens = np.full(shape, END, np.int64)
    targets, apexes = np.zeros(shape, np.complex128), np.zeros(shape, np.complex128)
    for row, program in enumerate(programs):
        n = n_step[row]
        pens[row, :n], targets[row, :n], apexes[row, :n] = program.pens, program.targets, program.apexes
    tokens, before = quantise(pens, targets, apexes)
    knots = np.concatenate([before[:, 1:], before[:, -1:]], 1).astype(np.float64) @ np.array([1, 1j])
    return [
        Draw(tokens[i, :n], np.zeros(n, np.int64), knots[i, :n], bool(whole))
        for i, (n, whole) in enumerate(zip(n_step, ended, strict=True))
    ]


def _shifted(arcs: Arcs, left: float) -> Arcs:
    return Arcs(arcs.knots - left, arcs.apexes - left)


def _program(strokes: list[Arcs]) -> Program:
    """Steps of a word; a stroke that a mark interrupted goes on where it was."""
    whole: list[Arcs] = []
    marks: list[tuple[Arcs, int, int]] = []
    k = 0
    while k < len(strokes):
        if whole and k + 1 < len(strokes) and _interrupts(whole[-1], strokes[k], strokes[k + 1]):
            first, rest = whole[-1], strokes[k + 1]
            marks.append((strokes[k], len(whole) - 1, len(first.apexes)))
            whole[-1] = Arcs(np.concatenate([first.knots, rest.knots[1:]]), np.concatenate([first.apexes, rest.apexes]))
            k += 2
        else:
            whole.append(strokes[k])
            k += 1
    return Program.of(whole, marks)


def _interrupts(before: Arcs, mark: Arcs, after: Arcs) -> bool:
    if not len(before.apexes) or not len(after.apexes):
        return False
    return bool(abs(before.knots[-1] - after.knots[0]) < REJOINED and np.abs(np.diff(mark.knots)).sum() < MARK)
