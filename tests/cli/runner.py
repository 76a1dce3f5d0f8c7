"""The command line run in this process, as a shell would run it."""

from __future__ import annotations

import contextlib
import io
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from plotwriter.cli import main

__all__ = ["Result", "plotwriter"]


@dataclass(frozen=True, slots=True)
class Result:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


def plotwriter(*args: str | Path, stdin: bytes = b"") -> Result:
    """One command with a standard input that is no terminal."""
    out, err, given = io.StringIO(), io.StringIO(), io.TextIOWrapper(io.BytesIO(stdin), "utf-8")
    code: Any = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), patch.object(sys, "stdin", given):
        try:
            main([str(arg) for arg in args])
        except SystemExit as ended:
            code = ended.code
    assert isinstance(code, int)
    return Result(code, out.getvalue(), err.getvalue())
