"""An EBB on a port: the protocol, with time-outs, and the pen raised whatever happens."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from plotwriter.devices.device import Facts, Monitor, Progress, pen_raised_on_failure, strokes_of
from plotwriter.devices.ebb import EbbProtocol, Noise, Refusal, Reply, firmware_version
from plotwriter.devices.ebb_encode import EbbCommand, encode, pen_command, setup
from plotwriter.devices.neighbour import who_answers
from plotwriter.devices.page import move
from plotwriter.devices.profile import EbbTable, MachineProfile
from plotwriter.devices.transport import Transport
from plotwriter.errors import AlarmError, ProtocolError
from plotwriter.motion.actions import Plan

__all__ = ["EbbDevice"]

ANSWER = 2.0  # s a board may take to answer when nothing is queued; a USB frame is 1 ms
PROMPT = 0.3  # s beyond what is queued in which an answer comes if the command ever went out; the pen may be down
POLL = 0.02  # s between looks at a busy board
BUSY = 0x0F  # QG bits: queue, motor 1, motor 2, command
BUTTON = 0x20  # QG bit: PRG was pressed since the last look, which forgets it
OLDEST = (2, 5, 4)  # firmware with QT and all else that is asked; release notes
GENERAL = (2, 6, 2)  # firmware with QG; before, QM and QB tell the same.  Source: AxiDraw software (the notes say 2.6.1)
COUNTERS = (2, 8, 0)  # firmware with QE, which tells the counters' unit, and whose EM zeroes them for certain
COUNTED = 2**31  # steps that fit into a counter
HELD = 2  # commands a board may not have ended when it has taken a third: one runs, one is queued
CLEAR = ("SM,1,0,0,3", (2, 7, 0))  # zeroes the accumulators, which a plan takes to be 0, and not the counters; since when
QUEUE = (3, 0, 0)  # firmware with CU,4, the depth of the queue
AT_ONCE = (3, 0, 1)  # firmware with SP,3: the pen goes up before what is queued
LEGACY = b"CU,10,0\r"  # ends the other syntax of 3.x, in which another program may have left the board
TAG = 83  # our mark in the byte that SL keeps while the power is on: the counters are ours
STANDARD_PIN = 4  # SP's own default, B1
WEAK = 250  # QC's second number below which the motors have no supply: 7.7 V.  Source: AxiDraw software
POWER = {1: 16, 2: 8, 3: 4, 4: 2, 5: 1}  # EM's argument -> what QE says


class EbbDevice:
    """A plotter with an EBB."""

    def __init__(self, profile: MachineProfile, transport: Transport) -> None:
        """Take an open port; nothing is sent yet."""
        self.profile = profile
        self.transport = transport
        self.position_known = False
        self.left_at: tuple[complex, bool] | None = None  #: where the board was found and whether its pen was down
        self._protocol = EbbProtocol()
        self._version: tuple[int, ...] = ()
        self._patience = ANSWER  # s; grows with what is queued
        self._held = HELD
        self._queued = [0.0] * (HELD + 1)  # s of the last commands: running, queued, stuck in the parser
        self._pressed = False
        self._vouched = False  #: its mark is set: somebody, or the board, has said where the pen stands
        self._fresh = False  # no move since the accumulators were zeroed

    def connect(self, *, prepare: bool = True) -> None:
        """Find the board, set it up, raise the pen, and walk home if it was left elsewhere.

        Raises:
            ProtocolError: nothing that speaks EBB, or firmware that is too old
            PortError: the port is lost
        """
        hello = self._hello()
        try:
            self._version = firmware_version(hello)
        except ProtocolError:
            raise ProtocolError(f"{self.transport.name}: {hello[:60]!r} names no firmware version; check the cable") from None
        oldest = max(OLDEST, tuple(int(part) for part in self._table.oldest.split(".")))
        if self._version < oldest:
            have, need = (".".join(map(str, version)) for version in (self._version, oldest))
            raise ProtocolError(f"{self.transport.name}: EBB firmware {have} is too old; update it (this machine wants {need} or newer)")
        if self._version >= QUEUE:
            self._set_depth()
        self.position_known = self._counters_are_ours()
        if self.position_known and prepare:
            self._wait_idle(sum(self._queued) + ANSWER)
            self.left_at = self.where(), self.pen_is_down()
        *servo, motors = setup(self.profile)
        for command in servo:
            self._ask(command)
        if prepare:
            self._lift()
            if self.position_known:
                self._walk_home()
        if not self.position_known:
            self._ask("SL,0")  # before the motors are as ours again: nothing says yet where they stand
        if prepare or not self.position_known:
            self._power(motors)
        if self.position_known:
            self._vouch()
        self._wait_idle(ANSWER)
        self._pressed = False

    def plot(self, plan: Plan, *, monitor: Monitor | None = None) -> int:
        """Draw a plan.

        Raises:
            DeviceError: with the stroke it struck and what that stroke writes; the pen is up
        """
        monitor = monitor or Monitor()
        stroke, n, stopped = -1, len(plan.words), list[int]()
        held: deque[tuple[int, bool]] = deque()  # taken by the board and perhaps not ended

        def ended(keep: int) -> None:
            while len(held) > keep:
                done, last = held.popleft()
                if last and 0 <= done < n:
                    monitor.drawn(done)

        with pen_raised_on_failure(self, plan, lambda: stroke):
            if not self._vouched:  # who draws from here says that the pen stands at home
                self._vouch()
            self._clear()
            for command, last in strokes_of(self._encoded(plan), n, monitor, self._button, stopped):
                if command.stroke != stroke:
                    elapsed = max(command.plan_time - command.duration, 0.0)
                    monitor.progress(Progress(min(max(command.stroke, 0), n), n, elapsed, plan.duration))
                stroke = command.stroke
                self._ask(command.text, duration=command.duration)
                held.append((stroke, last))
                ended(self._held)
            self._wait_idle(sum(self._queued) + ANSWER)
            ended(0)
        if stopped:
            if self.profile.pen.hop:  # it may hang low, over the way to the next stroke of its word
                self._lift()
                self._wait_idle(self.profile.pen.times.raise_pen + ANSWER)
            return stopped[0]
        monitor.progress(Progress(n, n, plan.duration, plan.duration))
        return n

    def where(self) -> complex:
        """Where the pen stands, mm, machine frame, by the board's step counters."""
        reply = self._ask("QS")
        try:
            first, second = (int(part) for part in reply[0].split(","))
            if max(abs(first), abs(second)) > COUNTED:
                raise ValueError
        except (ValueError, IndexError):
            raise ProtocolError(f"{self.transport.name}: {str(reply)[:40]} names no two counters; check the cable") from None
        return complex(first + second, first - second) / (2 * self._table.steps_per_mm)

    def pen_is_down(self) -> bool:
        """Whether the board last lowered the pen."""
        return self._ask("QP")[:1] == ("0",)

    def adopt(self, profile: MachineProfile) -> None:
        """Other pen heights or speeds from now on: the board is told its servo's new ends and rates."""
        self.profile = profile
        for command in setup(profile)[:-1]:
            self._ask(command)

    def home(self) -> None:
        """Take the pen's place for home: an EBB knows no switches."""
        self._power(setup(self.profile)[-1])
        self._vouch()
        self.position_known = True

    def motors_off(self) -> None:
        """Raise the pen and let the carriage be moved by hand."""
        self._lift()
        self._ask("EM,0,0")
        self.position_known = False

    def facts(self) -> Facts:
        """Firmware, nickname, supply."""
        name = next(iter(self._ask("QT")), "")
        adc, supply = self._supply()
        complaints = (f"the motors' supply gives {supply:.1f} V; plug it in and switch it on (9 V or more)",) if adc < WEAK else ()
        return Facts("EBB " + ".".join(map(str, self._version)), name, supply, complaints=complaints)

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
        try:
            if self._version >= AT_ONCE:
                self._ask("SP,3,0")
            self._ask("ES")
        finally:
            for command in setup(self.profile)[:2] if self._version >= AT_ONCE else ():  # SP,3 made the lower end the upper one
                self._ask(command)
            self._lift()
        self._wait_idle(self.profile.pen.times.raise_pen + ANSWER)

    def close(self) -> None:
        """Give the port back."""
        self.transport.close()

    @property
    def _table(self) -> EbbTable:
        assert self.profile.ebb is not None, "a profile of device 'ebb' has its table"
        return self.profile.ebb

    def _set_depth(self) -> None:
        """How many moves are queued: never left as it was, for what another program set would make us count too few."""
        said = next(iter(self._ask("QU,2")), "").removeprefix("QU,")
        if not said.isdecimal() or int(said) < 1:
            raise ProtocolError(f"{self.transport.name}: {said[:40]!r} is no depth of a queue; check the cable")
        depth = min(self._table.fifo, int(said))
        self._held = depth + 1
        self._queued = [0.0] * (self._held + 1)
        self._ask(f"CU,4,{depth}")

    def _vouch(self) -> None:
        """Leave the mark. Never before the place is known: a question that nobody answered must not become an answer."""
        self._ask(f"SL,{TAG}")
        self._vouched = True

    def _power(self, motors: str) -> None:
        """Motors on, counters and accumulators at 0."""
        self._ask(motors)
        if self._version < COUNTERS:
            self._ask("CS")
        self._fresh = True

    def _lift(self) -> None:
        lift = self.profile.pen.times.raise_pen
        self._ask(pen_command(down=False, duration=lift), duration=lift)

    def _hello(self) -> str:
        for _ in range(3):  # the first may end half a command of whoever was here before, and the second may find another syntax
            self._protocol.reset()
            self.transport.write(self._protocol.send("V"))
            deadline = self.transport.clock.now() + ANSWER / 2
            while (left := deadline - self.transport.clock.now()) > 0:
                for event in self._protocol.feed(self.transport.read(left)):
                    if not isinstance(event, Reply):
                        continue
                    if not event.lines[0].startswith("V,"):
                        return event.lines[0]
                    self.transport.write(LEGACY)
                    deadline = 0.0
            self._drain()
        self._protocol.reset()
        raise ProtocolError(f"{self.transport.name}: no EBB answers there; {who_answers(self.transport)}")

    def _give_up(self) -> None:
        """Forget the command in flight: half of it may be out, so it is ended, and an answer that still comes is not heard."""
        self._protocol.reset()
        self.transport.write(b"\r")
        self._drain()

    def _drain(self) -> None:
        """Hear the board out; one that never ends is told of by what is asked next."""
        deadline = self.transport.clock.now() + ANSWER / 2
        while self.transport.read(POLL) and self.transport.clock.now() < deadline:
            pass

    def _counters_are_ours(self) -> bool:
        """Whether the board has been powered since we set it up, so that its counters tell where it stands."""
        if self._version < COUNTERS:
            return False
        mode = POWER[self._table.microstep]
        tag = (self._ask("QL")[:1] or ("",))[0]
        return self._ask("QE") == (f"{mode},{mode}",) and tag.isdecimal() and int(tag) == TAG

    def _ask(self, command: str, *, duration: float = 0.0) -> tuple[str, ...]:
        if command.startswith("SP,") and self._table.servo_pin != STANDARD_PIN:
            command = f"{command},{self._table.servo_pin}"
        if self._protocol.waiting is not None:
            self._give_up()
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
                        raise AlarmError(f"{name}: the board refuses {event.command!r}: {event.message[:80]}")
                    case Noise():
                        raise ProtocolError(f"{name}: {event.text[:40]!r} is no answer to {command!r}; check the cable")
        patience, self._patience = self._patience, POLL  # whoever raises the pen now need not wait for it again
        raise ProtocolError(f"{name}: no answer to {command!r} in {patience:.1f} s; check the cable and the power")

    def _supply(self) -> tuple[int, float]:
        """What the board measures of the motors' supply, and the V it stands for."""
        reply = (self._ask("QC")[:1] or ("",))[0].rpartition(",")[2]
        if not reply.isdecimal():
            raise ProtocolError(f"{self.transport.name}: {reply[:40]!r} is no voltage; check the cable")
        return int(reply), int(reply) / 1023 * 3.3 * 9.2 + 0.3  # the board's divider and diode; EBB command reference, QC

    def _look(self) -> bool:
        """Whether the board is busy; the one place that asks for its state, because asking forgets that the button was pressed."""
        reply = self._ask("QG" if self._version >= GENERAL else "QM")
        try:
            if self._version < GENERAL:
                self._pressed = self._pressed or self._ask("QB")[:1] == ("1",)
                return any(int(part) for part in reply[0].split(",")[1:])
            state = int(reply[0], 16)
        except (ValueError, IndexError):
            raise ProtocolError(f"{self.transport.name}: {str(reply)[:40]} is no state; check the cable") from None
        self._pressed = self._pressed or bool(state & BUTTON)
        return bool(state & BUSY)

    def _button(self) -> bool:
        """Whether the board's button asks for a pause; asked once, it is answered.

        Raises:
            AlarmError: the motors have lost their supply, and steps with it
        """
        self._look()
        adc, supply = self._supply()
        if adc < WEAK:
            self._ask("SL,0")  # the counters are right no longer, whoever reads them
            self.position_known = False
            raise AlarmError(f"{self.transport.name}: the motors' supply fell to {supply:.1f} V and steps were lost; check the power")
        pressed, self._pressed = self._pressed, False
        return pressed

    def _wait_idle(self, patience: float) -> None:
        deadline = self.transport.clock.now() + patience
        while self._look():
            if self.transport.clock.now() > deadline:
                raise ProtocolError(f"{self.transport.name}: still busy after {patience:.1f} s; switch the machine off and on")
            self.transport.clock.sleep(POLL)

    def _encoded(self, plan: Plan) -> Iterator[EbbCommand]:
        return encode(plan, self.profile, firmware=self._version)

    def _clear(self) -> None:
        command, since = CLEAR
        if not self._fresh and self._version >= since:
            self._ask(command)
        self._fresh = False

    def _walk_home(self) -> None:
        self._clear()
        for command in self._encoded(move(self.where(), 0j, self.profile)):
            self._ask(command.text, duration=command.duration)
        self._wait_idle(sum(self._queued) + ANSWER)
