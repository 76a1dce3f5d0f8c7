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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from plotwriter import __version__, exchange, layout, registry
from plotwriter.ink import Document, Ink, Page
from plotwriter.layout import PageSetup
from plotwriter.running import NOTHING, Running, check_running, resolved, with_running
from plotwriter.samplers.protocol import OWN_MANNER, Doubt, Manner, OnWords, Sampler
from plotwriter.scribe import CHUNK, Scribe
from plotwriter.styles import Style
from plotwriter.text import (
    Folded,
    OnMissing,
    Paragraph,
    Prompt,
    Respell,
    check_language,
    fold,
    from_markdown,
    hyphen_points,
    locate,
    normalise,
    paragraphs,
    prompts,
)

__all__ = ["Hand", "Letter", "Sheet", "compose", "compose_many", "seed_of", "seed_within"]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The paper and how the writing is set on it, mm; None leaves a measure to the hand."""

    page: Page
    margins: tuple[float, float, float, float] = (20.0, 20.0, 20.0, 20.0)  #: top, right, bottom, left
    x_height: float | None = None
    line_height: float | None = None
    word_space: float | None = None
    indent: float = 0.0
    align: layout.Align = "left"
    columns: int = 1
    column_gap: float = 10.0
    first_line: float | None = None  #: first baseline below the top edge; None: by the top margin
    ruled: bool = False  #: every baseline on a rule, `line_height` apart
    markdown: bool = False  #: the text is light Markdown
    hyphenate: str | None = None  #: language by whose patterns words may be broken
    fit: int | None = None  #: pages the text may take at most; smaller and closer if it must be
    running: Running = NOTHING  #: heads and feet of the pages, with page numbers
    naturalness: float = 0.0  #: 0 to 1: waves, slopes, margins, spaces and sizes as a hand leaves them
    pens: Mapping[str, int] = field(default_factory=dict)  #: kind of paragraph, or "number", to pen

    def check(self, style: Style) -> None:
        """Refuse what can be refused without the net.

        Raises:
            LayoutError, ConfigError
        """
        self.setup(style)
        check_running(self.running)
        if self.hyphenate:
            check_language(self.hyphenate)

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
            first_line=self.first_line,
            ruled=self.ruled,
            align=self.align,
            columns=self.columns,
            column_gap=self.column_gap,
            pens=self.pens,
            naturalness=self.naturalness,
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


def seed_within(seed: int, *key: int) -> int:
    """A seed for one part of a job that has its own letter: a row of a table, a box of a form.

    Args:
        seed: of the job
        key: what tells the part from the others

    Returns:
        0 to 2^31 - 1
    """
    return int(np.random.SeedSequence((seed, *key)).generate_state(1)[0]) >> 1


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
    sheet.check(style)
    text = normalise(text)  # what can be refused without the net is refused before it is loaded
    began = time.perf_counter()
    sampler: Sampler = registry.load("sampler", style.sampler)(style, device=device, n_draws=n_draws)
    loaded = time.perf_counter()
    hand = Hand(sampler, style, sheet, manner, on_missing, order)
    job = _draft(text, hand, seed, on_words)
    if on_folded:
        on_folded(job.folded)
    if respell:
        respell.of(len(job.words))
    drawn = time.perf_counter()
    letter = job.finish(*job.scribe.write_all(job.words, job.sizes), respell, order)
    return replace(letter, sampling_time=time.perf_counter() - drawn, loading_time=loaded - began)


@dataclass(frozen=True, slots=True, eq=False)
class Hand:
    """Who writes, and how: what all letters of a batch share."""

    sampler: Sampler
    style: Style
    sheet: Sheet
    manner: Manner = OWN_MANNER
    on_missing: OnMissing = "substitute"
    order: layout.Order = "natural"


def compose_many(texts: Sequence[str], hand: Hand, *, seeds: Sequence[int]) -> list[Letter]:
    """Write short texts, their words sampled together.

    Args:
        texts: any Unicode
        hand: who writes them all
        seeds: of each text; the ink is that of `compose` with this seed, whatever is written beside it

    Raises:
        TextError, SampleError, LayoutError, ConfigError
    """
    jobs = [_draft(normalise(text), hand, seed, None) for text, seed in zip(texts, seeds, strict=True)]
    words = [word for job in jobs for word in job.words]
    keys = [(i,) for job in jobs for i in range(len(job.words))]
    roots = [job.scribe.seed for job in jobs for _ in job.words]
    doubts: list[Doubt] = []
    inks: list[Ink] = []
    for first in range(0, len(words), CHUNK):
        chunk = slice(first, first + CHUNK)
        found: list[Doubt] = []
        inks += hand.sampler.write(words[chunk], hand.style, seed=roots[chunk], keys=keys[chunk], manner=hand.manner, on_doubt=found.append)
        doubts += (replace(doubt, index=first + doubt.index) for doubt in found)
    letters, first = [], 0
    for job in jobs:
        last = first + len(job.words)
        own = [replace(doubt, index=doubt.index - first) for doubt in doubts if first <= doubt.index < last]
        letters.append(job.finish(job.scribe.shaped(inks[first:last], job.sizes), own, None, hand.order))
        first = last
    return letters


def _draft(text: str, hand: Hand, seed: int | None, on_words: OnWords | None) -> _Job:
    """A normalised text, ready to be written."""
    sheet, style = hand.sheet, hand.style
    text, shapes = from_markdown(text) if sheet.markdown else (text, {})
    folded = fold(text, hand.sampler.alphabet, hand.on_missing)
    blocks = paragraphs(folded.text, shapes)
    sizes = [layout.heading_size(block.shape) for block in blocks for line in block.lines for _ in line.words]
    seed = seed_of(folded.text, style) if seed is None else seed
    setup = sheet.setup(style)
    scribe = Scribe(hand.sampler, style, setup.x_height, seed, hand.manner, on_words or (lambda done, total: None))
    sheet = replace(sheet, running=resolved(sheet.running, blocks))
    return _Job(scribe, blocks, prompts(blocks), sizes, folded, replace(setup, seed=seed), sheet, hand.on_missing)


def _by_pen(page: Ink) -> Ink:
    """Every pen is taken up once; what one writes keeps its order."""
    return replace(page, strokes=tuple(sorted(page.strokes, key=lambda stroke: stroke.pen)))


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    """A text on its way to pages: who writes, what, and on what."""

    scribe: Scribe
    blocks: Sequence[Paragraph]
    words: tuple[Prompt, ...]
    sizes: Sequence[float]  # of each word, of plain text
    folded: Folded
    setup: PageSetup
    sheet: Sheet
    on_missing: OnMissing

    @property
    def text(self) -> str:
        return self.folded.text

    def finish(self, inks: list[Ink], doubts: list[Doubt], respell: Respell | None, order: str) -> Letter:
        """Written words to a letter."""
        job = self
        again = respell.of(len(self.words)) if respell else {}
        if self.sheet.fit:
            setup, scale = layout.fit_pages(self.blocks, inks, self.setup, self.sheet.fit)
            job = replace(self, setup=setup, scribe=replace(self.scribe, x_height=setup.x_height))
            inks = [ink.map(lambda points: points * scale) for ink in inks]
        if respell and respell.doubtful:
            again = dict(sorted((dict.fromkeys((doubt.index + 1 for doubt in doubts), 1) | again).items()))
        splits, new = job.broken(inks, self.sheet.hyphenate, without={number - 1 for number in again})
        pages, moved, doubts = job.respelled(inks, doubts + new, again, splits)
        running, on_missing = self.sheet.running, self.on_missing
        pages = with_running(pages, running, job.scribe, job.setup, n_words=len(self.words), on_missing=on_missing)
        pages = tuple(layout.order(_by_pen(page), order) for page in pages)
        document = Document(pages, self.text, self.scribe.style.name, self.scribe.seed, __version__, tuple(again.items()))
        return Letter(exchange.canonical(document), self.folded, self.words, 0.0, 0.0, tuple(doubts), moved)

    def broken(self, inks: Sequence[Ink], language: str | None, without: set[int]) -> tuple[dict[int, list[layout.Split]], list[Doubt]]:
        """The parts of the words that are better broken, and doubts about them.

        Args:
            inks: of the words
            language: None breaks none
            without: words, from 0, that stay whole
        """
        if language is None:
            return {}, []
        points = {i: hyphen_points(word.text, language) for i, word in enumerate(self.words) if i not in without}
        splits: dict[int, list[layout.Split]] = {}
        doubts: list[Doubt] = []
        for i, at in layout.wanted_breaks(self.blocks, inks, self.setup, points).items():
            split, doubted = self.scribe.parts(self.words[i], i, at, self.sizes[i])
            splits[i] = [split]
            doubts += doubted
        return splits, doubts

    def respelled(
        self, inks: Sequence[Ink], doubts: list[Doubt], again: Mapping[int, int], splits: Mapping[int, list[layout.Split]]
    ) -> tuple[tuple[Ink, ...], tuple[int, ...], list[Doubt]]:
        """Pages, with some words drawn once more.

        A word goes where the old one stood; rows are set anew only for one of which no try fits there.

        Returns:
            the pages, the words (from 1) for which rows were set anew, and the doubts that are left
        """
        inks, setup = list(inks), self.setup
        pages = layout.typeset(self.blocks, inks, self.text, setup=setup, splits=splits)
        in_place: list[tuple[int, Ink]] = []
        moved: list[int] = []
        for done, (number, count) in enumerate(again.items(), 1):
            i = number - 1
            _, origin = layout.place_of(pages, self.words[i].span, inks[i])
            new, fits, left = self._alternative(i, count, inks[i], origin)
            if fits:
                in_place.append((i, new))
            else:
                inks[i] = new
                moved.append(number)
            doubts = [doubt for doubt in doubts if doubt.index != i] + left
            self.scribe.on_words(len(self.words) + done, len(self.words) + len(again))
        if moved:
            pages = layout.typeset(self.blocks, inks, self.text, setup=setup, splits=splits)
        for i, new in in_place:
            number, origin = layout.place_of(pages, self.words[i].span, inks[i])
            swapped = layout.swap(pages[number], self.words[i].span, new, origin)
            layout.inside(swapped, setup.page, where=f"page {number + 1}")
            pages = (*pages[:number], swapped, *pages[number + 1 :])
        return pages, tuple(moved), sorted(doubts, key=lambda doubt: doubt.index)

    def _alternative(self, index: int, count: int, old: Ink, origin: complex) -> tuple[Ink, bool, list[Doubt]]:
        """One alternative of a word: its ink, whether it goes where `old` stands at `origin`, and the doubts about it.

        The first try that reads back and fits; where there is none, that it reads back comes first.
        """
        room = self.setup.page.width - self.setup.margins[1] - (origin.real + old.bounds()[2])
        every: list[tuple[Ink, bool, list[Doubt]]] = []
        for ink, doubts in self.scribe.tries(self.words[index], index, count, self.sizes[index]):
            fitted = layout.fitted(ink, old, self.setup.word_space, room)
            every.append((ink if fitted is None else fitted, fitted is not None, doubts))
            if fitted is not None and not doubts:
                return every[-1]
        return min(every, key=lambda made: (len(made[2]), not made[1]))
