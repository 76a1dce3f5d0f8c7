"""Real ink to hold the styles against: the words that training held out, and their writers' other words.

Which words were held out is said by the style's card (`WordSet.identity`); the writer behind a style is
named by the file of hands, never by the report. Words that do not read as their label are left out, as training does.
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
from plotwriter.training.cache import prepare
from plotwriter.training.datasets import WordSet, read_samples
from plotwriter.training.export import read_hands

__all__ = ["KNOWN_BY", "Line", "RealHand", "RealInk"]

KNOWN_BY = 150  # learned words that a hand is told apart by
ENOUGH = 20  # held-out words that say something

Complex = npt.NDArray[np.complex128]
Line = list[Complex]  # strokes, y up, the tablet's unit


@dataclass(slots=True, eq=False)
class RealHand:
    """What one writer wrote."""

    held_out: list[Word]  #: in random order; never trained on
    learned: list[Word]  #: in random order
    lean: float  #: dx/dy, which the words' frame took off
    lines: list[Line] = field(default_factory=list)

    def beside(self, n: int) -> list[Word]:
        """Real words to compare with the n learned ones that the hand is known by: held-out ones, or too few of them, others too."""
        return self.held_out if len(self.held_out) >= ENOUGH else [*self.held_out, *self.learned[n:]]


@dataclass(eq=False)
class RealInk:
    """Files of ink and who stands behind which style."""

    paths: list[Path]
    cache: Path  #: where prepared words are kept
    hands: dict[str, str]  #: style to writer
    seed: int = 0  #: of the order of words
    _sets: dict[tuple[int, int], tuple[WordSet, dict[str, int]]] = field(default_factory=dict, init=False)
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
        steps, characters = int(recipe.get("max_steps", 144)), int(recipe.get("max_characters", 24))
        if (steps, characters) not in self._sets:
            words = prepare(
                self.paths, self.cache, max_steps=steps, max_characters=characters, alphabet=ALPHABET, seed=0, n_spliced=0, align=True
            )
            self._sets[steps, characters] = words, {words.identity(i): i for i in range(len(words.texts))}
        words, known = self._sets[steps, characters]
        return words, {known[identity] for identity in style.card.get("held_out_words", ()) if identity in known}

    def _of(self, words: WordSet, tested: set[int], writer: str, n_learned: int | None = None) -> RealHand:
        own = [i for i, name in enumerate(words.writers) if name == writer]
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
