"""Weights on disk: safetensors with a card inside, never a pickle.

The header's metadata holds two JSON texts: `config` (the net's shape) and `card` (what the weights
are: data, licence, recipe, figures, the hands they know). Weights are float16 on disk and float32
in memory. A foreign file is data: its shape is checked before a tensor is used.
"""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from plotwriter.errors import FileError
from plotwriter.nets.card import FORMAT, read_metadata
from plotwriter.nets.gpt import ArcGPT, GPTConfig

__all__ = ["load_gpt", "save_gpt"]

LIMITS = {"n_layer": 64, "n_head": 64, "n_channel": 4096, "n_writer": 100_000, "max_steps": 4096, "max_characters": 1024}


def save_gpt(path: Path, net: ArcGPT, card: dict[str, Any]) -> None:
    """Write a net and its card, whole or not at all."""
    metadata = {"format": FORMAT, "config": json.dumps(dataclasses.asdict(net.config)), "card": json.dumps(card, ensure_ascii=False)}
    tensors = {name: tensor.detach().half().contiguous().cpu() for name, tensor in net.state_dict().items()}
    temporary = path.with_name(path.name + ".part")
    temporary.write_bytes(save(tensors, metadata))
    os.replace(temporary, path)


def load_gpt(path: Path, device: torch.device | str = "cpu") -> ArcGPT:
    """A net ready for sampling.

    Raises:
        FileError: not a weights file of ours, or tensors of another shape than its config says
    """
    metadata = read_metadata(path)
    try:
        config = GPTConfig(**json.loads(metadata["config"]))
        for name, most in LIMITS.items():
            if not 0 < getattr(config, name) <= most:
                raise ValueError(f"{name} is {getattr(config, name)}, allowed 1 to {most}")
        with torch.device("meta"):
            net = ArcGPT(config)
        with safe_open(path, framework="pt") as file:
            state = {name: file.get_tensor(name).float() for name in file.keys()}
        net.load_state_dict(state, assign=True)
    except (KeyError, TypeError, ValueError, RuntimeError, SafetensorError, AssertionError) as error:
        reason = " ".join(str(error).split())[:160]
        raise FileError(
            f"{path}: weights and shape do not belong together ({reason}); reinstall plotwriter or train the style again"
        ) from None
    return net.to(device).eval()
