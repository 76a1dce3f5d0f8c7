"""What every machine can do, and how its failures are told."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from plotwriter.devices.profile import MachineProfile
from plotwriter.devices.transport import Transport
from plotwriter.errors import DeviceError
from plotwriter.motion.actions import Plan

__all__ = ["Device", "OnProgress", "Progress", "at_stroke", "rescue"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a page is."""

    strokes: int  #: drawn
    n_strokes: int  #: in all
    elapsed: float  #: s of the plan, done
    duration: float  #: s of the plan, in all


OnProgress = Callable[[Progress], None]


class Device(Protocol):
    """A machine on an open port."""

    profile: MachineProfile
    transport: Transport

    def connect(self) -> None:
        """Say hello, set the board up, raise the pen."""

    def plot(self, plan: Plan, *, on_progress: OnProgress | None = None) -> None:
        """Draw a page and wait for its end; whatever goes wrong, the pen is raised first."""

    def raise_pen(self) -> None:
        """Stop what is running and raise the pen."""

    def close(self) -> None:
        """Give the port back; never raises."""


def rescue(device: Device) -> None:
    """Raise the pen if it still can be: what went wrong before is what is told."""
    with suppress(DeviceError):  # the port or the board is gone
        device.raise_pen()


def at_stroke(error: DeviceError, plan: Plan, stroke: int) -> DeviceError:
    """The same error, saying where in the page it struck."""
    n = len(plan.words)
    if not 0 <= stroke < n:
        where = "on the way home"
    else:
        words = plan.words[stroke]
        where = f"stroke {stroke + 1} of {n}" + (f", {words[:40]!r}" if words else "")
    return type(error)(f"{error} (at {where})")
