"""The window's loop over time as a CUDA graph.

A step of the loop is some 15 small kernels, and as many again backwards twice over; launched one by one from Python they
keep a GPU waiting. A graph replays all of them for a given shape. Its backward pass writes into fixed buffers, so
gradients of one pass have to be used up before the next: no accumulation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from plotwriter.nets.lstm import Loop, WindowLayer

if TYPE_CHECKING:
    from plotwriter.training.points import OffsetBatch

__all__ = ["WindowGraphs"]


class _Shared(nn.Module):
    """A layer under another name: a graph takes over the module it is made of."""

    def __init__(self, layer: WindowLayer) -> None:
        super().__init__()
        self.layer = layer

    def forward(
        self, offsets: Tensor, text: Tensor, h: Tensor, c: Tensor, kappa: Tensor, window: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """As the layer."""
        out: tuple[Tensor, Tensor, Tensor, Tensor, Tensor] = self.layer(offsets, text, h, c, kappa, window)
        return out


class WindowGraphs:
    """Graphs of one layer, made as shapes of batches come."""

    def __init__(self) -> None:
        self.graphs: dict[tuple[int, ...], Loop] = {}

    def __call__(self, layer: WindowLayer, batch: OffsetBatch) -> Loop:
        """The layer's loop for a batch of this shape; on a CPU, the layer itself."""
        if batch.offsets.device.type != "cuda":
            return layer
        (b, t, _), u = batch.offsets.shape, batch.symbols.shape[1]
        key = b, t - 1, u
        if key not in self.graphs:
            weight = layer.window.weight
            n, k = weight.shape[1], weight.shape[0] // 3
            s = layer.cell.input_size - 3
            shapes = (b, t - 1, 3), (b, u, s), (b, n), (b, n), (b, k), (b, s)
            sample = tuple(weight.new_zeros(shape) for shape in shapes)
            self.graphs[key] = torch.cuda.make_graphed_callables(_Shared(layer), sample)  # type: ignore[assignment]
        return self.graphs[key]
