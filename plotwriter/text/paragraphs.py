"""Text to paragraphs of lines of words; every word knows which characters it writes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Line", "Paragraph", "Prompt", "paragraphs", "prompts"]

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


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines between two blank lines."""

    lines: tuple[Line, ...]  #: at least one


def paragraphs(text: str) -> tuple[Paragraph, ...]:
    r"""Paragraphs of normalised text: blank lines part them, single newlines stay line breaks.

    Every character that is not white space is in exactly one prompt.

    >>> paragraphs("Hi Ada,\n  yes\n\nBob")[0].lines[1]
    Line(words=(Prompt(text='yes', span=(10, 13)),), indent=2)
    """
    found: list[Paragraph] = []
    lines: list[Line] = []
    start = 0
    for row in [*text.split("\n"), ""]:  # the last one closes the last paragraph
        words = tuple(Prompt(m.group(), (start + m.start(), start + m.end())) for m in _WORD.finditer(row))
        if words:
            lines.append(Line(words, indent=words[0].span[0] - start))
        elif lines:
            found.append(Paragraph(tuple(lines)))
            lines = []
        start += len(row) + 1
    return tuple(found)


def prompts(paragraphs: Iterable[Paragraph]) -> tuple[Prompt, ...]:
    """Every word of every paragraph, in writing order: what a sampler is asked for."""
    return tuple(word for paragraph in paragraphs for line in paragraph.lines for word in line.words)
