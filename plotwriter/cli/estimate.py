"""`plotwriter estimate`: how long, how far, how many lifts, by the planner that plots."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import click

from plotwriter.cli import options as shared
from plotwriter.cli.console import duration, out
from plotwriter.cli.machine_options import ADJUSTMENTS, adjust_options, adjusted

__all__ = ["estimate"]


@click.command()
@click.argument("source", metavar="FILE|-")
@click.option("--machine", default=None, type=shared.NameType("name", shared.machine_names), help="Machine to estimate for.  [axidraw]")
@adjust_options
@shared.writing_options
@shared.signature_options
@shared.quiet_option
@shared.json_option
def estimate(source: str, machine: str | None, quiet: bool, as_json: bool, **options: Any) -> None:
    """Say how long FILE takes to plot: a text, an SVG, or a job saved as JSON."""
    from rich.markup import escape
    from rich.table import Table

    from plotwriter.cli import jobs
    from plotwriter.devices import plan_page
    from plotwriter.motion import estimate as measure

    profile = adjusted(machine, jobs.DEFAULT_MACHINE, {name: options.pop(name) for name in ADJUSTMENTS})
    written = jobs.open_document(source, options, quiet=quiet)
    pages = [measure(plan_page(page, profile)) for page in written.document.pages]
    if as_json:
        out.print_json(json.dumps({"machine": profile.name, "pages": [asdict(page) for page in pages]}))
        return
    table = Table("page", "time", "pen down", "pen up", "lifts", "ink", "travel", title=escape(profile.title))
    for number, page in enumerate(pages, 1):
        table.add_row(
            str(number), duration(page.duration), duration(page.pen_down_time), duration(page.pen_up_time),
            f"{page.lifts} in {duration(page.lift_time)}", f"{page.pen_down_distance / 1000:.2f} m", f"{page.pen_up_distance / 1000:.2f} m",
        )  # fmt: skip
    out.print(table)
