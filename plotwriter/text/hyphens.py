"""Where a word may be broken at the end of a row."""

from __future__ import annotations

import re
import warnings
from functools import cache
from typing import Any

from plotwriter.config import near_miss
from plotwriter.errors import ConfigError

__all__ = ["check_language", "hyphen_points"]

LEAST = 5  # letters of a word that is broken at all
_LETTERS = re.compile(r"[^\W\d_]+")


def check_language(language: str) -> None:
    """Refuse a language without patterns.

    Raises:
        ConfigError: no such language
    """
    import pyphen

    if pyphen.language_fallback(language) is None:
        raise ConfigError(f"--hyphenate: no patterns for {language!r}; {near_miss(language, pyphen.LANGUAGES)}")


def hyphen_points(word: str, language: str) -> list[int]:
    """Places inside a word before which it may be broken; none in a word that has a hyphen or figures.

    Args:
        word: with the punctuation attached to it
        language: such as "en", "fr" or "de_DE"

    >>> hyphen_points("(writing,", "en")
    [5]
    """
    letters = _LETTERS.findall(word)
    if len(letters) != 1 or len(letters[0]) < LEAST:
        return []
    first = word.index(letters[0])
    return [first + place for place in _dictionary(language).positions(letters[0])]


@cache
def _dictionary(language: str) -> Any:
    import pyphen

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # pyphen leaves its dictionary open for the collector
        return pyphen.Pyphen(lang=pyphen.language_fallback(language), left=2, right=3)
