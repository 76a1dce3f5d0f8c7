"""`plotwriter pen|move|jog|home|motors`: one movement at a time, each usable alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from plotwriter.cli import options as shared
from plotwriter.cli.console import say
from plotwriter.cli.machine_options import adjust_options, adjusted, machine_and_port

if TYPE_CHECKING:
    from plotwriter.devices import Device

__all__ = ["Offset", "PenMove", "home", "jog", "motors", "move", "pen"]


class Offset(click.ParamType):  # type: ignore[type-arg]
    """A length that may be negative."""

    name = "length"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Millimetres."""
        text = str(value).strip()
        sign = -1.0 if text.startswith("-") else 1.0
        return sign * float(shared.LENGTH_OR_ZERO.convert(text.removeprefix("-").removeprefix("+"), param, ctx))


class PenMove(click.Choice):  # type: ignore[type-arg]
    """What the pen may do."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """One of the choices; a height is told how to be given."""
        if str(value).replace(".", "", 1).isdecimal():
            self.fail(
                f"{value}: a height is an option: pen up --pen-up {value}, 100 is the highest; saxi's: pen up --pen-up-height {value}",
                param,
                ctx,
            )
        return super().convert(value, param, ctx)


OFFSET = Offset()
NUMBERS = {"ignore_unknown_options": True}  # -5mm is a length, no option


@contextmanager
def _machine(machine: str | None, port: str, options: dict[str, Any] | None = None) -> Iterator[Device]:
    """A machine, connected, with nothing moved."""
    from plotwriter.cli.jobs import DEFAULT_MACHINE
    from plotwriter.devices import load_profile, open_device

    profile = adjusted(machine, DEFAULT_MACHINE, options) if options else load_profile(machine or DEFAULT_MACHINE)
    device = open_device(profile, port, prepare=False)
    try:
        yield device
    finally:
        device.close()


@click.command()
@click.argument("action", type=PenMove(["up", "down", "toggle", "cycle"]))
@machine_and_port
@adjust_options
@shared.quiet_option
def pen(action: str, machine: str | None, port: str, quiet: bool, **options: Any) -> None:
    """Raise or lower the pen, or do the other of the two; cycle lowers and raises it once.

    \b
    plotwriter pen down                     put the pen in so that it just touches
    plotwriter pen cycle --pen-up 70        try another height

    A board that the opening of its port resets has forgotten that its pen was down: there, say up, not toggle.
    """
    from plotwriter.devices.manual import move_pen

    with _machine(machine, port, options) as device:
        if action == "toggle":
            action = "up" if device.pen_is_down() else "down"
        if action in ("down", "cycle"):
            move_pen(device, down=True)
        if action in ("up", "cycle"):
            move_pen(device, down=False)
        heights = device.profile.pen
        at = heights.down if action == "down" else heights.up
        say(f"the pen is {'down' if action == 'down' else 'up'}, at {at:g} % (100 % is the highest)", quiet=quiet)


@click.command(context_settings=NUMBERS)
@click.argument("x", type=OFFSET)
@click.argument("y", type=OFFSET)
@machine_and_port
@shared.quiet_option
def move(x: float, y: float, machine: str | None, port: str, quiet: bool) -> None:
    """Move the raised pen to X, Y: from home's corner, x along the long axis, y towards you.

    \b
    plotwriter move 100mm 50mm
    """
    _go(complex(x, y), machine, port, relative=False, quiet=quiet)


@click.command(context_settings=NUMBERS)
@click.argument("dx", type=OFFSET)
@click.argument("dy", type=OFFSET)
@machine_and_port
@shared.quiet_option
def jog(dx: float, dy: float, machine: str | None, port: str, quiet: bool) -> None:
    """Move the raised pen by DX, DY from where it stands.

    \b
    plotwriter jog 5mm -5mm
    """
    _go(complex(dx, dy), machine, port, relative=True, quiet=quiet)


def _go(to: complex, machine: str | None, port: str, *, relative: bool, quiet: bool) -> None:
    from plotwriter.devices.manual import go, move_pen

    with _machine(machine, port) as device:
        if device.pen_is_down():
            move_pen(device, down=False)
        known = device.position_known or port == "sim" or device.profile.hpgl is not None  # that one finds its place by itself
        here = go(device, (device.where() + to) if relative else to, bounded=known or not relative)
        if not known:
            say("the machine did not know where its pen stood; that place is taken for home", quiet=quiet)
        say(f"the pen stands at {here.real:.2f}, {here.imag:.2f} mm", quiet=quiet)


@click.command()
@machine_and_port
@click.option("--here", is_flag=True, help="Take the place where the pen stands for home; nothing moves.")
@shared.quiet_option
def home(machine: str | None, port: str, here: bool, quiet: bool) -> None:
    """Walk home with the pen up; a machine with limit switches finds them first."""
    from plotwriter.devices.manual import move_pen
    from plotwriter.devices.session import go_home
    from plotwriter.errors import ConfigError

    with _machine(machine, port) as device:
        switches = device.profile.gcode is not None and device.profile.gcode.homing
        own = device.profile.hpgl is not None  # a pen plotter finds its place by itself, and has no other
        if own and here:
            raise ConfigError(f"--here: {device.profile.name} has a home of its own, the lower left of what it reaches")
        move_pen(device, down=False)
        if not (here or switches or own or device.position_known or port == "sim"):
            say(
                "the pen is up, but the machine does not know where it stands: put it home by hand (plotwriter motors off), "
                "then: plotwriter home --here",
                quiet=quiet,
            )
            raise click.exceptions.Exit(1)
        if here or switches:
            device.home()
        if not here:
            go_home(device)
        say("the pen is up and home", quiet=quiet)


@click.command()
@click.argument("state", type=click.Choice(["off"]))
@machine_and_port
@shared.quiet_option
def motors(state: str, machine: str | None, port: str, quiet: bool) -> None:
    """Switch the motors off, pen up, so that the carriage can be moved by hand."""
    with _machine(machine, port) as device:
        device.motors_off()
        say("the motors are off; put the pen to the home corner before the next job", quiet=quiet)
