"""The JSON form of a document, and files written whole or not at all.

    {"plotwriter": "0.1.0", "text": "Dear Ada", "style": "plain", "seed": 7,
     "pages": [{"width": 210.0, "height": 297.0, "strokes": [{"points": [[20.0, 31.5], ...], "span": [0, 4], "pen": 1}]}]}

Lengths are mm from the top left corner, y down, to 0.001 mm; spans are half open and index `text`. A letter with words
drawn once more also has `"respelled": [[5, 1], ...]`: word 5, its first alternative. The same
rounding makes a document `canonical`, so that preview, file and plot are one and the same.
"""

from __future__ import annotations

import json
import math
import os
import stat
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from plotwriter.errors import FileError
from plotwriter.ink import Document, Ink, Page, Points, Stroke

__all__ = ["canonical", "from_json", "to_json", "write_atomically"]

DECIMALS = 3  # of a mm: a tenth of a motor step of 0.0125 mm
_MAX_BYTES = 500_000_000
_LARGEST = 10_000.0  # mm; beyond any plotter
_MAX_PEN = 999


def canonical(document: Document) -> Document:
    """The document as its JSON form keeps it: every coordinate to 0.001 mm; applied twice, it changes nothing more."""
    return replace(document, pages=tuple(_canonical_page(ink) for ink in document.pages))


def to_json(document: Document) -> str:
    """The JSON form, one stroke a line; the same document always gives the same characters.

    Raises:
        ValueError: a page without paper, or a point that is not finite
    """
    pages = []
    for ink in canonical(document).pages:
        strokes = ",\n".join(_stroke_json(stroke) for stroke in ink.strokes)
        assert ink.page is not None  # canonical has checked it
        pages.append(f'{{"width": {ink.page.width!r}, "height": {ink.page.height!r}, "strokes": [\n{strokes}\n]}}')
    head: dict[str, Any] = {"plotwriter": document.version, "text": document.text, "style": document.style, "seed": document.seed}
    if document.respelled:
        head["respelled"] = document.respelled
    return f'{json.dumps(head, ensure_ascii=False)[:-1]}, "pages": [\n' + ",\n".join(pages) + "\n]}\n"


def from_json(content: str, where: str) -> Document:
    """A document from its JSON form.

    Args:
        content: the file's text
        where: the file's name, for errors

    Raises:
        FileError: anything but the form above; names the place, what is there and what is allowed
    """
    if len(content) > _MAX_BYTES:
        raise FileError(f"{where}: {len(content)} characters; at most {_MAX_BYTES} are read")
    try:
        found = json.loads(content, parse_constant=_not_finite, object_pairs_hook=_no_twins)
    except (ValueError, RecursionError) as error:
        raise FileError(f"{where}: not valid JSON: {error}") from None
    return _Reader(where).document(found)


def write_atomically(path: Path | str, content: bytes) -> None:
    """A file with this content; whatever goes wrong, the old one is still there whole.

    A device or pipe (such as /dev/stdout) is written to directly, a link's target is replaced.

    Raises:
        FileError: no such folder, no permission, no space, or a folder of that name
    """
    path = Path(path)
    temporary: str | None = None
    try:
        target = path.resolve()
        mode = target.stat().st_mode if target.exists() else None
        if mode is not None and stat.S_ISDIR(mode):
            raise FileError(f"{path}: is a folder; give a file name")
        if mode is not None and not stat.S_ISREG(mode):
            path.write_bytes(content)
            return
        if not target.parent.is_dir():
            raise FileError(f"{path}: there is no folder {target.parent}; create it first")
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if os.name == "posix":  # mkstemp lets only the owner in
            os.chmod(temporary, stat.S_IMODE(mode) if mode is not None else 0o666 & ~_umask())
        os.replace(temporary, target)
        temporary = None
    except OSError as error:
        raise FileError(f"{path}: cannot be written: {error.strerror or error}") from None
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _rounded(points: Points) -> Points:
    return np.asarray(np.round(points.real, DECIMALS) + 0.0 + 1j * (np.round(points.imag, DECIMALS) + 0.0))  # + 0.0: no -0.0


def _canonical_page(ink: Ink) -> Ink:
    if ink.page is None:
        raise ValueError("ink in the line frame has no page; typeset it first")
    if not all(np.isfinite(stroke.points).all() for stroke in ink.strokes):
        raise ValueError("a stroke has a point that is not finite")
    page = Page(round(float(ink.page.width), DECIMALS), round(float(ink.page.height), DECIMALS))
    return replace(ink.map(_rounded), page=page)


def _stroke_json(stroke: Stroke) -> str:
    points = np.column_stack([stroke.points.real, stroke.points.imag]).tolist()
    return json.dumps({"points": points, "span": [int(i) for i in stroke.span], "pen": int(stroke.pen)})


def _not_finite(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number that can be drawn")


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for key in found if sum(key == other for other, _ in pairs) > 1)
        raise ValueError(f"the key {twice!r} is there twice")
    return found


class _Reader:
    """Checks every value on its way in; an error names its place."""

    def __init__(self, where: str) -> None:
        self.where = where

    def refuse(self, place: str, got: Any, allowed: str) -> NoReturn:
        shown = repr(got)
        shown = shown if len(shown) <= 40 else shown[:37] + "..."
        raise FileError(f"{self.where}{': ' + place if place else ''}: got {shown}; {allowed}")

    def table(self, value: Any, place: str, keys: tuple[str, ...], optional: str = "") -> dict[str, Any]:
        """An object with exactly these keys, and perhaps one more."""
        expected = f"expected an object with the keys {', '.join(keys)}"
        if not isinstance(value, dict):
            self.refuse(place, value, expected)
        for key in value:
            if key not in keys and key != optional:
                self.refuse(place, key, expected)
        for key in keys:
            if key not in value:
                self.refuse(place, list(value), f"the key {key!r} is missing")
        return value

    def entries(self, value: Any, place: str, n: int | None = None) -> list[Any]:
        if not isinstance(value, list) or (n is not None and len(value) != n):
            self.refuse(place, value, "expected a list" + (f" of {n}" if n else ""))
        return value

    def string(self, value: Any, place: str) -> str:
        if not isinstance(value, str) or any("\ud800" <= char <= "\udfff" for char in value):
            self.refuse(place, value, "expected a string of Unicode text")
        return value

    def integer(self, value: Any, place: str, low: int, high: int) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self.refuse(place, value, f"expected a whole number from {low} to {high}")
        return value

    def number(self, value: Any, place: str, low: float) -> float:
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not low <= value <= _LARGEST or not math.isfinite(value):
            self.refuse(place, value, f"expected mm from {low:g} to {_LARGEST:g}")
        return float(value)

    def document(self, value: Any) -> Document:
        """The whole form."""
        top = self.table(value, "", ("plotwriter", "text", "style", "seed", "pages"), optional="respelled")
        version, text, style = (self.string(top[key], key) for key in ("plotwriter", "text", "style"))
        seed = None if top["seed"] is None else self.integer(top["seed"], "seed", 0, 2**64 - 1)
        pages = tuple(self.page(page, f"pages[{i}]", text) for i, page in enumerate(self.entries(top["pages"], "pages")))
        respelled = [self.pair(pair, f"respelled[{i}]") for i, pair in enumerate(self.entries(top.get("respelled", []), "respelled"))]
        return canonical(Document(pages, text, style, seed, version, tuple(respelled)))

    def pair(self, value: Any, place: str) -> tuple[int, int]:
        """A word that was drawn once more, and which alternative of it."""
        word, count = self.entries(value, place, 2)
        return self.integer(word, f"{place}[0]", 1, 10**6), self.integer(count, f"{place}[1]", 1, 10**6)

    def page(self, value: Any, place: str, text: str) -> Ink:
        """One of `pages`."""
        found = self.table(value, place, ("width", "height", "strokes"))
        width, height = (self.number(found[side], f"{place}.{side}", 10.0**-DECIMALS) for side in ("width", "height"))
        strokes = self.entries(found["strokes"], f"{place}.strokes")
        return Ink(tuple(self.stroke(s, f"{place}.strokes[{i}]", len(text)) for i, s in enumerate(strokes)), text, Page(width, height))

    def stroke(self, value: Any, place: str, n_characters: int) -> Stroke:
        """One of `strokes`; its span lies within the text's characters."""
        found = self.table(value, place, ("points", "span", "pen"))
        span = self.entries(found["span"], f"{place}.span", 2)
        first = self.integer(span[0], f"{place}.span[0]", 0, n_characters)
        last = self.integer(span[1], f"{place}.span[1]", first, n_characters)
        points = self.entries(found["points"], f"{place}.points")
        if not points:
            self.refuse(f"{place}.points", points, "expected at least one point")
        path = [self.point(point, place, i) for i, point in enumerate(points)]
        return Stroke(np.array(path, dtype=np.complex128), (first, last), self.integer(found["pen"], f"{place}.pen", 1, _MAX_PEN))

    def point(self, value: Any, place: str, i: int) -> complex:
        if isinstance(value, list) and len(value) == 2:
            x, y = value
            if type(x) is float and type(y) is float and abs(x) <= _LARGEST and abs(y) <= _LARGEST:  # the usual case, and quick
                return complex(x, y)
        x, y = (self.number(side, f"{place}.points[{i}]", -_LARGEST) for side in self.entries(value, f"{place}.points[{i}]", 2))
        return complex(x, y)
