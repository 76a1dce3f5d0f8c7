"""`plotwriter styles`: the hands that are installed."""

from __future__ import annotations

import json

import click

from plotwriter.cli import options as shared
from plotwriter.cli.console import out, print_facts, say

__all__ = ["show", "styles"]


@click.group(invoke_without_command=True)
@shared.json_option
@click.pass_context
def styles(ctx: click.Context, as_json: bool) -> None:
    """List the hands that are installed; 'styles show NAME' tells where one comes from."""
    if ctx.invoked_subcommand:
        return
    import math

    from rich.markup import escape
    from rich.table import Table

    from plotwriter.styles import installed_styles
    from plotwriter.styles.store import DEFAULT_STYLE

    found, problems = installed_styles()
    for problem in problems:
        say(f"unusable: {problem}")
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
            f"{math.degrees(s.slant):.0f}°",
            f"{s.x_height:g} mm",
            f"{s.word_space:.2g} x-heights",
        )
    out.print(table)


@styles.command()
@click.argument("name", type=shared.NameType("name", shared.style_names))
@shared.json_option
def show(name: str, as_json: bool) -> None:
    """Show a hand's card: data, licence, recipe, figures."""
    from plotwriter.nets.card import digest
    from plotwriter.styles import find_style

    style = find_style(name)
    card = {key: value for key, value in style.card.items() if key != "styles"}
    entry = next(item for item in style.card["styles"] if str(item["name"]) == style.name)
    facts = {"name": style.name, **entry, "weights": style.weights.name, "weights_hash": digest(style.weights), **card}
    if as_json:
        out.print_json(json.dumps(facts, ensure_ascii=False))
        return
    print_facts(facts)
