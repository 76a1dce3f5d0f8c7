"""What every sampler can do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from plotwriter.ink import Ink
from plotwriter.styles import Style
from plotwriter.text import Prompt

__all__ = ["X_HEIGHT", "OnWords", "Sampler"]

X_HEIGHT = 1.0  #: mm; every sampler writes at this size, upright, and `strokes` gives size and slant
OnWords = Callable[[int, int], None]  #: words written so far, words in all


class Sampler(Protocol):
    """Text and a hand to ink; constructed with the style whose weights it loads."""

    @property
    def alphabet(self) -> frozenset[str]:
        """The characters it can write; white space is the layout's."""

    def write(self, prompts: Sequence[Prompt], style: Style, *, seed: int, on_words: OnWords | None = None) -> list[Ink]:
        """Words in the line frame, x-height `X_HEIGHT`, upright, left end at x = 0.

        Prompt i draws from SeedSequence((seed, i)), so a neighbour changes nothing. The spans of the
        strokes index the prompt's own text.

        Raises:
            SampleError: a word that no draw could finish
        """
