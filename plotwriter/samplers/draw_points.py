"""Points drawn from Graves' LSTM, one after another, many lines at once.

    read what primes it -> [mixture -> offset and eos -> read it] until the window stands on TEXT_END or the next line begins

n lines (one a draw of a text), b of them at a time; every line has its own random numbers, so lines do not disturb each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from plotwriter.nets.gpt import PAD, symbols_of
from plotwriter.nets.lstm import State, WindowLSTM, ended_symbols
from plotwriter.nets.mixture import Mixture
from plotwriter.nets.point_by_point import PointByPoint

__all__ = ["DrawnLine", "Primed", "draw_offsets", "most_points", "primed"]

STALL = 60  # points in which the window has to move
LEAST_MOVE = 0.3  # letters
LEAST_DOWN = 4.0  # x-heights of a move to the next line; no letter goes down so far
LEAST_SHARE = 0.2  # of a window that has written a letter
SIDE_BY_SIDE = 128  # lines; matrices of so many rows are where a CPU is at its best, and another line takes a place that is free
AHEAD = 40  # letters behind what primes the net, as far as a window might see
NEXT_TO_NOTHING = 1e-6  # of a window that sees into the text that follows

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def most_points(n_characters: int) -> int:
    """Points of the LSTM that a text may take; people take about 14 a character, spaced as the net learns them."""
    return 40 * n_characters + 60


@dataclass(frozen=True, slots=True, eq=False)
class DrawnLine:
    """One attempt at a line by the LSTM."""

    strokes: list[npt.NDArray[np.complex128]]  #: x-heights, y up, x from where the priming ink ended; a dot has one point
    window: npt.NDArray[np.float32]  #: (t, u) phi over the text's own characters, a row for every point
    ended: bool  #: the window reached the end of the text
    stalled: bool  #: it stood still for `STALL` points, or took more than `most_points`
    covered: float  #: share of the characters it stood on, white space left out


@dataclass(frozen=True, slots=True, eq=False)
class Primed:
    """The LSTM after ink of a hand, as far as no text that follows can matter."""

    text: str  #: what the ink says, and a space
    state: State  #: of one row
    rest: Tensor  #: (q, 3), q >= 1: ink in whose points the window sees into the text that follows
    height: float  #: x-heights over the baseline where the ink ends


@torch.inference_mode()
def primed(net: WindowLSTM, ink: Tensor | None = None, says: str = "") -> Primed:
    """The net in the state in which lines begin.

    Args:
        net: in eval mode
        ink: (p, 3) in units with what begins a line; None: a line of nobody's
        says: what it says; the texts go on from there

    Source: Graves 2013, section 5.5
    """
    device = net.out.weight.device
    if ink is None:
        return Primed("", net.start(1), torch.tensor([[0.0, 0.0, 1.0]], device=device), 0.0)
    before, ink = says + " ", ink.to(device)
    symbols = F.pad(symbols_of([before], net.config.alphabet, device), (0, AHEAD), value=PAD)
    text = net.one_hot(symbols)  # what follows is nothing: the window can stand there, and adds nothing
    _, phi, _ = net.run(ink[None], text, net.start(1))
    sees = (phi[0, :, len(before) :].sum(1) > NEXT_TO_NOTHING).nonzero()
    n = min(int(sees[0]) if len(sees) else len(ink), len(ink) - 1)
    state = net.run(ink[None, :n], text, net.start(1))[2] if n else net.start(1)
    return Primed(before, state, ink[n:], float(ink[:, 1].sum()) * net.config.unit[1])


@torch.inference_mode()
def draw_offsets(
    net: WindowLSTM,
    texts: Sequence[str],
    uniforms: Floats,
    normals: Floats,
    *,
    bias: float = 0.0,
    prime: Primed | None = None,
) -> list[DrawnLine]:
    """One draw for every row.

    Args:
        net: in eval mode
        texts: b lines of the net's alphabet
        uniforms: (b, t, 2) in [0, 1); t is also the most points a line may have
        normals: (b, t, 2)
        bias: see `Mixture.of`
        prime: see `primed`; None: a line of nobody's
    """
    prime = primed(net) if prime is None else prime
    order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))  # long lines first: the last ones to end are short
    pen = _Pen(net, [texts[i] for i in order], uniforms[order], normals[order], bias, prime)
    while len(pen.rows):
        pen.step()
    lines = pen.lines()
    return [lines[k] for k in np.argsort(order)]


class _Pen:
    """Lines on their way, `SIDE_BY_SIDE` of them; when one is over the next begins in its place.

    b rows, n lines
    """

    def __init__(self, net: WindowLSTM, texts: list[str], uniforms: Floats, normals: Floats, bias: float, prime: Primed) -> None:
        self.net, self.texts, self.bias, self.prime, self.device = net, texts, bias, prime, net.out.weight.device
        n = len(texts)
        self.uniforms, self.normals = (torch.from_numpy(part).float().to(self.device) for part in (uniforms, normals))
        self.limits = np.minimum([most_points(len(text)) for text in texts], uniforms.shape[1])
        self.ends = np.array([len(prime.text) + len(text) for text in texts])  # where TEXT_END stands
        self.rows = np.arange(min(n, SIDE_BY_SIDE))  # (b,) the line of each
        self.next = len(self.rows)  # line to begin
        self.t = np.full(len(self.rows), -len(prime.rest))  # (b,) points drawn; below 0, points that prime it are left to be read
        symbols = ended_symbols([prime.text + text for text in texts], net.config.alphabet, self.device)
        self.pen = PointByPoint(net, symbols, prime.state, len(self.rows))
        self.output = self.pen.memory.new_zeros(len(self.rows), len(net.out.bias))
        self.places = np.zeros((n, int(self.limits.max())), np.float32)  # of the window, letters
        self.lifted, self.ended, self.stalled = np.ones(n, bool), np.zeros(n, bool), np.zeros(n, bool)
        self.seen: list[tuple[Ints, npt.NDArray[np.float32], npt.NDArray[np.float32]]] = []  # lines, offsets, windows

    def step(self) -> None:
        """One point of every row, drawn or, while it is primed, read."""
        own, at, reads = self._tensor(self.rows), self._tensor(np.maximum(self.t, 0)), self.t < 0
        point = Mixture.draw_from(self.output, self.uniforms[own, at], self.normals[own, at], self.bias)
        if reads.any():
            point[self._tensor(np.flatnonzero(reads))] = self.prime.rest[self._tensor(self.t[reads])].float()
        self.output, phi = self.pen.step(point.to(self.output.dtype))
        wrote = np.flatnonzero(~reads)
        offsets, windows, places = (part.float().cpu().numpy()[wrote] for part in (point, phi, self.pen.kappa.mean(1)))
        over = self._judge(self.rows[wrote], self.t[wrote], offsets, windows, places)
        self.t += 1
        if over.any():
            self._follow(wrote[over])

    def _judge(
        self, line: Ints, t: Ints, offsets: npt.NDArray[np.float32], windows: npt.NDArray[np.float32], places: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.bool_]:
        """Keep the points of lines (b,) and say which lines are over with them."""
        next_line = self.lifted[line] & (offsets[:, 1] * self.net.config.unit[1] < -LEAST_DOWN)
        self.lifted[line], self.places[line, t] = offsets[:, 2] > 0, places
        end = self.ends[line]
        over: npt.NDArray[np.bool_] = next_line | ((windows.argmax(1) >= end) & self.lifted[line]) | (places > end + 0.5)
        still = (t >= STALL) & (places - self.places[line, np.maximum(t - STALL, 0)] < LEAST_MOVE)
        stuck = ~over & (still | (t + 1 >= self.limits[line]))
        self.ended[line], self.stalled[line] = over, stuck
        self.seen.append((line[~next_line], offsets[~next_line], windows[~next_line]))
        over |= stuck
        return over

    def _follow(self, done: Ints) -> None:
        """Begin further lines in rows that are done; without any, go on with fewer rows."""
        n = min(len(done), len(self.texts) - self.next)
        if n:
            again, further = done[:n], np.arange(self.next, self.next + n)
            self.rows[again], self.t[again] = further, -len(self.prime.rest)
            self.pen.begin(self._tensor(again), self._tensor(further))
            self.next += n
        if n < len(done):
            keep = np.setdiff1d(np.arange(len(self.rows)), done[n:])
            self.rows, self.t, self.output = self.rows[keep], self.t[keep], self.output[self._tensor(keep)]
            self.pen.keep(self._tensor(keep))

    def _tensor(self, array: Ints) -> Tensor:
        return torch.from_numpy(array).to(self.device)

    def lines(self) -> list[DrawnLine]:
        """What was drawn point by point, put together by line."""
        of, offsets, windows = (np.concatenate(parts) for parts in zip(*self.seen, strict=True))
        order = np.argsort(of, kind="stable")
        cuts = np.searchsorted(of[order], np.arange(1, len(self.texts)))
        result, first = [], len(self.prime.text)
        for i, at in enumerate(np.split(order, cuts)):
            window = windows[at, : self.ends[i] + 1]
            own = window[:, first:-1]
            share = own / np.maximum(window.sum(1, keepdims=True), 1e-6)
            written = [share[:, u].max(initial=0) >= LEAST_SHARE for u, c in enumerate(self.texts[i]) if c != " "]
            ink = _strokes(offsets[at], self.net.config.unit, 1j * self.prime.height)
            result.append(DrawnLine(ink, own, bool(self.ended[i]), bool(self.stalled[i]), float(np.mean(written))))
        return result


def _strokes(offsets: npt.NDArray[np.float32], unit: tuple[float, float], origin: complex) -> list[npt.NDArray[np.complex128]]:
    """Offsets (t, 3) from an origin as strokes."""
    if len(offsets) == 0:
        return []
    points = origin + np.cumsum(offsets[:, 0] * unit[0] + 1j * offsets[:, 1] * unit[1])
    cuts = np.flatnonzero(offsets[:-1, 2] > 0) + 1
    return np.split(points.astype(np.complex128), cuts)
