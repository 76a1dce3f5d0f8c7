"""A letter, from text to the document that is previewed, saved and plotted.

    text -> fold -> paragraphs -> words -> [sampler] -> size, slant, smooth -> pages -> simplify, dots -> document

Every output comes from the one `Document` made here, rounded as the JSON rounds it: what was
previewed is what is plotted.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from plotwriter import __version__, exchange, layout, registry, strokes
from plotwriter.ink import Document, Ink, Page
from plotwriter.layout import PageSetup
from plotwriter.samplers.protocol import X_HEIGHT, Doubt, OnWords, Sampler
from plotwriter.styles import Style
from plotwriter.text import Folded, OnMissing, fold, normalise, paragraphs, prompts

__all__ = ["Letter", "Sheet", "compose", "seed_of", "shape"]

SMOOTH = 0.05  # of the x-height; arcs meet at small angles that a hand would round
SIMPLIFY = 0.01  # mm; an AxiDraw's step is 0.0125


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
    n_words: int
    sampling_time: float  #: s, the weights loaded
    loading_time: float  #: s, torch and the weights
    doubts: tuple[Doubt, ...] = ()  #: words that do not read back as they should


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
    on_words: OnWords | None = None,
    on_folded: Callable[[Folded], None] | None = None,
    optimise: bool = False,
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
        on_words: told of progress
        on_folded: told what was substituted, before the writing begins
        optimise: strokes in the order of least travel instead of writing order

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
    seed = seed_of(folded.text, style) if seed is None else seed
    blocks = paragraphs(folded.text)
    words = prompts(blocks)
    drawn = time.perf_counter()
    doubts: list[Doubt] = []
    inks = sampler.write(words, style, seed=seed, on_words=on_words, on_doubt=doubts.append)
    sampled = time.perf_counter()
    pages = layout.typeset(blocks, [shape(ink, style, setup.x_height) for ink in inks], folded.text, setup=setup)
    if optimise:
        pages = tuple(layout.order(page) for page in pages)
    document = Document(pages, folded.text, style.name, seed, __version__)
    return Letter(exchange.canonical(document), folded, len(words), sampled - drawn, loaded - began, tuple(doubts))


def shape(ink: Ink, style: Style, x_height: float) -> Ink:
    """A sampled word at its size, with its slant, smooth; its left end at x = 0.

    Args:
        ink: as a sampler gives it
        style: whose slant is given back
        x_height: mm
    """
    ink = strokes.size(ink, X_HEIGHT * style.frame_x_height, x_height)
    ink = strokes.smooth(ink, SMOOTH * x_height)
    ink = strokes.slant(ink, style.slant)
    ink = strokes.dots(layout.simplify(ink, SIMPLIFY))
    left = ink.bounds()[0]
    return ink.map(lambda points: points - left)
