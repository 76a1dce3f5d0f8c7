"""One letter and one envelope for every row of a table.

    letter.md + people.csv --recipients--> texts, all checked --compose_many, a batch at a time--> jobs on disk --> done list

A row's ink depends on the seed of the merge and on what the row's text says, so that rows may be added, left out or
sorted without another letter changing. Memory holds one batch.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from plotwriter import exchange
from plotwriter.config import near_miss, read_text
from plotwriter.errors import ConfigError, FileError, LayoutError, TextError
from plotwriter.ink import Document, Ink, Stroke
from plotwriter.letter import Hand, Letter, compose_many
from plotwriter.text import normalise

__all__ = ["DoneList", "Part", "Recipient", "read_table", "recipients", "signed", "write_parts"]

BATCH_WORDS = 512  # sampled together; what a batch holds does not grow with the table
MOST_ROWS = 100_000
_SIGNATURE_TURN, _SIGNATURE_SCALE, _SIGNATURE_SHIFT = 2.0, 0.04, 1.0  # degrees, share, mm: how far two signatures of one hand differ
_STREAM = 0x7369676E


@dataclass(frozen=True, slots=True)
class Recipient:
    """A row and what it makes of the templates."""

    number: int  #: of the row, from 1
    name: str  #: for messages and file names
    letter: str
    envelope: str | None
    stream: int  #: what its ink draws from, besides the seed


@dataclass(frozen=True, slots=True)
class Part:
    """A sheet to be plotted for a recipient."""

    recipient: Recipient
    kind: str  #: "letter" or "envelope"
    path: Path  #: of the job
    key: str  #: in the done list


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


class DoneList:
    """Which sheets are plotted or skipped: a line each, on disk before the next one begins."""

    def __init__(self, path: Path) -> None:
        """Read what there is; a line cut off by a crash is passed over."""
        self.path = path
        self.states: dict[str, str] = {}
        if path.exists():
            for line in read_text(path).splitlines():
                try:
                    entry = json.loads(line)
                    self.states[str(entry["key"])] = str(entry["state"])
                except (ValueError, KeyError, TypeError):
                    continue

    def mark(self, part: Part, state: str) -> None:
        """Note a sheet as "plotted", "skipped" or, to plot it again, "open"."""
        line = json.dumps({"key": part.key, "row": part.recipient.number, "name": part.recipient.name, "kind": part.kind, "state": state})
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(("\n" if self._cut() else "") + line + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise FileError(f"{self.path}: cannot be written: {error.strerror or error}") from None
        self.states[part.key] = state

    def done(self, part: Part) -> bool:
        """Whether it needs no plotting any more."""
        return self.states.get(part.key) in ("plotted", "skipped")

    def _cut(self) -> bool:
        """Whether the last line was cut off."""
        content = self.path.read_bytes() if self.path.exists() else b""
        return bool(content) and not content.endswith(b"\n")


def write_parts(
    found: Sequence[Recipient], folder: Path, letters: Hand, envelopes: Hand, *, seed: int, recipe: str, signature: Ink | None = None
) -> Iterator[tuple[list[Part], list[Letter]]]:
    """Jobs of all recipients, written to files a batch at a time; what is there already is left as it is.

    Args:
        found: the recipients
        folder: for the jobs
        letters: who writes the letters
        envelopes: who writes the envelopes
        seed: of the merge
        recipe: all that decides the ink besides the texts; part of the files' names
        signature: line frame, mm; set below the last line of every letter

    Yields:
        the parts of a batch and the letters newly written among them

    Raises:
        SampleError, LayoutError, FileError
    """
    for batch in _batches(found):
        parts: list[Part] = []
        fresh: list[Letter] = []
        for kind, hand in (("letter", letters), ("envelope", envelopes)):
            own = [_part(one, kind, folder, recipe) for one in batch if kind == "letter" or one.envelope is not None]
            missing = [part for part in own if not part.path.exists()]
            texts = [part.recipient.letter if kind == "letter" else part.recipient.envelope or "" for part in missing]
            written = compose_many(texts, hand, seed=seed, streams=[part.recipient.stream for part in missing]) if missing else []
            for part, letter in zip(missing, written, strict=True):
                if signature is not None and kind == "letter":
                    rng = np.random.default_rng(np.random.SeedSequence((seed, part.recipient.stream, _STREAM)))
                    letter = replace(letter, document=signed(letter.document, signature, rng, bottom=hand.sheet.margins[2]))
                exchange.write_atomically(part.path, exchange.to_json(letter.document).encode())
                fresh.append(letter)
            parts += own
        yield sorted(parts, key=lambda part: (part.recipient.number, part.kind != "letter")), fresh


def _batches(found: Iterable[Recipient]) -> Iterator[list[Recipient]]:
    batch: list[Recipient] = []
    n_words = 0
    for one in found:
        batch.append(one)
        n_words += len(one.letter.split())
        if n_words >= BATCH_WORDS:
            yield batch
            batch, n_words = [], 0
    if batch:
        yield batch


def _part(one: Recipient, kind: str, folder: Path, recipe: str) -> Part:
    text = one.letter if kind == "letter" else one.envelope
    tag = hashlib.sha256(f"{recipe}\0{one.stream}\0{text}".encode()).hexdigest()[:8]
    return Part(one, kind, folder / f"{one.number:04d}-{one.name}-{kind}-{tag}.json", f"{kind}-{tag}")


def signed(document: Document, signature: Ink, rng: np.random.Generator, *, bottom: float) -> Document:
    """A letter with a signature below its last line, from the middle of the sheet, never twice quite the same.

    Args:
        document: page frame
        signature: its strokes, mm; its lower left corner goes to its place
        rng: turns it by up to 2 degrees, scales it by up to 4 %, shifts it by up to 1 mm
        bottom: margin that is kept free, mm

    Raises:
        LayoutError: there is no room below the last line
    """
    page = document.pages[-1]
    assert page.page is not None  # a document's pages have one
    left, top, _, low = signature.bounds()
    turn = np.exp(1j * np.radians(rng.uniform(-1, 1) * _SIGNATURE_TURN)) * (1 + rng.uniform(-1, 1) * _SIGNATURE_SCALE)
    shift = _SIGNATURE_SHIFT * complex(*rng.uniform(-1, 1, 2))
    height = (low - top) * (1 + _SIGNATURE_SCALE)
    foot = page.bounds()[3] + height + 2 * _SIGNATURE_SHIFT
    if foot > page.page.height - bottom:
        raise LayoutError(
            f"the signature needs {foot - (page.page.height - bottom):.1f} mm more below the last line; make it smaller, or leave more room"
        )
    origin, end = page.page.width / 2 + 1j * foot + shift, len(document.text)
    strokes = (Stroke((stroke.points - (left + 1j * low)) * turn + origin, (end, end), stroke.pen) for stroke in signature.strokes)
    pages = (*document.pages[:-1], replace(page, strokes=(*page.strokes, *strokes)))
    return exchange.canonical(replace(document, pages=pages))
