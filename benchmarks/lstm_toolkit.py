"""The shape of the X-rayLaser toolkit's net, to be timed: random weights, the same sums, a line at a time.

    [offset, w] -> LSTM 400 -> window of 10 Gaussians -> [offset, h1, w] -> LSTM 400 -> [offset, h2, w] -> LSTM 400 -> 121 numbers -> offset

A point takes a pass of one row, a draw from `torch.distributions` and a look whether the text is over. As there: cells have
peepholes, written out and compiled by TorchScript; window and output have a linear layer for each of their parts; and nothing
turns autograd off, which keeps every point's graph until the line is done (neither its `synthesize.py` nor its
`txt2script.py` does). `as_published=False` times the same sums without it. What it writes means nothing; its time does not
depend on the weights.
Source: github.com/X-rayLaser/pytorch-handwriting-synthesis-toolkit, handwriting_synthesis/models.py as of 2fd38a7: 3 x 400, 10
window and 20 offset mixtures, batch of 1; 770 to 1,040 points a second were measured of it on one thread of a machine such as ours.
"""

from __future__ import annotations

import warnings

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


def sample(net: Synthesis, text: Tensor, n_points: int, bias: float = 1.0, as_published: bool = True) -> Tensor:
    """Points (n_points, 3) for a one-hot text (u, N_SYMBOL), one after another; as published, autograd records them."""
    with torch.set_grad_enabled(as_published), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch, that numbers are taken from what autograd records
        return _sample(net, text, n_points, bias)


def _sample(net: Synthesis, text: Tensor, n_points: int, bias: float) -> Tensor:
    states = [(torch.zeros(1, N_CELL), torch.zeros(1, N_CELL)) for _ in range(3)]
    kappa, w, x = torch.zeros(1, N_WINDOW), torch.zeros(1, N_SYMBOL), torch.zeros(1, 3)
    place = torch.arange(len(text))
    points, windows = [], []
    over = 0
    for _ in range(n_points):
        states[0] = net.first(torch.cat([x, w], 1), *states[0])
        alpha, beta, step = (part(states[0][0]).exp()[..., None] for part in net.window)
        kappa = kappa + step[..., 0]
        phi = (alpha * torch.exp(-beta * (kappa[..., None] - place) ** 2)).sum(1)
        windows.append(phi)
        w = phi @ text
        states[1] = net.second(torch.cat([x, states[0][0], w], 1), *states[1])
        states[2] = net.third(torch.cat([x, states[1][0], w], 1), *states[2])
        weight, mean, sigma, rho, lift = (part(torch.cat([h for h, _ in states], 1))[0] for part in net.out)
        weight, sigma = torch.softmax(weight * (1 + bias), 0), torch.exp(sigma - bias)
        rho, eos = torch.tanh(rho), torch.sigmoid(lift)
        k = int(torch.multinomial(weight, 1))
        s, t = sigma[k], sigma[k + N_MIXTURE]
        cross = rho[k] * s * t
        covariance = torch.tensor([[s**2, cross], [cross, t**2]])
        centre = torch.tensor([mean[k].item(), mean[k + N_MIXTURE].item()])
        drawn = torch.distributions.MultivariateNormal(centre, covariance).sample()
        x = torch.tensor([[drawn[0].item(), drawn[1].item(), float(eos > 0.5)]])
        points.append(x[0])
        over += bool(phi[0, -1] > 0.8 or (phi[0].argmax() == len(text) - 1 and x[0, 2] > 0.5))  # there the line would end
    return torch.stack(points)
