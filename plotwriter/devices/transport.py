"""Bytes to and from a board; the only file that knows pyserial.

"auto"  the one port whose USB id the profile names        "/dev/ttyACM0"  that port
"sim"   a simulated board on a virtual clock, in this process
"Ada"   the port of that serial number or nickname, which an EBB carries as its serial number, or behind its product's name
"""

from __future__ import annotations

import errno
import time
from dataclasses import dataclass
from typing import Any, Protocol

from plotwriter.devices.profile import MachineProfile
from plotwriter.errors import PortError

__all__ = ["NOBODY", "Clock", "Identity", "RealClock", "SerialTransport", "Transport", "identity", "listed_ports", "open_port"]

WRITE_TIMEOUT = 5.0  # s; a board that takes no bytes for so long is gone


@dataclass(frozen=True, slots=True)
class Identity:
    """What a USB port says of itself, whatever path it is given."""

    usb: str = ""  #: "VVVV:PPPP", hexadecimal vendor and product
    serial: str = ""  #: serial number; an EBB's is its nickname

    def __str__(self) -> str:
        """For people."""
        return (self.usb or "no USB port") + (f", {self.serial}" if self.serial else "")


NOBODY = Identity()


class Clock(Protocol):
    """What time it is; a simulator brings its own."""

    def now(self) -> float:
        """Seconds since some moment."""

    def sleep(self, seconds: float) -> None:
        """Let time pass."""


class RealClock:
    """The clock on the wall."""

    def now(self) -> float:
        """Seconds, monotonic."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)  # noqa: TID251  the one real clock


class Transport(Protocol):
    """An open port."""

    clock: Clock
    name: str  #: for messages

    def write(self, sent: bytes) -> None:
        """Send all bytes, or raise PortError."""

    def read(self, timeout: float) -> bytes:
        """What has arrived, waiting up to `timeout` s for a first byte; b"" if none. PortError if lost."""

    def close(self) -> None:
        """Give the port back; never raises."""


class SerialTransport:
    """A serial port, opened for us alone."""

    def __init__(self, path: str, *, baud: int, quiet: bool = False) -> None:
        """Open it.

        Args:
            path: the port
            baud: bits a second
            quiet: with DTR and RTS down

        Raises:
            PortError: not there, busy, not permitted, or not a serial port
        """
        import serial  # only when a real port is wanted: --help and sim stay light

        self.name = path
        self.clock: Clock = RealClock()
        self._lost = (serial.SerialException, OSError, TypeError, AttributeError)  # pyserial raises all four on a pulled cable
        try:
            self._port: Any = serial.Serial(None, baudrate=baud, timeout=0, write_timeout=WRITE_TIMEOUT, exclusive=True)
            if quiet:
                self._port.dtr = self._port.rts = False
            self._port.port = path
            self._port.open()
        except (serial.SerialException, OSError, ValueError) as error:
            raise PortError(_why(path, error)) from None

    def write(self, sent: bytes) -> None:
        """Send all bytes."""
        try:
            self._port.write(sent)
        except self._lost as error:
            raise PortError(f"{self.name}: the connection was lost while sending ({error}); check the cable and the power") from None

    def read(self, timeout: float) -> bytes:
        """What has arrived within `timeout` s."""
        try:
            self._port.timeout = timeout
            first = self._port.read(1)
            return bytes(first + self._port.read(self._port.in_waiting)) if first else b""
        except self._lost as error:
            raise PortError(f"{self.name}: the connection was lost ({error}); check the cable and the power") from None

    def close(self) -> None:
        """Give the port back."""
        try:
            self._port.close()
        except self._lost:
            pass


def _why(path: str, error: Exception) -> str:
    number = getattr(error, "errno", None)
    text = str(error)
    if number == errno.ENOENT or "FileNotFoundError" in text or "No such file" in text:
        return f"{path}: no such port; plug the machine in, or name one of: {_listed()}"
    if number in (errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK) or "lock" in text or "busy" in text:
        return f"{path}: the port is busy; close the other program that uses it"
    if number in (errno.EACCES, errno.EPERM) or "PermissionError" in text or "Permission denied" in text:
        return f"{path}: no permission; on Linux join the group that owns it (sudo usermod -aG dialout $USER) and log in again"
    if number in (errno.ENOTTY, errno.EINVAL) or "Could not configure port" in text:
        return f"{path}: is not a serial port; name one of: {_listed()}"
    return f"{path}: cannot be opened as a serial port: {' '.join(text.split())}"


def listed_ports() -> list[Any]:
    """Every serial port there is, as pyserial lists them, by name."""
    from serial.tools import list_ports

    return sorted(list_ports.comports(), key=lambda port: str(port.device))


def _listed() -> str:
    return ", ".join(port.device for port in listed_ports()) or '(no serial ports found), or use "sim"'


def identity(path: str) -> Identity:
    """What the port at a path says of itself; empty if it is no USB port."""
    return next((_identity(port) for port in listed_ports() if port.device == path), Identity())


def _identity(port: Any) -> Identity:
    return Identity("" if port.vid is None else f"{port.vid:04X}:{port.pid:04X}", str(port.serial_number or ""))


def _find(profile: MachineProfile) -> str:
    usb, ports = profile.connection.usb.upper(), listed_ports()
    found = [str(port.device) for port in ports if _identity(port).usb == usb]
    if not found:
        raise PortError(f"{profile.title}: no port with USB id {usb}; plug the machine in and switch it on, or name its port: {_listed()}")
    if len(found) > 1:
        raise PortError(f"{profile.title}: {len(found)} ports with USB id {usb}; name one: {', '.join(found)}")
    return found[0]


def _same(spec: str, known: Identity) -> str | None:
    """The path a machine has now that was at `spec` before; None: nobody can tell, so it is where it was.

    Raises:
        PortError: it is not there, another one is in its place, or several could be it
    """
    if not known.usb or spec == "sim":
        return None
    ports = listed_ports()
    found = [str(port.device) for port in ports if _identity(port) == known]
    if spec in found or len(found) == 1:
        return spec if spec in found else found[0]
    if found:
        raise PortError(f"{len(found)} ports may be the machine ({known}); name one: {', '.join(found)}")
    instead = next((_identity(port) for port in ports if port.device == spec), None)
    if instead is not None:
        raise PortError(f"{spec}: is another machine now ({instead}); the one before ({known}) is not plugged in")
    raise PortError(f"the machine ({known}) is not plugged in; there are: {_listed()}")


def _named(spec: str) -> str:
    """The port of a nickname; anything that looks like a path is one."""
    if "/" in spec or "\\" in spec or spec.upper().startswith("COM"):
        return spec
    found = [str(port.device) for port in listed_ports() if spec in (port.serial_number, port.device, _nickname(port))]
    if len(found) > 1:
        raise PortError(f"{spec}: {len(found)} ports have that nickname; name one of: {', '.join(found)}")
    return found[0] if found else spec


def _nickname(port: Any) -> str:
    """An EBB's name as it stands behind its product: "EiBotBoard,Ada"."""
    product, _, name = str(getattr(port, "description", None) or "").partition(",")
    return name.strip() if product.startswith("EiBotBoard") else ""


def open_port(spec: str, profile: MachineProfile, *, known: Identity = NOBODY) -> Transport:
    """The port a person means.

    Args:
        spec: "auto", a path, a nickname, or "sim"
        profile: whose USB id and baud rate are used
        known: the machine that was there before: it is looked for, whatever path it has now, and no other is taken for it

    Raises:
        PortError: none found, several found, or one that cannot be opened
    """
    if spec == "sim":
        from plotwriter.devices.simulator import simulated_port

        return simulated_port(profile)
    path = _same(spec, known) or (_find(profile) if spec == "auto" else _named(spec))
    return SerialTransport(path, baud=profile.connection.baud, quiet=profile.connection.quiet)
