"""The shape of the Cursive Transformer, to be timed: random weights, the same sums.

    tokens --embed--> n_layer x (causal self-attention, cross-attention to the characters, MLP) --> 525 logits

Two forms of it: `generate` does what the original's own does, every step reading all tokens so far and computing
the logits of all of them; `decode` keeps keys and values and runs many words side by side. What it writes means
nothing; its time does not depend on the weights. b rows, t tokens, u characters, d features, h heads.
Source: github.com/greydanus/cursivetransformer, 2025, as its code has it: 4 layers, d = 64, 4 heads, context 1500,
525 tokens, 50 characters of 73 kinds; two tokens a point, 19.6 points a character; a page in chunks of two words after
one that primes them, 1,050 steps each, no end before. N_KIND is inferred: with it the parameters are as many as counted there.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

N_LAYER, N_HEAD, D = 4, 4, 64
CONTEXT, N_TOKEN = 1500, 525
N_CHARACTER, N_KIND = 50, 73
TOKENS_A_CHARACTER = 2 * 19.6
STEPS = 1050  # of `generate` for a chunk, whatever it says
WORDS_A_CHUNK = 2
PRIME = 208  # tokens of the word that primes a chunk: 5.3 characters
N_PARAMETER = 438_208  # of the original with its default alphabet

Cache = list[tuple[Tensor, Tensor]]


def _heads(x: Tensor) -> Tensor:
    return x.unflatten(-1, (N_HEAD, -1)).transpose(-2, -3)  # (b, h, t, d / h)


class Block(nn.Module):
    """One layer."""

    def __init__(self) -> None:
        super().__init__()
        self.norms = nn.ModuleList([nn.LayerNorm(D) for _ in range(3)])
        self.qkv, self.out = nn.Linear(D, 3 * D), nn.Linear(D, D)
        self.query, self.key_value, self.cross_out = nn.Linear(D, D), nn.Linear(D, 2 * D), nn.Linear(D, D)
        self.up, self.down = nn.Linear(D, 4 * D), nn.Linear(4 * D, D)

    def remembered(self, characters: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values of the characters, (b, h, u, d / h) each."""
        key, value = (_heads(part) for part in self.key_value(characters).chunk(2, -1))
        return key, value

    def forward(self, x: Tensor, known: tuple[Tensor, Tensor], cache: tuple[Tensor, Tensor] | None, at: int) -> Tensor:
        """Tokens (b, t, d) after this layer; with a cache they are those from `at` on, and are added to it."""
        query, key, value = (_heads(part) for part in self.qkv(self.norms[0](x)).chunk(3, -1))
        if cache is not None:
            end = at + key.shape[2]
            cache[0][:, :, at:end], cache[1][:, :, at:end] = key, value
            key, value = cache[0][:, :, :end], cache[1][:, :, :end]
        seen = F.scaled_dot_product_attention(query, key, value, is_causal=cache is None)
        x = x + self.out(seen.transpose(1, 2).flatten(2))
        seen = F.scaled_dot_product_attention(_heads(self.query(self.norms[1](x))), *known)
        x = x + self.cross_out(seen.transpose(1, 2).flatten(2))
        return x + self.down(F.gelu(self.up(self.norms[2](x)), approximate="tanh"))


class CursiveTransformer(nn.Module):
    """See the module's docstring."""

    def __init__(self) -> None:
        super().__init__()
        self.token, self.place = nn.Embedding(N_TOKEN, D), nn.Embedding(CONTEXT, D)
        self.character, self.character_place = nn.Embedding(N_KIND, D), nn.Embedding(N_CHARACTER, D)
        self.blocks = nn.ModuleList([Block() for _ in range(N_LAYER)])
        self.norm, self.head = nn.LayerNorm(D), nn.Linear(D, N_TOKEN, bias=False)

    def known(self, characters: Tensor) -> Cache:
        """Keys and values of (b, u) characters, a pair a layer."""
        said = self.character(characters) + self.character_place.weight[: characters.shape[1]]
        return [block.remembered(said) for block in self.blocks]

    def forward(self, tokens: Tensor, known: Cache, cache: Cache | None = None, at: int = 0) -> Tensor:
        """Logits (b, t, 525) of every token given."""
        x = self.token(tokens) + self.place.weight[at : at + tokens.shape[1]]
        for k, block in enumerate(self.blocks):
            x = block(x, known[k], cache[k] if cache else None, at)
        return self.head(self.norm(x))


@torch.inference_mode()
def generate(net: CursiveTransformer, tokens: Tensor, characters: Tensor, n_steps: int, draw: torch.Generator) -> Tensor:
    """The original's own loop: no cache, the characters encoded again and the logits of every token at every step.

    Args:
        net: the net
        tokens: (1, t) what it goes on from
        characters: (1, N_CHARACTER)
        n_steps: always all of them
        draw: of the tokens
    """
    for _ in range(n_steps):
        logits = net(tokens[:, -CONTEXT:], net.known(characters))
        following = torch.multinomial(F.softmax(logits[:, -1], -1), 1, generator=draw)
        tokens = torch.cat([tokens, following], 1)
    return tokens


@torch.inference_mode()
def decode(net: CursiveTransformer, characters: Tensor, n_steps: int, draw: torch.Generator) -> Tensor:
    """Words side by side with a KV cache, (b, n_steps): the plain torch form."""
    n_rows = len(characters)
    known = net.known(characters)
    shape = (n_rows, N_HEAD, n_steps, D // N_HEAD)
    cache = [(torch.zeros(shape), torch.zeros(shape)) for _ in range(N_LAYER)]
    tokens = torch.zeros(n_rows, n_steps + 1, dtype=torch.long)
    for t in range(n_steps):
        logits = net(tokens[:, t : t + 1], known, cache, t)
        tokens[:, t + 1] = torch.multinomial(F.softmax(logits[:, -1], -1), 1, generator=draw)[:, 0]
    return tokens[:, 1:]
