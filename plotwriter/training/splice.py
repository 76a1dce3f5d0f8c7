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

SIZE, ASPECT, LIFT = (0.85, 1.15), (0.9, 1.1), 0.05  # how far a spliced sign may be from its rule; LIFT is a s.d., x-heights
GAP = (0.12, 0.55)  # x-heights between a sign and its word
MUCH = 300  # words of a writer who learns every sign

Complex = npt.NDArray[np.complex128]


def _boxed(character: str, ink: Sequence[Complex], rng: np.random.Generator) -> list[Complex] | None:
    """A character's strokes at about the size and height its rule gives, left end at 0."""
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
    scale *= rng.uniform(*SIZE)
    lift += rng.normal(0, LIFT)
    wider = scale * rng.uniform(*ASPECT)
    return [np.asarray((points - corner).real * wider + 1j * ((points - corner).imag * scale + lift), np.complex128) for points in ink]


def _hosts(words: Sequence[FramedWord], writers_first: Sequence[str], n: int, rng: np.random.Generator) -> list[FramedWord]:
    """Words to splice to, shared out evenly: half to the writers named, half to all with much ink."""
    by_writer: dict[str, list[FramedWord]] = defaultdict(list)
    for word in words:
        if word.text.isalpha():
            by_writer[word.writer].append(word)
    first = [writer for writer in writers_first if writer in by_writer]
    many = [writer for writer, own in sorted(by_writer.items()) if len(own) >= MUCH] or sorted(by_writer)
    n_first = n // 2 if first else 0
    turns = [w for group, size in ((first, n_first), (many, n - n_first)) for w in _in_turn(group, size, rng)]
    return [by_writer[writer][rng.integers(len(by_writer[writer]))] for writer in turns]


def _in_turn(writers: Sequence[str], n: int, rng: np.random.Generator) -> list[str]:
    """Writers in turn, n in all: each as often as the others or once more."""
    rounds = [rng.permutation(len(writers)) for _ in range(-(-n // max(1, len(writers))))]
    return [writers[k] for turn in rounds for k in turn][:n]


def spliced_words(
    characters: Sequence[dict[str, Any]],
    words: Sequence[FramedWord],
    n_each: int,
    rng: np.random.Generator,
    *,
    writers_first: Sequence[str] = (),
) -> list[FramedWord]:
    """Words with a rare character before or after them, and some of the characters alone.

    Args:
        characters: samples of one character each, y up
        words: natural ones to splice to; the result keeps the word's writer, and the word as its source
        n_each: words made of every character of `BOXES`
        rng: picks both
        writers_first: half of the words are theirs
    """
    stock: dict[str, list[list[Complex]]] = defaultdict(list)
    for sample in characters:
        if sample["text"] in BOXES:
            stock[sample["text"]].append(sample["ink"])
    result = []
    for character, inks in sorted(stock.items()):
        for word in _hosts(words, writers_first, n_each, rng):
            mark = _boxed(character, inks[rng.integers(len(inks))], rng)
            if mark is None:
                continue
            gap = rng.uniform(*GAP)
            mark_width = max(float(points.real.max()) for points in mark)
            word_width = max(float(points.real.max()) for points in word.strokes)
            first = character in LEADING and (character not in TRAILING or rng.random() < 0.5)
            if first:
                text, strokes = character + word.text, [*mark, *(points + mark_width + gap for points in word.strokes)]
            elif character in TRAILING:
                text, strokes = word.text + character, [*word.strokes, *(points + word_width + gap for points in mark)]
            else:
                text, strokes = character, mark
            result.append(FramedWord(text, word.writer, strokes, word))
    return result
