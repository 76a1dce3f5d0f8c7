"""`plotwriter styles`: the hands that are installed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plotwriter.cli import options as shared
from plotwriter.cli import own_hands
from plotwriter.cli.console import out, print_facts, say

if TYPE_CHECKING:
    from plotwriter.ink import Document

__all__ = ["list_styles", "show", "styles"]


picture_option = click.option(
    "--picture", type=click.Path(path_type=Path), help="Picture to write with specimens of the writing: .png or .svg."
)


@click.group(invoke_without_command=True)
@picture_option
@shared.json_option
@click.pass_context
def styles(ctx: click.Context, picture: Path | None, as_json: bool) -> None:
    """List the hands that are installed, and make one of your own.

    \b
    plotwriter styles capture mine                       write some words on a local page ...
    plotwriter styles fit mine --from mine.json          ... and make a style of them
    plotwriter styles --picture styles.png               a row of every hand
    plotwriter styles show linden --picture linden.png   all kinds of characters of one
    """
    if ctx.invoked_subcommand:
        if picture:
            raise click.UsageError(f"--picture {picture}: give it after 'show NAME' for one hand, or without 'show' for all")
        return
    _list(picture, as_json)


def _list(picture: Path | None, as_json: bool) -> None:
    """Print the hands, and draw a row of each."""
    _check_picture(picture)
    from rich.markup import escape
    from rich.table import Table

    from plotwriter.styles import installed_styles
    from plotwriter.styles.store import DEFAULT_STYLE

    found, problems = installed_styles()
    for problem in problems:
        say(f"unusable: {problem}")
    if picture:
        from plotwriter.specimen import rows_of_hands

        _draw(rows_of_hands(list(found.values())), picture, f"plotwriter styles --picture {picture.name}")
    if as_json:
        rows = [
            {"name": s.name, "description": s.description, "sampler": s.sampler, "default": s.name == DEFAULT_STYLE} for s in found.values()
        ]
        out.print_json(json.dumps(rows, ensure_ascii=False))
        return
    table = Table("style", "", "slant", "x-height", "word space")
    for s in found.values():
        mark = " (default)" if s.name == DEFAULT_STYLE else ""
        table.add_row(
            escape(s.name + mark),
            escape(s.description),
            f"{s.slant_deg:.0f}°",
            f"{s.x_height:g} mm",
            f"{s.word_space:.2g} x-heights",
        )
    out.print(table)


@styles.command("list")
@picture_option
@shared.json_option
def list_styles(picture: Path | None, as_json: bool) -> None:
    """List the hands that are installed."""
    _list(picture, as_json)


@styles.command()
@click.argument("name", type=shared.NameType("name", shared.style_names))
@picture_option
@shared.json_option
def show(name: str, picture: Path | None, as_json: bool) -> None:
    """Show a hand's card: data, licence, recipe, figures; with --picture also what it looks like."""
    _check_picture(picture)
    from plotwriter.nets.card import digest
    from plotwriter.styles import find_style

    style = find_style(name)
    if picture:
        from plotwriter.specimen import specimen

        _draw(specimen(style), picture, f"plotwriter styles show {name} --picture {picture.name}")
    card = {key: value for key, value in style.card.items() if key not in ("styles", "held_out_words")}
    entry = next(item for item in style.card["styles"] if str(item["name"]) == style.name)
    facts = {"name": style.name, **entry, "weights": style.weights.name, "weights_hash": digest(style.weights), **card}
    if as_json:
        out.print_json(json.dumps(facts, ensure_ascii=False))
        return
    print_facts(facts)


def _check_picture(picture: Path | None) -> None:
    """Refuse a picture that could not be written, before any work is done."""
    from plotwriter.output import check_target

    if picture:
        check_target(picture)
        if picture.suffix.lower() not in (".png", ".svg"):
            raise click.UsageError(f"{picture}: --picture writes .png or .svg")


def _draw(document: Document, picture: Path, recipe: str) -> None:
    """Write a specimen."""
    from plotwriter.output import save

    say(f"wrote {', '.join(map(str, save(document, [picture], recipe=recipe)))}")


for command in own_hands.COMMANDS:
    styles.add_command(command)
