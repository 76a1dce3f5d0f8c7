"""Files of real ink to the words a model learns from.

    JSON lines -> sentences or words, framed (baseline 0, x-height 1, upright) -> arcs -> Program

A sample that cannot be used is not dropped in silence: it is counted under its reason in
`WordSet.rejected`. The file form is one JSON object a line:
`{"text": str, "strokes": [[[x, y], ...], ...], "writer": str}`, y down, any unit, and for sentences
`"words": [[word, first_stroke, last_stroke], ...]`.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from plotwriter.errors import FileError
from plotwriter.nets.arc_tokens import Program
from plotwriter.nets.arcs import fit_arcs
from plotwriter.training.delayed import attach_marks
from plotwriter.training.frames import baseline_near, deslant, extrema, line_frame, mode, slant_of
from plotwriter.training.rejections import NOWHERE, Origin, Rejected, Rejections, origin_of

__all__ = [
    "FramedWord",
    "WordSet",
    "WriterFacts",
    "frame_lines",
    "framed_sentences",
    "framed_words",
    "read_samples",
    "small_letters",
    "to_wordset",
]

Complex = npt.NDArray[np.complex128]
Cut = Callable[[dict[str, Any], Sequence[Complex]], list[tuple[str, list[int]]] | None]

ORPHAN = "splice of a word that was not used"
TOLERANCE = 0.06  # x-heights an arc may miss the ink by; a third of a pen line at x-height 2.5 mm
MAX_OFF = 0.2  # x-heights a word may stand off its line before that counts as wandering
MAX_SLOPE = 0.2  # of a baseline; steeper ones are fits to too few letters
MAX_SEG_COST = 0.8  # above it the word boundaries of a sentence are doubtful
SMALL = set("acemnorsuvwxz")
OVERSHOOT = 1.12  # x-heights the tallest small letter of a word reaches, in a hand whose frame is right
ASCENDERS, DESCENDERS = set("bdfhklt"), set("gjpqyfQ,;()[]{}|$/@_")
TALL = ASCENDERS | set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789()[]{}|/\\!?\"'&%$#@ij^*`")


@dataclass(slots=True, eq=False)
class FramedWord:
    """One word in its own frame."""

    text: str
    writer: str
    strokes: list[Complex]  #: x-heights, y up, baseline 0, left end 0, upright
    source: FramedWord | None = None  #: the natural word this one was spliced from
    origin: Origin = NOWHERE  #: of its sample, or of the word it was spliced to

    def rejected(self, reason: str) -> Rejected:
        """The word as one that is left out."""
        return Rejected(self.text, self.writer, reason, self.origin)


@dataclass(frozen=True, slots=True)
class WriterFacts:
    """What a page needs to know of a hand beside its words."""

    slant: float  #: dx/dy of the down-strokes, positive leans right
    word_space: float  #: median gap between the inks of two words, x-heights
    n_words: int
    frame_x_height: float = 1.0  #: what this writer's small letters really measure, x-heights of the frame


@dataclass(slots=True, eq=False)
class WordSet:
    """Words as steps, ready for quantising."""

    texts: list[str]
    writers: list[str]
    programs: list[Program]
    facts: dict[str, WriterFacts] = field(default_factory=dict)
    rejected: Rejections = field(default_factory=Rejections)  #: what was left out on the way here
    spliced_from: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))  #: (n,) index of a natural word; -1: natural
    letters: list[npt.NDArray[np.uint8]] = field(default_factory=list)  #: (t,) each: index into the text; empty: not aligned
    costs: npt.NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))  #: (n,) nats a character; empty: not aligned
    origins: list[Origin] = field(default_factory=list)  #: where the sample of each stands

    def __post_init__(self) -> None:
        """Words of which nothing else is said are natural, and from nowhere."""
        if len(self.spliced_from) == 0:
            self.spliced_from = np.full(len(self.texts), -1)
        if not self.origins:
            self.origins = [NOWHERE] * len(self.texts)

    def reject(self, i: int, reason: str) -> None:
        """Note that a word is left out."""
        self.rejected.append(Rejected(self.texts[i], self.writers[i], reason, self.origins[i]))

    def identity(self, i: int) -> str:
        """What a word is known by wherever it was prepared: 8 hex digits of its writer, text and ink."""
        program = self.programs[i]
        ink = np.rint(np.concatenate([program.targets, program.apexes]) * 256)  # coarser than what a cache keeps
        content = f"{self.writers[i]}\0{self.texts[i]}\0".encode() + program.pens.tobytes() + ink.astype(np.complex64).tobytes()
        return hashlib.sha256(content).hexdigest()[:8]

    def subset(self, keep: npt.NDArray[np.bool_]) -> WordSet:
        """Some of the words; a splice goes with the word it was spliced from, and is noted as rejected."""
        orphan = keep & (self.spliced_from >= 0) & ~keep[self.spliced_from]
        for i in np.flatnonzero(orphan):
            self.reject(int(i), ORPHAN)
        index = np.flatnonzero(keep & ~orphan)
        renumbered = np.full(len(keep) + 1, -1)  # the last entry is what -1 points to
        renumbered[index] = np.arange(len(index))
        return WordSet(
            [self.texts[i] for i in index],
            [self.writers[i] for i in index],
            [self.programs[i] for i in index],
            self.facts,
            self.rejected,
            renumbered[self.spliced_from[index]],
            [self.letters[i] for i in index] if self.letters else [],
            self.costs[index] if len(self.costs) else self.costs,
            [self.origins[i] for i in index],
        )


def read_samples(path: Path) -> Iterator[dict[str, Any]]:
    """Samples of a .jsonl or .jsonl.gz file.

    Raises:
        FileError: missing, unreadable, or a line that is not such a sample (named by its number)
    """
    number = 0
    try:
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                number += 1
                sample = json.loads(line)
                if not isinstance(sample["text"], str) or not isinstance(sample["writer"], str) or not sample["strokes"]:
                    raise ValueError("text, writer or strokes of the wrong kind")
                sample["ink"] = [np.array([complex(x, -y) for x, y in stroke]) for stroke in sample["strokes"]]
                yield sample | {"file": path.name, "line": number}
    except FileNotFoundError:
        raise FileError(f"{path}: no such file; give one or more .jsonl or .jsonl.gz files of ink") from None
    except (OSError, EOFError) as error:
        raise FileError(f"{path}: cannot be read: {error}") from None
    except (ValueError, KeyError, TypeError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise FileError(
            f"{path} line {number}: not a sample of ink ({reason}); a line is a JSON object with text, strokes, writer"
        ) from None


def framed_sentences(samples: Sequence[dict[str, Any]], rejected: Rejections) -> tuple[list[FramedWord], dict[str, WriterFacts]]:
    """Words cut from sentences that say which strokes write which word."""

    def cut(sample: dict[str, Any], _: Sequence[Complex]) -> list[tuple[str, list[int]]] | None:
        if sample.get("seg_cost", 0) > MAX_SEG_COST:
            return None
        return [(text, list(range(first, last + 1))) for text, first, last in sample["words"]]

    return frame_lines(samples, rejected, cut)


def frame_lines(
    samples: Sequence[dict[str, Any]], rejected: Rejections, cut: Cut, *, wandering: bool = False
) -> tuple[list[FramedWord], dict[str, WriterFacts]]:
    """Words of long lines: slope, baseline and slant of each line, size by its writer's median x-height.

    Args:
        samples: lines of writing
        rejected: what could not be used is added here
        cut: a sample, and its ink in x-heights on a level baseline and upright, to the text and the strokes
            of each word; None where that is doubtful
        wandering: words may stand off the baseline of their line, as in print on a tablet; see `_own_base`
    """
    words: list[FramedWord] = []
    frames = []
    heights = defaultdict(list)  # of a writer on one tablet
    for sample in samples:
        frame = line_frame(sample["ink"])
        if frame and abs(frame[0]) > MAX_SLOPE:
            frame = None
        frames.append(frame)
        if frame is None:
            rejected.sample(sample, "line without a clear baseline")
        elif _shows_x_height(sample["text"]):
            heights[sample["writer"], sample.get("ppi")].append(frame[2])
    slants, spaces, counts = defaultdict(list), defaultdict(list), Counter[str]()
    for sample, frame in zip(samples, frames, strict=True):
        if frame is None:
            continue
        writer = sample["writer"]
        known = heights[writer, sample.get("ppi")]
        if not known:
            rejected.sample(sample, "line of a writer without a clear x-height")
            continue
        x_height = float(np.median(known))
        if _shows_x_height(sample["text"]) and not 0.6 < frame[2] / x_height < 1.6:
            rejected.sample(sample, "line whose x-height is far from its writer's")
            continue
        level = [points - 1j * (frame[0] * points.real + frame[1]) for points in sample["ink"]]
        slant = slant_of(level)
        parts = cut(sample, [deslant(points / x_height, slant) for points in level])
        if parts is None:
            rejected.sample(sample, "line with doubtful word boundaries")
            continue
        slants[writer].append(slant)
        low = extrema(level, upper=False)
        right = None
        for text, chosen in parts:
            ink = [level[k] for k in chosen]
            if not ink:
                rejected.sample(sample, "word without strokes", text)
                continue
            every = np.concatenate(ink)
            slope, base = baseline_near(low, float(every.real.mean()), 14 * x_height, x_height)
            upright = [(points - 1j * (slope * points.real + base)) / x_height for points in ink]
            off = _own_base(text, upright) if wandering else 0.0
            local = [deslant(points - 1j * off, slant) for points in upright]
            every = np.concatenate(local)
            left = float(every.real.min())
            if right is not None:
                spaces[writer].append(left - right)
            right = float(every.real.max())
            words.append(FramedWord(text, writer, [points - left for points in local], origin=origin_of(sample)))
            counts[writer] += 1
    facts = {
        writer: WriterFacts(float(np.median(slants[writer])), float(np.median(spaces[writer])) if spaces[writer] else 1.5, n)
        for writer, n in counts.items()
    }
    return words, facts


def _own_base(text: str, ink: Sequence[Complex]) -> float:
    """How far a word stands off the baseline around it, x-heights; 0 where that is little or its letters do not tell."""
    deep = [c in DESCENDERS for c in text]
    if not any(c.isalnum() for c in text) or 2 * sum(deep) >= len(text):
        return 0.0
    low = extrema(ink, upper=False).imag
    bottom = float(low.min())
    base = mode(low, 0.15) if len(text) > 2 else bottom
    if not any(deep) and base - bottom > 0.5:  # nothing in this text goes below the line
        base = bottom
    return base if abs(base) > MAX_OFF else 0.0


def _shows_x_height(text: str) -> bool:
    """Whether the mode of a line's upper extrema is its x-height: not so in capitals or figures."""
    return sum(c.islower() for c in text) >= 0.6 * sum(not c.isspace() for c in text)


def small_letters(words: Sequence[FramedWord]) -> float:
    """How high the small letters of one writer stand, x-heights of the frame; the tallest of a word is a little above that.

    The mode of the upper extrema (`line_frame`) sits low in hands whose joins run high between the letters.
    1 for a writer of fewer than 6 words of small letters.
    """
    tops = [max(float(points.imag.max()) for points in word.strokes) for word in words if all(c in SMALL for c in word.text)]
    return float(np.median(tops)) / OVERSHOOT if len(tops) >= 6 else 1.0


def framed_words(samples: Sequence[dict[str, Any]], rejected: Rejections) -> tuple[list[FramedWord], dict[str, WriterFacts]]:
    """Isolated words: x-height from all words of a writer, baseline word by word, checked against the text."""
    by_writer: dict[tuple[str, float], list[dict[str, Any]]] = defaultdict(list)
    for sample in samples:
        by_writer[sample["writer"], float(sample.get("ppi", 0))].append(sample)
    words: list[FramedWord] = []
    facts = {}
    for (writer, _), group in by_writer.items():
        if len(group) < 8:
            for sample in group:
                rejected.sample(sample, "word of a writer with fewer than 8")
            continue
        heights = []
        for sample in group:
            bottom, top = _body(sample["text"], sample["ink"])
            if top > bottom:
                heights.append(top - bottom)
        if len(heights) < 5:
            for sample in group:
                rejected.sample(sample, "word of a writer without a clear x-height")
            continue
        x_height = float(np.median(heights))
        slant = float(np.median([slant_of(sample["ink"]) for sample in group]))
        n = 0
        for sample in group:
            framed = _frame_word(sample, x_height, slant)
            if framed is None:
                rejected.sample(sample, "word whose ink does not fit its text")
                continue
            words.append(framed)
            n += 1
        facts[writer] = WriterFacts(slant, 1.5, n)
    return words, facts


def _body(text: str, ink: Sequence[Complex]) -> tuple[float, float]:
    """Bottom and top of the x-height band of one word by its extrema; equal when unclear."""
    small = [c for c in text if c in "acemnorsuvwxzi"]
    if len(small) < 3 or len(small) < 0.4 * len(text):
        return 0.0, 0.0
    low, high = extrema(ink, upper=False), extrema(ink, upper=True)
    height = float(np.ptp(np.concatenate(ink).imag))
    if height == 0 or len(low) < 3 or len(high) < 3:
        return 0.0, 0.0
    base = mode(low.imag, 0.07 * height)
    above = high.imag[high.imag > base + 0.15 * height]
    return (base, mode(above, 0.07 * height)) if len(above) >= 2 else (0.0, 0.0)


def _frame_word(sample: dict[str, Any], x_height: float, slant: float) -> FramedWord | None:
    text, ink = sample["text"], sample["ink"]
    every = np.concatenate(ink)
    bottom, top = float(every.imag.min()), float(every.imag.max())
    deep = any(c in DESCENDERS for c in text)
    if deep:
        low = extrema(ink, upper=False).imag
        near = low[low < bottom + (top - bottom) * 0.75]
        base = mode(near, 0.15 * x_height) if len(text) > 2 else (top - 2.0 * x_height if any(c in TALL for c in text) else top - x_height)
    else:
        base = mode(np.append(extrema(ink, upper=False).imag, bottom), 0.15 * x_height)
        if base - bottom > 0.5 * x_height:  # nothing in this text goes below the line
            base = bottom
    rise, fall = (top - base) / x_height, (base - bottom) / x_height
    tall = any(c in TALL for c in text)
    if (
        rise > (4.0 if tall else 1.9)
        or rise < (1.1 if tall and len(text) > 2 else 0.2)
        or fall > (3.0 if deep else 0.6)
        or (deep and len(text) > 2 and fall < 0.1)
    ):
        return None
    local = [deslant((points - 1j * base) / x_height, slant) for points in ink]
    left = min(float(points.real.min()) for points in local)
    width = (max(float(points.real.max()) for points in local) - left) / max(1, len(text))
    framed = FramedWord(text, sample["writer"], [points - left for points in local], origin=origin_of(sample))
    return framed if 0.12 < width < 4.5 else None


def to_wordset(words: Sequence[FramedWord], facts: dict[str, WriterFacts], rejected: Rejections, *, max_steps: int) -> WordSet:
    """Framed words as steps; those longer than the model's window are noted, not kept."""
    flat = [points for word in words for points in word.strokes]
    fitted = iter(fit_arcs(flat, TOLERANCE))
    programs = [Program.of(*attach_marks([next(fitted) for _ in word.strokes])) for word in words]
    place = {id(word): i for i, word in enumerate(words)}
    spliced_from = np.full(len(words), -1)
    keep = np.ones(len(words), bool)
    for i, (word, program) in enumerate(zip(words, programs, strict=True)):
        if word.source is not None and id(word.source) not in place:
            rejected.append(word.rejected(ORPHAN))
            keep[i] = False
            continue
        if word.source is not None:
            spliced_from[i] = place[id(word.source)]
        if len(program.pens) > max_steps:
            rejected.append(word.rejected(f"word of more than {max_steps} steps"))
            keep[i] = False
        elif np.abs(np.concatenate(word.strokes).imag).max() > 5:
            rejected.append(word.rejected("word more than 5 x-heights off its baseline"))
            keep[i] = False
    texts, writers, origins = zip(*((word.text, word.writer, word.origin) for word in words), strict=True) if words else ((), (), ())
    every = WordSet(list(texts), list(writers), programs, dict(facts), rejected, spliced_from, origins=list(origins))
    return every.subset(keep)
