"""Options of everything that speaks to a machine, and the names that users of axicli and saxi type where they fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from plotwriter.cli import options as shared
from plotwriter.cli.console import say
from plotwriter.errors import ConfigError, DeviceError

if TYPE_CHECKING:
    from plotwriter.devices import Device, MachineProfile

__all__ = ["ADJUSTMENTS", "MODELS", "adjust_options", "adjusted", "machine_and_port", "steered"]

F = TypeVar("F", bound=Callable[..., Any])

#: what `adjust_options` add to a command
ADJUSTMENTS = (
    "pen_up", "pen_down", "speed", "speed_pendown", "speed_penup", "accel", "pen_delay_up", "pen_delay_down", "model", "penlift",
    "pen_rate_raise", "pen_rate_lower", "hardware", "pen_up_height", "pen_down_height", "pen_down_max_velocity", "pen_up_max_velocity",
    "pen_down_acceleration", "pen_up_acceleration",
)  # fmt: skip
#: axicli --model -> our profile
MODELS = dict(enumerate(("axidraw", "axidraw_a3", "axidraw_xlx", "axidraw_minikit", "axidraw_se_a1", "axidraw_se_a2", "axidraw_b6"), 1))
MODELS |= {8: "nextdraw_8511", 9: "nextdraw_1117", 10: "nextdraw_2234"}
#: saxi --hardware -> our profile
HARDWARE = {"v3": "axidraw", "brushless": "axidraw", "nextdraw-2234": "nextdraw_2234"}
BRUSHLESS = 3  # axicli --penlift; 1 and 2 are the servo the machine comes with
SAXI_TOP, SAXI_STEP = 28000, 205  # 1/12 us: saxi's pulse at 0 percent, and how much lower each percent is
FULL_SPEED = 8.6979 * 25.4 / 110 * 100  # mm/s at axicli's 100 percent; axidraw_conf.py speed_lim_xy_hr
#: saxi's options, mm/s and mm/s2 -> what they bound
SAXI_MOTION = {
    "pen_down_max_velocity": "feed", "pen_up_max_velocity": "travel_speed", "pen_down_acceleration": "accel",
    "pen_up_acceleration": "travel_accel",
}  # fmt: skip
FULL_ACCEL = 40 * 25.4  # mm/s² at axicli's 100 percent, pen down


def machine_and_port(function: F) -> F:
    """--machine and --port."""
    machine = click.option(
        "--machine", default=None, type=shared.NameType("name", shared.machine_names), help="Machine; see 'plotwriter machines'.  [axidraw]"
    )
    return machine(shared.port_option(function))


def adjust_options(function: F) -> F:
    """Pen heights and speeds for this once, under our names, axicli's and saxi's."""
    percent, delay, above = click.FloatRange(0, 100), click.IntRange(-500, 10_000), click.FloatRange(0, 20_000, min_open=True)
    for option in (
        click.option("--pen-up-acceleration", type=above, hidden=True),
        click.option("--pen-down-acceleration", type=above, hidden=True),
        click.option("--pen-up-max-velocity", type=above, hidden=True),
        click.option("--pen-down-max-velocity", type=above, hidden=True),
        click.option("--pen-up-height", type=percent, hidden=True),
        click.option("--pen-down-height", type=percent, hidden=True),
        click.option("--hardware", type=click.Choice(list(HARDWARE)), hidden=True),
        click.option("--pen_rate_lower", type=click.IntRange(1, 100), hidden=True),
        click.option("--pen_rate_raise", type=click.IntRange(1, 100), hidden=True),
        click.option("--penlift", type=click.IntRange(1, BRUSHLESS), hidden=True),
        click.option("--speed_penup", type=click.IntRange(1, 200), hidden=True),
        click.option("--accel", type=click.IntRange(1, 100), hidden=True),
        click.option("--pen_delay_down", type=delay, hidden=True),
        click.option("--pen_delay_up", type=delay, hidden=True),
        click.option("--model", type=click.IntRange(1, max(MODELS)), hidden=True),
        click.option("--speed_pendown", type=click.IntRange(1, 110), hidden=True),
        click.option("--speed", type=click.FloatRange(0, 1000, min_open=True), help="Drawing speed, mm/s.  [the machine's]"),
        click.option("--pen-down", "--pen_pos_down", type=percent, help="Height of the lowered pen, likewise.  [the machine's]"),
        click.option(
            "--pen-up", "--pen_pos_up", type=percent, help="Height of the raised pen, percent, 100 is the highest.  [the machine's]"
        ),
    ):
        function = option(function)
    return function


def adjusted(machine: str | None, default: str, options: dict[str, Any]) -> MachineProfile:
    """A machine with what `adjust_options` change; what is not given stays.

    Args:
        machine: the name or path given; None: by --model, else the default
        default: a name
        options: of `adjust_options`

    Raises:
        ConfigError: no such machine, or heights and speeds that cannot be
    """
    from plotwriter.devices import load_profile

    given = {name: value for name, value in options.items() if value is not None}
    profile = load_profile(machine or MODELS.get(given.get("model", 0)) or HARDWARE.get(given.get("hardware", ""), default))
    if given.get("penlift") == BRUSHLESS or given.get("hardware") == "brushless":
        profile = _brushless(profile)
    pen, motion, settle = profile.pen, profile.motion, profile.pen.settle
    try:
        settle = replace(
            settle,
            raise_delay=max(given["pen_delay_up"] / 1000, 0.0) if "pen_delay_up" in given else settle.raise_delay,
            lower_delay=max(given["pen_delay_down"] / 1000, 0.0) if "pen_delay_down" in given else settle.lower_delay,
        )
        pen = replace(
            pen,
            up=_height("up", given, profile),
            down=_height("down", given, profile),
            raise_rate=given.get("pen_rate_raise", pen.raise_rate),
            lower_rate=given.get("pen_rate_lower", pen.lower_rate),
            settle=settle,
        )
        speeds = {"speed_pendown": "feed", "speed_penup": "travel_speed"}
        wanted = {speeds[name]: value * FULL_SPEED / 100 for name, value in given.items() if name in speeds}
        if "accel" in given:
            wanted["accel"] = given["accel"] * FULL_ACCEL / 100
        wanted |= {own: given[name] for name, own in SAXI_MOTION.items() if name in given}
        if "speed" in given:
            wanted["feed"] = given["speed"]
        motion = replace(motion, **wanted)
    except ValueError as error:
        raise ConfigError(f"--pen-up, --pen-down, --speed: {error}") from None
    return replace(profile, pen=pen, motion=motion)


def _brushless(profile: MachineProfile) -> MachineProfile:
    """A machine with the brushless servo of the NextDraw in place of its own.

    Raises:
        ConfigError: it has no EBB
    """
    from plotwriter.devices import load_profile

    other = load_profile("nextdraw_8511")
    if profile.ebb is None or other.ebb is None:
        raise ConfigError(f"--penlift, --hardware: {profile.name} has no EiBotBoard that could drive a brushless servo")
    names = ("servo_bottom", "servo_top", "servo_slots", "servo_pin")
    table = replace(profile.ebb, **{name: getattr(other.ebb, name) for name in names})
    return replace(profile, ebb=table, pen=replace(profile.pen, settle=other.pen.settle))


def _height(end: str, given: dict[str, Any], profile: MachineProfile) -> float:
    """The pen's upper or lower height, percent, 100 the highest; saxi's runs the other way and over another range.

    Raises:
        ConfigError: saxi's name for a machine that saxi does not drive
    """
    theirs = given.get(f"pen_{end}_height")
    if f"pen_{end}" in given or theirs is None:
        own: float = given.get(f"pen_{end}", getattr(profile.pen, end))
        return own
    name, table = f"--pen-{end}-height", profile.ebb
    if table is None:
        raise ConfigError(
            f"{name}: is saxi's name, for machines with an EiBotBoard; for {profile.name} give --pen-{end}, 100 is the highest"
        )
    pulse = SAXI_TOP - SAXI_STEP * theirs
    percent = 100 - theirs if table.servo_pin == 2 else 100 * (pulse - table.servo_bottom) / (table.servo_top - table.servo_bottom)
    height = float(round(min(max(percent, 0.0), 100.0), 1))
    say(f"{name} {theirs:g} of saxi, where higher is lower, is --pen-{end} {height:g} here")
    return height


@contextmanager
def steered(device: Device) -> Iterator[None]:
    """A machine that a person steers: whatever goes wrong, its pen is raised or they are told; its port is given back."""
    try:
        yield
    except BaseException:
        try:
            device.raise_pen()
        except DeviceError:
            say("the pen could not be raised; lift it by hand")
        raise
    finally:
        device.close()
