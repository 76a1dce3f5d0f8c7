"""Which letter every step of a word writes, by the reader; and whether the ink says its label at all.

    steps   MOVE DRAW DRAW DRAW MOVE DRAW RETURN DRAW END
    letters  0    0    0    1    1    1    1      1    1        "hi"

A sampler that is told its letter at every step need not learn to count; a label that the ink does
not say would teach it to write nonsense. Runs once, when words are prepared.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F

from plotwriter.nets.arc_tokens import END, quantise
from plotwriter.nets.recognizer import BLANK
from plotwriter.samplers.readback import Reader, letters_of, spoken_steps
from plotwriter.training.datasets import WordSet

__all__ = ["align_words"]

BATCH = 256  # words read at once


@torch.inference_mode()
def align_words(words: WordSet, reader: Reader) -> tuple[list[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]:
    """Letters of every word's steps and how well the ink says the word, undistorted.

    Args:
        words: of at most 255 characters
        reader: with its weights

    Returns:
        letters, (t,) each: index into the text, from 0 to the last by 0 or 1 a step; costs (n,), nats a
        character. A word that cannot be read as its text (too few steps, a character the reader does not
        know) costs infinity and has letters of 0
    """
    letters = [np.zeros(len(program.pens), np.uint8) for program in words.programs]
    costs = np.full(len(words.texts), np.inf, np.float32)
    known = set(reader.net.config.alphabet)
    readable = [
        i
        for i, (text, program) in enumerate(zip(words.texts, words.programs, strict=True))
        if known.issuperset(text) and len(program.pens) >= len(text) + sum(a == b for a, b in pairwise(text))
    ]
    readable.sort(key=lambda i: len(words.programs[i].pens))
    for first in range(0, len(readable), BATCH):
        chosen = readable[first : first + BATCH]
        programs, texts = [words.programs[i] for i in chosen], [words.texts[i] for i in chosen]
        n_steps = np.array([len(program.pens) for program in programs])
        shape = len(chosen), int(n_steps.max())
        pens = np.full(shape, END, np.int64)
        targets, apexes = np.zeros(shape, np.complex128), np.zeros(shape, np.complex128)
        for row, program in enumerate(programs):
            n = n_steps[row]
            pens[row, :n], targets[row, :n], apexes[row, :n] = program.pens, program.targets, program.apexes
        tokens, position = (torch.from_numpy(a).to(reader.device) for a in quantise(pens, targets, apexes))
        real = torch.from_numpy(np.arange(shape[1]) < n_steps[:, None]).to(reader.device)
        log_p = reader.net(tokens, position, real).cpu()  # (b, t, k)
        classes = reader.classes(texts)
        sizes = torch.tensor([len(text) for text in texts])
        wanted = torch.tensor([k for row in classes for k in row])
        cost = F.ctc_loss(log_p.transpose(0, 1), wanted, torch.from_numpy(n_steps), sizes, blank=BLANK, reduction="none")
        costs[chosen] = (cost / sizes).numpy()
        spoken = spoken_steps(log_p.numpy(), n_steps, classes)
        for i, row, n in zip(chosen, spoken, n_steps, strict=True):
            letters[i] = letters_of(row[:n], words.programs[i].pens, len(words.texts[i])).astype(np.uint8)
    return letters, costs
