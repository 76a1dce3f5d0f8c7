"""A reader of arcs: what does this ink say?

    steps -> features -> n_layer residual convolutions (width 5) -> a character or blank at every step

It reads the same steps the samplers write, about five a character, so reading a page costs less
than writing one line of it. It sees a letter and its neighbours and no more: it is to judge whether
the ink can be read, not to guess what a word should have been. b batch, t steps, k classes.
Source: connectionist temporal classification, Graves et al. 2006 (ICML), eq 14-15 by torch's
`ctc_loss`; departs: input is arcs, not resampled points.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from plotwriter.nets.arc_tokens import BULGES, DRAW, MOVE, RETURN
from plotwriter.nets.gpt import ALPHABET

__all__ = ["BLANK", "N_FEATURE", "Recognizer", "RecognizerConfig", "Trunk", "features"]

BLANK = 0
N_FEATURE = 15


@dataclass(frozen=True, slots=True)
class RecognizerConfig:
    """The shape of a reader."""

    n_layer: int = 5
    n_channel: int = 128
    dropout: float = 0.15
    alphabet: str = ALPHABET


def features(tokens: Tensor, position: Tensor) -> Tensor:
    """Steps as geometry.

    Args:
        tokens: (b, t, 4)
        position: (b, t, 2) the pen before each step, x-heights, y up

    Returns:
        (b, t, N_FEATURE) float32: the way, its length, the tangents at both ends, bulge, heights, kind
    """
    pen = tokens[..., 0]
    after = torch.cat([position[:, 1:], position[:, -1:]], 1)
    way = after - position
    size = way.norm(dim=-1, keepdim=True)
    drawn = (pen == DRAW)[..., None]
    bulge = torch.from_numpy(BULGES.astype(np.float32)).to(tokens.device)[tokens[..., 3]][..., None] * drawn
    unit = way / size.clamp(min=1e-6)
    turned = torch.stack([-unit[..., 1], unit[..., 0]], -1)
    start, end = F.normalize(unit + 4 * bulge * turned, dim=-1), F.normalize(unit - 4 * bulge * turned, dim=-1)
    kinds = torch.stack([pen == DRAW, pen == MOVE, pen == RETURN, (pen == DRAW) & (tokens[..., 2] == 0)], -1).float()
    return torch.cat([way, (size + 0.03).log(), start, end, bulge, position[..., 1:] / 2, after[..., 1:] / 2, size, kinds], -1)


class Trunk(nn.Module):
    """Residual convolutions over the steps of a word."""

    def __init__(self, n_feature: int, n_layer: int, n_channel: int, dropout: float) -> None:
        super().__init__()
        c = n_channel
        self.enter = nn.Linear(n_feature, c)
        self.norms = nn.ModuleList([nn.LayerNorm(c) for _ in range(n_layer)])
        self.convolutions = nn.ModuleList([nn.Conv1d(c, c, 5, padding=2) for _ in range(n_layer)])
        self.mixes = nn.ModuleList([nn.Linear(c, c) for _ in range(n_layer)])
        self.drop = nn.Dropout(dropout)

    def see(self, x: Tensor, real: Tensor) -> Tensor:
        """Features (b, t, n_feature) to (b, t, c); `real` (b, t) marks the steps of each word."""
        mask = real[..., None]
        x = self.enter(x)
        for norm, convolution, mix in zip(self.norms, self.convolutions, self.mixes, strict=True):
            near = convolution((norm(x) * mask).transpose(1, 2)).transpose(1, 2)
            x = x + self.drop(mix(F.gelu(near)))  # (b, t, c)
        return x


class Recognizer(Trunk):
    """See the module's docstring."""

    def __init__(self, config: RecognizerConfig) -> None:
        super().__init__(N_FEATURE, config.n_layer, config.n_channel, config.dropout)
        self.config = config
        self.out = nn.Sequential(nn.LayerNorm(config.n_channel), nn.Linear(config.n_channel, 1 + len(config.alphabet)))

    def trunk(self, tokens: Tensor, position: Tensor, real: Tensor) -> Tensor:
        """What the convolutions see at every step, (b, t, c)."""
        return self.see(features(tokens, position), real)

    def forward(self, tokens: Tensor, position: Tensor, real: Tensor) -> Tensor:
        """Log-probabilities (b, t, k) of a character or blank at every step; `real` (b, t) marks the steps of each word."""
        return F.log_softmax(self.out(self.trunk(tokens, position, real)).float(), -1)

    def pooled(self, tokens: Tensor, position: Tensor, real: Tensor) -> Tensor:
        """The trunk's mean over the steps of each word, (b, c): how the ink looks, whatever it says."""
        mask = real[..., None]
        return (self.trunk(tokens, position, real) * mask).sum(1) / mask.sum(1)

    def negative_log_likelihood(self, tokens: Tensor, position: Tensor, real: Tensor, texts: list[str]) -> Tensor:
        """-log p(text | ink), nats, (b,); infinite for a text that the ink has too few steps for."""
        index = {c: i + 1 for i, c in enumerate(self.config.alphabet)}
        targets = torch.tensor([index[c] for text in texts for c in text], device=tokens.device)
        sizes = torch.tensor([len(text) for text in texts], device=tokens.device)
        needed = torch.tensor([len(text) + sum(a == b for a, b in pairwise(text)) for text in texts], device=tokens.device)
        log_p = self(tokens, position, real).transpose(0, 1)  # (t, b, k)
        # zero_infinity: without it one impossible text makes every gradient NaN, masked or not
        cost = F.ctc_loss(log_p, targets, real.sum(1), sizes, blank=BLANK, reduction="none", zero_infinity=True)
        return torch.where(needed > real.sum(1), torch.inf, cost)

    @torch.inference_mode()
    def read(self, tokens: Tensor, position: Tensor, real: Tensor) -> list[str]:
        """The likeliest character at every step, repeats and blanks taken out."""
        best = self(tokens, position, real).argmax(-1)
        texts = []
        for row, n in zip(best.tolist(), real.sum(1).tolist(), strict=True):
            kept = [k for i, k in enumerate(row[:n]) if k != BLANK and (i == 0 or row[i - 1] != k)]
            texts.append("".join(self.config.alphabet[k - 1] for k in kept))
        return texts
