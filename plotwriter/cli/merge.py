"""`plotwriter merge`: a letter and an envelope for every row of a table."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from plotwriter.cli import options as shared
from plotwriter.cli.console import count, out, progress, say
from plotwriter.errors import ConfigError, FileError

if TYPE_CHECKING:
    from plotwriter.devices import MachineProfile
    from plotwriter.ink import Ink
    from plotwriter.letter import Hand, Sheet
    from plotwriter.merge import DoneList, Part, Recipient

__all__ = ["merge"]

ADDRESS = (0.45, 0.42)  # of the height and the width of an envelope, where the address begins


@click.command()
@click.argument("template", type=click.Path(path_type=Path))
@click.argument("table", metavar="PEOPLE.csv", type=click.Path(path_type=Path))
@click.option("--out", "folder", type=click.Path(path_type=Path), default=Path("merged"), show_default=True, help="Folder for the jobs.")
@click.option("--envelope", type=click.Path(path_type=Path), help="Template of the envelope, such as {{ name }} and {{ street }} on lines.")
@click.option("--envelope-paper", default="dl", show_default=True, type=shared.NameType("name|WxH", shared.paper_names), help="Its size.")
@click.option("--signature", type=click.Path(path_type=Path), help="SVG of a signature, set below the last line, never twice the same.")
@click.option("--signature-height", type=shared.LENGTH, default="14mm", show_default=True, help="How tall it is set.")
@click.option("--skip", multiple=True, type=int, metavar="ROW", help="Leave a row out; repeat it.")
@click.option("--redo", multiple=True, type=int, metavar="ROW", help="Plot a row again that is done; repeat it.")
@shared.writing_options
@shared.machine_option
@shared.port_option
@shared.yes_option
@shared.quiet_option
@shared.json_option
def merge(template: Path, table: Path, folder: Path, quiet: bool, as_json: bool, **options: Any) -> None:
    """Write TEMPLATE once for every row of PEOPLE.csv; {{ column }} stands for what the row has there.

    \b
    plotwriter merge letter.md people.csv --envelope address.txt     the jobs, and contact.png to look at
    plotwriter merge letter.md people.csv --machine axidraw          then plot what is not done yet, sheet by sheet

    Every row has ink of its own. What is plotted is kept in done.jsonl in the folder: run it again after a stop, and
    it goes on with the next sheet.
    """
    from plotwriter import merge as merging

    rows = merging.read_table(table)
    found = [one for one in merging.recipients(template, rows, options["envelope"]) if one.number not in options["skip"]]
    for name in ("skip", "redo"):
        if wrong := [row for row in options[name] if not 1 <= row <= len(rows)]:
            raise click.UsageError(f"--{name}: {table} has no row {wrong[0]}; it has {count(len(rows), 'row')}")
    profile = _machine(options)
    load, recipe = _hands(options, template)
    folder.mkdir(parents=True, exist_ok=True)
    done = merging.DoneList(folder / "done.jsonl")
    parts = _generate(found, folder, load(), recipe, options, quiet=quiet)
    for part in parts:
        if part.recipient.number in options["redo"] and done.done(part):
            done.mark(part, "open")
    facts: dict[str, Any] = {"rows": len(found), "sheets": len(parts), "contact_sheet": str(folder / "contact.png")}
    if profile is not None:
        facts["plotted"] = _plot_all(parts, done, profile, options, quiet=quiet)
    if as_json:
        out.print_json(json.dumps(facts | {"done": sum(done.done(part) for part in parts)}))


def _machine(options: dict[str, Any]) -> MachineProfile | None:
    if not options["machine"]:
        return None
    from plotwriter.cli import jobs
    from plotwriter.devices import load_profile

    profile = load_profile(options["machine"])
    jobs.check_first((), profile, options["port"], yes=options["yes"])
    return profile


def _hands(options: dict[str, Any], template: Path) -> tuple[Callable[[], tuple[Hand, Hand]], str]:
    """What loads the net and gives who writes letters and envelopes, all else being checked; and all that decides their ink."""
    from plotwriter.cli import letters
    from plotwriter.layout import paper

    style, manner, sheet, _ = letters.setting_of(options, str(template))
    page = paper(options["envelope_paper"], where="--envelope-paper")
    top, left = ADDRESS[0] * page.height, ADDRESS[1] * page.width
    address: Sheet = replace(
        sheet, page=page, margins=(top, 8.0, 8.0, left), align="left", columns=1, indent=0.0, fit=1, markdown=False,
        ruled=False, first_line=None, page_numbers=False, hyphenate=None,
    )  # fmt: skip
    address.check(style)

    def load() -> tuple[Hand, Hand]:
        from plotwriter import registry
        from plotwriter.letter import Hand

        sampler = registry.load("sampler", style.sampler)(style, device=options["device"], n_draws=options["draws"])
        hand = Hand(sampler, style, sheet, manner, options["on_missing"], options["order"])
        return hand, replace(hand, sheet=address)

    return load, repr((style.name, style.slant, manner, sheet, address, options["draws"], options["order"], _seed(options)))


def _seed(options: dict[str, Any]) -> int:
    return 0 if options["seed"] is None else int(options["seed"])


def _signature(path: Path | None, height: float) -> Ink | None:
    """Strokes of a signature, as tall as it is to be."""
    if path is None:
        return None
    from plotwriter.layout import read_svg

    ink = read_svg(path)[0]
    _, top, _, low = ink.bounds()
    if not ink.strokes or low - top <= 0:
        raise FileError(f"{path}: has no strokes that could be a signature")
    return ink.map(lambda points: points * (height / (low - top)))


def _generate(
    found: Sequence[Recipient], folder: Path, hands: tuple[Hand, Hand], recipe: str, options: dict[str, Any], *, quiet: bool
) -> list[Part]:
    """All jobs on disk and the contact sheet, before any pen moves."""
    from plotwriter import exchange
    from plotwriter.config import read_text
    from plotwriter.merge import write_parts
    from plotwriter.preview import ContactSheet

    signature = _signature(options["signature"], options["signature_height"])
    recipe += repr((options["signature"] and str(options["signature"]), options["signature_height"]))
    parts: list[Part] = []
    contact, n_new, n_doubts = ContactSheet(), 0, 0
    with progress("writing", unit="letters", quiet=quiet) as update:
        for batch, fresh in write_parts(found, folder, *hands, seed=_seed(options), recipe=recipe, signature=signature):
            parts += batch
            n_new += len(fresh)
            n_doubts += sum(len(letter.doubts) for letter in fresh)
            for part in batch:
                if contact.full:
                    break
                contact.add(f"{part.recipient.number} {part.recipient.name}", exchange.from_json(read_text(part.path), str(part.path)))
            update(batch[-1].recipient.number, found[-1].number)
    if parts:
        exchange.write_atomically(folder / "contact.png", contact.to_png())
    say(f"{count(len(parts), 'sheet')} for {count(len(found), 'row')}, {n_new} of them new; look at {folder / 'contact.png'}", quiet=quiet)
    if n_doubts:
        say(f"{count(n_doubts, 'word')} may not read as they should; plotwriter preview FILE.json shows a letter", quiet=quiet)
    return parts


def _plot_all(parts: Sequence[Part], done: DoneList, profile: MachineProfile, options: dict[str, Any], *, quiet: bool) -> int:
    """Plot what is not done, a sheet at a time, each noted before the next is loaded; how many were plotted."""
    from plotwriter.cli import jobs

    left = [part for part in parts if not done.done(part)]
    say(f"{len(parts) - len(left)} of {count(len(parts), 'sheet')} done, {len(left)} to plot", quiet=quiet)
    n_plotted = 0
    for number, part in enumerate(left, 1):
        written = jobs.open_document(str(part.path), {}, quiet=True)
        page = written.document.pages[0].page
        assert page is not None  # a document's pages have one
        load = f"{part.kind} for {part.recipient.name} (row {part.recipient.number}), {page.width:g} x {page.height:g} mm"
        answer = "" if options["yes"] else _ask(f"sheet {number} of {len(left)}: load the {load}; Enter plots, s skips, q stops: ")
        if answer == "q":
            break
        if answer == "s":
            done.mark(part, "skipped")
            continue
        say(f"sheet {number} of {len(left)}: {load}", quiet=quiet or not options["yes"])
        jobs.deliver(written, (), sender=None, profile=profile, port=options["port"], yes=True, quiet=quiet)
        done.mark(part, "plotted")
        n_plotted += 1
    return n_plotted


def _ask(question: str) -> str:
    if not (sys.stdin and sys.stdin.isatty()):
        raise ConfigError("nobody to ask which sheet is loaded: no terminal here; add --yes where sheets are fed by themselves")
    answer: str = click.prompt(
        question, default="", show_default=False, prompt_suffix="", type=click.Choice(["", "s", "q"]), show_choices=False
    )
    return answer
