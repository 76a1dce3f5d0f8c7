r"""What was drawn, kept through every crash: one line a step, appended beside the job.

    jobs/20260314-101500-1f2e3d4c.json       the job itself, as it is plotted
    jobs/20260314-101500-1f2e3d4c.journal    {"job": sha256, "machine": ...}      once
                                             {"sent": [page, stroke]}             before a stroke's first byte goes out
                                             {"drawn": [page, stroke]}            once the board has confirmed it
                                             {"back": [page, stroke]}             plotting goes on there
                                             {"done": true}

1. "sent" is on the disk (fsync) before the byte is on the wire, so no stroke is drawn that the journal does not name.
2. "drawn" is handed to the system at once and is on the disk with the next "sent": fsync in mid-travel would starve a
   board that holds 20 ms. What a power cut can lose is the last "drawn": its stroke then counts as unsure.
3. A crash can only tear the last line; it is left out. A line that makes no sense before the last is an error.

    strokes    0 ... drawn-1 | drawn ... sent-1 | sent ...
               confirmed     | unsure           | not drawn
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from plotwriter.config import home, read_text
from plotwriter.errors import FileError
from plotwriter.exchange import from_json, to_json, write_atomically
from plotwriter.ink import Document

__all__ = ["Header", "JobState", "Journal", "clear", "hash_of", "jobs_folder", "load_job", "read_journal", "start_job", "unfinished"]

LONGEST = 50_000_000  # bytes; two lines a stroke, a million strokes
MOST = 10**7  # pages or strokes a journal may name


@dataclass(frozen=True, slots=True)
class Header:
    """What the journal is of."""

    job: str  #: sha256 of the job file, hexadecimal
    machine: str  #: the profile's name, or the path it was loaded from
    port: str = "auto"
    serial: str = ""  #: the port's serial number, where it has one: an EBB's is its nickname
    source: str = ""  #: what the person named: a file
    usb: str = ""  #: "VVVV:PPPP" of the port it was on: a board that comes back may be given another path


@dataclass(frozen=True, slots=True)
class JobState:
    """How far a job is."""

    path: Path  #: of the journal
    header: Header
    page: int  #: the page it is on, from 0
    drawn: int  #: strokes of that page confirmed drawn
    sent: int  #: strokes of that page that may be drawn; never less than `drawn`
    started: bool  #: whether any stroke was sent
    done: bool

    @property
    def job_path(self) -> Path:
        """The job's own file."""
        return self.path.with_suffix(".json")


def jobs_folder() -> Path:
    """Where unfinished jobs lie."""
    return home() / "jobs"


@dataclass
class Journal:
    """The journal of a running job, open for appending."""

    path: Path
    sync: Callable[[int], None] = os.fsync  #: makes what was written last
    _file: BinaryIO | None = field(default=None, repr=False)

    def write(self, record: dict[str, Any], *, durable: bool = True) -> None:
        """Append a line.

        Raises:
            FileError: the disk is full or gone
        """
        try:
            line = json.dumps(record, separators=(",", ":")).encode() + b"\n"
            if self.open().write(line) != len(line):  # a disk that fills up takes a part and says so the next time only
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            if durable:
                self.sync(self.open().fileno())
        except OSError as error:
            raise FileError(f"{self.path}: the journal cannot be written: {error.strerror or error}; free some space") from None

    def open(self) -> BinaryIO:
        """Take the job: no other plotwriter may plot it meanwhile.

        Raises:
            FileError: another one does
        """
        if self._file is None:
            _end_line(self.path)
            self._file = self.path.open("ab", buffering=0)
            _lock(self._file, self.path)
        return self._file

    def __enter__(self) -> Journal:
        """Keep it for a while."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give the file back."""
        self.close()

    def sending(self, page: int, stroke: int) -> None:
        """A stroke's first byte is about to go out."""
        self.write({"sent": [page, stroke]})

    def drawn(self, page: int, stroke: int) -> None:
        """The board has confirmed a stroke."""
        self.write({"drawn": [page, stroke]}, durable=False)

    def back(self, page: int, stroke: int) -> None:
        """Plotting goes on there."""
        self.write({"back": [page, stroke]})

    def close(self) -> None:
        """Give the file back; never raises."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None


def _end_line(path: Path) -> None:
    """End a torn last line, so that what is appended is not torn with it."""
    if path.exists() and (content := path.read_bytes()) and not content.endswith(b"\n"):
        keep = content.rfind(b"\n") + 1
        with path.open("r+b") as file:
            file.truncate(keep)


def _lock(file: BinaryIO, path: Path) -> None:
    try:
        import fcntl
    except ImportError:  # Windows: two plots of one job are not caught there
        return
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise FileError(f"{path}: this job is being plotted right now, by another plotwriter") from None


def start_job(document: Document, header_of: Callable[[str], Header], *, now: datetime, sync: Callable[[int], None] = os.fsync) -> Journal:
    """Keep a job and open its journal.

    Args:
        document: canonical
        header_of: makes the header from the job's sha256
        now: names the files
        sync: as `Journal.sync`

    Raises:
        FileError: the folder cannot be written
    """
    content = to_json(document).encode()
    sha = hashlib.sha256(content).hexdigest()
    folder = jobs_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"{folder}: cannot be made: {error.strerror or error}; the journal of the job belongs there") from None
    stem, n = f"{now:%Y%m%d-%H%M%S}-{sha[:8]}", 0
    while (path := folder / f"{stem}{f'-{n}' if n else ''}.journal").exists():
        n += 1
    write_atomically(path.with_suffix(".json"), content)
    journal = Journal(path, sync)
    try:
        journal.write(asdict(header_of(sha)))
    except BaseException:
        journal.close()
        raise
    return journal


def hash_of(path: Path) -> str:
    """The hash a journal would keep of a job file, however it is written.

    Raises:
        FileError: unreadable, or not a job
    """
    return hashlib.sha256(to_json(from_json(read_text(path), str(path))).encode()).hexdigest()


def clear(path: Path) -> None:
    """Forget a job: its journal and its copy."""
    for file in (path, path.with_suffix(".json")):
        with suppress(OSError):
            file.unlink()


def unfinished(unreadable: Callable[[FileError], None] = lambda error: None) -> list[JobState]:
    """Every job that is not done, the latest last.

    Args:
        unreadable: told of every journal that cannot be read, which is then left out
    """
    found = []
    for path in sorted(jobs_folder().glob("*.journal"), key=lambda path: path.name):
        try:
            state = read_journal(path)
        except FileError as error:
            unreadable(error)
            continue
        if not state.done:
            found.append(state)
    return found


def load_job(state: JobState) -> Document:
    """The job of a journal, checked against its hash.

    Raises:
        FileError: gone, changed, or not a job; or the journal names strokes it does not have
    """
    content = read_text(state.job_path)
    if hashlib.sha256(content.encode()).hexdigest() != state.header.job:
        raise FileError(f"{state.job_path}: is not the job that was plotted (its hash differs); plot it anew")
    document = from_json(content, str(state.job_path))
    n_pages = len(document.pages)
    if state.page >= n_pages or state.sent > len(document.pages[state.page].strokes):
        raise FileError(f"{state.path}: names stroke {state.sent} of page {state.page + 1}; the job has no such stroke")
    return document


def read_journal(path: Path) -> JobState:
    """How far a job is.

    Raises:
        FileError: unreadable, or a line that makes no sense
    """
    try:
        if path.stat().st_size > LONGEST:
            raise FileError(f"{path}: is too long for a journal ({path.stat().st_size} bytes)")
        content = path.read_bytes()
    except OSError as error:
        raise FileError(f"{path}: cannot be read: {error.strerror or error}") from None
    lines = content.rstrip(b"\0").split(b"\n")  # a power cut may leave zeros where the last lines were to be
    records = [_record(line, i, path) for i, line in enumerate(lines[:-1], 1)]
    if not records:
        raise FileError(f"{path}: holds no whole line; nothing was drawn yet, plot the job anew")
    header = _header(records[0], path)
    page = drawn = sent = 0
    started = done = False
    for i, record in enumerate(records[1:], 2):
        match record:
            case {"done": True, **rest} if not rest:
                done = True
            case {"sent": [int(p), int(s)], **rest} if not rest and _in(p, s) and (p, s) >= (page, drawn):
                page, drawn, sent, started = p, drawn if p == page else s, s + 1, True
            case {"drawn": [int(p), int(s)], **rest} if not rest and _in(p, s) and p == page and s < sent:
                drawn = max(drawn, s + 1)
            case {"back": [int(p), int(s)], **rest} if not rest and _in(p, s):
                page, drawn, sent = p, s, s
            case _:
                raise FileError(f"{path}: line {i}: got {_short(record)}; this journal was changed or mixed up, plot the job anew")
    return JobState(path, header, page, drawn, sent, started, done)


def _in(page: int, stroke: int) -> bool:
    return not isinstance(page, bool) and not isinstance(stroke, bool) and 0 <= page < MOST and 0 <= stroke < MOST


def _short(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."


def _record(line: bytes, number: int, path: Path) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise FileError(f"{path}: line {number}: got {_short(line)}; expected a JSON object, the journal is damaged, plot the job anew")
    return record


def _header(record: dict[str, Any], path: Path) -> Header:
    names, later = {"job", "machine", "port", "serial", "source"}, {"usb"}
    if names <= set(record) and (unknown := set(record) - names - later):
        raise FileError(f"{path}: line 1: {_short(sorted(unknown)[0])} is not known here; another version of plotwriter began the job")
    if not names <= set(record) or not all(isinstance(value, str) for value in record.values()):
        raise FileError(f"{path}: line 1: got {_short(record)}; expected the strings {', '.join(sorted(names))}, plot the job anew")
    if len(record["job"]) != 64 or set(record["job"]) - set("0123456789abcdef"):
        raise FileError(f"{path}: line 1: {record['job'][:70]!r} is no sha256; plot the job anew")
    return Header(**record)
