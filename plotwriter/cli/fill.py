"""`plotwriter fill`: a printed form, filled from data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from plotwriter.cli import options as shared
from plotwriter.cli.console import out, say

__all__ = ["fill"]


@click.command()
@click.argument("form", metavar="FORM.toml", type=click.Path(path_type=Path))
@click.argument("data", metavar="DATA.json|toml", type=click.Path(path_type=Path))
@click.option("-o", "--output", "outputs", multiple=True, required=True, type=click.Path(path_type=Path), help="Job or picture to write.")
@shared.registration_option
@shared.writing_options
@shared.quiet_option
@shared.json_option
def fill(form: Path, data: Path, outputs: tuple[Path, ...], registration: Path | None, quiet: bool, as_json: bool, **options: Any) -> None:
    """Write DATA into the boxes of FORM; the job is then plotted with plotwriter plot.

    \b
    plotwriter fill visa.toml ada.json -o visa.json -o visa.png
    plotwriter plot visa.json --machine axidraw
    """
    from plotwriter import forms, registry
    from plotwriter.cli import jobs, letters

    sender = jobs.check_first(outputs)
    boxes, texts = forms.read_form(form), forms.read_data(data)
    forms.check_data(boxes, texts)
    lie = letters.lie_of(registration)
    style, manner, sheet, _ = letters.setting_of(options, str(form))
    from plotwriter.letter import Hand

    sampler = registry.load("sampler", style.sampler)(style, device=options["device"], n_draws=options["draws"])
    hand = Hand(sampler, style, sheet, manner, options["on_missing"], options["order"])
    seed = 0 if options["seed"] is None else int(options["seed"])
    document = forms.fill(boxes, texts, hand, seed=seed)
    say(f"{len(texts)} of {len(boxes.box)} boxes filled in style {style.name}, seed {seed}", quiet=quiet)
    written = letters.Written(document, f"plotwriter fill {form} {data} --style {style.name} --seed {seed}", source=str(form))
    if lie:
        letters.lay(written, lie, quiet=quiet)
    facts = jobs.deliver(written, outputs, sender=sender, quiet=quiet)
    if as_json:
        out.print_json(json.dumps(facts | {"boxes": len(boxes.box), "filled": len(texts)}))
