"""Where the sheet lies on the machine: page frame to machine frame, and whether the ink can be reached.

    page, upright                  the same page, turned 90 degrees counter-clockwise
    (0,0)---> x                    (0,0)---> x_m = y
      | A B |                        |  right edge of the page
      | C D |                        |  B D
      v y                            v  A C      y_m = width - x

The machine frame is mm, x along the long axis, y towards the person, origin at the home corner (top left).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plotwriter.errors import LayoutError
from plotwriter.ink import Ink, Page, Points

__all__ = ["Placement", "fit"]

BOUNDS_TOLERANCE = 0.076  # mm beyond the travel that is forgiven; AxiDraw software's bounds_tolerance (0.003 in)


@dataclass(frozen=True, slots=True)
class Placement:
    """How page coordinates become machine coordinates."""

    page: Page  #: the sheet
    rotated: bool = False  #: turned 90 degrees counter-clockwise: x_m = y, y_m = width - x
    offset: complex = 0j  #: mm, machine position of the placed sheet's top left corner

    @property
    def size(self) -> tuple[float, float]:
        """Extent of the sheet along the machine's x and y, mm."""
        return (self.page.height, self.page.width) if self.rotated else (self.page.width, self.page.height)

    def to_machine(self, points: Points) -> Points:
        """Page frame to machine frame, mm, any shape."""
        turned = 1j * (self.page.width - points.real) + points.imag if self.rotated else points
        return np.asarray(turned + self.offset, dtype=np.complex128)

    def to_page(self, points: Points) -> Points:
        """Machine frame to page frame; undoes `to_machine`."""
        points = points - self.offset
        return (self.page.width - points.imag) + 1j * points.real if self.rotated else points


def fit(ink: Ink, travel: tuple[float, float], *, machine: str, offset: complex = 0j) -> Placement:
    """The placement of a page on a machine.

    A portrait sheet on a landscape machine (or the reverse) is turned, as AxiDraw software does.
    The ink must be reachable, the sheet need not be.

    Args:
        ink: one page, page frame
        travel: mm the machine reaches along x and y
        machine: what to call it in an error
        offset: mm, machine position of the placed sheet's top left corner

    Raises:
        LayoutError: ink outside the travel, naming the words; or ink without a page
    """
    if ink.page is None:
        raise LayoutError(f"{machine}: the ink lies on no page yet; lay it out on paper first")
    page_turn, machine_turn = np.sign(ink.page.height - ink.page.width), np.sign(travel[1] - travel[0])
    placement = Placement(ink.page, rotated=bool(page_turn * machine_turn < 0), offset=offset)
    worst, culprit, side = BOUNDS_TOLERANCE, -1, ""
    for i, stroke in enumerate(ink.strokes):
        points = placement.to_machine(stroke.points)
        beyond = {
            "before x = 0": -points.real.min(),
            f"beyond x = {travel[0]:g} mm": points.real.max() - travel[0],
            "before y = 0": -points.imag.min(),
            f"beyond y = {travel[1]:g} mm": points.imag.max() - travel[1],
        }
        name = max(beyond, key=lambda key: beyond[key])
        if not np.isfinite(points).all():
            raise LayoutError(f"{machine}: {_named(ink, i)} has coordinates that are not numbers")
        if beyond[name] > worst:
            worst, culprit, side = float(beyond[name]), i, name
    if culprit >= 0:
        raise LayoutError(
            f"{machine}: reaches {travel[0]:g} x {travel[1]:g} mm, but {_named(ink, culprit)} lies {worst:.1f} mm {side}"
            f"{' (the sheet is turned)' if placement.rotated else ''}; use smaller paper or wider margins"
        )
    return placement


def _named(ink: Ink, i: int) -> str:
    """What a stroke writes; where that is nothing, which one it is."""
    words = ink.words_of(ink.strokes[i])
    return repr(words) if words else f"stroke {i + 1} of {len(ink.strokes)}"
