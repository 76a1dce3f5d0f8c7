r"""Where a sheet really lies: marks touched with the pen, against where they are on the page.

touched = offset + M page      two marks: M turns and scales      three or more: M also scales each way and skews

x'            M = rotation . [1 skew; 0 1] . diag(scale_x, scale_y); least squares over the marks
/
o----          a sheet that lies 2 mm to the right and turned by 1 degree
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from plotwriter.config import read_text
from plotwriter.errors import ConfigError, FileError
from plotwriter.ink import Document, Points

__all__ = ["Mark", "Registration", "read_registration", "register", "registered"]

CLOSEST = 20.0  # mm between two marks; nearer ones say too little about the turn
FLATTEST = 0.05  # of their distance: how far a third mark lies off the line through two others
MOST_TURN, MOST_SCALE, MOST_SKEW = math.radians(10), 0.05, math.radians(3)  # beyond these the marks were mixed up
MOST_RESIDUAL = 1.0  # mm between where a mark was touched and where the others say it is


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on the page that was touched."""

    page: complex  #: mm, page frame: where it is printed
    touched: complex  #: mm, the frame the page is plotted in: where the pen met it


@dataclass(frozen=True, slots=True)
class Registration:
    """How the sheet lies."""

    offset: complex  #: mm, where the page's top left corner is
    rotation: float  #: rad, positive turns x towards y (clockwise as seen, for y goes down)
    scale: tuple[float, float]  #: along x and y
    skew: float  #: rad the y axis leans towards x
    residual: float  #: mm, largest distance that is left at a mark

    @property
    def matrix(self) -> npt.NDArray[np.float64]:
        """(2, 2) on (x, y)."""
        c, s = math.cos(self.rotation), math.sin(self.rotation)
        lean = np.array([[1.0, math.tan(self.skew)], [0.0, 1.0]])
        found: npt.NDArray[np.float64] = np.array([[c, -s], [s, c]]) @ lean @ np.diag(self.scale)
        return found

    def apply(self, points: Points) -> Points:
        """Page frame to where the sheet lies; (n,) mm to (n,) mm."""
        x, y = self.matrix @ np.array([points.real, points.imag])
        return np.asarray(self.offset + x + 1j * y)

    def __str__(self) -> str:
        """For a person."""
        return (
            f"offset {self.offset.real:+.2f}, {self.offset.imag:+.2f} mm, turned {math.degrees(self.rotation):+.2f} degrees, "
            f"scale {self.scale[0]:.4f} x {self.scale[1]:.4f}, skew {math.degrees(self.skew):+.2f} degrees, "
            f"{self.residual:.2f} mm left at the worst mark"
        )


def register(marks: Sequence[Mark], *, where: str = "registration") -> Registration:
    """How a sheet lies, from two marks (offset, turn, scale) or three and more (also scale each way and skew).

    Raises:
        ConfigError: fewer than two, too near or in line, or not where marks of one sheet can be
    """
    if len(marks) < 2:
        raise ConfigError(f"{where}: {len(marks)} marks; touch two for offset, rotation and scale, three for skew too")
    page, touched = (np.array([getattr(mark, name) for mark in marks]) for name in ("page", "touched"))
    apart = np.abs(page[:, None] - page)
    if apart[np.triu_indices(len(page), 1)].min() < CLOSEST:
        raise ConfigError(f"{where}: two marks are nearer than {CLOSEST:g} mm to each other; take marks far apart, such as corners")
    if len(marks) == 2:
        turn = (touched[1] - touched[0]) / (page[1] - page[0])
        offset, matrix = touched[0] - turn * page[0], np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
    else:
        _not_in_line(page, where)
        rows = np.column_stack([np.ones(len(page)), page.real, page.imag])
        solved = np.linalg.lstsq(rows, np.column_stack([touched.real, touched.imag]), rcond=None)[0]
        offset, matrix = complex(*solved[0]), solved[1:].T
    found = _decomposed(complex(offset), matrix)
    found = replace(found, residual=float(np.abs(found.apply(page) - touched).max()))
    _check(found, where)
    return found


def _not_in_line(page: Points, where: str) -> None:
    centred = page - page.mean()
    across, along = np.linalg.svd(np.column_stack([centred.real, centred.imag]), compute_uv=False)[::-1]
    if across < FLATTEST * along:
        raise ConfigError(f"{where}: the marks lie in one line; with three, take one beside the line of the other two")


def _decomposed(offset: complex, matrix: npt.NDArray[np.float64]) -> Registration:
    rotation = math.atan2(matrix[1, 0], matrix[0, 0])
    c, s = math.cos(rotation), math.sin(rotation)
    upright = np.array([[c, s], [-s, c]]) @ matrix
    scale_x, scale_y = float(upright[0, 0]), float(upright[1, 1])
    skew = math.atan2(upright[0, 1], scale_y)
    return Registration(offset, rotation, (scale_x, scale_y), skew, 0.0)


def _check(found: Registration, where: str) -> None:
    wrong = [
        f"turned by {math.degrees(found.rotation):.1f} degrees" if abs(found.rotation) > MOST_TURN else "",
        f"scaled by {found.scale[0]:.3f} x {found.scale[1]:.3f}" if max(abs(s - 1) for s in found.scale) > MOST_SCALE else "",
        f"skewed by {math.degrees(found.skew):.1f} degrees" if abs(found.skew) > MOST_SKEW else "",
        f"{found.residual:.1f} mm off at a mark" if found.residual > MOST_RESIDUAL else "",
    ]
    if any(wrong):
        raise ConfigError(f"{where}: the sheet would be {', '.join(filter(None, wrong))}; were the marks touched in their order?")


def registered(document: Document, registration: Registration) -> Document:
    """The document as it is to be drawn on the sheet where it lies; sizes of pages are those of the sheet."""
    return replace(document, pages=tuple(page.map(registration.apply) for page in document.pages))


def read_registration(path: Path) -> Registration:
    """Marks from a JSON file: `{"marks": [{"page": [10, 10], "touched": [11.2, 9.6]}, ...]}`, mm.

    Raises:
        FileError: unreadable, or not of that form
        ConfigError: see `register`
    """
    form = '{"marks": [{"page": [x, y], "touched": [x, y]}, ...]}'
    try:
        found: Any = json.loads(read_text(path))
        marks = [Mark(_place(mark["page"]), _place(mark["touched"])) for mark in found["marks"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FileError(f"{path}: not the form {form} ({type(error).__name__}: {error})") from None
    return register(marks, where=path.name)


def _place(pair: Any) -> complex:
    x, y = (float(value) for value in pair)
    if not (math.isfinite(x) and math.isfinite(y)):
        raise ValueError(f"{pair} is no place")
    return complex(x, y)
