"""From a run's checkpoint to weights that ship: the hands chosen, named, and a card inside."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError, safe_open
from torch import nn

from plotwriter import __version__
from plotwriter.config import load_toml
from plotwriter.errors import ConfigError, FileError
from plotwriter.nets.checkpoint import save_net
from plotwriter.nets.gpt import HandStyle
from plotwriter.nets.hands import HandModel, HandModelConfig
from plotwriter.training.apprentice import Apprentice
from plotwriter.training.arc_task import ArcOptions
from plotwriter.training.batches import PackedWords, references, split
from plotwriter.training.datasets import WordSet, WriterFacts
from plotwriter.units import Length

__all__ = [
    "CardText",
    "Hand",
    "HandsFile",
    "card_of",
    "export",
    "hand_style",
    "largest_hands",
    "read_hands",
    "read_mean",
    "read_run",
    "style_entry",
]

MOST_REFERENCES = 400  # words; more no longer change the letters


@dataclass(frozen=True, slots=True)
class Hand:
    """One style to ship."""

    name: str
    description: str
    writer: str  #: pseudonym in the data; does not enter the card
    kind: str = "cursive"  #: "cursive", "print" or "quick"
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


def read_run(checkpoint: Path) -> tuple[Apprentice, dict[str, Any]]:
    """The averaged nets of a run and what the run says of itself.

    Raises:
        FileError: not a checkpoint of ours
    """
    try:
        with safe_open(checkpoint, framework="pt") as file:
            about = json.loads(file.metadata()["about"])
            state = {name[4:]: file.get_tensor(name).float() for name in file.keys() if name.startswith("ema.")}
        apprentice = Apprentice(ArcOptions(**about["options"]).gpt(), len(about["writers"]))
        apprentice.load_state_dict(state)
    except (KeyError, TypeError, ValueError, RuntimeError, OSError, SafetensorError) as error:
        raise FileError(f"{checkpoint}: not a checkpoint of a run ({' '.join(str(error).split())[:120]})") from None
    return apprentice.eval(), about


def read_mean(checkpoints: Sequence[Path]) -> tuple[Apprentice, dict[str, Any]]:
    """The mean of the nets of several runs that began from one another, and what the last says of itself.

    Source: weight averaging of fine-tuned nets, Wortsman et al. 2022 (arXiv:2203.05482)

    Raises:
        FileError: not checkpoints of ours
        ConfigError: runs of other writers or another shape
    """
    runs = [read_run(path) for path in checkpoints]
    net, about = runs[-1]
    if any(other["writers"] != about["writers"] or one.gpt.config != net.gpt.config for one, other in runs):
        raise ConfigError(f"{', '.join(map(str, checkpoints))}: runs of other writers or another shape have no mean")
    states = [one.state_dict() for one, _ in runs]
    net.load_state_dict({name: torch.stack([state[name] for state in states]).mean(0) for name in states[0]})
    return net, about | {"mean_of": len(runs)}


@torch.no_grad()
def hand_style(apprentice: Apprentice, packed: PackedWords, writer: str, indices: npt.NDArray[np.int64]) -> HandStyle:
    """A writer of the run as one row: the table's vector, and the letters as their own words show them.

    Args:
        apprentice: the averaged nets
        packed: the words of the run
        writer: one of them
        indices: of the words that may be looked at
    """
    row = packed.writer_names.index(writer)
    own = indices[packed.writers[indices] == row][:MOST_REFERENCES]
    general = apprentice.writers.weight[row : row + 1]
    if len(own) == 0:
        return HandStyle(general, general.new_zeros(1, apprentice.reader.n_symbol, general.shape[-1]))
    return HandStyle(general, apprentice.reader(references(packed, own)).letters)


def export(path: Path, apprentice: Apprentice, about: dict[str, Any], chosen: HandsFile, words: WordSet) -> None:
    """Write weights with the chosen hands only.

    Args:
        path: of the safetensors file
        apprentice: the averaged nets of a run
        about: as `read_run` gives it
        chosen: the hands and what the card says
        words: the run's

    Raises:
        ConfigError: a hand whose writer the run does not know
    """
    writers: list[str] = about["writers"]
    packed = PackedWords(words, apprentice.gpt.config.alphabet)
    train_on, test_on = split(words, about["options"]["held_out"], about["options"]["seed"])
    model = HandModel(HandModelConfig(apprentice.gpt.config, len(chosen.hands)))
    model.gpt.load_state_dict(apprentice.gpt.state_dict())
    model.reader.load_state_dict(apprentice.reader.state_dict())
    styles = []
    for row, hand in enumerate(chosen.hands):
        if hand.writer not in writers:
            raise ConfigError(
                f"hand {hand.name!r}: the run knows no writer {hand.writer!r}; it has {len(writers)}, such as {', '.join(writers[:3])}"
            )
        style = hand_style(apprentice, packed, hand.writer, train_on)
        model.general.data[row], model.letters.data[row] = style.general[0], style.letters[0]
        styles.append(style_entry(hand, row, about))
    save_net(path, model, card_of("gpt", model, about, chosen.card, styles) | {"held_out_words": [words.identity(int(i)) for i in test_on]})


def style_entry(hand: Hand, row: int, about: dict[str, Any]) -> dict[str, Any]:
    """What a card says of one hand."""
    fact = WriterFacts(**about["facts"].get(hand.writer, {"slant": 0.0, "word_space": 1.5, "n_words": 0}))
    slant = math.radians(hand.slant_deg) if hand.slant_deg is not None else math.atan(fact.slant)
    space = hand.word_space if hand.word_space is not None else fact.word_space / fact.frame_x_height
    return {
        "name": hand.name,
        "description": hand.description,
        "kind": hand.kind,
        "row": row,
        "slant": round(slant, 4),
        "word_space": round(space, 3),
        "frame_x_height": round(fact.frame_x_height, 3),
        "x_height": hand.x_height,
        "line_height": hand.line_height,
        "temperature": hand.temperature,
        "words_learned_from": fact.n_words,
    }


def card_of(sampler: str, net: nn.Module, about: dict[str, Any], text: CardText, styles: list[dict[str, Any]]) -> dict[str, Any]:
    """The card of a run's weights."""
    return {
        "sampler": sampler,
        "made_with": f"plotwriter {__version__}",
        **asdict(text),
        "recipe": {
            "iterations": about["step"],
            "minutes": round(about["elapsed"] / 60, 1),
            "mean_of_runs": about.get("mean_of", 1),
            "words": about["n_words"],
            "writers": len(about["writers"]),
            "parameters": sum(parameter.numel() for parameter in net.parameters()),
            **{key: value for key, value in about["options"].items() if value not in (None, [], ()) and key != "favour"},  # names nobody
        },
        "held_out_nats_per_step": about["test_loss"],
        "styles": styles,
    }
