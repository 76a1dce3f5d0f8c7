"""Bytes of strangers: size-limited, inflated no further than a limit, XML without entities, JSON without depths.

Limits are far above any page of handwriting; what is beyond is a mistake or an attack, and is refused.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any, NoReturn
from xml.etree import ElementTree
from xml.parsers import expat

from plotwriter.inkfiles.sample import Problem

__all__ = ["MAX_BYTES", "json_value", "read_bytes", "text_of", "xml_tree"]

MAX_BYTES = 64 * 2**20  # of a file, and of what it inflates to
MAX_DEPTH = 40  # of XML and JSON; InkML of trace groups in trace groups stays below 10
MAX_ELEMENTS = 2_000_000


def read_bytes(path: Path) -> bytes:
    """A file's content, inflated if it is gzip.

    Raises:
        Problem: unreadable, too large, or damaged gzip
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise Problem("no such file") from None
    except OSError as error:
        raise Problem(f"cannot be read: {error.strerror or error}") from None
    if len(content) > MAX_BYTES:
        raise Problem(f"more than {MAX_BYTES // 2**20} MiB")
    return _inflated(content) if content[:2] == b"\x1f\x8b" else content


def _inflated(content: bytes) -> bytes:
    """Gzip of one or several members."""
    parts, total = list[bytes](), 0
    while content:
        member = zlib.decompressobj(wbits=31)
        try:
            part = member.decompress(content, MAX_BYTES + 1 - total)
        except zlib.error as error:
            raise Problem(f"damaged gzip: {error}") from None
        total += len(part)
        if total > MAX_BYTES:
            raise Problem(f"inflates to more than {MAX_BYTES // 2**20} MiB")
        if not member.eof:
            raise Problem("gzip that is cut off")
        parts.append(part)
        content = member.unused_data
    return b"".join(parts)


def text_of(content: bytes) -> str:
    """UTF-8 as text.

    Raises:
        Problem: not UTF-8
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Problem(f"not UTF-8 text (byte 0x{content[error.start]:02x} at {error.start})") from None


def json_value(text: str) -> Any:
    """One JSON value.

    Raises:
        Problem: not JSON, or too deep
    """
    try:
        value = json.loads(text, parse_constant=_not_finite)
    except (ValueError, RecursionError) as error:
        raise Problem(f"not valid JSON: {' '.join(str(error).split())[:120]}") from None
    level, depth = [value], 0
    while level:  # breadth first: no recursion on a stranger's depth
        depth += 1
        if depth > MAX_DEPTH:
            raise Problem(f"JSON nested deeper than {MAX_DEPTH}")
        level = [
            inner
            for outer in level
            if isinstance(outer, list | dict)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, list | dict)
        ]
    return value


def _not_finite(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def xml_tree(content: bytes) -> ElementTree.Element:
    """The root of an XML file; namespaces are dropped.

    Raises:
        Problem: not XML, with entities (they can swell and read files), too deep or too large
    """
    builder = ElementTree.TreeBuilder()
    parser = expat.ParserCreate()
    depth = n = 0

    def doctype(_: str, __: str | None, ___: str | None, has_subset: int) -> None:
        if has_subset:  # a mere name of a DTD, which is never fetched, does no harm
            raise Problem("declares entities in its DOCTYPE, which are not read; remove them")

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, n
        depth, n = depth + 1, n + 1
        if depth > MAX_DEPTH or n > MAX_ELEMENTS:
            raise Problem(f"XML nested deeper than {MAX_DEPTH} or of more than {MAX_ELEMENTS} elements")
        builder.start(name.rpartition(":")[2], attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(name.rpartition(":")[2])

    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, builder.data
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise error if isinstance(error, Problem) else Problem(f"not valid XML: {error}") from None
    return builder.close()
