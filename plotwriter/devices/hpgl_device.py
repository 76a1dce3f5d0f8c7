"""A pen plotter on a port: counted bytes, strokes confirmed by where they end, and the pen raised whatever happens.

What stands on the paper is known by the plotter itself: it finds its origin when it is switched on, and P1 and P2, which
only letters drawn by the plotter would need, carry our mark until then. Nobody but a person can say whether the paper lies
where it lay: a mark that is gone is reason to ask. A lever that was raised and lowered between two jobs leaves no trace.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

import numpy as np

from plotwriter.devices.device import Facts, Monitor, Progress, pen_raised_on_failure, strokes_of
from plotwriter.devices.hpgl import AHEAD, ERRORS, IO_ERRORS, Noise, Number, Place, Said
from plotwriter.devices.hpgl_encode import Wire, encode, hpgl_table, to_place, velocity
from plotwriter.devices.hpgl_talk import ASKS, ForgottenError, HpglTalk, LeverError
from plotwriter.devices.neighbour import who_answers
from plotwriter.devices.profile import MachineProfile
from plotwriter.devices.transport import Transport
from plotwriter.errors import AlarmError, ConfigError, DeviceError, ProtocolError
from plotwriter.motion.actions import Plan

__all__ = ["HpglDevice"]

MARK = "83,84,838,683"  # P1 and P2 of ours, on every paper, which IN and every power-up forget
SPACE, TROUBLE = b"\x1b.B", b"\x1b.E"  # bytes that are free; what went wrong on the wire
DOWN, STARTED, READY, ERROR = 1, 8, 16, 32  # bits of OS
OFF = 4  # units a pen may stand off its place: 0.1 mm, the plotter's own repeatability
LOOSE = "the paper lever was raised, the sheet no longer lies where it lay; lower it and plot the sheet anew"
NEAR = 1.0  # mm the plotter's window may differ from the profile's travel

Report = Callable[[Wire, bool], None]


class HpglDevice:
    """A plotter that speaks HPGL."""

    def __init__(self, profile: MachineProfile, transport: Transport) -> None:
        """Take an open port; nothing is sent yet."""
        self.profile = profile
        self.position_known = False
        self.left_at: tuple[complex, bool] | None = None
        self._talk = HpglTalk(transport, window=hpgl_table(profile).window)
        self._identity, self._free, self._reach = "", 0, ""
        self._pen = 0  # the one we took from the carousel
        self._stroke = -1
        self._vouched = False  #: its mark is set: somebody, or the plotter, has said that the paper lies where it lay
        self._watching = False  #: the bit that tells a restart was read: if it is set again, there was one
        self._finished = False  #: a page was drawn to its end: the pen may be put away before it dries

    @property
    def transport(self) -> Transport:
        """The port, which the talk goes over."""
        return self._talk.transport

    @transport.setter
    def transport(self, transport: Transport) -> None:
        """Go on over another one."""
        self._talk.transport = transport

    def connect(self, *, prepare: bool = True) -> None:
        """Find the plotter and its paper; to prepare a drawing, take the pen.

        Raises:
            ProtocolError: nothing that speaks HPGL
            ConfigError: it is set to another size of paper
        """
        name, table = self.transport.name, hpgl_table(self.profile)
        self._talk.abort()
        try:
            self._free = self._talk.number(SPACE, asks=2)
        except ProtocolError:
            raise ProtocolError(f"{name}: no pen plotter answers there; {who_answers(self.transport)}") from None
        self._identity = self._talk.said("OI;")
        self.position_known = self._talk.said("OP;") == MARK
        place = self._place("")
        if self.position_known:
            self.left_at = (self._mm(place), place.down)
        if prepare:
            self.transport.write(b"PU;")  # a pen that was left down waits for no further question
        self._talk.number(TROUBLE)  # what was wrong before is not ours
        self._talk.number(b"OE;")
        if not prepare:
            self._reach = self._talk.said("OW;")
            return
        self.transport.write(b"DF;" if self.position_known else b"IN;")  # whatever another program has scaled and turned
        if table.paper >= 0 and not self.position_known:
            self.transport.write(b"PS%d;" % table.paper)
        self._reach = self._talk.said("OW;")
        for complaint in self._complaints():
            raise ConfigError(f"{name}: {complaint}")
        if self.position_known:
            self._vouch()
        self._place("PU;")  # which reads the bit that tells a restart, so that the next one shows
        self._watching = True
        self.take_pen(self._pen or table.pen)

    def plot(self, plan: Plan, *, monitor: Monitor | None = None) -> int:
        """Draw a plan.

        Raises:
            DeviceError: with the stroke it struck and what that stroke writes; the pen is up
        """
        self._stroke, monitor = -1, monitor or Monitor()
        n, stopped = len(plan.words), list[int]()

        def report(wire: Wire, last: bool) -> None:
            self._stroke = wire.stroke
            if last and wire.stroke < n:
                if wire.stroke >= 0:
                    monitor.drawn(wire.stroke)
                monitor.progress(Progress(wire.stroke + 1, n, wire.plan_time, plan.duration))

        with pen_raised_on_failure(self, plan, lambda: self._stroke):
            try:
                if n and not self._vouched:  # who draws from here says that the paper lies where the plotter thinks
                    self._vouch()
                self.transport.write(f"VS{velocity(self.profile) / 10:.2f};".encode("ascii"))
                self._run(strokes_of(encode(plan, self.profile), n, monitor, lambda: False, stopped), report)
                trouble = self._talk.number(TROUBLE)
                if trouble in IO_ERRORS:
                    raise ProtocolError(
                        f"{self.transport.name}: the plotter says that {IO_ERRORS[trouble]}; check the cable and the baud rate"
                    )
            except LeverError:
                self._vouched = self.position_known = False
                raise LeverError(f"{self.transport.name}: {LOOSE}") from None
        if stopped:
            return stopped[0]
        self._finished = n > 0
        monitor.progress(Progress(n, n, plan.duration, plan.duration))
        return n

    def where(self) -> complex:
        """Where the pen stands, mm, machine frame."""
        return self._mm(self._place(""))

    def pen_is_down(self) -> bool:
        """Whether the pen is down, by the plotter's own word."""
        return self._place("").down

    def adopt(self, profile: MachineProfile) -> None:
        """Another speed from now on."""
        self.profile = profile

    def home(self) -> None:
        """Take the plotter's own word for where its pen is, and a person's for where the paper lies."""
        self._vouch()
        self.position_known = True

    def motors_off(self) -> None:
        """Refuse: no instruction does that.

        Raises:
            ConfigError: always
        """
        raise ConfigError(f"{self.transport.name}: a pen plotter's motors are not switched off by command; move its pen with its own keys")

    def facts(self) -> Facts:
        """What it says it is, and where that contradicts the profile."""
        table = hpgl_table(self.profile)
        other = table.identity and self._identity != table.identity
        complaints = [f"it says it is {self._identity!r}, the profile is of {table.identity!r}"] if other else []
        settings = (("buffer", f"{self._free} bytes"), ("window", self._reach))
        return Facts(f"HPGL {self._identity}", settings=settings, complaints=(*complaints, *self._complaints()))

    def take_pen(self, pen: int) -> bool:
        """Put away the pen it holds and take another; False: its carousel has no such place."""
        if pen > hpgl_table(self.profile).pens:
            return False
        if pen != self._pen:
            self._place(f"PU;SP{pen};")
            self._pen = pen
        return True

    def raise_pen(self) -> None:
        """Drop what waits in the buffer, let the vector end that is being drawn, raise the pen.

        Raises:
            DeviceError: the plotter does not answer
        """
        self._talk.abort("IN;" if self._talk.loose else "PU;")
        for _ in range(ASKS):
            if not self._place("IN;" if self._talk.loose else "PU;").down:
                return
        raise ProtocolError(f"{self.transport.name}: the plotter says that its pen is still down; lift it by hand")

    def close(self) -> None:
        """Give the port back; a pen that has done its page goes back to its cap."""
        if self._finished:
            with suppress(DeviceError):
                self.transport.write(b"PU;SP0;")
        self.transport.close()

    def _vouch(self) -> None:
        """Leave the mark. Never before the place is known: a question that nobody answered must not become an answer."""
        if self._talk.said(f"IP{MARK};OP;") != MARK:
            raise ProtocolError(f"{self.transport.name}: the plotter does not take P1 and P2; check the cable")
        self._vouched = True

    def _complaints(self) -> Iterator[str]:
        """What would ruin a sheet: it holds less than we count on, or reaches something else."""
        table = hpgl_table(self.profile)
        if self._free < table.buffer:
            yield f"its buffer holds {self._free} bytes, the profile says {table.buffer}; name the machine it is"
        numbers = [int(part) for part in self._reach.split(",") if part.lstrip("-").isdigit()]
        if len(numbers) == 4:
            reach = to_place(np.array([complex(numbers[2], numbers[3])]), self.profile)[0]
            across, along = float(reach.real), self.profile.travel[1] - float(reach.imag)
            if max(abs(across - self.profile.travel[0]), abs(along - self.profile.travel[1]), *map(abs, numbers[:2])) > NEAR:
                wanted = " x ".join(f"{side:.0f}" for side in self.profile.travel)
                yield (
                    f"it is set to paper of which it reaches {across:.0f} x {along:.0f} mm from {numbers[0]},{numbers[1]}, "
                    f"the profile says {wanted}; set its paper size, or name the machine of that paper"
                )

    def _mm(self, place: Place) -> complex:
        return complex(to_place(np.array([complex(place.x, place.y)]), self.profile)[0])

    def _run(self, wires: Iterable[tuple[Wire, bool]], report: Report) -> None:
        """Send pieces as far as they fit and wait for all answers; each stroke is judged by where it ends."""
        source = iter(wires)
        flight: deque[tuple[Wire, bool]] = deque()
        n_open = 0
        self._talk.begin()
        held = next(source, None)
        while held is not None or flight:
            while held is not None and (sent := self._talk.stream.send(held[0].piece.text)) is not None:
                self.transport.write(sent)
                flight.append(held)
                n_open += held[1]
                held = next(source, None) if n_open < AHEAD else None
            try:
                events = self._talk.hear()
            except ForgottenError as error:
                self._talk.stream.reset()
                self._place("")  # tells if it was switched off and on
                raise ProtocolError(str(error)) from None
            for event in events:
                if isinstance(event, Said | Noise):
                    raise self._talk.nonsense(event)
                if isinstance(event, Number):
                    self._talk.numbers.append(event.value)
                elif flight:
                    while True:
                        done, last = flight.popleft()
                        if done.piece.asks:
                            self._stroke = done.stroke
                            self._judge(event, done)
                        n_open -= last
                        report(done, last)
                        if done.piece.asks:
                            break
            if held is None and n_open < AHEAD:
                held = next(source, None)

    def _judge(self, place: Place, done: Wire) -> None:
        """Whether a piece ended as it should."""
        name, here, numbers = self.transport.name, done.piece.last, self._talk.numbers
        self._talk.numbers = []
        well = READY + DOWN * here.down
        if not numbers:
            raise ProtocolError(f"{name}: an answer was lost; check the cable")
        # an answer to ESC.O may stand among them, and in a sound plotter the status is never the smaller one
        status = next((n for n in numbers if n & (DOWN | STARTED | READY | ERROR) == well), max(numbers))
        self._refuse_restarted(status)
        if status & ERROR:
            self._talk.abort()
            error = self._talk.number(b"OE;")
            raise AlarmError(f"{name}: HPGL error {error}: {ERRORS.get(error, 'unknown')}; check the cable and the baud rate")
        if abs(complex(place.x, place.y) - here.here) > OFF or place.down != here.down:
            raise ProtocolError(f"{name}: the pen is not where the stroke ends, so bytes were lost; check the cable and the baud rate")

    def _place(self, before: str) -> Place:
        """Do something, then tell where the pen stands."""
        place = self._talk.place(before)
        self._refuse_restarted(self._talk.numbers[-1] if self._talk.numbers else READY)
        return place

    def _refuse_restarted(self, status: int) -> None:
        """A plotter that was reset has another place for its paper, and no pen.

        Raises:
            ProtocolError: it was
        """
        if status & STARTED and self._watching:
            self._watching = self._vouched = self.position_known = False
            self._pen = 0
            raise ProtocolError(f"{self.transport.name}: the plotter was reset in mid-job; check its power and the cable")
