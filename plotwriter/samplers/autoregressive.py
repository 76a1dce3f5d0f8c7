"""The `gpt` sampler: words from the arc GPT, the best of a few draws each.

    prompts -> pieces that fit the net's window -> n_draws each, in batches of similar length
            -> read back: the draw that says its text best -> `words.compose`

A word that no draw says right is drawn again, with further uniforms of its own. After `ROUNDS`
rounds the best there is stays and is reported as a doubt; a word of which no draw ever ended on its
line is an error, never a silent gap.
Source: ranking by a recogniser after Afonin et al. 2023, arXiv:2306.03103.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from plotwriter.errors import ConfigError, SampleError
from plotwriter.ink import Ink
from plotwriter.nets.arc_tokens import DRAW
from plotwriter.nets.checkpoint import load_hands
from plotwriter.samplers.accents import Letters, composable, runs
from plotwriter.samplers.draw import Draw, draw_words, one_thread
from plotwriter.samplers.protocol import OWN_MANNER, Doubt, Key, Manner, OnDoubt, OnWords, sampling
from plotwriter.samplers.readback import Reader, Reading
from plotwriter.samplers.words import Drawn, compose
from plotwriter.styles import Style
from plotwriter.text import Prompt

__all__ = ["GptSampler"]

BATCH = 64  # rows in one batch; more is slower on a CPU, its cache no longer fits
ROUNDS = 4
SHORTEST = 4  # characters; a piece that fails is halved, but not below this
MAX_REACH = 5.0  # x-heights above or below the baseline; no letter goes there


@dataclass(slots=True, eq=False)
class _Piece:
    """Part of a word, small enough for the net's window."""

    prompt: int  #: index of the word
    first: int  #: letter of the word it begins at; `runs` says which letters a word has
    text: str
    key: Key  #: of the word
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

    def generator(self, seed: int, round_: int, draw: int) -> np.random.Generator:
        """Of one draw: it depends on the piece's place in the text and on nothing that is written beside it."""
        return np.random.default_rng(np.random.SeedSequence((seed, *self.key, self.first, len(self.text), round_, draw)))

    def parts(self, most: int) -> list[_Piece]:
        """The piece in shorter ones, each of its own draws."""
        parts, at = [], self.first
        for text in _pieces(self.text, most):
            parts.append(_Piece(self.prompt, at, text, self.key))
            at += len(text)
        return parts


@dataclass(frozen=True, slots=True)
class _Pen:
    """How the pieces of one job are drawn."""

    style: Style
    seed: int
    temperature: float
    guidance: float


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


class GptSampler:
    """The arc GPT with one style's weights; see `Sampler`."""

    monotone_by_construction = True  #: the pointer neither skips a letter nor goes back

    def __init__(self, style: Style, *, device: str = "auto", n_draws: int = 4) -> None:
        """Load the weights.

        Args:
            style: whose weights file is loaded
            device: "cpu", "cuda", "mps", or "auto" for the best there is
            n_draws: attempts a word, of which the one that reads best is kept

        Raises:
            ConfigError: a device that is not there
            FileError: damaged or foreign weights
        """
        there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
        if device == "auto":
            device = next(name for name, available in there.items() if available)
        elif not there.get(device, False):
            raise ConfigError(f"--device: {device!r} is not there, or this torch cannot use it; use auto or cpu")
        self.hands = load_hands(style.weights, device)
        self.net = self.hands.gpt
        self.reader = Reader(device=device)
        self.n_draws = n_draws
        self.device = torch.device(device)
        self.alphabet = frozenset(self.net.config.alphabet) | composable(self.net.config.alphabet)

    def write(
        self,
        prompts: Sequence[Prompt],
        style: Style,
        *,
        seed: int,
        keys: Sequence[Key] | None = None,
        manner: Manner = OWN_MANNER,
        on_words: OnWords | None = None,
        on_doubt: OnDoubt | None = None,
    ) -> list[Ink]:
        """See `Sampler.write`."""
        n_hand = self.hands.config.n_hand
        if not 0 <= style.row < n_hand:
            raise SampleError(f"style {style.name!r} is row {style.row} of {n_hand}: card and weights do not match")
        most = self.net.config.max_characters
        temperature, guidance = sampling(manner.legibility, style.temperature)
        keys = [(i,) for i in range(len(prompts))] if keys is None else keys
        words = [runs(prompt.text) for prompt in prompts]
        todo: list[_Piece] = []
        for i, word in enumerate(words):
            first = 0
            for run in word:
                if isinstance(run, Letters):
                    todo += _Piece(i, first, run.text, keys[i]).parts(most)
                    first += len(run.text)
        with one_thread():
            pieces = self._write_pieces(todo, _Pen(style, seed, temperature, guidance), on_words, len(prompts))
        drawn: list[list[Drawn]] = [[] for _ in prompts]
        for piece in pieces:
            assert piece.best is not None  # `_write_pieces` has seen to it
            drawn[piece.prompt].append(Drawn(piece.best, len(piece.text)))
        if on_doubt:
            for piece in pieces:
                if not piece.right:
                    assert piece.reading is not None
                    on_doubt(Doubt(piece.prompt, prompts[piece.prompt].text, piece.text, piece.reading.said, piece.reading.confidence))
        return [
            compose(prompt.text, word, letters, seed=(seed, *key), x_height=style.frame_x_height)
            for key, prompt, word, letters in zip(keys, prompts, words, drawn, strict=True)
        ]

    def _write_pieces(self, pieces: list[_Piece], pen: _Pen, on_words: OnWords | None, n_words: int) -> list[_Piece]:
        """Write pieces; one that does not fit the net's window after all is written in two."""
        todo, written = pieces, list[_Piece]()
        while todo:
            todo.sort(key=lambda piece: (len(piece.text), piece.prompt, piece.first))
            halves: list[_Piece] = []
            per_batch = max(1, BATCH // self.n_draws)
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
            shape = (self.net.config.max_steps, 4)
            uniforms = np.stack([piece.generator(pen.seed, round_, k).random(shape) for piece in waiting for k in range(self.n_draws)])
            hand = self.hands.style(pen.style.row).expand(len(texts))
            draws = draw_words(self.net, texts, hand, uniforms, temperature=pen.temperature, guidance=pen.guidance)
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
