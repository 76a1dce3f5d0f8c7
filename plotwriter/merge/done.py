"""Which sheets of a merge are plotted: a list that a crash cannot take back."""

from __future__ import annotations

import json
import os
from pathlib import Path

from plotwriter.config import read_text
from plotwriter.errors import FileError
from plotwriter.merge.sheets import Part

__all__ = ["DoneList"]


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
