"""Words of made-up ink: arches, loops and slopes whose figures are known."""

import numpy as np

from plotwriter.evaluation.words import Word
from tests.training.test_words import arches


def make_word(text="nninn", *, scale=1.0, slant=0.0, seed=None):
    """Arches, one a letter, with a dot over each i."""
    rng = np.random.default_rng(seed)
    body = scale * arches(len(text))
    if seed is not None:
        body = body * rng.uniform(0.95, 1.05) + np.convolve(rng.normal(0, 0.15, len(body)), np.ones(15) / 15, mode="same")
    dots = [np.array([scale * (k + 0.5 + 1.7j)]) for k, c in enumerate(text) if c == "i"]
    strokes = [points + slant * points.imag for points in (body, *dots)]
    left = min(points.real.min() for points in strokes)
    return Word(text, tuple(points - left for points in strokes))
