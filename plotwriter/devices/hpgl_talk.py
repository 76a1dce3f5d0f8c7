"""Asking a pen plotter, and waiting for what it says: is it alive, has it forgotten to answer, is its paper free?

    sent     OS;OC;            answered when all before it is done, however long that takes
    silence  ESC.O  a second   answered at once: 0 busy, 8 nothing to do, 16 VIEW is pressed, 32 the paper lever is up

VIEW is waited out. Nothing to do, and yet no answer: it was lost on the way.
"""

from __future__ import annotations

from plotwriter.devices.hpgl import ABORT, HpglEvent, HpglStream, Noise, Number, Place, Said
from plotwriter.devices.transport import Transport
from plotwriter.errors import AlarmError, ProtocolError

__all__ = ["ASKS", "ForgottenError", "HpglTalk", "LeverError"]

POLL = 1.0  # s of silence after which ESC.O is asked; an A4 sheet is crossed in less
ALIVE = 5.0  # s in which a live plotter answers an ESC, whatever it is drawing; one that starts anew takes four
QUIET = 0.2  # s of silence that end what was said before
ASKS = 3  # times a question is asked: one answer may be torn, and the pen be down
TOLD = "OS;OC;"  # the status, and the last place it was sent to: where it stands (OA) may be a unit beside it
LIVE = b"\x1b.O"
EMPTY, LEVER = (8, 24, 40), (32, 40)  # ESC.O: nothing waits in its buffer; the paper lever is up
IDLE = 5  # times in a row that it has nothing to do and has not answered, before the answer counts as lost


class ForgottenError(ProtocolError):
    """It has nothing more to do, and has not answered."""


class LeverError(AlarmError):
    """Its paper is free."""


class HpglTalk:
    """One plotter on a port, asked and heard."""

    def __init__(self, transport: Transport, *, window: int) -> None:
        """Take an open port; nothing is sent yet."""
        self.transport = transport
        self.stream = HpglStream(window=window)
        self.numbers: list[int] = []  #: said since the last place
        self.loose = False  #: the paper lever was raised: whatever the plotter remembers must go
        self._heard = self._asked = 0.0  # s, when an answer came last, and when ESC.O was sent
        self._beats = self._idle = self._raised = 0  # ESC.O without answer; answers in a row: nothing to do, lever up

    def begin(self) -> None:
        """From now on an answer is awaited."""
        self.numbers, self._heard = [], self.transport.clock.now()

    def hear(self) -> list[HpglEvent]:
        """What the plotter says within a while; a silent one is asked whether it lives.

        Raises:
            ProtocolError: it does not answer
            ForgottenError: it will not answer any more
            LeverError: its paper is free
        """
        name = self.transport.name
        received, now = self.transport.read(POLL), self.transport.clock.now
        events = self.stream.feed(received)
        if any(isinstance(event, Place | Number) for event in events):
            self._heard = now()
        elif now() - max(self._heard, self._asked) >= POLL:  # also one that talks may answer nothing
            if now() - self._heard > ALIVE:
                raise ProtocolError(f"{name}: the plotter no longer answers; check the cable and the power")
            self._beats, self._asked = self._beats + 1, now()
            self.transport.write(LIVE)
            return events
        if not events:
            return []
        for event in events:
            if isinstance(event, Place):
                self._idle = self._raised = 0
            elif isinstance(event, Number) and self._beats:
                self._idle = self._idle + 1 if event.value in EMPTY else 0
                self._raised = self._raised + 1 if event.value in LEVER else 0
        self._beats = 0
        if self._raised > 1:
            self._raised, self.loose = 0, True
            self.transport.write(b"IN;")  # our mark goes as soon as the lever is down
            raise LeverError(f"{name}: the paper lever is up; load the sheet and lower it")
        if self._idle >= IDLE:
            self._idle = 0
            raise ForgottenError(f"{name}: an answer was lost; check the cable")
        return events

    def place(self, before: str = "") -> Place:
        """Do something, then tell where the pen stands; `numbers` ends with the status, if that was heard."""
        place = self._answer((before + TOLD).encode("ascii"), Place)
        assert isinstance(place, Place)
        return place

    def number(self, question: bytes, *, asks: int = ASKS) -> int:
        """The answer to OE, ESC.B or ESC.E."""
        number = self._answer(question, Number, asks=asks)
        assert isinstance(number, Number)
        return number.value

    def said(self, question: str) -> str:
        """The answer to OI, OP or OW."""
        said = self._answer(question.encode("ascii"), Said)
        assert isinstance(said, Said)
        return said.text

    def abort(self, then: str = "") -> None:
        """Drop what waits in the plotter, do something, and hear it out: what it still says answers nothing any more."""
        self.transport.write(ABORT + then.encode("ascii"))
        for _ in range(50):
            if not self.transport.read(QUIET):
                break
        self.stream.reset()
        self._beats = self._idle = self._raised = 0

    def _answer(self, sent: bytes, kind: type[HpglEvent], *, asks: int = ASKS) -> HpglEvent:
        """Ask until an answer of a kind comes.

        Raises:
            ProtocolError: none does
            LeverError: its paper is free
        """
        for attempt in range(asks):
            if attempt:
                self.abort()
            self.transport.write(sent)
            self.begin()
            try:
                while True:
                    for event in self.hear():
                        if isinstance(event, kind):
                            return event
                        if isinstance(event, Number):
                            self.numbers.append(event.value)
                        if isinstance(event, Noise | Said):
                            raise self.nonsense(event)
            except ProtocolError as error:
                if attempt == asks - 1:
                    raise error
        raise AssertionError("unreachable")

    def nonsense(self, event: Noise | Said) -> ProtocolError:
        """What to raise about a line that no plotter says, or not now."""
        return ProtocolError(f"{self.transport.name}: {event.text[:40]!r} makes no sense; check the cable and the baud rate")
