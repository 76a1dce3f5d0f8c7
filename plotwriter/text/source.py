"""Where the text comes from: a UTF-8 file, or standard input for "-"."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from plotwriter.config import read_text
from plotwriter.errors import FileError

__all__ = ["MAX_CHARACTERS", "read_source"]

MAX_CHARACTERS = 1_000_000  # some 500 written pages; more is a wrong file, not a letter


def read_source(path: Path | str, stdin: BinaryIO) -> str:
    """The text of a file, or of `stdin` when the path is "-"; UTF-8, not yet normalised.

    Raises:
        FileError: missing, unreadable, not UTF-8, or longer than MAX_CHARACTERS
    """
    if str(path) == "-":
        try:
            text = stdin.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise FileError(
                f"standard input: not UTF-8 text (byte 0x{error.object[error.start]:02x} at {error.start}); convert it to UTF-8"
            ) from None
    else:
        text = read_text(Path(path))
    if len(text) > MAX_CHARACTERS:
        raise FileError(f"{path}: {len(text)} characters; at most {MAX_CHARACTERS} are written in one job, split the file")
    return text
