"""Which words of a letter are to be drawn once more, as a person types it.

    5,23     words 5 and 23, each its next alternative         5x2 or 5,5    the second alternative of word 5
    5-7      words 5, 6 and 7                                  doubtful      every word the reader doubts

Words are counted from 1, as doubts and `plotwriter preview --numbers` name them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from plotwriter.errors import ConfigError, TextError

__all__ = ["Respell", "parse_respell"]

_ITEM = re.compile(r"(\d{1,6})(?:-(\d{1,6}))?(?:x(\d{1,3}))?")
_DOUBTFUL = "doubtful"
_FORM = 'write word numbers from 1, such as 5,23 or 5-7 or 5x2, or "doubtful"'


@dataclass(frozen=True, slots=True)
class Respell:
    """Words to draw once more."""

    counts: Mapping[int, int] = field(default_factory=dict)  #: word, from 1, to which of its alternatives, from 1
    doubtful: bool = False  #: also the first alternative of every word that does not read back

    def of(self, n_words: int) -> dict[int, int]:
        """The counts of a letter of so many words, in their order.

        Raises:
            TextError: a word the letter does not have
        """
        if self.counts and max(self.counts) > n_words:
            raise TextError(
                f"--respell: word {max(self.counts)}: the letter has {n_words} words; 'plotwriter preview --numbers' shows them"
            )
        return dict(sorted(self.counts.items()))

    def __str__(self) -> str:
        """The form that `parse_respell` reads."""
        items = [f"{word}x{count}" if count > 1 else f"{word}" for word, count in sorted(self.counts.items())]
        return ",".join([*items, _DOUBTFUL] if self.doubtful else items)


def parse_respell(value: str) -> Respell:
    """Words and counts; a word named twice is drawn once more again.

    Raises:
        ConfigError: not of that form

    >>> str(parse_respell("5, 7-8,5,8x3"))
    '5x2,7,8x4'
    """
    counts: dict[int, int] = {}
    doubtful = False
    for item in value.replace(" ", "").split(","):
        if item == _DOUBTFUL:
            doubtful = True
            continue
        match = _ITEM.fullmatch(item)
        if match is None:
            raise ConfigError(f"--respell: {item!r} is no word number; {_FORM}")
        first, last, count = int(match[1]), int(match[2] or match[1]), int(match[3] or 1)
        if not 1 <= first <= last or count < 1:
            raise ConfigError(f"--respell: {item!r} names no word; {_FORM}")
        for word in range(first, last + 1):
            counts[word] = counts.get(word, 0) + count
    return Respell(counts, doubtful)
