"""Words to be judged: generated ink and real ink brought to one form, by one way.

    Ink (a sampler's) ----------------------> Word                 for reading and likeness
    Ink (a sampler's) --> as a letter has it --> Word              for geometry: what is on the page
    Program (real, as training has it) --> tokens --> Word        so both have been through the tokens once

Frame: x-heights, y up, baseline 0, left end 0, upright. b words, t steps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from plotwriter.ink import Ink, Page
from plotwriter.layout import PageSetup, typeset
from plotwriter.letter import Sheet
from plotwriter.nets.arc_tokens import END, Program, decode, quantise
from plotwriter.nets.arcs import fit_arcs
from plotwriter.samplers.protocol import X_HEIGHT
from plotwriter.scribe import shape
from plotwriter.styles import Style
from plotwriter.text import paragraphs
from plotwriter.training.datasets import TOLERANCE
from plotwriter.training.delayed import attach_marks
from plotwriter.training.frames import deslant

__all__ = ["SPACING", "Word", "from_ink", "from_letter", "from_program", "in_letter", "lines_of", "steps_of"]

Complex = npt.NDArray[np.complex128]

SPACING = 0.06  # x-heights between the points of a curve; as the samplers give them


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """One word of ink, generated or real."""

    text: str
    strokes: tuple[Complex, ...]  #: in drawing order; a dot has one point; never none

    def scaled(self, factor: float) -> Word:
        """The word, so many times as large."""
        return Word(self.text, tuple(points * factor for points in self.strokes))

    @property
    def points(self) -> Complex:
        """All points, (n,)."""
        return np.concatenate(self.strokes)


def from_ink(ink: Ink) -> Word:
    """A word as a sampler gives it, in the line frame."""
    strokes = [np.conj(stroke.points) / X_HEIGHT for stroke in ink.strokes]
    left = min(float(points.real.min()) for points in strokes)
    return Word(ink.text, tuple(np.asarray(points - left, np.complex128) for points in strokes))


def from_program(text: str, program: Program) -> Word | None:
    """A real word as training has it; None for one without a drawn step."""
    tokens, _ = quantise(program.pens[None].astype(np.int64), program.targets[None], program.apexes[None])
    strokes = [np.concatenate(trace.points) for trace in decode(tokens[0], spacing=SPACING)]
    if not strokes:
        return None
    left = min(float(points.real.min()) for points in strokes)
    return Word(text, tuple(points - left for points in strokes))


def steps_of(words: Sequence[Word]) -> tuple[Tensor, Tensor, Tensor]:
    """Words as a reader's batch: tokens (b, t, 4), the pen before each step (b, t, 2), which steps are real (b, t)."""
    fitted = iter(fit_arcs([points for word in words for points in word.strokes], TOLERANCE))
    programs = [Program.of(*attach_marks([next(fitted) for _ in word.strokes])) for word in words]
    longest = max(len(program.pens) for program in programs)
    pens = np.full((len(words), longest), END, np.int64)
    targets, apexes = np.zeros(pens.shape, np.complex128), np.zeros(pens.shape, np.complex128)
    for row, program in enumerate(programs):
        n = len(program.pens)
        pens[row, :n], targets[row, :n], apexes[row, :n] = program.pens, program.targets, program.apexes
    tokens, before = quantise(pens, targets, apexes)
    real = np.cumsum(pens == END, 1) - (pens == END) == 0  # the first END counts
    return torch.from_numpy(tokens), torch.from_numpy(before), torch.from_numpy(real)


def in_letter(inks: Sequence[Ink], style: Style) -> list[Ink]:
    """Sampled words as a letter has them before they are set: line frame, mm, y down; lean and size of the hand."""
    return [shape(ink, style, style.x_height) for ink in inks]


def from_letter(ink: Ink, style: Style) -> Word:
    """A word of a letter, its hand's lean taken off again; x-heights of the hand."""
    upright = [deslant(np.conj(stroke.points), math.tan(style.slant)) / style.x_height for stroke in ink.strokes]
    left = min(float(points.real.min()) for points in upright)
    return Word(ink.text, tuple(np.asarray(points - left, np.complex128) for points in upright))


def lines_of(shaped: Sequence[Ink], style: Style, n_words: int = 8) -> list[Ink]:
    """Words of a letter set as a letter sets them, one Ink for each line of `n_words`.

    Returns:
        page frame, mm, y down; spans index the line's text
    """
    x_height = style.x_height
    setup: PageSetup = replace(Sheet(Page(1.0, 1.0), margins=(0.0, 0.0, 0.0, 0.0)).setup(style), page=Page(5000.0, 40 * x_height))
    setup = replace(setup, margins=(10 * x_height, 10.0, 10 * x_height, 10.0))
    result: list[Ink] = []
    for first in range(0, len(shaped) - n_words + 1, n_words):
        group = shaped[first : first + n_words]
        text = " ".join(ink.text for ink in group)
        result += typeset(paragraphs(text), list(group), text, setup=setup)
    return result
