"""A letter, from text to the document that is previewed, saved and plotted.

    text -> fold -> paragraphs -> words -> [sampler] -> size, steady, smooth, slant -> pages -> document
                                              |                                          ^
                                    respelled words, alone -> into their old places -----+

Every output comes from the one `Document` made here, rounded as the JSON rounds it: what was
previewed is what is plotted.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from plotwriter import __version__, exchange, layout, registry, strokes
from plotwriter.ink import Document, Ink, Page
from plotwriter.layout import PageSetup
from plotwriter.samplers.protocol import OWN_MANNER, X_HEIGHT, Doubt, Key, Manner, OnWords, Sampler
from plotwriter.styles import Style
from plotwriter.text import Folded, OnMissing, Paragraph, Prompt, Respell, fold, locate, normalise, paragraphs, prompts

__all__ = ["Letter", "Sheet", "compose", "seed_of", "shape"]

SMOOTH = 0.05  # of the x-height; arcs meet at small angles that a hand would round
SIMPLIFY = 0.01  # mm; an AxiDraw's step is 0.0125
CHUNK = 512  # words sampled and shaped at a time: what a sampler holds does not grow with the text
TRIES, MOST_TRIES = 6, 18  # together, and at most, at one alternative of a word, to find one that reads back and fits its place


@dataclass(frozen=True, slots=True)
class Sheet:
    """The paper and how the writing is set on it, mm; None leaves a measure to the hand."""

    page: Page
    margins: tuple[float, float, float, float] = (20.0, 20.0, 20.0, 20.0)  #: top, right, bottom, left
    x_height: float | None = None
    line_height: float | None = None
    word_space: float | None = None
    indent: float = 0.0

    def setup(self, style: Style) -> PageSetup:
        """The measures a hand is set with."""
        x_height = self.x_height or style.x_height
        return PageSetup(
            page=self.page,
            margins=self.margins,
            x_height=x_height,
            line_height=self.line_height or style.line_height * x_height,
            word_space=self.word_space if self.word_space is not None else style.word_space * x_height,
            indent=self.indent,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Letter:
    """A document and how it came about."""

    document: Document
    folded: Folded  #: what the hand could not write as it stood
    words: tuple[Prompt, ...]
    sampling_time: float  #: s, the weights loaded
    loading_time: float  #: s, torch and the weights
    doubts: tuple[Doubt, ...] = ()  #: words that do not read back as they should
    moved: tuple[int, ...] = ()  #: respelled words, from 1, that did not fit their place, so that rows were set anew

    @property
    def n_words(self) -> int:
        """How many words it has."""
        return len(self.words)

    def line_of(self, word: int) -> int:
        """The line of the text a word, counted from 0, stands on, counted from 1."""
        return locate(self.folded.text, self.words[word].span[0])[0]


def seed_of(text: str, style: Style) -> int:
    """The seed of a letter that was given none: the same letter is the same ink every time.

    Returns:
        0 to 2^31 - 1
    """
    return int.from_bytes(hashlib.sha256(f"{style.name}\0{text}".encode()).digest()[:4], "big") >> 1


def compose(
    text: str,
    style: Style,
    sheet: Sheet,
    *,
    seed: int | None = None,
    on_missing: OnMissing = "substitute",
    n_draws: int = 4,
    device: str = "auto",
    manner: Manner = OWN_MANNER,
    respell: Respell | None = None,
    on_words: OnWords | None = None,
    on_folded: Callable[[Folded], None] | None = None,
    order: layout.Order = "natural",
) -> Letter:
    """Write a text.

    Args:
        text: any Unicode; blank lines part paragraphs, single newlines are kept
        style: the hand
        sheet: the paper
        seed: None: `seed_of`
        on_missing: what to do with characters the hand does not have
        n_draws: attempts a word
        device: where the net runs
        manner: how carefully and how evenly
        respell: words to draw once more; every other word stays as it is without
        on_words: told of progress; words drawn once more count again
        on_folded: told what was substituted, before the writing begins
        order: in which the strokes are drawn; see `layout.order`

    Raises:
        TextError, SampleError, LayoutError, FileError, ConfigError
    """
    setup = sheet.setup(style)
    text = normalise(text)  # what can be refused without the net is refused before it is loaded
    began = time.perf_counter()
    sampler: Sampler = registry.load("sampler", style.sampler)(style, device=device, n_draws=n_draws)
    loaded = time.perf_counter()
    folded = fold(text, sampler.alphabet, on_missing)
    if on_folded:
        on_folded(folded)
    blocks = paragraphs(folded.text)
    words = prompts(blocks)
    again = respell.of(len(words)) if respell else {}
    seed = seed_of(folded.text, style) if seed is None else seed
    scribe = _Scribe(sampler, style, setup.x_height, seed, manner, on_words or (lambda done, total: None))
    drawn = time.perf_counter()
    inks, doubts = scribe.write_all(words)
    if respell and respell.doubtful:
        again = dict.fromkeys((doubt.index + 1 for doubt in doubts), 1) | again
    pages, moved, doubts = _respelled(scribe, blocks, words, inks, doubts, folded.text, setup, dict(sorted(again.items())))
    sampled = time.perf_counter()
    pages = tuple(layout.order(page, order) for page in pages)
    document = Document(pages, folded.text, style.name, seed, __version__, tuple(sorted(again.items())))
    return Letter(exchange.canonical(document), folded, words, sampled - drawn, loaded - began, tuple(doubts), moved)


def shape(ink: Ink, style: Style, x_height: float, *, variation: float = 1.0) -> Ink:
    """A sampled word at its size, with its slant, smooth; its left end at x = 0.

    Args:
        ink: as a sampler gives it
        style: whose slant is given back
        x_height: mm
        variation: how much of what sets it apart from other words stays; see `strokes.steady`
    """
    ink = strokes.size(ink, X_HEIGHT * style.frame_x_height, x_height)
    ink = strokes.steady(ink, x_height, variation=variation)
    ink = strokes.smooth(ink, SMOOTH * x_height)
    ink = strokes.slant(ink, style.slant)
    ink = strokes.dots(layout.simplify(ink, SIMPLIFY))
    left = ink.bounds()[0]
    return ink.map(lambda points: points - left)


@dataclass(frozen=True, slots=True, eq=False)
class _Scribe:
    """A hand at work on one letter."""

    sampler: Sampler
    style: Style
    x_height: float
    seed: int
    manner: Manner
    on_words: OnWords

    def write(self, words: Sequence[Prompt], keys: Sequence[Key], on_words: OnWords | None = None) -> tuple[list[Ink], list[Doubt]]:
        """Words as they go on the page; the doubts' indices are into `words`."""
        doubts: list[Doubt] = []
        inks = self.sampler.write(
            words, self.style, seed=self.seed, keys=keys, manner=self.manner, on_words=on_words, on_doubt=doubts.append
        )
        return [shape(ink, self.style, self.x_height, variation=self.manner.variation) for ink in inks], doubts

    def write_all(self, words: Sequence[Prompt]) -> tuple[list[Ink], list[Doubt]]:
        """Every word of the text, CHUNK at a time."""
        inks: list[Ink] = []
        doubts: list[Doubt] = []
        for first in range(0, len(words), CHUNK):
            chunk = words[first : first + CHUNK]
            keys = [(first + i,) for i in range(len(chunk))]
            written, doubted = self.write(chunk, keys, lambda done, _, first=first: self.on_words(first + done, len(words)))  # type: ignore[misc]
            inks += written
            doubts += (replace(doubt, index=first + doubt.index) for doubt in doubted)
        return inks, doubts

    def tries(self, word: Prompt, index: int, count: int) -> Iterator[tuple[Ink, list[Doubt]]]:
        """Tries at one alternative of a word and the doubts about each; no other word has a part in them."""
        for first in range(0, MOST_TRIES, TRIES):
            inks, doubts = self.write([word] * TRIES, [(index, count, first + k) for k in range(TRIES)])
            for k, ink in enumerate(inks):
                yield ink, [replace(doubt, index=index) for doubt in doubts if doubt.index == k]


def _respelled(
    scribe: _Scribe,
    blocks: Sequence[Paragraph],
    words: Sequence[Prompt],
    inks: list[Ink],
    doubts: list[Doubt],
    text: str,
    setup: PageSetup,
    again: Mapping[int, int],
) -> tuple[tuple[Ink, ...], tuple[int, ...], list[Doubt]]:
    """Pages, with some words drawn once more.

    A word goes where the old one stood; rows are set anew only for one of which no try fits there.

    Returns:
        the pages, the words (from 1) for which rows were set anew, and the doubts that are left
    """
    pages = layout.typeset(blocks, inks, text, setup=setup)
    in_place: list[tuple[int, Ink]] = []
    moved: list[int] = []
    inks = list(inks)
    for done, (number, count) in enumerate(again.items(), 1):
        i = number - 1
        _, origin = layout.place_of(pages, words[i].span, inks[i])
        new, fits, left = _alternative(scribe, words[i], i, count, inks[i], origin, setup)
        if fits:
            in_place.append((i, new))
        else:
            inks[i] = new
            moved.append(number)
        doubts = [doubt for doubt in doubts if doubt.index != i] + left
        scribe.on_words(len(words) + done, len(words) + len(again))
    if moved:
        pages = layout.typeset(blocks, inks, text, setup=setup)
    for i, new in in_place:
        number, origin = layout.place_of(pages, words[i].span, inks[i])
        swapped = layout.swap(pages[number], words[i].span, new, origin)
        layout.inside(swapped, setup.page, where=f"page {number + 1}")
        pages = (*pages[:number], swapped, *pages[number + 1 :])
    return pages, tuple(moved), sorted(doubts, key=lambda doubt: doubt.index)


def _alternative(
    scribe: _Scribe, word: Prompt, index: int, count: int, old: Ink, origin: complex, setup: PageSetup
) -> tuple[Ink, bool, list[Doubt]]:
    """One alternative of a word: its ink, whether it goes where `old` stands at `origin`, and the doubts about it.

    The first try that reads back and fits; where there is none, that it reads back comes first.
    """
    room = setup.page.width - setup.margins[1] - (origin.real + old.bounds()[2])
    every: list[tuple[Ink, bool, list[Doubt]]] = []
    for ink, doubts in scribe.tries(word, index, count):
        fitted = layout.fitted(ink, old, setup.word_space, room)
        every.append((ink if fitted is None else fitted, fitted is not None, doubts))
        if fitted is not None and not doubts:
            return every[-1]
    return min(every, key=lambda made: (len(made[2]), not made[1]))
