"""Words of a person's own ink, kept in the card of their style, for nets to go on from.

A style that was fitted with `--prime` holds a dozen. The arc GPT begins every draw with a short one of them (`draw.Begun`), the
LSTM is primed with two longer ones instead of words that the arc GPT wrote.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from plotwriter.errors import FileError
from plotwriter.nets.arc_tokens import DRAW, END, MOVE, N_BULGE, N_DIRECTION, N_LENGTH, N_PEN
from plotwriter.nets.gpt import ALPHABET
from plotwriter.samplers.draw import NOTHING, Begun
from plotwriter.styles import Style

__all__ = ["SHORT", "begin_with", "own_words", "stored"]

MOST, MOST_STEPS, MOST_LETTERS = 32, 128, 16  # words of a card, steps and letters of one
SHORT = 4  # letters of a word that a draw begins with
PART = 0.8  # of the net's window that a draw may take up with the word it begins with
STEPS_A_LETTER = 10  # of slow hands


def stored(word: Begun) -> dict[str, Any]:
    """A word as a card has it."""
    return {"text": word.text, "tokens": word.tokens.tolist(), "letters": word.letters.tolist()}


def own_words(style: Style) -> list[Begun]:
    """Words that a style's card holds, () where it holds none.

    Raises:
        FileError: damaged
    """
    try:
        entry = next(entry for entry in style.card["styles"] if entry["name"] == style.name)
        rows = entry.get("words", [])
        if not isinstance(rows, list) or len(rows) > MOST:
            raise ValueError(f"no list of at most {MOST} words")
        return [_word(row) for row in rows]
    except (KeyError, IndexError, TypeError, ValueError, OverflowError, AttributeError, StopIteration) as error:
        reason = f"{type(error).__name__}: {error}"
        raise FileError(f"{style.weights}: the words that prime style {style.name!r} are damaged ({reason}); fit it again") from None


def _word(row: dict[str, Any]) -> Begun:
    text, tokens, letters = str(row["text"]), np.array(row["tokens"], np.int64), np.array(row["letters"], np.int64)
    limits = np.array([N_PEN, N_DIRECTION, N_LENGTH, N_BULGE])
    if not 0 < len(text) <= MOST_LETTERS or not set(text) <= set(ALPHABET):
        raise ValueError(f"{text!r:.40} is no word")
    if tokens.ndim != 2 or tokens.shape[1] != 4 or not 2 <= len(tokens) <= MOST_STEPS or letters.shape != tokens.shape[:1]:
        raise ValueError(f"the steps of {text!r} have another shape")
    if (tokens < 0).any() or (tokens >= limits).any() or tokens[0, 0] != MOVE or (tokens[:, 0] == END).any() or tokens[-1, 0] != DRAW:
        raise ValueError(f"the steps of {text!r} are no ink")
    if letters[0] != 0 or letters[-1] != len(text) - 1 or any(b - a not in (0, 1) for a, b in pairwise(letters.tolist())):
        raise ValueError(f"the letters of {text!r} are not in order")
    return Begun(text, tokens, letters)


def begin_with(
    words: Sequence[Begun], texts: Sequence[str], generators: Sequence[np.random.Generator], max_characters: int, max_steps: int
) -> list[Begun]:
    """A short word for every draw to begin with; nothing where it would leave too little of the net's window, or there is none.

    Args:
        words: of `own_words`
        texts: of the draws
        generators: of each, which choose
        max_characters, max_steps: the net's window
    """
    short = [word for word in words if len(word.text) <= SHORT]
    begun = []
    for text, generator in zip(texts, generators, strict=True):
        word = short[int(generator.integers(len(short)))] if short else NOTHING
        steps = len(word.tokens) + STEPS_A_LETTER * len(text)
        fits = len(word.text) + len(text) <= max_characters and steps <= PART * max_steps
        begun.append(word if fits else NOTHING)
    return begun
