"""`plotwriter plot`: a finished drawing on a machine, as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from plotwriter.cli import options as shared
from plotwriter.cli.console import out
from plotwriter.cli.machine_options import adjust_options, adjusted, machine_and_port

__all__ = ["plot"]


@click.command()
@click.argument("source", metavar="FILE.svg|FILE.json")
@machine_and_port
@adjust_options
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Also write: .svg, .png, .html, .gcode, .hpgl or .json.",
)
@click.option("--dry-run", is_flag=True, help="Check everything and say how long it takes; move nothing.")
@shared.yes_option
@shared.registration_option
@shared.gwrite_option
@shared.quiet_option
@shared.json_option
def plot(
    source: str,
    machine: str | None,
    port: str,
    gwrite: str | None,
    registration: Path | None,
    outputs: tuple[Path, ...],
    dry_run: bool,
    yes: bool,
    quiet: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Plot an SVG, or a job saved as JSON, stroke by stroke in its own order.

    \b
    plotwriter plot letter.json --machine axidraw
    plotwriter plot drawing.svg --machine axidraw --port sim
    plotwriter plot letter.json --pen-down 28 --speed 40

    Ctrl-C, the board's button, p or space stop it at a stroke's end, pen up, and ask what to do; Ctrl-C twice stops
    it at once. After anything else that stops it: plotwriter resume.
    """
    if Path(source).suffix.lower() not in (".svg", ".json"):
        raise click.UsageError(
            f"{source}: plot takes .svg or .json; to plot a text use: plotwriter write {source} --machine {machine or 'axidraw'}"
        )
    from plotwriter.cli import jobs, letters

    profile = adjusted(machine, jobs.DEFAULT_MACHINE, options)
    sender = jobs.check_first(outputs, profile if machine or options["model"] else None, gwrite=gwrite)
    lie = letters.lie_of(registration)
    written = jobs.open_document(source, {}, quiet=quiet)
    written.gwrite = gwrite
    if lie:
        letters.lay(written, lie, quiet=quiet)
    if not dry_run:
        jobs.check_first((), profile, port, yes=yes)
    facts = jobs.deliver(written, outputs, sender=sender, profile=profile, port=port, dry_run=dry_run, yes=yes, quiet=quiet)
    if as_json:
        out.print_json(json.dumps(facts, ensure_ascii=False))
