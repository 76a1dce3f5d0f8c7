"""Samples of one person's ink to framed words, each checked by the reader; what is not used is told with its reason.

    samples -> lines -> words -> frame (baseline 0, x-height 1, upright) -> arcs -> reader a: which ink is which letter,
             by text   by gaps  by guide or extrema, then where it reads best      and does it say its text at all

A frame from a handful of words is uncertain, and the nets know one size only: so the whole set is scaled and shifted
to where reader a reads it best. Frame inside: x-heights, y up.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from plotwriter.errors import SampleError
from plotwriter.hands.pages import split_lines
from plotwriter.inkfiles import InkSample
from plotwriter.nets.gpt import ALPHABET
from plotwriter.samplers.readback import Reader
from plotwriter.training.alignment import align_words
from plotwriter.training.datasets import DESCENDERS, SMALL, TALL, FramedWord, WordSet, WriterFacts, frame_lines, small_letters, to_wordset
from plotwriter.training.frames import deslant, extrema, mode, slant_of
from plotwriter.training.lines import segment
from plotwriter.training.rejections import Rejections

__all__ = ["OWN", "Match", "MatchedWord", "match"]

Complex = npt.NDArray[np.complex128]
Floats = npt.NDArray[np.float64]

OWN = "own"  # the writer's name in the set: a hand that is fitted stands for no person
MAX_COST, MAX_RARE_COST = 2.5, 5.0  # nats a character, as in training; the higher one where few are small letters
SCALES, SHIFTS = (0.72, 0.8, 0.89, 1.0, 1.12, 1.25, 1.4), (-0.2, -0.1, 0.0, 0.1, 0.2)  # frames that are tried, of the first
GAIN = 0.04  # nats a character that another frame must be read better by
MOST_TRIED = 32  # words
WORST = 8.0  # nats a character; one word that cannot be read does not decide
MOST_STEPS, MOST_CHARACTERS = 144, 24  # of a word; the window of the nets
SOMETIMES_DEEP = set("fzYJGZ")  # letters that go below the line in some hands
MAX_REACH = 5.0  # x-heights off the baseline; no letter goes there, and the nets cannot
WORD_SPACE = 1.45  # x-heights, where no line shows it: the median of the hands that ship
ASCENDER, DESCENDER = 2.0, 0.9  # x-heights, about; asked only where no small letters tell the x-height
TYPED = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u00a0": " "})  # as word processors write them


@dataclass(slots=True, eq=False)
class MatchedWord:
    """One word of the samples, used or not."""

    number: int  #: from 1, in the order of the samples; what `drop` and `fix` take
    text: str
    strokes: list[Complex]  #: framed; where that failed, as the file has them, y up
    place: str  #: where in its file
    reason: str = ""  #: why it is not used
    cost: float = float("nan")  #: nats a character that reader a finds between ink and text
    framed: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """All words of some samples."""

    words: tuple[MatchedWord, ...]
    used: WordSet  #: with the letter of every step; the words above that have no reason, in their order
    facts: WriterFacts

    @property
    def dropped(self) -> list[MatchedWord]:
        """Words that are not used."""
        return [word for word in self.words if word.reason]

    @property
    def characters(self) -> Counter[str]:
        """How often each character is there to learn from."""
        return Counter("".join(self.used.texts))


@dataclass(slots=True, eq=False)
class _Line:
    text: str
    ink: list[Complex]  # y up
    place: str
    guide: tuple[float, float] | None = None  # baseline, y up, and x-height
    cuts: tuple[int, ...] = ()  # strokes of each word, where it is known
    reason: str = ""
    fixed: dict[int, str] = field(default_factory=dict)  # words of a line that was cut, by their place in it


def match(samples: Sequence[InkSample], *, drop: frozenset[int] = frozenset(), fix: Mapping[int, str] = MappingProxyType({})) -> Match:
    """Words to learn a hand from.

    Args:
        samples: of one person, with their texts
        drop: numbers of words not to use
        fix: what words really say, by number; a line whose words could not be told apart has one number and is fixed as a whole

    Returns:
        possibly without a word that can be used; `Match.dropped` says why. Numbers stay what they are without `fix`.

    Raises:
        SampleError: a fix that no word has the number of, or that does not fit what it stands for
    """
    lines = [line for sample in samples for line in _lines(sample)]
    cut, _, _ = _cut_lines(lines)
    counts = [len(cut.get(id(line), ())) or 1 for line in lines]
    firsts = (np.cumsum([1, *counts])[:-1]).tolist()
    for number, text in fix.items():
        _fix(number, text, lines, firsts, cut)
    cut, spaces, slants = _cut_lines(lines)
    alone = [line for line in lines if " " not in line.text and not line.reason]
    slant = float(np.median(slants or [slant_of(line.ink) for line in alone if len(line.text) > 2] or [0.0]))
    cut |= {id(line): [MatchedWord(0, line.text, ink, line.place, framed=True)] for line, ink in _frame_words(alone, slant)}
    words: list[MatchedWord] = []
    for line, first, n in zip(lines, firsts, counts, strict=True):
        row = cut.get(id(line)) or [
            MatchedWord(0, line.text, line.ink, line.place, line.reason or "its baseline, size or word boundaries are doubtful")
        ]
        for k, word in enumerate(row):
            word.number = first + min(k, n - 1)
            word.text = line.fixed.get(k, word.text)
        words += row
    for word in words:
        if not word.reason:
            word.reason = "dropped by hand" if word.number in drop else _unwritable(word.text)
    reader = Reader()
    writable = [word for word in words if not word.reason]
    if writable:
        _as_it_reads_best(writable, reader)
    for word in words:
        if not word.reason and _reach(word.strokes) > MAX_REACH:
            word.reason = f"reaches {_reach(word.strokes):.0f} x-heights off its baseline"
    used = _read([word for word in words if not word.reason], reader)
    kept = [FramedWord(word.text, OWN, word.strokes) for word in words if not word.reason]
    x_height = small_letters(kept) if kept else 1.0
    space = float(np.median(spaces)) if spaces else WORD_SPACE * x_height
    return Match(tuple(words), used, WriterFacts(slant, space, len(kept), x_height))


def _fix(number: int, text: str, lines: Sequence[_Line], firsts: Sequence[int], cut: Mapping[int, Sequence[MatchedWord]]) -> None:
    """Put right what one number says.

    Args:
        number, text: of the fix
        lines: changed in place
        firsts: the number of the first word of each
        cut: their words, by the line's id

    Raises:
        SampleError: no such number, or a text that cannot stand there
    """
    k = bisect_right(firsts, number) - 1
    text = " ".join(text.translate(TYPED).split())
    n = len(cut.get(id(lines[k]), ())) or 1 if k >= 0 else 0
    if k < 0 or number >= firsts[k] + n:
        raise SampleError(
            f"there is no word {number} to be fixed: {firsts[-1] + n - 1 if firsts else 0} were found; see the picture of --matched"
        )
    if not text:
        raise SampleError(f"word {number} cannot be fixed to nothing; --drop {number} leaves it out")
    if id(lines[k]) not in cut:
        lines[k].text = text
    elif " " in text:
        raise SampleError(f"word {number} cannot be fixed to {text!r:.40}: it was cut from a line as one word; correct that line's text")
    else:
        lines[k].fixed[number - firsts[k]] = text


def _lines(sample: InkSample) -> list[_Line]:
    """Lines of a sample with their ink, y up."""
    texts = [" ".join(row.split()) for row in sample.text.translate(TYPED).splitlines()]
    texts = [text for text in texts if text]
    ink = [np.conj(stroke) for stroke in sample.strokes]
    guide = (-sample.guide.baseline, sample.guide.x_height) if sample.guide else None
    rows = split_lines(ink, len(texts)) if texts else None
    if rows is None:
        reason = f"ink that does not fall into {len(texts)} lines" if texts else "no text"
        return [_Line(" / ".join(texts), ink, sample.place, reason=reason)]
    if len(texts) == 1:
        return [_Line(texts[0], ink, sample.place, guide, sample.words)]
    return [
        _Line(text, [ink[k] for k in row], f"{sample.place}, line {i}") for i, (text, row) in enumerate(zip(texts, rows, strict=True), 1)
    ]


def _cut_lines(lines: Sequence[_Line]) -> tuple[dict[int, list[MatchedWord]], list[float], list[float]]:
    """Words of those lines that have several, by the line's id; gaps between words, x-heights; slants."""
    lines = [line for line in lines if " " in line.text and not line.reason]
    parts: list[tuple[_Line, int]] = []

    def cut(sample: dict[str, Any], level: Sequence[Complex]) -> list[tuple[str, list[int]]] | None:
        found: list[tuple[str, list[int]]] | None
        texts, cuts = sample["text"].split(), sample["line"].cuts
        if cuts and len(cuts) == len(texts) and sum(cuts) == len(level):
            found = [(text, list(range(last - n, last))) for text, n, last in zip(texts, cuts, accumulate(cuts), strict=True)]
        else:
            found = segment(texts, level)
        if found:
            parts.append((sample["line"], sum(bool(chosen) for _, chosen in found)))
        return found

    samples = [{"text": line.text, "ink": line.ink, "writer": OWN, "line": line} for line in lines]
    framed, facts = frame_lines(samples, Rejections(), cut, wandering=True)
    words, following = dict[int, list[MatchedWord]](), iter(framed)
    for line, n in parts:
        row = [next(following) for _ in range(n)]
        words[id(line)] = [MatchedWord(0, word.text, list(word.strokes), line.place, framed=True) for word in row]
    known = facts.get(OWN)
    return words, [known.word_space] if known else [], [known.slant] if known else []


def _frame_words(lines: Sequence[_Line], slant: float) -> list[tuple[_Line, list[Complex]]]:
    """Single words in their frame: size from all of them, baseline word by word; those that show neither are left out."""
    heights = [height for line in lines if (height := _x_height(line)) > 0]
    if not heights:
        return []
    x_height = float(np.median(heights))
    framed = []
    for line in lines:
        base = _base(line.text, line.ink, x_height)
        if line.guide and abs(base - line.guide[0]) > 0.5 * x_height:
            base = line.guide[0]  # the lowest ink of a word of commas and quotes is no baseline
        local = [deslant((points - 1j * base) / x_height, slant) for points in line.ink]
        left = min(float(points.real.min()) for points in local)
        framed.append((line, [points - left for points in local]))
    return framed


def _x_height(line: _Line) -> float:
    """The x-height that one word shows, in its own unit; 0 where it does not."""
    every = np.concatenate(line.ink)
    height = float(np.ptp(every.imag))
    if not any(c.isalnum() for c in line.text) or height == 0:
        return 0.0
    low, high = extrema(line.ink, upper=False).imag, extrema(line.ink, upper=True).imag
    if sum(c in SMALL or c == "i" for c in line.text) >= max(3, 0.4 * len(line.text)) and min(len(low), len(high)) >= 3:
        base = mode(low, 0.07 * height)
        above = high[high > base + 0.15 * height]
        if len(above) >= 2:
            return mode(above, 0.07 * height) - base
    rise = ASCENDER if any(c in TALL for c in line.text) else 1.0
    return height / (rise + (DESCENDER if any(c in DESCENDERS for c in line.text) else 0.0))


def _base(text: str, ink: Sequence[Complex], x_height: float) -> float:
    """The baseline of one word."""
    every = np.concatenate(ink).imag
    bottom, top = float(every.min()), float(every.max())
    low = extrema(ink, upper=False).imag
    if any(c in DESCENDERS for c in text):
        if len(text) > 2:
            return mode(low[low < bottom + 0.75 * (top - bottom)], 0.15 * x_height)
        return top - (ASCENDER if any(c in TALL for c in text) else 1.0) * x_height
    base = mode(np.append(low, bottom), 0.15 * x_height)
    deep = any(c in SOMETIMES_DEEP for c in text)  # the tail of a Y is no baseline
    return bottom if base - bottom > 0.5 * x_height and not deep else base


def _reach(strokes: Sequence[Complex]) -> float:
    """How far ink goes off the baseline."""
    return float(np.abs(np.concatenate(strokes).imag).max())


def _unwritable(text: str) -> str:
    """Why no net could write a text; "" if one could."""
    foreign = sorted(set(text) - set(ALPHABET))
    if foreign:
        return f"{' '.join(foreign[:4])!r} is not in the nets' alphabet"
    return f"more than {MOST_CHARACTERS} characters" if len(text) > MOST_CHARACTERS else ""


def _read(words: Sequence[MatchedWord], reader: Reader) -> WordSet:
    """Words as steps with the letter of each; what does not read as its text is marked and left out."""
    framed = [FramedWord(word.text, OWN, word.strokes) for word in words]
    found = to_wordset(framed, {}, Rejections(), max_steps=10**6)
    steps = np.array([len(program.pens) for program in found.programs], np.int64)
    readable = steps <= MOST_STEPS
    found.letters, found.costs = align_words(found, reader)
    limit = [MAX_COST if 2 * sum(c.islower() for c in text) >= len(text) else MAX_RARE_COST for text in found.texts]
    legible = found.costs <= np.array(limit)
    if 2 * (legible & readable).sum() < readable.sum():  # a reader that cannot read half of a hand is no judge of it
        legible = np.isfinite(found.costs)
    for word, cost, ok, short in zip(words, found.costs.tolist(), legible, readable, strict=True):
        word.cost = cost
        if not short:
            word.reason = f"more than {MOST_STEPS} steps of the pen"
        elif not ok:
            word.reason = f"does not read as its text ({cost:.1f} nats a character)" if np.isfinite(cost) else "too little ink for its text"
    return found.subset(legible & readable)


def _as_it_reads_best(words: Sequence[MatchedWord], reader: Reader) -> None:
    """Scale and shift all words alike to the frame in which reader a finds their texts most easily."""
    shown = [word for word in words if len(word.text) > 1 and any(c.islower() for c in word.text)][:MOST_TRIED]
    if not shown:
        return

    def cost(scale: float, shift: float) -> float:
        return float(_costs(shown, scale, shift, reader).mean())

    here = cost(1.0, 0.0)
    by_scale = {scale: cost(scale, 0.0) for scale in SCALES}
    scale = min(by_scale, key=by_scale.__getitem__)
    by_shift = {shift: cost(scale, shift) for shift in SHIFTS}
    shift = min(by_shift, key=by_shift.__getitem__)
    if by_shift[shift] < here - GAIN:
        for word in words:
            word.strokes = [scale * points + 1j * shift for points in word.strokes]


def _costs(words: Sequence[MatchedWord], scale: float, shift: float, reader: Reader) -> Floats:
    """Nats a character of words in another frame, at most `WORST` each, (n,)."""
    framed = [FramedWord(word.text, OWN, [scale * points + 1j * shift for points in word.strokes]) for word in words]
    inside = np.array([_reach(word.strokes) <= MAX_REACH for word in framed])
    costs = np.full(len(words), WORST)
    if inside.any():
        held = [word for word, ok in zip(framed, inside, strict=True) if ok]
        costs[inside] = np.minimum(align_words(to_wordset(held, {}, Rejections(), max_steps=10**6), reader)[1], WORST)
    return costs
