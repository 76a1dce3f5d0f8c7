"""Sheets by name or by size.

Source: ISO 216 (A, B), ISO 269 (C, DL), JIS P 0138 (jis-b5), ANSI/ASME Y14.1 (letter, legal), USPS DMM 601 (no10, a2-card's
envelope is 4.375 x 5.75 in); envelopes and index cards lie as they are written on, long side across.
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
    "b5": Page(176.0, 250.0),
    "jis-b5": Page(182.0, 257.0),
    "a2-card": Page(107.95, 139.7),
    "index-3x5": Page(127.0, 76.2),
    "index-4x6": Page(152.4, 101.6),
    "index-5x8": Page(203.2, 127.0),
    "postcard": Page(148.0, 105.0),
    "dl": Page(220.0, 110.0),
    "c4": Page(324.0, 229.0),
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
