r"""Light Markdown to plain text and the shape of its paragraphs.

    # Title   ## Part            headings              {date} 3 May 2026       flush right
    - item    * item             bullets               {signature} Yours, Ada  right half of the sheet
    1. item                      numbers               {right} {center}        one paragraph set so
    two spaces or \ at the end of a line: the line ends there; other single newlines are spaces
    a tab a tab b        | a | b |     a row of a table, which is a line of its own

What marks a paragraph does not stay in the text, but the dash or number of an item does: it is written. `\` before a
mark takes its meaning away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from plotwriter.text.paragraphs import PLAIN, Kind, Shape

__all__ = ["from_markdown"]

_HEADING = re.compile(r"(#{1,3})\s+(.*?)\s*#*\s*$")
_ITEM = re.compile(r"(\s*)(?:([-*+•])|(\d{1,3})[.)])\s+(.*)$")
_BLOCK = re.compile(r"\{(date|signature|right|center)\}\s*(.*)$")
_BREAK = re.compile(r"(?: {2,}|\\)$")
_ESCAPED = re.compile(r"\\([#*+\-{\\])")
_EMPHASIS = re.compile(r"(\*\*|__|\*|_)(?=\S)(.+?)(?<=\S)\1")
_TABLE_ROW = re.compile(r"\s*\|(.+)\|\s*$")
_TABLE_RULE = re.compile(r"\s*\|[\s:|-]+\|\s*$")
_NESTED = 2  # spaces before an item for one level more


def from_markdown(text: str) -> tuple[str, dict[int, Shape]]:
    r"""Plain text, and the shape of each paragraph that is not plain, by the number of its first line from 0.

    Args:
        text: normalised

    >>> from_markdown("# Hi\nDear\nAda\n- one")
    ('Hi\n\nDear Ada\n\n- one', {0: Shape(kind='heading', level=1), 4: Shape(kind='bullet', level=0)})
    """
    lines: list[str] = []
    shapes: dict[int, Shape] = {}
    for shape, content in _blocks(text.split("\n")):
        if lines:
            lines.append("")
        if shape != PLAIN:
            shapes[len(lines)] = shape
        lines += content
    return "\n".join(lines), shapes


def _blocks(rows: list[str]) -> Iterator[tuple[Shape, list[str]]]:
    shape, content = PLAIN, [""]
    for row in rows:
        if _TABLE_RULE.match(row):
            continue
        if table := _TABLE_ROW.match(row):
            row = "\t".join(cell.strip() for cell in table[1].split("|") if cell.strip())
        begun = _begun(row)
        if (begun or not row.strip()) and any(line.strip() for line in content):
            yield shape, content
            shape, content = PLAIN, [""]
        if begun:
            shape, row = begun
        ends = _BREAK.search(row) or "\t" in row
        if "\t" in row and content[-1]:
            content.append("")
        content[-1] = f"{content[-1]} {_bare(_BREAK.sub('', row).strip())}".strip()
        if ends and row.strip():
            content.append("")
        if shape.kind == "heading":
            yield shape, content
            shape, content = PLAIN, [""]
        content = content if any(line.strip() for line in content) else [""]
    if any(line.strip() for line in content):
        yield shape, [line for line in content if line]


def _begun(row: str) -> tuple[Shape, str] | None:
    """The paragraph that a line begins, and what is left of the line."""
    if match := _HEADING.match(row):
        return Shape("heading", len(match[1])), match[2]
    if match := _ITEM.match(row):
        kind: Kind = "bullet" if match[2] else "numbered"
        return Shape(kind, len(match[1]) // _NESTED), f"{'-' if match[2] else f'{match[3]}.'} {match[4]}"
    if match := _BLOCK.match(row):
        return Shape(match[1]), match[2]  # type: ignore[arg-type]
    return None


def _bare(line: str) -> str:
    """Without emphasis, which a hand does not have, and without the backslashes of what is meant as it stands."""
    previous = ""
    while previous != line:
        previous, line = line, _EMPHASIS.sub(r"\2", line)
    return _ESCAPED.sub(r"\1", line)
