"""One key at a time from the terminal, while something else runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["is_terminal", "key_pressed", "read_key", "single_keys"]

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


def key_pressed() -> str:
    """The key pressed since the last look; empty if none."""
    if not is_terminal():
        return ""
    if sys.platform == "win32":
        import msvcrt

        return msvcrt.getwch() if msvcrt.kbhit() else ""
    import select

    return sys.stdin.read(1) if select.select([sys.stdin], [], [], 0)[0] else ""


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
