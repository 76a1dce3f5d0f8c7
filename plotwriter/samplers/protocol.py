"""What every sampler can do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from plotwriter.errors import ConfigError
from plotwriter.ink import Ink
from plotwriter.strokes import MAX_VARIATION
from plotwriter.styles import Style
from plotwriter.text import Prompt

__all__ = ["OWN_MANNER", "X_HEIGHT", "Doubt", "Key", "Manner", "OnDoubt", "OnWords", "Sampler", "sampling"]

X_HEIGHT = 1.0  #: mm; every sampler writes at this size, upright, and `strokes` gives size and slant
Key = tuple[int, ...]  #: what a word draws from besides the seed: its place in the text, then which alternative
OnDoubt = Callable[["Doubt"], None]  #: told of every word that could not be read back
OnWords = Callable[[int, int], None]  #: words written so far, words in all
LOOSEST, CAREFUL, GUIDED = 2.0, 0.5, 1.0  # of a hand's own temperature, and on top of its guidance, at the ends of legibility


@dataclass(frozen=True, slots=True)
class Doubt:
    """A word that was written, but does not read as it should."""

    index: int  #: of the prompt
    text: str  #: the word
    part: str  #: the letters of it that are in doubt, as the net wrote them: without marks, or a part of a long word
    reading: str  #: what they read as
    confidence: float  #: probability a character, geometric mean, that they say `part`


@dataclass(frozen=True, slots=True)
class Manner:
    """How a hand is to write today."""

    legibility: float | None = None  #: 0 loosest, 1 most careful; None and 0.5 are the hand's own
    variation: float = 1.0  #: 0 to 2.5, as the net writes them: how much words differ in lean, size and height; `strokes.steady`

    def __post_init__(self) -> None:
        """Refuse what means nothing.

        Raises:
            ConfigError: out of range
        """
        if self.legibility is not None and not 0 <= self.legibility <= 1:
            raise ConfigError(f"--legibility: {self.legibility:g} is not 0 (loosest) to 1 (most careful)")
        if not 0 <= self.variation <= MAX_VARIATION:
            raise ConfigError(f"--variation: {self.variation:g} is not 0 (every word alike) to {MAX_VARIATION:g} (restless)")


OWN_MANNER = Manner()


def sampling(legibility: float | None, temperature: float, guidance: float = 1.0) -> tuple[float, float]:
    """Temperature and scale of classifier-free guidance for a legibility.

    Args:
        legibility: 0 to 1; None is 0.5
        temperature: the hand's own
        guidance: the hand's own; 1 is none

    Returns:
        LOOSEST times the temperature at 0, its own at 0.5, CAREFUL times it at 1, evenly in its logarithm;
        guidance grows by GUIDED from 0.5 to 1

    >>> sampling(None, 0.5), sampling(1.0, 0.5), sampling(0.0, 0.5)
    ((0.5, 1.0), (0.25, 2.0), (1.0, 1.0))
    """
    beyond = 0.0 if legibility is None else 2 * legibility - 1  # -1 to 1
    factor = CAREFUL**beyond if beyond > 0 else LOOSEST**-beyond
    return temperature * factor, guidance + GUIDED * max(0.0, beyond)


class Sampler(Protocol):
    """Text and a hand to ink; constructed with the style whose weights it loads."""

    @property
    def alphabet(self) -> frozenset[str]:
        """The characters it can write; white space is the layout's."""

    def write(
        self,
        prompts: Sequence[Prompt],
        style: Style,
        *,
        seed: int | Sequence[int],
        keys: Sequence[Key] | None = None,
        manner: Manner = OWN_MANNER,
        on_words: OnWords | None = None,
        on_doubt: OnDoubt | None = None,
    ) -> list[Ink]:
        """Words in the line frame, x-height `X_HEIGHT`, upright, left end at x = 0.

        Args:
            prompts: the words
            style: the hand
            seed: of the job; or of every prompt, where they belong to several
            keys: prompt i draws from SeedSequence((seed, *keys[i])), so a neighbour changes nothing; None: (i,)
            manner: how carefully
            on_words: told of progress
            on_doubt: told of words that do not read back; a doubt's index is that of the prompt

        Returns:
            a word each; the spans of its strokes index the prompt's own text

        Raises:
            SampleError: a word that no draw could finish
        """
