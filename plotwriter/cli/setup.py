"""`plotwriter setup`: from a port to a saved profile, step by step."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plotwriter.cli import options as shared
from plotwriter.cli.console import say
from plotwriter.cli.keys import confirm, prompt
from plotwriter.cli.machine_options import steered
from plotwriter.errors import ConfigError

if TYPE_CHECKING:
    from plotwriter.devices import Device, MachineProfile

__all__ = ["setup"]

RUNGS = 7  # heights that are tried at once
LIFT = 30.0  # percent between the lowered and the raised pen: AxiDraw's own
WORD = "hello"


@click.command()
@click.option("--machine", default=None, type=shared.NameType("name", shared.machine_names), help="Machine, if you know which.")
@shared.port_option
@click.option("--name", default=None, help="Name to save the profile under.  [mine]")
@click.option("--no-word", is_flag=True, help="Leave out the test word.")
def setup(machine: str | None, port: str, name: str | None, no_word: bool) -> None:
    """Set a machine up, step by step: find the board, pen heights by a drawn ladder, corners, a test word, save.

    Put scrap paper in. Every step can be left out; Ctrl-C ends it and the pen is raised.
    """
    from plotwriter.devices import load_profile, open_device
    from plotwriter.devices.page import corner_of
    from plotwriter.devices.preflight import machine_checks, refuse_weak

    name = _name(name)
    machine, port = _find(machine, port)
    profile = load_profile(machine)
    if machine.endswith(".toml") or profile.name == name:
        raise ConfigError(f"--machine: {machine}: set-up builds on a machine that is known by another name than {name!r}")
    say(f"1. {profile.title} on {port}")
    by_hand = profile.ebb is not None or (profile.gcode is not None and not profile.gcode.homing)
    if by_hand and port != "sim":
        confirm(f"is the power on, and the pen put by hand to {corner_of(profile)}?", abort=True)
    device = open_device(profile, port)
    with steered(device):
        facts = device.facts()
        for check in machine_checks(facts):
            say(f"   {check.name}: {check.value}")
        refuse_weak(facts, name=port)
        if profile.hpgl is None:  # a pen plotter lifts its pen by itself, and knows how far it reaches
            _direction(device)
            _heights(device)
            _corners(device)
        if not no_word and confirm(f'4. write "{WORD}" as a test?'):
            _word(device)
        changed = device.profile
    path = _save(name, profile, changed)
    say(f"5. saved {path}; plot with: plotwriter write letter.txt --machine {name}")


def _name(name: str | None) -> str:
    name = name or "mine"
    if not re.fullmatch(r"[\w-]+", name):
        raise ConfigError(f"--name: {name!r} is no name; use letters, digits, - and _")
    return name


def _find(machine: str | None, port: str) -> tuple[str, str]:
    """Which machine, on which port; asked where the ports do not tell."""
    from plotwriter.devices.diagnosis import found_ports

    if port == "auto":
        ports = found_ports()
        likely = [found for found in ports if found.machines] or ports
        if not likely:
            raise ConfigError("no serial port is seen; plug the machine in and switch it on, and try another cable: some only charge")
        for i, found in enumerate(likely, 1):
            say(f"   {i}: {found.path} {found.serial} {f'may be {found.machines[0]}' if found.machines else found.usb}")
        chosen = likely[0]
        if len(likely) > 1:
            chosen = likely[prompt("which port", default=1, type=click.IntRange(1, len(likely))) - 1]
        port = chosen.path
        if machine is None and chosen.machines:
            machine = _pick(chosen.machines)
    if machine is None:
        machine = prompt("which machine (see 'plotwriter machines')", default="axidraw")
    return machine, port


def _pick(machines: Sequence[str]) -> str:
    if len(machines) == 1:
        return machines[0]
    return str(prompt("which machine", type=click.Choice(list(machines)), default=machines[0]))


def _direction(device: Device) -> None:
    """A reversed servo is found before it presses the pen through the paper."""
    from plotwriter.devices.manual import move_pen

    move_pen(device, down=False)
    if confirm("2. the pen holder: is it up, clear of the paper?"):
        return
    profile = device.profile
    if profile.ebb is not None:
        table = replace(profile.ebb, servo_bottom=profile.ebb.servo_top, servo_top=profile.ebb.servo_bottom)
        device.adopt(replace(profile, ebb=table))
    elif profile.gcode is not None:
        device.adopt(replace(profile, gcode=replace(profile.gcode, bottom=profile.gcode.top, top=profile.gcode.bottom)))
    move_pen(device, down=False)
    if not confirm("turned round: is it up now?"):
        raise ConfigError("the pen does not rise either way; check the servo's plug and the profile's pen table, then try again")


def _heights(device: Device) -> None:
    """Draw rungs, each lower than the one before; the first whole one is where the pen meets the paper."""
    from plotwriter.devices.manual import ladder

    pen = device.profile.pen
    if not confirm(f"3. pen height: put the pen in so that it clears the paper by 2 to 5 mm. Draw a ladder of {RUNGS} rungs?"):
        return
    top = min(pen.up - 1, 99.0)
    heights = [round(top - (top - 0.0) * (i + 1) / RUNGS, 1) for i in range(RUNGS)]
    ladder(device, heights)
    rung = prompt(
        "count from the first rung's place: which is the first that is drawn whole (0: none)",
        type=click.IntRange(0, RUNGS),
        default=RUNGS // 2,
    )
    if rung == 0:
        raise ConfigError("the pen never met the paper; put it in lower and try again")
    step = heights[0] - heights[1]
    down = max(round(heights[rung - 1] - step / 2, 1), 0.0)  # a little lower, for paper that is not flat
    device.adopt(replace(device.profile, pen=replace(pen, down=down, up=min(max(pen.up, down + LIFT), 100.0))))
    say(f"   down at {down:g} %, up at {device.profile.pen.up:g} % (100 % is the highest)")


def _corners(device: Device) -> None:
    """Walk round the reach with the pen up."""
    from plotwriter.devices.manual import go
    from plotwriter.devices.session import go_home

    across, along = device.profile.travel
    if not confirm(f"walk round the reach of {across:g} x {along:g} mm, pen up? Clear the table"):
        return
    for corner in (across, across + 1j * along, 1j * along, 0j):
        go(device, complex(corner))
    go_home(device)
    if not confirm("did it reach all corners without a bump?"):
        width = prompt("how far does it reach along x", type=shared.LENGTH)
        height = prompt("how far along y", type=shared.LENGTH)
        device.adopt(replace(device.profile, travel=(width, height)))
        say("   switch the machine off, put the carriage home and on again if it lost steps")


def _word(device: Device) -> None:
    """A word in the default hand on a small sheet."""
    from plotwriter.devices import plan_page
    from plotwriter.devices.session import plot_rest
    from plotwriter.layout import paper
    from plotwriter.letter import Sheet, compose
    from plotwriter.styles import find_style
    from plotwriter.styles.store import DEFAULT_STYLE

    ink = compose(WORD, find_style(DEFAULT_STYLE), Sheet(paper("100x60mm"), margins=(20.0, 15.0, 15.0, 15.0)), seed=1).document.pages[0]
    plot_rest(plan_page(ink, device.profile), device)


def _save(name: str, before: MachineProfile, now: MachineProfile) -> Path:
    """Only what differs is written, on top of the machine it is based on."""
    from plotwriter.config import home
    from plotwriter.exchange import write_atomically

    lines = [
        '# Made by "plotwriter setup"; what is not said here is as in the machine it is based on.\n',
        f'based_on = "{before.name}"',
        f'title = "{now.title} ({name})"',
    ]
    if now.travel != before.travel:
        lines.append(f'travel = ["{now.travel[0]:g}mm", "{now.travel[1]:g}mm"]')
    lines.append(f"\n[pen]\nup = {now.pen.up:g}\ndown = {now.pen.down:g}")
    if now.ebb is not None and now.ebb != before.ebb:
        lines.append(f"\n[ebb]\nservo_bottom = {now.ebb.servo_bottom}\nservo_top = {now.ebb.servo_top}")
    if now.gcode is not None and now.gcode != before.gcode:
        lines.append(f"\n[gcode]\nbottom = {now.gcode.bottom:g}\ntop = {now.gcode.top:g}")
    folder = home() / "machines"
    path = folder / f"{name}.toml"
    if path.exists() and not click.confirm(f"{path} is there already: replace it?", default=False, err=True):
        raise ConfigError(f"{path}: is there already; save under another name with --name")
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(path, ("\n".join(lines) + "\n").encode())
    return path
