"""From a run's checkpoint to weights that ship: the hands chosen, named, and a card inside."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from plotwriter import __version__
from plotwriter.config import load_toml
from plotwriter.errors import ConfigError, FileError
from plotwriter.nets.checkpoint import save_net
from plotwriter.nets.gpt import ArcGPT, GPTConfig
from plotwriter.training.datasets import WriterFacts
from plotwriter.units import Length

__all__ = ["CardText", "Hand", "HandsFile", "export", "largest_hands", "read_hands", "read_run"]


@dataclass(frozen=True, slots=True)
class Hand:
    """One style to ship."""

    name: str
    description: str
    writer: str  #: pseudonym in the data; does not enter the card
    x_height: Length = 2.5
    line_height: float = 3.9  #: x-heights from baseline to baseline: ascender 2.1, descender 1.1, and a little air
    temperature: float = 0.5
    word_space: float | None = None  #: x-heights; None: as measured
    slant_deg: float | None = None  #: None: as measured


@dataclass(frozen=True, slots=True)
class CardText:
    """What the card says of data and rights; a person has to know this."""

    data: str
    licence: str
    attribution: str
    notice: str = ""
    figures: tuple[str, ...] = ()  #: measured, a line each, with how


@dataclass(frozen=True, slots=True)
class HandsFile:
    """The TOML file that names the hands of a set of weights."""

    card: CardText
    hands: tuple[Hand, ...]


def read_hands(path: Path) -> HandsFile:
    """The hands of a TOML file; see `HandsFile`."""
    return load_toml(path, HandsFile)


def largest_hands(facts: dict[str, WriterFacts], n: int = 8) -> HandsFile:
    """The writers with most words, by number: for a run that names none."""
    order = sorted(facts, key=lambda writer: -facts[writer].n_words)[:n]
    hands = tuple(Hand(f"hand-{i}", f"{facts[writer].n_words} words to learn from", writer) for i, writer in enumerate(order, 1))
    return HandsFile(CardText("given by path; not recorded", "as the data's", ""), hands)


def read_run(checkpoint: Path) -> tuple[ArcGPT, dict[str, Any]]:
    """The averaged net of a run and what the run says of itself.

    Raises:
        FileError: not a checkpoint of ours
    """
    try:
        with safe_open(checkpoint, framework="pt") as file:
            about = json.loads(file.metadata()["about"])
            state = {name[4:]: file.get_tensor(name) for name in file.keys() if name.startswith("ema.")}
        options = about["options"]
        config = GPTConfig(
            n_layer=options["n_layer"],
            n_channel=options["n_channel"],
            n_writer=len(about["writers"]),
            max_steps=options["max_steps"],
            max_characters=options["max_characters"],
        )
        net = ArcGPT(config)
        net.load_state_dict(state)
    except (KeyError, TypeError, ValueError, RuntimeError, OSError, SafetensorError) as error:
        raise FileError(f"{checkpoint}: not a checkpoint of a run ({' '.join(str(error).split())[:120]})") from None
    return net.eval(), about


def export(path: Path, net: ArcGPT, about: dict[str, Any], chosen: HandsFile) -> None:
    """Write weights with the chosen hands only.

    Args:
        path: of the safetensors file
        net: the averaged net of a run
        about: as `read_run` gives it
        chosen: the hands and what the card says

    Raises:
        ConfigError: a hand whose writer the run does not know
    """
    writers: list[str] = about["writers"]
    rows, styles = [], []
    for row, hand in enumerate(chosen.hands):
        if hand.writer not in writers:
            raise ConfigError(
                f"hand {hand.name!r}: the run knows no writer {hand.writer!r}; it has {len(writers)}, such as {', '.join(writers[:3])}"
            )
        rows.append(writers.index(hand.writer))
        fact = WriterFacts(**about["facts"].get(hand.writer, {"slant": 0.0, "word_space": 1.5, "n_words": 0}))
        slant = math.radians(hand.slant_deg) if hand.slant_deg is not None else math.atan(fact.slant)
        space = hand.word_space if hand.word_space is not None else fact.word_space / fact.frame_x_height
        styles.append(
            {
                "name": hand.name,
                "description": hand.description,
                "row": row,
                "slant": round(slant, 4),
                "word_space": round(space, 3),
                "frame_x_height": round(fact.frame_x_height, 3),
                "x_height": hand.x_height,
                "line_height": hand.line_height,
                "temperature": hand.temperature,
                "words_learned_from": fact.n_words,
            }
        )
    trimmed = ArcGPT(replace(net.config, n_writer=len(rows)))
    state = dict(net.state_dict())
    state["writers.weight"] = state["writers.weight"][torch.tensor(rows)]
    trimmed.load_state_dict(state)
    card = {
        "sampler": "gpt",
        "made_with": f"plotwriter {__version__}",
        **asdict(chosen.card),
        "recipe": {
            "iterations": about["step"],
            "minutes": round(about["elapsed"] / 60, 1),
            "words": about["n_words"],
            "writers": len(writers),
            "parameters": sum(parameter.numel() for parameter in trimmed.parameters()),
            **{key: value for key, value in about["options"].items() if value is not None},
        },
        "held_out_nats_per_step": about["test_loss"],
        "styles": styles,
    }
    save_net(path, trimmed, card)
