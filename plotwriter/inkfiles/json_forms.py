"""Ink as JSON: our lines, a capture, and the Cursive Transformer's collector."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from plotwriter.inkfiles.safe import json_value
from plotwriter.inkfiles.sample import MAX_TEXT, Guide, InkSample, Problem, strokes_from

__all__ = ["CAPTURE", "capture", "collector", "json_file", "json_lines"]

CAPTURE = "plotwriter_capture"  #: key by which a capture is known; its value is the version of the form
VERSION = 1


def json_lines(text: str) -> Iterator[InkSample]:
    """`{"text": ..., "strokes": [[[x, y], ...], ...], "writer": ...}`, one a line."""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        place = f"line {number}"
        try:
            row = _table(json_value(line))
            yield InkSample(_text(row), _strokes(row.get("strokes")), str(row.get("writer", ""))[:200], place)
        except Problem as problem:
            raise Problem(f"{place}: {problem}") from None


def json_file(text: str) -> list[InkSample]:
    """One JSON value of any of the forms."""
    value = json_value(text)
    if isinstance(value, dict) and CAPTURE in value:
        return capture(value)
    if isinstance(value, dict) and "strokes" in value:
        return list(json_lines(text.replace("\n", " ")))
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return collector(value) if "metadata" in value[0] else _rows(value)
    raise Problem("no ink of a known form: a capture, a list of samples, or lines of them")


def _rows(value: list[Any]) -> list[InkSample]:
    rows = []
    for number, row in enumerate(value, 1):
        try:
            rows.append(InkSample(_text(_table(row)), _strokes(row.get("strokes")), str(row.get("writer", ""))[:200], f"sample {number}"))
        except Problem as problem:
            raise Problem(f"sample {number}: {problem}") from None
    return rows


def capture(value: dict[str, Any]) -> list[InkSample]:
    """What our capture page saves: a guide, and words of strokes of [x, y, ms, pressure]; a word skipped is not there."""
    if value[CAPTURE] != VERSION:
        raise Problem(f"a capture of form {value[CAPTURE]!r}; this version reads {VERSION}")
    lines = _table(value.get("guide"))
    guide = Guide(_number(lines.get("baseline")), _number(lines.get("x_height")))
    if guide.x_height <= 0:
        raise Problem(f"guide: x_height is {guide.x_height:g}, must be above 0")
    samples = []
    for number, row in enumerate(_list(value.get("samples")), 1):
        try:
            samples.append(
                InkSample(_text(_table(row)), _strokes(row.get("strokes")), str(value.get("name", ""))[:200], f"word {number}", guide)
            )
        except Problem as problem:
            raise Problem(f"sample {number}: {problem}") from None
    return samples


def collector(value: list[Any]) -> list[InkSample]:
    """The Cursive Transformer's collect.html: points [x / width, y / height, pen], pen 0 on the last of a stroke.

    Source: greydanus/cursivetransformer, collect.html, `generateEntry`.
    """
    samples = []
    for number, row in enumerate(value, 1):
        try:
            about = _table(_table(row).get("metadata"))
            aspect = _number(about.get("aspectRatio", 1))
            if not 0 < aspect < 1000:
                raise Problem(f"aspectRatio is {aspect:g}")
            strokes, stroke = [], list[complex]()
            for point in _list(row.get("points")):
                x, y, pen = (_number(part) for part in _list(point, 3))
                stroke.append(complex(1000 * x * aspect, 1000 * y))
                if pen == 0:
                    strokes.append(stroke)
                    stroke = []
            strokes.append(stroke)
            text = _text({"text": about.get("asciiSequence")})
            samples.append(InkSample(text, _some(strokes), str(about.get("author", ""))[:200], f"sample {number}"))
        except Problem as problem:
            raise Problem(f"sample {number}: {problem}") from None
    return samples


def _table(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Problem(f"expected a JSON object, got {_short(value)}")
    return value


def _list(value: Any, n: int | None = None) -> list[Any]:
    if not isinstance(value, list) or (n is not None and len(value) != n):
        raise Problem(f"expected a list{f' of {n}' if n else ''}, got {_short(value)}")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Problem(f"expected a number, got {_short(value)}")
    try:
        return float(value)
    except OverflowError:
        raise Problem("a number beyond all limits") from None


def _text(row: dict[str, Any]) -> str:
    text = row.get("text")
    if not isinstance(text, str) or len(text) > MAX_TEXT:
        raise Problem(f"text: expected at most {MAX_TEXT} characters, got {_short(text)}")
    return text


def _strokes(value: Any) -> Any:
    rows = []
    for stroke in _list(value):
        row = []
        for point in _list(stroke):
            if not isinstance(point, list) or not 2 <= len(point) <= 6:
                raise Problem(f"expected a point [x, y, ...], got {_short(point)}")
            row.append(complex(_number(point[0]), _number(point[1])))
        rows.append(row)
    return _some(rows)


def _some(rows: list[list[complex]]) -> Any:
    strokes = strokes_from(rows)
    if not strokes:
        raise Problem("no strokes")
    return strokes


def _short(value: Any) -> str:
    return repr(value)[:40]
