"""A file of ink, whatever its form, to samples.

    content -> gzip? -> JSON | JSON lines | XML (InkML, IAM-OnDB, Xournal++) | SVG | UNIPEN -> samples -> text from beside

The form is seen from the content, not believed from the name. Text that a form does not hold stands in a file
of the same name beside it, `page.xopp` and `page.txt`, a line for every line of writing.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from plotwriter.errors import FileError
from plotwriter.inkfiles import json_forms, unipen, xml_forms
from plotwriter.inkfiles.safe import read_bytes, text_of, xml_tree
from plotwriter.inkfiles.sample import MAX_TEXT, InkSample, Problem, strokes_from
from plotwriter.layout.svg_file import read_svg

__all__ = ["SUFFIXES", "read_ink"]

SUFFIXES = (".json", ".jsonl", ".jsonl.gz", ".inkml", ".xml", ".xopp", ".svg", ".unp", ".dat")
MAX_SAMPLES = 200_000


def read_ink(path: Path, text: str | None = None) -> list[InkSample]:
    """Samples of a file.

    Args:
        path: of any of the forms
        text: what is written, for files that do not say, a line for every line of writing. None: the file beside it

    Raises:
        FileError: unreadable, too large, of no known form, damaged, or empty
    """
    try:
        samples = _read(path)
        if len(samples) > MAX_SAMPLES:
            raise Problem(f"{len(samples)} samples; at most {MAX_SAMPLES} are read")
        return _labelled(samples, path, text)
    except Problem as problem:
        raise FileError(f"{path}: {problem}") from None


def _read(path: Path) -> list[InkSample]:
    content = read_bytes(path)
    head = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head:
        raise Problem("empty")
    if head[:1] == b"<":
        root = xml_tree(content)
        if root.tag == "svg":
            return _svg(path)
        return xml_forms.from_xml(root)
    if head[:1] == b"[" or (head[:1] == b"{" and not re.match(rb"[^\n]*\}\s*\n\s*\{", content.lstrip())):
        return json_forms.json_file(text_of(content))
    if head[:1] == b"{":
        return list(json_forms.json_lines(text_of(content)))
    if re.search(rb"^\s*\.(VERSION|COORD|PEN_DOWN|INCLUDE|SEGMENT|HIERARCHY)", content, re.MULTILINE | re.IGNORECASE):
        return unipen.from_unipen(content.decode("latin-1"))
    raise Problem(f"ink of no known form; known are {' '.join(SUFFIXES)} (JSON, JSON lines, InkML, IAM-OnDB, Xournal++, SVG, UNIPEN)")


def _svg(path: Path) -> list[InkSample]:
    try:
        pages = read_svg(path)
    except FileError as error:
        raise Problem(str(error).removeprefix(f"{path}: ")) from None
    return [InkSample(page.text, strokes_from(stroke.points.tolist() for stroke in page.strokes), "", "drawing") for page in pages]


def _labelled(samples: list[InkSample], path: Path, text: str | None) -> list[InkSample]:
    """Samples with their text; pages share the lines of a given text out evenly where there are form feeds, else one page has them."""
    silent = [k for k, sample in enumerate(samples) if not sample.text.strip()]
    if not silent:
        return samples
    if text is None:
        text = _beside(path)
    pages = [page.strip("\n") for page in text.split("\f")]
    if len(pages) != len(silent):
        raise Problem(f"text for {len(pages)} pages, ink on {len(silent)}; put a form feed between the texts of pages")
    labelled = list(samples)
    for k, page in zip(silent, pages, strict=True):
        labelled[k] = replace(labelled[k], text=page)
    return labelled


def _beside(path: Path) -> str:
    stem = path.name.removesuffix(".gz").rpartition(".")[0] or path.name
    beside = path.with_name(f"{stem}.txt")
    try:
        text = text_of(read_bytes(beside)) if beside != path else ""
    except Problem as problem:
        raise Problem(f"does not say what is written, and {beside.name} beside it: {problem}; give the text with --text") from None
    if not text.strip() or len(text) > MAX_TEXT:
        raise Problem(f"does not say what is written, and {beside.name} beside it holds {len(text)} characters (1 to {MAX_TEXT} allowed)")
    return text
