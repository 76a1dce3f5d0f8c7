"""Options of everything that speaks to a machine, and the names that axicli's users type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from plotwriter.cli import options as shared
from plotwriter.errors import ConfigError

if TYPE_CHECKING:
    from plotwriter.devices import MachineProfile

__all__ = ["ADJUSTMENTS", "MODELS", "adjust_options", "adjusted", "machine_and_port"]

F = TypeVar("F", bound=Callable[..., Any])

#: what `adjust_options` add to a command
ADJUSTMENTS = ("pen_up", "pen_down", "speed", "speed_pendown", "speed_penup", "accel", "pen_delay_up", "pen_delay_down", "model")
#: axicli --model -> our profile
MODELS = dict(enumerate(("axidraw", "axidraw_a3", "axidraw_xlx", "axidraw_minikit", "axidraw_se_a1", "axidraw_se_a2", "axidraw_b6"), 1))
MODELS |= {8: "nextdraw_8511", 9: "nextdraw_1117", 10: "nextdraw_2234"}
FULL_SPEED = 8.6979 * 25.4 / 110 * 100  # mm/s at axicli's 100 percent; axidraw_conf.py speed_lim_xy_hr
FULL_ACCEL = 40 * 25.4  # mm/s² at axicli's 100 percent, pen down


def machine_and_port(function: F) -> F:
    """--machine and --port."""
    machine = click.option(
        "--machine", default=None, type=shared.NameType("name", shared.machine_names), help="Machine; see 'plotwriter machines'.  [axidraw]"
    )
    return machine(shared.port_option(function))


def adjust_options(function: F) -> F:
    """Pen heights and speeds for this once, under our names and axicli's."""
    percent, delay = click.FloatRange(0, 100), click.IntRange(-500, 10_000)
    for option in (
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

    profile = load_profile(machine or MODELS.get(options["model"] or 0, default))
    pen, motion, settle = profile.pen, profile.motion, profile.pen.settle
    given = {name: value for name, value in options.items() if value is not None}
    try:
        settle = replace(
            settle,
            raise_delay=max(given["pen_delay_up"] / 1000, 0.0) if "pen_delay_up" in given else settle.raise_delay,
            lower_delay=max(given["pen_delay_down"] / 1000, 0.0) if "pen_delay_down" in given else settle.lower_delay,
        )
        pen = replace(pen, up=given.get("pen_up", pen.up), down=given.get("pen_down", pen.down), settle=settle)
        motion = replace(
            motion,
            feed=given.get("speed", given["speed_pendown"] * FULL_SPEED / 100 if "speed_pendown" in given else motion.feed),
            travel_speed=given["speed_penup"] * FULL_SPEED / 100 if "speed_penup" in given else motion.travel_speed,
            accel=given["accel"] * FULL_ACCEL / 100 if "accel" in given else motion.accel,
        )
    except ValueError as error:
        raise ConfigError(f"--pen-up, --pen-down, --speed: {error}") from None
    return replace(profile, pen=pen, motion=motion)
