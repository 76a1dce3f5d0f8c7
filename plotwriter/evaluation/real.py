"""Real ink to hold the styles against: the words that training held out, and their writers' other words.

The split is training's own, by the recipe in the style's card; the writer behind a style is named
by the file of hands, never by the report. A held-out word may have been learned from with a rare
sign spliced to it (training splices before it splits); words that may be such splices are not used.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from plotwriter.errors import ConfigError
from plotwriter.evaluation.words import Word, from_program
from plotwriter.nets.gpt import ALPHABET
from plotwriter.styles import Style
from plotwriter.training.batches import split
from plotwriter.training.cache import prepare
from plotwriter.training.datasets import WordSet, read_samples
from plotwriter.training.export import read_hands
from plotwriter.training.splice import BOXES, LEADING, TRAILING

__all__ = ["Line", "RealHand", "RealInk", "may_be_spliced"]

Complex = npt.NDArray[np.complex128]
Line = list[Complex]  # strokes, y up, the tablet's unit


def may_be_spliced(text: str) -> bool:
    """Whether training may have put a word together from a word and a sign of another writer.

    >>> may_be_spliced("word!"), may_be_spliced("word,")
    (True, False)
    """
    if len(text) == 1:
        return text in BOXES
    return (text[0] in LEADING and text[1:].isalpha()) or (text[-1] in TRAILING and text[:-1].isalpha())


@dataclass(slots=True, eq=False)
class RealHand:
    """What one writer wrote."""

    held_out: list[Word]  #: in random order; never trained on
    learned: list[Word]  #: in random order
    lean: float  #: dx/dy, which the words' frame took off
    lines: list[Line] = field(default_factory=list)


@dataclass(eq=False)
class RealInk:
    """Files of ink and who stands behind which style."""

    paths: list[Path]
    cache: Path  #: where prepared words are kept
    hands: dict[str, str]  #: style to writer
    seed: int = 0  #: of the order of words
    _sets: dict[tuple[Any, ...], tuple[WordSet, set[int]]] = field(default_factory=dict, init=False)
    _samples: list[dict[str, Any]] | None = field(default=None, init=False)

    @classmethod
    def read(cls, paths: list[Path], hands: Path, cache: Path, seed: int = 0) -> RealInk:
        """Ink of several files, the writers behind the styles from a TOML file of hands."""
        return cls(paths, cache, {hand.name: hand.writer for hand in read_hands(hands).hands}, seed)

    def hand(self, style: Style) -> RealHand:
        """The writer behind a style.

        Raises:
            ConfigError: the file of hands has no such style, or the ink has no such writer
            FileError: unreadable ink
        """
        if style.name not in self.hands:
            raise ConfigError(f"--hands: no writer for style {style.name!r}; it names {', '.join(self.hands)}")
        words, tested = self._prepared(style)
        found = self._of(words, tested, self.hands[style.name])
        if not found.held_out or not found.learned:
            raise ConfigError(f"--data: no held-out words of the writer behind {style.name!r}; give the files the style was trained on")
        found.lines = self._lines(self.hands[style.name])
        return found

    def others(self, style: Style, n_writer: int, n_word: int) -> dict[str, RealHand]:
        """The writers with most words, for comparison; at most `n_word` learned words of each, under numbers, not names."""
        words, tested = self._prepared(style)
        behind = set(self.hands.values())
        count = Counter(words.writers)
        order = sorted(count, key=lambda writer: (writer not in behind, -count[writer]))[:n_writer]
        names = {writer: name for name, writer in self.hands.items()}
        return {names.get(writer, f"other {k}"): self._of(words, tested, writer, n_word) for k, writer in enumerate(order)}

    def _prepared(self, style: Style) -> tuple[WordSet, set[int]]:
        recipe = style.card.get("recipe", {})
        steps, characters = int(recipe.get("max_steps", 128)), int(recipe.get("max_characters", 24))
        held_out, seed = float(recipe.get("held_out", 0.015)), int(recipe.get("seed", 0))
        key = (steps, characters, held_out, seed)
        if key not in self._sets:
            words = prepare(self.paths, self.cache, max_steps=steps, max_characters=characters, alphabet=ALPHABET, seed=seed)
            self._sets[key] = (words, {int(i) for i in split(words, held_out, seed)[1]})
        return self._sets[key]

    def _of(self, words: WordSet, tested: set[int], writer: str, n_learned: int | None = None) -> RealHand:
        own = [i for i, name in enumerate(words.writers) if name == writer and not may_be_spliced(words.texts[i])]
        own = [own[k] for k in np.random.default_rng((self.seed, 7)).permutation(len(own))]
        held = (from_program(words.texts[i], words.programs[i]) for i in own if i in tested)
        learned = (from_program(words.texts[i], words.programs[i]) for i in own if i not in tested)
        fact = words.facts.get(writer)
        return RealHand([w for w in held if w], [w for w in islice(learned, n_learned) if w], fact.slant if fact else 0.0)

    def _lines(self, writer: str, n_words: int = 8) -> list[Line]:
        """Parts of `n_words` words of the writer's sentences, where the files have sentences."""
        if self._samples is None:
            self._samples = []
            for path in self.paths:
                first = next(read_samples(path), None)
                if first and "words" in first:
                    wanted = set(self.hands.values())
                    self._samples += [sample for sample in read_samples(path) if sample["writer"] in wanted]
        lines = []
        for sample in self._samples:
            if sample["writer"] == writer:
                spans = sample["words"]
                for k in range(0, len(spans) - n_words + 1, n_words):
                    lines.append(sample["ink"][spans[k][1] : spans[k + n_words - 1][2] + 1])
        return lines
