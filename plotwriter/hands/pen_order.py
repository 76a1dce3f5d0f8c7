"""The order of the pen in a photo: of all ways over its lines the likeliest, since the text is known.

    lines, cut into words -> a first guess -> changed as `pen_routes` knows, while that makes the word likelier -> strokes in order
    a word's likelihood: of its ink, by the net that writes (in no hand of anybody's); of its text, by reader a

Frame: px of the page, y down; for the nets as words are framed, x-heights, y up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch

from plotwriter.hands.pen_routes import Bridges, Edges, Route, Routes, bridges_of, neighbours
from plotwriter.nets.arc_tokens import Program
from plotwriter.nets.arcs import Arcs, fit_arcs
from plotwriter.nets.gpt import HandStyle
from plotwriter.nets.hands import HandModel
from plotwriter.samplers.draw import one_thread
from plotwriter.samplers.readback import Reader
from plotwriter.training.alignment import align_words
from plotwriter.training.batches import PackedWords, collate
from plotwriter.training.datasets import TOLERANCE, WordSet
from plotwriter.training.delayed import attach_marks
from plotwriter.training.frames import deslant, line_frame, slant_of
from plotwriter.training.lines import segment

__all__ = ["PenWord", "in_pen_order"]

Complex = npt.NDArray[np.complex128]
Floats = npt.NDArray[np.float64]

BATCH = 96  # words looked at together
CHUNK = 24  # changes of a word tried before the best of them is made
N_CUT, N_OTHER = 8, 2  # where no change helps, two are tried: after so many cuts, and so many others
UNREAD = 0.2  # nats a character; a word that reads better is looked at no further
MOST_BACK = 2.0  # x-heights that the pen goes back over its line
MOST_ROUNDS = 400
LATE_DOT = 0.3  # x-heights: a dot comes after the stem it stands over


@dataclass(slots=True, eq=False)
class PenWord:
    """One word whose order is looked for."""

    text: str
    routes: Routes  #: the best so far
    framed: Callable[[Complex], Complex]  #: px to the frame of the nets
    x_height: float  #: px
    cost: float = np.inf  #: nats of ink and text
    unread: float = np.inf  #: nats a character, of the text alone
    _arcs: dict[Route, Arcs] = field(default_factory=dict)
    _tried: set[Routes] = field(default_factory=set)
    _waiting: list[Routes] = field(default_factory=list)  # to be tried
    _near: list[tuple[float, float, Routes]] = field(default_factory=list)  # cost, unread: what was tried around the best
    _bridges: Bridges = field(default_factory=dict)
    _far: bool = False  # whether two changes are being tried


def in_pen_order(
    edges: Edges, lines: Sequence[Routes], texts: Sequence[str], model: HandModel, on_round: Callable[[float], None] | None = None
) -> list[list[PenWord]] | None:
    """Words of a page with their strokes as the pen drew them.

    Args:
        edges: lines that were traced
        lines: a first guess of the strokes of every line of writing
        texts: of these lines
        model: the nets, in eval mode
        on_round: told the share of words that are done

    Returns:
        a row of words for every line; a word that the nets cannot write stays as it was guessed.
        None where no line shows a baseline and an x-height
    """
    rows = _words(edges, lines, texts)
    if rows is None:
        return None
    alphabet = set(model.config.gpt.alphabet)
    every = [word for row in rows for word in row if alphabet.issuperset(word.text) and len(word.text) <= model.config.gpt.max_characters]
    with one_thread():
        _search(every, _Judge(edges, model), on_round)
    return rows


def _words(edges: Edges, lines: Sequence[Routes], texts: Sequence[str]) -> list[list[PenWord]] | None:
    """Words of every line, framed; where they begin is taken as it seems, however doubtful."""
    inks = [[np.conj(edges.drawn(route)) for route in line] for line in lines]
    frames = [line_frame(ink) for ink in inks]
    known = [frame for frame in frames if frame]
    if not known:
        return None
    x_height = float(np.median([frame[2] for frame in known]))
    rows = []
    for line, ink, frame, text in zip(lines, inks, frames, texts, strict=True):
        bottom = float(np.median(np.concatenate(ink).imag))
        slope, base = frame[:2] if frame else (0.0, bottom - x_height / 2)
        level = [points - 1j * (slope * points.real + base) for points in ink]
        slant = slant_of(level + [points[::-1] for points in level])  # which way the pen went is not known yet
        upright = [deslant(points / x_height, slant) for points in level]
        row = []
        for word, chosen in segment(text.split(), upright, doubtful=True) or [(text, list(range(len(ink))))]:
            if not chosen:
                continue
            left = min(float(upright[k].real.min()) for k in chosen)

            def framed(points: Complex, slope: float = slope, base: float = base, slant: float = slant, left: float = left) -> Complex:
                z = np.conj(points)
                return deslant((z - 1j * (slope * z.real + base)) / x_height, slant) - left

            chosen = sorted(chosen, key=lambda k: float(upright[k].real.min()) + LATE_DOT * (len(ink[k]) == 1))
            row.append(PenWord(word, tuple(line[k] for k in chosen), framed, x_height))
        rows.append(row)
    return rows


class _Judge:
    """How likely words are."""

    def __init__(self, edges: Edges, model: HandModel) -> None:
        """Know the page and the nets."""
        self.edges, self.gpt, self.style, self.reader = edges, model.gpt, _anybody(model), Reader()

    @torch.inference_mode()
    def costs(self, asked: Sequence[tuple[PenWord, Routes]]) -> Floats:
        """Nats of every word, and those of its text a character, (n, 2); infinite where it has more steps than the nets' window."""
        new = {(id(word), route): (word, route) for word, routes in asked for route in routes if route not in word._arcs}
        fitted = fit_arcs([word.framed(self.edges.drawn(route)) for word, route in new.values()], TOLERANCE)
        for (word, route), arcs in zip(new.values(), fitted, strict=True):
            word._arcs[route] = arcs
        programs = [Program.of(*attach_marks([word._arcs[route] for route in routes])) for word, routes in asked]
        steps = np.array([len(program.pens) for program in programs])
        costs = np.full((len(asked), 2), np.inf)
        fine = sorted(np.flatnonzero(steps <= self.gpt.config.max_steps).tolist(), key=steps.__getitem__)
        for first in range(0, len(fine), BATCH):
            rows = fine[first : first + BATCH]
            words = WordSet([asked[i][0].text for i in rows], [""] * len(rows), [programs[i] for i in rows])
            words.letters, unread = align_words(words, self.reader)
            batch = collate(PackedWords(words, self.gpt.config.alphabet), np.arange(len(rows)))
            parts = self.gpt.log_likelihood(
                batch.characters, self.style.expand(len(rows)), batch.tokens, batch.position, batch.letters, batch.real
            )
            nats = -torch.stack(list(parts.values())).sum(0).double().numpy()
            costs[rows, 0], costs[rows, 1] = nats + unread * np.array([len(text) for text in words.texts]), unread
        return costs


def _anybody(model: HandModel) -> HandStyle:
    """The middle of the hands kept with the nets."""
    letters = model.letters.detach()
    n = (letters.abs().sum(-1, keepdim=True) > 0).sum(0).clamp(min=1)
    return HandStyle(model.general.detach().mean(0, keepdim=True), (letters.sum(0) / n)[None])


def _search(words: Sequence[PenWord], judge: _Judge, on_round: Callable[[float], None] | None) -> None:
    """Change the words' routes until neither one change nor two make them likelier."""
    rng = np.random.default_rng(0)
    for word, found in zip(words, judge.costs([(word, word.routes) for word in words]).tolist(), strict=True):
        word.cost, word.unread = found
        word._bridges = bridges_of(judge.edges, sorted({way >> 1 for route in word.routes for way in route}), MOST_BACK * word.x_height)
        word._tried = {word.routes}
        word._waiting = _untried(word, word.routes, judge.edges, rng)
    active = list(words)
    for _ in range(MOST_ROUNDS):
        asked: list[tuple[PenWord, Routes]] = []
        for word in active:
            now, word._waiting = word._waiting[:CHUNK], word._waiting[CHUNK:]
            word._tried.update(now)
            asked += [(word, routes) for routes in now]
        for (word, routes), (cost, unread) in zip(asked, judge.costs(asked).tolist(), strict=True):
            word._near.append((cost, unread, routes))
        for word in active:
            cost, unread, routes = min(word._near, key=lambda item: item[0], default=(np.inf, np.inf, word.routes))
            if cost < word.cost:
                word.cost, word.unread, word.routes, word._near, word._far = cost, unread, routes, [], False
                word._waiting = _untried(word, routes, judge.edges, rng)
            elif not word._waiting and not word._far and word.unread > UNREAD:
                word._far, word._waiting = True, _two_away(word, judge.edges, rng)
        active = [word for word in active if word._waiting]
        if on_round:
            on_round(1 - len(active) / len(words))
        if not active:
            break


def _untried(word: PenWord, routes: Routes, edges: Edges, rng: np.random.Generator) -> list[Routes]:
    """Changes of some routes in random order."""
    found = [other for other in dict.fromkeys(neighbours(routes, edges, word._bridges)) if other not in word._tried]
    return [found[k] for k in rng.permutation(len(found))]


def _two_away(word: PenWord, edges: Edges, rng: np.random.Generator) -> list[Routes]:
    """Two changes: a stroke cut and then joined otherwise; the likeliest others and then one that lifts the pen no more."""
    near = [routes for _, _, routes in sorted(word._near, key=lambda item: item[0])]
    cuts = [routes for routes in near if len(routes) > len(word.routes)][:N_CUT]
    others = [routes for routes in near if len(routes) <= len(word.routes)][:N_OTHER]
    found: dict[Routes, None] = {}
    for routes in cuts:
        found.update((other, None) for other in _untried(word, routes, edges, rng) if len(other) < len(routes))
    for routes in others:
        found.update((other, None) for other in _untried(word, routes, edges, rng) if len(other) <= len(routes))
    return list(found)
