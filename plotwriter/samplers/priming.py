"""Ink that primes a net: two words in the style's own hand, written by the arc GPT that has learned it.

The published nets are primed with ink of a person. Ours ship without any; what stands in for it is written when
the sampler is loaded, in the style that is asked for, so every style can be written by every sampler. A style of the user's
own may hold ink of theirs (`own_words`), which is taken then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plotwriter.errors import FileError
from plotwriter.nets.arc_tokens import Program
from plotwriter.nets.pen_points import PenPoints, pen_points, program_of
from plotwriter.samplers.autoregressive import GptSampler
from plotwriter.samplers.own_words import own_words
from plotwriter.styles import Style

__all__ = ["PRIME", "Primer", "primer_of", "stored_prime"]

PRIME = "morning light"
MOST_NUMBERS = 10_000  # of stored ink
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


def stored_prime(style: Style, key: str) -> tuple[npt.NDArray[np.float64], str] | None:
    """Ink that a style's own card holds, and what it says; None where it holds none.

    Args:
        style: with the weights of an LSTM or a Cursive Transformer
        key: "offsets" or "tokens"

    Raises:
        FileError: damaged
    """
    try:
        prime = style.card["styles"][style.row].get("prime")
        if prime is None:
            return None
        ink, text = np.array(prime[key], np.float64), str(prime["text"])
        if not np.isfinite(ink).all() or not 0 < ink.size < MOST_NUMBERS or len(text.split()) < 1:
            raise ValueError("no ink, too much of it, or numbers that are none")
        return ink, text
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise FileError(f"{style.weights}: the ink that primes style {style.name!r} is damaged ({error}); train it again") from None


def primer_of(style: Style, spacing: float, device: str, text: str = PRIME) -> Primer:
    """Words that the arc GPT writes in a style, or words of the person's own where the style holds two.

    Args:
        style: one with the weights of an arc GPT
        spacing: between the points, x-heights
        device: where it runs
        text: words of letters

    Raises:
        FileError: damaged or foreign weights
        SampleError: the hand could not write them
    """
    own = [word for word in own_words(style) if word.text.isalpha()]
    if len(own) > 1:
        longest = sorted(own, key=lambda word: len(word.text))[-2:]
        return Primer(
            " ".join(word.text for word in longest),
            pen_points([program_of(word.tokens) for word in longest], spacing),
            style.word_space * style.frame_x_height,
        )
    draws = GptSampler(style, device=device).best(text.split(), style, seed=SEED)
    programs: Sequence[Program] = [program_of(draw.tokens) for draw in draws]
    return Primer(text, pen_points(programs, spacing), style.word_space * style.frame_x_height)
