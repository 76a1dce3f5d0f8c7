"""Ink to vpype and back: the only module that imports vpype, and only when called.

vpype counts in CSS pixels (1/96 in), y down, one layer per pen; it drops lines of one point, so dots travel as
micro-strokes. It has no place for tags on a line: spans ride in the document's metadata under the line's own
geometry, and a line that vpype has changed comes back with the span of the whole text.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from plotwriter.errors import LayoutError
from plotwriter.ink import Ink, Page, Points, Stroke
from plotwriter.strokes import dots
from plotwriter.units import LENGTH

__all__ = ["HPGL_PLOTTER", "from_document", "to_document", "to_hpgl"]

HPGL_PLOTTER = "hp7475a"  # the one most people have; its files serve its kin
_MM = LENGTH.units["px"]  # one CSS pixel
_SPANS = "plotwriter_spans"
_TEXT = "plotwriter_text"
_SAME_SHEET = 1.0  # mm two sheets of one size may differ
_LONGEST_PD = 40  # points in one PD: a pen plotter's buffer holds 1,024 bytes


def to_document(ink: Ink) -> Any:
    """A vpype document of one page of ink, a layer for each pen, dots as micro-strokes.

    Args:
        ink: page frame, or line frame (the document then has no page size); mm

    Returns:
        vpype.Document; its metadata holds text and spans for `from_document`
    """
    import vpype  # loads scipy and more: only when needed

    spans: dict[bytes, tuple[int, int]] = {}
    page = (ink.page.width / _MM, ink.page.height / _MM) if ink.page else None
    document = vpype.Document(page_size=page)
    for stroke in dots(ink).strokes:
        line = stroke.points / _MM
        spans[_key(line)] = stroke.span
        document.add(vpype.LineCollection([line]), stroke.pen)
    document.set_property(_SPANS, spans)
    document.set_property(_TEXT, ink.text)
    return document


def to_hpgl(ink: Ink, *, plotter: str = HPGL_PLOTTER) -> str:
    """A page for a pen plotter that speaks HPGL, by vpype's writer; pens in order, strokes of a pen as they are.

    Args:
        ink: page frame
        plotter: a plotter vpype knows

    Raises:
        LayoutError: a sheet the plotter does not take, or ink it does not reach (vpype would cut that off)
    """
    import io
    import re

    import vpype

    assert ink.page is not None, "ink in the page frame has a page"
    config = vpype.config_manager.get_plotter_config(plotter)
    assert config is not None, f"vpype knows {plotter}"
    sides = sorted((ink.page.width, ink.page.height))
    sheets = {paper.name: sorted(side * _MM for side in paper.paper_size) for paper in config.paper_configs if paper.paper_size}
    name = next((name for name, sheet in sheets.items() if np.allclose(sides, sheet, atol=_SAME_SHEET)), None)
    if name is None:
        raise LayoutError(f"{plotter}: takes sheets of {', '.join(sheets)}, not {ink.page.width:g} x {ink.page.height:g} mm")
    target = io.StringIO()
    landscape = ink.page.width > ink.page.height
    vpype.write_hpgl(target, to_document(ink), name, landscape, False, plotter, None, absolute=True, quiet=True)
    written = target.getvalue()
    strokes = re.findall(r"PU(-?\d+,-?\d+);PD([-\d,]+);", written)
    length = sum(_length(f"{start},{rest}") for start, rest in strokes) * config.plotter_unit_length * _MM
    wanted = dots(ink).length
    if len(strokes) != len(ink.strokes) or wanted - length > 0.001 * wanted + 0.05 * len(strokes):
        raise LayoutError(f"{plotter}: does not reach all the ink on {name}: its edges take 7 to 15 mm; use wider margins")
    return re.sub(r"PD([-\d,]+);", lambda match: _in_parts(match[1]), written)


def _length(coordinates: str) -> float:
    """Length of "x,y,x,y,...", plotter units."""
    numbers = np.array(coordinates.split(","), dtype=float)
    return float(np.abs(np.diff(numbers[::2] + 1j * numbers[1::2])).sum())


def _in_parts(coordinates: str) -> str:
    numbers = coordinates.split(",")
    size = 2 * _LONGEST_PD
    return "".join(f"PD{','.join(numbers[first : first + size])};" for first in range(0, len(numbers), size))


def from_document(document: Any) -> Ink:
    """A vpype document as ink; layers become pens, in their order.

    Args:
        document: vpype.Document

    Returns:
        page frame when the document has a page size; text and spans where `to_document` left them and the
        line is still the same, either way round; else the span of the whole text
    """
    spans = document.property(_SPANS) or {}
    text = document.property(_TEXT) or ""
    strokes = []
    for pen in sorted(document.layers):
        for line in document.layers[pen]:
            span = spans.get(_key(line)) or spans.get(_key(line[::-1])) or (0, len(text))
            strokes.append(Stroke(np.asarray(line, dtype=np.complex128) * _MM, span, pen))
    page = Page(document.page_size[0] * _MM, document.page_size[1] * _MM) if document.page_size else None
    return Ink(tuple(strokes), text, page)


def _key(line: Points) -> bytes:
    """A line's geometry to a millionth of a pixel."""
    return np.round(np.asarray(line, dtype=np.complex128) * 1e6).tobytes()
