"""A page as SVG: mm, an Inkscape layer for each pen, one path per stroke with true curves.

Deterministic: the same page gives the same bytes. A drawing program, vpype and axicli read it, and
`plotwriter plot` brings text and spans back from it. The names of the layers with
printed rules, pen-up moves and word numbers begin with "%": plotters skip them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from plotwriter.exchange import canonical
from plotwriter.ink import Document, Ink, Pen, Points, Stroke
from plotwriter.preview.inks import PEN_WIDTH, RULE_COLOUR, pen_look
from plotwriter.preview.numbers import NUMBER_COLOUR, NUMBER_HEIGHT, word_numbers
from plotwriter.strokes import dots, fit_many

__all__ = ["to_svg"]

CURVE_TOLERANCE = 0.02  # mm between curve and ink; a twentieth of the pen's line

_NUMBERS = f'id="numbers" fill="{NUMBER_COLOUR}" stroke="none" font-family="sans-serif" font-size="{NUMBER_HEIGHT}"'

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" \
width="{width}mm" height="{height}mm" viewBox="0 0 {width} {height}">
<title>{title}</title>
<desc>{desc}</desc>
<metadata>{metadata}</metadata>
"""


def to_svg(
    document: Document,
    index: int = 0,
    *,
    command: str = "",
    pen_width: float = PEN_WIDTH,
    pens: Mapping[int, Pen] | None = None,
    travel: bool = False,
    numbers: bool = False,
    rules: Sequence[float] = (),
) -> str:
    """One page as an SVG file's text; encode it as UTF-8.

    Args:
        document: what is drawn; its coordinates are rounded as in `exchange.canonical`
        index: which page, from 0
        command: command line that made it, for the metadata
        pen_width: mm, where a pen has none of its own
        pens: names, colours and widths of pens that are known
        travel: a further layer with the pen-up moves
        numbers: a further layer with the number of every word
        rules: a layer below with what is printed on the sheet: rules across it, mm from its top

    Raises:
        ConfigError: a colour that is none
        ValueError: a page without paper
    """
    ink = dots(canonical(replace(document, pages=document.pages[index : index + 1])).pages[0])
    assert ink.page is not None  # canonical has checked it
    about = {"plotwriter": document.version, "command": command, "style": document.style, "seed": document.seed}
    about |= {"page": index + 1, "pages": len(document.pages), "text": document.text}
    title = next((line.strip() for line in document.text.splitlines() if line.strip()), "plotwriter")
    parts = [
        _HEAD.format(
            width=_number(ink.page.width),
            height=_number(ink.page.height),
            title=escape("".join(char for char in title[:80] if char.isprintable())),
            desc=escape(f"Page {index + 1} of {len(document.pages)}, written by plotwriter {document.version}".strip()),
            metadata=escape(json.dumps(about)),
        )
    ]
    if rules:
        drawn = "".join(f"M0,{_number(y)}h{_number(ink.page.width)}" for y in rules)
        parts += [
            _layer("% printed rules", f'id="rules" fill="none" stroke="{RULE_COLOUR}" stroke-width="0.2"'),
            f'<path d="{drawn}"/>\n</g>\n',
        ]
    style = 'fill="none" stroke-linecap="round" stroke-linejoin="round"'
    for pen in sorted({stroke.pen for stroke in ink.strokes}):
        own = [stroke for stroke in ink.strokes if stroke.pen == pen]
        colour, width = pen_look(pen, pens, width=pen_width)
        label = f"{pen} {name}" if pens and pen in pens and (name := pens[pen].name) else str(pen)
        parts.append(_layer(label, f'id="pen{pen}" {style} stroke-width="{_number(width)}" stroke={quoteattr(colour)}'))
        curves = fit_many([stroke.points for stroke in own], CURVE_TOLERANCE)
        parts += [_path(stroke, fitted) for stroke, fitted in zip(own, curves, strict=True)]
        parts.append("</g>\n")
    if travel:
        parts.append(_layer("% pen-up travel", 'id="travel" fill="none" stroke="#b0b0b0" stroke-width="0.1"') + _travel(ink) + "</g>\n")
    if numbers:
        parts += [_layer("% word numbers", _NUMBERS), *_numbered(ink), "</g>\n"]
    return "".join(parts) + "</svg>\n"


def _layer(label: str, attributes: str) -> str:
    return f'<g inkscape:groupmode="layer" inkscape:label={quoteattr(label)} {attributes}>\n'


def _path(stroke: Stroke, curves: Points) -> str:
    first, last = stroke.span
    if len(stroke.points) == 2:
        drawn = f"L{_point(stroke.points[1])}"
    else:
        drawn = "C" + " ".join(_point(z) for z in curves[:, 1:].ravel())
    return f'<path data-span="{first} {last}" d="M{_point(stroke.points[0])}{drawn}"/>\n'


def _travel(ink: Ink) -> str:
    moves = (f"M{_point(a.points[-1])}L{_point(b.points[0])}" for a, b in pairwise(ink.strokes))
    drawn = "".join(moves)
    return f'<path d="{drawn}"/>\n' if drawn else ""


def _numbered(ink: Ink) -> Iterator[str]:
    for number, x, y in word_numbers(ink):
        yield f'<text x="{_number(x)}" y="{_number(y)}">{number}</text>\n'


def _point(z: np.complex128) -> str:
    return f"{_number(z.real)},{_number(z.imag)}"


def _number(value: float) -> str:
    """A number to 0.001, without zeros that say nothing."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
