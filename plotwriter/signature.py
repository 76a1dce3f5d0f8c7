"""A signature below a letter: captured once, set down a little differently every time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from plotwriter import exchange
from plotwriter.errors import FileError, LayoutError
from plotwriter.ink import Document, Ink, Stroke
from plotwriter.layout import inside, read_svg

__all__ = ["read_signature", "signed"]

_TURN, _SCALE, _SHIFT = 2.0, 0.04, 1.0  # degrees, share, mm: how far two signatures of one hand differ
_STREAM = 0x7369676E


def read_signature(path: Path, height: float) -> Ink:
    """Strokes of a signature, as tall as it is to be.

    Args:
        path: SVG
        height: mm

    Raises:
        FileError: unreadable, or nothing in it that could be a signature
    """
    ink = read_svg(path)[0]
    _, top, _, low = ink.bounds()
    if not ink.strokes or low - top <= 0:
        raise FileError(f"{path}: has no strokes that could be a signature")
    return ink.map(lambda points: points * (height / (low - top)))


def signed(document: Document, signature: Ink, *, bottom: float) -> Document:
    """A letter with a signature below its last line, from the middle of the sheet, never twice quite the same.

    Args:
        document: page frame; its seed turns the signature by up to 2 degrees, scales it by up to 4 %, shifts it by up to 1 mm
        signature: its strokes, mm; its lower left corner goes to its place
        bottom: margin that is kept free, mm

    Raises:
        LayoutError: there is no room below the last line, or beside the middle
    """
    rng = np.random.default_rng(np.random.SeedSequence((document.seed or 0, _STREAM)))
    page, end = document.pages[-1], len(document.text)
    assert page.page is not None  # a document's pages have one
    left, top, _, low = signature.bounds()
    turn = np.exp(1j * np.radians(rng.uniform(-1, 1) * _TURN)) * (1 + rng.uniform(-1, 1) * _SCALE)
    shift = _SHIFT * complex(*rng.uniform(-1, 1, 2))
    height = (low - top) * (1 + _SCALE)
    said = replace(page, strokes=tuple(stroke for stroke in page.strokes if stroke.span[0] < end))  # not what stands in the margins
    foot = said.bounds()[3] + height + 2 * _SHIFT
    if foot > page.page.height - bottom:
        raise LayoutError(
            f"the signature needs {foot - (page.page.height - bottom):.1f} mm more below the last line; make it smaller, or leave more room"
        )
    origin = page.page.width / 2 + 1j * foot + shift
    strokes = (Stroke((stroke.points - (left + 1j * low)) * turn + origin, (end, end), stroke.pen) for stroke in signature.strokes)
    signed_page = replace(page, strokes=tuple(sorted((*page.strokes, *strokes), key=lambda stroke: stroke.pen)))  # each pen is taken once
    inside(signed_page, page.page, where="signature")
    return exchange.canonical(replace(document, pages=(*document.pages[:-1], signed_page)))
