"""The card inside a weights file, read without torch: who it is, before it is loaded.

A safetensors file begins with the header's length (8 bytes, little-endian) and the header as JSON;
its `__metadata__` holds our `format`, `config` and `card`.
Source: safetensors format description, "Format".
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from plotwriter.errors import FileError

__all__ = ["CURSIVE", "GPT", "LSTM", "READER", "SAMPLERS", "digest", "read_card", "read_metadata"]

GPT, READER = "plotwriter-arc-gpt-2", "plotwriter-arc-reader-1"  # what a file of weights calls itself
LSTM, CURSIVE = "plotwriter-lstm-1", "plotwriter-cursive-1"
SAMPLERS = GPT, LSTM, CURSIVE  #: whose cards list styles
MAX_BYTES = 64 * 2**20  # a net of ours is a few MB; more is not one of ours
MAX_HEADER = 4 * 2**20


def read_metadata(path: Path, *kinds: str) -> dict[str, str]:
    """The metadata of a weights file of ours.

    Args:
        path: the file
        kinds: the formats it may have; none given: those of samplers

    Raises:
        FileError: missing, too large, not safetensors, or of another format
    """
    try:
        if not path.is_file():
            raise FileError(f"{path}: no such weights file; run 'plotwriter styles' to see the styles that are installed")
        if path.stat().st_size > MAX_BYTES:
            raise FileError(f"{path}: {path.stat().st_size} bytes; weights of ours have at most {MAX_BYTES}")
        with path.open("rb") as file:
            n = int.from_bytes(file.read(8), "little")
            if not 2 <= n <= MAX_HEADER:
                raise ValueError(f"header of {n} bytes")
            metadata = json.loads(file.read(n).decode())["__metadata__"]
            if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
                raise ValueError("metadata is not a table of texts")
    except OSError as error:
        raise FileError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FileError(f"{path}: not a weights file, or a damaged one ({error}); reinstall plotwriter or train the style again") from None
    kinds = kinds or SAMPLERS
    if metadata.get("format") not in kinds:
        allowed = " or ".join(map(repr, kinds))
        raise FileError(
            f"{path}: holds {metadata.get('format', 'foreign weights')!r}, not {allowed}; it belongs to another program or version"
        )
    return metadata


def read_card(path: Path, *kinds: str) -> dict[str, Any]:
    """The card alone; no tensor is read.

    Args:
        path: the file
        kinds: see `read_metadata`

    Raises:
        FileError: not a weights file of ours
    """
    try:
        card = json.loads(read_metadata(path, *kinds)["card"])
    except (KeyError, ValueError, RecursionError) as error:
        raise FileError(f"{path}: the card inside is damaged ({error})") from None
    if not isinstance(card, dict):
        raise FileError(f"{path}: the card inside is not a table")
    return card


def digest(path: Path) -> str:
    """First 12 hex digits of the file's SHA-256: what an output file says it was written with."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
