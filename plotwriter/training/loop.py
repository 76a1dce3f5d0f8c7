"""The training loop of the arc GPT, on Hugging Face Accelerate.

    words -> batches -> log-likelihood -> AdamW + EMA -> checkpoint every few minutes -> weights with a card

The learning rate rises over `warm_up` steps and falls along a cosine to 1 % at the end, which is a
number of steps, a number of minutes, or whichever comes first: so a run that is cut short by its
own clock is still a finished model. A checkpoint holds everything the next step depends on.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from plotwriter.errors import ConfigError, FileError
from plotwriter.nets.gpt import GPTConfig
from plotwriter.training.apprentice import Apprentice
from plotwriter.training.batches import Batch, PackedWords, Showing, batches, collate, split, stream, weights_of
from plotwriter.training.datasets import WordSet

__all__ = ["Progress", "TrainOptions", "Trainer"]

CHECKPOINT = "checkpoint.safetensors"
REPORT_EVERY = 10  # steps; reading the loss makes a GPU wait


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """What a run is; a resumed run keeps its own, except where it ends."""

    steps: int | None = None
    minutes: float | None = None  #: of training time, pauses between resumes not counted
    batch: int = 64  #: words, per process
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    warm_up: int = 200  #: steps
    ema: float = 0.999
    clip: float = 1.0
    drop_text: float = 0.1  #: share of words whose text is withheld, so that the net also knows ink as such
    ink_first: float = 0.0  #: share of the run, at its beginning, in which every text is withheld
    writer_power: float = 1.3  #: see `weights_of`
    rarity: float = 0.35  #: see `weights_of`; capitals and signs are rare and must be written too
    favour: tuple[str, ...] = ()  #: writers who are drawn more than their words would have it
    favour_share: float = 0.0  #: share of the words that are theirs
    hands_shown: int = 12  #: writers of a batch who are shown by reference words; 0: the table of writers only
    tell_apart: float = 0.1  #: weight of the loss that the hand reader's vectors tell writers apart
    held_out: float = 0.015
    seed: int = 0
    checkpoint_every: float = 120.0  #: s
    n_layer: int = 5
    n_head: int = 5
    n_channel: int = 160
    dropout: float = 0.1
    max_steps: int = 144
    max_characters: int = 24
    pointer: bool = True
    attend: bool = False
    precision: str = "bf16"  #: "bf16" or "no"; bf16 takes 0.56 of the time of float32 on a CPU that has it
    n_worker: int = 0  #: processes that make batches; 0: this one

    @classmethod
    def stored(cls, options: dict[str, Any]) -> TrainOptions:
        """Options as JSON has them."""
        return cls(**options | {"favour": tuple(options.get("favour", ()))})

    def gpt(self) -> GPTConfig:
        """The net's shape."""
        return GPTConfig(
            n_layer=self.n_layer, n_head=self.n_head, n_channel=self.n_channel, max_steps=self.max_steps,
            max_characters=self.max_characters, dropout=self.dropout, pointer=self.pointer, attend=self.attend,
        )  # fmt: skip


@dataclass(slots=True)
class Progress:
    """Where a run is."""

    step: int
    elapsed: float  #: s
    done: float  #: share of the run, 0 to 1
    loss: float  #: nats a step, running mean over training batches
    test_loss: float | None  #: EMA weights on held-out words, at the last checkpoint
    saved: bool  #: a checkpoint was just written


@dataclass(eq=False)
class Trainer:
    """One run in one folder."""

    words: WordSet
    folder: Path
    options: TrainOptions
    device: str = "auto"
    on_progress: Callable[[Progress, Apprentice], None] | None = (
        None  #: is given the EMA net when a checkpoint was saved, else the net in training
    )
    clock: Callable[[], float] = time.monotonic
    step: int = field(init=False, default=0)
    elapsed: float = field(init=False, default=0.0)
    test_loss: float | None = field(init=False, default=None)
    packed: PackedWords = field(init=False)
    net: Apprentice = field(init=False)
    ema: Apprentice = field(init=False)

    def __post_init__(self) -> None:
        """Build the net; nothing is read or written yet."""
        try:
            from accelerate import Accelerator
            from accelerate.utils import set_seed
        except ImportError:
            raise ConfigError("training needs the extra 'train': pip install 'plotwriter[train]'") from None
        if self.options.steps is None and self.options.minutes is None:
            raise ConfigError("a run needs an end: give --steps, --minutes or both")
        self.accelerator: Any = Accelerator(cpu=self.device == "cpu", mixed_precision=self.options.precision)
        set_seed(self.options.seed)
        self.packed = PackedWords(self.words, GPTConfig().alphabet)
        names = self.packed.writer_names
        self.net, self.ema = Apprentice(self.options.gpt(), len(names)), Apprentice(self.options.gpt(), len(names)).eval()
        self.ema.load_state_dict(self.net.state_dict())
        self.optimizer = torch.optim.AdamW(
            self.net.parameters(), self.options.learning_rate, betas=(0.9, 0.98), weight_decay=self.options.weight_decay, fused=True
        )
        self.train_on, self.test_on = split(self.words, self.options.held_out, self.options.seed)

    def learning_rate(self) -> float:
        """Of the next step."""
        rise = min(1.0, (self.step + 1) / self.options.warm_up)
        return self.options.learning_rate * rise * (0.01 + 0.99 * (1 + math.cos(math.pi * self.done)) / 2)

    @property
    def done(self) -> float:
        """Share of the run that is over, 0 to 1."""
        by_steps = self.step / self.options.steps if self.options.steps else 0.0
        by_clock = self.elapsed / (60 * self.options.minutes) if self.options.minutes else 0.0
        return min(1.0, max(by_steps, by_clock))

    def _weights(self) -> npt.NDArray[np.float64]:
        """How often each word to train on is drawn."""
        weight = weights_of(self.words, self.train_on, self.options.writer_power, self.options.rarity)
        theirs = np.array([self.words.writers[i] in self.options.favour for i in self.train_on])
        if self.options.favour_share and theirs.any():
            share = self.options.favour_share
            weight *= np.where(theirs, share / weight[theirs].sum(), (1 - share) / weight[~theirs].sum())
        return weight

    def run(self) -> None:
        """Train to the end; a checkpoint is written on the way, at the end, and on an interrupt."""
        accelerator, chosen = self.accelerator, self.options
        net, optimizer = accelerator.prepare(self.net, self.optimizer)
        self.ema.to(accelerator.device)
        for state in self.optimizer.state.values():  # a resumed run's, read on the CPU
            state.update({name: value.to(accelerator.device) for name, value in state.items()})
        n, rank = accelerator.num_processes, accelerator.process_index
        weight, showing = self._weights(), Showing(chosen.hands_shown) if chosen.hands_shown else None

        def make(first: int, stride: int) -> Iterator[Batch]:
            return batches(
                self.packed, self.train_on, weight, size=chosen.batch, seed=chosen.seed, first=first, stride=stride, showing=showing
            )

        source = stream(self.step * n + rank, lambda first, stride: make(first, stride * n), chosen.n_worker)
        began, before, saved_at = self.clock(), self.elapsed, self.elapsed
        mean: Tensor | None = None
        on_cpu = accelerator.device.type == "cpu"
        try:
            while self.done < 1:
                loss, shown = self._loss(next(source).to(accelerator.device))
                accelerator.backward(loss + chosen.tell_apart * shown)
                accelerator.clip_grad_norm_(net.parameters(), chosen.clip)
                for group in optimizer.param_groups:
                    group["lr"] = self.learning_rate()
                optimizer.step()
                optimizer.zero_grad()
                self._average()
                self.step += 1
                self.elapsed = before + self.clock() - began
                mean = loss.detach() if mean is None else mean.lerp(loss.detach(), 0.02)
                save = self.done >= 1 or self.elapsed - saved_at > chosen.checkpoint_every
                if save:
                    saved_at = self.elapsed
                    self.test_loss = self.evaluate()
                    self.save()
                if self.on_progress and accelerator.is_main_process and (save or on_cpu or self.step % REPORT_EVERY == 0):
                    self.on_progress(
                        Progress(self.step, self.elapsed, self.done, mean.item(), self.test_loss, save), self.ema if save else self.net
                    )
        except KeyboardInterrupt:
            self.save()
            raise

    def _loss(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Nats a step of one batch, and of telling its hands apart."""
        generator = torch.Generator().manual_seed(self.options.seed * 1_000_003 + self.step)
        share = 1.0 if self.done < self.options.ink_first else self.options.drop_text
        self.net.train()
        with self.accelerator.autocast():
            return self.net.loss(batch, generator, share)

    @torch.no_grad()
    def _average(self) -> None:
        keep = min(self.options.ema, (1 + self.step) / (10 + self.step))
        torch._foreach_lerp_(list(self.ema.parameters()), [p.detach() for p in self.net.parameters()], 1 - keep)

    @torch.no_grad()
    def evaluate(self) -> float:
        """Nats a step of the averaged net on words it has not learned from; writers known by their row of the table."""
        total, count = 0.0, 0
        order = self.test_on[np.argsort(self.packed.steps[self.test_on], kind="stable")]
        for first in range(0, len(order), 256):
            batch = collate(self.packed, order[first : first + 256]).to(self.accelerator.device)
            with self.accelerator.autocast():
                loss = self.ema.loss(batch, torch.Generator(), 0.0)[0]
            n = int(batch.real.sum())
            total += loss.item() * n
            count += n
        return total / max(1, count)

    def about(self) -> dict[str, Any]:
        """What a checkpoint says of its run."""
        return {
            "options": asdict(self.options),
            "writers": self.packed.writer_names,
            "facts": {writer: asdict(fact) for writer, fact in self.words.facts.items()},
            "n_words": len(self.words.texts),
            "step": self.step,
            "elapsed": self.elapsed,
            "test_loss": self.test_loss,
        }

    def save(self) -> None:
        """Everything the next step depends on, whole or not at all."""
        if not self.accelerator.is_main_process:
            return
        tensors = {f"net.{k}": v for k, v in self.net.state_dict().items()} | {f"ema.{k}": v for k, v in self.ema.state_dict().items()}
        for name, parameter in self.net.named_parameters():
            tensors |= {f"adam.{name}.{k}": v for k, v in self.optimizer.state[parameter].items()}
        tensors["random"] = torch.get_rng_state()
        self.folder.mkdir(parents=True, exist_ok=True)
        temporary = self.folder / (CHECKPOINT + ".part")
        save_file({k: v.detach().cpu().contiguous().clone() for k, v in tensors.items()}, temporary, {"about": json.dumps(self.about())})
        os.replace(temporary, self.folder / CHECKPOINT)

    @staticmethod
    def stored_options(folder: Path) -> TrainOptions:
        """The options of the run in a folder, to be resumed with another end.

        Raises:
            FileError: no run there, or a damaged one
        """
        path = folder / CHECKPOINT
        if not path.is_file():
            raise FileError(f"{path}: nothing to resume; leave --resume away to begin")
        try:
            with safe_open(path, framework="pt") as file:
                return TrainOptions.stored(json.loads(file.metadata()["about"])["options"])
        except (KeyError, TypeError, ValueError, SafetensorError, OSError) as error:
            raise FileError(f"{path}: cannot be resumed: {str(error).splitlines()[0]}") from None

    def resume(self) -> None:
        """Go on from the folder's checkpoint.

        Raises:
            FileError: none there, damaged, or of another dataset or shape
        """
        path = self.folder / CHECKPOINT
        try:
            with safe_open(path, framework="pt") as file:
                about = json.loads(file.metadata()["about"])
                tensors = {name: file.get_tensor(name) for name in file.keys()}
            if about["writers"] != self.packed.writer_names:
                raise ValueError("it was trained on other writers; give the same --data files")
            self.net.load_state_dict({k[4:]: v for k, v in tensors.items() if k.startswith("net.")})
            self.ema.load_state_dict({k[4:]: v for k, v in tensors.items() if k.startswith("ema.")})
            for name, parameter in self.net.named_parameters():
                head = f"adam.{name}."
                self.optimizer.state[parameter] = {k[len(head) :]: v for k, v in tensors.items() if k.startswith(head)}
            torch.set_rng_state(tensors["random"])
        except (KeyError, ValueError, RuntimeError, SafetensorError, OSError) as error:
            raise FileError(f"{path}: cannot be resumed: {str(error).splitlines()[0]}") from None
        self.step, self.elapsed, self.test_loss = about["step"], about["elapsed"], about["test_loss"]
