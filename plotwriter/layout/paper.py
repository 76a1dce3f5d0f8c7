"""Sheets by name or by size.

Source: ISO 216 (A), ISO 269 (C, DL), ANSI/ASME Y14.1 (letter, legal); envelopes lie as they are addressed, long side across.
"""

from __future__ import annotations

from plotwriter.config import near_miss
from plotwriter.errors import ConfigError
from plotwriter.ink import Page
from plotwriter.units import parse_size

__all__ = ["PAPERS", "paper"]

PAPERS: dict[str, Page] = {
    "a6": Page(105.0, 148.0),
    "a5": Page(148.0, 210.0),
    "a4": Page(210.0, 297.0),
    "a3": Page(297.0, 420.0),
    "letter": Page(215.9, 279.4),
    "legal": Page(215.9, 355.6),
    "executive": Page(184.15, 266.7),
    "dl": Page(220.0, 110.0),
    "c5": Page(229.0, 162.0),
    "c6": Page(162.0, 114.0),
    "no10": Page(241.3, 104.775),
}

_LARGEST = 5000.0  # mm; beyond the travel of any pen plotter


def paper(name: str, *, landscape: bool = False, where: str = "--paper") -> Page:
    """The sheet called `name`, in capitals or not, or of size "WIDTHxHEIGHT".

    Args:
        name: one of PAPERS, or a size such as "100x150mm"
        landscape: long side across
        where: what to name in an error

    Raises:
        ConfigError: an unknown name, or a size that is none

    >>> paper("A5", landscape=True)
    Page(width=210.0, height=148.0)
    """
    page = PAPERS.get(name.strip().lower())
    if page is None:
        if not any(char.isdigit() for char in name.partition("x")[0]) or "x" not in name.lower():
            raise ConfigError(f'{where}: no paper is called {name!r}; {near_miss(name.lower(), PAPERS)}, or a size such as "100x150mm"')
        width, height = parse_size(name, where=where)
        page = Page(round(width, 6), round(height, 6))  # 6 in is 152.4 mm
        if max(page.width, page.height) > _LARGEST:
            raise ConfigError(f"{where}: {name!r} is larger than {_LARGEST:.0f} mm; is the unit right?")
    return page.landscape if landscape else page
