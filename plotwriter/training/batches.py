"""Words to batches: weighted by writer, bucketed by length, distorted afresh every time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from plotwriter.nets.arc_tokens import DRAW, END, MOVE, quantise
from plotwriter.nets.gpt import PAD, symbols_of
from plotwriter.nets.hands import References
from plotwriter.training.datasets import WordSet

__all__ = [
    "Batch",
    "BatchStream",
    "Bends",
    "Distortion",
    "PackedWords",
    "Showing",
    "batches",
    "collate",
    "references",
    "split",
    "stream",
    "weights_of",
]

COMMON = 5000  # words with a character; the lower-case letters of a set like UNIPEN's are above it
POOL = 32  # batches drawn at once and cut by length

Complex = npt.NDArray[np.complex128]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Distortion:
    """How far a word may be bent on its way into a batch; all in its own frame."""

    x_scale: tuple[float, float] = (0.88, 1.14)
    y_scale: tuple[float, float] = (0.92, 1.08)
    shear: float = 0.06  #: s.d. of dx/dy
    lift: float = 0.06  #: s.d., x-heights

    def draw(self, n: int, rng: np.random.Generator) -> Bends:
        """Bends of n words."""
        return Bends(
            rng.uniform(*self.x_scale, n), rng.uniform(*self.y_scale, n), rng.normal(0, self.shear, n), rng.normal(0, self.lift, n)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Bends:
    """An affine map for every word, (n,) each."""

    x_scale: Floats
    y_scale: Floats
    shear: Floats
    lift: Floats

    def __call__(self, z: Complex) -> Complex:
        """Points (n, t), bent."""
        x = z.real * self.x_scale[:, None] + self.shear[:, None] * z.imag
        return np.asarray(x + 1j * (z.imag * self.y_scale[:, None] + self.lift[:, None]), np.complex128)


#: what makes a made-up hand of a real one: reference words and the word to write are bent alike
NEW_HAND = Distortion((0.75, 1.3), (0.85, 1.18), 0.15, 0.0)
#: what differs from word to word of one hand
WITHIN_HAND = Distortion((0.94, 1.06), (0.95, 1.05), 0.05, 0.05)


@dataclass(frozen=True, slots=True)
class Showing:
    """How many hands of a batch are shown by reference words, and by how many."""

    hands: int = 48
    words: tuple[int, int] = (1, 16)  #: fewest and most
    steps: int = 72  #: longer words are not shown


@dataclass(slots=True, eq=False)
class Batch:
    """Tensors of b words."""

    characters: Tensor  #: (b, u) symbols
    writers: Tensor  #: (b,) rows of the table of writers
    tokens: Tensor  #: (b, t, 4)
    position: Tensor  #: (b, t, 2)
    letters: Tensor  #: (b, t)
    real: Tensor  #: (b, t)
    references: References | None = None
    hand: Tensor | None = None  #: (b,) whose reference words show this row's hand; -1: nobody's
    made_up: Tensor | None = None  #: (b,) True where only they show it, since both were bent alike

    def to(self, device: torch.device) -> Batch:
        """The same batch on a device."""
        moved: dict[str, Any] = {name: part if part is None else part.to(device) for name, part in self._parts().items()}
        return Batch(**moved)

    def _parts(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


class PackedWords:
    """A set as padded arrays, so that a batch is a few lookups."""

    def __init__(self, words: WordSet, alphabet: str) -> None:
        """Pad every word to the longest."""
        n, t = len(words.texts), max(len(program.pens) for program in words.programs)
        self.pens = np.full((n, t), END, np.int8)
        self.targets, self.apexes = np.zeros((n, t), np.complex64), np.zeros((n, t), np.complex64)
        self.letters = np.zeros((n, t), np.uint8)
        self.steps = np.array([len(program.pens) for program in words.programs])
        for i, program in enumerate(words.programs):
            k = len(program.pens)
            self.pens[i, :k], self.targets[i, :k], self.apexes[i, :k] = program.pens, program.targets, program.apexes
            if words.letters:
                self.letters[i, :k], self.letters[i, k:] = words.letters[i], words.letters[i][-1]
        self.symbols = symbols_of(words.texts, alphabet).numpy()
        self.writer_names = sorted(set(words.writers))
        row = {name: i for i, name in enumerate(self.writer_names)}
        self.writers = np.array([row[name] for name in words.writers])

    def tokens(self, indices: Ints, bends: Bends | None) -> tuple[Ints, npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
        """Words as tokens (n, t, 4), the pen before each step (n, t, 2), and which steps are real (n, t)."""
        longest = int(self.steps[indices].max())
        pens = self.pens[indices, :longest].astype(np.int64)
        targets, apexes = (part[indices, :longest].astype(np.complex128) for part in (self.targets, self.apexes))
        if bends is not None:
            targets, apexes = bends(targets), bends(apexes)
            drawn = (pens == DRAW) | (pens == MOVE)  # the left end of a bent word is 0 again
            left = np.where(drawn, targets.real, np.inf).min(1, keepdims=True)
            targets, apexes = targets - left, apexes - left
        tokens, position = quantise(pens, targets, apexes)
        return tokens, position, np.cumsum(pens == END, 1) - (pens == END) == 0


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


def collate(packed: PackedWords, indices: Ints, bends: Bends | None = None) -> Batch:
    """Words as tensors, without references.

    Args:
        packed: the set
        indices: (b,) which words
        bends: of them; None leaves them as they are
    """
    tokens, position, real = packed.tokens(indices, bends)
    u = int((packed.symbols[indices] != PAD).sum(1).max())
    arrays = (
        packed.symbols[indices, :u],
        packed.writers[indices],
        tokens,
        position,
        packed.letters[indices, : tokens.shape[1]].astype(np.int64),
        real,
    )
    characters, writers, *rest = (torch.from_numpy(array) for array in arrays)
    return Batch(characters, writers, rest[0], rest[1], rest[2], rest[3])


def references(packed: PackedWords, words: Ints, owners: Ints | None = None, bends: Bends | None = None) -> References:
    """Words (n,) as what shows hands; `owners` (n,) says whose each is, from 0 without a gap; None: all of one hand."""
    owners = np.zeros(len(words), np.int64) if owners is None else owners
    tokens, position, real = packed.tokens(words, bends)
    letters = packed.letters[words, : tokens.shape[1]].astype(np.int64)
    symbols = np.take_along_axis(packed.symbols[words], letters, 1)
    at = torch.from_numpy
    return References(at(tokens), at(position), at(real), at(symbols), at(owners), int(owners.max()) + 1)


def _shown(packed: PackedWords, stock: dict[int, Ints], indices: Ints, showing: Showing, rng: np.random.Generator) -> Batch:
    """Words with reference words of some of their hands, half of which are made-up."""
    among = np.array([writer for writer in np.unique(packed.writers[indices]) if writer in stock])
    if len(among) == 0:
        return collate(packed, indices, Distortion().draw(len(indices), rng))
    chosen = rng.permutation(among)[: showing.hands]
    n_words = int(rng.integers(showing.words[0], showing.words[1] + 1))
    made_up = rng.random(len(chosen)) < 0.5
    bends = NEW_HAND.draw(len(chosen), rng)
    hand = np.full(len(indices), -1)
    shown, owner = [], []
    for g, writer in enumerate(chosen):
        picked = rng.choice(stock[writer], min(n_words, len(stock[writer]) - 1), replace=False)
        hand[(packed.writers[indices] == writer) & ~np.isin(indices, picked)] = g
        shown.append(picked)
        owner.append(np.full(len(picked), g))
    bent = made_up[hand] & (hand >= 0)
    batch = collate(packed, indices, _both(bends, hand, bent, np.where(hand >= 0, 1, 2), rng))
    words, owners = np.concatenate(shown), np.concatenate(owner)
    batch.references = references(packed, words, owners, _both(bends, owners, made_up[owners], np.ones(len(words)), rng))
    batch.hand, batch.made_up = torch.from_numpy(hand), torch.from_numpy(bent)
    return batch


def _both(bends: Bends, hand: Ints, bent: npt.NDArray[np.bool_], spread: Floats | Ints, rng: np.random.Generator) -> Bends:
    """Bends of words: within the hand, `spread` 2 for words whose hand nobody shows, and the hand's own where it is made-up."""
    own = WITHIN_HAND.draw(len(hand), rng)
    wide = Distortion().draw(len(hand), rng)
    near = spread == 1
    x = np.where(near, own.x_scale, wide.x_scale) * np.where(bent, bends.x_scale[hand], 1)
    y = np.where(near, own.y_scale, wide.y_scale) * np.where(bent, bends.y_scale[hand], 1)
    return Bends(x, y, np.where(near, own.shear, wide.shear) + np.where(bent, bends.shear[hand], 0), np.where(near, own.lift, wide.lift))


def batches(
    packed: PackedWords,
    indices: Ints,
    weight: Floats,
    *,
    size: int,
    seed: int,
    first: int = 0,
    stride: int = 1,
    bend: Distortion | None = None,
    showing: Showing | None = None,
) -> Iterator[Batch]:
    """Batches without end, batch k the same whether or not the run was interrupted before it.

    Args:
        packed: the set
        indices: (n,) of the words to draw from
        weight: (n,) how often each, see `weights_of`
        size: words a batch
        seed: of the order and the distortion
        first: batch to begin with
        stride: every so many batches only: several processes share the work
        bend: distortion of words with no references; None: the default
        showing: of reference words; None: none
    """
    steps = packed.steps[indices]
    stock = _stock(packed, indices, showing.steps) if showing else {}
    k, pool, order = first, -1, np.zeros((0, 0), np.int64)
    while True:
        if k // POOL != pool:
            pool = k // POOL
            rng = np.random.default_rng((seed, 2, pool))
            drawn = rng.choice(len(indices), size * POOL, p=weight)
            drawn = drawn[np.argsort(steps[drawn] + rng.uniform(0, 3, len(drawn)), kind="stable")]
            order = drawn.reshape(POOL, size)[rng.permutation(POOL)]
        rng = np.random.default_rng((seed, 3, k))
        rows = indices[order[k % POOL]]
        if showing and stock:
            yield _shown(packed, stock, rows, showing, rng)
        else:
            yield collate(packed, rows, (bend or Distortion()).draw(len(rows), rng))
        k += stride


def _stock(packed: PackedWords, indices: Ints, steps: int) -> dict[int, Ints]:
    """Words that can show a hand, for every writer with at least two."""
    short = indices[packed.steps[indices] <= steps]
    order = short[np.argsort(packed.writers[short], kind="stable")]
    writers, starts = np.unique(packed.writers[order], return_index=True)
    return {int(w): words for w, words in zip(writers, np.split(order, starts[1:]), strict=True) if len(words) >= 2}


class BatchStream(IterableDataset[Any]):
    """Batches for torch's DataLoader: worker w makes every n-th, so their order is that of one process."""

    def __init__(self, first: int, make: Callable[[int, int], Iterator[Any]], stride: int) -> None:
        """`make(first, stride)` gives batches."""
        self.first, self.make, self.stride = first, make, stride

    def __iter__(self) -> Iterator[Any]:
        """Batches of this worker."""
        worker = get_worker_info()
        torch.set_num_threads(1)
        id, n = (worker.id, worker.num_workers) if worker else (0, 1)
        return self.make(self.first + id * self.stride, n * self.stride)


def stream(first: int, make: Callable[[int, int], Iterator[Any]], n_worker: int, stride: int = 1) -> Iterator[Any]:
    """Batches made by n processes beside this one; 0: in this one.

    Args:
        first: number of the first batch
        make: gives batches, from a first one in strides
        n_worker: processes
        stride: every so many batches only
    """
    own = torch.Generator()  # the loader seeds its workers from it; torch's own generator belongs to dropout
    loader: DataLoader[Any] = DataLoader(
        BatchStream(first, make, stride), batch_size=None, num_workers=n_worker, prefetch_factor=4 if n_worker else None, generator=own
    )
    return iter(loader)
