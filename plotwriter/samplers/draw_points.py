"""Points drawn from Graves' LSTM, and polar tokens from the Cursive Transformer: one after another, many lines at once.

    LSTM      read what primes it -> [mixture -> offset and eos -> read it] until the window stands on TEXT_END or the next line begins
    Cursive   read what primes it -> [logits -> direction, radius-and-pen -> read them] until END

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
from plotwriter.nets.lstm import WindowLSTM, ended_symbols
from plotwriter.nets.mixture import Mixture

__all__ = ["DrawnLine", "DrawnTokens", "draw_offsets", "draw_tokens", "most_points", "most_tokens"]

STALL = 60  # points in which the window has to move
LEAST_MOVE = 0.3  # letters
LEAST_DOWN = 4.0  # x-heights of a move to the next line; no letter goes down so far
LEAST_SHARE = 0.2  # of a window that has written a letter

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def most_points(n_characters: int) -> int:
    """Points of the LSTM that a text may take; people take about 14 a character, spaced as the net learns them."""
    return 40 * n_characters + 60


def most_tokens(n_characters: int) -> int:
    """Tokens of the Cursive Transformer that a text may take; people take about 24 a character."""
    return 60 * n_characters + 60


@dataclass(frozen=True, slots=True, eq=False)
class DrawnLine:
    """One attempt at a line by the LSTM."""

    strokes: list[npt.NDArray[np.complex128]]  #: x-heights, y up, x from where the priming ink ended; a dot has one point
    window: npt.NDArray[np.float32]  #: (t, u) phi over the text's own characters, a row for every point
    ended: bool  #: the window reached the end of the text
    stalled: bool  #: it stood still for `STALL` points, or took more than `most_points`
    covered: float  #: share of the characters it stood on, white space left out


@dataclass(frozen=True, slots=True, eq=False)
class DrawnTokens:
    """One attempt at a line by the Cursive Transformer."""

    words: list[list[npt.NDArray[np.complex128]]]  #: strokes of every word in its own frame, x-heights, y up
    tokens: Ints  #: (t,) priming included
    ended: bool  #: END came, with every word begun


@torch.inference_mode()
def draw_offsets(
    net: WindowLSTM,
    texts: Sequence[str],
    uniforms: Floats,
    normals: Floats,
    *,
    bias: float = 0.0,
    prime: tuple[Tensor, str] | None = None,
) -> list[DrawnLine]:
    """One draw for every row.

    Args:
        net: in eval mode
        texts: b lines of the net's alphabet
        uniforms: (b, t, 2) in [0, 1); t is also the most points a line may have
        normals: (b, t, 2)
        bias: see `Mixture.of`
        prime: ink of a hand, (p, 3) in units with what begins a line, and what it says; the texts go on from there
    """
    device = net.out.weight.device
    before = "" if prime is None else prime[1] + " "
    text = net.one_hot(ended_symbols([before + line for line in texts], net.config.alphabet, device))
    ends = np.array([len(before) + len(line) for line in texts])  # where TEXT_END stands
    b, t_end = len(texts), uniforms.shape[1]
    first = torch.tensor([[0.0, 0.0, 1.0]], device=device) if prime is None else prime[0].to(device)
    origin = 1j * float(first[:, 1].sum()) * net.config.unit[1]  # how high what primes it has ended
    output, phi, state = net.run(first.expand(b, -1, -1), text, net.start(b))
    x, y = (torch.from_numpy(part).float().to(device) for part in (uniforms, normals))
    offsets = np.zeros((b, t_end, 3), np.float32)
    windows = np.zeros((b, t_end, text.shape[1]), np.float32)
    length, ended, stalled = np.full(b, t_end), np.zeros(b, bool), np.zeros(b, bool)
    limits = np.array([most_points(len(line)) for line in texts])
    places = np.zeros((b, t_end))
    rows, lifted = np.arange(b), np.ones(b, bool)
    for t in range(t_end):
        index = torch.from_numpy(rows).to(device)
        point = Mixture.of(output[:, -1], bias).draw(x[index, t], y[index, t])
        output, phi, state = net.run(point[:, None], text[index], state)
        seen = phi[:, -1].float().cpu().numpy()
        offsets[rows, t], windows[rows, t], places[rows, t] = point.cpu().numpy(), seen, state.kappa.mean(1).cpu().numpy()
        at_end = seen.argmax(1) >= ends[rows]
        next_line = lifted & (offsets[rows, t, 1] * net.config.unit[1] < -LEAST_DOWN)
        lifted = offsets[rows, t, 2] > 0
        over = next_line | (at_end & lifted) | (places[rows, t] > ends[rows] + 0.5)
        stuck = ~over & ((t >= STALL) & (places[rows, t] - places[rows, t - STALL] < LEAST_MOVE) | (t + 1 >= limits[rows]))
        if (over | stuck).any():
            length[rows[over | stuck]] = t + 1
            length[rows[next_line]] = t
            ended[rows[over]], stalled[rows[stuck]] = True, True
            keep = np.flatnonzero(~(over | stuck))
            if len(keep) == 0:
                break
            kept = torch.from_numpy(keep).to(device)
            rows, lifted, output, state = rows[keep], lifted[keep], output[kept], state.keep(kept)
    result = []
    for i, line in enumerate(texts):
        n, seen = length[i], windows[i, : length[i], : ends[i] + 1]
        own = seen[:, len(before) : ends[i]]
        share = own / np.maximum(seen.sum(1, keepdims=True), 1e-6)
        written = [share[:, u].max(initial=0) >= LEAST_SHARE for u, c in enumerate(line) if c != " "]
        ink = _strokes(offsets[i, :n], net.config.unit, origin)
        result.append(DrawnLine(ink, own, bool(ended[i]), bool(stalled[i]), float(np.mean(written))))
    return result


def _strokes(offsets: npt.NDArray[np.float32], unit: tuple[float, float], origin: complex) -> list[npt.NDArray[np.complex128]]:
    """Offsets (t, 3) from an origin as strokes."""
    if len(offsets) == 0:
        return []
    points = origin + np.cumsum(offsets[:, 0] * unit[0] + 1j * offsets[:, 1] * unit[1])
    cuts = np.flatnonzero(offsets[:-1, 2] > 0) + 1
    return np.split(points.astype(np.complex128), cuts)


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
