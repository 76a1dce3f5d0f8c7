"""Text to paragraphs of lines of words; every word knows which characters it writes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

__all__ = ["PLAIN", "Kind", "Line", "Paragraph", "Prompt", "Shape", "paragraphs", "prompts"]

Kind = Literal["text", "heading", "bullet", "numbered", "date", "signature", "right", "center"]

_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Prompt:
    """One word, with the punctuation attached to it."""

    text: str  #: no white space
    span: tuple[int, int]  #: characters [first, last) of the text


@dataclass(frozen=True, slots=True)
class Line:
    """Words between two newlines of the text; layout may break it into several rows."""

    words: tuple[Prompt, ...]  #: at least one
    indent: int = 0  #: spaces before the first word
    stops: tuple[int, ...] = ()  #: numbers, from 1, of the words that a tab stands before: they begin a cell


@dataclass(frozen=True, slots=True)
class Shape:
    """What a paragraph is, as far as that changes how it is set."""

    kind: Kind = "text"
    level: int = 0  #: of a heading, from 1; of an item, how deep it lies


PLAIN = Shape()


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines between two blank lines."""

    lines: tuple[Line, ...]  #: at least one
    shape: Shape = PLAIN


def paragraphs(text: str, shapes: Mapping[int, Shape] | None = None) -> tuple[Paragraph, ...]:
    r"""Paragraphs of normalised text: blank lines part them, single newlines stay line breaks.

    Args:
        text: normalised
        shapes: number of a paragraph's first line, from 0, to its shape; see `from_markdown`

    Every character that is not white space is in exactly one prompt.

    >>> paragraphs("Hi Ada,\n  yes\n\nBob")[0].lines[1]
    Line(words=(Prompt(text='yes', span=(10, 13)),), indent=2, stops=())
    """
    found: list[Paragraph] = []
    lines: list[Line] = []
    start, shape = 0, PLAIN
    for number, row in enumerate([*text.split("\n"), ""]):  # the last one closes the last paragraph
        words = tuple(Prompt(m.group(), (start + m.start(), start + m.end())) for m in _WORD.finditer(row))
        if words:
            shape = shape if lines else (shapes or {}).get(number, PLAIN)
            stops = tuple(k for k, (a, b) in enumerate(pairwise(words), 1) if "\t" in row[a.span[1] - start : b.span[0] - start])
            lines.append(Line(words, words[0].span[0] - start, stops))
        elif lines:
            found.append(Paragraph(tuple(lines), shape))
            lines = []
        start += len(row) + 1
    return tuple(found)


def prompts(paragraphs: Iterable[Paragraph]) -> tuple[Prompt, ...]:
    """Every word of every paragraph, in writing order: what a sampler is asked for."""
    return tuple(word for paragraph in paragraphs for line in paragraph.lines for word in line.words)
