"""A hand at work on one letter: words to ink at their size, on the line, ready to be set.

words -> [sampler] -> size, steady, smooth, slant, stops -> words of ink, line frame, mm
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from plotwriter import layout, strokes
from plotwriter.ink import Ink
from plotwriter.samplers.protocol import X_HEIGHT, Doubt, Key, Manner, OnWords, Sampler
from plotwriter.styles import Style
from plotwriter.text import Prompt

__all__ = ["Scribe", "shape"]

SMOOTH = 0.05  # of the x-height; arcs meet at small angles that a hand would round
SIMPLIFY = 0.01  # mm; an AxiDraw's step is 0.0125
CHUNK = 512  # words sampled and shaped at a time: what a sampler holds does not grow with the text
TRIES, MOST_TRIES = 6, 18  # together, and at most, at one alternative of a word, to find one that reads back and fits its place
_PARTS = 0  # in the key of a broken word's parts, where an alternative's count from 1 stands


def shape(ink: Ink, style: Style, x_height: float, *, variation: float = 1.0) -> Ink:
    """A sampled word at its size, with its slant, smooth; its left end at x = 0.

    Args:
        ink: as a sampler gives it
        style: whose slant is given back
        x_height: mm
        variation: how much of what sets it apart from other words stays; see `strokes.steady`
    """
    ink = strokes.size(ink, X_HEIGHT * style.frame_x_height, x_height)
    ink = strokes.steady(ink, x_height, variation=variation)
    ink = strokes.smooth(ink, SMOOTH * x_height)
    ink = strokes.stops(strokes.slant(ink, style.slant), x_height)
    ink = strokes.dots(layout.simplify(ink, SIMPLIFY))
    left = ink.bounds()[0]
    return ink.map(lambda points: points - left)


@dataclass(frozen=True, slots=True, eq=False)
class Scribe:
    """A hand at work on one letter."""

    sampler: Sampler
    style: Style
    x_height: float
    seed: int
    manner: Manner
    on_words: OnWords

    def write(
        self, words: Sequence[Prompt], keys: Sequence[Key], sizes: Sequence[float], on_words: OnWords | None = None
    ) -> tuple[list[Ink], list[Doubt]]:
        """Words as they go on the page, `sizes` times as large as plain text; the doubts' indices are into `words`."""
        doubts: list[Doubt] = []
        inks = self.sampler.write(
            words,
            self.style,
            seed=self.seed,
            keys=keys,
            manner=self.manner,
            on_words=on_words,
            on_doubt=doubts.append,
        )
        return self.shaped(inks, sizes), doubts

    def shaped(self, inks: Sequence[Ink], sizes: Sequence[float]) -> list[Ink]:
        """Words as the sampler gave them, as they go on the page."""
        return [
            shape(ink, self.style, self.x_height * size, variation=self.manner.variation) for ink, size in zip(inks, sizes, strict=True)
        ]

    def write_all(self, words: Sequence[Prompt], sizes: Sequence[float]) -> tuple[list[Ink], list[Doubt]]:
        """Every word of the text, CHUNK at a time."""
        inks: list[Ink] = []
        doubts: list[Doubt] = []
        for first in range(0, len(words), CHUNK):
            chunk = words[first : first + CHUNK]

            def told(done: int, _: int, first: int = first) -> None:
                self.on_words(first + done, len(words))

            keys = [(first + i,) for i in range(len(chunk))]
            written, doubted = self.write(chunk, keys, sizes[first : first + CHUNK], told)
            inks += written
            doubts += (replace(doubt, index=first + doubt.index) for doubt in doubted)
        return inks, doubts

    def tries(self, word: Prompt, index: int, count: int, size: float) -> Iterator[tuple[Ink, list[Doubt]]]:
        """Tries at one alternative of a word and the doubts about each; no other word has a part in them."""
        for first in range(0, MOST_TRIES, TRIES):
            inks, doubts = self.write([word] * TRIES, [(index, count, first + k) for k in range(TRIES)], [size] * TRIES)
            for k, ink in enumerate(inks):
                yield ink, [replace(doubt, index=index) for doubt in doubts if doubt.index == k]

    def parts(self, word: Prompt, index: int, at: int, size: float) -> tuple[layout.Split, list[Doubt]]:
        """A word broken before character `at`, its first part with a hyphen."""
        first, last = word.span
        halves = [Prompt(word.text[:at] + "-", (first, first + at)), Prompt(word.text[at:], (first + at, last))]
        (left, right), doubts = self.write(halves, [(index, _PARTS, at, side) for side in range(2)], [size, size])
        return layout.Split(at, left, right), [replace(doubt, index=index) for doubt in doubts]
