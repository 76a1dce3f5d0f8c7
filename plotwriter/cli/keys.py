"""Keys from the terminal while something else runs, and questions that only keys pressed after them answer."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

__all__ = ["confirm", "is_terminal", "keys_pressed", "prompt", "read_key", "single_keys"]

_ARROWS = {"A": "up", "B": "down", "C": "right", "D": "left"}  # the last letter of what a terminal sends
_WINDOWS = {"H": "up", "P": "down", "M": "right", "K": "left"}


def is_terminal() -> bool:
    """Whether a person can be asked."""
    return bool(sys.stdin and sys.stdin.isatty())


@contextmanager
def single_keys() -> Iterator[None]:
    """Keys arrive without Enter and are not shown; Ctrl-C stays what it is."""
    if not is_terminal() or sys.platform == "win32":
        yield
        return
    import termios
    import tty

    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin.fileno())
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def keys_pressed() -> str:
    """Every key pressed since the last look."""
    if not is_terminal():
        return ""
    found = ""
    if sys.platform == "win32":
        import msvcrt

        while msvcrt.kbhit():
            found += msvcrt.getwch()
        return found
    import select

    while select.select([sys.stdin], [], [], 0)[0] and (more := os.read(sys.stdin.fileno(), 256)):
        found += more.decode("utf-8", "replace")
    return found


def confirm(question: str, *, abort: bool = False) -> bool:
    """Ask yes or no, yes by default.

    Raises:
        click.Abort: no, if that is to end it; or Ctrl-C
    """
    _forget_keys()
    return click.confirm(question, default=True, abort=abort, err=True)


def prompt(question: str, **options: Any) -> Any:
    """Ask for a value as `click.prompt` does."""
    _forget_keys()
    return click.prompt(question, err=True, **options)


def _forget_keys() -> None:
    """Keys pressed so far answer no question asked from now on: a machine would move, or draw on a sheet that is full."""
    if not is_terminal():
        return
    if sys.platform == "win32":
        keys_pressed()
        return
    import termios

    termios.tcflush(sys.stdin, termios.TCIFLUSH)


def read_key() -> str:
    """The next key, waited for: "up", "down", "left", "right", "enter", else its character; "q" when there is no terminal any more."""
    if sys.platform == "win32":
        import msvcrt

        key = msvcrt.getwch()
        if key in "\0\xe0":
            return _WINDOWS.get(msvcrt.getwch(), "")
        return "enter" if key == "\r" else key
    key = sys.stdin.read(1)
    if key == "\x1b" and sys.stdin.read(1) in "[O":
        return _ARROWS.get(sys.stdin.read(1), "")
    return {"\n": "enter", "\r": "enter", "": "q"}.get(key, key)
