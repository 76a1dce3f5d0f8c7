"""Polar tokens drawn from the Cursive Transformer, one after another, many lines at once.

    read what primes it -> [logits -> direction, radius-and-pen -> read them] until END

b rows (one a draw of a line); every row has its own random numbers, so rows do not disturb each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from plotwriter.nets import polar
from plotwriter.nets.cursive import CursiveTransformer
from plotwriter.nets.gpt import symbols_of

__all__ = ["DrawnTokens", "draw_tokens", "most_tokens"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def most_tokens(n_characters: int) -> int:
    """Tokens of the Cursive Transformer that a text may take; people take about 24 a character."""
    return 60 * n_characters + 60


@dataclass(frozen=True, slots=True, eq=False)
class DrawnTokens:
    """One attempt at a line by the Cursive Transformer."""

    words: list[list[npt.NDArray[np.complex128]]]  #: strokes of every word in its own frame, x-heights, y up
    tokens: Ints  #: (t,) priming included
    ended: bool  #: END came, with every word begun


@torch.inference_mode()
def draw_tokens(
    net: CursiveTransformer,
    texts: Sequence[str],
    uniforms: Floats,
    *,
    temperature: float = 1.0,
    top_k: int = 40,
    prime: tuple[Ints, str] | None = None,
) -> list[DrawnTokens]:
    """One draw for every row.

    Args:
        net: in eval mode
        texts: b lines of words of the net's alphabet
        uniforms: (b, t) in [0, 1), one for every token; t is also the most tokens a line may have
        temperature: of the logits; below 1 is more careful
        top_k: only the likeliest k tokens count
        prime: tokens (p,) of words of a hand from the line's first WORD on, without END, and what they say
    """
    device = net.out.weight.device
    before, first = ("", np.zeros(0, np.int64)) if prime is None else (prime[1] + " ", prime[0])
    first = np.append(first, [polar.WORD, polar.WORD])
    b, t_end = len(texts), min(uniforms.shape[1], net.config.max_tokens - len(first))
    limits = np.array([most_tokens(len(text)) for text in texts])
    t_end = min(t_end, int(limits.max()))
    cache = net.prefill(symbols_of([before + text for text in texts], net.config.alphabet, device), len(first) + t_end)
    logits = net.decode_some(torch.from_numpy(first).to(device).expand(b, -1), cache)
    tokens = np.full((b, t_end), polar.PAD, np.int64)
    left = np.array([len(text.split()) - 1 for text in texts])  # words not begun
    random = torch.from_numpy(uniforms).float().to(device)
    length, ended, rows = np.full(b, t_end), np.zeros(b, bool), np.arange(b)
    last = torch.full((b,), polar.WORD, device=device)
    kinds = _kinds(device)
    for t in range(t_end):
        may = torch.from_numpy(left[rows]).to(device)
        logits = logits.float().masked_fill(~_allowed(last, t, may, kinds), -torch.inf)
        best, index = logits.topk(top_k, -1)
        cumulative = torch.softmax(best / temperature, -1).cumsum(-1)
        u = random[torch.from_numpy(rows).to(device), t]
        k = (cumulative <= u[:, None] * cumulative[:, -1:]).sum(-1).clamp(max=top_k - 1)
        last = index.gather(1, k[:, None])[:, 0]
        step = last.cpu().numpy()
        tokens[rows, t] = step
        if t % 2:
            left[rows] -= step == polar.WORD
        over = step == polar.END
        late = ~over & (t + 1 >= limits[rows])
        if (over | late).any():
            length[rows[over]], ended[rows[over]], length[rows[late]] = t, True, t + 1
            keep = np.flatnonzero(~(over | late))
            if len(keep) == 0:
                break
            kept = torch.from_numpy(keep).to(device)
            cache.keep(kept)
            rows, last = rows[keep], last[kept]
        logits = net.decode_some(last[:, None], cache)
    return [
        DrawnTokens(polar.decode(tokens[i, : length[i]]), np.concatenate([first, tokens[i, : length[i]]]), bool(ended[i])) for i in range(b)
    ]


def _kinds(device: torch.device) -> Tensor:
    """(4, N_TOKEN) which tokens are radii, directions, WORD and END."""
    token = torch.arange(polar.N_TOKEN, device=device)
    radius = token < polar.FIRST_DIRECTION
    return torch.stack([radius, ~radius & (token < polar.PAD), token == polar.WORD, token == polar.END])


def _allowed(last: Tensor, t: int, left: Tensor, kinds: Tensor) -> Tensor:
    """(b, N_TOKEN) which tokens make sense: pairs, a WORD pair for each word of the text, END behind the last word."""
    radius, direction, word, end = kinds
    if t % 2:
        return torch.where((last == polar.WORD)[:, None], word, radius)
    begun = last != polar.WORD
    allowed: Tensor = direction | (word & (begun & (left > 0))[:, None]) | (end & (begun & (left == 0))[:, None])
    return allowed
