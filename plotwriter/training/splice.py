"""Rare characters spliced into words: so that "!" is learned although nobody in the set wrote one.

Isolated characters come without baseline or size, so both are set by rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from plotwriter.training.datasets import FramedWord

__all__ = ["BOXES", "spliced_words"]

#: character: (bottom, top) in x-heights over the baseline; a flat one is scaled to `FLAT` by its width
BOXES: dict[str, tuple[float, float]] = {
    "!": (0, 2.0), "?": (0, 2.0), ";": (-0.45, 0.95), ":": (0, 0.9), '"': (1.35, 2.0), "'": (1.35, 2.0), "#": (0, 1.9), "+": (0.2, 1.3),
    "=": (0.35, 0.9), "*": (0.9, 1.9), "<": (0.1, 1.2), ">": (0.1, 1.2), "\\": (-0.2, 2.1), "/": (-0.2, 2.1), "^": (1.3, 1.9),
    "`": (1.45, 2.0), "|": (-0.5, 2.2), "[": (-0.4, 2.1), "]": (-0.4, 2.1), "{": (-0.4, 2.1), "}": (-0.4, 2.1), "(": (-0.4, 2.1),
    ")": (-0.4, 2.1), "@": (-0.2, 1.7), "&": (0, 1.9), "%": (0, 1.9), "$": (-0.2, 2.1), "~": (0.5, 0.85),
    "_": (-0.25, -0.2), "-": (0.5, 0.55),
}  # fmt: skip
FLAT = {"~": 1.2, "_": 1.3, "-": 0.8}  #: width in x-heights
LEADING, TRAILING = set("([{<\"'`#@$&*"), set("!?;:)]}>\"'*+%")

SIZE, ASPECT, LIFT = (0.85, 1.15), (0.9, 1.1), 0.05  # how far a spliced sign may be from its rule; LIFT is a s.d., x-heights
GAP = (0.12, 0.55)  # x-heights between a sign and its word
MUCH = 300  # words of a writer who learns every sign
SPARSE = 50  # words a writer must have for each that a sign is spliced to: with 30 signs, 3 of 8 words are splices at the most

Complex = npt.NDArray[np.complex128]
Place = Literal["before", "after", "between", "alone"]

USUAL = 0.6  # share of the splices where the sign stands where people put it
SHORT = 8  # characters of a word that can stand on both sides of a sign


def _boxed(character: str, ink: Sequence[Complex], rng: np.random.Generator) -> list[Complex] | None:
    """A character's strokes at about the size and height its rule gives, left end at 0."""
    every = np.concatenate(list(ink))
    width, height = float(np.ptp(every.real)), float(np.ptp(every.imag))
    bottom, top = BOXES[character]
    if character in FLAT:
        if width == 0 or height > width:
            return None
        scale, lift = FLAT[character] / width, (bottom + top) / 2 - FLAT[character] / width * height / 2
    else:
        if height == 0 or width > 3 * height:
            return None
        scale, lift = (top - bottom) / height, bottom
    corner = complex(every.real.min(), every.imag.min())
    scale *= rng.uniform(*SIZE)
    lift += rng.normal(0, LIFT)
    wider = scale * rng.uniform(*ASPECT)
    return [np.asarray((points - corner).real * wider + 1j * ((points - corner).imag * scale + lift), np.complex128) for points in ink]


def _hosts(words: Sequence[FramedWord], writers_first: Sequence[str], n: int, rng: np.random.Generator) -> list[FramedWord]:
    """Words to splice one sign to, shared out evenly: half to the writers named, half to all with much ink."""
    by_writer: dict[str, list[FramedWord]] = defaultdict(list)
    for word in words:
        if word.text.isalpha():
            by_writer[word.writer].append(word)
    first = [writer for writer in writers_first if writer in by_writer]
    many = [writer for writer, own in sorted(by_writer.items()) if len(own) >= MUCH] or sorted(by_writer)
    room = {writer: max(1, len(own) // SPARSE) for writer, own in by_writer.items()}
    turns = _in_turn(first, room, n // 2, rng)
    turns += _in_turn(many, room, n - len(turns), rng)
    return [by_writer[writer][rng.integers(len(by_writer[writer]))] for writer in turns]


def _in_turn(writers: Sequence[str], room: dict[str, int], n: int, rng: np.random.Generator) -> list[str]:
    """Writers in turn, each at most as often as it has room; n in all, or fewer when there is no room left."""
    turns: list[str] = []
    for k in range(max((room[writer] for writer in writers), default=0)):
        open_to = [writer for writer in writers if room[writer] > k]
        turns += [open_to[i] for i in rng.permutation(len(open_to))]
        if len(turns) >= n:
            break
    return turns[:n]


def _place(character: str, text: str, rng: np.random.Generator) -> Place:
    """Where a sign goes: mostly where people put it, and now and then anywhere, as in "x+y" or "and/or"."""
    usual: list[Place] = []
    if character in LEADING:
        usual.append("before")
    if character in TRAILING:
        usual.append("after")
    anywhere: list[Place] = ["before", "after", "alone", "between"]
    if rng.random() < USUAL:
        place = usual[rng.integers(len(usual))] if usual else "alone"
    else:
        place = anywhere[int(rng.choice(4, p=(0.15, 0.15, 0.2, 0.5)))]
    return "after" if place == "between" and len(text) > SHORT else place


def _placed(character: str, mark: list[Complex], word: FramedWord, place: Place, rng: np.random.Generator) -> tuple[str, list[Complex]]:
    """Text and strokes of a word with a sign; "between" writes the word on both sides of it, for want of a second one."""
    left, right = rng.uniform(*GAP, 2)
    mark_width, word_width = (max(float(points.real.max()) for points in strokes) for strokes in (mark, word.strokes))
    behind = [points + mark_width + right for points in word.strokes]
    ahead = [points + word_width + left for points in mark]
    match place:
        case "before":
            return character + word.text, [*mark, *behind]
        case "after":
            return word.text + character, [*word.strokes, *ahead]
        case "between":
            second = [points + word_width + left for points in behind]
            return word.text + character + word.text, [*word.strokes, *ahead, *second]
    return character, mark


def spliced_words(
    characters: Sequence[dict[str, Any]],
    words: Sequence[FramedWord],
    n_each: int,
    rng: np.random.Generator,
    *,
    writers_first: Sequence[str] = (),
) -> list[FramedWord]:
    """Words with a rare character before, after or inside them, and some of the characters alone.

    Args:
        characters: samples of one character each, y up
        words: natural ones to splice to; the result keeps the word's writer, and the word as its source
        n_each: words made of every character of `BOXES`, fewer where the writers have few words
        rng: picks both
        writers_first: up to half of the words are theirs
    """
    stock: dict[str, list[list[Complex]]] = defaultdict(list)
    for sample in characters:
        if sample["text"] in BOXES:
            stock[sample["text"]].append(sample["ink"])
    result = []
    for character, inks in sorted(stock.items()):
        for word in _hosts(words, writers_first, n_each, rng):
            mark = _boxed(character, inks[rng.integers(len(inks))], rng)
            if mark is None:
                continue
            text, strokes = _placed(character, mark, word, _place(character, word.text, rng), rng)
            result.append(FramedWord(text, word.writer, strokes, word, word.origin))
    return result
