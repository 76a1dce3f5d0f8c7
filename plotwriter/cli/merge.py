"""`plotwriter merge`: a letter and an envelope for every row of a table."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from plotwriter.cli import options as shared
from plotwriter.cli.console import count, out, progress, say
from plotwriter.cli.keys import prompt
from plotwriter.errors import ConfigError, SampleError

if TYPE_CHECKING:
    from plotwriter.devices import MachineProfile
    from plotwriter.merge import Desk, DoneList, Part, Recipient

__all__ = ["merge"]

ADDRESS = (0.45, 0.42)  # of the height and the width of an envelope, where the address begins


@click.command()
@click.argument("template", type=click.Path(path_type=Path))
@click.argument("table", metavar="PEOPLE.csv", type=click.Path(path_type=Path))
@click.option("--out", "folder", type=click.Path(path_type=Path), default=Path("merged"), show_default=True, help="Folder for the jobs.")
@click.option("--envelope", type=click.Path(path_type=Path), help="Template of the envelope, such as {{ name }} and {{ street }} on lines.")
@click.option("--envelope-paper", default="dl", show_default=True, type=shared.NameType("name|WxH", shared.paper_names), help="Its size.")
@click.option("--row", "only", multiple=True, type=int, metavar="ROW", help="This row alone; repeat it.")
@click.option("--skip", multiple=True, type=int, metavar="ROW", help="Leave a row out; repeat it.")
@click.option("--redo", multiple=True, type=int, metavar="ROW", help="Plot a row again that is done; repeat it.")
@click.option(
    "--ray", metavar="auto|local|HOST:PORT", help="Write on a Ray cluster: the one running here, one of this machine's cores, or another."
)
@shared.signature_options
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
    it goes on with the next sheet. sheets.jsonl has the text of every sheet and the command that writes the same ink.
    """
    from plotwriter import merge as merging

    if options["respell"]:
        raise click.UsageError(f"--respell: is about one letter; {folder / 'sheets.jsonl'} has the command that writes each: add it there")
    rows = merging.read_table(table)
    for name in ("only", "skip", "redo"):
        if wrong := [row for row in options[name] if not 1 <= row <= len(rows)]:
            raise click.UsageError(
                f"--{'row' if name == 'only' else name}: {table} has no row {wrong[0]}; it has {count(len(rows), 'row')}"
            )
    found = [
        one
        for one in merging.recipients(template, rows, options["envelope"])
        if one.number not in options["skip"] and (not options["only"] or one.number in options["only"])
    ]
    profile = _machine(options)
    desk = _desk(options, template)
    if options["ray"]:
        from plotwriter import cluster

        cluster.check_ray()
    folder.mkdir(parents=True, exist_ok=True)
    done = merging.DoneList(folder / "done.jsonl")
    parts = merging.parts_of(found, folder, seed=_seed(options), recipe=_recipe(desk, options))
    _note(parts, desk, options, folder)
    _generate(parts, found, desk, options, folder, quiet=quiet)
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


def _desk(options: dict[str, Any], template: Path) -> Desk:
    """Who writes letters and envelopes; all that can be wrong with it is said here, and no net is loaded."""
    from plotwriter.cli import letters
    from plotwriter.layout import paper
    from plotwriter.merge import Desk
    from plotwriter.running import NOTHING

    style, manner, sheet, _ = letters.setting_of(options, str(template))
    page = paper(options["envelope_paper"], where="--envelope-paper")
    top, left = ADDRESS[0] * page.height, ADDRESS[1] * page.width
    address = replace(
        sheet, page=page, margins=(top, 8.0, 8.0, left), align="left", columns=1, indent=0.0, fit=1, markdown=False,
        ruled=False, first_line=None, running=NOTHING, hyphenate=None,
    )  # fmt: skip
    address.check(style)
    return Desk(
        style, sheet, address, manner, options["on_missing"], options["order"], options["draws"], options["device"],
        letters.signature_of(options),
    )  # fmt: skip


def _recipe(desk: Desk, options: dict[str, Any]) -> str:
    """All that decides the ink besides texts and seeds."""
    sampling = (desk.style.name, desk.style.sampler, desk.style.slant, desk.manner, desk.n_draws, desk.order, desk.on_missing)
    signature = (options["signature"] and str(options["signature"]), options["signature_height"])
    return repr((sampling, desk.letter, desk.envelope, signature, options["strict"]))


def _seed(options: dict[str, Any]) -> int:
    return 0 if options["seed"] is None else int(options["seed"])


def _note(parts: Sequence[Part], desk: Desk, options: dict[str, Any], folder: Path) -> None:
    """sheets.jsonl: what every sheet says, and the command that makes its ink of that."""
    from plotwriter import exchange
    from plotwriter.cli import letters

    lines = []
    for part in parts:
        own = options if part.kind == "letter" else options | {"signature": None}
        sheet = desk.letter if part.kind == "letter" else desk.envelope
        facts = {
            "row": part.recipient.number,
            "name": part.recipient.name,
            "kind": part.kind,
            "job": part.path.name,
            "seed": part.seed,
            "text": part.text,
            "command": letters.command(sheet, desk.style, own, seed=part.seed),
        }
        lines.append(json.dumps(facts, ensure_ascii=False) + "\n")
    exchange.write_atomically(folder / "sheets.jsonl", "".join(lines).encode())


def _generate(parts: Sequence[Part], found: Sequence[Recipient], desk: Desk, options: dict[str, Any], folder: Path, *, quiet: bool) -> None:
    """All jobs on disk and the contact sheet, before any pen moves; what is there already stays as it is."""
    from plotwriter.merge import write_parts

    missing = [part for part in parts if not part.path.exists()]
    n_new, n_doubts = 0, 0
    mapped = _mapped(options)
    if missing:
        with progress("writing", unit="sheets", quiet=quiet) as update:
            update(0, len(missing))
            for batch in write_parts(missing, desk, **mapped):
                n_new += len(batch)
                n_doubts += sum(len(written.doubts) for _, written in batch)
                if options["strict"]:
                    _refuse_doubts(batch)
                update(n_new, len(missing))
    _show(parts, folder)
    say(f"{count(len(parts), 'sheet')} for {count(len(found), 'row')}, {n_new} of them new; look at {folder / 'contact.png'}", quiet=quiet)
    if n_doubts:
        say(f"{count(n_doubts, 'word')} may not read as they should; plotwriter preview FILE.json shows a letter", quiet=quiet)


def _mapped(options: dict[str, Any]) -> dict[str, Any]:
    """Where the batches are written: on a cluster, or here."""
    if not options["ray"]:
        return {}
    from plotwriter.cluster import on_cluster

    return {"mapped": partial(on_cluster, address=options["ray"], gpus=options["device"] == "cuda")}


def _refuse_doubts(batch: Sequence[tuple[Part, Any]]) -> None:
    """Take back the sheets with words that do not read, and say which."""
    doubtful = [(part, written.doubts) for part, written in batch if written.doubts]
    for part, _ in doubtful:
        with suppress(FileNotFoundError):
            part.path.unlink()
    if doubtful:
        part, words = doubtful[0]
        raise SampleError(
            f"row {part.recipient.number} ({part.recipient.name}), {part.kind}: {words[0]!r} cannot be read back; "
            "try another --seed, more --draws, or leave out --strict"
        )


def _show(parts: Sequence[Part], folder: Path) -> None:
    """contact.png: the first sheets, small."""
    from plotwriter import exchange
    from plotwriter.config import read_text
    from plotwriter.preview import ContactSheet

    contact = ContactSheet()
    for part in parts:
        if contact.full:
            break
        contact.add(f"{part.recipient.number} {part.recipient.name}", exchange.from_json(read_text(part.path), str(part.path)))
    if parts:
        exchange.write_atomically(folder / "contact.png", contact.to_png())


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
    answer: str = prompt(question, default="", show_default=False, prompt_suffix="", type=click.Choice(["", "s", "q"]), show_choices=False)
    return answer
