"""Rare characters spliced into words: so that "!" is learned although nobody in the set wrote one.

Isolated characters come without baseline or size, so both are set by rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from plotwriter.training.datasets import FramedWord

__all__ = ["BOXES", "spliced_words"]

#: character: (bottom, top) in x-heights over the baseline; a flat one is scaled to `FLAT` by its width
BOXES: dict[str, tuple[float, float]] = {
    "!": (0, 2.0), "?": (0, 2.0), ";": (-0.45, 0.95), ":": (0, 0.9), '"': (1.35, 2.0), "'": (1.35, 2.0), "#": (0, 1.9), "+": (0.2, 1.3),
    "=": (0.35, 0.9), "*": (0.9, 1.9), "<": (0.1, 1.2), ">": (0.1, 1.2), "\\": (-0.2, 2.1), "/": (-0.2, 2.1), "^": (1.3, 1.9),
    "`": (1.45, 2.0), "|": (-0.5, 2.2), "[": (-0.4, 2.1), "]": (-0.4, 2.1), "{": (-0.4, 2.1), "}": (-0.4, 2.1), "(": (-0.4, 2.1),
    ")": (-0.4, 2.1), "@": (-0.2, 1.7), "&": (0, 1.9), "%": (0, 1.9), "$": (-0.2, 2.1), "~": (0.5, 0.85),
    "_": (-0.25, -0.2), "-": (0.5, 0.55),
}  # fmt: skip
FLAT = {"~": 1.2, "_": 1.3, "-": 0.8}  #: width in x-heights
LEADING, TRAILING = set("([{<\"'`#@$&*"), set("!?;:)]}>\"'*+%")

Complex = npt.NDArray[np.complex128]


def _boxed(character: str, ink: Sequence[Complex], jitter: float) -> list[Complex] | None:
    """A character's strokes at the size and height its rule gives, left end at 0."""
    every = np.concatenate(list(ink))
    width, height = float(np.ptp(every.real)), float(np.ptp(every.imag))
    bottom, top = BOXES[character]
    if character in FLAT:
        if width == 0 or height > width:
            return None
        scale, lift = FLAT[character] / width, (bottom + top) / 2 - FLAT[character] / width * height / 2
    else:
        if height == 0 or width > 3 * height:
            return None
        scale, lift = (top - bottom) / height, bottom
    corner = complex(every.real.min(), every.imag.min())
    return [(points - corner) * scale * jitter + 1j * lift for points in ink]


def spliced_words(
    characters: Sequence[dict[str, Any]], words: Sequence[FramedWord], n_each: int, rng: np.random.Generator
) -> list[FramedWord]:
    """Words with a rare character before or after them, and some of the characters alone.

    Args:
        characters: samples of one character each, y up
        words: what to splice to; the result keeps the word's writer
        n_each: words made of every character of `BOXES`
        rng: picks both
    """
    stock: dict[str, list[list[Complex]]] = defaultdict(list)
    for sample in characters:
        if sample["text"] in BOXES:
            stock[sample["text"]].append(sample["ink"])
    plain = [word for word in words if word.text.isalpha()]
    result = []
    for character, inks in sorted(stock.items()):
        for _ in range(n_each):
            mark = _boxed(character, inks[rng.integers(len(inks))], rng.uniform(0.9, 1.1))
            word = plain[rng.integers(len(plain))]
            if mark is None:
                continue
            gap = rng.uniform(0.15, 0.5)
            mark_width = max(float(points.real.max()) for points in mark)
            word_width = max(float(points.real.max()) for points in word.strokes)
            first = character in LEADING and (character not in TRAILING or rng.random() < 0.5)
            if first:
                text, strokes = character + word.text, [*mark, *(points + mark_width + gap for points in word.strokes)]
            elif character in TRAILING:
                text, strokes = word.text + character, [*word.strokes, *(points + word_width + gap for points in mark)]
            else:
                text, strokes = character, mark
            result.append(FramedWord(text, word.writer, strokes))
    return result
