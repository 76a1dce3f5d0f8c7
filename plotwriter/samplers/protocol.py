"""What every sampler can do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from plotwriter.ink import Ink
from plotwriter.styles import Style
from plotwriter.text import Prompt

__all__ = ["X_HEIGHT", "Doubt", "OnDoubt", "OnWords", "Sampler"]

X_HEIGHT = 1.0  #: mm; every sampler writes at this size, upright, and `strokes` gives size and slant
OnDoubt = Callable[["Doubt"], None]  #: told of every word that could not be read back
OnWords = Callable[[int, int], None]  #: words written so far, words in all


@dataclass(frozen=True, slots=True)
class Doubt:
    """A word that was written, but does not read as it should."""

    index: int  #: of the prompt
    text: str  #: the word
    part: str  #: the letters of it that are in doubt, as the net wrote them: without marks, or a part of a long word
    reading: str  #: what they read as
    confidence: float  #: probability a character, geometric mean, that they say `part`


class Sampler(Protocol):
    """Text and a hand to ink; constructed with the style whose weights it loads."""

    @property
    def alphabet(self) -> frozenset[str]:
        """The characters it can write; white space is the layout's."""

    def write(
        self, prompts: Sequence[Prompt], style: Style, *, seed: int, on_words: OnWords | None = None, on_doubt: OnDoubt | None = None
    ) -> list[Ink]:
        """Words in the line frame, x-height `X_HEIGHT`, upright, left end at x = 0.

        Prompt i draws from SeedSequence((seed, i)), so a neighbour changes nothing. The spans of the
        strokes index the prompt's own text.

        Raises:
            SampleError: a word that no draw could finish
        """
