r"""The EiBotBoard's protocol: commands out, replies in; no port, clock or thread.

    send("SM,10,80,0") -> b"SM,10,80,0\r"      ... in flight ...      feed(b"OK\r\n") -> [Reply("SM,10,80,0", ())]

1. One command is in flight; the reply is the flow control. A full motion queue makes it late, not lost.
2. Line ends vary by command and firmware ("\r\n", "\n\r"): split on either, drop empty lines.
3. Most commands end with OK; a few answer one line and no OK (NO_OK).
4. A line that starts with "!" or has "Err:" in it refuses the command; it stands in place of the OK.
5. Firmware 3.x may have been told to answer otherwise ("V,EBB...", CU,10,1), by another program: CU,10,0 ends that.

Source: EBB command reference (evil-mad.github.io/EggBot/ebb.html), legacy syntax, firmware 2.x and 3.x.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from plotwriter.errors import ProtocolError

__all__ = ["COMMAND_LIMIT", "EbbEvent", "EbbProtocol", "Noise", "Refusal", "Reply", "firmware_version"]

COMMAND_LIMIT = 64  # bytes with the CR, firmware 2.x; 3.x takes 256
NO_OK = {"V": re.compile(r"(V,)?EBB"), "QG": re.compile(r"[0-9A-Fa-f]{2}$"), "QM": re.compile(r"QM,")}
DATA = re.compile(r"[-0-9A-Fa-f]+(,-?\d+)*$")  # what queries answer before their OK
WITH_DATA = dict.fromkeys(("QB", "QC", "QE", "QL", "QP", "QS", "ES"), DATA) | {"QU": re.compile(r"QU,\d+$")}
LINE_LIMIT = 512  # bytes without a line end that can only be noise


@dataclass(frozen=True, slots=True)
class Reply:
    """A command was taken."""

    command: str
    lines: tuple[str, ...]  #: what it answered, without the OK


@dataclass(frozen=True, slots=True)
class Refusal:
    """A command was not taken."""

    command: str  #: the one in flight, else the last one
    message: str  #: the board's own line


@dataclass(frozen=True, slots=True)
class Noise:
    """A line that answers nothing."""

    text: str


EbbEvent = Reply | Refusal | Noise


class EbbProtocol:
    """One conversation with an EBB."""

    def __init__(self) -> None:
        """Nothing sent, nothing received."""
        self.waiting: str | None = None  #: the command in flight
        self._last = ""
        self._partial = b""
        self._lines: list[str] = []

    def send(self, command: str) -> bytes:
        """The bytes of a command.

        Raises:
            ProtocolError: one is in flight already, or this one is not a command
        """
        if self.waiting is not None:
            raise ProtocolError(f"EBB: {command!r} while {self.waiting!r} is unanswered")
        sent = command.encode("ascii", "replace") + b"\r"
        if len(sent) > COMMAND_LIMIT or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9,\-]*", command):
            raise ProtocolError(f"EBB: {command!r} is not a command of at most {COMMAND_LIMIT - 1} characters without spaces")
        self.waiting = self._last = command
        self._lines = []
        return sent

    def feed(self, received: bytes) -> list[EbbEvent]:
        """What the received bytes mean, however they were cut."""
        *lines, self._partial = re.split(rb"[\r\n]", self._partial + received)
        if len(self._partial) > LINE_LIMIT:
            lines, self._partial = [*lines, self._partial], b""
        return [event for line in lines if line for event in self._line(line.decode("ascii", "replace"))]

    def reset(self) -> None:
        """Forget what was in flight and half received."""
        self.waiting, self._partial, self._lines = None, b"", []

    def _line(self, line: str) -> list[EbbEvent]:
        if line.startswith("!") or "Err:" in line:
            command, self.waiting = self.waiting or self._last, None
            return [Refusal(command, line)]
        if self.waiting is None:
            return [Noise(line)]
        name = self.waiting.split(",")[0].upper()
        if name in NO_OK:
            return self._done(line) if NO_OK[name].match(line) else [Noise(line)]
        if line == "OK":
            return self._done()
        if not self._lines and (name == "QT" or (name in WITH_DATA and WITH_DATA[name].match(line))):
            self._lines.append(line)
            return []
        return [Noise(line)]

    def _done(self, *more: str) -> list[EbbEvent]:
        command, self.waiting = self.waiting or "", None
        return [Reply(command, (*self._lines, *more))]


def firmware_version(line: str) -> tuple[int, ...]:
    """The version in a reply to V.

    Raises:
        ProtocolError: it names none

    >>> firmware_version("EBBv13_and_above EB Firmware Version 2.8.1")
    (2, 8, 1)
    """
    match = re.search(r"Version (\d+(?:\.\d+)*)", line)
    if match is None:
        raise ProtocolError(f"EBB: {line!r} names no firmware version")
    return tuple(int(part) for part in match.group(1).split("."))
