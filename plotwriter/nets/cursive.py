"""The Cursive Transformer: one polar token after another, looking at the text with every layer.

    text   -> embedding + order -> memory (b, u, c)
    tokens -> embedding + order -> n_layer x [self-attention, cross-attention to the memory, MLP] -> logits (b, t, N_TOKEN)

    b batch   t tokens   u characters   c channels   h heads   d = c / h

Source: Greydanus & Wimpee 2025 (arXiv:2504.00051), section 4: 4 layers of 64 channels, 4 heads, 1,500 tokens, 442 k parameters.
Mended: padding of the text is masked in cross-attention and padding of the ink counts nothing in the loss; END is
honoured; one step costs one token, not the whole prefix again (KV cache). See `polar` for the tokens.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from plotwriter.nets import polar
from plotwriter.nets.gpt import ALPHABET, PAD, n_symbol

__all__ = ["Block", "CursiveCache", "CursiveConfig", "CursiveTransformer"]


@dataclass(frozen=True, slots=True)
class CursiveConfig:
    """The shape of the net."""

    n_layer: int = 4
    n_head: int = 4
    n_channel: int = 64
    max_tokens: int = 1500
    max_characters: int = 50
    alphabet: str = " " + ALPHABET


@dataclass(slots=True, eq=False)
class CursiveCache:
    """Keys and values: of past tokens, and of the text."""

    past: Tensor  #: (n_layer, 2, b, h, max_tokens, d)
    text: Tensor  #: (n_layer, 2, b, h, u, d)
    text_mask: Tensor  #: (b, 1, 1, u) True where a character is
    t: int = 0

    def keep(self, rows: Tensor) -> None:
        """Go on with some rows only."""
        past = torch.empty((*self.past.shape[:2], len(rows), *self.past.shape[3:]), dtype=self.past.dtype, device=self.past.device)
        past[..., : self.t, :] = self.past[:, :, rows, :, : self.t]  # the rest is written before it is read
        self.past, self.text, self.text_mask = past, self.text[:, :, rows], self.text_mask[rows]


class Block(nn.Module):
    """Self-attention, cross-attention and MLP; each pre-normed and added."""

    def __init__(self, config: CursiveConfig) -> None:
        super().__init__()
        c = config.n_channel
        self.n_head = config.n_head
        self.norm_self, self.norm_cross, self.norm_mlp = nn.LayerNorm(c), nn.LayerNorm(c), nn.LayerNorm(c)
        self.query_key_value, self.self_out = nn.Linear(c, 3 * c), nn.Linear(c, c)
        self.query, self.text_key_value, self.cross_out = nn.Linear(c, c), nn.Linear(c, 2 * c), nn.Linear(c, c)
        self.mlp = nn.Sequential(nn.Linear(c, 4 * c), nn.GELU(approximate="tanh"), nn.Linear(4 * c, c))

    def split(self, x: Tensor, parts: int) -> Tensor:
        """(b, t, parts x c) to (parts, b, h, t, d)."""
        b, t, c = x.shape
        return x.view(b, t, parts, self.n_head, c // parts // self.n_head).permute(2, 0, 3, 1, 4)

    def text(self, memory: Tensor) -> Tensor:
        """Key and value of the text, (2, b, h, u, d)."""
        return self.split(self.text_key_value(memory), 2)

    def look(self, x: Tensor, text: Tensor, text_mask: Tensor) -> Tensor:
        """Cross-attention and MLP over x (b, t, c)."""
        query = self.split(self.query(self.norm_cross(x)), 1)[0]
        mixed = F.scaled_dot_product_attention(query, text[0], text[1], attn_mask=text_mask)
        x = x + self.cross_out(mixed.transpose(1, 2).flatten(2))
        out: Tensor = x + self.mlp(self.norm_mlp(x))
        return out

    def recall(self, x: Tensor) -> Tensor:
        """Self-attention over all tokens at once, x (b, t, c)."""
        query, key, value = self.split(self.query_key_value(self.norm_self(x)), 3)
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        out: Tensor = x + self.self_out(mixed.transpose(1, 2).flatten(2))
        return out

    def step(self, x: Tensor, cache: CursiveCache, layer: int) -> Tensor:
        """Some more tokens (b, n, c) at once, written into the cache."""
        query, key, value = self.split(self.query_key_value(self.norm_self(x)), 3)
        t, n = cache.t, x.shape[1]
        cache.past[layer, 0, :, :, t : t + n], cache.past[layer, 1, :, :, t : t + n] = key, value
        keys, values = cache.past[layer, :, :, :, : t + n]
        mask = torch.ones(n, t + n, dtype=torch.bool, device=x.device).tril(t) if n > 1 else None
        mixed = F.scaled_dot_product_attention(query, keys, values, attn_mask=mask)
        return self.look(x + self.self_out(mixed.transpose(1, 2).flatten(2)), cache.text[layer], cache.text_mask)

    def weights(self, x: Tensor, text: Tensor, text_mask: Tensor) -> Tensor:
        """How much each token of x (b, t, c) looks at each character, (b, h, t, u)."""
        query = self.split(self.query(self.norm_cross(x)), 1)[0]
        score = (query @ text[0].transpose(-1, -2)) / query.shape[-1] ** 0.5
        return torch.softmax(score.masked_fill(~text_mask, -torch.inf), -1)


class CursiveTransformer(nn.Module):
    """See the module's docstring."""

    def __init__(self, config: CursiveConfig) -> None:
        super().__init__()
        self.config = config
        c = config.n_channel
        self.characters = nn.Embedding(n_symbol(config.alphabet), c)
        self.character_order = nn.Embedding(config.max_characters, c)
        self.tokens = nn.Embedding(polar.N_TOKEN, c)
        self.token_order = nn.Embedding(config.max_tokens, c)
        self.blocks = nn.ModuleList([Block(config) for _ in range(config.n_layer)])
        self.norm = nn.LayerNorm(c)
        self.out = nn.Linear(c, polar.N_TOKEN, bias=False)
        for module in self.modules():
            if isinstance(module, nn.Embedding):
                nn.init.normal_(module.weight, std=0.05)

    def _layers(self) -> list[Block]:
        return [block for block in self.blocks if isinstance(block, Block)]

    def memory(self, symbols: Tensor) -> tuple[Tensor, Tensor]:
        """Symbols (b, u) to a memory (b, u, c) and its mask (b, 1, 1, u)."""
        x: Tensor = self.characters(symbols) + self.character_order.weight[: symbols.shape[1]]
        return x, (symbols != PAD)[:, None, None]

    def forward(self, symbols: Tensor, tokens: Tensor) -> Tensor:
        """Logits (b, t, N_TOKEN) of the token after each of tokens (b, t), given symbols (b, u)."""
        memory, mask = self.memory(symbols)
        x = self.tokens(tokens) + self.token_order.weight[: tokens.shape[1]]
        for block in self._layers():
            x = block.look(block.recall(x), block.text(memory), mask)
        logits: Tensor = self.out(self.norm(x))
        return logits

    def log_likelihood(self, symbols: Tensor, tokens: Tensor) -> Tensor:
        """Log-likelihood (b,) of all tokens (b, t) after the first, nats; PAD counts nothing."""
        logits = self(symbols, tokens[:, :-1]).float()
        rows = -F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten(), ignore_index=polar.PAD, reduction="none")
        return rows.view(len(tokens), -1).sum(1)

    def prefill(self, symbols: Tensor, room: int | None = None) -> CursiveCache:
        """A cache that has read the text (b, u) and no token yet; `room` for so many, None: for all the net can."""
        memory, mask = self.memory(symbols)
        n, c, h = self.config.n_layer, self.config.n_channel, self.config.n_head
        past = memory.new_empty(n, 2, len(symbols), h, room or self.config.max_tokens, c // h)
        return CursiveCache(past, torch.stack([block.text(memory) for block in self._layers()]), mask)

    def decode_some(self, tokens: Tensor, cache: CursiveCache) -> Tensor:
        """Logits (b, N_TOKEN) after some more tokens (b, n); the cache goes on by n."""
        n = tokens.shape[1]
        x = self.tokens(tokens) + self.token_order.weight[cache.t : cache.t + n]
        for layer, block in enumerate(self._layers()):
            x = block.step(x, cache, layer)
        cache.t += n
        logits: Tensor = self.out(self.norm(x[:, -1]))
        return logits

    def alignment(self, symbols: Tensor, tokens: Tensor) -> Tensor:
        """How much each layer and head looks at each character while it reads tokens (b, t): (n_layer, b, h, t, u)."""
        memory, mask = self.memory(symbols)
        x = self.tokens(tokens) + self.token_order.weight[: tokens.shape[1]]
        seen = []
        for block in self._layers():
            text = block.text(memory)
            x = block.recall(x)
            seen.append(block.weights(x, text, mask))
            x = block.look(x, text, mask)
        return torch.stack(seen)
