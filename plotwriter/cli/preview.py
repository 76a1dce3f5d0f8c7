"""`plotwriter preview`: a picture before the pen touches paper."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from plotwriter.cli import options as shared
from plotwriter.cli.console import out

__all__ = ["preview"]


@click.command()
@click.argument("source", metavar="FILE|-")
@shared.writing_options
@shared.signature_options
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Picture to write: .svg, .png, or .html, which replays it.  [FILE.svg]",
)
@click.option("--numbers", is_flag=True, help="Show the number of every word above it, as --respell and doubts count them.")
@shared.gwrite_option
@shared.quiet_option
@shared.json_option
def preview(source: str, outputs: tuple[Path, ...], numbers: bool, gwrite: str | None, quiet: bool, as_json: bool, **options: Any) -> None:
    """Draw a picture of FILE: a text, an SVG, or a job saved as JSON.

    \b
    plotwriter preview letter.txt                   writes letter.svg
    plotwriter preview letter.json -o letter.png    exactly the ink of a saved job
    plotwriter preview letter.txt --numbers         which word is which, for --respell
    """
    if not outputs:
        path = Path(f"{(source != '-' and Path(source).stem) or 'letter'}.svg")
        if Path(source).suffix.lower() == ".svg":
            raise click.UsageError(
                f"{source} is an SVG already; name the picture to make of it with -o, such as -o {path.with_suffix('.png')}"
            )
        outputs = (path,)
    if numbers and (other := [path for path in outputs if path.suffix.lower() not in (".svg", ".png")]):
        raise click.UsageError(f"{other[0]}: --numbers is for pictures; give a name that ends in .svg or .png")
    from plotwriter.cli import jobs

    sender = jobs.check_first(outputs, gwrite=gwrite)
    written = jobs.open_document(source, options, quiet=quiet)
    written.gwrite = gwrite
    facts = written.summary | jobs.deliver(written, outputs, sender=sender, numbers=numbers, quiet=quiet)
    if as_json:
        out.print_json(json.dumps(facts, ensure_ascii=False))
