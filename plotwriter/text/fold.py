"""Text in any characters to text in a hand's alphabet, with a report of every change."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from plotwriter.config import near_miss
from plotwriter.errors import ConfigError, TextError
from plotwriter.text.normalise import locate, normalise
from plotwriter.text.substitutes import candidates

__all__ = ["Folded", "OnMissing", "Substitution", "describe", "fold", "name_character"]

OnMissing = Literal["substitute", "skip", "error"]  #: what to do with a character the hand does not know

_MODES = ("substitute", "skip", "error")
_BLANK = frozenset(" \n\t")
_MAX_CHAIN = 4  # "½" to "1⁄2" to "1/2" to "1-2" is the longest useful one
_MAX_PLACES = 3  # named in one line of a report


@dataclass(frozen=True, slots=True)
class Substitution:
    """One character that is not written as it stands."""

    char: str  #: the character of the source
    replacement: str  #: what is written instead; "" when nothing is
    line: int  #: from 1
    column: int  #: from 1
    index: int  #: into the normalised text


@dataclass(frozen=True, slots=True)
class Folded:
    """Text a hand can write, and what it took to get there."""

    text: str  #: what the ink will say: characters of the alphabet, spaces, newlines, tabs
    substitutions: tuple[Substitution, ...]  #: in order of the text; everything that changed


def name_character(char: str) -> str:
    """A character as an error or a report names it.

    >>> name_character("—")
    '— (U+2014 EM DASH)'
    """
    shown = f"{char} " if char.isprintable() and not unicodedata.combining(char) else ""
    name = unicodedata.name(char, "")
    return f"{shown}(U+{ord(char):04X}{' ' + name if name else ''})"


def fold(text: str, alphabet: frozenset[str], on_missing: OnMissing = "substitute") -> Folded:
    """Text in the characters of one alphabet.

    Args:
        text: any text; it is normalised first, and places count in the normalised text
        alphabet: characters the hand knows; space and newline need not be in it
        on_missing: "substitute" writes the best substitute and refuses a character that has none;
            "skip" also leaves out what has none; "error" refuses every character that is missing

    Raises:
        TextError: a character is refused, or nothing is left to write
        ConfigError: `on_missing` is none of the three

    >>> fold("naïve…", frozenset("aeinv.")).text
    'naive...'
    """
    if on_missing not in _MODES:
        raise ConfigError(f"--on-missing: {on_missing!r} is not allowed; {near_miss(str(on_missing), _MODES)}")
    source = normalise(text)
    known: dict[str, str | None] = {char: char for char in alphabet | _BLANK}
    written: list[str] = []
    substitutions: list[Substitution] = []
    for index, char in enumerate(source):
        if char not in known:
            known[char] = _resolve(char, alphabet, _MAX_CHAIN)
        replacement = known[char]
        if replacement == char:
            written.append(char)
            continue
        line, column = locate(source, index)
        if on_missing == "error" or (replacement is None and on_missing == "substitute"):
            raise TextError(_refusal(char, replacement, line, column))
        substitutions.append(Substitution(char, replacement or "", line, column, index))
        written.append(replacement or "")
    result = "".join(written)
    if not result.strip():
        raise TextError(f"none of the {len(substitutions)} characters can be written by this hand; choose another --style")
    return Folded(result, tuple(substitutions))


def describe(substitutions: Iterable[Substitution]) -> list[str]:
    """One line for each kind of substitution: what, as what, how often, where first.

    >>> describe(fold("a—b", frozenset("ab-")).substitutions)
    ['— (U+2014 EM DASH) written as "-": once, line 1 column 2']
    """
    kinds: dict[tuple[str, str], list[Substitution]] = {}
    for substitution in substitutions:
        kinds.setdefault((substitution.char, substitution.replacement), []).append(substitution)
    lines = []
    for (char, replacement), group in kinds.items():
        what = f'written as "{replacement}"' if replacement else "left out"
        count = "once" if len(group) == 1 else f"{len(group)} times"
        places = ", ".join(f"line {s.line} column {s.column}" for s in group[:_MAX_PLACES])
        more = ", ..." if len(group) > _MAX_PLACES else ""
        lines.append(f"{name_character(char)} {what}: {count}, {places}{more}")
    return lines


def _resolve(char: str, alphabet: frozenset[str], depth: int) -> str | None:
    """The first candidate that can be written in full; None when there is none."""
    if char in alphabet or char in _BLANK:
        return char
    if depth == 0:
        return None
    for candidate in candidates(char):
        parts = [_resolve(part, alphabet, depth - 1) for part in candidate]
        if None not in parts:
            return "".join(part for part in parts if part is not None)
    return None


def _refusal(char: str, replacement: str | None, line: int, column: int) -> str:
    what = f"line {line} column {column}: this hand cannot write {name_character(char)}"
    if replacement is None:
        return f"{what} and has no substitute for it; use --on-missing skip to leave it out, or change the text"
    way = f'as "{replacement}"' if replacement else "by leaving it out"
    return f"{what}; use --on-missing substitute to write it {way}, or change the text"
