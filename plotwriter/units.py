"""Quantities with units at the edge, plain floats (mm, s, rad) inside.

"5mm" "0.2in" "1cm" "12pt" "7"   -> mm        (a bare number is mm)
"50mm/s" "3000mm/min" "2in/s"    -> mm/s
"762mm/s2" "30in/s2"             -> mm/s²
"50000mm/s3"                     -> mm/s³
"130ms" "0.2s"                   -> s
"5deg" "0.1rad"                  -> rad       (a bare number is degrees)
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Annotated

from plotwriter.errors import ConfigError

__all__ = [
    "ACCELERATION",
    "ANGLE",
    "DURATION",
    "JERK",
    "LENGTH",
    "SPEED",
    "Acceleration",
    "Angle",
    "Duration",
    "Jerk",
    "Length",
    "Quantity",
    "Speed",
    "parse_length",
    "parse_quantity",
    "parse_size",
]

MM_PER_INCH = 25.4  # exact, international yard and pound agreement of 1959


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a number measures, and how a person may write it."""

    name: str  #: "length"
    example: str  #: "5mm"
    factors: tuple[tuple[str, float], ...]  #: unit to internal unit; the first one is that of a bare number

    @property
    def units(self) -> dict[str, float]:
        """Unit name to factor into the internal unit."""
        return dict(self.factors)


LENGTH = Quantity(
    "length",
    "5mm",
    (("mm", 1.0), ("cm", 10.0), ("m", 1000.0), ("in", MM_PER_INCH), ('"', MM_PER_INCH), ("pt", MM_PER_INCH / 72), ("px", MM_PER_INCH / 96)),
)
SPEED = Quantity(
    "speed", "50mm/s", (("mm/s", 1.0), ("mm/min", 1 / 60), ("cm/s", 10.0), ("in/s", MM_PER_INCH), ("in/min", MM_PER_INCH / 60))
)
ACCELERATION = Quantity("acceleration", "762mm/s2", (("mm/s2", 1.0), ("mm/s²", 1.0), ("in/s2", MM_PER_INCH)))
JERK = Quantity("jerk", "50000mm/s3", (("mm/s3", 1.0), ("mm/s³", 1.0), ("in/s3", MM_PER_INCH)))
DURATION = Quantity("duration", "150ms", (("s", 1.0), ("ms", 1e-3), ("min", 60.0)))
ANGLE = Quantity("angle", "5deg", (("deg", math.pi / 180), ("°", math.pi / 180), ("rad", 1.0)))

Length = Annotated[float, LENGTH]  #: mm
Speed = Annotated[float, SPEED]  #: mm/s
Acceleration = Annotated[float, ACCELERATION]  #: mm/s²
Jerk = Annotated[float, JERK]  #: mm/s³
Duration = Annotated[float, DURATION]  #: s
Angle = Annotated[float, ANGLE]  #: rad

_NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*?)\s*")


def parse_quantity(text: str | float, quantity: Quantity, *, where: str) -> float:
    """A quantity as a person writes it, in the internal unit.

    Args:
        text: "5mm"; a number, or a number without unit, is in the quantity's first unit
        quantity: what is measured
        where: what to name in an error, such as "--margin" or "axidraw.toml [motion] feed"

    Raises:
        ConfigError: no number, an unknown unit, or not finite

    >>> parse_quantity("0.5in", LENGTH, where="--margin")
    12.7
    """
    match = _NUMBER.fullmatch(str(text)) if not isinstance(text, bool) else None
    unit = match.group(2) if match else ""
    units = quantity.units
    unit = unit or quantity.factors[0][0]
    if match is None or unit not in units or not math.isfinite(value := float(match.group(1)) * units[unit]):
        raise ConfigError(
            f'{where}: {str(text)!r} is not a {quantity.name}; write a number and one of {", ".join(units)}, such as "{quantity.example}"'
        )
    return value


def parse_length(text: str | float, *, where: str) -> float:
    """A length in mm.

    >>> parse_length("1cm", where="--margin")
    10.0
    """
    return parse_quantity(text, LENGTH, where=where)


def parse_size(text: str, *, where: str) -> tuple[float, float]:
    """Width and height in mm from "WxH"; a unit after the height alone serves both.

    Raises:
        ConfigError: not two positive lengths

    >>> parse_size("100x150mm", where="--paper")
    (100.0, 150.0)
    """
    width, separator, height = text.lower().partition("x")
    if not separator:
        raise ConfigError(f'{where}: {text!r} is not a size; write WIDTHxHEIGHT, such as "100x150mm"')
    unit = re.sub(r"^[\s\d.+-]*", "", height)
    size = tuple(parse_length(side if re.search(r"[a-z\"]", side) else side + unit, where=where) for side in (width, height))
    if min(size) <= 0:
        raise ConfigError(f"{where}: {text!r} has a side that is not above 0")
    return size[0], size[1]
