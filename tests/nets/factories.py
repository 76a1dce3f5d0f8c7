"""Handwriting-like curves in x-heights, y up, and tiny nets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from plotwriter.nets.arc_tokens import Program
from plotwriter.nets.arcs import Arcs, fit_arcs
from plotwriter.nets.cursive import CursiveConfig, CursiveTransformer
from plotwriter.nets.gpt import ArcGPT, GPTConfig, HandStyle, n_symbol
from plotwriter.nets.hands import HandModel, HandModelConfig
from plotwriter.nets.lstm import LSTMConfig, WindowLSTM


def loops(rng: np.random.Generator, n_loops: int = 4, left: float = 0.3) -> np.ndarray:
    """A cursive-like row of loops with ascenders."""
    t = np.linspace(0, 2 * np.pi * n_loops, 60 * n_loops)
    height = np.interp(t, np.linspace(0, t[-1], n_loops + 2), rng.uniform(0.4, 1.2, n_loops + 2))
    return left + 0.14 * t + 0.3 * np.cos(t) + 1j * (0.6 + height * np.sin(t) * 0.6)


def word(rng: np.random.Generator) -> list[np.ndarray]:
    """Strokes of a word: loops, a bar across them, a dot above."""
    body = loops(rng, int(rng.integers(2, 6)))
    reach = float(body.real.max())
    bar = np.array([reach * 0.4 + 1.5j, reach * 0.4 + 0.6 + 1.55j])
    dot = np.array([reach * 0.6 + 1.8j])
    return [body, bar, dot]


def program(rng: np.random.Generator, *, marks: bool = True) -> Program:
    """A word as steps, its marks inserted in mid-stroke."""
    body, bar, dot = fit_arcs(word(rng), 0.05)
    middle = len(body.apexes) // 2
    return Program.of([body], [(bar, 0, middle), (dot, 0, middle + 1)]) if marks else Program.of([body, bar, dot], [])


def tiny_net(seed: int = 0, **more: Any) -> ArcGPT:
    """A net of width 16 with random weights, in eval mode."""
    config = replace(GPTConfig(n_layer=2, n_head=2, n_channel=16, max_steps=40, max_characters=12), **more)
    with torch.random.fork_rng():
        torch.default_generator.manual_seed(seed)
        net = ArcGPT(config)
        for parameter in net.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
    return net.eval()


def tiny_hands(seed: int = 0, n_hand: int = 3) -> HandModel:
    """A tiny net with random hands."""
    with torch.random.fork_rng():
        torch.default_generator.manual_seed(seed)
        model = HandModel(HandModelConfig(tiny_net().config, n_hand))
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
    return model.eval()


def styles(net: ArcGPT, n: int, seed: int = 0) -> HandStyle:
    """Random hands, one a row."""
    generator = torch.Generator().manual_seed(seed)
    c = net.config.n_channel
    dtype = next(net.parameters()).dtype
    rows = torch.randn(n, c, generator=generator), torch.randn(n, n_symbol(net.config.alphabet), c, generator=generator)
    return HandStyle(*(0.3 * row.to(dtype) for row in rows))


def length(arcs: Arcs) -> float:
    """Sum of the chords."""
    return float(np.abs(np.diff(arcs.knots)).sum())


def tiny_lstm(seed: int = 0) -> WindowLSTM:
    """An LSTM of 8 cells with random weights, in eval mode."""
    with torch.random.fork_rng():
        torch.default_generator.manual_seed(seed)
        return WindowLSTM(LSTMConfig(n_cell=8, n_window=3, n_mixture=4, unit=(0.5, 0.4))).eval()


def tiny_cursive(seed: int = 0) -> CursiveTransformer:
    """A Cursive Transformer of width 8 with random weights, in eval mode."""
    with torch.random.fork_rng():
        torch.default_generator.manual_seed(seed)
        net = CursiveTransformer(CursiveConfig(n_layer=2, n_head=2, n_channel=8, max_tokens=400))
        for parameter in net.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
    return net.eval()
