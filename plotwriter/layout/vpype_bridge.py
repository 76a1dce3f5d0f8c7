"""Ink to vpype and back: the only module that imports vpype, and only when called.

vpype counts in CSS pixels (1/96 in), y down, one layer per pen; it drops lines of one point, so dots travel as
micro-strokes. It has no place for tags on a line: spans ride in the document's metadata under the line's own
geometry, and a line that vpype has changed comes back with the span of the whole text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from plotwriter.ink import Ink, Page, Points, Stroke
from plotwriter.strokes import dots
from plotwriter.units import LENGTH

__all__ = ["from_document", "nearest_next", "to_document"]

_MM = LENGTH.units["px"]  # one CSS pixel
_SPANS = "plotwriter_spans"
_TEXT = "plotwriter_text"


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


def nearest_next(strokes: Sequence[Stroke]) -> tuple[Stroke, ...]:
    """The same strokes from the first one on, each followed by the one that starts nearest to its end."""
    if len(strokes) < 3:
        return tuple(strokes)
    import vpype

    lines = [stroke.points.copy() for stroke in strokes]  # one object each: the index gives the same objects back
    owner = {id(line): stroke for line, stroke in zip(lines, strokes, strict=True)}
    index = vpype.LineIndex(lines[1:], reverse=False)
    ordered = [strokes[0]]
    while len(index):
        nearest, _ = index.find_nearest(complex(ordered[-1].points[-1]))
        line = index.pop(nearest)
        if line is not None:
            ordered.append(owner[id(line)])
    return tuple(ordered)


def _key(line: Points) -> bytes:
    """A line's geometry to a millionth of a pixel."""
    return np.round(np.asarray(line, dtype=np.complex128) * 1e6).tobytes()
