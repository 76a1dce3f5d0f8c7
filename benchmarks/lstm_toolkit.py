"""The shape of the X-rayLaser toolkit's net, to be timed: random weights, the same sums, a line at a time.

    [offset, w] -> LSTM 400 -> window of 10 Gaussians -> [offset, h1, w] -> LSTM 400 -> [offset, h2, w] -> LSTM 400 -> 121 numbers -> offset

A point takes a pass of one row and a draw from `torch.distributions`. As there: cells have peepholes, written out and compiled by
TorchScript; window and output have a linear layer for each of their parts. What it writes means nothing; its time does not
depend on the weights.
Source: github.com/X-rayLaser/pytorch-handwriting-synthesis-toolkit, handwriting_synthesis/models.py as of 2fd38a7: 3 x 400, 10
window and 20 offset mixtures, batch of 1; 770 to 1,040 points a second were measured of it on one thread of a machine such as ours.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

N_CELL, N_WINDOW, N_MIXTURE, N_SYMBOL = 400, 10, 20, 80


class Peephole(torch.jit.ScriptModule):
    """An LSTM cell whose gates see the cell: Graves 2013, eq 7 to 11."""

    def __init__(self, n_input: int) -> None:
        super().__init__()
        self.gates = nn.Parameter(torch.randn(n_input + N_CELL, 4 * N_CELL) / N_CELL**0.5)
        self.peep, self.bias = nn.Parameter(torch.zeros(3, N_CELL)), nn.Parameter(torch.zeros(4, N_CELL))

    @torch.jit.script_method
    def forward(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        """The state after x (1, n_input)."""
        i, f, g, o = (torch.cat([x, h], 1) @ self.gates).chunk(4, 1)
        into = torch.sigmoid(i + self.peep[0] * c + self.bias[0])
        c = torch.sigmoid(f + self.peep[1] * c + self.bias[1]) * c + into * torch.tanh(g + self.bias[2])
        return torch.sigmoid(o + self.peep[2] * c + self.bias[3]) * torch.tanh(c), c


class Synthesis(nn.Module):
    """See the module's docstring."""

    def __init__(self) -> None:
        super().__init__()
        self.first = Peephole(3 + N_SYMBOL)
        self.second, self.third = Peephole(3 + N_CELL + N_SYMBOL), Peephole(3 + N_CELL + N_SYMBOL)
        self.window = nn.ModuleList([nn.Linear(N_CELL, N_WINDOW) for _ in range(3)])
        self.out = nn.ModuleList([nn.Linear(3 * N_CELL, n) for n in (N_MIXTURE, 2 * N_MIXTURE, 2 * N_MIXTURE, N_MIXTURE, 1)])


@torch.inference_mode()
def sample(net: Synthesis, text: Tensor, n_points: int, bias: float = 1.0) -> Tensor:
    """Points (n_points, 3) for a one-hot text (u, N_SYMBOL), one after another."""
    states = [(torch.zeros(1, N_CELL), torch.zeros(1, N_CELL)) for _ in range(3)]
    kappa, w, x = torch.zeros(1, N_WINDOW), torch.zeros(1, N_SYMBOL), torch.zeros(1, 3)
    place = torch.arange(len(text), dtype=torch.float32)
    points = []
    for _ in range(n_points):
        states[0] = net.first(torch.cat([x, w], 1), *states[0])
        alpha, beta, step = (part(states[0][0]).exp()[..., None] for part in net.window)
        kappa = kappa + step[..., 0]
        w = (alpha * torch.exp(-beta * (kappa[..., None] - place) ** 2)).sum(1) @ text
        states[1] = net.second(torch.cat([x, states[0][0], w], 1), *states[1])
        states[2] = net.third(torch.cat([x, states[1][0], w], 1), *states[2])
        weight, mean, sigma, rho, eos = (part(torch.cat([h for h, _ in states], 1))[0] for part in net.out)
        k = int(torch.multinomial(torch.softmax(weight * (1 + bias), 0), 1))
        s, t = torch.exp(sigma - bias)[[k, k + N_MIXTURE]]
        cross = torch.tanh(rho[k]) * s * t
        covariance = torch.tensor([[s**2, cross], [cross, t**2]])
        drawn = torch.distributions.MultivariateNormal(mean[[k, k + N_MIXTURE]], covariance).sample()
        x = torch.tensor([[drawn[0].item(), drawn[1].item(), float(torch.sigmoid(eos) > 0.5)]])
        points.append(x[0])
    return torch.stack(points)
