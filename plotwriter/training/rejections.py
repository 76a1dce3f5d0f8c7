"""What of the data cannot be learned from: each sample and word by itself, with where it stands and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

__all__ = ["NOWHERE", "Origin", "Rejected", "Rejections", "origin_of"]


class Origin(NamedTuple):
    """Where a sample stands."""

    file: str  #: its name
    line: int  #: from 1


NOWHERE = Origin("", 0)


def origin_of(sample: Mapping[str, Any]) -> Origin:
    """Of a sample as `read_samples` gives it."""
    return Origin(sample.get("file", ""), sample.get("line", 0))


@dataclass(frozen=True, slots=True)
class Rejected:
    """A sample, or a word of one."""

    text: str
    writer: str
    reason: str
    origin: Origin


class Rejections(list[Rejected]):
    """In the order in which they were found."""

    def sample(self, sample: Mapping[str, Any], reason: str, text: str | None = None) -> None:
        """Add a sample, or the word `text` of it."""
        self.append(Rejected(sample["text"] if text is None else text, sample["writer"], reason, origin_of(sample)))

    def counts(self) -> Counter[str]:
        """How many for each reason."""
        return Counter(one.reason for one in self)
