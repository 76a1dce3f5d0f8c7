"""A GRBL board on a port: the stream, with time-outs, and the pen raised whatever happens."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from plotwriter.devices.device import OnProgress, Progress, at_stroke, rescue
from plotwriter.devices.gcode import GcodeLine, encode, pen_lines
from plotwriter.devices.grbl import HOLD, RESET, STATUS, Ack, Alarm, Fault, GrblEvent, GrblStream, Message, Noise, Status, Welcome
from plotwriter.devices.profile import MachineProfile
from plotwriter.devices.transport import Transport
from plotwriter.errors import AlarmError, ConfigError, DeviceError, ProtocolError
from plotwriter.motion.actions import Plan

__all__ = ["GrblDevice"]

BOOT = 2.5  # s an Uno takes to say hello after its port was opened
POLL = 0.25  # s of silence after which `?` is asked; GRBL wants it at most 5 to 10 times a second
ALIVE = 3.0  # s in which a live board answers a `?`
IDLE_LIMIT = 1.0  # s, beyond the longest dwell, that a board may be Idle with lines unanswered before one counts as lost


class GrblDevice:
    """A plotter with GRBL 1.1."""

    def __init__(self, profile: MachineProfile, transport: Transport) -> None:
        """Take an open port; nothing is sent yet."""
        self.profile = profile
        self.transport = transport
        self._stroke = -1
        self._stream = GrblStream(rx_capacity=profile.connection.rx_capacity)

    def connect(self) -> None:
        """Wait for the board, check that it is unlocked and not in laser mode, raise the pen.

        Raises:
            ProtocolError: nothing that speaks GRBL
            AlarmError: the board is locked
            ConfigError: its settings would lower the pen in motion
        """
        name = self.transport.name
        hello = self._await_welcome(BOOT)
        if hello is None:  # no reset on opening: ask for one
            self._stream.reset()
            self.transport.write(RESET)
            hello = self._await_welcome(BOOT)
        if hello is None:
            raise ProtocolError(f"{name}: no GRBL answers there; check the machine's power, its baud rate and that the port is right")
        if self._state().startswith("Alarm"):
            raise AlarmError(f"{name}: the board is locked by an alarm; home it ($H) or unlock it ($X) first")
        settings = [event.text for event in self._run([GcodeLine("$$", -1, 0.0)]) if isinstance(event, Message)]
        if "$32=1" in settings:
            raise ConfigError(f"{name}: the board is in laser mode and would move the pen while drawing; switch it off with $32=0")
        self._run(GcodeLine(text, -1, 0.0) for text in pen_lines(self.profile, down=False))

    def plot(self, plan: Plan, *, on_progress: OnProgress | None = None) -> None:
        """Draw a page.

        Raises:
            DeviceError: with the stroke it struck and what that stroke writes; the pen is up
        """
        self._stroke = -1
        n = len(plan.words)

        def report(line: GcodeLine) -> None:
            if line.stroke != self._stroke:
                self._stroke = line.stroke
                if on_progress is not None:
                    on_progress(Progress(max(line.stroke, 0), n, line.plan_time, plan.duration))

        try:
            self._run(encode(plan, self.profile), report=report)
            self._wait_idle()
        except BaseException as error:
            rescue(self)
            if isinstance(error, DeviceError):
                raise at_stroke(error, plan, self._stroke) from error
            raise
        if on_progress is not None:
            on_progress(Progress(n, n, plan.duration, plan.duration))

    def raise_pen(self) -> None:
        """Brake, drop what is queued, raise the pen; a board that braked first keeps its position.

        Raises:
            DeviceError: the board does not answer
        """
        self.transport.write(HOLD)
        deadline = self.transport.clock.now() + ALIVE
        while self._state() not in ("Hold:0", "Idle", "Alarm") and self.transport.clock.now() < deadline:
            self.transport.clock.sleep(POLL / 5)
        self._stream.reset()
        self.transport.write(RESET)
        self._await_welcome(BOOT)
        if self._state().startswith("Alarm"):
            self._run([GcodeLine("$X", -1, 0.0)])
        self._run(GcodeLine(text, -1, 0.0) for text in pen_lines(self.profile, down=False))

    def close(self) -> None:
        """Give the port back."""
        self.transport.close()

    def _await_welcome(self, patience: float) -> str | None:
        deadline = self.transport.clock.now() + patience
        while (left := deadline - self.transport.clock.now()) > 0:
            for event in self._stream.feed(self.transport.read(left)):
                if isinstance(event, Welcome):
                    return event.text
        return None

    def _state(self) -> str:
        self.transport.write(STATUS)
        deadline = self.transport.clock.now() + ALIVE
        while (left := deadline - self.transport.clock.now()) > 0:
            for event in self._stream.feed(self.transport.read(left)):
                if isinstance(event, Status):
                    return event.state
        raise ProtocolError(f"{self.transport.name}: the board no longer answers; check the cable and the power")

    def _wait_idle(self) -> None:
        while (state := self._state()) != "Idle":
            if state.startswith("Alarm"):
                raise AlarmError(f"{self.transport.name}: the board has locked itself; home it ($H) or unlock it ($X)")
            self.transport.clock.sleep(POLL)

    def _run(self, lines: Iterable[GcodeLine], *, report: Callable[[GcodeLine], None] | None = None) -> list[GrblEvent]:
        """Stream lines and wait for all their answers; other events are returned."""
        source = iter(lines)
        waiting: GcodeLine | None = next(source, None)
        sent: deque[GcodeLine] = deque()
        others: list[GrblEvent] = []
        asked, n_idle = 0, 0  # `?` without answer, Idle in a row
        times = self.profile.pen.times
        idle_limit = (IDLE_LIMIT + max(times.raise_pen, times.lower_pen)) / POLL  # a dwelling board says Idle too
        while waiting is not None or self._stream.unanswered:
            batch = b""
            while waiting is not None and (part := self._stream.send(waiting.text)) is not None:
                batch += part
                sent.append(waiting)
                waiting = next(source, None)
            if batch:
                self.transport.write(batch)
            received = self.transport.read(POLL)
            if not received:
                if asked * POLL > ALIVE:
                    raise ProtocolError(f"{self.transport.name}: the board no longer answers; check the cable and the power")
                asked += 1
                self.transport.write(STATUS)
            for event in self._stream.feed(received):
                asked = 0
                if isinstance(event, Ack):
                    n_idle = 0
                    line = sent.popleft()
                    if report is not None:
                        report(line)
                elif isinstance(event, Status):
                    n_idle = n_idle + 1 if event.state == "Idle" else 0
                    if n_idle >= idle_limit:
                        raise ProtocolError(
                            f"{self.transport.name}: an answer was lost ({self._stream.unanswered} lines open); check the cable"
                        )
                else:
                    self._judge(event)
                    others.append(event)
        return others

    def _judge(self, event: GrblEvent) -> None:
        name = self.transport.name
        match event:
            case Fault():
                raise AlarmError(f"{name}: GRBL error {event.code} at {event.gcode_line!r}: {event.text}")
            case Alarm():
                raise AlarmError(f"{name}: GRBL alarm {event.code}: {event.text}; home it ($H) or unlock it ($X)")
            case Welcome():
                raise ProtocolError(f"{name}: the board was reset in mid-job; check its power and the cable")
            case Noise():
                raise ProtocolError(f"{name}: {event.text[:40]!r} makes no sense; check the cable and the baud rate")
