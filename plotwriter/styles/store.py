"""Which hands are installed: those that ship, and the user's own.

A weights file knows several hands; its card lists them under "styles". Files are looked for in the
user's folder first, so that a hand of one's own may take the name of a shipped one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from plotwriter import registry
from plotwriter.config import home, near_miss
from plotwriter.errors import ConfigError, FileError
from plotwriter.nets.card import read_card

__all__ = ["DEFAULT_STYLE", "Style", "find_style", "installed_styles", "leaning", "written_by"]

SHIPPED = Path(__file__).parent / "weights"
DEFAULT_STYLE = "linden"
SLANTS = (-45.0, 60.0)  # degrees a hand can be given; the hands that ship lean 4 to 33


@dataclass(frozen=True, slots=True)
class Style:
    """One hand."""

    name: str
    description: str  #: one line
    sampler: str  #: name in the registry
    weights: Path
    row: int  #: of the net's table of hands
    slant: float  #: rad, positive leans right; the net writes upright
    word_space: float  #: gap between the inks of two words, x-heights
    x_height: float  #: mm, what the hand looks natural at
    line_height: float  #: from baseline to baseline, x-heights
    temperature: float  #: of sampling
    frame_x_height: float  #: the hand's true x-height in the net's own unit
    card: dict[str, Any]  #: data, licence, recipe, figures of the weights

    @property
    def own_sampler(self) -> str:
        """The sampler that the weights belong to; another may write in the hand too."""
        return str(self.card.get("sampler", self.sampler))

    @property
    def slant_deg(self) -> float:
        """The slant in degrees."""
        return math.degrees(self.slant)


def leaning(style: Style, degrees: float) -> Style:
    """The hand with another slant.

    Args:
        style: the hand
        degrees: from the upright, positive leans right

    Raises:
        ConfigError: so far over that writing is streaks
    """
    left, right = SLANTS
    if not left <= degrees <= right:
        raise ConfigError(
            f"--slant: {degrees:g} is not {left:g} (left) to {right:g} (right) degrees; {style.name} has {style.slant_deg:.0f}"
        )
    return replace(style, slant=math.radians(degrees))


def written_by(style: Style, sampler: str | None) -> Style:
    """The hand as another sampler writes it; None: as its own does.

    Raises:
        ConfigError: no such sampler
    """
    if sampler is None:
        return style
    if sampler not in registry.names("sampler"):
        raise ConfigError(f"no sampler is called {sampler!r}; {near_miss(sampler, registry.names('sampler'))}")
    if style.own_sampler not in (sampler, sampler.removesuffix("-paragraph"), "gpt"):  # a paragraph is written by the same net
        raise ConfigError(f"style {style.name!r} belongs to sampler {style.own_sampler!r}; leave --sampler away, or take another --style")
    return replace(style, sampler=sampler)


def _styles_in(path: Path) -> Iterator[Style]:
    card = read_card(path)
    try:
        for entry in card["styles"]:
            numbers = {
                key: float(entry[key]) for key in ("slant", "word_space", "x_height", "line_height", "temperature", "frame_x_height")
            }
            if (
                not all(math.isfinite(value) for value in numbers.values())
                or not 0 < numbers["x_height"] < 1000
                or not 0.2 < numbers["frame_x_height"] < 5
                or not 1 < numbers["line_height"] < 20
                or not 0 <= numbers["word_space"] < 100
                or not 0.01 <= numbers["temperature"] < 100
                or abs(numbers["slant"]) > 1.2
                or int(entry["row"]) < 0
            ):
                raise ValueError("a number is out of range")
            name = str(entry["name"])
            yield Style(name, str(entry["description"]), str(card["sampler"]), path, int(entry["row"]), card=card, **numbers)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise FileError(f"{path}: the card's list of styles is damaged ({type(error).__name__}: {error})") from None


def installed_styles() -> tuple[dict[str, Style], list[str]]:
    """Every usable style by name, and a line for each file that cannot be used."""
    styles: dict[str, Style] = {}
    problems: list[str] = []
    for folder in (home() / "styles", SHIPPED):
        for path in sorted(folder.glob("*.safetensors")):
            try:
                for style in _styles_in(path):
                    styles.setdefault(style.name, style)
            except FileError as error:
                problems.append(str(error))
    return dict(sorted(styles.items())), problems


def find_style(name: str) -> Style:
    """A style by name, or from a weights file by path (`hand.safetensors`, `hand.safetensors:name`).

    Raises:
        ConfigError: no such style; a damaged weights file is named beside the known ones
        FileError: the path given is not a weights file
    """
    file, _, inner = name.partition(".safetensors")
    if file != name:
        path = Path(file + ".safetensors")
        found = {style.name: style for style in _styles_in(path)}
        wanted = inner.lstrip(":") or next(iter(found), "")
        if wanted not in found:
            raise ConfigError(f"{path}: has no style {wanted!r}; {near_miss(wanted, found)}")
        return found[wanted]
    styles, problems = installed_styles()
    if name not in styles:
        raise ConfigError(
            f"no style is called {name!r}; {near_miss(name, styles)}" + "".join(f" (unusable: {problem})" for problem in problems)
        )
    return styles[name]
