"""What every simulated board offers the port it hangs on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from plotwriter.devices.simulator.clock import VirtualClock

__all__ = ["Board", "Faults", "cut"]


@dataclass(slots=True)
class Faults:
    """Things that go wrong, by the number of the command (or line) at which they do, from 1."""

    disconnect_after: int | None = None  #: the cable is pulled after so many commands
    disconnect_at_byte: int | None = None  #: ... after so many bytes, in mid-command too (HPGL)
    garbage_at: int | None = None  #: the reply comes as line noise
    lost_reply_at: int | None = None  #: the reply never comes
    error_at: int | None = None  #: the command is refused
    slow_at: int | None = None  #: the reply comes late ...
    slow_by: float = 0.0  #: ... by so many seconds
    reset_at: int | None = None  #: the controller starts anew, as after a spark; what it held is gone
    brown_out_at: int | None = None  #: the motors lose their supply and make no step any more (EBB)
    button_at: int | None = None  #: the button on the board is pressed (EBB, DrawCore)


class Board(Protocol):
    """A board on a virtual clock."""

    clock: VirtualClock
    faults: Faults
    gone: bool  #: the cable is pulled

    def receive(self, sent: bytes) -> None:
        """Bytes arrive now."""

    def run_to(self, moment: float) -> None:
        """Live on until a moment."""

    def next_event(self) -> float | None:
        """When something will happen by itself; None: only a byte can wake it."""

    def take(self) -> bytes:
        """What the board has sent by now."""

    def drawn(self) -> list[npt.NDArray[np.complex128]]:
        """Per touch of the pen the path drawn, (n,) complex128 mm; one point for a dot without motion."""

    @property
    def elapsed(self) -> float:
        """Virtual seconds until the last thing it was told to do is done."""

    @property
    def pen_is_down(self) -> bool:
        """Whether the pen touches the paper now."""


def cut(
    times: npt.NDArray[np.float64], path: npt.NDArray[np.complex128], contacts: list[tuple[float, float]], start: complex = 0j
) -> list[npt.NDArray[np.complex128]]:
    """The pieces of a sampled path that were drawn.

    Args:
        times: (n,) s, ascending
        path: (n,) mm at those times
        contacts: begin and end of each touch, s
        start: mm, where the pen was before the first sample
    """
    pieces = []
    for begin, end in contacts:
        first, last = np.searchsorted(times, begin, side="right"), np.searchsorted(times, end, side="right")
        before = path[first - 1] if first else start
        piece = np.concatenate(([before], path[first:last]))
        pieces.append(piece[np.concatenate(([True], piece[1:] != piece[:-1]))])
    return pieces
