"""A simulated board on a real pseudo-terminal: the same serial code as for a real one, at no pace but its own.

driver -- pyserial -- /dev/pts/N == pseudo-terminal == thread: bytes to the board, its clock jumps, replies back
"""

from __future__ import annotations

import os
import select
import threading
import time
import tty
from types import TracebackType

from plotwriter.devices.simulator.board import Board
from plotwriter.devices.simulator.grbl_board import GrblBoard
from plotwriter.devices.simulator.marlin_board import MarlinBoard

__all__ = ["PtyBoard"]

TICK = 0.002  # s, real, that the thread waits for bytes
LONGEST_TICK = 0.02  # s, while nothing has happened for a while: a served board costs next to nothing
SLACKEN = 1.05  # each tick without anything makes the next one so much longer
IDLE_STEP = 0.02  # s, virtual, that pass in a TICK without bytes
SETTLE = 0.05  # s, real, between the port being opened and the board's first words: opening flushes what came before


class PtyBoard:
    """Serves a board until closed; `path` is the port to open. Needs a POSIX system."""

    def __init__(self, board: Board, *, real_time: bool = False) -> None:
        """Make the terminal and start serving.

        Args:
            board: what to serve
            real_time: its clock is ours, not as fast as the commands come
        """
        self.board = board
        self._ahead = board.clock.now() - time.monotonic() if real_time else None
        self._closed, self._tick = False, TICK
        self._master, slave = os.openpty()
        tty.setraw(slave)
        self.path = os.ttyname(slave)
        os.close(slave)  # the driver holds the only one: a hang-up tells that it is closed
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self) -> PtyBoard:
        """Serve inside a with statement."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop serving."""
        self.close()

    def close(self) -> None:
        """Stop serving and take the terminal away."""
        self._stop.set()
        self._thread.join(timeout=5)

    def _serve(self) -> None:
        poll = select.poll()
        poll.register(self._master, select.POLLIN)
        try:
            while not self._stop.is_set() and _hung_up(poll):
                self._stop.wait(LONGEST_TICK)
            self._stop.wait(SETTLE)
            while not self._stop.is_set() and not self.board.gone:
                self._turn(poll)
        finally:
            os.close(self._master)  # what a driver sees of a pulled cable

    def _turn(self, poll: select.poll) -> None:
        board = self.board
        ready = poll.poll(self._tick * 1000)
        tick, idle = self._tick, board.next_event() is None
        self._tick = min(tick * SLACKEN, LONGEST_TICK) if idle else TICK
        if ready and ready[0][1] & select.POLLIN:
            self._tick = TICK
            board.receive(os.read(self._master, 4096))
        elif ready:  # closed by the driver; it may open again
            self._closed = True
            self._stop.wait(tick)
            return
        elif self._ahead is None:
            board.clock.sleep(IDLE_STEP * tick / TICK)
            board.run_to(board.clock.now())
        if self._closed:
            self._closed = False
            self._opened_again()
        if self._ahead is not None:
            board.clock.advance_to(time.monotonic() + self._ahead)
            board.run_to(board.clock.now())
            if answer := board.take():
                os.write(self._master, answer)
            return
        while (event := board.next_event()) is not None and not self._stop.is_set():
            board.clock.advance_to(event)
            board.run_to(board.clock.now())
            if answer := board.take():
                os.write(self._master, answer)
                break  # the driver's next bytes may be there already

    def _opened_again(self) -> None:
        """DTR resets a board behind a serial chip, as when it was switched on; one with USB of its own does not notice."""
        board = self.board
        if isinstance(board, GrblBoard | MarlinBoard):
            faults = board.faults
            board.plug()
            board.faults = faults
        self._stop.wait(SETTLE)


def _hung_up(poll: select.poll) -> bool:
    return any(mask & select.POLLHUP for _, mask in poll.poll(0))
