"""A clock that jumps instead of waiting."""

from __future__ import annotations

__all__ = ["VirtualClock"]


class VirtualClock:
    """Time is what the simulation says it is."""

    def __init__(self) -> None:
        """Start at 0 s."""
        self._now = 0.0

    def now(self) -> float:
        """Virtual seconds."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Jump ahead."""
        self.advance_to(self._now + seconds)

    def advance_to(self, moment: float) -> None:
        """Jump to a moment; never back."""
        self._now = max(self._now, moment)
