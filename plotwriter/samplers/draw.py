"""Steps drawn from the arc GPT, one at a time, many words at once.

    prefill -> [decode one step -> pick pen, direction, length, bulge -> move the pen] until END

A row may go on from ink that is there (`Begun`): a word of a person's, run through the net as the beginning of one long word,
so that what is then written is in its hand: priming, after Graves 2013 (arXiv:1308.0850, section 5.5).

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

from plotwriter.nets.arc_tokens import DRAW, END, MOVE, N_BULGE, N_PEN, RETURN, advance, quantise
from plotwriter.nets.gpt import NULL, PAD, START, ArcGPT, HandStyle, symbols_of, up_to_end

__all__ = ["NOTHING", "Begun", "Draw", "draw_words", "one_thread", "stack"]


CROWDED = 0.7  # share of a batch still writing at which the others are taken out of it: that copies the cache


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
    letters: npt.NDArray[np.int64]  #: (t,) the letter each step writes
    knots: npt.NDArray[np.complex128]  #: (t,) the pen after each step, x-heights, y up
    ended: bool  #: whether END was reached within the net's window


@dataclass(frozen=True, slots=True, eq=False)
class Begun:
    """A word that a row goes on from."""

    text: str
    tokens: npt.NDArray[np.int64]  #: (t, 4) without END
    letters: npt.NDArray[np.int64]  #: (t,) the letter each step writes, from 0 to the last


NOTHING = Begun("", np.zeros((0, 4), np.int64), np.zeros(0, np.int64))  #: a row that begins from an empty sheet


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


def _allowed(last: Tensor, may_return: Tensor, letter: Tensor, last_letter: Tensor) -> Tensor:
    """(b, 8) which pens and advances make sense after the last step: a grammar all real words obey.

    A word begins with MOVE at its first letter; after MOVE comes DRAW; RETURN needs a stroke that the last MOVE
    interrupted; END comes at the last letter.
    """
    begun, after_draw, after_return = last >= 0, last == DRAW, last == RETURN
    stay = torch.zeros(len(last), N_PEN, dtype=torch.bool, device=last.device)
    stay[:, DRAW] = begun
    stay[:, MOVE] = ~begun | after_draw | after_return
    stay[:, RETURN] = after_draw & may_return
    advance_too = stay & (begun & (letter < last_letter))[:, None]
    stay[:, END] = after_draw & (letter == last_letter)
    return torch.cat([stay, advance_too], 1)


@torch.inference_mode()
def draw_words(
    net: ArcGPT,
    texts: list[str],
    style: HandStyle,
    uniforms: npt.NDArray[np.float64],
    *,
    temperature: float,
    guidance: float = 1.0,
    top_k: int = 20,
    begun: Sequence[Begun] = (),
) -> list[Draw]:
    """One draw for every row.

    Args:
        net: in eval mode
        texts: b words of the net's alphabet
        style: of b rows
        uniforms: (b, max_steps, 4) in [0, 1): one for every pick
        temperature: below 1 is more careful
        guidance: scale of classifier-free guidance (Ho & Salimans 2022, arXiv:2207.12598, eq 6): 1 is none, more
            makes the text pull harder; every row is then computed twice, with its text and without
        top_k: only the likeliest k classes of each head count
        begun: what each of the b rows goes on from; it takes up its part of the net's window. None at all: nothing
    """
    device = style.general.device
    b, t_end = len(texts), net.config.max_steps
    begun = begun or [NOTHING] * b
    texts = [before.text + text for before, text in zip(begun, texts, strict=True)]
    n_begun = np.array([len(before.tokens) for before in begun])
    given = np.zeros((b, max(n_begun), 4), np.int64)  # the steps that are there, in the form that they are picked in
    for row, before in zip(given, begun, strict=True):
        row[: len(before.tokens)] = before.tokens
        row[: len(before.tokens), 0] += N_PEN * np.diff(before.letters, prepend=0)
    characters = symbols_of(texts, net.config.alphabet, device)
    both = guidance != 1
    if both:
        blank = torch.full_like(characters, PAD)
        blank[:, 0] = NULL
        characters = torch.cat([characters, blank])
        style = HandStyle(style.general.repeat(2, 1), style.letters.repeat(2, 1, 1))
    cache = net.prefill(characters, style)
    result, letters, knots = np.zeros((b, t_end, 4), np.int64), np.zeros((b, t_end), np.int64), np.zeros((b, t_end), np.complex128)
    length, ended = np.full(b, t_end), np.zeros(b, bool)
    rows = np.arange(b)  # of the result, those in the batch; some may have ended
    tokens = torch.tensor(START, device=device).repeat(b, 1)
    last, letter = torch.full((b,), -1, device=device), torch.zeros(b, dtype=torch.long, device=device)
    last_letter = torch.tensor([len(text) - 1 if net.config.pointer else 0 for text in texts], device=device)
    may_return, drawn = torch.zeros(b, dtype=torch.bool, device=device), torch.zeros(b, dtype=torch.bool, device=device)
    position, left_at = np.zeros(b, np.complex128), np.zeros(b, np.complex128)
    random = torch.from_numpy(uniforms).float().to(device)

    def twice(x: Tensor) -> Tensor:
        return torch.cat([x, x]) if both else x

    def guided(logits: Tensor) -> Tensor:
        if not both:
            return logits
        with_text, without = torch.log_softmax(logits.float(), -1).chunk(2)
        return without + guidance * (with_text - without)

    for t in range(t_end):
        place = torch.from_numpy(np.stack([position.real, position.imag], 1)).to(device, style.general.dtype)
        nowhere = torch.zeros_like(letter)
        x = net.decode_one(twice(tokens), twice(place), torch.cat([letter, nowhere]) if both else letter, cache)
        u = random[torch.from_numpy(rows).to(device), t]
        allowed = _allowed(last, may_return, letter, last_letter)
        there = torch.from_numpy(n_begun[rows] > t).to(device)
        fixed = torch.from_numpy(given[rows, t]).to(device) if t < given.shape[1] else None

        def picked(choice: Tensor, part: int, there: Tensor = there, fixed: Tensor | None = fixed) -> Tensor:
            return choice if fixed is None else torch.where(there, fixed[:, part], choice)

        if 0 < t <= given.shape[1]:  # a word that goes on from another begins with a stroke of its own, which has nothing to return to
            next_word = torch.from_numpy(n_begun[rows] == t).to(device)
            allowed[next_word] = torch.arange(2 * N_PEN, device=device) == N_PEN + MOVE
            drawn = drawn & ~next_word
        choice = picked(_pick(guided(net.pen_out(x)).masked_fill(~allowed, -torch.inf), u[:, 0], temperature, 2 * N_PEN), 0)
        pen, letter = choice % N_PEN, letter + choice // N_PEN
        if both:
            choice, here = torch.cat([choice, pen]), torch.cat([letter, nowhere])
        else:
            here = letter
        x = net.given_pen(x[:, None], choice[:, None], here[:, None], cache.memory)[:, 0]
        direction = picked(_pick(guided(net.direction_out(x)), u[:, 1], temperature, top_k), 1)
        x = x + net.direction_given(twice(direction))
        size = picked(_pick(guided(net.length_out(x)), u[:, 2], temperature, top_k), 2)
        bulge = picked(_pick(guided(net.bulge_out(x + net.length_given(twice(size)))), u[:, 3], temperature, top_k), 3)
        moves = (pen == DRAW) | (pen == MOVE)
        size = torch.where(pen == MOVE, size.clamp(min=1), size)
        tokens = torch.stack([pen, direction * moves, size * moves, torch.where((pen == DRAW) & (size > 0), bulge, N_BULGE // 2)], 1)
        may_return = torch.where(pen == MOVE, drawn, may_return & (pen != RETURN))
        drawn = drawn | (pen == DRAW)
        last = pen
        step = tokens.cpu().numpy()
        position, left_at = advance(step, position, left_at)
        result[rows, t], letters[rows, t], knots[rows, t] = step, letter.cpu().numpy(), position
        over = (step[:, 0] == END) & ~ended[rows]
        ended[rows[over]], length[rows[over]] = True, t + 1
        writing = ~ended[rows]
        if not writing.any():
            break
        if writing.mean() <= CROWDED:
            keep = np.flatnonzero(writing)
            index = torch.from_numpy(keep).to(device)
            cache.keep(torch.cat([index, index + len(rows)]) if both else index)
            rows, position, left_at = rows[keep], position[keep], left_at[keep]
            tokens, last, may_return, drawn = tokens[index], last[index], may_return[index], drawn[index]
            letter, last_letter = letter[index], last_letter[index]
    draws = [Draw(result[i, :n], letters[i, :n], knots[i, :n], bool(ended[i])) for i, n in enumerate(length)]
    return [_beyond(draw, before) if before.text else draw for draw, before in zip(draws, begun, strict=True)]


def _beyond(draw: Draw, begun: Begun) -> Draw:
    """What was written after the word that was there, its left end at 0."""
    n = len(begun.tokens)
    tokens, letters, knots = draw.tokens[n:].copy(), draw.letters[n:] - len(begun.text), draw.knots[n:]
    if len(tokens) == 0:
        return Draw(tokens, letters, knots, False)
    entry = knots[0] - float(knots.real.min())
    first, _ = quantise(np.array([[MOVE]]), np.array([[entry]]), np.zeros((1, 1), np.complex128))
    tokens[0] = first[0, 0]
    reached, _ = advance(tokens[:1], np.zeros(1, np.complex128), np.zeros(1, np.complex128))
    return Draw(tokens, letters, knots - knots[0] + reached[0], draw.ended)


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
