"""The arc GPT: characters and a hand in, one arc after another out.

    characters -> embedding + order + hand -> 2 convolutions (width 3) -> memory (b, u, c)
    steps      -> embedding + pen position + order + hand + the letter being written -> n_layer x [self-attention, MLP] -> x (b, t, c)
    x -> pen and advance -> direction -> length -> bulge        each head sees what was picked before it

    b batch   t steps   u characters   c channels   h heads   s symbols: the alphabet and PAD, NULL

A pointer says which letter is being written: with every step it stays or advances by one, and END is
possible at the last letter only. So no letter can be left out or written twice, and it is known
which ink is which letter. A hand is one vector for everything and one for each of its letters.
Source: decoder after Vaswani et al. 2017 (arXiv:1706.03762), pre-norm; departs from Greydanus & Wimpee
2025 (arXiv:2504.00051) in that one step is an arc with factored heads instead of two tokens a point,
the running pen position is an input, and a hard monotone pointer stands in for cross-attention.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from plotwriter.nets.arc_tokens import DRAW, END, MOVE, N_BULGE, N_DIRECTION, N_LENGTH, N_PEN

__all__ = [
    "ALPHABET",
    "FIRST_CHARACTER",
    "NULL",
    "PAD",
    "START",
    "ArcGPT",
    "Block",
    "Cache",
    "GPTConfig",
    "HandStyle",
    "Head",
    "StepLogits",
    "at",
    "n_symbol",
    "symbols_of",
    "up_to_end",
]

ALPHABET = "".join(chr(c) for c in range(33, 127))  #: every printable ASCII character but the space
PAD, NULL, FIRST_CHARACTER = 0, 1, 2  # NULL stands for a text that is withheld
START = (MOVE, 0, 0, N_BULGE // 2)  # what precedes the first step


@dataclass(frozen=True, slots=True)
class GPTConfig:
    """The shape of an arc GPT."""

    n_layer: int = 5
    n_head: int = 5
    n_channel: int = 160
    max_steps: int = 144  #: END included
    max_characters: int = 24
    dropout: float = 0.1
    alphabet: str = ALPHABET
    pointer: bool = True  #: False: the letters are found by attention alone, for comparison
    attend: bool = False  #: whether attention also sees the characters


def n_symbol(alphabet: str) -> int:
    """Size of the table of characters, PAD and NULL included."""
    return FIRST_CHARACTER + len(alphabet)


def symbols_of(texts: list[str], alphabet: str, device: torch.device | None = None) -> Tensor:
    """Words as symbols (b, u), padded with PAD.

    Raises:
        KeyError: a character that is not in the alphabet
    """
    index = {c: i + FIRST_CHARACTER for i, c in enumerate(alphabet)}
    rows = [[index[c] for c in text] for text in texts]
    longest = max(map(len, rows))
    return torch.tensor([row + [PAD] * (longest - len(row)) for row in rows], device=device)


@dataclass(slots=True, eq=False)
class HandStyle:
    """How b rows are to look."""

    general: Tensor  #: (b, c)
    letters: Tensor  #: (b, s, c); zeros where nothing is known of a letter

    def expand(self, n: int) -> HandStyle:
        """One hand for n rows."""
        return HandStyle(self.general.expand(n, -1), self.letters.expand(n, -1, -1))


@dataclass(slots=True, eq=False)
class StepLogits:
    """Logits of given steps, one head after another."""

    pen: Tensor  #: (b, t, 2 N_PEN): pen, and N_PEN + pen where the pointer advances
    direction: Tensor  #: (b, t, N_DIRECTION)
    length: Tensor  #: (b, t, N_LENGTH)
    bulge: Tensor  #: (b, t, N_BULGE)


@dataclass(slots=True, eq=False)
class Cache:
    """Keys and values of past steps, and what is read beside them, for one-step decoding."""

    past: Tensor  #: (n_layer, 2, b, h, max_steps, d)
    memory: Tensor  #: (b, u, c)
    general: Tensor  #: (b, c)
    text: Tensor | None  #: (n_layer, 2, b, h, u, d) where attention sees the characters
    text_mask: Tensor  #: (b, 1, 1, u) True where a character is
    t: int = 0

    def keep(self, rows: Tensor) -> None:
        """Go on with some rows only."""
        past = torch.empty((*self.past.shape[:2], len(rows), *self.past.shape[3:]), dtype=self.past.dtype, device=self.past.device)
        past[..., : self.t, :] = self.past[:, :, rows, :, : self.t]  # the rest is written before it is read
        self.past = past
        self.memory, self.general, self.text_mask = self.memory[rows], self.general[rows], self.text_mask[rows]
        self.text = None if self.text is None else self.text[:, :, rows]


class Block(nn.Module):
    """Self-attention and MLP; each pre-normed and added."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        c = config.n_channel
        self.n_head, self.dropout = config.n_head, config.dropout
        self.norm_attention, self.norm_mlp = nn.LayerNorm(c), nn.LayerNorm(c)
        self.query_key_value, self.out = nn.Linear(c, 3 * c), nn.Linear(c, c)
        self.text_key_value = nn.Linear(c, 2 * c) if config.attend else None
        self.mlp = nn.Sequential(nn.Linear(c, 4 * c), nn.GELU(), nn.Linear(4 * c, c))
        self.drop = nn.Dropout(config.dropout)

    def split(self, x: Tensor, parts: int) -> Tensor:
        """(b, t, parts x c) to (parts, b, h, t, d)."""
        b, t, c = x.shape
        return x.view(b, t, parts, self.n_head, c // parts // self.n_head).permute(2, 0, 3, 1, 4)

    def mixed(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, causal: bool) -> Tensor:
        """Attention from (b, h, t, d) to (b, h, n, d), as (b, t, c)."""
        p = self.dropout if self.training else 0.0
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=mask, is_causal=causal, dropout_p=p)
        out: Tensor = self.out(mixed.transpose(1, 2).flatten(2))
        return out

    def forward(self, x: Tensor, memory: Tensor, text_mask: Tensor) -> Tensor:
        """All steps at once: x (b, t, c), memory (b, u, c), text_mask (b, 1, 1, u)."""
        query, key, value = self.split(self.query_key_value(self.norm_attention(x)), 3)
        mask = None
        if self.text_key_value is not None:
            text_key, text_value = self.split(self.text_key_value(memory), 2)
            b, t = x.shape[:2]
            before = torch.ones(t, t, dtype=torch.bool, device=x.device).tril().expand(b, 1, t, t)
            mask = torch.cat([text_mask.expand(b, 1, t, text_mask.shape[-1]), before], -1)
            key, value = torch.cat([text_key, key], 2), torch.cat([text_value, value], 2)
        x = x + self.drop(self.mixed(query, key, value, mask, causal=mask is None))
        x = x + self.drop(self.mlp(self.norm_mlp(x)))
        return x

    def step(self, x: Tensor, cache: Cache, layer: int) -> Tensor:
        """One more step (b, 1, c), with its key and value written into the cache."""
        query, key, value = self.split(self.query_key_value(self.norm_attention(x)), 3)
        cache.past[layer, 0, :, :, cache.t : cache.t + 1] = key
        cache.past[layer, 1, :, :, cache.t : cache.t + 1] = value
        keys, values = cache.past[layer, :, :, :, : cache.t + 1]
        mask = None
        if cache.text is not None:
            keys, values = torch.cat([cache.text[layer, 0], keys], 2), torch.cat([cache.text[layer, 1], values], 2)
            mask = F.pad(cache.text_mask, (0, cache.t + 1), value=True)
        x = x + self.mixed(query, keys, values, mask, causal=False)
        x = x + self.mlp(self.norm_mlp(x))
        return x


class Head(nn.Module):
    """A two-layer classifier over what the step is so far."""

    def __init__(self, n_channel: int, n_class: int) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.LayerNorm(n_channel), nn.Linear(n_channel, n_channel), nn.GELU(), nn.Linear(n_channel, n_class))

    def forward(self, x: Tensor) -> Tensor:
        """(..., c) to (..., n_class) logits."""
        out: Tensor = self.net(x)
        return out


class ArcGPT(nn.Module):
    """See the module's docstring."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.config = config
        c = config.n_channel
        self.characters = nn.Embedding(n_symbol(config.alphabet), c, padding_idx=PAD)
        self.character_order = nn.Embedding(config.max_characters, c)
        self.context = nn.ModuleList([nn.Conv1d(c, c, 3, padding=1) for _ in range(2)])
        self.pen_in, self.direction_in = nn.Embedding(N_PEN, c), nn.Embedding(N_DIRECTION, c)
        self.length_in, self.bulge_in = nn.Embedding(N_LENGTH, c), nn.Embedding(N_BULGE, c)
        self.position_in = nn.Linear(6, c)
        self.step_order = nn.Embedding(config.max_steps, c)
        self.blocks = nn.ModuleList([Block(config) for _ in range(config.n_layer)])
        self.norm = nn.LayerNorm(c)
        self.pen_out, self.direction_out = Head(c, 2 * N_PEN), Head(c, N_DIRECTION)
        self.length_out, self.bulge_out = Head(c, N_LENGTH), Head(c, N_BULGE)
        self.pen_given, self.direction_given = nn.Embedding(2 * N_PEN, c), nn.Embedding(N_DIRECTION, c)
        self.length_given = nn.Embedding(N_LENGTH, c)
        self.letter_in = nn.Linear(c, c) if config.pointer else None
        self.letter_given = nn.Linear(c, c) if config.pointer else None
        self.drop = nn.Dropout(config.dropout)
        for module in self.modules():
            if isinstance(module, nn.Embedding):
                nn.init.normal_(module.weight, std=0.05)

    def memory(self, characters: Tensor, style: HandStyle) -> tuple[Tensor, Tensor]:
        """Characters (b, u) in a hand to a memory (b, u, c) and its mask (b, 1, 1, u)."""
        mask = characters != PAD
        letters = style.letters.gather(1, characters[..., None].expand(-1, -1, style.letters.shape[-1]))
        x = self.characters(characters) + self.character_order.weight[: characters.shape[1]] + style.general[:, None] + letters
        x = x * mask[..., None]
        for convolution in self.context:
            x = x + F.gelu(convolution(x.transpose(1, 2)).transpose(1, 2)) * mask[..., None]  # (b, u, c)
        return self.drop(x), mask[:, None, None]

    def steps_in(self, tokens: Tensor, position: Tensor, letters: Tensor, memory: Tensor, general: Tensor, first: int) -> Tensor:
        """Previous steps to inputs (b, t, c).

        Args:
            tokens: (b, t, 4) the steps before
            position: (b, t, 2) the pen after them
            letters: (b, t) the letter they wrote
            memory: (b, u, c)
            general: (b, c)
            first: place in the word of the first of them
        """
        x_pen, y_pen = position[..., :1], position[..., 1:]
        place = torch.cat(
            [x_pen / 10, y_pen / 2, torch.sin(3 * y_pen), torch.cos(3 * y_pen), torch.sin(2 * x_pen), torch.cos(2 * x_pen)], -1
        )
        x = self.pen_in(tokens[..., 0]) + self.direction_in(tokens[..., 1]) + self.length_in(tokens[..., 2]) + self.bulge_in(tokens[..., 3])
        x = x + self.position_in(place) + self.step_order.weight[first : first + tokens.shape[1]] + general[:, None]
        if self.letter_in is not None:
            x = x + self.letter_in(at(memory, letters))
        dropped: Tensor = self.drop(x)
        return dropped

    def forward(self, characters: Tensor, style: HandStyle, tokens: Tensor, position: Tensor, letters: Tensor) -> StepLogits:
        """Logits of every step of a word, given all steps before it.

        Args:
            characters: (b, u)
            style: of b rows
            tokens: (b, t, 4) the steps themselves; they are shifted here
            position: (b, t, 2) the pen before each step
            letters: (b, t) the letter each step writes, from 0, advancing by 0 or 1
        """
        memory, mask = self.memory(characters, style)
        start = torch.tensor(START, device=tokens.device).expand(len(tokens), 1, 4)
        before = F.pad(letters[:, :-1], (1, 0))
        x = self.steps_in(torch.cat([start, tokens[:, :-1]], 1), position, before, memory, style.general, 0)
        for block in self.blocks:
            x = block(x, memory, mask)
        x = self.norm(x)
        pen = tokens[..., 0] + N_PEN * (letters - before)
        pens = self.pen_out(x)
        x = self.given_pen(x, pen, letters, memory)
        directions = self.direction_out(x)
        x = x + self.direction_given(tokens[..., 1])
        return StepLogits(pens, directions, self.length_out(x), self.bulge_out(x + self.length_given(tokens[..., 2])))

    def given_pen(self, x: Tensor, pen: Tensor, letters: Tensor, memory: Tensor) -> Tensor:
        """The state (b, t, c) once pen and letter (b, t) are known."""
        x = x + self.pen_given(pen)
        return x if self.letter_given is None else x + self.letter_given(at(memory, letters))

    def log_likelihood(
        self, characters: Tensor, style: HandStyle, tokens: Tensor, position: Tensor, letters: Tensor, real: Tensor
    ) -> dict[str, Tensor]:
        """Log-likelihood of words by head, nats.

        Args:
            characters, style, tokens, position, letters: as in `forward`
            real: (b, t) True up to END

        Returns:
            (b,) under "pen", "direction", "length" and "bulge"
        """
        if self.letter_in is None:
            letters = torch.zeros_like(letters)
        logits = self(characters, style, tokens, position, letters)
        pen = tokens[..., 0]
        moves = real & ((pen == DRAW) | (pen == MOVE))
        arcs = real & (pen == DRAW) & (tokens[..., 2] > 0)
        first = pen + N_PEN * F.pad(letters[:, 1:] - letters[:, :-1], (1, 0))
        targets = (
            ("pen", real, first),
            ("direction", moves, tokens[..., 1]),
            ("length", moves, tokens[..., 2]),
            ("bulge", arcs, tokens[..., 3]),
        )
        result = {}
        for name, used, target in targets:
            row = F.log_softmax(getattr(logits, name).float(), -1).gather(-1, target[..., None])[..., 0]  # (b, t)
            result[name] = (row * used).sum(1)
        return result

    def prefill(self, characters: Tensor, style: HandStyle) -> Cache:
        """A cache that has read the characters and no step yet."""
        memory, mask = self.memory(characters, style)
        b, c, h, n = len(characters), self.config.n_channel, self.config.n_head, self.config.n_layer
        text = None
        if self.config.attend:
            text = torch.stack([block.split(block.text_key_value(memory), 2) for block in self.blocks])  # type: ignore[operator]
        return Cache(memory.new_empty(n, 2, b, h, self.config.max_steps, c // h), memory, style.general, text, mask)

    def decode_one(self, tokens: Tensor, position: Tensor, letters: Tensor, cache: Cache) -> Tensor:
        """The state (b, c) from which the next step is picked.

        Args:
            tokens: (b, 4) the last step; START at the beginning
            position: (b, 2) the pen after it
            letters: (b,) the letter it wrote
            cache: is advanced by one step
        """
        x = self.steps_in(tokens[:, None], position[:, None], letters[:, None], cache.memory, cache.general, cache.t)
        for layer, block in enumerate(self.blocks):
            x = block.step(x, cache, layer)  # type: ignore[operator]
        cache.t += 1
        state: Tensor = self.norm(x)[:, 0]
        return state


def at(memory: Tensor, letters: Tensor) -> Tensor:
    """The memory (b, u, c) at the letters (b, t): (b, t, c)."""
    return memory.gather(1, letters[..., None].expand(-1, -1, memory.shape[-1]))


def up_to_end(pens: Tensor) -> Tensor:
    """(b, t) True up to and with the first END."""
    return torch.cumsum(pens == END, 1) - (pens == END).long() == 0
