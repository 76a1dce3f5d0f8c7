"""One style under the glass: writes, reads, compares; gives figures and the ink to show.

    texts of real words --sampler--> ink --> one shape for both --reader b, RapidOCR--> figures
    the real words -------------------------> one shape for both ------------------------^

Figures are plain numbers and intervals; exhibits are words to be drawn in the report.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from plotwriter import registry
from plotwriter.evaluation.attempts import attempts_of, ended_share, pointing, word_of
from plotwriter.evaluation.geometry import drift, spread_of_heights, spread_of_slants
from plotwriter.evaluation.legibility import Judge, Look, legibility, wrong_characters
from plotwriter.evaluation.ocr import WANTED
from plotwriter.evaluation.real import KNOWN_BY, Line, RealHand
from plotwriter.evaluation.shape import Shape, reshaped, shape_of
from plotwriter.evaluation.spelling import edits_of, rates
from plotwriter.evaluation.statistics import Interval, frechet, median_interval, share_interval
from plotwriter.evaluation.traits import Hands, traits
from plotwriter.evaluation.variety import Nearest, memorisation, repeated, twice
from plotwriter.evaluation.words import Word, from_ink, from_letter, in_letter, lines_of
from plotwriter.ink import Ink
from plotwriter.samplers import Sampler
from plotwriter.samplers.protocol import Doubt, OnWords
from plotwriter.styles import Style
from plotwriter.text import Prompt

__all__ = ["TEXT", "Exhibits", "Figures", "Readings", "Settings", "Shown", "Study", "chosen_words", "study"]

Floats = npt.NDArray[np.float64]
Figures = dict[str, Any]
Ocr = Callable[[Sequence[Word]], list[str]]

N_NEAREST = 6  # words shown beside the learned word they resemble most
SIZE = 2.5  # mm, the x-height at which lengths are given, whatever the hand's own
#: what is written where there is no real ink to take the words from
TEXT = """Dear Josephine, thank you for the parcel, it arrived on Thursday and everything in it was whole. We have had rain since
the 14th of March, the garden is green again and the old apple tree will bloom next week. Grandmother asks whether you keep
the books she gave you, and Mr. Quincy wants his hammer back, of course. Come and see us in June; bring Victor along, we have
room for both of you. I walked to the village yesterday: 26 houses, one shop, no post office, but a very good baker. How is
your work going, does the new machine write as nicely as you hoped? Yours truly, Xavier"""


@dataclass(frozen=True, slots=True)
class Settings:
    """How much is looked at."""

    n_words: int = 200
    n_draws: int = 4
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """What the readers made of the words, to be pooled over styles."""

    texts: list[str]
    n_held: int  #: the first so many were held out
    b: tuple[list[str], list[str] | None]  #: generated and real ink, as reader b has it; None without real ink
    ocr: tuple[list[str], list[str] | None] | None  #: the same as RapidOCR has it, where it was asked


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """One text in both inks, and what was read."""

    generated: Word
    said: str  #: by reader b
    wrong: float  #: share of the characters
    accepted: bool  #: the sampler reported no doubt
    said_ocr: str | None  #: by RapidOCR, where it was asked
    real: Word | None
    real_said: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Exhibits:
    """Ink to show."""

    line: Ink | None  #: page frame
    words: list[Shown]  #: worst first
    nearest: list[Nearest]  #: nearest first


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """What is known of one style."""

    name: str  #: of the column; a style of two weights files has two
    style: Style
    figures: Figures
    readings: Readings
    exhibits: Exhibits


def chosen_words(hand: RealHand, n: int) -> tuple[list[Word], int]:
    """Real words whose texts are written: those held out first, then learned ones.

    Returns:
        at most n words, and how many of them were held out
    """
    held = hand.held_out[:n]
    return held + hand.learned[: n - len(held)], len(held)


def study(
    name: str,
    style: Style,
    judge: Judge,
    settings: Settings,
    *,
    hand: RealHand | None = None,
    hands: Hands | None = None,
    ocr: Ocr | None = None,
    on_words: OnWords | None = None,
) -> Study:
    """Measure one style.

    Args:
        name: of the column
        style: of any sampler
        judge: reader b
        settings: how much
        hand: real ink of the same hand; without it only generated ink is measured
        hands: writers to tell apart, the style's among them under its name
        ocr: second opinion
        on_words: told of progress
    """
    # a generator each: an option changes no other figure
    rng, rng_ocr, rng_twice, rng_hand, rng_lines, rng_learned = np.random.default_rng((settings.seed, 11)).spawn(6)
    sampler: Sampler = registry.load("sampler", style.sampler)(style, device="cpu", n_draws=settings.n_draws)
    real, n_held = chosen_words(hand, settings.n_words) if hand else ([], 0)
    plain = [word for word in TEXT.split() if set(word) <= sampler.alphabet]
    texts = [word.text for word in real] or [plain[k % len(plain)] for k in range(settings.n_words)]
    doubts: list[Doubt] = []
    inks = sampler.write(_prompts(texts), style, seed=settings.seed, on_words=on_words, on_doubt=doubts.append)
    doubted = {doubt.index for doubt in doubts}
    generated = [from_ink(ink) for ink in inks]
    wanted = replace(shape_of(real or generated), lean=0.0)  # readers learn from upright words
    look = judge.look(reshaped(generated, wanted))
    real_look = judge.look(reshaped(real, wanted)) if real else None
    as_written, real_as_written = judge.look(generated), judge.look(real) if real else None
    accepted = [k not in doubted for k in range(len(texts))]
    figures: Figures = {"words": len(texts), "held_out_words": n_held, "accepted": share_interval(sum(accepted), len(texts))}
    figures["shape"] = {
        "generated": asdict(shape_of(generated)),
        "real": asdict(shape_of(real)) if real else None,
        "read_as": asdict(wanted),
    }
    figures |= _single(sampler, style, texts, judge, wanted, real_look, settings.seed, rng)
    figures["all"] = legibility(texts, look.said, real_look.said if real_look else None, rng)
    figures["held_out"] = legibility(texts[:n_held], look.said[:n_held], real_look.said[:n_held], rng) if real_look else None
    figures["as_written"] = legibility(texts, as_written.said, real_as_written.said if real_as_written else None, rng)
    figures["edits"] = {"generated": _edits(texts, look, rng), "real": _edits(texts, real_look, rng) if real_look else None}
    second = (ocr(reshaped(generated, WANTED)), ocr(reshaped(real, WANTED)) if real else None) if ocr else None
    figures["ocr"] = legibility(texts, *second, rng_ocr) if second else None
    figures["trust"] = _trust(texts, look, accepted, real_look, second[0] if second else None)
    shaped = in_letter(inks, style)
    lines = lines_of(shaped, style)
    figures["geometry"] = _geometry([from_letter(ink, style) for ink in shaped], [_upright(line) for line in lines], rng_lines)
    nearest: list[Nearest] = []
    if hand and real_as_written is not None:
        figures["geometry_real"] = _geometry([word.scaled(1 / style.frame_x_height) for word in real], hand.lines, rng_lines)
        figures["frechet"] = _frechet(judge, as_written.seen, real_as_written.seen, hand.learned[len(real) - n_held :])
        if groups := repeated(hand.learned):
            prompts = _prompts([group[0].text for group in groups])
            one, other = ([from_ink(ink) for ink in sampler.write(prompts, style, seed=settings.seed + k)] for k in (1, 2))
            figures["diversity"] = twice(one, other, groups, rng_twice)
            figures["memorisation"], nearest = memorisation([*one, *other], groups * 2, rng_learned)
        if hands:
            figures["style"] = _likeness(hands, style, generated, hand, rng_hand)
    wrong = wrong_characters(texts, look.said) / [len(text) for text in texts]
    worst = [
        Shown(
            generated[k], look.said[k], wrong[k], accepted[k], second[0][k] if second else None,
            real[k] if real else None, real_look.said[k] if real_look else None,
        )
        for k in np.argsort(-wrong, kind="stable")
    ]  # fmt: skip
    readings = Readings(texts, n_held, (look.said, real_look.said if real_look else None), second)
    return Study(name, style, figures, readings, Exhibits(lines[0] if lines else None, worst, nearest[:N_NEAREST]))


def _prompts(texts: Sequence[str]) -> list[Prompt]:
    return [Prompt(text, (0, len(text))) for text in texts]


def _upright(line: Ink) -> Line:
    """A line of a page with y up."""
    return [np.conj(stroke.points) for stroke in line.strokes]


def _single(
    sampler: Sampler,
    style: Style,
    texts: list[str],
    judge: Judge,
    wanted: Shape,
    real: Look | None,
    seed: int,
    rng: np.random.Generator,
) -> Figures:
    """Of single draws: share that reached END, characters wrong in those that drew something, and how they kept to their text."""
    attempts = attempts_of(sampler, style, texts, seed)
    if attempts is None:
        return {"end_reached": None, "one_draw": None, "pointing": None}
    kept = {k: word for k, attempt in enumerate(attempts) if (word := word_of(texts[k], attempt)) is not None}
    said = judge.look(reshaped(list(kept.values()), wanted)).said
    found = legibility([texts[k] for k in kept], said, [real.said[k] for k in kept] if real else None, rng) if kept else None
    along = pointing(attempts, declared=bool(getattr(sampler, "monotone_by_construction", False)))
    return {"end_reached": ended_share(attempts), "one_draw": found, "pointing": asdict(along) if along else None}


def _edits(texts: Sequence[str], look: Look, rng: np.random.Generator) -> Figures:
    """Characters left out, added and changed, per 1,000."""
    return dict(rates(texts, [edits_of(*word) for word in zip(texts, look.said, look.at, strict=True)], rng))


def _trust(texts: Sequence[str], look: Look, accepted: Sequence[bool], real: Look | None, ocr: Sequence[str] | None) -> Figures:
    """Words that the sampler vouches for and reader b misreads, per 1,000 accepted words.

    A reader misreads real words too: that figure stands beside, and so does the share that RapidOCR misreads as well.
    """
    kept = [k for k, ok in enumerate(accepted) if ok]
    wrong = [k for k in kept if texts[k] != look.said[k]]

    def rate(n: int) -> Interval:
        return share_interval(n, len(kept), of=1000)

    return {
        "accepted": len(kept),
        "misread_words": len(wrong),
        "misread": rate(len(wrong)),
        "misread_real": rate(sum(texts[k] != real.said[k] for k in kept)) if real else None,
        "misread_folded": rate(sum(texts[k].casefold() != look.said[k].casefold() for k in wrong)),
        "misread_by_both": rate(sum(texts[k].casefold() != ocr[k].casefold() for k in wrong)) if ocr else None,
    }


def _geometry(words: Sequence[Word], lines: Sequence[Line], rng: np.random.Generator) -> Figures:
    """Medians over lines (any unit), spreads over words (x-heights of the hand); lengths in mm at an x-height of `SIZE`."""
    measured = [found for line in lines if (found := drift(line)) is not None]
    slopes = np.abs([slope for slope, _, _ in measured])
    return {
        "lines": len(measured),
        "drift_mm_per_100_mm": median_interval(slopes, rng) if measured else math.nan,
        "drift_p90": float(np.percentile(slopes, 90)) if measured else math.nan,
        "baseline_residual_mm": median_interval(SIZE * np.array([rest for _, rest, _ in measured]), rng) if measured else math.nan,
        "slant_sd_deg": math.degrees(spread_of_slants(words)),
        "x_height_sd": spread_of_heights(words),
    }


def _frechet(judge: Judge, seen: Floats, real_seen: Floats, others: Sequence[Word]) -> Figures:
    """Generated against other real words of the hand, and real words of the same texts against those others."""
    others = others[: len(seen)]
    if len(others) < len(seen) or len(seen) < 8:
        return {"generated": math.nan, "real": math.nan}
    other_seen = judge.look(others).seen
    return {"generated": frechet(seen, other_seen), "real": frechet(real_seen, other_seen)}


def _likeness(hands: Hands, style: Style, generated: Sequence[Word], hand: RealHand, rng: np.random.Generator) -> Figures:
    """Whose hand five words look like, and how far they are from it."""
    if style.name not in hands.names:
        return {}
    index = hands.names.index(style.name)
    sets = {
        "generated": np.stack([traits(word, math.tan(style.slant)) for word in generated]),
        "real": np.stack([traits(word, hand.lean) for word in hand.beside(KNOWN_BY)]),
    }
    found: Figures = {"writers": len(hands.names)}
    for label, vectors in sets.items():
        if len(vectors) < 5:
            continue
        found[f"nearest_{label}"] = hands.nearest_rate(style.name, vectors, rng)
        apart = [hands.distances(vectors[rng.choice(len(vectors), 5, replace=False)])[index] for _ in range(500)]
        found[f"distance_{label}"] = float(np.mean(apart))
    if found.get("nearest_real"):
        found["nearest_ratio"] = found["nearest_generated"] / found["nearest_real"]
    described, people = (hands.described(style.name, sets[label]) for label in ("generated", "real"))
    farthest = sorted(described, key=lambda trait: -abs(described[trait]))[:3]
    found["farthest"] = {trait: {"generated": described[trait], "real": people.get(trait)} for trait in farthest}
    return found
