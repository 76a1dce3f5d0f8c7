"""`plotwriter machines`: the machines that are known, and simulated ones to try things on."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import Any

import click

from plotwriter.cli import options as shared
from plotwriter.cli.console import out, print_facts, say

__all__ = ["FaultType", "gwrite", "machines", "serve", "show"]


@click.group(invoke_without_command=True)
@shared.json_option
@click.pass_context
def machines(ctx: click.Context, as_json: bool) -> None:
    """List the machines that are known; 'machines show NAME' tells what a profile says."""
    if ctx.invoked_subcommand:
        return
    from rich.table import Table

    from plotwriter.devices import load_profile, profile_names
    from plotwriter.errors import PlotwriterError

    found = []
    for name in profile_names():
        try:
            found.append(load_profile(name))
        except PlotwriterError as error:  # a broken profile of the user's own must not hide the others
            say(f"unusable: {error}")
    if as_json:
        rows = [{"name": p.name, "title": p.title, "device": p.device, "travel_mm": list(p.travel), "usb": p.connection.usb} for p in found]
        out.print_json(json.dumps(rows))
        return
    table = Table("machine", "", "board", "reach", "USB")
    for p in found:
        table.add_row(p.name, p.title, p.device, f"{p.travel[0]:g} x {p.travel[1]:g} mm", p.connection.usb)
    out.print(table)


@machines.command()
@click.argument("name", type=shared.NameType("name", shared.machine_names))
@shared.json_option
def show(name: str, as_json: bool) -> None:
    """Show a machine's profile, in mm, s and percent (higher is higher)."""
    from plotwriter.devices import load_profile
    from plotwriter.devices.preflight import lift_check

    profile = load_profile(name)
    facts = {key: value for key, value in asdict(profile).items() if value is not None}
    if as_json:
        out.print_json(json.dumps(facts))
        return
    print_facts(facts)
    out.print("\n".join(check.value for check in lift_check(profile)), markup=False)


@machines.command()
@click.argument("name", type=shared.NameType("name", shared.machine_names))
def gwrite(name: str) -> None:
    """Print a machine as a profile of vpype-gcode.

    \b
    plotwriter machines gwrite grbl_servo >> ~/.vpype.toml
    vpype read letter.svg gwrite -p plotwriter_grbl_servo letter.gcode
    """
    from plotwriter.devices import load_profile
    from plotwriter.devices.gwrite import gwrite_profile

    out.print(gwrite_profile(load_profile(name)), markup=False, end="")


class FaultType(click.ParamType):  # type: ignore[type-arg]
    """One mishap and the number of the command at which it strikes."""

    name = "WHAT=N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, float]:
        """A name and a number."""
        from plotwriter.devices.simulator import Faults

        known = [field.name for field in fields(Faults)]
        what, _, number = str(value).partition("=")
        what = what.replace("-", "_")
        if what not in known or not number.replace(".", "", 1).isdecimal():
            self.fail(f"{value!r} is no mishap; give one of {', '.join(known)}, such as disconnect_after=200", param, ctx)
        return what, float(number)


@machines.command()
@click.argument("name", type=shared.NameType("name", shared.machine_names))
@click.option("--fault", "faults", multiple=True, type=FaultType(), help="Mishap, by the number of the command it strikes at.")
@click.option("--real-time", is_flag=True, help="Its clock runs as ours does, so that it can be watched, stopped and starved.")
@click.option("--firmware", help="Version of an EBB, such as 2.5.5, 2.8.1 or 3.0.2.  [the newest that suits the machine]")
def serve(name: str, faults: tuple[tuple[str, float], ...], real_time: bool, firmware: str | None) -> None:
    """Serve a simulated machine on a pseudo-terminal until Ctrl-C, for any program that speaks to one.

    The port's path is printed; give it to --port in another terminal. Its clock runs as fast as the
    commands come, or as ours with --real-time.

    \b
    plotwriter machines serve axidraw
    plotwriter machines serve grbl_servo --fault disconnect_after=200
    plotwriter machines serve axidraw --fault slow_at=50 --fault slow_by=3
    plotwriter machines serve axidraw --firmware 2.5.5
    """
    import signal

    from plotwriter.devices import load_profile
    from plotwriter.devices.simulator import Faults, make_board
    from plotwriter.devices.simulator.pty import PtyBoard

    mishaps: dict[str, Any] = {what: number if what == "slow_by" else int(number) for what, number in faults}
    board = make_board(load_profile(name), firmware=firmware, faults=Faults(**mishaps))
    with PtyBoard(board, real_time=real_time) as served:
        out.print(served.path, markup=False)
        say(f"a simulated {name} listens there; Ctrl-C ends it")
        try:
            signal.pause()
        except KeyboardInterrupt:
            say(f"it drew {len(board.drawn())} strokes in {board.elapsed:.1f} s of its own time")
