r"""Graves' handwriting synthesis network: offsets and a text in, a mixture for the next offset out.

    x_t = (dx, dy, eos)                                       offset into point t; eos: the pen lifts after it
    h1_t = LSTM1(x_t, w_{t-1}; h1_{t-1})                      eq 52
    (a, b, k) = W_{h1 p} h1_t + b_p                           eq 48
    alpha_t = exp a,  beta_t = exp b,  kappa_t = kappa_{t-1} + exp k        eq 49 to 51
    phi(t, u) = sum_K alpha_t exp(-beta_t (kappa_t - u)^2)    eq 46
    w_t = sum_u phi(t, u) c_u                                 eq 47: c_u one-hot, w_t a soft letter
    h2_t = LSTM2(x_t, h1_t, w_t),  h3_t = LSTM3(x_t, h2_t, w_t)             eq 53: every layer sees the input
    y_t = W [h1_t, h2_t, h3_t] + b_y -> mixture of x_{t+1}    eq 17, 25; see `mixture`

    b batch   t time   u characters   k window Gaussians   s symbols   n cells of a layer

The text ends with TEXT_END, a place for the window to go when the last letter is written; what is written there is the
move to the next line. Layer 1 depends on its own
window and is a loop over time; layers 2 and 3 then take all time steps at once.
Source: Graves 2013 (arXiv:1308.0850), section 5. Departs: no peepholes (so the layers are cuDNN's), and the biases of
the window begin at one letter in `POINTS_A_LETTER` points.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from plotwriter.nets.gpt import ALPHABET, PAD, n_symbol, symbols_of
from plotwriter.nets.mixture import Mixture, n_output

__all__ = ["LINE_ALPHABET", "NEXT_LINE", "TEXT_END", "LSTMConfig", "Loop", "State", "WindowLSTM", "WindowLayer", "ended_symbols"]

LINE_ALPHABET = " " + ALPHABET  #: words of a line stand apart
TEXT_END = 1  # the symbol that NULL is to the arc GPT
POINTS_A_LETTER = 14.0
NEXT_LINE = 6.0  #: x-heights down, the move that TEXT_END is written as
LARGEST = 6.0  # of what is exponentiated in the window


@dataclass(frozen=True, slots=True)
class LSTMConfig:
    """The shape of the net, and what a unit of its offsets is."""

    n_cell: int = 400
    n_window: int = 10
    n_mixture: int = 20
    unit: tuple[float, float] = (1.0, 1.0)  #: x-heights of one unit offset in x and in y
    alphabet: str = LINE_ALPHABET


@dataclass(slots=True, eq=False)
class State:
    """What the net remembers of b rows between points."""

    h: Tensor  #: (3, b, n)
    c: Tensor  #: (3, b, n)
    kappa: Tensor  #: (b, k) letters
    window: Tensor  #: (b, s) the soft letter w

    def keep(self, rows: Tensor) -> State:
        """Go on with some rows only."""
        return State(self.h[:, rows], self.c[:, rows], self.kappa[rows], self.window[rows])

    def expand(self, n: int) -> State:
        """One row for n."""
        return self.keep(torch.zeros(n, dtype=torch.long, device=self.h.device))


def ended_symbols(texts: list[str], alphabet: str, device: torch.device | None = None) -> Tensor:
    """Lines as symbols (b, u), each ended with TEXT_END and padded with PAD.

    Raises:
        KeyError: a character that is not in the alphabet
    """
    symbols = F.pad(symbols_of(texts, alphabet, device), (0, 1), value=PAD)
    lengths = torch.tensor([len(text) for text in texts], device=device)
    return symbols.scatter(1, lengths[:, None], TEXT_END)


class WindowLayer(nn.Module):
    """Layer 1 and its window, over all time."""

    def __init__(self, n_cell: int, n_window: int, n_symbols: int) -> None:
        super().__init__()
        self.cell = nn.LSTMCell(3 + n_symbols, n_cell)
        self.window = nn.Linear(n_cell, 3 * n_window)
        with torch.no_grad():
            alpha, beta, kappa = self.window.bias.view(3, -1)
            alpha.fill_(-math.log(n_window))
            beta.zero_()
            kappa.fill_(-math.log(POINTS_A_LETTER))

    def attend(self, h: Tensor, kappa: Tensor, text: Tensor, place: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The window after one point.

        Args:
            h: (b, n)
            kappa: (b, k) before
            text: (b, u, s)
            place: (u,) 0, 1, 2 ...

        Returns:
            kappa (b, k), w (b, s) and phi (b, u)
        """
        alpha, beta, step = self.window(h).clamp(max=LARGEST).exp().chunk(3, -1)
        kappa = kappa + step
        distance = kappa[..., None] - place  # (b, k, u)
        phi = torch.bmm(alpha[:, None], torch.exp(-beta[..., None] * distance * distance))  # (b, 1, u)
        return kappa, torch.bmm(phi, text)[:, 0], phi[:, 0]

    def forward(
        self, offsets: Tensor, text: Tensor, h: Tensor, c: Tensor, kappa: Tensor, window: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """All points.

        Args:
            offsets: (b, t, 3)
            text: (b, u, s)
            h, c, kappa, window: layer 1 of a `State`

        Returns:
            h (b, t, n), w (b, t, s), phi (b, t, u); c (b, n) and kappa (b, k) at the end
        """
        outputs, windows, phis = [], [], []
        place = torch.arange(text.shape[1], device=h.device, dtype=h.dtype)
        for x in offsets.unbind(1):
            h, c = self.cell(torch.cat([x, window], -1), (h, c))
            kappa, window, phi = self.attend(h, kappa, text, place)
            outputs.append(h)
            windows.append(window)
            phis.append(phi)
        return torch.stack(outputs, 1), torch.stack(windows, 1), torch.stack(phis, 1), c, kappa


Loop = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor], tuple[Tensor, Tensor, Tensor, Tensor, Tensor]]


class WindowLSTM(nn.Module):
    """See the module's docstring."""

    def __init__(self, config: LSTMConfig) -> None:
        super().__init__()
        self.config = config
        n, s = config.n_cell, n_symbol(config.alphabet)
        self.first = WindowLayer(n, config.n_window, s)
        self.second = nn.LSTM(3 + n + s, n, batch_first=True)
        self.third = nn.LSTM(3 + n + s, n, batch_first=True)
        self.out = nn.Linear(3 * n, n_output(config.n_mixture))

    def one_hot(self, symbols: Tensor) -> Tensor:
        """Symbols (b, u) as the c_u of the window, (b, u, s); PAD is nothing."""
        hot = F.one_hot(symbols, n_symbol(self.config.alphabet)).to(self.out.weight.dtype)
        return hot * (symbols != PAD)[..., None]

    def start(self, b: int) -> State:
        """Before the first point."""
        zeros = self.out.weight.new_zeros
        n, k, s = self.config.n_cell, self.config.n_window, n_symbol(self.config.alphabet)
        return State(zeros(3, b, n), zeros(3, b, n), zeros(b, k), zeros(b, s))

    def run(self, offsets: Tensor, text: Tensor, state: State, loop: Loop | None = None) -> tuple[Tensor, Tensor, State]:
        """Several points at once, their offsets known.

        Args:
            offsets: (b, t, 3)
            text: (b, u, s), see `one_hot`
            state: before the first of them
            loop: what runs layer 1; None: `first` itself

        Returns:
            outputs (b, t, 6 m + 1) for `Mixture.of`, phi (b, t, u), and the state after the last
        """
        h1, w, phi, c1, kappa = (loop or self.first)(offsets, text, state.h[0], state.c[0], state.kappa, state.window)
        h2, (h2_end, c2_end) = self.second(torch.cat([offsets, h1, w], -1), (state.h[1:2], state.c[1:2]))
        h3, (h3_end, c3_end) = self.third(torch.cat([offsets, h2, w], -1), (state.h[2:], state.c[2:]))
        after = State(torch.cat([h1[None, :, -1], h2_end, h3_end]), torch.cat([c1[None], c2_end, c3_end]), kappa, w[:, -1])
        return self.out(torch.cat([h1, h2, h3], -1)), phi, after

    def log_likelihood(self, offsets: Tensor, symbols: Tensor, real: Tensor, read: bool = True, loop: Loop | None = None) -> Tensor:
        """Log-likelihood of lines, nats.

        Args:
            offsets: (b, t, 3) of the lines' points, in units; the first is the input that begins a line and not predicted
            symbols: (b, u)
            real: (b, t) True at points of the line
            read: False: the window is off, the net knows ink as such
            loop: see `run`

        Returns:
            (b,)
        """
        output, _, _ = self.run(offsets[:, :-1], self.one_hot(symbols) * read, self.start(len(offsets)), loop)
        row = Mixture.of(output).log_likelihood(offsets[:, 1:, :2], offsets[:, 1:, 2])
        return (row * real[:, 1:]).sum(1)
