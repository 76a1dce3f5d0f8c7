"""From a run of the LSTM or the Cursive Transformer to weights that write: its hands, and two words of each that prime the net.

The two words are ink of the people who wrote the data, so such a file says as much about them as the data does. The
weights that ship with the package name no hand and hold no ink.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from plotwriter.nets.checkpoint import save_net
from plotwriter.nets.cursive import CursiveTransformer
from plotwriter.nets.lstm import WindowLSTM
from plotwriter.training.export import HandsFile, card_of, style_entry
from plotwriter.training.point_tasks import CursiveTask, LSTMTask
from plotwriter.training.points import Lines, Stitching, offset_batch, token_batch

__all__ = ["export_points"]

N_PRIME = 2  # words
PRIME_LETTERS = 4, 8  # of a word
AS_WRITTEN = {"x_scale": (1.0, 1.0), "y_scale": (1.0, 1.0), "shear": 0.0, "lift": 0.0, "space": 0.0}


def export_points(
    path: Path, net: WindowLSTM | CursiveTransformer, task: LSTMTask | CursiveTask, about: dict[str, Any], chosen: HandsFile
) -> None:
    """Write weights.

    Args:
        path: of the safetensors file
        net: averaged
        task: of the run
        about: what the run says of itself
        chosen: the hands and what the card says; none: the weights write unprimed, or in a style of another sampler
    """
    known = [hand for hand in chosen.hands if hand.writer in about["writers"]]
    styles = [style_entry(hand, row, about) | {"prime": _prime(task, hand.writer)} for row, hand in enumerate(known)]
    options = {"words_a_line" if name == "words" else name: value for name, value in about["options"].items()}  # a card counts words
    card = card_of(task.name, net, {**about, "options": options}, chosen.card, styles) | {"spacing": task.options.spacing}
    card["held_out_words"] = [task.set.identity(int(i)) for i in task.test_on]
    save_net(path, net, card)


def _prime(task: LSTMTask | CursiveTask, writer: str) -> dict[str, Any] | None:
    """Words of a writer that the net has learned from; None where there are none of middle length."""
    low, high = PRIME_LETTERS
    texts = task.set.texts
    own: npt.NDArray[np.int64] = np.array(
        [i for i in task.train_on if task.set.writers[i] == writer and texts[i].isalpha() and low <= len(texts[i]) <= high], np.int64
    )
    if len(own) < N_PRIME:
        return None
    how = Stitching(keep=task.options.keep, **AS_WRITTEN)  # type: ignore[arg-type]
    line = Lines(task.words, own, np.ones(len(own)), how).stitch([own[:N_PRIME]], np.random.default_rng(0))
    if isinstance(task, LSTMTask):
        offsets = offset_batch(line, task.config.unit).offsets[0, : int(line.n_point[0]) + 1]  # without the move to the next line
        return {"text": line.texts[0], "offsets": [[round(x, 3) for x in row] for row in offsets.tolist()]}
    return {"text": line.texts[0], "tokens": token_batch(line, task.config.alphabet).tokens[0].tolist()[:-1]}  # without END
