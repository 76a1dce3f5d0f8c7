"""A table and its templates to what every row says."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plotwriter.config import near_miss, read_text
from plotwriter.errors import ConfigError, FileError, TextError
from plotwriter.text import normalise

__all__ = ["Recipient", "read_table", "recipients"]

MOST_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Recipient:
    """A row and what it makes of the templates."""

    number: int  #: of the row, from 1
    name: str  #: for messages and file names
    letter: str
    envelope: str | None
    stream: int  #: what its seed comes from, besides that of the merge


def read_table(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file with a head line; commas, semicolons or tabs.

    Raises:
        FileError: unreadable, not UTF-8, no rows, or a row with more cells than columns
    """
    content = read_text(path)
    head = content.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.DictReader(io.StringIO(content, newline=""), delimiter=delimiter, restkey="", strict=True)
    rows: list[dict[str, str]] = []
    try:
        columns = [column.strip() for column in reader.fieldnames or ()]
        if len(set(columns)) < len(columns) or not all(columns):
            raise FileError(f"{path}: the head line has an empty or a repeated column: {', '.join(columns)}")
        for row in reader:
            if "" in row or None in row.values():
                raise FileError(f"{path}: line {reader.line_num} does not have {len(columns)} cells; put text with {delimiter!r} in quotes")
            if any(value.strip() for value in row.values()):
                rows.append({key.strip(): value.strip() for key, value in row.items()})
    except csv.Error as error:
        raise FileError(f"{path}: line {reader.line_num}: {error}") from None
    if not rows:
        raise FileError(f"{path}: has no rows; the first line names the columns, every further one is a recipient")
    if len(rows) > MOST_ROWS:
        raise FileError(f"{path}: {len(rows)} rows; at most {MOST_ROWS} are merged in one run")
    return rows


def recipients(letter: Path, rows: Sequence[Mapping[str, str]], envelope: Path | None = None) -> list[Recipient]:
    """What every row makes of the templates; all of them are rendered before anything is written.

    Raises:
        FileError: a template that cannot be read
        ConfigError: a template that is not Jinja2, or names a column that is not there
        TextError: a row whose text cannot be written
    """
    templates = [(path, _template(path, rows[0])) for path in (letter, envelope) if path is not None]
    found: list[Recipient] = []
    seen: Counter[str] = Counter()
    for number, row in enumerate(rows, 1):
        texts = [_rendered(path, template, row, number) for path, template in templates]
        said = "\0".join(texts)
        seen[said] += 1
        stream = int.from_bytes(hashlib.sha256(f"{seen[said]}\0{said}".encode()).digest()[:4], "big")
        name = re.sub(r"\W+", "-", next((value for value in row.values() if value), str(number))).strip("-").lower()[:40]
        found.append(Recipient(number, name or str(number), texts[0], texts[1] if envelope else None, stream))
    return found


def _template(path: Path, row: Mapping[str, str]) -> Any:
    import jinja2
    from jinja2 import meta, sandbox

    environment = sandbox.SandboxedEnvironment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False)
    try:
        source = read_text(path)
        used = meta.find_undeclared_variables(environment.parse(source))
        template = environment.from_string(source)
    except jinja2.TemplateSyntaxError as error:
        raise ConfigError(f"{path}: line {error.lineno}: {error.message}") from None
    if missing := sorted(used - row.keys()):
        raise ConfigError(f"{path}: there is no column {missing[0]!r}; {near_miss(missing[0], row)}")
    return template


def _rendered(path: Path, template: Any, row: Mapping[str, str], number: int) -> str:
    import jinja2

    try:
        return normalise(template.render(**row))
    except jinja2.TemplateError as error:
        raise ConfigError(f"{path}: row {number}: {error}") from None
    except TextError as error:
        raise TextError(f"{path}: row {number}: {error}") from None
