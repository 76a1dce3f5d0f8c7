"""A hobby servo that lifts a pen: it takes its time, and the paper is met shortly before the end."""

from __future__ import annotations

__all__ = ["Servo"]


class Servo:
    r"""Position in the board's own unit (pulse or S value), moving at a finite rate.

    up   ____                  ____
             \              /
    paper  ---\------------/------     touches: 10 % of the way from down to up
    down       \__________/
    """

    def __init__(self, *, up: float, down: float) -> None:
        """A pen at rest, up.

        Args:
            up: position at which the pen is up
            down: position at which it presses on the paper
        """
        self._touch = down + 0.1 * (up - down)
        self._sign = 1.0 if up > down else -1.0
        self._moves: list[tuple[float, float, float, float, float]] = [(0.0, 0.0, up, up, float("inf"))]  # begin, end, from, to, rate
        self._contacts: list[list[float]] = []  # [begin, end] of touching the paper; the last end may be infinite

    def at(self, t: float) -> float:
        """Position at a moment not before the last command."""
        begin, end, a, b, _ = self._moves[-1]
        return b if t >= end else a + (b - a) * max(t - begin, 0.0) / (end - begin)

    def go(self, t: float, target: float, rate: float) -> float:
        """Move from moment t at `rate` units a second (infinite: at once); the moment of arrival."""
        here = self.at(t)
        end = t + abs(target - here) / rate
        was, will = self._below(here), self._below(target)
        if was and not will:
            self._contacts[-1][1] = t + abs(self._touch - here) / rate
        elif will and not was:
            self._contacts.append([t + abs(self._touch - here) / rate, float("inf")])
        elif will and was:
            self._contacts[-1][1] = float("inf")  # on its way up it turned back, and never left
        elif self._contacts and self._contacts[-1][0] > t and not will:
            self._contacts.pop()  # turned back before the paper
        self._moves.append((t, end, here, target, rate))
        return end

    def forget_after(self, t: float) -> list[tuple[float, float, float]]:
        """Take back the moves that have not begun at a moment: when, whereto and at what rate each would have gone."""
        kept = [move for move in self._moves if move[0] <= t]
        taken = [(begin, target, rate) for begin, _, _, target, rate in self._moves[len(kept) :]]
        if taken:
            self._moves, self._contacts = kept[:1], []
            for begin, _, _, target, rate in kept[1:]:
                self.go(begin, target, rate)
        return taken

    def _below(self, position: float) -> bool:
        return self._sign * (position - self._touch) <= 0

    def down_at(self, t: float) -> bool:
        """Whether the pen touches the paper at a moment."""
        return any(begin <= t < end for begin, end in self._contacts[-2:])

    @property
    def contacts(self) -> list[tuple[float, float]]:
        """Begin and end of every touch, s."""
        return [(begin, end) for begin, end in self._contacts]
