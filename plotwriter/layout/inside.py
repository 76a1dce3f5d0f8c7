"""Refuse ink that would leave the paper, by the names of its words."""

from __future__ import annotations

from plotwriter.errors import LayoutError
from plotwriter.ink import Ink, Page, Stroke

__all__ = ["inside"]

_ROUNDING = 1e-6  # mm, of sums of coordinates
_MAX_NAMED = 3


def inside(ink: Ink, page: Page, *, where: str = "page") -> None:
    """Nothing, when all ink lies on the page.

    Args:
        ink: page frame, mm
        page: the sheet
        where: which page, for the error

    Raises:
        LayoutError: naming up to three words, by how many mm each leaves the page, and on which side
    """
    out: dict[str, tuple[float, str]] = {}
    for number, stroke in enumerate(ink.strokes, 1):
        over, side = _beyond(stroke, page)
        if over > _ROUNDING:
            word = ink.words_of(stroke)
            name = f'"{word}"' if word else f"stroke {number}"
            out[name] = max(out.get(name, (0.0, "")), (over, side))
    if not out:
        return
    named = [f"{name} by {over:.1f} mm at the {side}" for name, (over, side) in list(out.items())[:_MAX_NAMED]]
    more = f" and {len(out) - _MAX_NAMED} more" if len(out) > _MAX_NAMED else ""
    raise LayoutError(
        f"{where}: {', '.join(named)}{more} would leave the {page.width:g} x {page.height:g} mm sheet; "
        "use larger paper, wider margins or a smaller --size"
    )


def _beyond(stroke: Stroke, page: Page) -> tuple[float, str]:
    x, y = stroke.points.real, stroke.points.imag
    return max(
        (float(-x.min()), "left"),
        (float(x.max()) - page.width, "right"),
        (float(-y.min()), "top"),
        (float(y.max()) - page.height, "bottom"),
    )
