"""What reader b, which has chosen nothing, makes of the ink.

Reader a ranks the draws of the samplers; a figure of its own would flatter them. Reader b is
trained on other writers and is asked here only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from plotwriter.errors import FileError
from plotwriter.evaluation.statistics import Interval, mean_interval, ratio_interval
from plotwriter.evaluation.words import Word, steps_of
from plotwriter.nets.checkpoint import load_reader
from plotwriter.nets.recognizer import BLANK
from plotwriter.samplers.readback import letters_of, spoken_steps
from plotwriter.training.reading import edits

__all__ = ["READER_B", "Judge", "Legibility", "Look", "legibility", "wrong_characters"]

READER_B = Path(__file__).parent / "weights" / "reader_b.safetensors"  #: judges; trained on other writers than reader a, which ranks
BATCH = 64

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What a reader makes of some words."""

    said: list[str]  #: what every word reads as
    at: list[Ints | None]  #: for every character read, the character of the text whose ink it was read from; None: text not in the alphabet
    seen: Floats  #: (n, c) the mean of the trunk's channels over the steps of every word


class Judge:
    """A recogniser that reads words and says what it saw in them."""

    def __init__(self, path: Path = READER_B) -> None:
        """Load the weights.

        Raises:
            FileError: missing, damaged or foreign weights
        """
        if not path.exists():
            raise FileError(f"{path}: no such reader; give --reader, or train one: plotwriter train reader --half b")
        self.net = load_reader(path)

    @torch.inference_mode()
    def look(self, words: Sequence[Word]) -> Look:
        """Read words."""
        order = sorted(range(len(words)), key=lambda k: sum(map(len, words[k].strokes)))
        said, at = [""] * len(words), list[Ints | None]([None] * len(words))
        seen: Floats = np.zeros((len(words), self.net.config.n_channel))
        classes = {c: k + 1 for k, c in enumerate(self.net.config.alphabet)}
        for first in range(0, len(order), BATCH):
            rows = order[first : first + BATCH]
            tokens, before, real = steps_of([words[k] for k in rows])
            log_p = self.net(tokens, before, real).numpy()  # (b, t, classes)
            n_steps = real.sum(1).numpy()
            seen[rows] = self.net.pooled(tokens, before, real).double().numpy()
            # a text beyond the alphabet is aligned as if it were blank throughout, and the result not used
            spoken = spoken_steps(log_p, n_steps, [[classes.get(c, BLANK) for c in words[k].text] for k in rows])
            for row, k in enumerate(rows):
                best = log_p[row, : n_steps[row]].argmax(-1)
                kept = np.flatnonzero((best != BLANK) & np.diff(best, prepend=BLANK).astype(bool))  # repeats and blanks taken out
                text = words[k].text
                said[k] = "".join(self.net.config.alphabet[best[t] - 1] for t in kept)
                if set(text) <= classes.keys():
                    pens = tokens[row, : n_steps[row], 0].numpy()
                    at[k] = letters_of(spoken[row, : n_steps[row]], pens, len(text))[kept]
        return Look(said, at, seen)


def wrong_characters(texts: Sequence[str], said: Sequence[str], *, fold: bool = False) -> Floats:
    """Edits a word, (n,); `fold` lets capitals pass for small letters."""
    pairs = [(a.casefold(), b.casefold()) if fold else (a, b) for a, b in zip(texts, said, strict=True)]
    return np.array([edits(a, b) for a, b in pairs], np.float64)


Legibility = dict[str, Interval]  # of `legibility`: which figure to its interval


def legibility(texts: Sequence[str], generated: Sequence[str], real: Sequence[str] | None, rng: np.random.Generator) -> Legibility:
    """Character error rates and exact words, generated and real ink of the same texts.

    Args:
        texts: (n,) what the words should say
        generated, real: (n,) what they read as
        rng: of the bootstrap over words

    Returns:
        "cer", "cer_folded" and "exact" of both sets ("real_..." for real), and "ratio" and
        "ratio_folded", generated over real
    """
    sizes = np.array([len(text) for text in texts], np.float64)
    found: Legibility = {}
    wrong: dict[str, Floats] = {}
    for label, said in (("", generated), ("real_", real)):
        if said is None:
            continue
        for name, fold in (("cer", False), ("cer_folded", True)):
            wrong[label + name] = wrong_characters(texts, said, fold=fold)
            found[label + name] = ratio_interval(wrong[label + name], sizes, rng)
        found[label + "exact"] = mean_interval((wrong[label + "cer"] == 0).astype(np.float64), rng)
    if real is not None:
        found["ratio"] = ratio_interval(wrong["cer"], wrong["real_cer"], rng)
        found["ratio_folded"] = ratio_interval(wrong["cer_folded"], wrong["real_cer_folded"], rng)
    return found
