"""What a style has to reach, and whether it does."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plotwriter.evaluation.statistics import Interval

__all__ = ["TARGETS", "Target", "Verdict", "verdicts"]


@dataclass(frozen=True, slots=True)
class Target:
    """One figure and the range it should lie in."""

    name: str
    path: tuple[str, ...]  #: where the figure is among those of a style
    low: float
    high: float
    form: str  #: how the figure is printed
    scale: float = 1.0  #: from the figure to what is printed

    @property
    def wanted(self) -> str:
        """The range in words."""
        low, high = (format(edge * self.scale, "g") for edge in (self.low, self.high))
        return f"≤ {high}" if self.low == -math.inf else f"≥ {low}" if self.high == math.inf else low if low == high else f"{low} to {high}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One target against the figure of one style."""

    target: Target
    figure: Interval | float | None  #: None where it was not measured
    reached: bool | None
    certain: bool  #: whether all of the figure's interval lies on the same side

    @property
    def word(self) -> str:
        """Yes, no, or why not known."""
        if self.reached is None:
            return "not measured"
        return ("yes" if self.reached else "no") + ("" if self.certain else ", within doubt")


TARGETS = (
    Target("characters wrong, generated over real, reader b", ("all", "ratio"), -math.inf, 0.7, ".2f"),
    Target("characters wrong, generated over real, RapidOCR", ("ocr", "ratio_folded"), -math.inf, 1.0, ".2f"),
    Target("words misread of 1,000 that were accepted", ("trust", "misread"), -math.inf, 1.0, ".1f"),
    Target("drift, mm per 100 mm (median line)", ("geometry", "drift_mm_per_100_mm"), -math.inf, 0.3, ".2f"),
    Target("slant from word to word, ° (s.d.)", ("geometry", "slant_sd_deg"), 2.0, 5.0, ".1f"),
    Target("taken for its own hand, generated over real", ("style", "nearest_ratio"), 0.8, math.inf, ".2f"),
    Target("same word twice, generated over real", ("diversity", "ratio"), 0.5, 1.5, ".2f"),
    Target("draws that reached END, %", ("end_reached",), 1.0, 1.0, ".1f", 100.0),
)


def verdicts(figures: Mapping[str, Any], targets: Sequence[Target] = TARGETS) -> list[Verdict]:
    """Every target against the figures of one style."""
    found = []
    for target in targets:
        figure: Any = figures
        for key in target.path:
            figure = figure.get(key) if isinstance(figure, Mapping) else None
        value = figure.value if isinstance(figure, Interval) else figure
        if value is None or math.isnan(value):
            found.append(Verdict(target, None, None, True))
            continue
        reached = target.low <= value <= target.high
        edges = (figure.low, figure.high) if isinstance(figure, Interval) else (value, value)
        inside = [target.low <= edge <= target.high for edge in edges]
        # an interval that begins below the range and ends above it is on neither side
        certain = all(inside) if reached else not any(inside) and not edges[0] < target.low <= target.high < edges[1]
        found.append(Verdict(target, figure, reached, certain))
    return found
