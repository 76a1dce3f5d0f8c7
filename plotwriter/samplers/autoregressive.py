"""The `gpt` sampler: words from the arc GPT, the best of a few draws each; see `best_of`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from plotwriter.errors import SampleError
from plotwriter.nets.checkpoint import load_hands
from plotwriter.samplers.attempts import Attempt, attempt_of
from plotwriter.samplers.best_of import BestOf, device_of
from plotwriter.samplers.draw import Draw, draw_words
from plotwriter.samplers.own_words import begin_with, own_words
from plotwriter.samplers.protocol import Manner, sampling
from plotwriter.styles import Style

__all__ = ["GptSampler"]


class GptSampler(BestOf):
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
        chosen = device_of(device)
        self.hands = load_hands(style.weights, chosen)
        self.net = self.hands.gpt
        self.own_words = own_words(style)
        super().__init__(self.net.config.alphabet, self.net.config.max_characters, device=chosen, n_draws=n_draws)

    def draw(self, texts: Sequence[str], generators: Sequence[np.random.Generator], style: Style, manner: Manner) -> list[Draw]:
        """See `BestOf.draw`."""
        n_hand = self.hands.config.n_hand
        if not 0 <= style.row < n_hand:
            raise SampleError(f"style {style.name!r} is row {style.row} of {n_hand}: card and weights do not match")
        temperature, guidance = sampling(manner.legibility, style.temperature)
        uniforms = np.stack([generator.random((self.net.config.max_steps, 4)) for generator in generators])
        hand = self.hands.style(style.row).expand(len(texts))
        shape = self.net.config
        begun = begin_with(self.own_words, texts, generators, shape.max_characters, shape.max_steps) if self.own_words else ()
        return draw_words(self.net, list(texts), hand, uniforms, temperature=temperature, guidance=guidance, begun=begun)

    def trace(self, texts: Sequence[str], generators: Sequence[np.random.Generator], style: Style, manner: Manner) -> list[Attempt]:
        """See `BestOf.trace`."""
        return [attempt_of(text, draw) for text, draw in zip(texts, self.draw(texts, generators, style, manner), strict=True)]
