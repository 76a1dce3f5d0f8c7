"""A GRBL board on a port: the stream, with time-outs, and the pen raised whatever happens."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from plotwriter.devices.device import Facts, Monitor, Progress, pen_raised_on_failure, strokes_of
from plotwriter.devices.gcode import GcodeLine, drain, encode, from_wire, preamble
from plotwriter.devices.grbl import HOLD, RESET, STATUS, Ack, Alarm, Fault, GrblEvent, GrblStream, Message, Noise, Status, Welcome
from plotwriter.devices.grbl_settings import complaints, parse_options, parse_settings, parse_status
from plotwriter.devices.lifts import gcode_table, pen_lines
from plotwriter.devices.neighbour import who_answers
from plotwriter.devices.profile import MachineProfile
from plotwriter.devices.transport import Transport
from plotwriter.errors import AlarmError, ConfigError, ProtocolError
from plotwriter.motion.actions import Plan

__all__ = ["GrblDevice"]

BOOT = 2.5  # s an Uno takes to say hello after its port was opened
POLL = 0.25  # s of silence after which `?` is asked; GRBL wants it at most 5 to 10 times a second
ALIVE = 3.0  # s in which a live board answers a `?`
ASKS = 3  # times in those seconds that it is asked
HOMING = 120.0  # s a slow machine may take to find its switches; `?` is not answered meanwhile
IDLE_LIMIT = 1.0  # s, beyond the longest dwell, that a board may be Idle with lines unanswered before one counts as lost
ASLEEP = "Sleep"  # the state after $SLP: no line is answered, only a reset wakes it; gnea/grbl protocol.c
MARK = "T83"  # a tool number of ours, which every reset forgets: while $G tells it, the board's position is the one we left
BUTTON, PRESSED = "$B", "1"  # DrawCore's question for its pause button, and its answer; from notes of others, not verified
WCO_EVERY = 31  # status reports in which the work offset comes at least once; grbl config.h

Report = Callable[[GcodeLine, bool], None]


class GrblDevice:
    """A plotter with GRBL 1.1 or one of its kin."""

    def __init__(self, profile: MachineProfile, transport: Transport) -> None:
        """Take an open port; nothing is sent yet."""
        self.profile = profile
        self.transport = transport
        self.position_known = False
        self.left_at: tuple[complex, bool] | None = None
        self._stroke = -1
        self._pressed = False  # the board's own button, where it has one
        self._stream = GrblStream(rx_capacity=profile.connection.rx_capacity)
        self._hello = ""
        self._offset: tuple[float, ...] | None = None  # WCO: work zero in the board's machine coordinates
        self._settings: dict[int, float] = {}
        self._lost = False  #: it restarted or was stopped in mid-move since we know it: nothing tells where it stands
        self._vouched = False  #: its mark is set: somebody, or the board, has said where the pen stands
        self._origin: tuple[float, float] | None = None  # MPos of a work zero of ours (G92), which a reset forgets

    def connect(self, *, prepare: bool = True) -> None:
        """Wait for the board, check that it is unlocked and not in laser mode, raise the pen.

        Raises:
            ProtocolError: nothing that speaks GRBL
            AlarmError: the board is locked
            ConfigError: its settings would lower the pen in motion
        """
        name = self.transport.name
        self._hello = self._await_welcome(BOOT) or ""
        if not self._hello and self._answers():  # not reset by opening the port: it still knows where it stands
            asleep = self._state() == ASLEEP
            self.position_known = not asleep and MARK in self._parser_state()
            zero = self._zero() if self.position_known else None
            self._stop()
            if asleep:  # it wakes locked, because its motors were off: we know that
                self._told("$X")
            if zero is not None and self._zero() != zero:  # a work zero of G92, which the reset has forgotten
                self._origin = zero
                self.position_known = self._restore_origin(zero)
        elif not self._hello:
            self._stream.reset()
            self.transport.write(RESET)
            self._hello = self._await_welcome(BOOT) or ""
        if not self._hello:
            raise ProtocolError(f"{name}: no GRBL answers there; {who_answers(self.transport)}")
        locked = self._state().startswith("Alarm")
        if locked:
            self.position_known = False
            if not gcode_table(self.profile).homing:
                raise AlarmError(f"{name}: the board is locked by an alarm; home it ($H) or unlock it ($X) first")
            if prepare:
                self.home()
                locked = False
        capacity = parse_options(self._told("$I"))
        if capacity is not None:
            self._stream.rx_capacity = max(min(self.profile.connection.rx_capacity, capacity), 81)
        self._settings = parse_settings(self._told("$$"))
        if self._settings.get(32) == 1:
            raise ConfigError(f"{name}: the board is in laser mode and would move the pen while drawing; switch it off with $32=0")
        if self.position_known:
            self._vouch()
        if prepare:
            self._lift()

    def plot(self, plan: Plan, *, monitor: Monitor | None = None) -> int:
        """Draw a plan.

        Raises:
            DeviceError: with the stroke it struck and what that stroke writes; the pen is up
        """
        self._stroke, self._pressed, monitor = -1, False, monitor or Monitor()
        n, stopped = len(plan.words), list[int]()

        def report(line: GcodeLine, last: bool) -> None:
            self._stroke = line.stroke
            if line.text == BUTTON:
                return
            if last and line.stroke < n:  # its G4 is answered when all is done, other lines when they are queued
                if line.stroke >= 0:
                    monitor.drawn(line.stroke)
                monitor.progress(Progress(line.stroke + 1, n, line.plan_time, plan.duration))

        with pen_raised_on_failure(self, plan, lambda: self._stroke):
            if not self._vouched and not self._lost:  # who draws from here says that the pen stands where the board thinks
                self._vouch()
            self._run(self._asking(strokes_of(encode(plan, self.profile), n, monitor, self._button, stopped)), report=report)
            self._wait_idle()
        if stopped:
            return stopped[0]
        monitor.progress(Progress(n, n, plan.duration, plan.duration))
        return n

    def where(self) -> complex:
        """Where the pen stands, mm, machine frame."""
        for _ in range(WCO_EVERY):
            fields = parse_status(self._status().text)
            if len(offset := fields.get("WCO", ())) >= 2:
                self._offset = offset
            if len(work := fields.get("WPos", ())) >= 2:
                return from_wire(work[0], work[1], self.profile)
            if len(place := fields.get("MPos", ())) < 2:
                raise ProtocolError(f"{self.transport.name}: the status report names no position; check $10")
            if self._offset is not None:
                break
        zero = self._offset or (0.0, 0.0)
        return from_wire(place[0] - zero[0], place[1] - zero[1], self.profile)

    def pen_is_down(self) -> bool:
        """Whether the pen is nearer to down than to up, by the board's own word."""
        pen, table = self.profile.pen, gcode_table(self.profile)
        up, down = table.value(pen.up), table.value(pen.down)
        if table.lift == "z":
            fields = parse_status(self._status().text)
            place, zero = fields.get("WPos") or fields.get("MPos", ()), fields.get("WCO", self._offset) or (0.0, 0.0, 0.0)
            value = (place[2] - (0.0 if "WPos" in fields or len(zero) < 3 else zero[2])) if len(place) > 2 else up
        else:
            words = self._parser_state()
            numbers = [word[1:] for word in words if word[0] == "S" and word[1:].replace(".", "", 1).isdigit()]
            value = float(numbers[0]) if numbers and "M5" not in words else 0.0
        return abs(value - down) < abs(value - up)

    def adopt(self, profile: MachineProfile) -> None:
        """Other pen heights or speeds from now on."""
        self.profile = profile

    def home(self) -> None:
        """Find the switches ($H), or take the pen's place for work zero."""
        if gcode_table(self.profile).homing:
            self._told("$H", patience=HOMING)
        elif abs(self.where() - 1j * self.profile.travel[1]) > 0.001:
            fields = parse_status(self._status().text)
            self._told("G92 X0 Y0")
            self._offset = None
            if len(place := fields.get("MPos", ())) >= 2:
                self._origin = (place[0], place[1])
        self._vouch()
        self.position_known = True

    def motors_off(self) -> None:
        """Put the board to sleep ($SLP); a reset wakes it."""
        self._lift()
        self._told("$SLP")
        self.position_known = False

    def facts(self) -> Facts:
        """Its welcome, its settings, and where they contradict the profile."""
        settings = tuple((f"${number}", f"{value:g}") for number, value in sorted(self._settings.items()))
        return Facts(
            self._hello.partition(" [")[0] or "GRBL",
            settings=(("buffer", f"{self._stream.rx_capacity} bytes"), *settings),
            complaints=tuple(complaints(self._settings, self.profile)),
        )

    def raise_pen(self) -> None:
        """Brake, drop what is queued, raise the pen; a board that braked first keeps its position.

        Raises:
            DeviceError: the board does not answer
        """
        self._stop()
        try:
            if self._state().startswith("Alarm"):
                self._lost, self.position_known = True, False
                self._told("$X")
        finally:  # the pen first: an answer that is lost must not keep it down
            self._lift()
        self._remember()

    def unsupported(self) -> list[str]:
        """What the board refuses of a drawing's commands, asked in check mode ($C), in which nothing moves; then it is reset."""
        lines = (*preamble(self.profile), *(line for down in (False, True) for line in pen_lines(self.profile, down=down)))
        refused = []
        self._told("$C")
        for text in (*lines, "G1 X0.000 Y0.000 F100", MARK, drain(self.profile)):
            try:
                self._told(text)
            except AlarmError as error:
                refused.append(str(error))
        self._stream.reset()
        self.transport.write(RESET)
        self._await_welcome(BOOT)
        self._remember()
        return refused

    def close(self) -> None:
        """Give the port back."""
        self.transport.close()

    def _asking(self, lines: Iterable[tuple[GcodeLine, bool]]) -> Iterator[tuple[GcodeLine, bool]]:
        """The lines, and after each stroke's last one the question whether the board's button was pressed, if it has one."""
        for line, last in lines:
            yield line, last
            if last and gcode_table(self.profile).dialect == "drawcore":
                yield GcodeLine(BUTTON, line.stroke), False

    def _button(self) -> bool:
        """Whether the board's button asks for a pause; asked once, it is answered."""
        pressed, self._pressed = self._pressed, False
        return pressed

    def _vouch(self) -> None:
        """Leave the mark. Never before the place is known: a question that nobody answered must not become an answer."""
        self._told(MARK)
        self._vouched = True

    def _lift(self) -> None:
        self._run((GcodeLine(text), True) for text in pen_lines(self.profile, down=False))

    def _stop(self) -> None:
        """Brake, then reset: nothing is queued any more."""
        self.transport.write(HOLD)
        deadline = self.transport.clock.now() + ALIVE
        while self._state() not in ("Hold:0", "Idle", "Alarm", "Sleep") and self.transport.clock.now() < deadline:
            self.transport.clock.sleep(POLL / 5)
        self._stream.reset()
        self.transport.write(RESET)
        self._hello = self._await_welcome(BOOT) or self._hello

    def _remember(self) -> None:
        """After a reset: say again where work zero is, and leave the mark again."""
        if self._origin is not None:
            self._restore_origin(self._origin)
        if self._vouched and not self._lost:
            self._vouch()

    def _zero(self) -> tuple[float, float] | None:
        """Work zero in the board's machine coordinates (WCO), if it tells; mm."""
        for _ in range(WCO_EVERY):
            if len(zero := parse_status(self._status().text).get("WCO", ())) >= 2:
                return zero[0], zero[1]
        return None

    def _restore_origin(self, origin: tuple[float, float]) -> bool:
        """Say again where work zero is, from where the board says it stands, if it does."""
        place = parse_status(self._status().text).get("MPos", ())
        if len(place) < 2:
            return False
        self._told(f"G92 X{place[0] - origin[0]:.3f} Y{place[1] - origin[1]:.3f}")
        self._offset = None
        return True

    def _parser_state(self) -> list[str]:
        """The words of $G; a busy board answers once it has done what it holds."""
        return next((line.strip("[]").removeprefix("GC:").split() for line in self._told("$G") if line.startswith("[GC:")), [])

    def _answers(self) -> bool:
        try:
            self._status()
        except ProtocolError:
            return False
        return True

    def _await_welcome(self, patience: float) -> str | None:
        deadline = self.transport.clock.now() + patience
        while (left := deadline - self.transport.clock.now()) > 0:
            for event in self._stream.feed(self.transport.read(left)):
                if isinstance(event, Welcome):
                    return event.text
        return None

    def _status(self) -> Status:
        for _ in range(ASKS):  # one answer may be torn, and the pen be down
            self.transport.write(STATUS)
            deadline = self.transport.clock.now() + ALIVE / ASKS
            while (left := deadline - self.transport.clock.now()) > 0:
                for event in self._stream.feed(self.transport.read(left)):
                    if isinstance(event, Status):
                        return event
                    if isinstance(event, Welcome):  # one that we did not ask for
                        self._lost, self.position_known = True, False
        raise ProtocolError(f"{self.transport.name}: the board no longer answers; check the cable and the power")

    def _state(self) -> str:
        return self._status().state

    def _wait_idle(self) -> None:
        while (state := self._state()) != "Idle":
            if state.startswith("Alarm"):
                raise AlarmError(f"{self.transport.name}: the board has locked itself; home it ($H) or unlock it ($X)")
            self._refuse_sleep(state)
            self.transport.clock.sleep(POLL)

    def _refuse_sleep(self, state: str) -> None:
        if state == ASLEEP:
            raise AlarmError(f"{self.transport.name}: the board is asleep, its motors are off; open its port anew, or reset it")

    def _told(self, text: str, *, patience: float = ALIVE) -> list[str]:
        """The lines that come before the "ok" of one line."""
        events = self._run([(GcodeLine(text), True)], patience=patience)
        return [event.text for event in events if isinstance(event, Message)]

    def _run(self, lines: Iterable[tuple[GcodeLine, bool]], *, report: Report | None = None, patience: float = ALIVE) -> list[GrblEvent]:
        """Stream lines and wait for all their answers; other events are returned."""
        if self._stream.unanswered:  # what failed before is given up
            self._forget()
        source = iter(lines)
        waiting = next(source, None)
        sent: deque[tuple[GcodeLine, bool]] = deque()
        others: list[GrblEvent] = []
        clock = self.transport.clock
        heard = asked = clock.now()  # when an answer came last, and when `?` was sent
        n_idle = 0  # Idle in a row
        times = self.profile.pen.times
        idle_limit = (IDLE_LIMIT + max(times.raise_pen, times.lower_pen)) / POLL  # a dwelling board says Idle too
        while waiting is not None or self._stream.unanswered:
            batch = b""
            while waiting is not None and (part := self._stream.send(waiting[0].text)) is not None:
                batch += part
                sent.append(waiting)
                waiting = next(source, None)
            if batch:
                self.transport.write(batch)
            received = self.transport.read(POLL)
            if not received or clock.now() - max(heard, asked) > POLL:  # also one that talks may answer nothing
                if clock.now() - heard > patience + POLL:
                    raise ProtocolError(f"{self.transport.name}: the board no longer answers; check the cable and the power")
                asked = clock.now()
                self.transport.write(STATUS)
            for event in self._stream.feed(received):
                if isinstance(event, Ack | Status):
                    heard = clock.now()
                if isinstance(event, Ack):
                    n_idle = 0
                    line = sent.popleft()
                    if report is not None:
                        report(*line)
                elif isinstance(event, Status):
                    self._refuse_sleep(event.state)
                    n_idle = n_idle + 1 if event.state == "Idle" else 0
                    if n_idle >= idle_limit:
                        raise ProtocolError(
                            f"{self.transport.name}: an answer was lost ({self._stream.unanswered} lines open); check the cable"
                        )
                else:
                    self._judge(event)
                    self._pressed = self._pressed or (isinstance(event, Message) and event.text == PRESSED)
                    others.append(event)
        return others

    def _forget(self) -> None:
        """Hear the board out, and await no answer any more."""
        deadline = self.transport.clock.now() + ALIVE
        while self.transport.read(POLL) and self.transport.clock.now() < deadline:
            pass
        self._stream.reset()

    def _judge(self, event: GrblEvent) -> None:
        name = self.transport.name
        match event:
            case Fault():
                raise AlarmError(f"{name}: GRBL error {event.code} at {event.gcode_line!r}: {event.text}")
            case Alarm():
                raise AlarmError(f"{name}: GRBL alarm {event.code}: {event.text}; home it ($H) or unlock it ($X)")
            case Welcome():
                self._lost, self.position_known = True, False
                raise ProtocolError(f"{name}: the board was reset in mid-job; check its power and the cable")
            case Noise():
                raise ProtocolError(f"{name}: {event.text[:40]!r} makes no sense; check the cable and the baud rate")
