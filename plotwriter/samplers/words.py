"""Draws and signs to the ink of a word.

    pieces of a word, left to right --compose--> Ink: letters with their marks, signs at their height

A word that the net writes in one go is passed on as it is; so are the parts of a long one. Where a sign
or small figures stand beside letters, every part is put on the baseline first.

Frame: x-heights, y up inside; mm, y down in the ink.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plotwriter.ink import Ink, Stroke
from plotwriter.nets.arc_tokens import decode
from plotwriter.samplers.accents import ABOVE, LIGATURES, Letters, Run, Sign
from plotwriter.samplers.draw import Draw
from plotwriter.samplers.glyphs import GLYPHS, POINTS, draw_shape
from plotwriter.samplers.marks import SMALL, Letter, Level, dots_of, level_of, mark_strokes, room_for
from plotwriter.samplers.protocol import X_HEIGHT

__all__ = ["Drawn", "compose", "spans_of", "strokes_of"]

Complex = npt.NDArray[np.complex128]

SPACING = 0.06  # x-heights between the points of a curve
JOIN = 0.15  # x-heights between the pieces of a word that is longer than the net's window
MARK_SEED = 0x6D61726B  # keeps the draws of marks apart from those of letters
FIGURE = 0.6  # size of raised and lowered figures
RAISED, LOWERED = 1.0, -0.25  # x-heights, their baseline

_WORDLIKE = frozenset("ßðþŋĸſ")  # letters: close to their neighbours
_GAPS = {",": 0.25, ".": 0.2, "°": 0.12, "⁄": 0.02, "–": 0.3, "—": 0.3, "×": 0.3, "÷": 0.3}  # x-heights beside a sign
_GAP = 0.22


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Letters that the net wrote in one go."""

    draw: Draw
    n_letters: int


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """A run of a word, or a piece of one, and its ink if the net wrote it."""

    run: Letters | Sign
    drawn: Drawn | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Inked:
    strokes: list[Complex]
    spans: list[tuple[int, int]]  # characters of the prompt


def strokes_of(draw: Draw) -> list[Complex]:
    """Strokes in x-heights, y up."""
    return [np.concatenate(trace.points) for trace in decode(draw.tokens, spacing=SPACING)]


def spans_of(draw: Draw, n_characters: int) -> list[tuple[int, int]]:
    """Characters that each stroke writes; together they leave none out.

    Args:
        draw: of one piece
        n_characters: of the piece
    """
    owner = draw.letters
    strokes = [np.array(trace.steps) for trace in decode(draw.tokens, spacing=SPACING)]
    spans = [[int(owner[steps].min()), int(owner[steps].max()) + 1] for steps in strokes]
    for character in range(n_characters):
        if not any(first <= character < last for first, last in spans):  # read from a pen-up step, or not at all
            when = np.flatnonzero(owner <= character)
            at = int(when[-1]) if len(when) else 0
            nearest = min(range(len(strokes)), key=lambda k: int(np.abs(strokes[k] - at).min()))
            spans[nearest] = [min(spans[nearest][0], character), max(spans[nearest][1], character + 1)]
    return [(first, last) for first, last in spans]


def compose(text: str, runs: Sequence[Run], drawn: Sequence[Drawn], *, seed: tuple[int, ...], x_height: float) -> Ink:
    """A word's parts side by side, in mm and y down.

    Args:
        text: of the word
        runs: of it
        drawn: all their letters, left to right
        seed: of the job, and the word's key
        x_height: of the hand, for signs with no letter beside them
    """
    parts: list[_Part] = []
    waiting = iter(drawn)
    for run in runs:
        at = 0
        while isinstance(run, Letters) and at < len(run.text):
            piece = next(waiting)
            parts.append(_Part(run.part(at, at + piece.n_letters), piece))
            at += piece.n_letters
        if isinstance(run, Sign):
            parts.append(_Part(run))
    mixed = any(isinstance(part.run, Sign) or part.run.place != "line" for part in parts)
    inked: list[_Inked] = []
    levels: list[Level | None] = []
    for part in parts:
        level = None
        if not isinstance(part.run, Sign):
            one, level = _letters(part, seed, text, x_height)
            inked.append(_stand(one, part.run, level) if mixed else one)
        else:
            inked.append(_Inked([], []))  # drawn when the size of its neighbours is known
        levels.append(level if isinstance(part.run, Letters) and part.run.place == "line" else None)
    sizes = [level.x_height for level in levels if level is not None]
    size = float(np.mean(sizes)) if sizes else x_height
    for k, part in enumerate(parts):
        if isinstance(part.run, Sign):
            rng = np.random.default_rng(np.random.SeedSequence((*seed, part.run.owner, MARK_SEED)))
            strokes = draw_shape((GLYPHS | POINTS)[part.run.char], rng, size=complex(size, size))
            inked[k] = _Inked(strokes, [(part.run.owner, part.run.owner + 1)] * len(strokes))
    return _joined(text, parts, inked, mixed)


def _letters(part: _Part, seed: tuple[int, ...], text: str, x_height: float) -> tuple[_Inked, Level | None]:
    """A run of the net's with its marks; spans index the prompt."""
    run = part.run
    assert isinstance(run, Letters) and part.drawn is not None
    draw = part.drawn.draw
    strokes, spans = strokes_of(draw), spans_of(draw, len(run.text))
    own = [(run.owners[first], run.owners[last - 1] + 1) for first, last in spans]
    plain = run.text == "".join(text[k] for k in run.owners) and run.place == "line"
    if plain and len(run.text) == len(text):
        return _Inked(strokes, own), None
    letters = _by_letter(draw, run.text, strokes, x_height)
    level = letters[0].level
    if not run.marks:
        return _Inked(_closer(strokes, run, letters, text), own), level
    dotless = {k for k, mark in run.marks if mark == "no dot"}
    dots: set[int] = set()
    if dotless:
        dots = {k for k, letter in dots_of(letters, strokes, spans).items() if letter in dotless}
    if len(dots) == len(strokes):
        dots = set()
    kept = [k for k in range(len(strokes)) if k not in dots]
    if dots:
        own = _covering(own, dots, strokes)
        letters = _by_letter(draw, run.text, strokes, x_height, dots)
    crowned = [letters[k] for k, mark in run.marks if mark in ABOVE]
    if crowned:
        strokes = [room_for(crowned, points) for points in strokes]
        letters = [Letter(letter.char, room_for(crowned, letter.points), level) for letter in letters]
    ink = np.concatenate([strokes[k] for k in kept])
    marks: list[Complex] = []
    mark_spans: list[tuple[int, int]] = []
    over: dict[int, list[Complex]] = {}
    for n, (k, mark) in enumerate(run.marks):
        if mark == "no dot":
            continue
        rng = np.random.default_rng(np.random.SeedSequence((*seed, run.owners[k], MARK_SEED + n)))
        drawn = mark_strokes(mark, letters[k], np.concatenate([ink, *over.get(k, [])]), rng)
        over.setdefault(k, []).extend(drawn)
        marks += drawn
        mark_spans += [(run.owners[k], run.owners[k] + 1)] * len(drawn)
    every = _closer([*(strokes[k] for k in kept), *marks], run, letters, text)
    return _Inked(every, [*(own[k] for k in kept), *mark_spans]), level


def _covering(spans: list[tuple[int, int]], gone: set[int], strokes: list[Complex]) -> list[tuple[int, int]]:
    """Spans of strokes after some are gone; what only those wrote goes to the stroke below."""
    spans, kept = list(spans), [k for k in range(len(spans)) if k not in gone]
    for k in gone:
        for character in range(*spans[k]):
            if not any(spans[j][0] <= character < spans[j][1] for j in kept):
                away = [float(np.abs(strokes[j].real - strokes[k].real.mean()).min()) for j in kept]
                nearest = kept[int(np.argmin(away))]
                spans[nearest] = min(spans[nearest][0], character), max(spans[nearest][1], character + 1)
    return spans


def _by_letter(draw: Draw, text: str, strokes: list[Complex], x_height: float, without: set[int] | None = None) -> list[Letter]:
    """The ink of every character; where the reader gave it none, what stands at its share of the width.

    Args:
        draw: of the run
        text: of the run
        strokes: of the draw
        x_height: of the hand
        without: strokes that belong to no letter
    """
    found: list[list[Complex]] = [[] for _ in text]
    for k, trace in enumerate(decode(draw.tokens, spacing=SPACING)):
        if without and k in without:
            continue
        drawn = [t for t in trace.steps if draw.tokens[t, 2]] or trace.steps[:1]
        mine: dict[int, list[Complex]] = {}
        for t, points in zip(drawn, trace.points[1:] or trace.points, strict=False):
            mine.setdefault(int(draw.letters[t]), []).append(points)
        for c, pieces in mine.items():
            here = np.concatenate(pieces)
            if text[c] not in SMALL:
                found[c].append(here)
            elif not found[c] or len(here) > len(found[c][0]):  # what a small letter has in two strokes, its neighbour has in one
                found[c] = [here]
    every = np.concatenate([points for k, points in enumerate(strokes) if not without or k not in without] or strokes)
    left, right = float(every.real.min()), float(every.real.max())
    by_letter: list[Complex] = []
    for k, pieces in enumerate(found):
        if pieces:
            by_letter.append(np.concatenate(pieces))
            continue
        x = left + (right - left) * (k + 0.5) / len(text)
        order = np.argsort(np.abs(every.real - x))
        by_letter.append(every[order[: max(1, len(every) // len(text))]])
    level = level_of(text, range(len(text)), by_letter, x_height)
    return [Letter(c, p, level) for c, p in zip(text, by_letter, strict=True)]


def _closer(strokes: list[Complex], run: Letters, letters: list[Letter], text: str) -> list[Complex]:
    """The two letters of a ligature pushed together; what follows moves along."""
    for k in range(len(run.text) - 1):
        if run.owners[k] != run.owners[k + 1] or text[run.owners[k]] not in LIGATURES:
            continue
        first, last = letters[k].middle, letters[k + 1].middle
        if last - first > 0.5:
            knots = np.array([first - 99, first, last, last + 99])
            to = knots - np.array([0, 0, 1, 1]) * 0.25 * (last - first)
            strokes = [np.asarray(np.interp(p.real, knots, to) + 1j * p.imag) for p in strokes]
            letters = [Letter(c.char, np.asarray(np.interp(c.points.real, knots, to) + 1j * c.points.imag), c.level) for c in letters]
    return strokes


def _stand(one: _Inked, run: Letters, level: Level | None) -> _Inked:
    """Letters of a mixed word at their height."""
    if level is None:
        return one
    if run.place == "turned":
        every = np.concatenate(one.strokes)
        lift = 1j * (level.x_height + float(every.imag.min()))
        return _Inked([lift - points for points in one.strokes], one.spans)
    down = 1j * level.baseline
    if run.place == "line":
        return _Inked([points - down for points in one.strokes], one.spans)
    lift = 1j * level.x_height * (RAISED if run.place == "raised" else LOWERED)
    return _Inked([(points - down) * FIGURE + lift for points in one.strokes], one.spans)


def _joined(text: str, parts: Sequence[_Part], inked: Sequence[_Inked], mixed: bool) -> Ink:
    """Parts side by side, the left end of the word at 0."""
    shifts: list[float] = []
    right: Complex | None = None  # ink so far
    for k, one in enumerate(inked):
        every = np.concatenate(one.strokes)
        if right is None:
            shift = 0.0 - float(every.real.min())
        elif mixed:
            shift = _beside(right, every, *_gap(parts[k - 1].run, parts[k].run))
        else:
            shift = float(right.real.max()) + JOIN - float(every.real.min())
        shifts.append(shift)
        right = every + shift if right is None or not mixed else np.concatenate([right, every + shift])
    strokes = []
    for one, shift in zip(inked, shifts, strict=True):
        for points, span in zip(one.strokes, one.spans, strict=True):
            strokes.append(Stroke(np.asarray(np.conj(points + shift) * X_HEIGHT, np.complex128), span))
    left = min(float(stroke.points.real.min()) for stroke in strokes)
    if left < 0:
        strokes = [stroke.with_points(stroke.points - left) for stroke in strokes]
    return Ink(tuple(strokes), text)


def _gap(left: Letters | Sign, right: Letters | Sign) -> tuple[float, float]:
    """Wanted between the inks of two neighbours, and how far their boxes may overlap, x-heights."""
    signs = [run.char for run in (left, right) if isinstance(run, Sign)]
    overlap = 0.5 if "⁄" in signs else 0.1
    if signs and all(char in _WORDLIKE for char in signs):
        return 0.06, overlap
    figures = isinstance(left, Letters) and left.text[-1].isdigit()  # else "1½" reads as 11/2
    return min((_GAPS.get(char, _GAP) for char in signs), default=0.3 if figures else 0.12), overlap


def _beside(left: Complex, right: Complex, gap: float, overlap: float) -> float:
    """How far `right` has to move so that no part of it is nearer to `left` than the gap, height by height."""
    needed = [float(left.real.max()) - float(right.real.min()) - overlap]
    for low in np.arange(-2.0, 4.0, 0.25):
        a, b = left[(left.imag >= low - 0.3) & (left.imag < low + 0.55)], right[(right.imag >= low) & (right.imag < low + 0.25)]
        if len(a) and len(b):
            needed.append(float(a.real.max()) - float(b.real.min()) + gap)
    return max(needed)
