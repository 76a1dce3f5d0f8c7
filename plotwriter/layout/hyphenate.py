"""Which words to break, before the ink of their parts is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from plotwriter.ink import Ink, Stroke
from plotwriter.layout.rows import Split, set_rows
from plotwriter.layout.setup import PageSetup
from plotwriter.text import Paragraph, prompts

__all__ = ["wanted_breaks"]

_HYPHEN = 0.9  # x-heights a hyphen adds to what stays on the row


def wanted_breaks(
    paragraphs: Sequence[Paragraph], words: Sequence[Ink], setup: PageSetup, points: Mapping[int, Sequence[int]]
) -> dict[int, int]:
    """Words that the best rows break, and before which of their characters.

    Args:
        paragraphs: of the text
        words: one per prompt; line frame, mm
        setup: the sheet
        points: word, from 0, to where it may be broken

    The width of a part is estimated by its share of the characters; its ink decides later whether it is used.
    """
    asked = prompts(paragraphs)
    splits = {
        word: [_guess(words[word], len(asked[word].text), at, setup.x_height) for at in places] for word, places in points.items() if places
    }
    found = {}
    for row in set_rows(paragraphs, words, setup, splits):
        last = row.pieces[-1]
        whole = asked[last.word].span
        if last.span[1] < whole[1]:
            found[last.word] = last.span[1] - whole[0]
    return found


def _guess(word: Ink, n_characters: int, at: int, x_height: float) -> Split:
    left, _, right, _ = word.bounds()
    width, share = right - left, at / n_characters
    return Split(at, _box(word, share * width + _HYPHEN * x_height), _box(word, (1 - share) * width))


def _box(word: Ink, width: float) -> Ink:
    """Something as wide as the part will be."""
    return replace(word, strokes=(Stroke(np.array([0j, complex(width)]), (0, 1)),))
