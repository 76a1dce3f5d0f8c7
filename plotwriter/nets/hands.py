"""A hand seen, and hands kept: from reference words to the style the arc GPT writes in.

    reference words -> features + letter of every step -> n_layer convolutions -> x (n, t, c)
        x pooled by attention over all words of a hand  -> general (g, c)
        x averaged over every letter's own steps        -> letters (g, s, c)

    n reference words   g hands   t steps   c channels   s symbols of the alphabet

One vector for the whole hand blurs with every further word (an average of people is nobody); the vectors of
the letters do not: each says how this hand writes that letter, and goes to where that letter is written.
Source: writer and glyph heads after Dai et al. 2023 (CVPR, SDT); departs: reference ink is arcs, and the
glyph head is a mean by letter instead of attention.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from plotwriter.nets.gpt import ArcGPT, GPTConfig, HandStyle, n_symbol
from plotwriter.nets.recognizer import N_FEATURE, Trunk, features

__all__ = ["HandModel", "HandModelConfig", "HandReader", "References"]


@dataclass(slots=True, eq=False)
class References:
    """Words that show hands."""

    tokens: Tensor  #: (n, t, 4)
    position: Tensor  #: (n, t, 2)
    real: Tensor  #: (n, t)
    symbols: Tensor  #: (n, t) the character each step writes, as a symbol
    hand: Tensor  #: (n,) whose word it is, 0 to n_hand - 1
    n_hand: int

    def to(self, device: torch.device) -> References:
        """The same on a device."""
        at = device
        return References(self.tokens.to(at), self.position.to(at), self.real.to(at), self.symbols.to(at), self.hand.to(at), self.n_hand)


class HandReader(Trunk):
    """Reference words to a `HandStyle`."""

    def __init__(self, gpt: GPTConfig, n_layer: int = 3, n_channel: int = 128) -> None:
        super().__init__(N_FEATURE + n_channel, n_layer, n_channel, gpt.dropout)
        self.n_symbol = n_symbol(gpt.alphabet)
        self.symbols = nn.Embedding(self.n_symbol, n_channel)
        self.norm = nn.LayerNorm(n_channel)
        self.attention = nn.Sequential(nn.Linear(n_channel, n_channel), nn.Tanh(), nn.Linear(n_channel, 4))
        self.general_out = nn.Sequential(nn.Linear(4 * n_channel, n_channel), nn.GELU(), nn.Linear(n_channel, gpt.n_channel))
        self.letters_out = nn.Linear(n_channel, gpt.n_channel, bias=False)

    def forward(self, references: References) -> HandStyle:
        """The hands that the words show, (g, c) and (g, s, c); a letter not among them is zeros."""
        r, g = references, references.n_hand
        x = torch.cat([features(r.tokens, r.position), self.symbols(r.symbols)], -1)
        x = self.norm(self.see(x, r.real)).float().flatten(0, 1)  # (m, c): all steps of all words in one row
        real = r.real.float().flatten()[:, None]
        hand = r.hand.repeat_interleave(r.real.shape[1])  # (m,)
        weight = torch.exp(self.attention(x).float().clamp(-10, 10)) * real  # (m, 4); a softmax over each hand's steps, in two parts
        total = x.new_zeros(g, 4).index_add(0, hand, weight)
        share = weight / total[hand]
        pooled = torch.stack([x.new_zeros(g, x.shape[-1]).index_add(0, hand, share[:, k : k + 1] * x) for k in range(4)], 1)
        cell = hand * self.n_symbol + r.symbols.flatten()
        count = x.new_zeros(g * self.n_symbol, 1).index_add(0, cell, real)
        mean = x.new_zeros(g * self.n_symbol, x.shape[-1]).index_add(0, cell, x * real) / count.clamp(min=1)
        letters = self.letters_out(mean).view(g, self.n_symbol, -1)
        return HandStyle(self.general_out(pooled.flatten(1)).float(), letters.float())


@dataclass(frozen=True, slots=True)
class HandModelConfig:
    """A net and how many hands are kept with it."""

    gpt: GPTConfig
    n_hand: int


class HandModel(nn.Module):
    """What a weights file holds: the net that writes, the net that sees hands, and the hands that ship."""

    def __init__(self, config: HandModelConfig) -> None:
        super().__init__()
        self.config = config
        self.gpt = ArcGPT(config.gpt)
        self.reader = HandReader(config.gpt)
        c = config.gpt.n_channel
        self.general = nn.Parameter(torch.zeros(config.n_hand, c))
        self.letters = nn.Parameter(torch.zeros(config.n_hand, n_symbol(config.gpt.alphabet), c))

    def style(self, row: int) -> HandStyle:
        """One hand that is kept, as one row."""
        return HandStyle(self.general[row : row + 1].detach(), self.letters[row : row + 1].detach())
