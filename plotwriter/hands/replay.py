"""Ink of the hands that ship, to be written again while a new hand is learned: what is not practised is forgotten.

The net draws its own practice words before it learns anything: every kind of character, in every hand kept with it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from plotwriter.nets.gpt import ArcGPT, HandStyle, symbols_of
from plotwriter.nets.hands import HandModel
from plotwriter.samplers.draw import Draw, draw_words, stack
from plotwriter.samplers.readback import Reader

__all__ = ["WORDS", "Replay", "practice_texts"]

TEMPERATURE = 0.6
BATCH = 60
WORDS = """the quick brown fox jumps over lazy dog garden river winter honey pencil letter journey window bridge kitchen orange purple
village family music yellow summer evening question answer zebra expert taxi jazz quiz box vex wax joke kiwi onyx sphinx
Dear Anna Bob Carl Dora Emma Frank Grace Henry Ida Jack Kate Laura Mary Nina Oscar Paul Quinn Rose Sam Tom Uma Victor Will Xavier Yves
Zoe April Sunday Yours Thank Best""".split()
SIGNS = ".,:;!?'\"()-/&%$#@+=*[]{}<>_|\\^`~"


def practice_texts(n: int, alphabet: str, rng: np.random.Generator) -> list[str]:
    """Words, names, figures, and words with a sign before, in or behind them."""
    signs = [c for c in SIGNS if c in alphabet]
    texts = []
    for k in range(n):
        word = WORDS[int(rng.integers(len(WORDS)))]
        kind = k % 6
        if kind == 4:
            word = "".join(rng.choice(list("0123456789"), int(rng.integers(1, 6))))
        elif kind == 5:
            sign = signs[k // 6 % len(signs)]
            word = word[: int(rng.integers(2, 6))]
            at = int(rng.integers(0, len(word) + 1))
            word = word[:at] + sign + word[at:]
        texts.append(word if rng.random() > 0.08 else word.upper())
    return texts


class Replay:
    """Practice words, drawn once."""

    def __init__(self, base: HandModel, n: int, seed: int) -> None:
        """Draw them, single draws; those that do not read back are left out."""
        rng = np.random.default_rng((seed, 31))
        gpt = base.config.gpt
        texts = practice_texts(n, gpt.alphabet, rng)
        hands = rng.integers(0, base.config.n_hand, n)
        reader = Reader()
        draws, kept = [], []
        for first in range(0, n, BATCH):
            part, rows = texts[first : first + BATCH], torch.from_numpy(hands[first : first + BATCH])
            style = HandStyle(base.general.detach()[rows], base.letters.detach()[rows])
            found = draw_words(base.gpt, part, style, rng.random((len(part), gpt.max_steps, 4)), temperature=TEMPERATURE)
            readings = reader.read(part, found)
            for k, (draw, reading) in enumerate(zip(found, readings, strict=True)):
                rare = not part[k].isalpha()  # the reader knows few signs
                if draw.ended and len(draw.tokens) > 1 and (reading.said == part[k] or (rare and reading.cost < 5)):
                    draws.append(draw)
                    kept.append(first + k)
        self.draws, self.texts = draws, [texts[k] for k in kept]
        self.rows = hands[np.array(kept, np.int64)]
        self.steps = np.array([len(draw.tokens) for draw in draws], np.int64)
        if not draws:
            return
        self.tokens, self.position, self.real = stack(draws, torch.device("cpu"))
        self.letters = torch.zeros(self.real.shape, dtype=torch.long)
        for row, draw in enumerate(draws):
            self.letters[row, : len(draw.letters)] = torch.from_numpy(draw.letters)
            self.letters[row, len(draw.letters) :] = int(draw.letters[-1])
        self.symbols = symbols_of(self.texts, gpt.alphabet)
        self.hands = torch.from_numpy(self.rows)
        self.general, self.kept_letters = base.general.detach(), base.letters.detach()

    def __len__(self) -> int:
        """How many words there are to practise."""
        return len(self.steps)

    def by_hand(self) -> dict[str, tuple[list[str], list[Draw]]]:
        """The words that are in letters, and their draws, of every hand with two or more."""
        found = {}
        for row in np.unique(self.rows).tolist():
            own = [k for k in np.flatnonzero(self.rows == row) if self.texts[k].isalpha()]
            if len(own) > 1:
                found[f"hand {row}"] = [self.texts[k] for k in own], [self.draws[k] for k in own]
        return found

    def nats(self, gpt: ArcGPT, rng: np.random.Generator, n: int) -> Tensor:
        """Nats a step of writing n of the words, each in its own hand; 0 where the net could write none."""
        if not len(self):
            return torch.zeros(())
        rows = rng.choice(len(self), min(n, len(self)), replace=False)
        return self._of(gpt, rows)

    def _of(self, gpt: ArcGPT, rows: npt.NDArray[np.int64]) -> Tensor:
        at, t = torch.from_numpy(rows), int(self.steps[rows].max())
        symbols = self.symbols[at]
        symbols = symbols[:, : int((symbols != 0).sum(1).max())]
        style = HandStyle(self.general[self.hands[at]], self.kept_letters[self.hands[at]])
        real = self.real[at, :t]
        parts = gpt.log_likelihood(symbols, style, self.tokens[at, :t], self.position[at, :t], self.letters[at, :t], real)
        return -torch.stack(list(parts.values())).sum() / real.sum()
