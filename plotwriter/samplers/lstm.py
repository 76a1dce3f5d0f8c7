"""The `lstm` sampler: words from Graves' net, primed by the style's own hand, the best of a few draws each.

    two words of the style -> the net's state -> [offset after offset] until the window has passed the text
                           -> strokes -> arcs -> read back: see `best_of`

A draw counts only if the window went on all the time and stood on every letter; what does not is drawn again.
Source: Graves 2013 (arXiv:1308.0850), section 5.4 (bias), 5.5 (priming). Departs: best of n by a reader; the guards.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from plotwriter.errors import FileError
from plotwriter.nets.card import LSTM, read_card
from plotwriter.nets.checkpoint import load_lstm
from plotwriter.samplers.attempts import Attempt
from plotwriter.samplers.best_of import BestOf, device_of
from plotwriter.samplers.draw import Draw
from plotwriter.samplers.draw_points import DrawnLine, draw_offsets, most_points, primed
from plotwriter.samplers.priming import primer_of, stored_prime
from plotwriter.samplers.protocol import Manner
from plotwriter.samplers.refit import refit
from plotwriter.samplers.shipped import LSTM_WEIGHTS
from plotwriter.styles import Style

__all__ = ["LstmSampler"]

LONGEST = 24  # characters of a piece; the net learned from lines of up to 50
BIAS = 1.5  # at a legibility of 0.5; at 1 letters are looser, and a tenth more of them are misread
COVERED = 0.8  # share of the letters the window has to have stood on


class LstmSampler(BestOf):
    """Graves' net; see `Sampler`."""

    rows = 512  #: drawn `SIDE_BY_SIDE` at a time; the longer the queue, the fewer places stand empty at its end

    def __init__(self, style: Style, *, device: str = "auto", n_draws: int = 4) -> None:
        """Load the weights, and prime the net.

        Args:
            style: of an arc GPT, whose hand primes the net that ships; or of an LSTM's own weights
            device: "cpu", "cuda", "mps", or "auto" for the best there is
            n_draws: attempts a word, of which the one that reads best is kept

        Raises:
            ConfigError: a device that is not there
            FileError: damaged or foreign weights
        """
        chosen = device_of(device)
        own = style.own_sampler == "lstm"
        path = style.weights if own else LSTM_WEIGHTS
        self.net = load_lstm(path, chosen)
        ink, says = self._own_prime(style) if own else self._prime(style, float(read_card(path, LSTM)["spacing"]), device)
        self.prime = primed(self.net, ink, says)
        super().__init__(self.net.config.alphabet.strip(), LONGEST, device=chosen, n_draws=n_draws)

    def _prime(self, style: Style, spacing: float, device: str) -> tuple[Tensor, str]:
        """What the net is primed with, see `primed`."""
        primer = primer_of(style, spacing, device)
        points, drawn = primer.line()
        way = np.diff(points, prepend=0)
        x, y = self.net.config.unit
        offsets = np.stack([way.real / x, way.imag / y, ~np.append(drawn[1:], False)], 1)
        return torch.from_numpy(np.vstack([[0, 0, 1], offsets]).astype(np.float32)), primer.text

    def _own_prime(self, style: Style) -> tuple[Tensor | None, str]:
        stored = stored_prime(style, "offsets")
        if stored is None:
            return None, ""
        offsets, text = stored
        if offsets.ndim != 2 or offsets.shape[1] != 3 or not set(text) <= set(self.net.config.alphabet):
            raise FileError(f"{style.weights}: the ink that primes style {style.name!r} does not fit the net; train it again")
        return torch.from_numpy(offsets.astype(np.float32)), text

    def _lines(self, texts: Sequence[str], generators: Sequence[np.random.Generator], manner: Manner) -> list[DrawnLine]:
        bias = 2 * BIAS * (0.5 if manner.legibility is None else manner.legibility)
        n = [most_points(len(text)) for text in texts]
        uniforms, normals = np.zeros((2, len(n), max(n), 2))
        for row, (k, rng) in enumerate(zip(n, generators, strict=True)):
            uniforms[row, :k], normals[row, :k] = rng.random((k, 2)), rng.standard_normal((k, 2))
        return draw_offsets(self.net, texts, uniforms, normals, bias=bias, prime=self.prime)

    def draw(self, texts: Sequence[str], generators: Sequence[np.random.Generator], style: Style, manner: Manner) -> list[Draw]:
        """See `BestOf.draw`."""
        lines = self._lines(texts, generators, manner)
        return refit([line.strokes for line in lines], [line.ended and not line.stalled and line.covered >= COVERED for line in lines])

    def aligned(self, texts: Sequence[str], draws: Sequence[Draw]) -> list[Draw]:
        """See `BestOf.aligned`."""
        return self.reader.lettered(texts, draws)

    def trace(self, texts: Sequence[str], generators: Sequence[np.random.Generator], style: Style, manner: Manner) -> list[Attempt]:
        """See `BestOf.trace`."""
        found = []
        for text, line in zip(texts, self._lines(texts, generators, manner), strict=True):
            ends = np.cumsum([0, *map(len, line.strokes)])
            steps = [np.arange(first, last) for first, last in pairwise(ends.tolist())]
            weights = line.window.astype(np.float64)
            weights /= np.maximum(weights.sum(1, keepdims=True), 1e-9)
            found.append(Attempt(text, line.strokes, steps, line.ended and not line.stalled, weights))
        return found
