"""Training of the arc GPT and the net that sees hands, as a task of the training loop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from plotwriter.nets.gpt import GPTConfig
from plotwriter.training.apprentice import Apprentice
from plotwriter.training.batches import Batch, PackedWords, Showing, batches, collate, split, weights_of
from plotwriter.training.datasets import WordSet
from plotwriter.training.loop import Loss, RunOptions

__all__ = ["ArcOptions", "ArcTask"]


@dataclass(frozen=True, slots=True)
class ArcOptions(RunOptions):
    """What a run of the arc GPT is; `batch` counts words."""

    drop_text: float = 0.1  #: share of words whose text is withheld, so that the net also knows ink as such
    ink_first: float = 0.0  #: share of the run, at its beginning, in which every text is withheld
    writer_power: float = 1.3  #: see `weights_of`
    rarity: float = 0.35  #: see `weights_of`; capitals and signs are rare and must be written too
    favour: tuple[str, ...] = ()  #: writers who are drawn more than their words would have it
    favour_share: float = 0.0  #: share of the words that are theirs
    hands_shown: int = 12  #: writers of a batch who are shown by reference words; 0: the table of writers only
    tell_apart: float = 0.1  #: weight of the loss that the hand reader's vectors tell writers apart
    n_layer: int = 5
    n_head: int = 5
    n_channel: int = 160
    dropout: float = 0.1
    max_steps: int = 144
    max_characters: int = 24
    pointer: bool = True
    attend: bool = False

    def gpt(self) -> GPTConfig:
        """The net's shape."""
        return GPTConfig(
            n_layer=self.n_layer, n_head=self.n_head, n_channel=self.n_channel, max_steps=self.max_steps,
            max_characters=self.max_characters, dropout=self.dropout, pointer=self.pointer, attend=self.attend,
        )  # fmt: skip


class ArcTask:
    """Words of many hands, a table of the writers beside references that show them."""

    name = "gpt"

    def __init__(self, words: WordSet, options: ArcOptions) -> None:
        self.words, self.options = words, options
        self.packed = PackedWords(words, GPTConfig().alphabet)
        self.train_on, self.test_on = split(words, options.held_out, options.seed)
        self.weight = self._weights()

    def _weights(self) -> npt.NDArray[np.float64]:
        """How often each word to train on is drawn."""
        weight = weights_of(self.words, self.train_on, self.options.writer_power, self.options.rarity)
        theirs = np.array([self.words.writers[i] in self.options.favour for i in self.train_on])
        if self.options.favour_share and theirs.any():
            share = self.options.favour_share
            weight *= np.where(theirs, share / weight[theirs].sum(), (1 - share) / weight[~theirs].sum())
        return weight

    def build(self) -> Apprentice:
        """The nets, untrained."""
        return Apprentice(self.options.gpt(), len(self.packed.writer_names))

    def batches(self, first: int, stride: int) -> Iterator[Batch]:
        """See `Task`."""
        chosen = self.options
        showing = Showing(chosen.hands_shown) if chosen.hands_shown else None
        return batches(
            self.packed, self.train_on, self.weight, size=chosen.batch, seed=chosen.seed, first=first, stride=stride, showing=showing
        )

    def loss(self, net: Apprentice, batch: Batch, generator: torch.Generator, done: float) -> Loss:
        """Nats a step, and what telling the hands apart costs."""
        share = 1.0 if done < self.options.ink_first else self.options.drop_text
        nats, apart = net.loss(batch, generator, share)
        return Loss(nats + self.options.tell_apart * apart, nats)

    def held_out(self) -> Iterator[Batch]:
        """All words held out, by length; their writers are known by their row of the table."""
        order = self.test_on[np.argsort(self.packed.steps[self.test_on], kind="stable")]
        for first in range(0, len(order), 256):
            yield collate(self.packed, order[first : first + 256])

    def score(self, net: Apprentice, batch: Batch) -> tuple[Tensor, int]:
        """Nats of a batch held out, and its steps."""
        n = int(batch.real.sum())
        return net.loss(batch, torch.Generator(), 0.0)[0] * n, n

    def about(self) -> dict[str, Any]:
        """Writers and words."""
        return {
            "writers": self.packed.writer_names,
            "facts": {writer: asdict(fact) for writer, fact in self.words.facts.items()},
            "n_words": len(self.words.texts),
        }
