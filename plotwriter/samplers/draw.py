"""Steps drawn from the arc GPT, one at a time, many words at once.

    prefill -> [decode one step -> pick pen, direction, length, bulge -> move the pen] until END

b rows (one a draw of a word); every row has its own uniforms, so rows do not disturb each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from plotwriter.nets.arc_tokens import DRAW, END, MOVE, N_BULGE, RETURN, advance
from plotwriter.nets.gpt import START, ArcGPT, up_to_end

__all__ = ["Draw", "draw_words", "one_thread", "stack"]


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute on one CPU thread, and give the others back.

    The matrices of a word are small: more threads wait for each other (6 to 70 times slower on a busy
    machine), and a fixed number keeps the last bits of every sum the same.
    """
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """One attempt at one word."""

    tokens: npt.NDArray[np.int64]  #: (t, 4) END included, when it was reached
    ended: bool  #: whether END was reached within the net's window


def _pick(logits: Tensor, uniform: Tensor, temperature: float, top_k: int) -> Tensor:
    """One class a row by inverting the cumulative distribution.

    Args:
        logits: (b, n)
        uniform: (b,) in [0, 1)
        temperature: of the logits
        top_k: only the likeliest k classes count
    """
    best, index = logits.float().topk(min(top_k, logits.shape[-1]), dim=-1)
    cumulative = torch.softmax(best / temperature, -1).cumsum(-1)
    k = (cumulative <= uniform[:, None] * cumulative[:, -1:]).sum(-1).clamp(max=best.shape[-1] - 1)
    return index.gather(1, k[:, None])[:, 0]


def _allowed(last: Tensor, may_return: Tensor) -> Tensor:
    """(b, 4) which pens make sense after the last one: a grammar all real words obey.

    A word begins with MOVE; after MOVE comes DRAW; RETURN needs a stroke that the last MOVE interrupted.
    """
    after_draw, after_return = last == DRAW, last == RETURN
    allowed = torch.zeros(len(last), 4, dtype=torch.bool, device=last.device)
    allowed[:, DRAW] = last >= 0
    allowed[:, MOVE] = (last < 0) | after_draw | after_return
    allowed[:, RETURN] = after_draw & may_return
    allowed[:, END] = after_draw
    return allowed


@torch.inference_mode()
def draw_words(
    net: ArcGPT, texts: list[str], style: Tensor, uniforms: npt.NDArray[np.float64], *, temperature: float, top_k: int = 20
) -> list[Draw]:
    """One draw for every row.

    Args:
        net: in eval mode
        texts: b words of the net's alphabet
        style: (b, c)
        uniforms: (b, max_steps, 4) in [0, 1): one for every pick
        temperature: below 1 is more careful
        top_k: only the likeliest k classes of each head count
    """
    device = style.device
    cache = net.prefill(net.encode_characters(texts, device), style)
    b, t_end = len(texts), net.config.max_steps
    result = np.zeros((b, t_end, 4), np.int64)
    length = np.full(b, t_end)
    ended = np.zeros(b, bool)
    rows = np.arange(b)  # of the result, those still writing
    tokens = torch.tensor(START, device=device).repeat(b, 1)
    last, may_return, drawn = (
        torch.full((b,), -1, device=device),
        torch.zeros(b, dtype=torch.bool, device=device),
        torch.zeros(b, dtype=torch.bool, device=device),
    )
    position, left_at = np.zeros(b, np.complex128), np.zeros(b, np.complex128)
    random = torch.from_numpy(uniforms).float().to(device)
    for t in range(t_end):
        place = torch.from_numpy(np.stack([position.real, position.imag], 1)).to(device, style.dtype)
        x = net.decode_one(tokens, place, cache)
        u = random[torch.from_numpy(rows).to(device), t]
        pen = _pick(net.pen_out(x).masked_fill(~_allowed(last, may_return), -torch.inf), u[:, 0], temperature, 4)
        x = x + net.pen_given(pen)
        direction = _pick(net.direction_out(x), u[:, 1], temperature, top_k)
        x = x + net.direction_given(direction)
        size = _pick(net.length_out(x), u[:, 2], temperature, top_k)
        bulge = _pick(net.bulge_out(x + net.length_given(size)), u[:, 3], temperature, top_k)
        moves = (pen == DRAW) | (pen == MOVE)
        size = torch.where(pen == MOVE, size.clamp(min=1), size)
        tokens = torch.stack([pen, direction * moves, size * moves, torch.where((pen == DRAW) & (size > 0), bulge, N_BULGE // 2)], 1)
        may_return = torch.where(pen == MOVE, drawn, may_return & (pen != RETURN))
        drawn = drawn | (pen == DRAW)
        last = pen
        step = tokens.cpu().numpy()
        position, left_at = advance(step, position, left_at)
        result[rows, t] = step
        over = step[:, 0] == END
        if over.any():
            ended[rows[over]], length[rows[over]] = True, t + 1
            keep = np.flatnonzero(~over)
            if len(keep) == 0:
                break
            index = torch.from_numpy(keep).to(device)
            cache.keep(index)
            rows, position, left_at = rows[keep], position[keep], left_at[keep]
            tokens, last, may_return, drawn = tokens[index], last[index], may_return[index], drawn[index]
    return [Draw(result[i, : length[i]], bool(ended[i])) for i in range(b)]


def stack(draws: Sequence[Draw], device: torch.device, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor, Tensor]:
    """Draws as a batch: tokens (b, t, 4), the pen before each step (b, t, 2), and which steps are real (b, t)."""
    longest = max(len(draw.tokens) for draw in draws)
    tokens = np.zeros((len(draws), longest, 4), np.int64)
    tokens[..., 0] = END
    position = np.zeros((len(draws), longest, 2))
    at, left_at = np.zeros(len(draws), np.complex128), np.zeros(len(draws), np.complex128)
    for row, draw in zip(tokens, draws, strict=True):
        row[: len(draw.tokens)] = draw.tokens
    for t in range(longest):
        position[:, t, 0], position[:, t, 1] = at.real, at.imag
        at, left_at = advance(tokens[:, t], at, left_at)
    steps = torch.from_numpy(tokens).to(device)
    return steps, torch.from_numpy(position).to(device, dtype), up_to_end(steps[..., 0])
