"""An EBB on a port: the protocol, with time-outs, and the pen raised whatever happens."""

from __future__ import annotations

import numpy as np

from plotwriter.devices.device import OnProgress, Progress, at_stroke, rescue
from plotwriter.devices.ebb import EbbProtocol, Noise, Refusal, Reply, firmware_version
from plotwriter.devices.ebb_encode import encode, pen_command, setup, slices
from plotwriter.devices.profile import MachineProfile
from plotwriter.devices.transport import Transport
from plotwriter.errors import AlarmError, DeviceError, ProtocolError
from plotwriter.motion.actions import Plan
from plotwriter.motion.planner import travel

__all__ = ["EbbDevice"]

ANSWER = 2.0  # s a board may take to answer when nothing is queued; a USB frame is 1 ms
PROMPT = 0.3  # s beyond what is queued in which an answer comes if the command ever went out; the pen may be down
POLL = 0.02  # s between looks at a busy board
BUSY = 0x0F  # QG bits: queue, motor 1, motor 2, command
OLDEST = (2, 6, 2)  # firmware with QG; EBB command reference


class EbbDevice:
    """A plotter with an EBB."""

    def __init__(self, profile: MachineProfile, transport: Transport) -> None:
        """Take an open port; nothing is sent yet."""
        self.profile = profile
        self.transport = transport
        self._protocol = EbbProtocol()
        self._patience = ANSWER  # s; grows with what is queued
        self._queued = [0.0, 0.0, 0.0]  # s of the last commands: running, queued, stuck in the parser

    def connect(self) -> None:
        """Find the board, set it up, raise the pen, and walk home if it was left elsewhere.

        Raises:
            ProtocolError: nothing that speaks EBB, or firmware that is too old
            PortError: the port is lost
        """
        version = firmware_version(self._hello())
        if version < OLDEST:
            dotted = ".".join(map(str, version))
            raise ProtocolError(f"{self.transport.name}: EBB firmware {dotted} is too old; update it to 2.8.1 (oldest: 2.6.2)")
        pen_lift = pen_command(down=False, duration=self.profile.pen.times.raise_pen)
        *servo, motors = setup(self.profile)
        for command in (*servo, pen_lift):
            self._ask(command)
        self._walk_home(version)
        self._ask(motors)  # zeroes the counters: here is home
        self._wait_idle(ANSWER)

    def plot(self, plan: Plan, *, on_progress: OnProgress | None = None) -> None:
        """Draw a page.

        Raises:
            DeviceError: with the stroke it struck and what that stroke writes; the pen is up
        """
        stroke, n = -1, len(plan.words)
        try:
            for command in encode(plan, self.profile):
                if command.stroke != stroke and on_progress is not None:
                    on_progress(Progress(command.stroke, n, max(command.plan_time - command.duration, 0.0), plan.duration))
                stroke = command.stroke
                self._ask(command.text, duration=command.duration)
            self._wait_idle(sum(self._queued) + ANSWER)
            if on_progress is not None:
                on_progress(Progress(n, n, plan.duration, plan.duration))
        except BaseException as error:
            rescue(self)
            if isinstance(error, DeviceError):
                raise at_stroke(error, plan, stroke) from error
            raise

    def raise_pen(self) -> None:
        """Stop the motors and raise the pen; motors stay powered, so the position stays known.

        Raises:
            DeviceError: the board does not answer
        """
        try:
            if self._protocol.waiting is not None:
                self._patience = min(self._patience, sum(self._queued) + PROMPT)
                self._reply()
        except (ProtocolError, AlarmError):
            pass  # the answer to what is being stopped
        if self._protocol.waiting is not None:  # half a command may be out: end it, then forget its answer
            self._protocol.reset()
            self.transport.write(b"\r")
            while received := self.transport.read(POLL):
                self._protocol.feed(received)
            self._protocol.reset()
        lift = self.profile.pen.times.raise_pen
        try:
            self._ask("ES")
        finally:
            self._ask(pen_command(down=False, duration=lift), duration=lift)
        self._wait_idle(lift + ANSWER)

    def close(self) -> None:
        """Give the port back."""
        self.transport.close()

    def _hello(self) -> str:
        for _ in range(2):  # the first may end half a command of whoever was here before
            self._protocol.reset()
            self.transport.write(self._protocol.send("V"))
            deadline = self.transport.clock.now() + ANSWER / 2
            while (left := deadline - self.transport.clock.now()) > 0:
                for event in self._protocol.feed(self.transport.read(left)):
                    if isinstance(event, Reply):
                        return event.lines[0]
        self._protocol.reset()
        raise ProtocolError(f"{self.transport.name}: no EBB answers there; check the machine's power and that the port is right")

    def _ask(self, command: str, *, duration: float = 0.0) -> tuple[str, ...]:
        self._queued = [*self._queued[1:], duration]
        self._patience = ANSWER + 2 * sum(self._queued)
        self.transport.write(self._protocol.send(command))
        return self._reply()

    def _reply(self) -> tuple[str, ...]:
        name, command = self.transport.name, self._protocol.waiting
        deadline = self.transport.clock.now() + self._patience
        while (left := deadline - self.transport.clock.now()) > 0:
            for event in self._protocol.feed(self.transport.read(left)):
                match event:
                    case Reply():
                        return event.lines
                    case Refusal():
                        raise AlarmError(f"{name}: the board refuses {event.command!r}: {event.message}")
                    case Noise():
                        raise ProtocolError(f"{name}: {event.text[:40]!r} is no answer to {command!r}; check the cable")
        patience, self._patience = self._patience, POLL  # whoever raises the pen now need not wait for it again
        raise ProtocolError(f"{name}: no answer to {command!r} in {patience:.1f} s; check the cable and the power")

    def _wait_idle(self, patience: float) -> None:
        deadline = self.transport.clock.now() + patience
        while int(self._ask("QG")[0], 16) & BUSY:
            if self.transport.clock.now() > deadline:
                raise ProtocolError(f"{self.transport.name}: still busy after {patience:.1f} s; switch the machine off and on")
            self.transport.clock.sleep(POLL)

    def _walk_home(self, version: tuple[int, ...]) -> None:
        table = self.profile.ebb
        if table is None or table.microstep != 1 or version < (2, 8, 0) or self._ask("QE") != ("16,16",):
            return  # the counters' unit is not known
        motors = np.array([int(part) for part in self._ask("QS")[0].split(",")], dtype=np.int64)
        here = complex(*(motors @ np.array([[1, 1], [1, -1]]))) / (2 * table.steps_per_mm)
        for move in travel(here, 0j, self.profile.motion, stroke=0):
            for text, milliseconds, _ in slices(move, table, motors):
                self._ask(text, duration=milliseconds / 1000)
        self._wait_idle(sum(self._queued) + ANSWER)
