"""Colours of pens on the screen."""

from __future__ import annotations

import re
from collections.abc import Mapping

from plotwriter.errors import ConfigError
from plotwriter.ink import Pen

__all__ = ["PALETTE", "PEN_WIDTH", "RULE_COLOUR", "pen_look"]

PEN_WIDTH = 0.4  # mm, the line of a common gel pen
RULE_COLOUR = "#b9cbe4"  # printed rules
PALETTE = ("#1b2a5e", "#a3262a", "#1f6b45", "#222222", "#6b3fa0", "#b3641b")  # blue-black, red, green, black, violet, brown


def pen_look(pen: int, pens: Mapping[int, Pen] | None = None, *, width: float = PEN_WIDTH) -> tuple[str, float]:
    """Colour of a pen slot as "#rrggbb" and width of its line, mm: the chosen ones, else the palette's, which repeats, and `width`.

    Raises:
        ConfigError: a chosen colour that is not "#rrggbb"
    """
    look = (pens or {}).get(pen, Pen())
    chosen = look.colour or PALETTE[(pen - 1) % len(PALETTE)]
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", chosen):
        raise ConfigError(f'pen {pen}: {chosen!r} is not a colour; write six hexadecimal digits, such as "#1b2a5e"')
    return chosen.lower(), look.width or width
