"""Weights on disk: safetensors with a card inside, never a pickle.

The header's metadata holds two JSON texts: `config` (the net's shape) and `card` (what the weights
are: data, licence, recipe, figures, the hands they know). Weights are float16 on disk and float32
in memory. A foreign file is data: its shape is checked before a tensor is used.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import nn

from plotwriter.errors import FileError
from plotwriter.nets.card import CURSIVE, GPT, LSTM, READER, read_metadata
from plotwriter.nets.cursive import CursiveConfig, CursiveTransformer
from plotwriter.nets.gpt import GPTConfig
from plotwriter.nets.hands import HandModel, HandModelConfig
from plotwriter.nets.lstm import LSTMConfig, WindowLSTM
from plotwriter.nets.recognizer import Recognizer, RecognizerConfig

__all__ = ["load_cursive", "load_hands", "load_lstm", "load_reader", "save_net"]

#: the most each number of a config may be; ours are far below, a damaged file's may be anything
LIMITS = {
    "n_layer": 64, "n_head": 64, "n_channel": 4096, "n_hand": 10_000, "max_steps": 4096, "max_characters": 1024,
    "n_cell": 4096, "n_window": 256, "n_mixture": 256, "max_tokens": 16_384,
}  # fmt: skip
KINDS: dict[type[nn.Module], str] = {HandModel: GPT, Recognizer: READER, WindowLSTM: LSTM, CursiveTransformer: CURSIVE}

N = TypeVar("N", bound=nn.Module)


def save_net(path: Path, net: HandModel | Recognizer | WindowLSTM | CursiveTransformer, card: dict[str, Any]) -> None:
    """Write a net and its card, whole or not at all."""
    metadata = {
        "format": KINDS[type(net)],
        "config": json.dumps(dataclasses.asdict(net.config)),
        "card": json.dumps(card, ensure_ascii=False),
    }
    tensors = {name: tensor.detach().half().contiguous().cpu() for name, tensor in net.state_dict().items()}
    temporary = path.with_name(path.name + ".part")
    temporary.write_bytes(save(tensors, metadata))
    os.replace(temporary, path)


def load_hands(path: Path, device: torch.device | str = "cpu") -> HandModel:
    """A sampler's nets and the hands kept with them, in eval mode.

    Raises:
        FileError: not a weights file of ours, or tensors of another shape than its config says
    """

    def build(config: dict[str, Any]) -> HandModel:
        _within_limits(config["gpt"])
        return HandModel(HandModelConfig(GPTConfig(**config["gpt"]), config["n_hand"]))

    return _load(path, GPT, build, device)


def load_reader(path: Path, device: torch.device | str = "cpu") -> Recognizer:
    """A reader's net, in eval mode; raises as `load_hands`."""
    return _load(path, READER, lambda config: Recognizer(RecognizerConfig(**config)), device)


def load_lstm(path: Path, device: torch.device | str = "cpu") -> WindowLSTM:
    """Graves' net, in eval mode; raises as `load_hands`."""

    def build(config: dict[str, Any]) -> WindowLSTM:
        x, y = config["unit"]
        if not (0 < x < 100 and 0 < y < 100):
            raise ValueError(f"unit is {x}, {y} x-heights")
        return WindowLSTM(LSTMConfig(**{**config, "unit": (float(x), float(y))}))

    return _load(path, LSTM, build, device)


def load_cursive(path: Path, device: torch.device | str = "cpu") -> CursiveTransformer:
    """The Cursive Transformer, in eval mode; raises as `load_hands`."""
    return _load(path, CURSIVE, lambda config: CursiveTransformer(CursiveConfig(**config)), device)


def _load(path: Path, kind: str, build: Callable[[dict[str, Any]], N], device: torch.device | str) -> N:
    metadata = read_metadata(path, kind)
    try:
        config = json.loads(metadata["config"])
        _within_limits(config)
        with torch.device("meta"):
            net = build(config)
        with safe_open(path, framework="pt") as file:
            state = {name: file.get_tensor(name).float() for name in file.keys()}
        if broken := [name for name, tensor in state.items() if not torch.isfinite(tensor).all()]:
            raise ValueError(f"{broken[0]} holds values that are not numbers")
        net.load_state_dict(state, assign=True)
    except (KeyError, TypeError, ValueError, RuntimeError, SafetensorError, AssertionError) as error:
        reason = " ".join(str(error).split())[:160]
        raise FileError(
            f"{path}: weights and shape do not belong together ({reason}); reinstall plotwriter or train the style again"
        ) from None
    return net.to(device).eval()


def _within_limits(config: dict[str, Any]) -> None:
    for name, most in LIMITS.items():
        if name in config and not 0 < config[name] <= most:
            raise ValueError(f"{name} is {config[name]}, allowed 1 to {most}")
