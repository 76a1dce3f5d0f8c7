"""A page as PNG: white paper, round pen, soft edges."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

from plotwriter.errors import ConfigError
from plotwriter.exchange import canonical
from plotwriter.ink import Document, Ink, Pen, Points
from plotwriter.preview.inks import PEN_WIDTH, RULE_COLOUR, pen_look
from plotwriter.preview.numbers import NUMBER_COLOUR, NUMBER_HEIGHT, word_numbers
from plotwriter.strokes import dots
from plotwriter.units import MM_PER_INCH

__all__ = ["to_png"]

MAX_PIXELS = 60_000_000  # of the finished page: an A3 sheet at 450 dpi
_MAX_DRAWN = 120_000_000  # of the larger picture it is made from
_OVERSAMPLING = 4  # pixels drawn per pixel shown, each way, where memory allows


def to_png(
    document: Document,
    index: int = 0,
    *,
    dpi: float = 150.0,
    command: str = "",
    pen_width: float = PEN_WIDTH,
    pens: Mapping[int, Pen] | None = None,
    numbers: bool = False,
    rules: Sequence[float] = (),
) -> bytes:
    """One page as a PNG file.

    Args:
        document: what is drawn; its coordinates are rounded as in `exchange.canonical`
        index: which page, from 0
        dpi: pixels per inch
        command: command line that made it, for the metadata
        pen_width: mm, where a pen has none of its own
        pens: colours and widths of pens that are known
        numbers: the number of every word above it
        rules: printed across the sheet, mm from its top

    Raises:
        ConfigError: a resolution that gives no picture or too large a one; a colour that is none
        ValueError: a page without paper
    """
    ink = dots(canonical(replace(document, pages=document.pages[index : index + 1])).pages[0])
    assert ink.page is not None  # canonical has checked it
    if not (math.isfinite(dpi) and dpi > 0):
        raise ConfigError(f"--dpi: {dpi:g} is not a resolution; write a number above 0, such as 150")
    scale = dpi / MM_PER_INCH  # px/mm
    width_px, height_px = (max(1, round(side * scale)) for side in (ink.page.width, ink.page.height))
    if width_px * height_px > MAX_PIXELS:
        raise ConfigError(f"--dpi: {dpi:g} gives {width_px} x {height_px} pixels; at most {MAX_PIXELS} in all, use a lower resolution")
    times = max(1, min(_OVERSAMPLING, math.isqrt(_MAX_DRAWN // (width_px * height_px))))
    picture = Image.new("RGB", (width_px, height_px), "#ffffff")
    for y in rules:
        ImageDraw.Draw(picture).line((0, y * scale, width_px, y * scale), fill=RULE_COLOUR, width=max(1, round(0.2 * scale)))
    for pen in sorted({stroke.pen for stroke in ink.strokes}):
        colour, width = pen_look(pen, pens, width=pen_width)
        mask = _mask(ink, pen, (width_px * times, height_px * times), scale * times, width)
        picture.paste(colour, mask=mask.reduce(times) if times > 1 else mask)
    if numbers:
        font = ImageFont.load_default(NUMBER_HEIGHT * scale)
        for number, x, y in word_numbers(ink):
            at = (x * scale, y * scale)
            ImageDraw.Draw(picture).text(at, str(number), fill=NUMBER_COLOUR, font=font, anchor="ls")
    about = PngImagePlugin.PngInfo()
    about.add_text("Software", f"plotwriter {document.version}".strip())
    about.add_text("plotwriter", json.dumps({"command": command, "style": document.style, "seed": document.seed, "page": index + 1}))
    file = io.BytesIO()
    picture.save(file, format="PNG", dpi=(dpi, dpi), pnginfo=about)
    return file.getvalue()


def _mask(ink: Ink, pen: int, size_px: tuple[int, int], scale: float, pen_width: float) -> Image.Image:
    """Where one pen leaves ink: 255 on black; scale in px/mm."""
    mask = Image.new("L", size_px, 0)
    draw = ImageDraw.Draw(mask)
    radius = max(0.5, pen_width * scale / 2)
    for stroke in ink.strokes:
        if stroke.pen == pen:
            points = _thinned(stroke.points * scale - (0.5 + 0.5j), 1.0)  # pixel centres
            xy = np.column_stack([points.real, points.imag])
            draw.line(xy.ravel().tolist(), fill=255, width=max(1, round(2 * radius)))
            for x, y in xy.tolist():
                draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return mask


def _thinned(points: Points, step: float) -> Points:
    """Points about `step` apart along the line, both ends kept."""
    along = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(points)))])
    keep = np.diff(np.floor(along / step), prepend=-1.0) > 0
    keep[-1] = True
    return points[keep]
