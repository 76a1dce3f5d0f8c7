"""Text as files have it to text as a hand has it: one newline, one space, composed letters."""

from __future__ import annotations

import re
import unicodedata

from plotwriter.errors import TextError

__all__ = ["locate", "normalise"]

TAB = 4  # spaces for a tab that indents a line; elsewhere tabs part the columns of a table and stay, a run of them as one

_NEWLINES = str.maketrans({"\r": "\n", "\v": "\n", "\f": "\n", "\x85": "\n", "\u2028": "\n", "\u2029": "\n\n"})
_SPACES = re.compile(r"[^\S\n\t]")  # every other white space: no-break, thin, ideographic ...
_LEADING_TABS = re.compile(r"^[ \t]*\t", re.MULTILINE)
_TABS = re.compile(r" *\t[ \t]*")
_TRAILING_TABS = re.compile(r"\t$", re.MULTILINE)


def locate(text: str, index: int) -> tuple[int, int]:
    r"""Line and column of a character, both counted from 1.

    >>> locate("ab\ncd", 4)
    (2, 2)
    """
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def normalise(text: str) -> str:
    r"""NFC text with "\n" newlines, plain spaces, single tabs between cells, no byte-order marks; applied twice, it changes nothing.

    Raises:
        TextError: nothing but white space, a control character, or half of a surrogate pair

    >>> normalise("Cafe\u0301\r\n\u00a0au lait")
    'Café\n au lait'
    >>> normalise("tea\t\t2.50")
    'tea\t2.50'
    """
    text = text.replace("\r\n", "\n").translate(_NEWLINES).replace("\ufeff", "")
    text = unicodedata.normalize("NFC", _SPACES.sub(" ", text))
    text = _LEADING_TABS.sub(lambda match: match.group().replace("\t", " " * TAB), text)
    text = _TRAILING_TABS.sub("", _TABS.sub("\t", text))
    for index, char in enumerate(text):
        if char not in "\n\t" and unicodedata.category(char) in ("Cc", "Cs"):
            line, column = locate(text, index)
            raise TextError(f"line {line} column {column}: U+{ord(char):04X} is not a written character; is this a binary file?")
    if not text.strip():
        raise TextError("there is no text to write: it is empty or only white space")
    return text
