"""What a hand may write for a character it does not know, best first.

A candidate may itself hold characters that need a substitute; `fold` follows the chain. Letters with
accents, ligatures, superscripts and full-width forms are not listed: Unicode's own decomposition gives them.
"""

from __future__ import annotations

import unicodedata

__all__ = ["candidates"]

_QUOTES = dict.fromkeys("“”„‟«»″‶〝〞", ('"', "''")) | dict.fromkeys("‘’‚‛‹›′‵ʼʻ`´ˈ", ("'", ","))
_DASHES = dict.fromkeys("‐‑‒–—―−⁃﹘﹣⸺⸻", ("-", "~", "_"))
_LETTERS: dict[str, tuple[str, ...]] = {
    "ß": ("ss",), "ẞ": ("SS", "ss"), "æ": ("ae",), "Æ": ("AE", "Ae"), "œ": ("oe",), "Œ": ("OE", "Oe"),
    "ø": ("o",), "Ø": ("O",), "ł": ("l",), "Ł": ("L",), "đ": ("d",), "Đ": ("D",), "ð": ("d",), "Ð": ("D",),
    "þ": ("th",), "Þ": ("Th",), "ı": ("i",), "ħ": ("h",), "Ħ": ("H",), "ŧ": ("t",), "Ŧ": ("T",), "ŋ": ("ng",),
    "Ŋ": ("Ng",), "ĸ": ("k",), "ƒ": ("f",), "ə": ("e",), "Ə": ("E",), "µ": ("u",), "ª": ("a",), "º": ("o",),
}  # fmt: skip
_SIGNS: dict[str, tuple[str, ...]] = {
    "…": ("...",), "⁄": ("/",), "∕": ("/",), "×": ("x",), "÷": ("/", ":"), "±": ("+/-",), "≈": ("~",), "≠": ("/=",),
    "≤": ("<=",), "≥": (">=",), "→": ("->",), "←": ("<-",), "⇒": ("=>",), "·": (".",), "•": ("-", "*", "."), "‣": ("-", "*"),
    "€": ("EUR",), "£": ("GBP",), "¥": ("JPY",), "¢": ("ct",), "©": ("(c)",), "®": ("(R)",), "°": ("deg",), "§": ("Sec.",),
    "¶": ("P.",), "†": ("+", "*"), "‡": ("+", "*"), "¿": ("?",), "¡": ("!",), "¦": ("|",), "¬": ("not",), "‰": ("per mille",),
    "№": ("No.", "No"), "☐": ("[ ]",), "☑": ("[x]",), "✓": ("v",), "♥": ("<3",), "❤": ("<3",),
}  # fmt: skip
_ASCII: dict[str, tuple[str, ...]] = {
    "!": (".",), "?": (".",), ";": (",", "."), ":": (".", "-"), '"': ("''",), "'": (",",), "[": ("(",), "]": (")",), "{": ("(",),
    "}": (")",), "<": ("(",), ">": (")",), "(": ("-", ","), ")": ("-", ","), "&": ("and", "+"), "+": ("plus", "&"), "@": ("(at)", "at"),
    "%": ("percent",), "=": ("equals",), "#": ("No.", "No"), "$": ("USD",), "*": ("x",), "/": ("-",), "\\": ("/",), "|": ("/", "I", "l"),
    "~": ("-",), "^": ("'",), "_": ("-",), "-": ("~", "_"), ",": (".",),
}  # fmt: skip
_TABLE: dict[str, tuple[str, ...]] = _QUOTES | _DASHES | _LETTERS | _SIGNS | _ASCII


def candidates(char: str) -> tuple[str, ...]:
    """Substitutes to try for one character, best first; "" stands for a mark that has no ink of its own.

    >>> candidates("½"), candidates("é")
    (('1⁄2',), ('e', 'É'))
    """
    category = unicodedata.category(char)
    if category in ("Mn", "Me", "Cf"):  # combining marks, variation selectors, joiners, soft hyphens
        return ("",)
    found = list(_TABLE.get(char, ()))
    bare = "".join(c for c in unicodedata.normalize("NFKD", char) if unicodedata.category(c) not in ("Mn", "Me"))
    if bare.strip():
        found.append(bare)
    found.append(char.swapcase())
    return tuple(dict.fromkeys(c for c in found if c != char))
