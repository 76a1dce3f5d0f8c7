"""One key at a time from the terminal, while something else runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["is_terminal", "key_pressed", "single_keys"]


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
