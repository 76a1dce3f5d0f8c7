"""Ink for the tests of planner and devices: seeded, no sampler needed."""

from __future__ import annotations

import numpy as np

from plotwriter.devices.simulator import SimPort
from plotwriter.ink import Ink, Page, Stroke

__all__ = ["PAGE", "WatchedPort", "make_loops", "make_page", "make_square"]

PAGE = Page(148.0, 105.0)


class WatchedPort(SimPort):
    """A port at which somebody looks before every write, and every 10 ms of waiting, as Ctrl-C may come then."""

    def look(self) -> None:
        """Whatever is to happen."""

    def write(self, sent: bytes) -> None:
        self.look()
        super().write(sent)

    def read(self, timeout: float) -> bytes:
        deadline = self.clock.now() + timeout
        while True:
            self.look()
            left = deadline - self.clock.now()
            if (received := super().read(max(min(left, 0.01), 0.0))) or left <= 0:
                return received


def make_loops(rng: np.random.Generator, *, at: complex = 20 + 20j, n: int = 300, size: float = 2.0) -> np.ndarray:
    """(n,) mm, smooth loops that wander to the right, as cursive does."""
    t = np.linspace(0, 6 * np.pi, n)
    radius = size * (0.5 + 0.3 * np.sin(t * rng.uniform(0.3, 0.7) + rng.uniform(0, 6)))
    return at + 0.8 * t + radius * np.exp(1j * (t * rng.uniform(0.8, 1.1) + rng.uniform(0, 6)))


def make_page(*, seed: int = 0, n_words: int = 6, page: Page = PAGE) -> Ink:
    """Words of loops, a straight bar, i-dots and full stops."""
    rng = np.random.default_rng(seed)
    strokes, text = [], ""
    for word in range(n_words):
        at = complex(15 + 25 * (word % 4), 20 + 12 * (word // 4))
        span = (len(text), len(text) + 3)
        strokes.append(Stroke(make_loops(rng, at=at), span))
        strokes.append(Stroke(np.array([at + 4 - 3j]), span))  # an i-dot
        strokes.append(Stroke(np.array([at + 2j, at + 6 + 1.5j]), span))  # a t-bar
        text += "nit "
    end = strokes[-1].points[-1]
    strokes.append(Stroke(np.array([end + 2]), (len(text) - 1, len(text))))
    return Ink(tuple(strokes), text, page)


def make_square(*, side: float = 20.0, page: Page = PAGE) -> Ink:
    """One closed square."""
    corners = 10 + 10j + side * np.array([0, 1, 1 + 1j, 1j, 0])
    return Ink((Stroke(corners, (0, 1)),), "o", page)
