"""Graves' net a point at a time, many lines side by side: the sums of `WindowLSTM.run`, a matrix product a layer.

    [ h1 | x | w | h2 | h3 ]        a row of memory; what a layer reads lies side by side in it
      ------------ layer 1            h1, x and w of the last point
      ----------------- layer 2       h1 and w of this point, h2 of the last
           ---------------- layer 3   h2 of this point, h3 of the last

x offset, w soft letter, h1 to h3 what the layers gave. Nothing is joined or copied from point to point, and a symbol that no
line has takes no column.

    b rows   n cells of a layer   s symbols that occur   u characters   k window Gaussians   m mixtures
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from plotwriter.nets.gpt import PAD
from plotwriter.nets.lstm import State, WindowLSTM

__all__ = ["PointByPoint"]


class PointByPoint:
    """b rows, each on its own way along one of some lines."""

    def __init__(self, net: WindowLSTM, symbols: Tensor, state: State, b: int) -> None:
        """Begin with the first b lines.

        Args:
            net: its weights are copied
            symbols: (lines, u), see `ended_symbols`
            state: of one row, before the first point; what it has read occurs in the lines
            b: rows
        """
        n, self.first = net.config.n_cell, net.first
        occurring = symbols.flatten().bincount().nonzero()[:, 0]  # (s,)
        hot = ((symbols[..., None] == occurring) & (symbols != PAD)[..., None]).to(net.out.weight.dtype)
        self.lines, self.text = hot, hot[:b].clone()  # (lines, u, s) and (b, u, s)
        self.place = torch.arange(hot.shape[1], device=hot.device, dtype=hot.dtype)
        s = len(occurring)
        memory = torch.cat([state.h[0], hot.new_zeros(1, 3), state.window[:, occurring], state.h[1], state.h[2]], 1)
        self.start = memory, list(state.c), state.kappa
        self.memory, self.kappa = memory.repeat(b, 1), state.kappa.repeat(b, 1)  # (b, 3 n + 3 + s) and (b, k)
        self.c = [c.repeat(b, 1) for c in state.c]
        self.h1, self.x, self.w = slice(0, n), slice(n, n + 3), slice(n + 3, n + 3 + s)
        self.h2, self.h3 = slice(n + 3 + s, 2 * n + 3 + s), slice(2 * n + 3 + s, 3 * n + 3 + s)
        cell = net.first.cell
        x1, w1 = cell.weight_ih.tensor_split([3], 1)
        into2, from2, *bias2 = net.second.all_weights[0]
        into3, from3, *bias3 = net.third.all_weights[0]
        x2, h2, w2 = into2.tensor_split([3, 3 + n], 1)
        x3, h3, w3 = into3.tensor_split([3, 3 + n], 1)
        self.layers = (
            _joined([cell.weight_hh, x1, w1[:, occurring]], [cell.bias_ih, cell.bias_hh]),
            _joined([h2, x2, w2[:, occurring], from2], bias2),
            _joined([x3, w3[:, occurring], h3, from3], bias3),
        )
        o1, o2 = net.out.weight.tensor_split([n], 1)
        self.out = torch.cat([o1, o1.new_zeros(len(o1), 3 + s), o2], 1).t(), net.out.bias

    def step(self, offsets: Tensor) -> tuple[Tensor, Tensor]:
        """Read a point.

        Args:
            offsets: (b, 3)

        Returns:
            outputs (b, 6 m + 1) for `Mixture`, phi (b, u)
        """
        memory = self.memory
        memory[:, self.x] = offsets
        self._layer(0, memory[:, : self.w.stop], memory[:, self.h1])
        self.kappa, memory[:, self.w], phi = self.first.attend(memory[:, self.h1], self.kappa, self.text, self.place)
        self._layer(1, memory[:, : self.h2.stop], memory[:, self.h2])
        self._layer(2, memory[:, self.x.start :], memory[:, self.h3])
        weight, bias = self.out
        return torch.addmm(bias, memory, weight), phi

    def _layer(self, layer: int, inputs: Tensor, h: Tensor) -> None:
        """One LSTM; writes h (b, n) where it belongs. tanh(x) = 2 sigmoid(2 x) - 1, which takes a third of its time."""
        weight, bias = self.layers[layer]
        gates = torch.addmm(bias, inputs, weight).sigmoid_()  # (b, 4 n)
        into, forget, out, new = gates.chunk(4, 1)
        c = self.c[layer].mul_(forget).addcmul_(into, new.mul_(2).sub_(1))
        torch.mul(out, (2 * c).sigmoid_().mul_(2).sub_(1), out=h)

    def keep(self, rows: Tensor) -> None:
        """Go on with some rows only."""
        self.memory, self.text, self.kappa = self.memory[rows], self.text[rows], self.kappa[rows]
        self.c = [c[rows] for c in self.c]

    def begin(self, rows: Tensor, lines: Tensor) -> None:
        """Let rows (r,) begin anew, each with a line of its own, (r,)."""
        memory, c, kappa = self.start
        self.memory[rows], self.kappa[rows], self.text[rows] = memory, kappa, self.lines[lines]
        for own, first in zip(self.c, c, strict=True):
            own[rows] = first


def _joined(weights: list[Tensor], biases: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """One matrix (inputs, 4 n) and bias (4 n,) of an LSTM; gates in, forget, out, new, the last of them doubled."""
    bias = torch.stack(list(biases)).sum(0)
    into, forget, new, out = torch.cat([*weights, bias[:, None]], 1).chunk(4)
    both = torch.cat([into, forget, out, 2 * new]).t()
    return both[:-1].contiguous(), both[-1].contiguous()
