"""`plotwriter write`: text to handwriting, previewed, saved, plotted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from plotwriter.cli import options as shared
from plotwriter.cli.console import out
from plotwriter.cli.machine_options import ADJUSTMENTS, MODELS, adjust_options, adjusted

__all__ = ["write"]


@click.command()
@click.argument("source", metavar="FILE|-")
@shared.writing_options
@shared.signature_options
@click.option(
    "-o", "--output", "--preview", "outputs", multiple=True, type=click.Path(path_type=Path),
    help="File to write: .svg, .png, .html (a replay), .gcode, .hpgl or .json; may be given several times.",
)  # fmt: skip
@shared.registration_option
@shared.machine_option
@shared.port_option
@adjust_options
@click.option("--dry-run", is_flag=True, help="Check everything and say how long it takes; move nothing.")
@shared.yes_option
@shared.gwrite_option
@shared.quiet_option
@shared.json_option
def write(
    source: str,
    outputs: tuple[Path, ...],
    registration: Path | None,
    machine: str | None,
    port: str,
    gwrite: str | None,
    dry_run: bool,
    yes: bool,
    quiet: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Write the text of FILE (UTF-8; "-" is standard input) in real handwriting.

    Blank lines part paragraphs, single line breaks are kept. Characters the hand does not have are
    replaced and reported. What is previewed is what is plotted.

    \b
    plotwriter write letter.txt --preview letter.svg
    plotwriter write letter.txt --machine axidraw --preview letter.svg
    echo "Thank you!" | plotwriter write - --paper a6 --landscape -o card.png
    """
    adjustments = {name: options.pop(name) for name in ADJUSTMENTS}
    machine = machine or MODELS.get(adjustments["model"] or 0)
    if not outputs and not machine:
        raise click.UsageError("nothing to do with the letter; give --preview letter.svg, or --machine axidraw, or both")
    if not machine and (dry_run or port != "auto"):
        raise click.UsageError(f"{'--dry-run' if dry_run else '--port'} is about plotting; add --machine axidraw, or whichever you have")
    if Path(source).suffix.lower() in (".svg", ".json"):
        raise click.UsageError(f"{source}: write takes a text; to plot a finished drawing use: plotwriter plot {source}")
    from plotwriter.cli import jobs, letters

    profile = adjusted(machine, jobs.DEFAULT_MACHINE, adjustments) if machine else None
    sender = jobs.check_first(outputs, profile, port if machine and not dry_run else None, yes=yes, gwrite=gwrite)
    lie = letters.lie_of(registration)
    written = letters.write_letter(source, options, quiet=quiet)
    written.gwrite = gwrite
    if lie:
        letters.lay(written, lie, quiet=quiet)
    facts = written.summary | jobs.deliver(
        written, outputs, sender=sender, profile=profile, port=port, dry_run=dry_run, yes=yes, quiet=quiet
    )
    if as_json:
        out.print_json(json.dumps(facts, ensure_ascii=False))
