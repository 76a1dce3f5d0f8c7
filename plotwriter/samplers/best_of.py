"""Words as the best of a few draws each: what every sampler that draws shares.

    prompts -> pieces that fit the net's window -> n_draws each, in batches of similar length
            -> read back: the draw that says its text best -> `words.compose`

A word that no draw says right is drawn again, with further random numbers of its own. After `ROUNDS`
rounds the best there is stays and is reported as a doubt; a word of which no draw ever ended on its
line is an error, never a silent gap.
Source: ranking by a recogniser after Afonin et al. 2023, arXiv:2306.03103.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from plotwriter.errors import ConfigError, SampleError
from plotwriter.ink import Ink
from plotwriter.nets.arc_tokens import DRAW
from plotwriter.samplers.accents import Letters, composable, runs
from plotwriter.samplers.attempts import Attempt
from plotwriter.samplers.draw import Draw, one_thread
from plotwriter.samplers.protocol import OWN_MANNER, Doubt, Key, Manner, OnDoubt, OnWords
from plotwriter.samplers.readback import Reader, Reading
from plotwriter.samplers.refit import refit
from plotwriter.samplers.words import Drawn, compose
from plotwriter.styles import Style
from plotwriter.text import Prompt

__all__ = ["BestOf", "device_of"]

ROUNDS = 4
SHORTEST = 4  # characters; a piece that fails is halved, but not below this
MAX_REACH = 5.0  # x-heights above or below the baseline; no letter goes there


def device_of(name: str) -> torch.device:
    """A device by its name, "auto" for the best there is.

    Raises:
        ConfigError: one that is not there
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(device for device, available in there.items() if available)
    elif not there.get(name, False):
        raise ConfigError(f"--device: {name!r} is not there, or this torch cannot use it; use auto or cpu")
    return torch.device(name)


@dataclass(slots=True, eq=False)
class _Piece:
    """Part of a word, small enough for the net's window."""

    prompt: int  #: index of the word
    first: int  #: letter of the word it begins at; `runs` says which letters a word has
    text: str
    root: Key  #: what the word draws from: its seed, then its key
    best: Draw | None = None
    reading: Reading | None = None

    def offer(self, draw: Draw, reading: Reading) -> None:
        """Keep a draw if it says the text better than what there is."""
        if self.reading is None or self._rank(reading) < self._rank(self.reading):
            self.best, self.reading = draw, reading

    def _rank(self, reading: Reading) -> tuple[bool, int, float]:
        return reading.said != self.text, reading.n_missing, reading.cost

    @property
    def right(self) -> bool:
        """Whether the best draw reads as it should."""
        return self.reading is not None and self.reading.said == self.text

    @property
    def done(self) -> bool:
        """Whether nothing is left to wish for: it reads right and no i is without its dot."""
        return self.right and self.reading is not None and self.reading.n_missing == 0

    def generator(self, round_: int, draw: int) -> np.random.Generator:
        """Of one draw: it depends on the piece's place in the text and on nothing that is written beside it."""
        return np.random.default_rng(np.random.SeedSequence((*self.root, self.first, len(self.text), round_, draw)))

    def parts(self, most: int) -> list[_Piece]:
        """The piece in shorter ones, each of its own draws."""
        parts, at = [], self.first
        for text in _pieces(self.text, most):
            parts.append(_Piece(self.prompt, at, text, self.root))
            at += len(text)
        return parts


@dataclass(frozen=True, slots=True)
class _Pen:
    """How the pieces of one job are drawn."""

    style: Style
    manner: Manner


def _pieces(text: str, most: int) -> list[str]:
    """A word in parts of at most `most` characters: after a hyphen where there is one, else evenly.

    >>> _pieces("mother-in-law", 8)
    ['mother-', 'in-law']
    """
    if len(text) <= most:
        return [text]
    n = -(-len(text) // most)
    even = -(-len(text) // n)
    hyphen = text.rfind("-", 1, most)
    cut = hyphen + 1 if hyphen > 0 else even
    return [text[:cut], *_pieces(text[cut:], most)]


class BestOf(ABC):
    """A sampler whose net draws pieces of words; see `Sampler`. What a net's own sampler adds is how it draws."""

    rows = 64  #: in one batch; where keys and values are kept, more no longer fit a CPU's cache

    def __init__(self, letters: str, most: int, *, device: torch.device, n_draws: int) -> None:
        """Load the reader.

        Args:
            letters: the net's alphabet, without white space
            most: characters that it can write in one go
            device: where the nets run
            n_draws: attempts a word, of which the one that reads best is kept
        """
        self.letters = frozenset(letters)
        self.alphabet = self.letters | composable(letters)
        self.most = most
        self.device = device
        self.n_draws = n_draws
        self.reader = Reader(device=device)

    @abstractmethod
    def draw(self, texts: Sequence[str], generators: Sequence[np.random.Generator], style: Style, manner: Manner) -> list[Draw]:
        """One draw of every text.

        Args:
            texts: of at most `most` letters of the net's alphabet
            generators: of each draw, its only source of randomness
            style: the hand
            manner: how carefully
        """

    @abstractmethod
    def trace(self, texts: Sequence[str], generators: Sequence[np.random.Generator], style: Style, manner: Manner) -> list[Attempt]:
        """The same draws, with what the net was looking at."""

    def attempts(self, texts: Sequence[str], style: Style, *, seed: int, manner: Manner = OWN_MANNER) -> list[Attempt]:
        """One draw a word, nothing chosen.

        Args:
            texts: of the net's own alphabet; one that is too long for its window is cut
            style: the hand
            seed: of the draws; that of text k depends on k alone
            manner: how carefully
        """
        short = [text[: self.most] for text in texts]
        order = sorted(range(len(short)), key=lambda k: len(short[k]))
        found: dict[int, Attempt] = {}
        with one_thread():
            for first in range(0, len(order), self.rows):
                rows = order[first : first + self.rows]
                generators = [np.random.default_rng((seed, 5, k)) for k in rows]
                found |= zip(rows, self.trace([short[k] for k in rows], generators, style, manner), strict=True)
        return [found[k] for k in range(len(short))]

    def explain(self, text: str, style: Style, *, seed: int, manner: Manner = OWN_MANNER) -> tuple[Attempt, Reading]:
        """The attempt at one word that reads best, and what it reads as."""
        attempts = self.attempts([text] * self.n_draws, style, seed=seed, manner=manner)
        with one_thread():
            draws = refit([attempt.strokes for attempt in attempts], [attempt.ended for attempt in attempts])
            readings = self.reader.read([text] * len(draws), draws)
        k = min(range(len(attempts)), key=lambda k: (not attempts[k].ended, readings[k].said != text, readings[k].cost))
        return attempts[k], readings[k]

    def best(self, texts: Sequence[str], style: Style, *, seed: int) -> list[Draw]:
        """The draws that are kept of words of the net's own alphabet, none longer than `most`."""
        pieces = [_Piece(i, 0, text, (seed, i)) for i, text in enumerate(texts)]
        with one_thread():
            written = self._write_pieces(pieces, _Pen(style, OWN_MANNER), None, len(pieces))
        return [piece.best for piece in written if piece.best is not None]

    def aligned(self, texts: Sequence[str], draws: Sequence[Draw]) -> list[Draw]:
        """The draws that are kept, with the letter of every step; a net that does not know it asks the reader."""
        return list(draws)

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
        """See `Sampler.write`."""
        seeds = [seed] * len(prompts) if isinstance(seed, int) else seed
        keys = [(i,) for i in range(len(prompts))] if keys is None else keys
        roots = [(one, *key) for one, key in zip(seeds, keys, strict=True)]
        words = [runs(prompt.text) for prompt in prompts]
        todo: list[_Piece] = []
        for i, word in enumerate(words):
            first = 0
            for run in word:
                if isinstance(run, Letters):
                    todo += _Piece(i, first, run.text, roots[i]).parts(self.most)
                    first += len(run.text)
        with one_thread():
            pieces = self._write_pieces(todo, _Pen(style, manner), on_words, len(prompts))
            kept = self.aligned([piece.text for piece in pieces], [piece.best for piece in pieces if piece.best is not None])
        drawn: list[list[Drawn]] = [[] for _ in prompts]
        for piece, draw in zip(pieces, kept, strict=True):  # `_write_pieces` has seen to it that each has one
            drawn[piece.prompt].append(Drawn(draw, len(piece.text)))
        if on_doubt:
            for piece in pieces:
                if not piece.right:
                    assert piece.reading is not None
                    on_doubt(Doubt(piece.prompt, prompts[piece.prompt].text, piece.text, piece.reading.said, piece.reading.confidence))
        return [
            compose(prompt.text, word, letters, seed=root, x_height=style.frame_x_height)
            for root, prompt, word, letters in zip(roots, prompts, words, drawn, strict=True)
        ]

    def _write_pieces(self, pieces: list[_Piece], pen: _Pen, on_words: OnWords | None, n_words: int) -> list[_Piece]:
        """Write pieces; one that does not fit the net's window after all is written in two."""
        todo, written = pieces, list[_Piece]()
        while todo:
            todo.sort(key=lambda piece: (len(piece.text), piece.prompt, piece.first))
            halves: list[_Piece] = []
            per_batch = max(1, self.rows // self.n_draws)
            for first in range(0, len(todo), per_batch):
                batch = todo[first : first + per_batch]
                self._write_batch(batch, pen)
                written += [piece for piece in batch if piece.best is not None]
                for piece in batch:
                    if piece.best is None and len(piece.text) < SHORTEST:
                        attempts = ROUNDS * self.n_draws
                        raise SampleError(
                            f"style {pen.style.name!r} could not write {piece.text!r} in {attempts} attempts; try another --seed"
                        )
                    if piece.best is None:
                        halves += piece.parts(-(-len(piece.text) // 2))
                if on_words:
                    on_words(n_words * min(first + per_batch, len(todo)) // len(todo), n_words)
            todo = halves
        if on_words and not pieces:  # signs only
            on_words(n_words, n_words)
        return sorted(written, key=lambda piece: (piece.prompt, piece.first))

    def _write_batch(self, pieces: list[_Piece], pen: _Pen) -> None:
        """Up to `ROUNDS` rounds of draws for every piece."""
        waiting = pieces
        for round_ in range(ROUNDS):
            texts = [piece.text for piece in waiting for _ in range(self.n_draws)]
            generators = [piece.generator(round_, k) for piece in waiting for k in range(self.n_draws)]
            draws = self.draw(texts, generators, pen.style, pen.manner)
            for i, (draw, reading) in enumerate(zip(draws, self.reader.read(texts, draws), strict=True)):
                if _usable(draw, texts[i]):
                    waiting[i // self.n_draws].offer(draw, reading)
            waiting = [piece for piece in waiting if not piece.done]
            if not waiting:
                return


def _usable(draw: Draw, text: str) -> bool:
    """Whether a draw ended, drew something, and stayed on its line."""
    drawn = draw.knots[draw.tokens[:, 0] == DRAW]
    if not draw.ended or len(drawn) == 0:
        return False
    return bool(np.abs(drawn.imag).max() <= MAX_REACH and np.ptp(drawn.real) <= 5 * len(text) + 2)
