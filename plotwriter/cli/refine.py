"""`plotwriter refine`: the stages that shape writing, on any drawing or saved job."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from plotwriter.cli import options as shared
from plotwriter.cli.console import out, say
from plotwriter.errors import LayoutError

if TYPE_CHECKING:
    from plotwriter.ink import Ink

__all__ = ["refine"]


@click.command()
@click.argument("source", metavar="FILE.svg|FILE.json")
@click.option("--baseline", is_flag=True, help="Rows level, words on their row; descenders stay below.")
@click.option("--deslant", type=shared.SLANT, metavar="DEGREES", help="Lean it is to have, to the right; measured, then sheared.")
@click.option("--words", is_flag=True, help="With --deslant: every word by itself; else words keep how they differ.")
@click.option("--size", type=shared.LENGTH, help="x-height it is to have, about the sheet's top left corner.")
@click.option("--smooth", type=shared.LENGTH, metavar="TOLERANCE", help="Smooth strokes, no farther than this from where they were.")
@click.option("--naturalness", type=click.FloatRange(0, 1), help="Let rows wave and margins wander: 0 not, 1 as far as rules are met.")
@click.option("--seed", type=shared.SEED, default=0, show_default=True, help="Of --naturalness.")
@click.option("--x-height", type=shared.LENGTH, help="The x-height it has now.  [measured]")
@click.option(
    "-o", "--output", "outputs", multiple=True, required=True, type=click.Path(path_type=Path), help="Job or picture to write; repeat it."
)
@shared.quiet_option
@shared.json_option
def refine(source: str, outputs: tuple[Path, ...], x_height: float | None, quiet: bool, as_json: bool, **options: Any) -> None:
    """Put handwriting in order: an SVG or a saved job through any of the stages, in the order given here.

    \b
    plotwriter refine scan.svg --baseline --deslant 8 --smooth 0.05mm -o neat.svg
    plotwriter refine letter.json --naturalness 0.6 --seed 3 -o loose.json

    Strokes, their order, what they write and their pens stay; so do corners, cusps, loops and dots.
    """
    if Path(source).suffix.lower() not in (".svg", ".json"):
        raise click.UsageError(f"{source}: refine takes .svg or .json; a text is written with: plotwriter write {source}")
    if not any(options[name] not in (None, False) for name in ("baseline", "deslant", "size", "smooth", "naturalness")):
        raise click.UsageError("nothing to do; give --baseline, --deslant, --size, --smooth or --naturalness")
    if options["words"] and options["deslant"] is None:
        raise click.UsageError("--words: is about --deslant; give both")
    from plotwriter.cli import jobs
    from plotwriter.exchange import canonical
    from plotwriter.layout import inside
    from plotwriter.strokes.rows import estimated_x_height

    sender = jobs.check_first(outputs)
    written = jobs.open_document(source, {}, quiet=quiet)
    pages, sizes = [], []
    for number, page in enumerate(written.document.pages, 1):
        size = x_height or estimated_x_height(page)
        sizes.append(size)
        for stage in _stages(options, size):
            page = stage(page)
        assert page.page is not None  # a document's pages have one
        inside(page, page.page, where=f"{source}: page {number}, refined,")
        pages.append(page)
    written.document = canonical(replace(written.document, pages=tuple(pages)))
    say(f"x-height {', '.join(f'{size:.2f}' for size in sizes)} mm {'as given' if x_height else 'measured'}", quiet=quiet)
    facts = jobs.deliver(written, outputs, sender=sender, quiet=quiet)
    if as_json:
        out.print_json(json.dumps(facts | {"x_height_mm": [round(size, 3) for size in sizes]}))


def _stages(options: dict[str, Any], x_height: float) -> list[Callable[[Ink], Ink]]:
    """What is asked for, in the order in which one leaves what the next one needs."""
    from plotwriter import strokes
    from plotwriter.strokes.rows import deslant_rows, level_rows

    now = x_height
    found: list[Callable[[Ink], Ink]] = []
    if options["baseline"]:
        found.append(lambda ink: level_rows(ink, x_height))
    if (lean := options["deslant"]) is not None:
        if not abs(lean) <= 60:
            raise LayoutError(f"--deslant: {lean:g} degrees would leave streaks; at most 60 either way")
        found.append(lambda ink: deslant_rows(ink, x_height, math.radians(lean), words=options["words"]))
    if options["size"]:
        now = options["size"]
        found.append(lambda ink: strokes.size(ink, x_height, now))
    if options["smooth"]:
        found.append(lambda ink: strokes.smooth(ink, options["smooth"]))
    if options["naturalness"] is not None:
        found.append(lambda ink: strokes.humanize(ink, now, options["naturalness"], seed=options["seed"]))
    return found
