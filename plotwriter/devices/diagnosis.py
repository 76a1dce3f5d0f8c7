"""What may be wrong between a person and a moving pen: ports, permissions, cable, firmware, supply, settings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from plotwriter.devices.device import Device
from plotwriter.devices.preflight import Check, ask_machine
from plotwriter.devices.profile import MachineProfile, load_profile, profile_names
from plotwriter.devices.transport import listed_ports
from plotwriter.errors import DeviceError, PlotwriterError

__all__ = ["FoundPort", "cable_checks", "found_ports", "port_checks"]

QUERIES = 40  # round trips that judge a cable
SLOW = 0.05  # s; USB takes 1 to 16 ms


@dataclass(frozen=True, slots=True)
class FoundPort:
    """A serial port and the machines it may be."""

    path: str
    usb: str  #: "VVVV:PPPP", empty for a port that is no USB one
    serial: str
    machines: tuple[str, ...]  #: profiles of that USB id


def found_ports() -> list[FoundPort]:
    """Every serial port, those that may be a machine first."""
    by_usb: dict[str, list[str]] = {}
    for name in profile_names():
        try:
            by_usb.setdefault(load_profile(name).connection.usb.upper(), []).append(name)
        except PlotwriterError:  # a broken profile of the user's own
            continue
    found = []
    for port in listed_ports():
        usb = f"{port.vid:04X}:{port.pid:04X}" if port.vid is not None else ""
        found.append(FoundPort(str(port.device), usb, str(port.serial_number or ""), tuple(by_usb.get(usb, ()))))
    return sorted(found, key=lambda port: (not port.machines, not port.usb, port.path))


def port_checks(profile: MachineProfile) -> Iterator[Check]:
    """Whether a board of the profile's kind is seen, and may be opened."""
    usb, ports = profile.connection.usb.upper(), found_ports()
    own = [port for port in ports if port.usb == usb]
    if not own:
        other = [f"{port.path} ({port.usb})" for port in ports if port.usb]
        if other:
            why = f"there are {', '.join(other)}; is it another machine? See 'plotwriter machines'"
        else:
            why = "no USB serial port at all; if the machine is plugged in and on, its cable may be one that only charges: try another"
        yield Check("port", f"no board with USB id {usb}; {why}", "refuse")
        return
    for port in own:
        if os.name == "posix" and not os.access(port.path, os.R_OK | os.W_OK):
            why = "no permission; on Linux join the group that owns it (sudo usermod -aG dialout $USER) and log in again"
            yield Check("port", f"{port.path}: {why}", "refuse")
        else:
            yield Check("port", f"{port.path}{f', {port.serial}' if port.serial else ''}")
    if len(own) > 1:
        yield Check("port", f"{len(own)} boards of this kind; name one with --port", "note")


def cable_checks(device: Device) -> Iterator[Check]:
    """What the board says of itself, and how well it is heard."""
    yield from ask_machine(device)
    clock, slowest = device.transport.clock, 0.0
    try:
        for _ in range(QUERIES):
            began = clock.now()
            device.where()
            slowest = max(slowest, clock.now() - began)
    except DeviceError as error:
        yield Check("cable", f"{error}; the cable or a hub is bad: try another, short and without a hub", "refuse")
        return
    worry = slowest > SLOW and device.profile.device == "ebb"
    hint = "; slow, drawing may stutter: try another cable, without a hub" if worry else ""
    yield Check("cable", f"{QUERIES} questions answered, the slowest in {1000 * slowest:.0f} ms{hint}", "note" if worry else "ok")
