"""Words to batches: weighted by writer, bucketed by length, distorted afresh every time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from plotwriter.nets.arc_tokens import DRAW, END, MOVE, Program, quantise
from plotwriter.nets.gpt import ArcGPT
from plotwriter.training.datasets import WordSet

__all__ = ["Batch", "Distortion", "batches", "collate", "split", "weights_of"]

COMMON = 5000  # words with a character; the lower-case letters of a set like UNIPEN's are above it
POOL = 32  # batches drawn at once and cut by length


@dataclass(frozen=True, slots=True)
class Distortion:
    """How far a word may be bent on its way into a batch; all in its own frame."""

    x_scale: tuple[float, float] = (0.88, 1.14)
    y_scale: tuple[float, float] = (0.92, 1.08)
    shear: float = 0.06  #: s.d. of dx/dy
    lift: float = 0.06  #: s.d., x-heights


@dataclass(slots=True, eq=False)
class Batch:
    """Tensors of b words."""

    characters: Tensor  #: (b, u)
    writers: Tensor  #: (b,)
    tokens: Tensor  #: (b, t, 4)
    position: Tensor  #: (b, t, 2)
    real: Tensor  #: (b, t)

    def to(self, device: torch.device) -> Batch:
        """The same batch on a device."""
        return Batch(*(getattr(self, name).to(device) for name in self.__slots__))


def split(words: WordSet, held_out: float, seed: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Word indices to train on and to test on; the same for the same set and seed.

    Only natural words are held out, and nothing that was spliced from one of them is trained on.
    """
    natural = np.flatnonzero(words.spliced_from < 0)
    test = np.random.default_rng((seed, 1)).permutation(natural)[: round(len(natural) * held_out)]
    every = np.arange(len(words.texts))
    return every[~np.isin(every, test) & ~np.isin(words.spliced_from, test)], np.sort(test)


def weights_of(words: WordSet, indices: npt.NDArray[np.int64], power: float, rarity: float = 0.0) -> npt.NDArray[np.float64]:
    """How often each word is drawn.

    Args:
        words: the set
        indices: (n,) of the words to draw from
        power: a writer with n words is drawn n^power in all
        rarity: a word counts (COMMON / f)^rarity times, where f is how often its rarest character occurs

    Returns:
        (n,), sum 1
    """
    count = Counter(words.writers[i] for i in indices)
    often = Counter(c for i in indices for c in set(words.texts[i]))
    weight: npt.NDArray[np.float64] = np.array(
        [count[words.writers[i]] ** (power - 1) * max(1.0, COMMON / min(often[c] for c in words.texts[i])) ** rarity for i in indices]
    )
    weight /= weight.sum()
    return weight


def _distorted(
    program: Program, bend: Distortion, rng: np.random.Generator
) -> tuple[npt.NDArray[np.complex128], npt.NDArray[np.complex128]]:
    x_scale, y_scale = rng.uniform(*bend.x_scale), rng.uniform(*bend.y_scale)
    shear, lift = rng.normal(0, bend.shear), rng.normal(0, bend.lift)

    def move(z: npt.NDArray[np.complex128]) -> npt.NDArray[np.complex128]:
        return z.real * x_scale + shear * z.imag + 1j * (z.imag * y_scale + lift)

    return move(program.targets), move(program.apexes)


def collate(
    net: ArcGPT,
    words: WordSet,
    indices: npt.NDArray[np.int64],
    writer_ids: dict[str, int],
    rng: np.random.Generator | None,
    bend: Distortion,
) -> Batch:
    """Words as tensors.

    Args:
        net: whose alphabet is used
        words: the set
        indices: (b,) which words
        writer_ids: writer to row of the style table
        rng: distorts; None leaves the words as they are
        bend: how far
    """
    longest = max(len(words.programs[i].pens) for i in indices)
    pens = np.full((len(indices), longest), END, np.int64)
    targets, apexes = np.zeros(pens.shape, np.complex128), np.zeros(pens.shape, np.complex128)
    for row, i in enumerate(indices):
        program = words.programs[i]
        n = len(program.pens)
        pens[row, :n] = program.pens
        targets[row, :n], apexes[row, :n] = _distorted(program, bend, rng) if rng else (program.targets, program.apexes)
    if rng is not None:  # the left end of a distorted word is 0 again
        drawn = (pens == DRAW) | (pens == MOVE)
        left = np.where(drawn, targets.real, np.inf).min(1, keepdims=True)
        targets, apexes = targets - left, apexes - left
    tokens, position = quantise(pens, targets, apexes)
    real = torch.from_numpy(np.cumsum(pens == END, 1) - (pens == END) == 0)
    characters = net.encode_characters([words.texts[i] for i in indices])
    writers = torch.tensor([writer_ids[words.writers[i]] for i in indices])
    return Batch(characters, writers, torch.from_numpy(tokens), torch.from_numpy(position), real)


def batches(
    net: ArcGPT,
    words: WordSet,
    indices: npt.NDArray[np.int64],
    writer_ids: dict[str, int],
    *,
    size: int,
    power: float,
    rarity: float = 0.0,
    seed: int,
    first: int = 0,
    bend: Distortion | None = None,
) -> Iterator[Batch]:
    """Batches without end, batch k the same whether or not the run was interrupted before it.

    Args:
        net, words, indices, writer_ids: as in `collate`
        size: words a batch
        power, rarity: see `weights_of`
        seed: of the order and the distortion
        first: batch to begin with
        bend: distortion; None: the default
    """
    weight = weights_of(words, indices, power, rarity)
    steps = np.array([len(words.programs[i].pens) for i in indices])
    pool = first // POOL
    while True:
        rng = np.random.default_rng((seed, 2, pool))
        drawn = rng.choice(len(indices), size * POOL, p=weight)
        drawn = drawn[np.argsort(steps[drawn] + rng.uniform(0, 3, len(drawn)), kind="stable")]
        for k, row in enumerate(rng.permutation(POOL)):
            if pool * POOL + k >= first:
                yield collate(
                    net,
                    words,
                    indices[drawn[row * size : (row + 1) * size]],
                    writer_ids,
                    np.random.default_rng((seed, 3, pool, k)),
                    bend or Distortion(),
                )
        pool += 1
