"""Reading back what was drawn: the draw that says its text best is the one to keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from plotwriter.nets.arc_tokens import MOVE, RETURN, decode
from plotwriter.nets.checkpoint import load_reader
from plotwriter.nets.recognizer import BLANK
from plotwriter.samplers.draw import Draw, stack
from plotwriter.samplers.shipped import READER_A

__all__ = ["Reader", "Reading", "count_dots", "letters_of", "spoken_steps"]

DOTTED = "ij"
DOT_SIZE, DOT_HEIGHT = 0.6, 0.9  # x-heights; t-bars are wider, commas and full stops lower
UNLIFTED = 4  # steps; a pen that lifts between two letters is worth that much against the middle between them


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
            Reading(s, float(c) / len(text), _missing_dots(text, draw)) for s, c, text, draw in zip(said, cost, texts, draws, strict=True)
        ]

    @torch.inference_mode()
    def align(self, texts: Sequence[str], draws: Sequence[Draw]) -> list[npt.NDArray[np.int64]]:
        """Which character every step of a draw belongs to, given that it says its text.

        Returns:
            (t,) index into the text, a draw; every character is the index of a step, unless there are fewer steps
        """
        tokens, position, real = stack(draws, self.device)
        log_p = self.net(tokens, position, real).cpu().numpy()  # (b, t, k)
        spoken = spoken_steps(log_p, real.sum(1).cpu().numpy(), self.classes(texts))
        return [
            letters_of(row[: len(draw.tokens)], draw.tokens[:, 0], len(text)) for row, draw, text in zip(spoken, draws, texts, strict=True)
        ]

    def lettered(self, texts: Sequence[str], draws: Sequence[Draw]) -> list[Draw]:
        """Draws with the letter of every step as `align` finds it."""
        if not draws:
            return []
        return [replace(draw, letters=letters) for draw, letters in zip(draws, self.align(texts, draws), strict=True)]

    def classes(self, texts: Sequence[str]) -> list[list[int]]:
        """The net's class of every character."""
        alphabet = {c: k + 1 for k, c in enumerate(self.net.config.alphabet)}
        return [[alphabet[c] for c in text] for text in texts]


def _missing_dots(text: str, draw: Draw) -> int:
    wanted = sum(text.count(letter) for letter in DOTTED)
    return max(0, wanted - count_dots(draw)) if wanted else 0


def count_dots(draw: Draw) -> int:
    """Strokes of a draw that can be the dot of an i: small, and above the small letters."""
    n = 0
    for trace in decode(draw.tokens, spacing=1.0):
        points = np.concatenate(trace.points)
        small = max(np.ptp(points.real), np.ptp(points.imag)) < DOT_SIZE
        n += bool(small and points.imag.mean() > DOT_HEIGHT)
    return n


def spoken_steps(log_p: npt.NDArray[np.float32], n_steps: npt.NDArray[np.int64], classes: Sequence[Sequence[int]]) -> npt.NDArray[np.int64]:
    """The likeliest path through blank, c0, blank, c1, ... blank, of many words in lockstep.

    Args:
        log_p: (b, t, k)
        n_steps: (b,) how many steps are real
        classes: (u,) of each text's characters

    Returns:
        (b, t) the character spoken at each step; -1 for a blank, and all through a word with too few steps for its text

    Source: the Viterbi form of Graves et al. 2006, section 4.1
    """
    n_b, n_t = log_p.shape[:2]
    n_u = np.array([len(row) for row in classes])
    label = np.full((n_b, 2 * max(n_u) + 1), BLANK)
    for row, known in zip(label, classes, strict=True):
        row[1 : 2 * len(known) : 2] = known
    may_skip = np.zeros(label.shape, bool)
    may_skip[:, 3::2] = label[:, 3::2] != label[:, 1:-2:2]
    emitted = np.take_along_axis(log_p, np.broadcast_to(label[:, None], (n_b, n_t, label.shape[1])), 2)  # (b, t, s)
    score = np.full(label.shape, -np.inf, np.float32)
    score[:, :2] = emitted[:, 0, :2]
    came = np.zeros((n_t, *label.shape), np.int8)
    last = np.where(n_steps[:, None] == 1, score, -np.inf)  # the score at the last real step
    options = np.full((3, *label.shape), -np.inf, np.float32)
    for t in range(1, n_t):
        options[0], options[1, :, 1:] = score, score[:, :-1]
        options[2, :, 2:] = np.where(may_skip[:, 2:], score[:, :-2], -np.inf)
        came[t] = options.argmax(0)
        score = options.max(0) + emitted[:, t]
        last = np.where(n_steps[:, None] == t + 1, score, last)
    rows = np.arange(n_b)
    ends = np.where(last[rows, 2 * n_u] > last[rows, 2 * n_u - 1], 2 * n_u, 2 * n_u - 1)
    possible = np.isfinite(last[rows, ends])
    spoken = np.full((n_b, n_t), -1)
    state = ends
    for t in range(n_t - 1, -1, -1):
        inside = t < n_steps
        spoken[:, t] = np.where(inside & possible & (state % 2 == 1), state // 2, -1)
        state = np.where(inside, state - came[t, rows, state], state)
    return spoken


def letters_of(spoken: npt.NDArray[np.int64], pens: npt.NDArray[np.integer[Any]], n_characters: int) -> npt.NDArray[np.int64]:
    """A character for every step: between two that are spoken, the cut falls where the pen lifts, else halfway.

    A mark and the way to it and back (MOVE ... RETURN) stay in one piece where that can be.

    Args:
        spoken: (t,) of `spoken_steps`
        pens: (t,)
        n_characters: of the text

    Returns:
        (t,) index into the text, from 0 to the last by 0 or 1 a step; by equal shares where nothing is spoken
    """
    n_t = len(pens)
    if spoken.max(initial=-1) < 0:
        return np.minimum(np.arange(n_t) * n_characters // max(1, n_t), n_characters - 1)
    extra = [UNLIFTED] * n_t  # steps a cut may lie off the middle rather than before this step
    left_for = -1
    for t, pen in enumerate(pens.tolist()):
        if pen == MOVE:
            extra[t], left_for = 0, t
        elif pen == RETURN and left_for >= 0:
            extra[left_for] = UNLIFTED
            extra[left_for + 1 : t + 1] = [2 * UNLIFTED] * (t - left_for)
            left_for = -1
    letters = np.zeros(n_t, np.int64)
    steps = np.flatnonzero(spoken >= 0)
    for a, b in pairwise(steps.tolist()):
        if spoken[a] != spoken[b]:
            cut = min(range(a + 1, b + 1), key=lambda k: abs(2 * k - a - b - 1) + 2 * extra[k])
            letters[cut] = 1
    return np.cumsum(letters)
