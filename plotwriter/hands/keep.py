"""Hands of the user's own on disk: one safetensors file each, in the user's folder, in the form of the shipped ones.

A file holds the nets and one hand, about 5 MB, so it can be carried to another computer as it is. What comes from
elsewhere is data: header, shapes and numbers are checked and it is written anew, so nothing of it is kept that is not understood.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from plotwriter import __version__
from plotwriter.config import home, near_miss
from plotwriter.errors import ConfigError, FileError
from plotwriter.hands.fit import TEMPERATURE, Fitted
from plotwriter.hands.names import check_name
from plotwriter.nets.arc_tokens import DRAW, quantise
from plotwriter.nets.card import GPT, digest, read_card
from plotwriter.nets.checkpoint import load_hands, save_net
from plotwriter.nets.hands import HandModel, HandModelConfig
from plotwriter.samplers.draw import Begun
from plotwriter.samplers.own_words import SHORT, own_words, stored
from plotwriter.styles import Style, find_style, installed_styles
from plotwriter.styles.store import SHIPPED
from plotwriter.training.datasets import WordSet, WriterFacts

__all__ = ["blend", "card_of", "export_hand", "import_hand", "own_file", "remove", "rename", "save_hand", "words_to_keep"]

N_SHORT, N_LONG, LONGEST = 8, 4, 8  # words kept to go on from, and letters of the longest
X_HEIGHT, LINE_HEIGHT = 2.5, 3.9  # mm; x-heights from line to line: as the hands that ship


def own_file(name: str) -> Path:
    """Where a hand of the user's own is kept."""
    return home() / "styles" / f"{check_name(name)}.safetensors"


def words_to_keep(words: WordSet) -> list[Begun]:
    """Words of a person's own ink for nets to go on from: short ones, and some longer; those that are written with fewest steps."""
    plain = [i for i, text in enumerate(words.texts) if text.isalpha() and text.islower()]
    plain.sort(key=lambda i: (len(words.programs[i].pens), i))
    short = [i for i in plain if 2 <= len(words.texts[i]) <= SHORT][:N_SHORT]
    long = [i for i in plain if SHORT < len(words.texts[i]) <= LONGEST][:N_LONG]
    found = []
    for i in short + long:
        program = words.programs[i]
        tokens, _ = quantise(program.pens[None, :-1].astype(np.int64), program.targets[None, :-1], program.apexes[None, :-1])
        if tokens[0, -1, 0] == DRAW:
            found.append(Begun(words.texts[i], tokens[0], words.letters[i][:-1].astype(np.int64)))
    return found


def card_of(
    fitted: Fitted, facts: WriterFacts, base: Style, hands: Mapping[int, str], *, name: str, description: str, prime: Sequence[Begun] = ()
) -> dict[str, Any]:
    """The card of a hand that was fitted.

    Args:
        fitted: the hand
        facts: its slant and spaces
        base: whose weights it began with
        hands: names of the base's hands by row
        name, description: of the style
        prime: words of `words_to_keep` that its samplers go on from
    """
    borrowed: dict[str, str] = {}
    for character, row in fitted.lacking.items():
        borrowed[hands.get(row, str(row))] = borrowed.get(hands.get(row, str(row)), "") + character
    best = fitted.best
    return {
        "sampler": "gpt",
        "made_with": f"plotwriter {__version__}",
        "data": f"{fitted.n_words} words of the person's own, on nets learned from: {base.card.get('data', 'not recorded')}",
        "licence": f"the hand is its writer's own; the nets: {base.card.get('licence', 'not recorded')}",
        "attribution": str(base.card.get("attribution", "")),
        "notice": "Made to write in one person's hand: use it with their consent.",
        "recipe": {
            "base": digest(base.weights),
            "words": fitted.n_words,
            "fitted": best is not None,
            "seconds": round(fitted.seconds),
            "steps": fitted.steps,
            **({"way": best.way, "misread_share": round(best.wrong, 4), "traits_apart": round(best.apart, 3)} if best else {}),
            "max_steps": fitted.model.config.gpt.max_steps,
            "max_characters": fitted.model.config.gpt.max_characters,
        },
        "borrowed": borrowed,
        "styles": [
            {
                "name": check_name(name),
                "description": description,
                "kind": "own",
                "row": 0,
                "slant": round(min(1.0, max(-0.78, math.atan(facts.slant))), 4),
                "word_space": round(min(4.0, max(0.6, facts.word_space / facts.frame_x_height)), 3),
                "frame_x_height": round(min(2.0, max(0.5, facts.frame_x_height)), 3),
                "x_height": X_HEIGHT,
                "line_height": LINE_HEIGHT,
                "temperature": TEMPERATURE,
                "words_learned_from": fitted.n_words,
                **({"words": [stored(word) for word in prime]} if prime else {}),
            }
        ],
    }


def save_hand(name: str, model: HandModel, card: dict[str, Any], *, replace: bool = False) -> Path:
    """Keep a hand under a name.

    Raises:
        ConfigError: there is one of that name, and `replace` is not asked for
        FileError: the folder cannot be written to
    """
    path = own_file(name)
    if path.exists() and not replace:
        raise ConfigError(f"there is a style {name!r} of yours already; give another name, or --replace it")
    _write(path, model, card)
    return path


def _write(path: Path, model: HandModel, card: dict[str, Any]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_net(path, model, card)
    except OSError as error:
        raise FileError(f"{path}: cannot be written: {error.strerror or error}") from None


def _alone(style: Style) -> tuple[HandModel, dict[str, Any]]:
    """A style's nets with that hand only, and a card to go with it."""
    if style.sampler != "gpt":
        raise ConfigError(f"style {style.name!r} is written by {style.sampler!r}; only hands of 'gpt' can be passed on or mixed")
    whole = load_hands(style.weights)
    if style.row >= whole.config.n_hand:
        raise FileError(f"{style.weights}: style {style.name!r} is row {style.row} of {whole.config.n_hand}")
    model = HandModel(HandModelConfig(whole.config.gpt, 1))
    model.gpt, model.reader = whole.gpt, whole.reader
    kept = whole.style(style.row)
    model.general.data, model.letters.data = kept.general.clone(), kept.letters.clone()
    entry = next(dict(item) for item in style.card["styles"] if str(item["name"]) == style.name) | {"row": 0}
    return model, {**{key: value for key, value in style.card.items() if key != "held_out_words"}, "styles": [entry]}


def export_hand(name: str, path: Path) -> None:
    """One hand as one file that can be carried away.

    Raises:
        ConfigError: no such style, or not a .safetensors file
        FileError: it cannot be written
    """
    if path.suffix != ".safetensors":
        raise ConfigError(f"{path}: a hand is passed on as a .safetensors file")
    _write(path, *_alone(find_style(name)))


def import_hand(path: Path, name: str | None = None, *, replace: bool = False) -> list[str]:
    """Take in the hands of a file from elsewhere.

    Args:
        path: of the file
        name: to be kept under, where the file has one hand; None: as the file says
        replace: a hand of yours of the same name

    Returns:
        names of the styles taken in

    Raises:
        FileError: not such a file, or a damaged one
        ConfigError: a name that cannot be used or is taken
    """
    card = read_card(path, GPT)
    found = [find_style(f"{path}:{entry['name']}") for entry in card.get("styles", [])]
    if not found:
        raise FileError(f"{path}: has no styles")
    if name and len(found) > 1:
        raise ConfigError(f"{path}: has {len(found)} styles, so --as cannot name them")
    names = [check_name(name or style.name) for style in found]
    for style, new in zip(found, names, strict=True):
        own_words(style)  # a foreign file's are looked at before anything is kept
        model, own = _alone(style)
        own["styles"][0]["name"] = new
        save_hand(new, model, json.loads(json.dumps(own)), replace=replace)
    return names


def _own(name: str) -> Path:
    """The file of a hand of the user's own.

    Raises:
        ConfigError: there is none; one that ships cannot be changed
    """
    path = own_file(name)
    if path.is_file():
        return path
    styles, _ = installed_styles()
    mine = [found.name for found in styles.values() if found.weights.parent != SHIPPED]
    if name in styles and styles[name].weights.parent == SHIPPED:
        raise ConfigError(f"{name!r} ships with plotwriter and stays as it is; styles of yours: {', '.join(mine) or '(none)'}")
    raise ConfigError(f"no style of yours is called {name!r}; {near_miss(name, mine)}")


def rename(old: str, new: str) -> Path:
    """Give a hand of the user's own another name.

    Raises:
        ConfigError: no such style of the user's, or a name that cannot be used or is taken
    """
    path = _own(old)
    model, card = _alone(find_style(f"{path}:{old}"))
    card["styles"][0]["name"] = check_name(new)
    target = save_hand(new, model, card)
    path.unlink()
    return target


def remove(name: str) -> Path:
    """Delete a hand of the user's own.

    Raises:
        ConfigError: no such style of the user's
    """
    path = _own(name)
    path.unlink()
    return path


def blend(first: str, second: str, share: float, name: str, *, replace: bool = False) -> Path:
    """A hand between two.

    Vectors and weights are mixed: nets that were fitted from the same base lie so close that the way between them can be
    written all along (Wortsman et al. 2022, arXiv:2203.05482). Nets with another base have nothing in common.

    Args:
        first, second: styles
        share: of the second, 0 to 1
        name: of the new style
        replace: one of yours of the same name

    Raises:
        ConfigError: hands whose nets do not mix, or a name that cannot be used
    """
    if not 0 <= share <= 1:
        raise ConfigError(f"share of {second!r}: {share:g} is not 0 (all {first}) to 1 (all {second})")
    a, b = find_style(first), find_style(second)
    bases = {str(style.card.get("recipe", {}).get("base") or digest(style.weights)) for style in (a, b)}
    (model, card), (other, card_b) = _alone(a), _alone(b)
    if len(bases) > 1 or model.config != other.config:
        raise ConfigError(f"{first!r} and {second!r} come from different nets, which do not mix; fit both from the same base")
    theirs = other.state_dict()
    with torch.no_grad():
        for key, value in model.state_dict().items():
            value.lerp_(theirs[key], share)
    entry, entry_b = card["styles"][0], card_b["styles"][0]
    for key in ("slant", "word_space", "frame_x_height", "x_height", "line_height", "temperature"):
        entry[key] = round((1 - share) * float(entry[key]) + share * float(entry_b[key]), 4)
    entry |= {"name": check_name(name), "description": f"{1 - share:.0%} {first}, {share:.0%} {second}", "kind": "blend", "row": 0}
    recipe = {**card.get("recipe", {}), "base": bases.pop(), "blend": {first: round(1 - share, 3), second: round(share, 3)}}
    return save_hand(name, model, {**card, "recipe": recipe}, replace=replace)
