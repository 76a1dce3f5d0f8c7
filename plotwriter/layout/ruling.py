"""Printed rules, by name or by measure: every baseline of the writing lies on one.

------------------   first_line below the top edge of the sheet
------------------   then every `pitch`
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from plotwriter.config import near_miss
from plotwriter.errors import ConfigError
from plotwriter.ink import Page
from plotwriter.units import parse_length

__all__ = ["RULINGS", "Ruling", "ruling"]

SHARE = 0.3  # of the pitch: x-height of a hand that writes on rules
LARGEST = 0.45  # of the pitch: a larger x-height runs into the line above
NARROWEST, WIDEST = 3.0, 60.0  # mm


@dataclass(frozen=True, slots=True)
class Ruling:
    """The printed rules of a sheet."""

    pitch: float  #: mm from a rule to the next
    first_line: float  #: mm from the top edge to the first rule that is written on
    margin: float = 0.0  #: mm from the left edge to the printed margin; 0 where there is none

    @property
    def x_height(self) -> float:
        """What looks natural between the rules, mm."""
        return SHARE * self.pitch

    def check(self, x_height: float) -> None:
        """Refuse writing that is too large for the rules.

        Raises:
            ConfigError: it would run into the line above
        """
        if x_height > LARGEST * self.pitch:
            raise ConfigError(
                f"--rule: {self.pitch:g} mm between rules is too little for letters of --size {x_height:g}mm; "
                f"at most {LARGEST * self.pitch:.1f}mm, {self.x_height:.1f}mm looks natural"
            )

    def rules(self, page: Page) -> Iterator[float]:
        """Every rule that is written on, mm from the top edge."""
        y = self.first_line
        while y < page.height:
            yield y
            y += self.pitch


#: US filler paper: 9/32 and 11/32 in, a head margin of 1 1/4 to 1 1/2 in, a red margin 1 1/4 in from the left. Seyès: rules 8 mm apart,
#: red margin at about 41 mm on A4. Japanese B5 notebooks: 7 mm ("A"). Dotted: a grid of 5 mm, every other row of dots. Prints differ:
#: measure yours, then --rule 7.1mm --first-line 33mm.
RULINGS: dict[str, Ruling] = {
    "college": Ruling(7.14, 38.1, 31.75),
    "wide": Ruling(8.73, 38.1, 31.75),
    "seyes": Ruling(8.0, 34.0, 41.0),
    "b5": Ruling(7.0, 28.0),
    "dotted": Ruling(10.0, 20.0),
}


def ruling(name: str, first_line: float | None = None) -> Ruling:
    """Rules by the name of the paper, or by their distance.

    Args:
        name: one of RULINGS, or a length such as "8.7mm"
        first_line: mm from the top edge to the first rule; None: the preset's, or three pitches down

    Raises:
        ConfigError: neither a name nor a length between NARROWEST and WIDEST

    >>> ruling("college").pitch, ruling("8.7mm", 32.0).first_line
    (7.14, 32.0)
    """
    if found := RULINGS.get(name.strip().lower()):
        return found if first_line is None else Ruling(found.pitch, first_line, found.margin)
    if not any(char.isdigit() for char in name):
        raise ConfigError(f'--rule: no ruled paper is called {name!r}; {near_miss(name.lower(), RULINGS)}, or a distance such as "8.7mm"')
    pitch = parse_length(name, where="--rule")
    if not NARROWEST <= pitch <= WIDEST:
        raise ConfigError(f"--rule: {name!r} is not {NARROWEST:g} to {WIDEST:g} mm between two rules; is the unit right?")
    return Ruling(pitch, 3 * pitch if first_line is None else first_line)
