"""Who answers on a port where somebody else was expected: the message then says which machine to name instead.

sent    "V", and "OI"
heard   "EBBv13_and_above ..."    an EBB
        "error:2", "DrawCore ..." GRBL or one of its kin
        "echo:Unknown command"    Marlin
        "7475A"                   a pen plotter that speaks HPGL
"""

from __future__ import annotations

import re

from plotwriter.devices.transport import Transport

__all__ = ["who_answers"]

PATIENCE = 1.0  # s
KINDS = (
    (re.compile(rb"EBB"), "an EBB does; name a machine such as axidraw"),
    (re.compile(rb"DrawCore"), "a DrawCore board does; name a machine such as idraw_h"),
    (re.compile(rb"echo:|Error:|Marlin"), "a Marlin board does; name a machine such as marlin_servo"),
    (re.compile(rb"error:\d|Grbl|FluidNC", re.IGNORECASE), "a GRBL board does; name a machine such as grbl_servo"),
    (re.compile(rb"(?m)^7\d{3}[A-Z]\r"), "a pen plotter does; name a machine such as hp7475a"),
)
NOBODY = "check the machine's power, its baud rate and that the port is right"


def who_answers(transport: Transport) -> str:
    """What to do about a board that does not speak as expected, for the end of an error message.

    Raises:
        PortError: the port is lost
    """
    transport.write(b"\r\nV\r\n;OI;\r\n")
    heard, deadline = b"", transport.clock.now() + PATIENCE
    while (left := deadline - transport.clock.now()) > 0 and len(heard) < 4096:
        heard += transport.read(left)
    return next((advice for pattern, advice in KINDS if pattern.search(heard)), NOBODY)
