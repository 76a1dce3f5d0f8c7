"""A simulated board as a port in this process; waiting moves the virtual clock instead of us."""

from __future__ import annotations

from plotwriter.devices.simulator.board import Board
from plotwriter.devices.transport import Clock
from plotwriter.errors import PortError

__all__ = ["SimPort"]


class SimPort:
    """An open port with a board behind it."""

    def __init__(self, board: Board, *, name: str = "sim") -> None:
        """Plug in."""
        self.board = board
        self.clock: Clock = board.clock
        self.name = name

    def write(self, sent: bytes) -> None:
        """Send all bytes."""
        self._plugged()
        self.board.run_to(self.board.clock.now())
        self.board.receive(sent)

    def read(self, timeout: float) -> bytes:
        """What has arrived, after at most `timeout` virtual seconds."""
        board, clock = self.board, self.board.clock
        deadline = clock.now() + timeout
        while True:
            board.run_to(clock.now())
            if received := board.take():
                return received
            self._plugged()
            event = board.next_event()
            if event is None or event > deadline:
                clock.advance_to(deadline)
                board.run_to(deadline)
                return board.take()
            clock.advance_to(event)

    def close(self) -> None:
        """Unplug."""

    def _plugged(self) -> None:
        if self.board.gone:
            raise PortError(f"{self.name}: the connection was lost; check the cable and the power")
