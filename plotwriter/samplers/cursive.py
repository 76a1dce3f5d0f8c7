"""The `cursive` sampler: words from the Cursive Transformer, the best of a few draws each.

    words that warm it up -> [direction, radius-and-pen] after another until END -> strokes -> arcs -> read back: see `best_of`

Source: Greydanus & Wimpee 2025 (arXiv:2504.00051), section 5, whose authors choose among draws by eye. Departs: END is
honoured, a word is drawn at a time, a reader chooses. The net that ships has learned from one writer, as published, and
writes that hand whatever style is asked for; the style gives slant, size and spacing.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch

from plotwriter.errors import FileError, SampleError
from plotwriter.nets.checkpoint import load_cursive
from plotwriter.nets.gpt import symbols_of
from plotwriter.nets.polar import N_TOKEN, Ints
from plotwriter.samplers.attempts import Attempt
from plotwriter.samplers.best_of import BestOf, device_of
from plotwriter.samplers.draw import Draw
from plotwriter.samplers.draw_tokens import DrawnTokens, draw_tokens, most_tokens
from plotwriter.samplers.priming import stored_prime
from plotwriter.samplers.protocol import OWN_MANNER, Manner, sampling
from plotwriter.samplers.refit import refit
from plotwriter.samplers.shipped import CURSIVE_WEIGHTS
from plotwriter.styles import Style

__all__ = ["CursiveSampler", "ParagraphSampler"]

LONGEST = 16  # characters of a piece
TEMPERATURE = 0.5  # at a legibility of 0.5; at 0.7 half as many more characters are misread
WARM_UP, N_WARM_UP = "morning", 8  # the word a paragraph is warmed up with, and its draws
SEED = 7  # of them: a paragraph begins alike in every job


class CursiveSampler(BestOf):
    """The Cursive Transformer; see `Sampler`."""

    def __init__(self, style: Style, *, device: str = "auto", n_draws: int = 4) -> None:
        """Load the weights.

        Args:
            style: any; its weights are used if they are of a Cursive Transformer, else those that ship
            device: "cpu", "cuda", "mps", or "auto" for the best there is
            n_draws: attempts a word, of which the one that reads best is kept

        Raises:
            ConfigError: a device that is not there
            FileError: damaged or foreign weights
        """
        chosen = device_of(device)
        own = style.own_sampler == "cursive"
        self.net = load_cursive(style.weights if own else CURSIVE_WEIGHTS, chosen)
        self.prime = self._own_prime(style) if own else None
        super().__init__(self.net.config.alphabet.strip(), LONGEST, device=chosen, n_draws=n_draws)

    def _own_prime(self, style: Style) -> tuple[Ints, str] | None:
        """Words of a person who taught it, where the card of one's own weights holds some."""
        stored = stored_prime(style, "tokens")
        if stored is None:
            return None
        tokens, text = stored[0].astype(np.int64), stored[1]
        if tokens.ndim != 1 or tokens.min() < 0 or tokens.max() >= N_TOKEN or not set(text) <= set(self.net.config.alphabet):
            raise FileError(f"{style.weights}: the ink that primes style {style.name!r} does not fit the net; train it again")
        return tokens, text

    def _lines(self, texts: Sequence[str], generators: Sequence[np.random.Generator], manner: Manner) -> list[DrawnTokens]:
        uniforms = np.stack([rng.random(most_tokens(self.most)) for rng in generators])
        return draw_tokens(self.net, texts, uniforms, temperature=sampling(manner.legibility, TEMPERATURE)[0], prime=self.prime)

    def draw(self, texts: Sequence[str], generators: Sequence[np.random.Generator], style: Style, manner: Manner) -> list[Draw]:
        """See `BestOf.draw`."""
        lines = self._lines(texts, generators, manner)
        return refit([line.words[0] if line.words else [] for line in lines], [line.ended for line in lines])

    def aligned(self, texts: Sequence[str], draws: Sequence[Draw]) -> list[Draw]:
        """See `BestOf.aligned`."""
        return self.reader.lettered(texts, draws)

    @torch.inference_mode()
    def trace(self, texts: Sequence[str], generators: Sequence[np.random.Generator], style: Style, manner: Manner) -> list[Attempt]:
        """See `BestOf.trace`; what is looked at is the mean over layers and heads, while a point's two tokens are chosen."""
        found = []
        for text, line in zip(texts, self._lines(texts, generators, manner), strict=True):
            strokes = line.words[0] if line.words else []
            n = sum(map(len, strokes))
            before = self.prime[1] + " " if self.prime else ""
            symbols = symbols_of([before + text], self.net.config.alphabet, self.device)
            tokens = torch.from_numpy(line.tokens[None]).to(self.device)
            seen = self.net.alignment(symbols, tokens)[:, 0].mean((0, 1)).double().cpu().numpy()  # (t, u)
            seen = seen[(len(self.prime[0]) if self.prime else 0) + 1 :, len(before) :]
            weights = (seen[: 2 * n : 2] + seen[1 : 2 * n + 1 : 2][:n]) / 2  # a token is chosen while the one before it is read
            weights /= np.maximum(weights.sum(1, keepdims=True), 1e-9)
            ends = np.cumsum([0, *map(len, strokes)])
            steps = [np.arange(first, last) for first, last in pairwise(ends.tolist())]
            found.append(Attempt(text, strokes, steps, line.ended, weights))
        return found


class ParagraphSampler(CursiveSampler):
    """As the authors write paragraphs: every word after a warm-up, so that all begin in one hand; `--respell` draws single ones anew.

    The warm-up is a word that the net has written itself, the best of a few; with weights of one's own, two words of the
    person. Source: the published `generate_paragraph`. Departs: one word after each warm-up instead of two, a reader chooses.
    """

    def __init__(self, style: Style, *, device: str = "auto", n_draws: int = 4) -> None:
        """Load the weights and warm the net up; see `CursiveSampler`.

        Raises:
            SampleError: weights that cannot write the warm-up
        """
        super().__init__(style, device=device, n_draws=n_draws)
        self.prime = self.prime or self._warm_up(style)

    def _warm_up(self, style: Style) -> tuple[Ints, str]:
        texts = [WARM_UP] * N_WARM_UP
        lines = self._lines(texts, [np.random.default_rng((SEED, k)) for k in range(N_WARM_UP)], OWN_MANNER)
        draws = refit([line.words[0] if line.words else [] for line in lines], [line.ended for line in lines])
        readings = self.reader.read(texts, draws)
        whole = [k for k, line in enumerate(lines) if line.ended and line.words]
        if not whole:
            raise SampleError(f"style {style.name!r} could not write {WARM_UP!r} in {N_WARM_UP} attempts; take --sampler cursive")
        return lines[min(whole, key=lambda k: (readings[k].said != WARM_UP, readings[k].cost))].tokens, WARM_UP
