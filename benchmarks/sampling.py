"""Core-seconds to write a page of 250 words: one draw, best of four read back, and the same net without its KV cache.

    python benchmarks/sampling.py

One thread, CPU time; read the ratios, not the seconds. Source of the task: a page of 250 words, 1,559 characters.
"""

from __future__ import annotations

import time

import numpy as np
import torch

from plotwriter.samplers.autoregressive import BATCH, GptSampler
from plotwriter.samplers.draw import draw_words, stack
from plotwriter.styles import find_style
from plotwriter.styles.store import DEFAULT_STYLE
from plotwriter.text import Prompt

TEXT = (
    "the letter came on a wet Tuesday and nobody in the house wanted to open it because everyone knew what was inside "
    "so it lay on the kitchen table between the bread and the butter until the afternoon when grandmother finally took "
    "her glasses and began to read aloud in that slow and careful voice of hers which always made us children giggle "
)
N_WORDS = 250


def cpu(function) -> float:
    """CPU-seconds of one call, after one to warm up."""
    function()
    began = time.process_time()
    function()
    return time.process_time() - began


@torch.inference_mode()
def without_cache(sampler: GptSampler, words: list[str]) -> float:
    """CPU-seconds to draw words one by one, every step reading the whole word so far again."""
    net, style = sampler.net, sampler.net.writers.weight[:1]
    total = 0.0
    for i, word in enumerate(words):
        (draw,) = draw_words(net, [word], style, np.random.default_rng(i).random((1, net.config.max_steps, 4)), temperature=0.6)
        tokens, position, _ = stack([draw], torch.device("cpu"))
        characters = net.encode_characters([word])
        began = time.process_time()
        for t in range(1, len(draw.tokens) + 1):
            net(characters, style, tokens[:, :t], position[:, :t])
        total += time.process_time() - began
    return total


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    style = find_style(DEFAULT_STYLE)
    words = (TEXT.split() * 5)[:N_WORDS]
    prompts = [Prompt(word, (0, len(word))) for word in words]
    sampler = GptSampler(style, device="cpu", n_draws=4)
    hand = sampler.net.writers.weight[:1].detach()
    uniforms = np.random.default_rng(0).random((N_WORDS, sampler.net.config.max_steps, 4))
    order = sorted(range(N_WORDS), key=lambda i: len(words[i]))

    def one_draw() -> None:
        for first in range(0, N_WORDS, BATCH):
            rows = order[first : first + BATCH]
            draw_words(sampler.net, [words[i] for i in rows], hand.expand(len(rows), -1), uniforms[rows], temperature=style.temperature)

    product = cpu(lambda: sampler.write(prompts, style, seed=0))
    single = cpu(one_draw)
    alone = cpu(lambda: draw_words(sampler.net, ["letter"], hand, uniforms[:1], temperature=style.temperature))
    n_slow = 10
    slow = without_cache(sampler, words[:n_slow]) * N_WORDS / n_slow
    print(f"{'a page of 250 words':44} core-s   x one draw")
    for name, seconds in (
        ("best of 4, read back, redrawn where it fails", product),
        ("one draw a word, batches of 64, KV cache", single),
        (f"one word at a time, no cache ({n_slow} words measured)", slow),
    ):
        print(f"{name:44} {seconds:6.2f}   {seconds / single:8.2f}")
    print(f"{'first ink of one word':44} {alone:6.3f}")


if __name__ == "__main__":
    main()
