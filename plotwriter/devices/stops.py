"""Why a plot stops between two strokes: somebody pressed Ctrl-C once, or another pen is next."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from plotwriter.devices.device import Monitor

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["Stops", "first_ctrl_c"]


@contextmanager
def first_ctrl_c(ask: Callable[[], None]) -> Iterator[None]:
    """The first Ctrl-C asks, the next is what it was before: an end at once."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return

    def first(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        ask()

    signal.signal(signal.SIGINT, first)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class Stops(Monitor):
    """Stops before a stroke of another pen, and wherever it is asked to."""

    def __init__(self, pens: Sequence[int]) -> None:
        """Take the pen of every stroke; the first one's is in."""
        self._pens, self.pen, self.asked = pens, pens[0], False

    def ask(self) -> None:
        """Stop at the end of this stroke."""
        self.asked = True

    def pause_wanted(self, stroke: int) -> bool:
        """Whether to stop before this stroke."""
        return self.asked or self._pens[stroke] != self.pen
