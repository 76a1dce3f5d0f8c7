"""Reading back what was drawn: the draw that says its text best is the one to keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from plotwriter.nets.arc_tokens import decode
from plotwriter.nets.checkpoint import load_reader
from plotwriter.nets.recognizer import BLANK
from plotwriter.samplers.draw import Draw, stack

__all__ = ["READER_A", "Reader", "Reading", "count_dots"]

READER_A = Path(__file__).parent / "weights" / "reader_a.safetensors"  #: ranks; trained on other writers than reader b, which judges


DOTTED = "ij"
DOT_SIZE, DOT_HEIGHT = 0.6, 0.9  # x-heights; t-bars are wider, commas and full stops lower


@dataclass(frozen=True, slots=True)
class Reading:
    """What one draw says."""

    said: str  #: the likeliest text
    cost: float  #: -log p(wanted text | ink) a character, nats; 0 is certain
    n_missing: int  #: dots of i and j that the text has and the ink has not

    @property
    def confidence(self) -> float:
        """Probability a character, geometric mean."""
        return float(np.exp(-self.cost))


class Reader:
    """A recogniser with its weights."""

    def __init__(self, path: Path = READER_A, device: torch.device | str = "cpu") -> None:
        """Load the weights.

        Raises:
            FileError: damaged or foreign weights
        """
        self.net = load_reader(path, device)
        self.device = torch.device(device)

    @torch.inference_mode()
    def read(self, texts: Sequence[str], draws: Sequence[Draw]) -> list[Reading]:
        """Each draw against the text it should say."""
        tokens, position, real = stack(draws, self.device)
        cost = self.net.negative_log_likelihood(tokens, position, real, list(texts)).double().cpu().numpy()
        said = self.net.read(tokens, position, real)
        return [
            Reading(s, float(c) / len(text), max(0, sum(text.count(i) for i in DOTTED) - count_dots(draw)))
            for s, c, text, draw in zip(said, cost, texts, draws, strict=True)
        ]

    @torch.inference_mode()
    def align(self, texts: Sequence[str], draws: Sequence[Draw]) -> list[npt.NDArray[np.int64]]:
        """Which character every step of a draw belongs to, given that it says its text.

        Returns:
            (t,) index into the text, a draw; every character is the index of a step, unless there are fewer steps
        """
        tokens, position, real = stack(draws, self.device)
        log_p = self.net(tokens, position, real).double().cpu().numpy()  # (b, t, k)
        alphabet = {c: k + 1 for k, c in enumerate(self.net.config.alphabet)}
        return [
            _alignment(row[: len(draw.tokens)], [alphabet[c] for c in text]) for row, draw, text in zip(log_p, draws, texts, strict=True)
        ]


def count_dots(draw: Draw) -> int:
    """Strokes of a draw that can be the dot of an i: small, and above the small letters."""
    n = 0
    for trace in decode(draw.tokens, spacing=0.1):
        points = np.concatenate(trace.points)
        small = max(np.ptp(points.real), np.ptp(points.imag)) < DOT_SIZE
        n += bool(small and points.imag.mean() > DOT_HEIGHT)
    return n


def _alignment(log_p: npt.NDArray[np.float64], classes: list[int]) -> npt.NDArray[np.int64]:
    """The likeliest path through blank, c0, blank, c1, ... blank; a blank goes to the character nearest in time.

    Args:
        log_p: (t, k)
        classes: (u,) of the text's characters

    Source: the Viterbi form of Graves et al. 2006, section 4.1
    """
    n_t, n_u = len(log_p), len(classes)
    if n_t < n_u + sum(a == b for a, b in pairwise(classes)):
        return np.minimum(np.arange(n_t) * n_u // max(1, n_t), n_u - 1)
    label = np.full(2 * n_u + 1, BLANK)
    label[1::2] = classes
    may_skip = np.zeros(len(label), bool)
    may_skip[3::2] = label[3::2] != label[1:-2:2]
    score = np.full(len(label), -np.inf)
    score[:2] = log_p[0, label[:2]]
    came = np.zeros((n_t, len(label)), np.int64)
    for t in range(1, n_t):
        options = np.full((3, len(label)), -np.inf)
        options[0], options[1, 1:] = score, score[:-1]
        options[2, 2:] = np.where(may_skip[2:], score[:-2], -np.inf)
        came[t] = options.argmax(0)
        score = options.max(0) + log_p[t, label]
    state = len(label) - 1 if score[-1] > score[-2] else len(label) - 2
    states = np.zeros(n_t, np.int64)
    for t in range(n_t - 1, -1, -1):
        states[t] = state
        state -= came[t, state]
    spoken = np.flatnonzero(states % 2)
    nearest = spoken[np.abs(np.arange(n_t)[:, None] - spoken[None]).argmin(1)]
    return np.asarray((states[nearest] - 1) // 2, np.int64)
