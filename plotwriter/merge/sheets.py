"""Sheets of a merge, from what they say to jobs on disk; memory holds a few batches, however long the table is.

parts --batches of BATCH_WORDS--> mapped over one desk here, or desks on a cluster --in order--> files
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from plotwriter import exchange, registry
from plotwriter.ink import Ink
from plotwriter.layout import Order
from plotwriter.letter import Hand, Sheet, compose_many, seed_within
from plotwriter.merge.table import Recipient
from plotwriter.samplers.protocol import OWN_MANNER, Manner
from plotwriter.signature import signed
from plotwriter.styles import Style
from plotwriter.text import OnMissing

__all__ = ["BATCH_WORDS", "Asked", "Desk", "Mapped", "Part", "Work", "Written", "in_turn", "parts_of", "write_parts"]

BATCH_WORDS = 512  # sampled together; what a batch holds does not grow with the table
KINDS = ("letter", "envelope")


@dataclass(frozen=True, slots=True)
class Part:
    """A sheet to be plotted for a recipient."""

    recipient: Recipient
    kind: str  #: one of KINDS
    seed: int  #: of its ink: `plotwriter write` with it gives the same
    path: Path  #: of the job
    key: str  #: in the done list

    @property
    def text(self) -> str:
        """What it says, as the template put it."""
        return self.recipient.letter if self.kind == "letter" else self.recipient.envelope or ""


def parts_of(found: Iterable[Recipient], folder: Path, *, seed: int, recipe: str) -> list[Part]:
    """Every sheet, a recipient's letter before the envelope.

    Args:
        found: the recipients
        folder: for the jobs
        seed: of the merge
        recipe: all that decides the ink besides texts and seed; part of the files' names
    """
    parts = []
    for one in found:
        for number, kind in enumerate(KINDS):
            if kind == "envelope" and one.envelope is None:
                continue
            part = Part(one, kind, seed_within(seed, one.stream, number), folder, "")
            tag = hashlib.sha256(f"{recipe}\0{part.seed}\0{part.text}".encode()).hexdigest()[:8]
            parts.append(replace(part, path=folder / f"{one.number:04d}-{one.name}-{kind}-{tag}.json", key=f"{kind}-{tag}"))
    return parts


@dataclass(frozen=True, slots=True)
class Asked:
    """A text to be written."""

    kind: str
    text: str
    seed: int


@dataclass(frozen=True, slots=True)
class Written:
    """A job, and what of it may not read as it should."""

    job: str  #: JSON
    doubts: tuple[str, ...]  #: words


Work = Callable[[Sequence[Asked]], list[Written]]  #: a loaded hand at its desk
Mapped = Callable[[Callable[[], Work], Iterable[list[Asked]]], Iterable[list[Written]]]  #: work on every batch, results in their order


@dataclass(frozen=True, slots=True, eq=False)
class Desk:
    """Who writes a merge, and how: all of it can be sent to another machine, where `open` loads the net."""

    style: Style
    letter: Sheet
    envelope: Sheet
    manner: Manner = OWN_MANNER
    on_missing: OnMissing = "substitute"
    order: Order = "natural"
    n_draws: int = 4
    device: str = "auto"
    signature: Ink | None = None  #: line frame, mm; set below the last line of every letter

    def open(self) -> Work:
        """Load the net.

        Raises:
            FileError: weights that are not there
        """
        sampler = registry.load("sampler", self.style.sampler)(self.style, device=self.device, n_draws=self.n_draws)
        hand = Hand(sampler, self.style, self.letter, self.manner, self.on_missing, self.order)
        hands = {"letter": hand, "envelope": replace(hand, sheet=self.envelope)}

        def write(batch: Sequence[Asked]) -> list[Written]:
            found: dict[int, Written] = {}
            for kind, own in hands.items():
                at = [i for i, asked in enumerate(batch) if asked.kind == kind]
                letters = compose_many([batch[i].text for i in at], own, seeds=[batch[i].seed for i in at])
                for i, letter in zip(at, letters, strict=True):
                    document = letter.document
                    if self.signature is not None and kind == "letter":
                        document = signed(document, self.signature, bottom=own.sheet.margins[2])
                    found[i] = Written(exchange.to_json(document), tuple(doubt.text for doubt in letter.doubts))
            return [found[i] for i in range(len(batch))]

        return write


def in_turn(open_: Callable[[], Work], batches: Iterable[list[Asked]]) -> Iterator[list[Written]]:
    """The batches one after the other, in this process."""
    work = open_()
    for batch in batches:
        yield work(batch)


def write_parts(parts: Iterable[Part], desk: Desk, mapped: Mapped = in_turn) -> Iterator[list[tuple[Part, Written]]]:
    """Jobs written to files, a batch at a time, each whole or not at all.

    Args:
        parts: what is not on disk yet
        desk: who writes
        mapped: where; see `in_turn` and `cluster.on_cluster`

    Yields:
        a batch, once it is on disk

    Raises:
        SampleError, LayoutError, FileError
    """
    sent: deque[list[Part]] = deque()

    def asked() -> Iterator[list[Asked]]:
        for batch in _batches(parts):
            sent.append(batch)
            yield [Asked(part.kind, part.text, part.seed) for part in batch]

    for written in mapped(desk.open, asked()):
        batch = list(zip(sent.popleft(), written, strict=True))
        for part, one in batch:
            exchange.write_atomically(part.path, one.job.encode())
        yield batch


def _batches(parts: Iterable[Part]) -> Iterator[list[Part]]:
    batch: list[Part] = []
    n_words = 0
    for part in parts:
        batch.append(part)
        n_words += len(part.text.split())
        if n_words >= BATCH_WORDS:
            yield batch
            batch, n_words = [], 0
    if batch:
        yield batch
