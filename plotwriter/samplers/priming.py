"""Ink that primes a net: two words in the style's own hand, written by the arc GPT that has learned it.

The published nets are primed with ink of a person. Ours ship without any; what stands in for it is written when
the sampler is loaded, in the style that is asked for, so every style can be written by every sampler.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plotwriter.nets.arc_tokens import Program
from plotwriter.nets.pen_points import PenPoints, pen_points, program_of
from plotwriter.samplers.autoregressive import GptSampler
from plotwriter.styles import Style

__all__ = ["PRIME", "Primer", "primer_of"]

PRIME = "morning light"
SEED = 7  # of the words that prime: a style is primed alike in every job


@dataclass(frozen=True, slots=True, eq=False)
class Primer:
    """Words of a hand as points, each in its frame."""

    text: str  #: words, a space between
    ink: PenPoints
    word_space: float  #: x-heights of the frame

    def line(self) -> tuple[npt.NDArray[np.complex128], npt.NDArray[np.bool_]]:
        """Points (n,) of the words side by side, and whether the pen is down on the way to each."""
        parts = np.split(self.ink.points, np.cumsum(self.ink.n_point)[:-1])
        widths = [float(part.real.max()) + self.word_space for part in parts]
        lefts = np.cumsum(widths) - widths
        return np.concatenate([part + left for part, left in zip(parts, lefts, strict=True)]), self.ink.drawn


def primer_of(style: Style, spacing: float, device: str, text: str = PRIME) -> Primer:
    """Words that the arc GPT writes in a style.

    Args:
        style: one with the weights of an arc GPT
        spacing: between the points, x-heights
        device: where it runs
        text: words of letters

    Raises:
        FileError: damaged or foreign weights
        SampleError: the hand could not write them
    """
    draws = GptSampler(style, device=device).best(text.split(), style, seed=SEED)
    programs: Sequence[Program] = [program_of(draw.tokens) for draw in draws]
    return Primer(text, pen_points(programs, spacing), style.word_space * style.frame_x_height)
