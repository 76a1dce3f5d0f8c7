"""Words as points, and lines of words: what the LSTM and the Cursive Transformer learn from.

    arcs of a word -> points, the pen's lifts -> 1 to 5 words of one writer beside each other -> offsets, or polar tokens

A mark that was given back to its letter is drawn there, and the pen returns to where it left the stroke.
Text and ink are always cut together: a line has whole words only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from plotwriter.nets import polar
from plotwriter.nets.gpt import symbols_of
from plotwriter.nets.lstm import LINE_ALPHABET, NEXT_LINE, ended_symbols
from plotwriter.nets.pen_points import pen_points
from plotwriter.training.datasets import WordSet

__all__ = ["LineBatch", "Lines", "OffsetBatch", "PointWords", "Stitching", "TokenBatch", "offset_batch", "token_batch"]

POOL = 32  # batches drawn at once and cut by length

Complex = npt.NDArray[np.complex128]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Stitching:
    """How words become lines, and how far they are bent; a line is one hand, so most is drawn once a line."""

    words: tuple[int, int] = (1, 5)  #: fewest and most
    most_points: int = 700  #: a line ends before the word that would make it longer
    most_characters: int = 50
    keep: tuple[float, float] = (1.0, 1.0)  #: share of the points within arcs that stay; ends of arcs always do
    x_scale: tuple[float, float] = (0.9, 1.1)
    y_scale: tuple[float, float] = (0.9, 1.1)
    shear: float = 0.05  #: s.d. of dx/dy
    lift: float = 0.03  #: s.d. of a word, x-heights
    space: float = 0.15  #: s.d. of the logarithm of the gap between two words


class PointWords:
    """A set as points, laid end to end."""

    def __init__(self, words: WordSet, spacing: float) -> None:
        """Points about `spacing` x-heights apart on every arc."""
        self.texts = words.texts
        ink = pen_points(words.programs, spacing)
        self.points = ink.points  #: (n,) x-heights, each word in its frame
        self.drawn = ink.drawn  #: (n,) the pen is down on the way to it
        self.inner = ink.inner  #: (n,) within an arc
        self.n_point = ink.n_point  #: (w,)
        self.first = np.concatenate([[0], np.cumsum(self.n_point)])  #: (w + 1,) where each word begins
        self.right = np.maximum.reduceat(self.points.real, self.first[:-1])  #: (w,) x-heights
        self.characters = np.array([len(text) for text in words.texts])
        self.writer_names = sorted(set(words.writers))
        row = {name: i for i, name in enumerate(self.writer_names)}
        self.writers = np.array([row[name] for name in words.writers])
        facts = [words.facts.get(name) for name in self.writer_names]
        self.spaces = np.array([1.5 if fact is None else fact.word_space for fact in facts])  #: by writer, x-heights of the frame

    def unit(self) -> tuple[float, float]:
        """Root mean square of the drawn offsets in x and y: what makes them 1."""
        offsets = np.diff(self.points)[self.drawn[1:]]
        return float(np.sqrt((offsets.real**2).mean())), float(np.sqrt((offsets.imag**2).mean()))


@dataclass(slots=True, eq=False)
class LineBatch:
    """b lines of words, as arrays; points are padded."""

    texts: list[str]
    points: Complex  #: (b, t) each in its word's frame, x-heights
    left: Floats  #: (b, t) where the point's word begins on the line
    drawn: Bools  #: (b, t) the pen is down on the way
    begins: Bools  #: (b, t) first point of a word
    n_point: Ints  #: (b,)
    end: Floats  #: (b,) where a further word would begin on the line


@dataclass(slots=True, eq=False)
class OffsetBatch:
    """What the LSTM learns from."""

    offsets: Tensor  #: (b, t, 3) units and eos; the first is what a line begins with, (0, 0, 1)
    symbols: Tensor  #: (b, u)
    real: Tensor  #: (b, t)

    def to(self, device: torch.device) -> OffsetBatch:
        """The same batch on a device."""
        return OffsetBatch(*(part.to(device, non_blocking=True) for part in (self.offsets, self.symbols, self.real)))


@dataclass(slots=True, eq=False)
class TokenBatch:
    """What the Cursive Transformer learns from."""

    tokens: Tensor  #: (b, t)
    symbols: Tensor  #: (b, u)

    def to(self, device: torch.device) -> TokenBatch:
        """The same batch on a device."""
        return TokenBatch(self.tokens.to(device, non_blocking=True), self.symbols.to(device, non_blocking=True))


class Lines:
    """Lines without end, stitched of words of one writer each."""

    def __init__(self, words: PointWords, indices: Ints, weight: Floats, how: Stitching) -> None:
        """Draw from `indices` (n,), each as often as `weight` (n,) says."""
        fits = (words.n_point[indices] < how.most_points) & (words.characters[indices] <= how.most_characters)
        order = np.argsort(words.writers[indices[fits]], kind="stable")
        self.words, self.how, self.indices = words, how, indices[fits][order]
        self.reached = np.cumsum(weight[fits][order])  # (n,) of weight, writer after writer
        writers = words.writers[self.indices]
        last = np.searchsorted(writers, np.arange(len(words.writer_names)), side="right")
        self.until = np.concatenate([[0.0], self.reached])[last]  # of weight, by writer
        self.since = np.concatenate([[0.0], self.until[:-1]])

    def draw(self, n: int, rng: np.random.Generator) -> list[Ints]:
        """Words of n lines."""
        most = self.how.words[1]
        first = self._at(rng.random(n) * self.reached[-1])
        writer = self.words.writers[self.indices[first]]
        since, until = self.since[writer], self.until[writer]
        mates = self._at(since[:, None] + rng.random((n, most - 1)) * (until - since)[:, None])
        rows = self.indices[np.concatenate([first[:, None], mates], 1)]
        points, characters = np.cumsum(self.words.n_point[rows], 1), np.cumsum(self.words.characters[rows] + 1, 1) - 1
        fits = (points < self.how.most_points) & (characters <= self.how.most_characters)
        wanted = rng.integers(self.how.words[0], most + 1, n)
        return [row[:k] for row, k in zip(rows, np.minimum(fits.sum(1), wanted), strict=True)]

    def _at(self, weight: Floats) -> Ints:
        return np.minimum(np.searchsorted(self.reached, weight, side="right"), len(self.indices) - 1)

    def stitch(self, rows: list[Ints], rng: np.random.Generator) -> LineBatch:
        """Lines of words as points; lines are bent and thinned as `Stitching` says."""
        words, how, b = self.words, self.how, len(rows)
        n_word = np.array([len(row) for row in rows])
        word, line = np.concatenate(rows), np.repeat(np.arange(b), n_word)
        n = words.n_point[word]
        of = np.repeat(np.arange(len(word)), n)  # of the words of this batch
        source = np.arange(len(of)) - np.repeat(np.cumsum(n) - n, n) + words.first[word][of]
        keep = ~words.inner[source] | (rng.random(len(source)) < rng.uniform(*how.keep, b)[line[of]])
        of, source = of[keep], source[keep]
        x_scale, y_scale, shear = rng.uniform(*how.x_scale, b), rng.uniform(*how.y_scale, b), rng.normal(0, how.shear, b)
        lift = rng.normal(0, how.lift, len(word))
        gap = words.spaces[words.writers[word]] * np.exp(rng.normal(0, how.space, len(word)))
        z = words.points[source]
        row = line[of]
        z = z.real * x_scale[row] + z.imag * shear[row] + 1j * (z.imag * y_scale[row] + lift[of])
        advance = words.right[word] * x_scale[line] + gap
        reached = np.cumsum(advance) - advance
        left = reached - reached[np.cumsum(n_word) - n_word][line]
        n_point = np.bincount(row, minlength=b)
        at = np.arange(len(row)) - np.repeat(np.cumsum(n_point) - n_point, n_point)
        shape = b, int(n_point.max())
        points, lefts = np.zeros(shape, np.complex128), np.zeros(shape)
        drawn, begins = np.zeros(shape, bool), np.zeros(shape, bool)
        end = np.add.reduceat(advance, np.cumsum(n_word) - n_word)
        points[row, at], lefts[row, at], drawn[row, at] = z, left[of], words.drawn[source]
        begins[row, at] = np.diff(of, prepend=-1) > 0
        return LineBatch([" ".join(words.texts[w] for w in row) for row in rows], points, lefts, drawn, begins, n_point, end)

    def batches(self, size: int, seed: int, first: int = 0, stride: int = 1) -> Iterator[LineBatch]:
        """Batches without end, of similar lengths; batch k is the same whatever came before it.

        Args:
            size: lines a batch
            seed: of all that is drawn
            first: batch to begin with
            stride: every so many batches only: several processes share the work
        """
        k, pool = first, -1
        lines: list[Ints] = []
        order = np.zeros((0, 0), np.int64)
        while True:
            if k // POOL != pool:
                pool = k // POOL
                rng = np.random.default_rng((seed, 4, pool))
                lines = self.draw(size * POOL, rng)
                lengths = np.array([self.words.n_point[row].sum() for row in lines])
                order = np.argsort(lengths, kind="stable").reshape(POOL, size)[rng.permutation(POOL)]
            yield self.stitch([lines[i] for i in order[k % POOL]], np.random.default_rng((seed, 5, k)))
            k += stride


def offset_batch(lines: LineBatch, unit: tuple[float, float], multiple: int = 1, n_character: int = 0) -> OffsetBatch:
    """Lines as offsets.

    One more point follows the last, undrawn: the pen goes on to the next line. It is what TEXT_END is written as,
    so that the window learns to go there and a line to be over.

    Args:
        lines: b of them
        unit: x-heights of one unit offset in x and y
        multiple: the number of points is padded to a multiple of it, beside the one a line begins with
        n_character: texts are padded to it, so that batches have few shapes
    """
    b = len(lines.texts)
    rows, last = np.arange(b), lines.n_point
    z = np.pad(lines.points + lines.left, ((0, 0), (0, 1)))
    z[rows, last] = lines.end - 1j * NEXT_LINE
    drawn = np.pad(lines.drawn, ((0, 0), (0, 1)))  # no point but a real one is
    t_end = z.shape[1]
    n = -(-t_end // multiple) * multiple
    offsets, real = np.zeros((b, n + 1, 3), np.float32), np.zeros((b, n + 1), bool)
    real[:, 1 : t_end + 1] = np.arange(t_end)[None] <= last[:, None]
    way = np.diff(z, axis=1, prepend=0)
    lifted = np.pad(~drawn[:, 1:], ((0, 0), (0, 1)), constant_values=True)  # after a point, when the next is not drawn
    offsets[:, 1 : t_end + 1] = np.stack([way.real / unit[0], way.imag / unit[1], lifted], -1) * real[:, 1 : t_end + 1, None]
    offsets[:, 0, 2] = 1
    symbols = ended_symbols(lines.texts, LINE_ALPHABET)
    symbols = F.pad(symbols, (0, max(0, n_character - symbols.shape[1])))
    return OffsetBatch(torch.from_numpy(offsets), symbols, torch.from_numpy(real))


def token_batch(lines: LineBatch, alphabet: str) -> TokenBatch:
    """Lines as polar tokens."""
    tokens = polar.tokens_of(lines.points, lines.drawn, lines.begins, lines.n_point)
    return TokenBatch(torch.from_numpy(tokens), symbols_of(lines.texts, alphabet))
