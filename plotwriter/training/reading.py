"""The training loop of the reader: what the ink says, learned from the same words the samplers learn from.

Two readers can be trained on writers that have nothing in common: half "a" chooses among draws,
half "b" only judges, so that a figure never comes from the net it was tuned on.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from plotwriter import __version__
from plotwriter.errors import ConfigError
from plotwriter.nets.checkpoint import save_net
from plotwriter.nets.gpt import FIRST_CHARACTER, PAD
from plotwriter.nets.recognizer import Recognizer, RecognizerConfig
from plotwriter.training.batches import Batch, Distortion, PackedWords, batches, collate, split, stream, weights_of
from plotwriter.training.datasets import WordSet
from plotwriter.training.export import CardText

__all__ = ["Half", "ReaderOptions", "ReaderProgress", "character_errors", "edits", "half_of", "train_reader"]

Half = Literal["a", "b", "all"]
BEND = Distortion((0.75, 1.3), (0.85, 1.18), 0.12, 0.1)
REPORT_EVERY = 10  # steps; reading the loss makes a GPU wait


@dataclass(frozen=True, slots=True)
class ReaderOptions:
    """What a run is."""

    minutes: float = 20.0
    half: Half = "all"  #: of the writers, see `half_of`
    batch: int = 64
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    warm_up: int = 300
    writer_power: float = 0.8  #: see `weights_of`
    held_out: float = 0.015
    seed: int = 0
    rarity: float = 0.2  #: see `weights_of`
    n_layer: int = 6
    n_channel: int = 160
    n_worker: int = 0  #: processes that make batches; 0: this one
    precision: str = "bf16"
    report_every: float = 60.0  #: s


@dataclass(frozen=True, slots=True)
class ReaderProgress:
    """Where a run is."""

    iteration: int
    done: float  #: 0 to 1
    loss: float  #: nats a character
    error_rate: float | None  #: of characters, held-out words of the same writers; at a report only


def half_of(writer: str, first: Collection[str]) -> Half:
    """Which half a writer belongs to: "a" for those named in `first`, else by the hash of the name."""
    return "a" if writer in first or hashlib.sha256(writer.encode()).digest()[0] & 1 == 0 else "b"


def edits(a: str, b: str) -> int:
    """Levenshtein distance.

    >>> edits("letter", "lever")
    2
    """
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        diagonal, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (x != y))
    return row[-1]


def character_errors(net: Recognizer, words: WordSet, packed: PackedWords, indices: npt.NDArray[np.int64]) -> float:
    """Share of characters that a reader gets wrong on undistorted words."""
    device = next(net.parameters()).device
    wrong = total = 0
    for first in range(0, len(indices), 64):
        chosen = indices[first : first + 64]
        batch = collate(packed, chosen).to(device)
        for said, i in zip(net.read(batch.tokens, batch.position, batch.real), chosen, strict=True):
            wrong += edits(said, words.texts[i])
            total += len(words.texts[i])
    return wrong / max(1, total)


def train_reader(
    words: WordSet,
    path: Path,
    options: ReaderOptions,
    *,
    first: Collection[str] = (),
    card: CardText | None = None,
    device: str = "auto",
    on_progress: Callable[[ReaderProgress], None] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Recognizer:
    """Train a reader on one half of the writers and save its weights with a card.

    Args:
        words: as `prepare` makes them
        path: of the safetensors file; renewed at every report
        options: the run
        first: writers that belong to half "a" in any case
        card: what the card says of data and licence
        device: "cpu", or "auto" for the best there is
        on_progress: told of every iteration
        clock: seconds

    Raises:
        ConfigError: no writer in that half, or the extra is missing
    """
    try:
        from accelerate import Accelerator
        from accelerate.utils import set_seed
    except ImportError:
        raise ConfigError("training needs the extra 'train': pip install 'plotwriter[train]'") from None
    train_on, test_on = (_of_half(words, part, options.half, first) for part in split(words, options.held_out, options.seed))
    if len(train_on) == 0:
        raise ConfigError(f"half {options.half!r} of the writers has no words; give more data, or --half all")
    accelerator = Accelerator(cpu=device == "cpu", mixed_precision=options.precision)
    set_seed(options.seed + (options.half == "b"))
    net = Recognizer(RecognizerConfig(options.n_layer, options.n_channel))
    packed = PackedWords(words, net.config.alphabet)
    optimizer = torch.optim.AdamW(net.parameters(), options.learning_rate, betas=(0.9, 0.98), weight_decay=options.weight_decay, fused=True)
    model, optimizer = accelerator.prepare(net, optimizer)
    weight = weights_of(words, train_on, options.writer_power, options.rarity)

    def make(first: int, stride: int) -> Iterator[Batch]:
        return batches(packed, train_on, weight, size=options.batch, seed=options.seed + 11, first=first, stride=stride, bend=BEND)

    source = stream(0, make, options.n_worker)
    began = reported = clock()
    mean: Tensor | None = None
    iteration, done = 0, 0.0
    while done < 1:
        batch = next(source)
        texts = ["".join(net.config.alphabet[k - FIRST_CHARACTER] for k in row if k != PAD) for row in batch.characters.tolist()]
        batch = batch.to(accelerator.device)
        model.train()
        with accelerator.autocast():
            loss = net.negative_log_likelihood(batch.tokens, batch.position, batch.real, texts)
        loss = torch.where(torch.isfinite(loss), loss, 0).sum() / sum(map(len, texts))
        accelerator.backward(loss)
        accelerator.clip_grad_norm_(model.parameters(), 1.0)
        for group in optimizer.param_groups:
            rise = min(1.0, (iteration + 1) / options.warm_up)
            group["lr"] = options.learning_rate * rise * (0.01 + 0.99 * (1 + math.cos(math.pi * done)) / 2)
        optimizer.step()
        optimizer.zero_grad()
        iteration += 1
        now = clock()
        done = min(1.0, (now - began) / 60 / options.minutes)
        mean = loss.detach() if mean is None else mean.lerp(loss.detach(), 0.01)
        rate = None
        if done >= 1 or now - reported > options.report_every:
            reported = now
            net.eval()
            rate = character_errors(net, words, packed, test_on)
            about = asdict(card) if card else {}
            recipe = asdict(options) | {
                "iterations": iteration,
                "words": len(train_on),
                "writers": len({words.writers[i] for i in train_on}),
            }
            save_net(
                path,
                net,
                {"made_with": f"plotwriter {__version__}", **about, "recipe": recipe, "figures": {"held_out_cer": round(rate, 4)}},
            )
        if on_progress and (rate is not None or accelerator.device.type == "cpu" or iteration % REPORT_EVERY == 0):
            on_progress(ReaderProgress(iteration, done, mean.item(), rate))
    return net.eval().cpu()


def _of_half(words: WordSet, indices: npt.NDArray[np.int64], half: Half, first: Collection[str]) -> npt.NDArray[np.int64]:
    return indices if half == "all" else np.array([i for i in indices if half_of(words.writers[i], first) == half], np.int64)
