"""What every machine can do, what it tells while it draws, and how its failures are told.

plan -> commands -> strokes -> wire
|  ^
monitor: pause_wanted(i)  sending(i)  ...  drawn(i) once the board has confirmed it
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Protocol, TypeVar, runtime_checkable

from plotwriter.devices.profile import MachineProfile
from plotwriter.devices.transport import Transport
from plotwriter.errors import DeviceError
from plotwriter.motion.actions import Plan

__all__ = [
    "Device",
    "Facts",
    "Monitor",
    "OnProgress",
    "PenChanger",
    "Progress",
    "StrokeCommand",
    "Teller",
    "pen_raised_on_failure",
    "strokes_of",
]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a page is."""

    strokes: int  #: drawn
    n_strokes: int  #: in all
    elapsed: float  #: s of the plan, done
    duration: float  #: s of the plan, in all


OnProgress = Callable[[Progress], None]


class Monitor:
    """Told while a page is drawn, asked between its strokes; this one does nothing."""

    def sending(self, stroke: int) -> None:
        """The first byte of a stroke is about to be sent; whatever was drawn before it is at rest."""

    def drawn(self, stroke: int) -> None:
        """The board has confirmed that a stroke is drawn and the pen raised."""

    def progress(self, progress: Progress) -> None:
        """So far is it."""

    def pause_wanted(self, stroke: int) -> bool:
        """Whether to stop before this stroke, the next one."""
        return False


class Teller(Monitor):
    """Hands progress to a function."""

    def __init__(self, on_progress: OnProgress | None) -> None:
        """Take the function; None: say nothing."""
        self._on_progress = on_progress

    def progress(self, progress: Progress) -> None:
        """Tell it."""
        if self._on_progress is not None:
            self._on_progress(progress)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a board says of itself."""

    firmware: str  #: name and version
    name: str = ""  #: nickname
    supply: float | None = None  #: V, of the motors; None where it cannot be asked
    settings: tuple[tuple[str, str], ...] = ()  #: further facts, name and value
    complaints: tuple[str, ...] = ()  #: what does not agree with the profile, a line each


class Device(Protocol):
    """A machine on an open port."""

    profile: MachineProfile
    transport: Transport
    position_known: bool  #: where the pen stands was read back; False: it is taken to stand at home
    left_at: tuple[complex, bool] | None  #: where the pen was found and whether it was down, before anything moved

    def connect(self, *, prepare: bool = True) -> None:
        """Say hello and set the board up; then, to prepare a drawing, raise the pen and go home."""

    def plot(self, plan: Plan, *, monitor: Monitor | None = None) -> int:
        """Draw a plan and wait for its end; whatever goes wrong, the pen is raised first.

        Returns:
            the stroke before which a pause was wanted, pen up; the number of strokes when all is drawn
        """

    def where(self) -> complex:
        """Where the pen stands, mm, machine frame."""

    def pen_is_down(self) -> bool:
        """Whether the board last lowered the pen."""

    def adopt(self, profile: MachineProfile) -> None:
        """Other pen heights or speeds from now on; nothing moves."""

    def home(self) -> None:
        """Find home by limit switches where there are some, else take the place for home."""

    def motors_off(self) -> None:
        """Let the carriage be moved by hand; the position is lost."""

    def facts(self) -> Facts:
        """What the board says of itself."""

    def raise_pen(self) -> None:
        """Stop what is running and raise the pen."""

    def close(self) -> None:
        """Give the port back; never raises."""


@runtime_checkable
class PenChanger(Protocol):
    """A machine that changes pens by itself."""

    def take_pen(self, pen: int) -> bool:
        """Put away the pen it holds and take another; False: it has no such pen."""


class StrokeCommand(Protocol):
    """A command that knows its stroke."""

    @property
    def stroke(self) -> int:
        """Index of the stroke; -1 before the first, their number on the way home."""


C = TypeVar("C", bound=StrokeCommand)


def strokes_of(
    commands: Iterable[C], n_strokes: int, monitor: Monitor, stop: Callable[[], bool], stopped: list[int]
) -> Iterator[tuple[C, bool]]:
    """Commands with whether each is the last of its stroke; ends before a stroke if a pause is wanted.

    Args:
        commands: a plan's, in order
        n_strokes: of the plan
        monitor: told before each stroke
        stop: asked before each stroke, besides the monitor
        stopped: gets the stroke it ended before, if it did
    """
    for stroke, group in itertools.groupby(commands, key=lambda command: command.stroke):
        chunk = list(group)
        if 0 <= stroke < n_strokes:
            if stop() or monitor.pause_wanted(stroke):
                stopped.append(stroke)
                return
            monitor.sending(stroke)
        for command in chunk[:-1]:
            yield command, False
        yield chunk[-1], True


@contextmanager
def pen_raised_on_failure(device: Device, plan: Plan, stroke: Callable[[], int]) -> Iterator[None]:
    """Whatever goes wrong within, the pen is raised first, if it still can be: what went wrong before is what is told.

    Args:
        device: that draws
        plan: that it draws
        stroke: the one it is at, as `StrokeCommand.stroke` says it

    Raises:
        DeviceError: the same that was raised within, saying where in the page it struck
    """
    try:
        yield
    except BaseException as error:
        with suppress(DeviceError):  # the port or the board is gone
            device.raise_pen()
        if isinstance(error, DeviceError):
            raise _at_stroke(error, plan, stroke()) from error
        raise


def _at_stroke(error: DeviceError, plan: Plan, stroke: int) -> DeviceError:
    """The same error, saying where in the page it struck."""
    n = len(plan.words)
    if not 0 <= stroke < n:
        where = "before the first stroke" if stroke < 0 else "on the way home"
    else:
        words = plan.words[stroke]
        where = f"at stroke {stroke + 1} of {n}" + (f", {words[:40]!r}" if words else "")
    return type(error)(f"{error} ({where})")
