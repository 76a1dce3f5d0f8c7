"""Words, lines and strokes of a job, counted as people count: "word 12 of 80, 'morning', line 3"."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from plotwriter.errors import ConfigError
from plotwriter.ink import Document

__all__ = ["Place", "Words"]


@dataclass(frozen=True, slots=True)
class Place:
    """One stroke of a job."""

    page: int  #: from 0
    stroke: int  #: of the page, from 0; their number: the page's end


class Words:
    """Which stroke writes which word of which line, over all pages."""

    def __init__(self, document: Document) -> None:
        """Take a finished job."""
        self.document = document
        self.starts = [match.start() for match in re.finditer(r"\S+", document.text)]  #: character each word begins at
        self.names = document.text.split()
        lines = document.text.split("\n")
        ends = np.cumsum([len(line) + 1 for line in lines]).tolist()
        self._lines = [bisect_right(ends, start) + 1 for start in self.starts]  # line of each word, from 1

    @property
    def n_words(self) -> int:
        """How many words the text has."""
        return len(self.starts)

    @property
    def n_lines(self) -> int:
        """Lines of the text that have words, counted as the text counts them."""
        return self._lines[-1] if self._lines else 0

    def word_at(self, place: Place) -> int | None:
        """The word, from 0, that a stroke writes first; None where the text does not say."""
        strokes = self.document.pages[place.page].strokes
        if place.stroke >= len(strokes) or not self.starts:
            return None
        first, last = strokes[place.stroke].span
        if not self.document.text[first:last].strip():
            return None
        while self.document.text[first].isspace():
            first += 1
        return bisect_right(self.starts, first) - 1

    def describe(self, place: Place) -> str:
        """A place for people.

        Returns:
            such as "word 12 of 80, 'morning', line 3" with the page if there are several
        """
        n_pages = len(self.document.pages)
        sheet = f", page {place.page + 1} of {n_pages}" if n_pages > 1 else ""
        n = len(self.document.pages[place.page].strokes)
        if place.stroke >= n:
            return f"the end of the page{sheet}" if place.page + 1 < n_pages else f"the end{sheet}"
        word = self.word_at(place)
        if word is None:
            return f"stroke {place.stroke + 1} of {n}{sheet}"
        line = f", line {self._lines[word]}" if self.n_lines > 1 else ""
        return f"word {word + 1} of {self.n_words}, {self.names[word][:40]!r}{line}{sheet}"

    def start_of_word(self, number: int, *, option: str = "--from-word") -> Place:
        """The first stroke of a word or of any word after it.

        Args:
            number: from 1
            option: for errors

        Raises:
            ConfigError: the text has no such word
        """
        if not 1 <= number <= self.n_words:
            raise ConfigError(f"{option}: word {number}: the job has {self.n_words} words, counted from 1")
        for page, ink in enumerate(self.document.pages):
            for stroke in range(len(ink.strokes)):
                word = self.word_at(Place(page, stroke))
                if word is not None and word >= number - 1:
                    return Place(page, stroke)
        raise ConfigError(f"{option}: nothing is drawn of word {number} or after it")

    def start_of_line(self, number: int) -> Place:
        """The first stroke of a line of the text, from 1.

        Raises:
            ConfigError: no words on such a line or after it
        """
        for word, line in enumerate(self._lines):
            if line >= number >= 1:
                return self.start_of_word(word + 1, option="--from-line")
        raise ConfigError(f"--from-line: line {number}: the last line with words is {self.n_lines}, counted from 1")

    def back(self, place: Place, n_words: int) -> Place:
        """The start of the word so many before the one a place is in; 0 is the start of that word."""
        strokes = [Place(page, s) for page, ink in enumerate(self.document.pages) for s in range(len(ink.strokes))]
        before = [p for p in strokes if (p.page, p.stroke) <= (place.page, place.stroke)]
        word = next((w for p in reversed(before) if (w := self.word_at(p)) is not None), None)
        if word is None:  # a drawing without text: strokes count as words
            at = max(len(before) - 1 - n_words, 0)
            return strokes[at] if strokes else place
        return min(self.start_of_word(max(word - n_words, 0) + 1), place, key=lambda p: (p.page, p.stroke))
