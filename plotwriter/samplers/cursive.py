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

from plotwriter.nets.checkpoint import load_cursive
from plotwriter.nets.gpt import symbols_of
from plotwriter.samplers.attempts import Attempt
from plotwriter.samplers.best_of import BestOf, device_of
from plotwriter.samplers.draw import Draw
from plotwriter.samplers.draw_points import DrawnTokens, draw_tokens, most_tokens
from plotwriter.samplers.protocol import Manner, sampling
from plotwriter.samplers.refit import refit
from plotwriter.samplers.shipped import CURSIVE_WEIGHTS
from plotwriter.styles import Style

__all__ = ["CursiveSampler"]

LONGEST = 16  # characters of a piece
TEMPERATURE = 0.7


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
        self.net = load_cursive(style.weights if style.own_sampler == "cursive" else CURSIVE_WEIGHTS, chosen)
        super().__init__(self.net.config.alphabet.strip(), LONGEST, device=chosen, n_draws=n_draws)

    def _lines(self, texts: Sequence[str], generators: Sequence[np.random.Generator], manner: Manner) -> list[DrawnTokens]:
        uniforms = np.stack([rng.random(most_tokens(self.most)) for rng in generators])
        return draw_tokens(self.net, texts, uniforms, temperature=sampling(manner.legibility, TEMPERATURE)[0])

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
            symbols = symbols_of([text], self.net.config.alphabet, self.device)
            tokens = torch.from_numpy(line.tokens[None]).to(self.device)
            seen = self.net.alignment(symbols, tokens)[:, 0].mean((0, 1)).double().cpu().numpy()  # (t, u)
            weights = (seen[1 : 2 * n : 2] + seen[2 : 2 * n + 1 : 2]) / 2  # a token is chosen while the one before it is read
            ends = np.cumsum([0, *map(len, strokes)])
            steps = [np.arange(first, last) for first, last in pairwise(ends.tolist())]
            found.append(Attempt(text, strokes, steps, line.ended, weights))
        return found
