"""`plotwriter doctor`: what may be wrong between a person and a moving pen."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from plotwriter.cli import options as shared
from plotwriter.cli.checks import print_checks
from plotwriter.cli.console import out
from plotwriter.cli.keys import confirm, is_terminal
from plotwriter.cli.machine_options import machine_and_port

if TYPE_CHECKING:
    from plotwriter.devices import Device
    from plotwriter.devices.preflight import Check

__all__ = ["doctor"]


@click.command()
@machine_and_port
@shared.yes_option
@shared.json_option
def doctor(machine: str | None, port: str, yes: bool, as_json: bool) -> None:
    """Look at the port, permissions, firmware, supply, settings, cable and, if you watch, at the pen's direction.

    The pen moves only if you say you watch it; nothing is drawn.
    """
    from plotwriter.cli.jobs import DEFAULT_MACHINE
    from plotwriter.devices import load_profile, open_device
    from plotwriter.devices.diagnosis import cable_checks, port_checks
    from plotwriter.devices.preflight import Check
    from plotwriter.errors import ConfigError, DeviceError

    profile = load_profile(machine or DEFAULT_MACHINE)
    checks = list(port_checks(profile)) if port == "auto" else []
    if not any(check.verdict == "refuse" for check in checks):
        try:
            device = open_device(profile, port, prepare=False)
            try:
                checks += cable_checks(device)
                own = device.profile.hpgl is not None  # a pen plotter lifts its pen by itself, and never the wrong way
                if not own and is_terminal() and not yes and confirm("do you watch the pen? It goes up now"):
                    checks.append(_direction(device))
            finally:
                device.close()
        except (DeviceError, ConfigError) as error:
            checks.append(Check("board", str(error), "refuse"))
    if as_json:
        out.print_json(json.dumps([asdict(check) for check in checks]))
    else:
        print_checks(profile.title, checks)
    if any(check.verdict == "refuse" for check in checks):
        raise click.exceptions.Exit(1)


def _direction(device: Device) -> Check:
    """Ask whether up is up."""
    from plotwriter.devices.manual import move_pen
    from plotwriter.devices.preflight import Check

    move_pen(device, down=False)
    if confirm("is the pen up, clear of the paper?"):
        return Check("direction", "up is up")
    table = "servo_bottom and servo_top in [ebb]" if device.profile.device == "ebb" else "bottom and top in [gcode]"
    return Check("direction", f"up is down: the servo runs the other way; exchange {table} of the profile", "refuse")
