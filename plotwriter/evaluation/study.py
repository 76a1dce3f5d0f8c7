"""One style under the glass: writes, reads, compares; gives figures and the ink to show.

    texts of real words --sampler--> ink --reader b--> figures
    the real words ----------------------> reader b ------^

Figures are plain numbers and intervals; exhibits are words to be drawn in the report.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from plotwriter import registry
from plotwriter.evaluation.diversity import resampled, warped_distance
from plotwriter.evaluation.geometry import drift, spread_of_heights, spread_of_slants
from plotwriter.evaluation.legibility import Judge, legibility, wrong_characters
from plotwriter.evaluation.real import Line, RealHand
from plotwriter.evaluation.single import single_draws
from plotwriter.evaluation.statistics import frechet, mean_interval, ratio_interval
from plotwriter.evaluation.traits import Hands, traits
from plotwriter.evaluation.words import Word, from_ink, lines_of
from plotwriter.ink import Ink
from plotwriter.samplers import Sampler
from plotwriter.samplers.protocol import Doubt, OnWords
from plotwriter.styles import Style
from plotwriter.text import Prompt

__all__ = ["TEXT", "Exhibits", "Figures", "Readings", "Settings", "Study", "chosen_words", "study"]

Floats = npt.NDArray[np.float64]
Figures = dict[str, Any]
Ocr = Callable[[Sequence[Word]], list[str]]

N_PAIR = 30  # words written twice
N_SHOWN = 8
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
class Exhibits:
    """Ink to show."""

    line: Ink | None  #: page frame
    pairs: list[tuple[Word | None, Word]]  #: real and generated
    worst: list[tuple[Word, str]]  #: generated, and what it reads as


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """What is known of one style."""

    style: str
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
        style: of any sampler
        judge: reader b
        settings: how much
        hand: real ink of the same hand; without it only generated ink is measured
        hands: writers to tell apart, the style's among them under its name
        ocr: second opinion
        on_words: told of progress
    """
    rng, rng_ocr, rng_pairs, rng_hand = np.random.default_rng((settings.seed, 11)).spawn(4)  # an option changes no other figure
    sampler: Sampler = registry.load("sampler", style.sampler)(style, device="cpu", n_draws=settings.n_draws)
    real, n_held = chosen_words(hand, settings.n_words) if hand else ([], 0)
    plain = [word for word in TEXT.split() if set(word) <= sampler.alphabet]
    texts = [word.text for word in real] or [plain[k % len(plain)] for k in range(settings.n_words)]
    doubts: list[Doubt] = []
    inks = sampler.write(_prompts(texts), style, seed=settings.seed, on_words=on_words, on_doubt=doubts.append)
    generated = [from_ink(ink) for ink in inks]
    said, seen = judge.look(generated)
    figures: Figures = {"words": len(texts), "held_out_words": n_held, "accepted": 1 - len({doubt.index for doubt in doubts}) / len(texts)}
    real_said, real_seen = judge.look(real) if real else (None, None)
    figures |= _one_draw(sampler, style, texts, judge, real_said, settings.seed, rng)
    figures["all"] = legibility(texts, said, real_said, rng)
    figures["held_out"] = legibility(texts[:n_held], said[:n_held], real_said[:n_held], rng) if real_said else None
    second = (ocr(generated), ocr(real) if real else None) if ocr else None
    figures["ocr"] = legibility(texts, *second, rng_ocr) if second else None
    figures["geometry"] = _geometry(generated, [_upright(line) for line in lines_of(inks, style)], style)
    if hand and real_seen is not None:
        figures["geometry_real"] = _geometry(real, hand.lines, style)
        figures["frechet"] = _frechet(judge, seen, real_seen, hand.learned[len(real) - n_held :])
        figures["diversity"] = _diversity(sampler, style, hand, settings.seed, rng_pairs)
        if hands:
            figures["style"] = _likeness(hands, style, generated, hand, rng_hand)
    wrong = wrong_characters(texts, said) / [len(text) for text in texts]
    worst = [k for k in np.argsort(-wrong, kind="stable")[:N_SHOWN] if wrong[k] > 0]
    shown = [k for k, text in enumerate(texts) if len(text) > 2][:N_SHOWN]
    lines = lines_of(inks, style)
    return Study(
        style.name,
        figures,
        Readings(texts, n_held, (said, real_said), second),
        Exhibits(
            lines[0] if lines else None,
            [(real[k] if real else None, generated[k]) for k in shown],
            [(generated[k], said[k]) for k in worst],
        ),
    )


def _prompts(texts: Sequence[str]) -> list[Prompt]:
    return [Prompt(text, (0, len(text))) for text in texts]


def _upright(line: Ink) -> Line:
    """A line of a page with y up."""
    return [np.conj(stroke.points) for stroke in line.strokes]


def _one_draw(
    sampler: Sampler, style: Style, texts: list[str], judge: Judge, real: list[str] | None, seed: int, rng: np.random.Generator
) -> Figures:
    """Of single draws: share that reached END, and the characters wrong in those that drew something."""
    drawn = single_draws(sampler, style, texts, seed)
    if drawn is None:
        return {"end_reached": None, "one_draw": None}
    words, ended = drawn
    kept = {k: word for k, word in enumerate(words) if word is not None}
    said, _ = judge.look(list(kept.values()))
    found = legibility([texts[k] for k in kept], said, [real[k] for k in kept] if real else None, rng)
    return {"end_reached": ended, "one_draw": found}


def _geometry(words: Sequence[Word], lines: Sequence[Line], style: Style) -> Figures:
    """Medians over lines, spreads over words; lengths in mm at the hand's size."""
    measured = [found for line in lines if (found := drift(line)) is not None]
    slopes = [abs(slope) for slope, _, _ in measured]
    words = [word.scaled(1 / style.frame_x_height) for word in words]
    return {
        "lines": len(measured),
        "drift_mm_per_100_mm": float(np.median(slopes)) if measured else math.nan,
        "drift_p90": float(np.percentile(slopes, 90)) if measured else math.nan,
        "baseline_residual_mm": float(np.median([rest for _, rest, _ in measured])) * style.x_height if measured else math.nan,
        "slant_sd_deg": math.degrees(spread_of_slants(words)),
        "x_height_sd": spread_of_heights(words),
    }


def _frechet(judge: Judge, seen: Floats, real_seen: Floats, others: Sequence[Word]) -> Figures:
    """Generated against other real words of the hand, and real words of the same texts against those others."""
    others = others[: len(seen)]
    if len(others) < len(seen) or len(seen) < 8:
        return {"generated": math.nan, "real": math.nan}
    other_seen = judge.look(others)[1]
    return {"generated": frechet(seen, other_seen), "real": frechet(real_seen, other_seen)}


def _diversity(sampler: Sampler, style: Style, hand: RealHand, seed: int, rng: np.random.Generator) -> Figures:
    """The same word twice: distance of the warped paths, x-heights, beside two real ones."""
    by_text: dict[str, list[Word]] = defaultdict(list)
    for word in [*hand.held_out, *hand.learned]:
        if 3 <= len(word.text) <= 10:
            by_text[word.text].append(word)
    pairs = [words[:2] for words in by_text.values() if len(words) > 1][:N_PAIR]
    if not pairs:
        return {}
    texts = [pair[0].text for pair in pairs for _ in range(2)]
    written = [from_ink(ink) for ink in sampler.write(_prompts(texts), style, seed=seed + 1)]
    real = np.array([warped_distance(resampled(a), resampled(b)) for a, b in pairs])
    twice = np.array([warped_distance(resampled(a), resampled(b)) for a, b in zip(written[::2], written[1::2], strict=True)])
    return {
        "pairs": len(pairs),
        "generated": mean_interval(twice, rng),
        "real": mean_interval(real, rng),
        "ratio": ratio_interval(twice, real, rng),
        "duplicates": float((twice < 1e-6).mean()),
    }


def _likeness(hands: Hands, style: Style, generated: Sequence[Word], hand: RealHand, rng: np.random.Generator) -> Figures:
    """Whose hand five words look like, and how far they are from it."""
    if style.name not in hands.names:
        return {}
    index = hands.names.index(style.name)
    sets = {
        "generated": np.stack([traits(word, math.tan(style.slant)) for word in generated]),
        "real": np.stack([traits(word, hand.lean) for word in hand.held_out]),
    }
    found: Figures = {"writers": len(hands.names)}
    for label, vectors in sets.items():
        if len(vectors) < 5:
            continue
        found[f"nearest_{label}"] = hands.nearest_rate(style.name, vectors, rng)
        apart = [hands.distances(vectors[rng.choice(len(vectors), 5, replace=False)])[index] for _ in range(500)]
        found[f"distance_{label}"] = float(np.mean(apart))
    described = hands.described(style.name, sets["generated"])
    found["farthest"] = dict(sorted(described.items(), key=lambda item: -abs(item[1]))[:3])
    return found
