"""What a character is made of: letters the net writes, marks on them, signs drawn beside them.

    "Crème, 25 °"  ->  Letters "Creme," with a grave on its second e;   Letters "25";   Sign "°"
    "Straße"       ->  Letters "Stra", Sign "ß", Letters "e"
    "½"            ->  raised "1", Sign "⁄", lowered "2"

A word with marks stays one word for the net. Most letters come from Unicode's canonical decomposition;
the tables hold what has none, or is written otherwise than printed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal

from plotwriter.samplers.glyphs import GLYPHS, POINTS

__all__ = ["ABOVE", "LIGATURES", "PARTS", "Letters", "Place", "Run", "Sign", "composable", "runs"]

Place = Literal["line", "raised", "lowered", "turned"]  #: where letters stand; turned: upside down, hanging from the x-height


@dataclass(frozen=True, slots=True)
class Letters:
    """Characters for the net, one word to it."""

    text: str  #: printable ASCII
    owners: tuple[int, ...]  #: the character of the prompt that each of `text` belongs to
    marks: tuple[tuple[int, str], ...] = ()  #: index into `text`, name in `glyphs.MARKS` or "no dot"
    place: Place = "line"

    def part(self, first: int, last: int) -> Letters:
        """Characters [first, last) alone."""
        marks = tuple((k - first, mark) for k, mark in self.marks if first <= k < last)
        return replace(self, text=self.text[first:last], owners=self.owners[first:last], marks=marks)


@dataclass(frozen=True, slots=True)
class Sign:
    """A shape of `glyphs.GLYPHS` or `glyphs.POINTS`."""

    char: str
    owner: int  #: character of the prompt


Run = Letters | Sign

LIGATURES: Final = frozenset("æœ")  #: two letters written closer than usual

_COMBINING: Final = {
    "\u0300": "grave", "\u0301": "acute", "\u0302": "circumflex", "\u0303": "tilde", "\u0304": "macron", "\u0306": "breve",
    "\u0307": "dot", "\u0308": "diaeresis", "\u0309": "hook", "\u030a": "ring", "\u030b": "double acute", "\u030c": "caron",
    "\u031b": "horn", "\u0323": "dot below", "\u0326": "comma", "\u0327": "cedilla", "\u0328": "ogonek",
}  # fmt: skip
ABOVE: Final = frozenset(
    ("grave", "acute", "circumflex", "tilde", "macron", "breve", "dot", "diaeresis", "hook", "ring", "double acute", "caron")
)
_OTHERWISE: Final = {  # Unicode's name for the mark is not what a pen writes
    ("d", "caron"): "apostrophe", ("t", "caron"): "apostrophe", ("l", "caron"): "apostrophe", ("L", "caron"): "apostrophe",
    ("g", "cedilla"): "turned comma", **{(letter, "cedilla"): "comma" for letter in "GkKlLnNrRtTdD"},
}  # fmt: skip
_MARKED: Final = {
    "ı": ("i", "no dot"), "ȷ": ("j", "no dot"), "ø": ("o", "slash"), "Ø": ("O", "slash"), "ł": ("l", "oblique"), "Ł": ("L", "oblique"),
    "đ": ("d", "bar"), "Đ": ("D", "bar"), "Ð": ("D", "bar"), "ħ": ("h", "bar"), "Ħ": ("H", "bar"), "ŧ": ("t", "bar"), "Ŧ": ("T", "bar"),
    "ŀ": ("l", "middle dot"), "Ŀ": ("L", "middle dot"), "¢": ("c", "stile"),
}  # fmt: skip
_SPELT: Final = {
    "æ": "ae", "œ": "oe", "ĳ": "ij", "Ĳ": "IJ", "ŉ": "'n", "…": "...", "’": "'", "ʼ": "'", "‐": "-", "‑": "-",
    "ﬁ": "fi", "ﬂ": "fl", "ﬀ": "ff", "ﬃ": "ffi", "ﬄ": "ffl",
}  # fmt: skip
_SAME: Final = {"∕": "⁄", "‒": "–", "―": "—", "‟": "“", "˚": "°", "µ": "µ", "μ": "µ"}
_RAISED: Final = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹ªºⁿⁱ", "0123456789aoni", strict=True)) | {"™": "TM", "⁺": "+", "⁻": "-"}
_LOWERED: Final = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
_FRACTIONS: Final = "¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"


def _letters(text: str, marks: Iterable[str] = (), place: Place = "line") -> Letters:
    return Letters(text, (0,) * len(text), tuple((0, mark) for mark in marks), place)


def _decomposed(char: str) -> tuple[Run, ...] | None:
    """An accented letter by its canonical decomposition; None for anything else."""
    base, *combining = list(unicodedata.normalize("NFD", char))
    base, *marks = _MARKED.get(base, (base,))
    if not combining or not (base.isascii() and base.isalpha()) or any(c not in _COMBINING for c in combining):
        return None
    marks += [_OTHERWISE.get((base, _COMBINING[c]), _COMBINING[c]) for c in combining]
    if base in "ij" and ABOVE & set(marks):
        marks.insert(0, "no dot")
    return (_letters(base, marks),)


def _parts() -> dict[str, tuple[Run, ...]]:
    found: dict[str, tuple[Run, ...]] = {}
    for char in map(chr, [*range(0x00C0, 0x0250), *range(0x1E00, 0x1F00)]):
        if (letter := _decomposed(char)) is not None:
            found[char] = letter
    found |= {char: (Sign(char, 0),) for char in GLYPHS}
    found |= {char: (Sign(same, 0),) for char, same in _SAME.items()}
    found |= {char: (_letters(base, marks),) for char, (base, *marks) in _MARKED.items()}
    found |= {char: (_letters(text),) for char, text in _SPELT.items()}
    found |= {char: (_letters(text, place="raised"),) for char, text in _RAISED.items()}
    found |= {char: (_letters(text, place="lowered"),) for char, text in _LOWERED.items()}
    found |= {"¿": (_letters("?", place="turned"),)}
    for char in _FRACTIONS:
        over, under = unicodedata.normalize("NFKD", char).split("⁄")
        found[char] = (_letters(over, place="raised"), Sign("⁄", 0), _letters(under, place="lowered"))
    for char, base in (("ǽ", "ae"), ("ǣ", "ae")):
        mark = _COMBINING[unicodedata.normalize("NFD", char)[1]]
        found[char] = (Letters(base, (0, 0), ((0, mark),)),)
    return found


PARTS: Final[dict[str, tuple[Run, ...]]] = _parts()  #: every character beyond the net's that can be written


def composable(alphabet: Iterable[str]) -> frozenset[str]:
    """Characters that can be written with the letters of an alphabet, those letters not counted.

    >>> sorted(composable("eo") & set("éøßü"))
    ['ß', 'é', 'ø']
    """
    known = frozenset(alphabet)
    return frozenset(char for char, parts in PARTS.items() if all(isinstance(part, Sign) or known.issuperset(part.text) for part in parts))


def runs(word: str) -> list[Run]:
    """A word in runs, left to right.

    >>> [run.text if isinstance(run, Letters) else run.char for run in runs("«Côté»")]
    ['«', 'Cote', '»']
    """
    found: list[Run] = []
    for index, char in enumerate(word):
        for part in PARTS.get(char, (_letters(char),)):
            if isinstance(part, Sign):
                found.append(replace(part, owner=index))
                continue
            own = replace(part, owners=(index,) * len(part.text))
            last = found[-1] if found else None
            if isinstance(last, Letters) and last.place == own.place != "turned":
                n = len(last.text)
                marks = last.marks + tuple((n + k, mark) for k, mark in own.marks)
                found[-1] = Letters(last.text + own.text, last.owners + own.owners, marks, own.place)
            else:
                found.append(own)
    if len(found) == 1:
        return found
    return [part for run in found for part in _alone(run)]


def _alone(run: Run) -> list[Run]:
    """Punctuation with no letter beside it as signs: the net knows it only at the end of words."""
    if isinstance(run, Letters) and run.place == "line" and POINTS.keys() >= set(run.text):
        return [Sign(char, owner) for char, owner in zip(run.text, run.owners, strict=True)]
    return [run]
