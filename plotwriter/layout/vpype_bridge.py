"""Ink to vpype and back: the only module that imports vpype, and only when called.

vpype counts in CSS pixels (1/96 in), y down, one layer per pen; it drops lines of one point, so dots travel as
micro-strokes. It has no place for tags on a line: spans ride in the document's metadata under the line's own
geometry, and a line that vpype has changed comes back with the span of the whole text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from plotwriter.config import near_miss
from plotwriter.errors import ConfigError, LayoutError
from plotwriter.ink import Ink, Page, Pen, Points, Stroke
from plotwriter.strokes import dots
from plotwriter.units import LENGTH

__all__ = ["HPGL_PLOTTER", "check_gwrite", "from_document", "pens_of", "to_document", "to_gwrite", "to_hpgl"]

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


def check_gwrite(profile: str) -> None:
    """Refuse a profile of vpype-gcode that is not there, before anything is written.

    Args:
        profile: of those bundled with it and of [gwrite.NAME] in ~/.vpype.toml

    Raises:
        ConfigError: no such profile; or vpype-gcode is not installed, with the extra that brings it
    """
    import vpype

    try:
        import vpype_gcode.gwrite  # noqa: F401  its import loads the bundled profiles
    except ImportError as error:
        raise ConfigError(f"--gwrite: vpype-gcode is not installed ({error}); pip install 'plotwriter[gwrite]'") from None
    known = [name for name, one in vpype.config_manager.config.get("gwrite", {}).items() if isinstance(one, dict)]
    if profile not in known:
        raise ConfigError(
            f"--gwrite: no profile is called {profile!r}; {near_miss(profile, known)}, or [gwrite.{profile}] in ~/.vpype.toml"
        )


def to_gwrite(ink: Ink, profile: str, name: str, pens: Mapping[int, Pen]) -> str:
    """A page as vpype-gcode's gwrite writes it.

    Args:
        ink: page frame
        profile: see `check_gwrite`
        name: of the file, for profiles that write it
        pens: whose names and colours profiles may write

    Raises:
        ConfigError: a profile that does not work
    """
    import tempfile
    from pathlib import Path

    import vpype
    import vpype_cli

    check_gwrite(profile)
    document = to_document(ink)
    for number, layer in document.layers.items():
        pen = pens.get(number, Pen())
        layer.set_property(vpype.METADATA_FIELD_NAME, pen.name or f"pen {number}")
        if pen.colour:
            layer.set_property(vpype.METADATA_FIELD_COLOR, vpype.Color(pen.colour))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        try:
            vpype_cli.execute(f"gwrite --profile {_quoted(profile)} {_quoted(str(path))}", document)
        except Exception as error:  # a profile's templates go wrong in as many ways as there are
            raise ConfigError(f"--gwrite {profile}: the profile does not work: {type(error).__name__}: {error}") from None
        return path.read_text(encoding="utf-8").replace(str(path), name)


def _quoted(word: str) -> str:
    import shlex

    return shlex.quote(word.replace("%", "%%"))  # vpype evaluates what stands between two of them


def pens_of(name: str) -> dict[int, Pen]:
    """The pens of a pen configuration of vpype: bundled, or [pen_config.NAME] in ~/.vpype.toml.

    Raises:
        ConfigError: no such configuration, or one that is damaged
    """
    import vpype

    known = vpype.config_manager.config.get("pen_config", {})
    if name not in known:
        raise ConfigError(f"--pens: no pens are called {name!r}; {near_miss(name, known)}, or [pen_config.{name}] in ~/.vpype.toml")
    found = {}
    try:
        for layer in known[name]["layers"]:
            colour = vpype.Color(layer["color"]).as_rgb_hex() if "color" in layer else None
            width = vpype.convert_length(layer["pen_width"]) * _MM if "pen_width" in layer else None
            found[int(layer["layer_id"])] = Pen(str(layer.get("name", "")), colour, width)
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"--pens {name}: [pen_config.{name}] is damaged ({type(error).__name__}: {error})") from None
    return found


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
