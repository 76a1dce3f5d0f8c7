"""Training of Graves' LSTM and of the Cursive Transformer, as tasks of the training loop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from plotwriter.nets import polar
from plotwriter.nets.cursive import CursiveConfig, CursiveTransformer
from plotwriter.nets.lstm import LSTMConfig, WindowLSTM
from plotwriter.training.batches import split, weights_of
from plotwriter.training.datasets import WordSet
from plotwriter.training.loop import Loss, RunOptions
from plotwriter.training.points import Lines, OffsetBatch, PointWords, Stitching, TokenBatch, offset_batch, token_batch
from plotwriter.training.window_graph import WindowGraphs

__all__ = ["CursiveOptions", "CursiveTask", "LSTMOptions", "LSTMTask"]

N_HELD_OUT = 8  # batches
HELD_OUT_SEED = 1  # of their order; any but that of the run


@dataclass(frozen=True, slots=True)
class _PointOptions(RunOptions):
    """What both runs have; `batch` counts lines."""

    writer_power: float = 1.0  #: see `weights_of`
    rarity: float = 0.35  #: see `weights_of`
    words: tuple[int, int] = (1, 5)  #: fewest and most of a line
    spacing: float = 0.33  #: x-heights between points, before any are left out
    most_points: int = 700  #: of a line
    most_characters: int = 50  #: of a line
    keep: tuple[float, float] = (1.0, 1.0)  #: share of the points within arcs that stay, drawn once a line

    def stitching(self) -> Stitching:
        """How lines are made."""
        return Stitching(words=self.words, most_points=self.most_points, most_characters=self.most_characters, keep=self.keep)


@dataclass(frozen=True, slots=True)
class LSTMOptions(_PointOptions):
    """Graves' LSTM; the schedule of the well-known re-implementations is optimizer="rmsprop", learning_rate=1e-4, clip=10."""

    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.99)
    clip: float | None = 10.0
    precision: str = "no"  # the window's place is a running sum
    batch: int = 32
    ink_first: float = 0.0  #: share of the run, at its beginning, in which the window is off
    n_cell: int = 400
    n_window: int = 10
    n_mixture: int = 20
    graphs: bool = False  #: replay the window's loop as a CUDA graph, one for each length of line
    length_multiple: int = 64  #: points; lines are padded to a multiple


@dataclass(frozen=True, slots=True)
class CursiveOptions(_PointOptions):
    """The Cursive Transformer; published: learning_rate=1e-2, batch=32, weight_decay=1e-4, 110,000 steps."""

    learning_rate: float = 5e-3
    weight_decay: float = 1e-4
    betas: tuple[float, float] = (0.9, 0.99)
    batch: int = 32
    words: tuple[int, int] = (3, 5)
    spacing: float = 0.2
    most_points: int = 700
    keep: tuple[float, float] = (0.45, 0.6)  # 0.6 to 0.7 of all points
    n_layer: int = 4
    n_head: int = 4
    n_channel: int = 64
    max_tokens: int = 1500


class _PointTask:
    """Words as points, and lines of them to learn from and to be judged by."""

    def __init__(self, words: WordSet, options: _PointOptions) -> None:
        self.set = words
        self.words = PointWords(words, options.spacing)
        self.train_on, self.test_on = split(words, options.held_out, options.seed)
        parts = (self.train_on, self.test_on)
        weights = [weights_of(words, part, options.writer_power, options.rarity) for part in parts]
        self.lines, self.lines_held_out = (
            Lines(self.words, part, weight, options.stitching()) for part, weight in zip(parts, weights, strict=True)
        )

    def about(self) -> dict[str, Any]:
        """Writers and words."""
        return {
            "writers": self.words.writer_names,
            "facts": {writer: asdict(fact) for writer, fact in self.set.facts.items()},
            "n_words": len(self.set.texts),
        }


class LSTMTask(_PointTask):
    """Offsets, and Graves' net."""

    name = "lstm"

    def __init__(self, words: WordSet, options: LSTMOptions) -> None:
        super().__init__(words, options)
        self.options = options
        self.config = LSTMConfig(options.n_cell, options.n_window, options.n_mixture, self.words.unit())
        self.graphs = WindowGraphs() if options.graphs else None

    def build(self) -> WindowLSTM:
        """The net; every weight but those of the window and the output drawn as torch draws them."""
        return WindowLSTM(self.config)

    def batches(self, first: int, stride: int) -> Iterator[OffsetBatch]:
        """See `Task`."""
        return map(self._batch, self.lines.batches(self.options.batch, self.options.seed, first, stride))

    def _batch(self, lines: Any) -> OffsetBatch:
        return offset_batch(lines, self.config.unit, self.options.length_multiple, self.options.most_characters + 1)

    def loss(self, net: WindowLSTM, batch: OffsetBatch, generator: torch.Generator, done: float) -> Loss:
        """Nats a point."""
        loop = self.graphs(net.first, batch) if self.graphs else None
        likelihood = net.log_likelihood(batch.offsets, batch.symbols, batch.real, read=done >= self.options.ink_first, loop=loop)
        nats = -likelihood.sum() / batch.real.sum()
        return Loss(nats, nats)

    def held_out(self) -> Iterator[OffsetBatch]:
        """Lines of words held out."""
        return map(self._batch, islice(self.lines_held_out.batches(self.options.batch, HELD_OUT_SEED), N_HELD_OUT))

    def score(self, net: WindowLSTM, batch: OffsetBatch) -> tuple[Tensor, int]:
        """Nats of a batch held out, and its points."""
        return -net.log_likelihood(batch.offsets, batch.symbols, batch.real).sum(), int(batch.real.sum())

    def about(self) -> dict[str, Any]:
        """Writers, words, and the net's shape."""
        return {**_PointTask.about(self), "config": asdict(self.config)}


class CursiveTask(_PointTask):
    """Polar tokens, and the Cursive Transformer."""

    name = "cursive"

    def __init__(self, words: WordSet, options: CursiveOptions) -> None:
        if 2 * (options.most_points + options.words[1]) + 1 > options.max_tokens:  # a WORD pair a word, END
            options = replace(options, most_points=(options.max_tokens - 1) // 2 - options.words[1])
        super().__init__(words, options)
        self.options = options
        self.config = CursiveConfig(options.n_layer, options.n_head, options.n_channel, options.max_tokens, options.most_characters)

    def build(self) -> CursiveTransformer:
        """The net, untrained."""
        return CursiveTransformer(self.config)

    def batches(self, first: int, stride: int) -> Iterator[TokenBatch]:
        """See `Task`."""
        return map(self._batch, self.lines.batches(self.options.batch, self.options.seed, first, stride))

    def _batch(self, lines: Any) -> TokenBatch:
        return token_batch(lines, self.config.alphabet)

    def loss(self, net: CursiveTransformer, batch: TokenBatch, generator: torch.Generator, done: float) -> Loss:
        """Nats a token."""
        nats = -net.log_likelihood(batch.symbols, batch.tokens).sum() / (batch.tokens[:, 1:] != polar.PAD).sum()
        return Loss(nats, nats)

    def held_out(self) -> Iterator[TokenBatch]:
        """Lines of words held out."""
        return map(self._batch, islice(self.lines_held_out.batches(self.options.batch, HELD_OUT_SEED), N_HELD_OUT))

    def score(self, net: CursiveTransformer, batch: TokenBatch) -> tuple[Tensor, int]:
        """Nats of a batch held out, and its tokens."""
        return -net.log_likelihood(batch.symbols, batch.tokens).sum(), int((batch.tokens[:, 1:] != polar.PAD).sum())

    def about(self) -> dict[str, Any]:
        """Writers, words, and the net's shape."""
        return {**_PointTask.about(self), "config": asdict(self.config)}
