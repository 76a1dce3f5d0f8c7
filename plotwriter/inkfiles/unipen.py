"""Ink in the UNIPEN form: coordinates pen by pen, and segments that say what some of them write.

    .SEGMENT WORD 0-2 OK "hello"      components 0 to 2 (a PEN_DOWN or PEN_UP each, in order)
    .PEN_DOWN                         followed by lines of coordinates, in the order that .COORD names

y is UP. Files that are named by .INCLUDE are not opened: a file from elsewhere does not say what is read here.
Source: Guyon et al. 1994, "UNIPEN project of on-line data exchange", format 1.0.
"""

from __future__ import annotations

import re

from plotwriter.inkfiles.sample import MAX_POINTS, MAX_TEXT, InkSample, Problem, strokes_from

__all__ = ["from_unipen"]

UNITS = ("WORD", "TEXT", "LINE", "SENTENCE", "CHARACTER", "PARAGRAPH")  # best first: what samples are cut by
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_SPAN = re.compile(r"(\d{1,7})(?::(\d{1,7}))?(?:-(\d{1,7})(?::(\d{1,7}))?)?\Z")


def from_unipen(text: str) -> list[InkSample]:
    """Samples by the best kind of segment there is; all ink as one sample where none is marked.

    Raises:
        Problem: coordinates that make no sense
    """
    x, y, writer = 0, 1, ""
    components = list[list[complex]]()
    down = list[bool]()
    segments = list[tuple[str, str, str]]()
    drawing, n_points = False, 0
    for number, line in enumerate(text.splitlines(), 1):
        word, _, rest = line.strip().partition(" ")
        word = word.upper()
        if word == ".COORD":
            names = rest.upper().split()
            if not {"X", "Y"} <= set(names):
                raise Problem(f"line {number}: .COORD without X and Y")
            x, y = names.index("X"), names.index("Y")
        elif word in (".PEN_DOWN", ".PEN_UP"):
            components.append([])
            down.append(word == ".PEN_DOWN")
            drawing = True
        elif word == ".SEGMENT":
            kind, span, *_ = [*rest.split(), "", ""]
            label = _QUOTED.search(rest)
            if label:
                segments.append((kind.upper(), span, re.sub(r"\\(.)", r"\1", label[1])[:MAX_TEXT]))
            drawing = False
        elif word in (".WRITER_ID", ".WRITER"):
            writer = rest.strip()[:200]
        elif word.startswith("."):
            drawing = drawing and word in (".DT", ".COMMENT")
        elif drawing and word and components:
            values = line.split()
            try:
                components[-1].append(complex(float(values[x]), -float(values[y])))
            except (ValueError, IndexError):
                raise Problem(f"line {number}: expected coordinates, got {line.strip()!r:.40}") from None
            n_points += 1
            if n_points > MAX_POINTS:
                raise Problem(f"more than {MAX_POINTS} points")
    if not any(part and is_down for part, is_down in zip(components, down, strict=True)):
        raise Problem("no strokes (a .PEN_DOWN and lines of coordinates)")
    best = next((unit for unit in UNITS if any(segment[0] == unit for segment in segments)), None)
    samples = []
    for unit, span, written in segments:
        if unit == best:
            rows = [components[k] for k in _indices(span, len(components)) if down[k]]
            samples.append(InkSample(written, strokes_from(rows), writer, f"segment {span}"[:60]))
    samples = [sample for sample in samples if sample.strokes and sample.text]
    every = strokes_from(part for part, is_down in zip(components, down, strict=True) if is_down)
    return samples or [InkSample("", every, writer, "all strokes")]


def _indices(span: str, n: int) -> list[int]:
    """Which components "0-2,5" means: 0, 1, 2 and 5; a part of a component (3:10-4:20) counts as all of it."""
    found = list[int]()
    for part in span.split(","):
        match = _SPAN.match(part)
        if match is None:
            raise Problem(f".SEGMENT: components {part!r:.40} are not like 0-2")
        first, last = int(match[1]), int(match[3] or match[1])
        found += range(min(first, n), min(last + 1, n))
    return found
