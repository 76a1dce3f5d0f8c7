"""The arc GPT: characters and a style in, one arc after another out.

    characters -> embedding + position -> 2 convolutions (width 3) -> memory (b, u, c)
    steps      -> embedding + pen position + order -> n_layer x [self-attention, cross-attention, MLP] -> h (b, t, c)
    h -> pen -> direction -> length -> bulge        each head sees what was picked before it

    b batch   t steps   u characters   c channels   h heads

Style is a vector added to every character and every step; a writer's is a row of `writers`.
Source: decoder after Vaswani et al. 2017 (arXiv:1706.03762), pre-norm; cross-attention to
characters after Greydanus & Wimpee 2025 (arXiv:2504.00051); departs: one step is an arc with
factored heads instead of two tokens a point, and the running pen position is an input.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from plotwriter.nets.arc_tokens import DRAW, END, MOVE, N_BULGE, N_DIRECTION, N_LENGTH, N_PEN

__all__ = ["ALPHABET", "NULL", "PAD", "START", "ArcGPT", "Attention", "Block", "Cache", "GPTConfig", "Head", "StepLogits", "up_to_end"]

ALPHABET = "".join(chr(c) for c in range(33, 127))  #: every printable ASCII character but the space
PAD, NULL, FIRST_CHARACTER = 0, 1, 2  # NULL stands for a text that is withheld
START = (MOVE, 0, 0, N_BULGE // 2)  # what precedes the first step


@dataclass(frozen=True, slots=True)
class GPTConfig:
    """The shape of an arc GPT."""

    n_layer: int = 4
    n_head: int = 4
    n_channel: int = 128
    n_writer: int = 1
    max_steps: int = 128  #: END included
    max_characters: int = 24
    dropout: float = 0.1
    alphabet: str = ALPHABET


@dataclass(slots=True)
class StepLogits:
    """Log-probabilities of given steps, one head after another."""

    pen: Tensor  #: (b, t, N_PEN)
    direction: Tensor  #: (b, t, N_DIRECTION)
    length: Tensor  #: (b, t, N_LENGTH)
    bulge: Tensor  #: (b, t, N_BULGE)


@dataclass(slots=True)
class Cache:
    """Keys and values of past steps and of the characters, for one-step decoding."""

    keys: list[Tensor]  #: n_layer of (b, h, max_steps, d)
    values: list[Tensor]
    text_keys: list[Tensor]  #: n_layer of (b, h, u, d)
    text_values: list[Tensor]
    text_mask: Tensor  #: (b, 1, 1, u) True where a character is
    style: Tensor  #: (b, c)
    t: int = 0

    def keep(self, rows: Tensor) -> None:
        """Go on with some rows only."""
        for tensors in (self.keys, self.values, self.text_keys, self.text_values):
            tensors[:] = [tensor[rows] for tensor in tensors]
        self.text_mask, self.style = self.text_mask[rows], self.style[rows]


class Attention(nn.Module):
    """Multi-head attention, to itself (causal) or to a memory."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        c = config.n_channel
        self.n_head = config.n_head
        self.dropout = config.dropout
        self.query = nn.Linear(c, c)
        self.key_value = nn.Linear(c, 2 * c)
        self.out = nn.Linear(c, c)

    def split(self, x: Tensor) -> Tensor:
        """(b, t, c) to (b, h, t, d)."""
        b, t, c = x.shape
        return x.view(b, t, self.n_head, c // self.n_head).transpose(1, 2)

    def remember(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values of a memory (b, u, c): two (b, h, u, d)."""
        key, value = self.key_value(memory).chunk(2, dim=-1)
        return self.split(key), self.split(value)

    def forward(self, x: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None, causal: bool = False) -> Tensor:
        """Attend from x (b, t, c) to keys and values (b, h, u, d)."""
        p = self.dropout if self.training else 0.0
        mixed = F.scaled_dot_product_attention(self.split(self.query(x)), key, value, attn_mask=mask, is_causal=causal, dropout_p=p)
        out: Tensor = self.out(mixed.transpose(1, 2).flatten(2))
        return out


class Block(nn.Module):
    """Self-attention, cross-attention, MLP; each pre-normed and added."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        c = config.n_channel
        self.norm_self, self.norm_cross, self.norm_mlp = nn.LayerNorm(c), nn.LayerNorm(c), nn.LayerNorm(c)
        self.self_attention, self.cross_attention = Attention(config), Attention(config)
        self.mlp = nn.Sequential(nn.Linear(c, 4 * c), nn.GELU(), nn.Linear(4 * c, c))
        self.drop = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, memory: Tensor, text_mask: Tensor) -> Tensor:
        """All steps at once: x (b, t, c), memory (b, u, c), text_mask (b, 1, 1, u)."""
        normed = self.norm_self(x)
        x = x + self.drop(self.self_attention(normed, *self.self_attention.remember(normed), causal=True))
        x = x + self.drop(self.cross_attention(self.norm_cross(x), *self.cross_attention.remember(memory), mask=text_mask))
        x = x + self.drop(self.mlp(self.norm_mlp(x)))
        return x

    def step(self, x: Tensor, cache: Cache, layer: int) -> Tensor:
        """One more step (b, 1, c), with its key and value written into the cache."""
        normed = self.norm_self(x)
        key, value = self.self_attention.remember(normed)
        cache.keys[layer][:, :, cache.t : cache.t + 1] = key
        cache.values[layer][:, :, cache.t : cache.t + 1] = value
        past = slice(0, cache.t + 1)
        x = x + self.self_attention(normed, cache.keys[layer][:, :, past], cache.values[layer][:, :, past])
        x = x + self.cross_attention(self.norm_cross(x), cache.text_keys[layer], cache.text_values[layer], mask=cache.text_mask)
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
        self.characters = nn.Embedding(FIRST_CHARACTER + len(config.alphabet), c, padding_idx=PAD)
        self.character_order = nn.Embedding(config.max_characters, c)
        self.context = nn.ModuleList([nn.Conv1d(c, c, 3, padding=1) for _ in range(2)])
        self.writers = nn.Embedding(config.n_writer, c)
        self.pen_in, self.direction_in = nn.Embedding(N_PEN, c), nn.Embedding(N_DIRECTION, c)
        self.length_in, self.bulge_in = nn.Embedding(N_LENGTH, c), nn.Embedding(N_BULGE, c)
        self.position_in = nn.Linear(6, c)
        self.step_order = nn.Embedding(config.max_steps, c)
        self.blocks = nn.ModuleList([Block(config) for _ in range(config.n_layer)])
        self.norm = nn.LayerNorm(c)
        self.pen_out, self.direction_out = Head(c, N_PEN), Head(c, N_DIRECTION)
        self.length_out, self.bulge_out = Head(c, N_LENGTH), Head(c, N_BULGE)
        self.pen_given, self.direction_given, self.length_given = (
            nn.Embedding(N_PEN, c),
            nn.Embedding(N_DIRECTION, c),
            nn.Embedding(N_LENGTH, c),
        )
        self.drop = nn.Dropout(config.dropout)
        for module in self.modules():
            if isinstance(module, nn.Embedding):
                nn.init.normal_(module.weight, std=0.05)

    def encode_characters(self, texts: list[str], device: torch.device | None = None) -> Tensor:
        """Words as character ids (b, u), padded with PAD.

        Raises:
            KeyError: a character that is not in the alphabet
        """
        index = {c: i + FIRST_CHARACTER for i, c in enumerate(self.config.alphabet)}
        rows = [[index[c] for c in text] for text in texts]
        longest = max(map(len, rows))
        return torch.tensor([row + [PAD] * (longest - len(row)) for row in rows], device=device)

    def memory(self, characters: Tensor, style: Tensor) -> tuple[Tensor, Tensor]:
        """Characters (b, u) and style (b, c) to a memory (b, u, c) and its mask (b, 1, 1, u)."""
        mask = characters != PAD
        x = self.characters(characters) + self.character_order.weight[: characters.shape[1]] + style[:, None]
        x = x * mask[..., None]
        for convolution in self.context:
            x = x + F.gelu(convolution(x.transpose(1, 2)).transpose(1, 2)) * mask[..., None]  # (b, u, c)
        return self.drop(x), mask[:, None, None]

    def steps_in(self, tokens: Tensor, position: Tensor, style: Tensor, first: int) -> Tensor:
        """Previous steps (b, t, 4) and the pen's position after them (b, t, 2) to inputs (b, t, c)."""
        x_pen, y_pen = position[..., :1], position[..., 1:]
        place = torch.cat(
            [x_pen / 10, y_pen / 2, torch.sin(3 * y_pen), torch.cos(3 * y_pen), torch.sin(2 * x_pen), torch.cos(2 * x_pen)], -1
        )
        x = self.pen_in(tokens[..., 0]) + self.direction_in(tokens[..., 1]) + self.length_in(tokens[..., 2]) + self.bulge_in(tokens[..., 3])
        x = x + self.position_in(place) + self.step_order.weight[first : first + tokens.shape[1]] + style[:, None]
        dropped: Tensor = self.drop(x)
        return dropped

    def forward(self, characters: Tensor, style: Tensor, tokens: Tensor, position: Tensor) -> StepLogits:
        """Logits of every step of a word, given all steps before it.

        Args:
            characters: (b, u)
            style: (b, c)
            tokens: (b, t, 4) the steps themselves; they are shifted here
            position: (b, t, 2) the pen before each step
        """
        memory, mask = self.memory(characters, style)
        start = torch.tensor(START, device=tokens.device).expand(len(tokens), 1, 4)
        x = self.steps_in(torch.cat([start, tokens[:, :-1]], 1), position, style, 0)
        for block in self.blocks:
            x = block(x, memory, mask)
        return self.heads(self.norm(x), tokens)

    def heads(self, x: Tensor, tokens: Tensor) -> StepLogits:
        """All four heads, each given the earlier picks of `tokens`."""
        given_pen = x + self.pen_given(tokens[..., 0])
        given_direction = given_pen + self.direction_given(tokens[..., 1])
        given_length = given_direction + self.length_given(tokens[..., 2])
        return StepLogits(self.pen_out(x), self.direction_out(given_pen), self.length_out(given_direction), self.bulge_out(given_length))

    def log_likelihood(self, characters: Tensor, style: Tensor, tokens: Tensor, position: Tensor, real: Tensor) -> dict[str, Tensor]:
        """Log-likelihood of words by head, nats.

        Args:
            characters, style, tokens, position: as in `forward`
            real: (b, t) True up to END

        Returns:
            (b,) under "pen", "direction", "length" and "bulge"
        """
        logits = self(characters, style, tokens, position)
        pen = tokens[..., 0]
        moves = real & ((pen == DRAW) | (pen == MOVE))
        arcs = real & (pen == DRAW) & (tokens[..., 2] > 0)
        result = {}
        for k, (name, used) in enumerate((("pen", real), ("direction", moves), ("length", moves), ("bulge", arcs))):
            row = F.log_softmax(getattr(logits, name).float(), -1).gather(-1, tokens[..., k : k + 1])[..., 0]  # (b, t)
            result[name] = (row * used).sum(1)
        return result

    def prefill(self, characters: Tensor, style: Tensor) -> Cache:
        """A cache that has read the characters and no step yet."""
        memory, mask = self.memory(characters, style)
        b, c, h = len(characters), self.config.n_channel, self.config.n_head
        text = [block.cross_attention.remember(memory) for block in self.blocks]  # type: ignore[union-attr, operator]
        room = [memory.new_zeros(b, h, self.config.max_steps, c // h) for _ in range(2 * self.config.n_layer)]
        n = self.config.n_layer
        return Cache(room[:n], room[n:], [key for key, _ in text], [value for _, value in text], mask, style)

    def decode_one(self, tokens: Tensor, position: Tensor, cache: Cache) -> Tensor:
        """The state (b, c) from which the next step is picked.

        Args:
            tokens: (b, 4) the last step; START at the beginning
            position: (b, 2) the pen after it
            cache: is advanced by one step
        """
        x = self.steps_in(tokens[:, None], position[:, None], cache.style, cache.t)
        for layer, block in enumerate(self.blocks):
            x = block.step(x, cache, layer)  # type: ignore[operator]
        cache.t += 1
        state: Tensor = self.norm(x)[:, 0]
        return state


def up_to_end(pens: Tensor) -> Tensor:
    """(b, t) True up to and with the first END."""
    return torch.cumsum(pens == END, 1) - (pens == END).long() == 0
