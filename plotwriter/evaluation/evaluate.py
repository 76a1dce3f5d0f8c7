"""All styles through one study each, systems side by side, to two files."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import torch

from plotwriter import __version__
from plotwriter.errors import FileError
from plotwriter.evaluation.legibility import READER_B, Judge
from plotwriter.evaluation.ocr import ocr_reader
from plotwriter.evaluation.real import KNOWN_BY, RealInk
from plotwriter.evaluation.report import pooled, to_html, to_json
from plotwriter.evaluation.study import Settings, study
from plotwriter.evaluation.traits import Hands, traits
from plotwriter.exchange import write_atomically
from plotwriter.nets.card import READER, digest, read_card
from plotwriter.samplers.shipped import weights_of
from plotwriter.styles import Style

__all__ = ["columns", "evaluate", "hands_of"]

N_WRITER = 18  # writers told apart

OnProgress = Callable[[str, float], None]  #: what is done, share done


def hands_of(real: RealInk, style: Style) -> Hands:
    """The style's writer among others, by the words they were learned from."""
    known = {}
    for name, hand in real.others(style, N_WRITER, KNOWN_BY).items():
        if len(hand.learned) >= 20:
            known[name] = np.stack([traits(word, hand.lean) for word in hand.learned])
    return Hands(known)


def columns(styles: Sequence[Style]) -> list[str]:
    """A name for every style: its own, with its sampler or its weights file where several have a hand of that name."""
    names = [style.name if style.sampler == style.own_sampler else f"{style.name} by {style.sampler}" for style in styles]
    same = Counter(names)
    short = [f"{name} ({style.weights.parent.name}/{style.weights.stem})" for name, style in zip(names, styles, strict=True)]
    clear = len(set(short)) == len(short)
    return [
        name if same[name] == 1 else tail if clear else f"{name} ({style.weights})"
        for name, style, tail in zip(names, styles, short, strict=True)
    ]


def _digests(style: Style) -> str:
    """Of the hand, and of the sampler that is lent to it."""
    return "+".join(digest(path) for path in weights_of(style)[:-1])  # the last is the reader that ranks


def evaluate(
    styles: Sequence[Style],
    folder: Path,
    settings: Settings,
    *,
    reader: Path = READER_B,
    real: RealInk | None = None,
    ocr: bool = False,
    command: str = "",
    on_progress: OnProgress | None = None,
) -> str:
    """Measure styles; write report.html and report.json into a folder.

    Args:
        styles: of any sampler and any weights, no two the same; one hand may stand there once for each of several files
        folder: made where it is not there
        settings: how much
        reader: weights of reader b
        real: real ink; None measures generated ink only, and says so
        ocr: ask RapidOCR too
        command: line that is kept in the JSON file
        on_progress: told what is done

    Returns:
        the JSON text

    Raises:
        ConfigError: an extra that is missing, real ink that does not belong to the styles
        FileError: weights or ink that cannot be read, a folder that cannot be written to
        SampleError: a style that cannot write one of the words
    """
    torch.set_num_threads(1)
    tell = on_progress or (lambda what, share: None)
    judge = Judge(reader)
    ask = ocr_reader() if ocr else None
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"{folder}: cannot be made: {error.strerror or error}") from None
    tell("reading the real ink", 0.0)
    found = [real.hand(style) if real else None for style in styles]
    studies = []
    for k, (name, style, hand) in enumerate(zip(columns(styles), styles, found, strict=True)):
        tell(name, k / len(styles))

        def on_words(done: int, total: int, k: int = k, name: str = name) -> None:
            tell(name, (k + 0.7 * done / total) / len(styles))

        hands = hands_of(real, style) if real else None
        studies.append(study(name, style, judge, settings, hand=hand, hands=hands, ocr=ask, on_words=on_words))
    notes = []
    recipe = read_card(reader, READER).get("recipe", {})
    if recipe.get("half") != "b":
        notes.append("The reader is not reader b, whose writers have nothing to do with the ranking of draws: its figures may flatter.")
    if real is None:
        notes.append("Generated ink only: give --data and --hands to hold it against the real ink of the same hands.")
    if any(a.style.name == b.style.name and a.readings.texts != b.readings.texts for a, b in combinations(studies, 2)):
        notes.append(
            "Systems of one hand held out different words in training: each is measured on its own, and their figures have other texts."
        )
    about: dict[str, Any] = {
        "plotwriter": __version__,
        "command": command,
        "reader": f"{reader.name} {digest(reader)}",
        "reader_recipe": recipe,
        "weights": {one.name: {"digest": _digests(one.style), "sampler": one.style.sampler} for one in studies},
        "settings": dataclasses.asdict(settings),
        "notes": notes,
    }
    together = pooled(studies, settings.seed)
    text = to_json(studies, about, together)
    write_atomically(folder / "report.html", to_html(studies, about, together).encode())
    write_atomically(folder / "report.json", text.encode())
    tell("done", 1.0)
    return text
