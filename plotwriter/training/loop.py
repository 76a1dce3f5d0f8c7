"""The training loop of every net, on Hugging Face Accelerate: one process or several, CPU or GPU.

    task -> batches -> loss -> optimiser + EMA -> checkpoint every few minutes -> weights with a card

What is learned is a `Task`: a net, its batches, its loss. How it is learned is here. The learning rate
rises over `warm_up` steps and falls along a cosine to 1 % at the end, which is a number of steps, a number
of minutes, or whichever comes first: so a run that is cut short by its own clock is still a finished model.
All randomness is a function of the seed and the batch's number, so a checkpoint of weights and optimiser holds
everything the next step depends on, and two processes do what one does in two passes. The nets are small:
processes average their gradients in one message after the backward pass.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from plotwriter.errors import ConfigError, FileError
from plotwriter.training.batches import stream

__all__ = ["Loss", "Progress", "RunOptions", "Task", "Trainer", "use_threads"]

CHECKPOINT = "checkpoint.safetensors"
REPORT_EVERY = 10  # steps; reading the loss makes a GPU wait
RMSPROP = {"alpha": 0.95, "momentum": 0.9, "eps": 1e-4, "centered": True}  # Graves 2013, eq 38 to 45


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How anything is learned; a resumed run keeps its own, except where it ends."""

    steps: int | None = None
    minutes: float | None = None  #: of training time, pauses between resumes not counted
    batch: int = 64  #: samples, per process and pass
    accumulate: int = 1  #: passes a step, their gradients averaged
    optimizer: str = "adamw"  #: "adamw" or "rmsprop"
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    betas: tuple[float, float] = (0.9, 0.98)  #: of AdamW
    warm_up: int = 200  #: steps
    ema: float = 0.999
    clip: float | None = 1.0  #: largest norm of the gradient
    clip_value: float | None = None  #: largest absolute value in the gradient
    held_out: float = 0.015
    seed: int = 0
    checkpoint_every: float = 120.0  #: s
    precision: str = "bf16"  #: "bf16" or "no"; bf16 takes 0.56 of the time of float32 on a CPU that has it
    n_worker: int = 0  #: processes that make batches; 0: this one


def use_threads(n: int) -> None:
    """Let torch compute on n CPU threads; more than one is slower on a busy machine."""
    torch.set_num_threads(n)


class Loss(NamedTuple):
    """Of one batch."""

    objective: Tensor  #: what is made small
    shown: Tensor  #: what is reported, nats a step of the ink


class _Moves(Protocol):
    """A batch: anything that can go to a device."""

    def to(self, device: torch.device) -> Any:
        """The same on a device."""


N = TypeVar("N", bound=nn.Module)
R = TypeVar("R", bound=RunOptions)


class Task(Protocol[N]):
    """What is learned."""

    name: str
    options: Any  #: `RunOptions`, and the task's own

    def build(self) -> N:
        """The net, with weights to begin with."""

    def batches(self, first: int, stride: int) -> Iterator[_Moves]:
        """Every so many batches without end; batch k is the same whatever came before it. Runs in worker processes."""

    def loss(self, net: N, batch: Any, generator: torch.Generator, done: float) -> Loss:
        """Of one batch.

        Args:
            net: in training
            batch: on the net's device
            generator: on the CPU, for whatever is drawn
            done: share of the run that is over
        """

    def held_out(self) -> Iterable[_Moves]:
        """Batches the net does not learn from, always the same."""

    def score(self, net: N, batch: Any) -> tuple[Tensor, int]:
        """Nats of a batch held out, and its steps."""

    def about(self) -> dict[str, Any]:
        """What a checkpoint says beside the run's own; its "writers" must be the same to resume."""


@dataclass(slots=True)
class Progress:
    """Where a run is."""

    step: int
    elapsed: float  #: s
    done: float  #: share of the run, 0 to 1
    loss: float  #: nats a step, running mean over training batches
    test_loss: float | None  #: EMA weights on what is held out, at the last checkpoint
    saved: bool  #: a checkpoint was just written


@dataclass(eq=False)
class Trainer(Generic[N]):
    """One run in one folder."""

    task: Task[N]
    folder: Path
    device: str = "auto"
    on_progress: Callable[[Progress, N], None] | None = None  #: is given the EMA net when a checkpoint was saved, else the net in training
    clock: Callable[[], float] = time.monotonic
    step: int = field(init=False, default=0)
    elapsed: float = field(init=False, default=0.0)
    test_loss: float | None = field(init=False, default=None)
    net: N = field(init=False)
    ema: N = field(init=False)

    def __post_init__(self) -> None:
        """Build the net; nothing is read or written yet."""
        try:
            from accelerate import Accelerator
            from accelerate.utils import set_seed
        except ImportError:
            raise ConfigError("training needs the extra 'train': pip install 'plotwriter[train]'") from None
        self.options: RunOptions = self.task.options
        if self.options.steps is None and self.options.minutes is None:
            raise ConfigError("a run needs an end: give --steps, --minutes or both")
        self.accelerator: Any = Accelerator(cpu=self.device == "cpu", mixed_precision=self.options.precision)
        self._set_seed = set_seed
        set_seed(self.options.seed)
        self.net, self.ema = self.task.build(), self.task.build().eval()
        self.ema.load_state_dict(self.net.state_dict())
        self.optimizer = self._optimizer()

    def _optimizer(self) -> torch.optim.Optimizer:
        chosen, weights = self.options, self.net.parameters()
        if chosen.optimizer == "rmsprop":
            return torch.optim.RMSprop(weights, chosen.learning_rate, weight_decay=chosen.weight_decay, **RMSPROP)  # type: ignore[arg-type]
        if chosen.optimizer == "adamw":
            return torch.optim.AdamW(weights, chosen.learning_rate, betas=chosen.betas, weight_decay=chosen.weight_decay, fused=True)
        raise ConfigError(f"optimizer: got {chosen.optimizer!r}; allowed are 'adamw' and 'rmsprop'")

    def learning_rate(self) -> float:
        """Of the next step."""
        rise = min(1.0, (self.step + 1) / self.options.warm_up)
        return self.options.learning_rate * rise * (0.01 + 0.99 * (1 + math.cos(math.pi * self.done)) / 2)

    @property
    def done(self) -> float:
        """Share of the run that is over, 0 to 1; processes that agree on it take the same number of steps."""
        by_steps = self.step / self.options.steps if self.options.steps else 0.0
        by_clock = self.elapsed / (60 * self.options.minutes) if self.options.minutes else 0.0
        return min(1.0, max(by_steps, by_clock))

    def run(self) -> None:
        """Train to the end; a checkpoint is written on the way, at the end, and on an interrupt."""
        accelerator, chosen = self.accelerator, self.options
        self.net.to(accelerator.device)
        self.ema.to(accelerator.device)
        for state in self.optimizer.state.values():  # a resumed run's, read on the CPU
            moved = [name for name in state if name != "step" or chosen.optimizer == "adamw"]  # RMSProp counts on the CPU
            state.update({name: state[name].to(accelerator.device) for name in moved})
        source = stream(self._number(0), self.task.batches, chosen.n_worker, accelerator.num_processes)
        began, before, saved_at = self.clock(), self.elapsed, self.elapsed
        mean: Tensor | None = None
        on_cpu = accelerator.device.type == "cpu"
        try:
            while self.done < 1:
                loss = self._learn([next(source).to(accelerator.device) for _ in range(chosen.accumulate)])
                self.step += 1
                self.elapsed = before + self._agreed(self.clock() - began)
                mean = loss if mean is None else mean.lerp(loss, 0.02)
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

    def _number(self, j: int) -> int:
        """Of the batch of this process's pass j in the next step."""
        return (self.step * self.options.accumulate + j) * int(self.accelerator.num_processes) + int(self.accelerator.process_index)

    def _learn(self, batches: list[Any]) -> Tensor:
        """One step of the optimiser; the loss to be shown."""
        chosen = self.options
        self.net.train()
        total = torch.zeros((), device=self.accelerator.device)
        for j, batch in enumerate(batches):
            seed = chosen.seed * 1_000_003 + self._number(j)
            self._set_seed(seed % 2**32)  # of dropout
            generator = torch.Generator().manual_seed(seed)
            with self.accelerator.autocast():
                loss = self.task.loss(self.net, batch, generator, self.done)
            self.accelerator.backward(loss.objective / len(batches))
            total += loss.shown.detach() / len(batches)
        weights = list(self.net.parameters())
        self._average_gradients(weights)
        if chosen.clip_value is not None:
            nn.utils.clip_grad_value_(weights, chosen.clip_value)
        if chosen.clip is not None:
            nn.utils.clip_grad_norm_(weights, chosen.clip)
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate()
        self.optimizer.step()
        self.optimizer.zero_grad()
        with torch.no_grad():
            keep = min(chosen.ema, (1 + self.step) / (10 + self.step))
            torch._foreach_lerp_(list(self.ema.parameters()), [weight.detach() for weight in weights], 1 - keep)
        return total

    def _average_gradients(self, weights: list[nn.Parameter]) -> None:
        if self.accelerator.num_processes == 1:
            return
        gradients = [torch.zeros_like(weight) if weight.grad is None else weight.grad for weight in weights]
        flat = self.accelerator.reduce(torch.cat([gradient.flatten() for gradient in gradients]), "mean")
        for weight, part in zip(weights, flat.split([weight.numel() for weight in weights]), strict=True):
            weight.grad = part.view_as(weight)

    def _agreed(self, seconds: float) -> float:
        """The main process's clock: all must end at the same step."""
        if self.accelerator.num_processes == 1 or not self.options.minutes:
            return seconds
        told = torch.tensor(seconds if self.accelerator.is_main_process else 0.0, device=self.accelerator.device)
        return float(self.accelerator.reduce(told, "sum"))

    @torch.no_grad()
    def evaluate(self) -> float:
        """Nats a step of the averaged net on what it has not learned from."""
        total, count = 0.0, 0
        for batch in self.task.held_out():
            with self.accelerator.autocast():
                nats, n = self.task.score(self.ema, batch.to(self.accelerator.device))
            total += nats.item()
            count += n
        return total / max(1, count)

    def begin_with(self, net: N) -> None:
        """Weights to start from; the run is a new one in every other respect.

        Raises:
            ConfigError: a net of another shape
        """
        try:
            self.net.load_state_dict(net.state_dict())
            self.ema.load_state_dict(net.state_dict())
        except RuntimeError as error:
            raise ConfigError(f"--begin-with: a net of another shape or other writers ({' '.join(str(error).split())[:120]})") from None

    def about(self) -> dict[str, Any]:
        """What a checkpoint says of its run."""
        return {
            "task": self.task.name,
            "options": asdict(self.options),
            **self.task.about(),
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
            tensors |= {f"{self.options.optimizer}.{name}.{k}": v for k, v in self.optimizer.state[parameter].items()}
        self.folder.mkdir(parents=True, exist_ok=True)
        temporary = self.folder / (CHECKPOINT + ".part")
        kept = {k: v.detach().cpu().contiguous().clone() for k, v in tensors.items()}
        try:
            save_file(kept, temporary, {"about": json.dumps(self.about())})
            os.replace(temporary, self.folder / CHECKPOINT)
        except (OSError, SafetensorError) as error:
            temporary.unlink(missing_ok=True)
            raise FileError(
                f"{self.folder / CHECKPOINT}: cannot be written ({error}); the last checkpoint is whole: make room, then --resume"
            ) from None

    @staticmethod
    def stored_options(folder: Path, kind: type[R]) -> R:
        """The options of the run in a folder, to be resumed with another end.

        Raises:
            FileError: no run there, or a damaged one
        """
        path = folder / CHECKPOINT
        if not path.is_file():
            raise FileError(f"{path}: nothing to resume; leave --resume away to begin")
        try:
            with safe_open(path, framework="pt") as file:
                stored = json.loads(file.metadata()["about"])["options"]
            options: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()}
            return kind(**options)
        except (KeyError, TypeError, ValueError, SafetensorError, OSError) as error:
            raise FileError(f"{path}: cannot be resumed: {str(error).splitlines()[0]}") from None

    def resume(self) -> None:
        """Go on from the folder's checkpoint.

        Raises:
            FileError: none there, damaged, or of another task, dataset or shape
        """
        path = self.folder / CHECKPOINT
        try:
            with safe_open(path, framework="pt") as file:
                about = json.loads(file.metadata()["about"])
                tensors = {name: file.get_tensor(name) for name in file.keys()}
            if about["task"] != self.task.name:
                raise ValueError(f"it is a run of {about['task']!r}, not of {self.task.name!r}")
            if about["writers"] != self.task.about()["writers"]:
                raise ValueError("it was trained on other writers; give the same --data files")
            self.net.load_state_dict({k[4:]: v for k, v in tensors.items() if k.startswith("net.")})
            self.ema.load_state_dict({k[4:]: v for k, v in tensors.items() if k.startswith("ema.")})
            for name, parameter in self.net.named_parameters():
                head = f"{self.options.optimizer}.{name}."
                self.optimizer.state[parameter] = {k[len(head) :]: v for k, v in tensors.items() if k.startswith(head)}
        except (KeyError, ValueError, RuntimeError, SafetensorError, OSError) as error:
            raise FileError(f"{path}: cannot be resumed: {str(error).splitlines()[0]}") from None
        self.step, self.elapsed, self.test_loss = about["step"], about["elapsed"], about["test_loss"]
