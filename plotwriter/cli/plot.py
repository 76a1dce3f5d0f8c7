"""`plotwriter plot`: a finished drawing on a machine, as it is."""

from __future__ import annotations

import json
from pathlib import Path

import click

from plotwriter.cli import options as shared
from plotwriter.cli.console import out

__all__ = ["plot"]


@click.command()
@click.argument("source", metavar="FILE.svg|FILE.json")
@click.option("--machine", default=None, type=shared.NameType("name", shared.machine_names), help="Machine to plot on.  [axidraw]")
@shared.port_option
@click.option("-o", "--output", "outputs", multiple=True, type=click.Path(path_type=Path), help="Also write: .svg, .png, .gcode or .json.")
@click.option("--dry-run", is_flag=True, help="Check everything and say how long it takes; move nothing.")
@shared.yes_option
@shared.quiet_option
@shared.json_option
def plot(
    source: str, machine: str | None, port: str, outputs: tuple[Path, ...], dry_run: bool, yes: bool, quiet: bool, as_json: bool
) -> None:
    """Plot an SVG, or a job saved as JSON, stroke by stroke in its own order.

    \b
    plotwriter plot letter.json --machine axidraw
    plotwriter plot drawing.svg --machine axidraw --port sim
    """
    if Path(source).suffix.lower() not in (".svg", ".json"):
        raise click.UsageError(
            f"{source}: plot takes .svg or .json; to plot a text use: plotwriter write {source} --machine {machine or 'axidraw'}"
        )
    from plotwriter.cli import jobs
    from plotwriter.devices import load_profile

    profile = load_profile(machine or jobs.DEFAULT_MACHINE)
    sender = jobs.check_first(outputs, profile if machine else None)
    written = jobs.open_document(source, {}, quiet=quiet)
    if not dry_run:
        jobs.check_first((), profile, port, yes=yes)
    facts = jobs.deliver(written, outputs, sender=sender, profile=profile, port=port, dry_run=dry_run, yes=yes, quiet=quiet)
    if as_json:
        out.print_json(json.dumps(facts, ensure_ascii=False))
