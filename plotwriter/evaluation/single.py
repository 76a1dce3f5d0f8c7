"""Single draws, before anybody has chosen among them: what the net itself can do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from plotwriter.evaluation.words import SPACING, Word
from plotwriter.nets.arc_tokens import decode
from plotwriter.samplers import Sampler
from plotwriter.samplers.autoregressive import GptSampler
from plotwriter.samplers.draw import draw_words
from plotwriter.styles import Style

__all__ = ["single_draws"]

BATCH = 64


def single_draws(sampler: Sampler, style: Style, texts: Sequence[str], seed: int) -> tuple[list[Word | None], float] | None:
    """One draw a word.

    Args:
        sampler: only the arc GPT shows its draws
        style: the hand
        texts: words within the net's window; a longer one is cut
        seed: of the draws

    Returns:
        the words, None where nothing was drawn, and the share that reached END; None for another sampler
    """
    if not isinstance(sampler, GptSampler):
        return None
    net = sampler.net
    words: list[Word | None] = [None] * len(texts)
    ended = 0
    order = sorted(range(len(texts)), key=lambda k: len(texts[k]))
    for first in range(0, len(order), BATCH):
        rows = order[first : first + BATCH]
        uniforms = np.stack([np.random.default_rng((seed, 5, k)).random((net.config.max_steps, 4)) for k in rows])
        hand = net.writers.weight[style.row].detach().expand(len(rows), -1)
        draws = draw_words(net, [texts[k][: net.config.max_characters] for k in rows], hand, uniforms, temperature=style.temperature)
        for k, draw in zip(rows, draws, strict=True):
            ended += draw.ended
            if strokes := [np.concatenate(trace.points) for trace in decode(draw.tokens, spacing=SPACING)]:
                left = min(float(points.real.min()) for points in strokes)
                words[k] = Word(texts[k], tuple(points - left for points in strokes))
    return words, ended / len(texts)
