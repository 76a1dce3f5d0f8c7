"""SVG files to ink, for `plotwriter plot drawing.svg`: paths, shapes and dots, layers as pens.

Dots are kept: a path of one point, or of no length, is a stroke of one point. A file of our own preview
also brings back its text and spans; any other has no text, and its strokes the span (0, 0).
"""

from __future__ import annotations

import io
import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from plotwriter.errors import ConfigError, FileError
from plotwriter.ink import Ink, Page, Points, Stroke
from plotwriter.strokes import sample_curves
from plotwriter.units import LENGTH, parse_length

__all__ = ["not_plotted", "read_svg"]

TOLERANCE = 0.005  # mm, between a curve and the polyline drawn for it; below a motor step of 0.0125 mm (80 steps/mm)
MAX_BYTES = 100_000_000  # more is not a pen drawing

_SVG = "{http://www.w3.org/2000/svg}"
_INKSCAPE = "{http://www.inkscape.org/namespaces/inkscape}"
_NO_LINES = ("text", "image", "foreignObject")
_LARGEST = 10_000.0  # mm; a coordinate beyond is an error of the file
_NUMBER = re.compile(r"\s*(\d{1,3})")  # the pen, at the head of a layer's name
_LAYER_ID = re.compile(r"layer[\s_-]?\d+", re.IGNORECASE)  # as drawing programs without layer attributes name them


def read_svg(path: Path | str, *, page: Page | None = None) -> tuple[Ink, ...]:
    """The drawing of an SVG file, as one page of ink.

    Args:
        path: the file
        page: the sheet to use when the file does not state its own size

    Returns:
        one Ink, page frame; curves are polylines within TOLERANCE; the pen is the leading number of a top-level
        layer's name, else its place among the layers; layers named "%..." (not to be plotted) and hidden ones are left out

    Raises:
        FileError: missing, not SVG, without size or without anything to draw
    """
    root, content = _parse(Path(path))
    sheet = _page(root, page, path)
    import svgelements  # type: ignore[import-untyped,unused-ignore]  # comes with vpype; slow to load

    try:
        svg = svgelements.SVG.parse(io.BytesIO(content))
        scale = _scale(root, svg, path)
        text, strokes = _text(root), []
        for pen, element in _elements(svg):
            shape = svgelements.Path(element)
            shape.reify()
            span = _span(element, len(text))
            strokes += [Stroke(points, span, pen) for points in _polylines(shape, scale)]
    except Exception as error:  # svgelements fails in many ways on files that are not quite SVG
        raise FileError(f"{path}: cannot be read as SVG: {error or type(error).__name__}") from None
    if not strokes:
        lost = "; ".join(not_plotted(path))
        raise FileError(f"{path}: no lines to draw{': ' + lost if lost else ''}")
    if not all(np.isfinite(s.points).all() and np.abs(s.points).max() < _LARGEST for s in strokes):
        raise FileError(
            f"{path}: a coordinate is not a number or beyond {_LARGEST:.0f} mm; open the file in a drawing program and check it"
        )
    return (Ink(tuple(strokes), text, sheet),)


def not_plotted(path: Path | str) -> tuple[str, ...]:
    """What an SVG file shows that a pen cannot draw, one line each, for a warning."""
    root, _ = _parse(Path(path))
    count = Counter(map(_local, _meant(root)))
    return tuple(f"{count[name]} <{name}> not drawn: convert to paths first" for name in _NO_LINES if count[name])


def _meant(element: ElementTree.Element) -> Iterator[ElementTree.Element]:
    """All elements but those in layers named "%..."."""
    if not element.get(f"{_INKSCAPE}label", "").lstrip().startswith("%"):
        yield element
        for child in element:
            yield from _meant(child)


def _parse(path: Path) -> tuple[ElementTree.Element, bytes]:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise FileError(f"{path}: no such file") from None
    except OSError as error:
        raise FileError(f"{path}: cannot be read: {error.strerror or error}") from None
    if len(content) > MAX_BYTES:
        raise FileError(f"{path}: {len(content)} bytes; at most {MAX_BYTES} are read")
    try:
        root = ElementTree.fromstring(content)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise FileError(f"{path}: not an SVG file: {error}") from None
    if _local(root) != "svg":
        raise FileError(f"{path}: not an SVG file: its root is <{_local(root)}>")
    if root.tag not in ("svg", f"{_SVG}svg"):
        raise FileError(f'{path}: not an SVG file: its root is in another namespace; write xmlns="http://www.w3.org/2000/svg"')
    return root, content


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _side(root: ElementTree.Element, name: str, path: Path | str) -> float | None:
    """Stated width or height, mm; None when it is missing or a share of something unknown."""
    value = (root.get(name) or "").strip()
    if not value or value.endswith("%"):
        return None
    bare = re.fullmatch(r"[-+.\deE]+", value)
    try:
        side = parse_length(value + "px" if bare else value, where=f"{path}: {name}")
    except ConfigError as error:
        raise FileError(str(error)) from None
    if not 0 < side < _LARGEST:
        raise FileError(f'{path}: {name}="{value}" is not the side of a sheet')
    return side


def _page(root: ElementTree.Element, page: Page | None, path: Path | str) -> Page:
    width, height = _side(root, "width", path), _side(root, "height", path)
    if width is not None and height is not None:
        return Page(round(width, 6), round(height, 6))
    if page is None:
        name = "width" if width is None else "height"
        raise FileError(f'{path}: the <svg> has no {name} in units of length; save it with a page size, such as {name}="210mm"')
    return page


def _scale(root: ElementTree.Element, svg: Any, path: Path | str) -> float:
    """Millimetres per unit of what svgelements gives, exact where its own pixels per mm are rounded."""
    width = _side(root, "width", path)
    return width / float(svg.width) if width is not None and float(svg.width) > 0 else LENGTH.units["px"]


def _text(root: ElementTree.Element) -> str:
    """The text one of our own previews says; empty for any other file."""
    for element in root.iter(f"{_SVG}metadata"):
        try:
            found = json.loads(element.text or "")
        except ValueError:
            continue
        if isinstance(found, dict) and "plotwriter" in found and isinstance(found.get("text"), str):
            return str(found["text"])
    return ""


def _span(element: Any, length: int) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,9}) (\d{1,9})", str(element.values.get("data-span", "")))
    if match and int(match[1]) <= int(match[2]) <= length:
        return int(match[1]), int(match[2])
    return 0, length


def _elements(svg: Any) -> Iterator[tuple[int, Any]]:
    """Every visible shape with its pen."""
    import svgelements

    n_layers = 0
    for element in svg:
        pen = 1
        if isinstance(element, svgelements.Group):
            name = str(element.values.get(f"{_INKSCAPE}label") or "")
            if name.lstrip().startswith("%"):
                continue
            if element.values.get(f"{_INKSCAPE}groupmode") == "layer" or _LAYER_ID.match(str(element.id or "")):
                n_layers += 1
                number = _NUMBER.match(name)
                pen = max(1, int(number[1])) if number else n_layers
        yield from ((pen, shape) for shape in _shapes(element))


def _shapes(element: Any) -> Iterator[Any]:
    import svgelements

    if element.values.get("visibility") in ("hidden", "collapse") or element.values.get("display") == "none":
        return
    if isinstance(element, svgelements.Shape):
        yield element
    elif isinstance(element, (svgelements.Group, svgelements.Use)):
        for child in element:
            yield from _shapes(child)


@dataclass(slots=True)
class _Pen:
    """Collects the points of one path, mm."""

    points: list[Points]

    def flush(self) -> Iterator[Points]:
        if self.points:
            points = np.concatenate(self.points)
            moved = np.concatenate([[True], np.abs(np.diff(points)) > 1e-9])
            yield points[moved]
        self.points = []


def _polylines(path: Any, scale: float) -> Iterator[Points]:
    """One polyline per sub-path, mm; a sub-path without length is one point."""
    import svgelements

    pen = _Pen([])
    for segment in path:
        if isinstance(segment, svgelements.Move):
            yield from pen.flush()
            pen.points = [np.array([complex(segment.end) * scale])]
        elif isinstance(segment, (svgelements.Line, svgelements.Close)):
            if segment.end is not None:
                pen.points.append(np.array([complex(segment.end) * scale]))
        else:
            curves = _cubics(segment) * scale
            if not np.abs(curves).max() < _LARGEST:  # also true of nan; sampling it would fill the memory
                raise FileError("a curve goes beyond all paper")
            pen.points.append(sample_curves(curves, TOLERANCE))
    yield from pen.flush()


def _cubics(segment: Any) -> Points:
    """(m, 4) cubic Bézier curves of one curved segment, in its own unit."""
    import svgelements

    if isinstance(segment, svgelements.CubicBezier):
        return np.array([[complex(p) for p in (segment.start, segment.control1, segment.control2, segment.end)]])
    if isinstance(segment, svgelements.QuadraticBezier):
        start, control, end = complex(segment.start), complex(segment.control), complex(segment.end)
        return np.array([[start, (start + 2 * control) / 3, (end + 2 * control) / 3, end]])
    if segment.rx == 0 or segment.ry == 0:
        start, end = complex(segment.start), complex(segment.end)
        return np.array([[start, start, end, end]])
    pieces = max(4, math.ceil(abs(float(segment.sweep)) / (math.pi / 8)))  # 22.5 degrees each: off by less than 1e-6 of the radius
    return np.concatenate([_cubics(curve) for curve in segment.as_cubic_curves(pieces)])
