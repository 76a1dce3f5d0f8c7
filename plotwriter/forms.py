"""Printed forms: a TOML of named boxes, filled by hand from data.

paper = "a4"
[[box]]
name = "surname"                     left/top: of the box on the sheet; baseline: of the first row, from the box's top
left = "35mm"  top = "52mm"  width = "70mm"  height = "9mm"  baseline = "6.5mm"
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any, Literal

from plotwriter import __version__, exchange
from plotwriter.config import load_toml, near_miss, parse_toml, read_text
from plotwriter.errors import ConfigError, FileError, LayoutError, PlotwriterError
from plotwriter.ink import Document, Ink, Page, Stroke
from plotwriter.layout import inside, paper
from plotwriter.letter import Hand, compose_many, seed_within
from plotwriter.running import NOTHING
from plotwriter.text import normalise
from plotwriter.units import Length

__all__ = ["Box", "Form", "check_data", "check_form", "fill", "read_data", "read_form"]


@dataclass(frozen=True, slots=True)
class Box:
    """A place to write in."""

    name: str
    left: Length  #: mm from the left of the sheet
    top: Length  #: mm from its top
    width: Length
    height: Length
    baseline: Length | None = None  #: mm from the top of the box to the first row; None: where its ascenders fit
    pitch: Length | None = None  #: mm between rows; None leaves it to the hand
    size: Length | None = None  #: x-height, mm; None leaves it to the hand; smaller where the text needs it
    align: Literal["left", "right", "center"] = "left"
    pen: int = 1
    optional: bool = False  #: may stay empty


@dataclass(frozen=True, slots=True)
class Form:
    """A sheet with boxes."""

    box: tuple[Box, ...]
    paper: str = "a4"
    landscape: bool = False

    @property
    def page(self) -> Page:
        """The sheet."""
        return paper(self.paper, landscape=self.landscape, where="form paper")


def read_form(path: Path) -> Form:
    """A form from a TOML file.

    Raises:
        FileError: unreadable
        ConfigError: not TOML, an unknown key, or see `check_form`
    """
    form = load_toml(path, Form)
    check_form(form, where=path.name)
    return form


def check_form(form: Form, *, where: str = "form") -> None:
    """Refuse boxes that cannot be filled.

    Raises:
        ConfigError: none, two of one name, one off the sheet, or two that overlap
    """
    page = form.page
    names = [box.name for box in form.box]
    if not names:
        raise ConfigError(f"{where}: has no [[box]]")
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ConfigError(f"{where}: two boxes are called {twice!r}; give every box a name of its own")
    for box in form.box:
        if min(box.width, box.height) <= 0 or min(box.left, box.top) < 0:
            raise ConfigError(f"{where}: box {box.name!r} has no width or height, or begins before the sheet does")
        over = max(box.left + box.width - page.width, box.top + box.height - page.height)
        if over > 1e-6:
            raise ConfigError(f"{where}: box {box.name!r} leaves the {page.width:g} x {page.height:g} mm sheet by {over:.1f} mm")
    for a, b in combinations(form.box, 2):
        across = min(a.left + a.width, b.left + b.width) - max(a.left, b.left)
        along = min(a.top + a.height, b.top + b.height) - max(a.top, b.top)
        if min(across, along) > 1e-6:
            raise ConfigError(f"{where}: boxes {a.name!r} and {b.name!r} overlap by {across:.1f} x {along:.1f} mm")


def read_data(path: Path) -> dict[str, str]:
    """What goes into the boxes, from a TOML or JSON file of names and texts; numbers are written as they stand there.

    Raises:
        FileError: unreadable, or not of that form
        ConfigError: not TOML
    """
    found: Any
    if path.suffix.lower() == ".json":
        try:
            found = json.loads(read_text(path))
        except (ValueError, RecursionError) as error:
            raise FileError(f"{path}: not valid JSON: {error}") from None
    else:
        found = parse_toml(path)
    if not isinstance(found, dict) or any(isinstance(value, (dict, list, bool)) or value is None for value in found.values()):
        raise FileError(f'{path}: must be names and texts, such as surname = "Lovelace"')
    return {str(name): str(value) for name, value in found.items()}


def fill(form: Form, data: Mapping[str, str], hand: Hand, *, seed: int) -> Document:
    """The writing in all boxes, on one page; a text too long for its box is written smaller, within limits.

    Args:
        form: the boxes
        data: name of a box to its text
        hand: who writes; its sheet gives what a box leaves open
        seed: of the form; every box has ink of its own

    Raises:
        ConfigError: data for no box, or none for a box that is not optional
        LayoutError: a text that does not fit its box, and by how much
    """
    check_data(form, data)
    text, strokes = "", list[Stroke]()
    for number, box in enumerate(form.box):
        said = data.get(box.name, "").strip()
        if not said:
            continue
        try:
            (letter,) = compose_many([normalise(said)], _hand_in(box, hand), seeds=[seed_within(seed, number)])
        except PlotwriterError as error:
            raise type(error)(f"box {box.name!r}: {error}") from None
        if len(letter.document.pages) > 1:
            raise LayoutError(f"box {box.name!r}: its text needs {len(letter.document.pages)} boxes of this size; shorten it")
        at, first = complex(box.left, box.top), len(text) + (2 if text else 0)
        text += ("\n\n" if text else "") + letter.document.text
        for stroke in letter.document.pages[0].strokes:
            span = (first + stroke.span[0], first + stroke.span[1])
            strokes.append(replace(stroke, points=stroke.points + at, span=span))
    strokes.sort(key=lambda stroke: stroke.pen)
    ink = Ink(tuple(strokes), text, form.page)
    inside(ink, form.page, where="form")
    return exchange.canonical(Document((ink,), text, hand.style.name, seed, __version__))


def check_data(form: Form, data: Mapping[str, str]) -> None:
    """Refuse data that has no box, and boxes that have no data.

    Raises:
        ConfigError: which
    """
    names: Sequence[str] = [box.name for box in form.box]
    for name in data:
        if name not in names:
            raise ConfigError(f"the form has no box {name!r}; {near_miss(name, names)}")
    if empty := [box.name for box in form.box if not box.optional and not data.get(box.name, "").strip()]:
        raise ConfigError(f"the form's box {empty[0]!r} has no text; give it one, or say optional = true")


def _hand_in(box: Box, hand: Hand) -> Hand:
    """The hand, writing into one box."""
    sheet = replace(
        hand.sheet,
        page=Page(box.width, box.height),
        margins=(0.0, 0.0, 0.0, 0.0),
        x_height=box.size or hand.sheet.x_height,
        line_height=box.pitch or hand.sheet.line_height,
        first_line=box.baseline,
        ruled=box.pitch is not None,
        align=box.align,
        pens={"text": box.pen},
        columns=1,
        indent=0.0,
        fit=1,
        markdown=False,
        running=NOTHING,
    )
    return replace(hand, sheet=sheet)
