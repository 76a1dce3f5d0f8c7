"""`plotwriter data`: files of ink, before anything learns from them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from plotwriter.cli import options as shared
from plotwriter.cli.console import say
from plotwriter.errors import ConfigError

if TYPE_CHECKING:
    from plotwriter.training.datasets import WordSet

__all__ = ["cache", "convert", "data", "show"]

MAX_STEPS, MAX_CHARACTERS = 144, 24  # of a word that the nets learn from
N_COMMON = 12  # characters named

files_argument = click.argument("files", metavar="FILES...", nargs=-1, required=True, type=click.Path(path_type=Path))
cache_option = click.option(
    "--cache",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("runs/cache"),
    show_default=True,
    help="Where prepared words are kept.",
)


@click.group()
def data() -> None:
    """Inspect, convert and cache ink to train on."""


@data.command()
@files_argument
@click.option("-o", "--output", type=click.Path(path_type=Path), help="A sheet of words as the nets see them: NAME.png.")
@click.option("--words", "n_words", type=click.IntRange(1, 2000), default=60, show_default=True, help="On the sheet.")
@click.option(
    "--rejected", "list_rejected", is_flag=True, help="List everything that cannot be learned from: file, line, writer, text, reason."
)
@click.option("--align/--no-align", default=False, show_default=True, help="Ask reader a too whether ink says its label, as training does.")
@cache_option
@shared.json_option
def show(files: tuple[Path, ...], output: Path | None, n_words: int, list_rejected: bool, align: bool, folder: Path, as_json: bool) -> None:
    """Count what FILES hold: samples, writers, characters, and what cannot be learned from, with the reasons."""
    if output and output.suffix.lower() != ".png":
        raise ConfigError(f"{output}: the sheet is a .png; got {output.suffix or 'no suffix'!r}")
    from plotwriter.exchange import write_atomically
    from plotwriter.nets.gpt import ALPHABET
    from plotwriter.training.contact_sheet import contact_sheet, holdings

    held = [holdings(path) for path in files]
    characters = sum((one.characters for one in held), Counter[str]())
    unknown = {c: n for c, n in characters.most_common() if c not in ALPHABET}
    words = _prepared(files, folder, align=align)
    if output:
        write_atomically(output, contact_sheet(words, n_words))
    if as_json:
        facts: dict[str, Any] = {
            "files": [
                {"path": str(one.path), "samples": one.samples, "writers": one.writers, "strokes": one.strokes, "points": one.points,
                 "characters": one.characters.total(),}
                for one in held
            ],
            "characters": dict(characters.most_common()), "unknown": unknown, "words": len(words.texts),
            "writers": len(set(words.writers)), "rejected": dict(words.rejected.counts().most_common()),
        }  # fmt: skip
        if list_rejected:
            facts["rejected_samples"] = [
                {"file": one.origin.file, "line": one.origin.line, "writer": one.writer, "text": one.text, "reason": one.reason}
                for one in words.rejected
            ]
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    for one in held:
        n = one.characters.total()
        each = f"{one.points / n:.1f} points and {one.strokes / n:.2f} strokes a character" if n else "no text"
        click.echo(f"{one.path}: {one.samples} samples of {one.writers} writers, {n} characters, {each}")
    common = " ".join(f"{c}{n}" for c, n in characters.most_common(N_COMMON))
    click.echo(f"{len(characters)} different characters, most often {common}")
    if missing := [c for c in ALPHABET if c not in characters]:
        click.echo(f"never written: {' '.join(missing)}")
    if unknown:
        click.echo(f"not in the nets' alphabet: {' '.join(f'{c}{n}' for c, n in unknown.items())}")
    _say_usable(words)
    if list_rejected:
        for left_out in words.rejected:
            click.echo(f"{left_out.origin.file} line {left_out.origin.line}, {left_out.writer}, {left_out.text!r}: {left_out.reason}")
    if output:
        click.echo(f"wrote {output}")


@data.command()
@files_argument
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="File to write: NAME.jsonl or NAME.jsonl.gz.")
@click.option("--writer", default="me", show_default=True, help="Name of the writer where a file does not say.")
@click.option("--text", help="What is written, for files that do not say.  [NAME.txt beside the file]")
def convert(files: tuple[Path, ...], output: Path, writer: str, text: str | None) -> None:
    """Convert FILES (UNIPEN, InkML, IAM-OnDB, Xournal++, SVG, JSON) to the JSON lines that `train` takes."""
    import gzip

    from plotwriter.exchange import write_atomically
    from plotwriter.inkfiles import read_ink, to_lines

    if not output.name.endswith((".jsonl", ".jsonl.gz")):
        raise ConfigError(f"{output}: convert writes NAME.jsonl or NAME.jsonl.gz")
    samples = [sample for path in files for sample in read_ink(path, text)]
    content = to_lines((sample for sample in samples if sample.strokes), writer).encode()
    write_atomically(output, gzip.compress(content, mtime=0) if output.suffix == ".gz" else content)
    say(f"wrote {output}: {sum(bool(sample.strokes) for sample in samples)} samples")
    for sample in samples:
        if not sample.strokes:
            say(f"  not converted: {sample.place or repr(sample.text)}: no ink")


@data.command()
@files_argument
@cache_option
@click.option("--align/--no-align", default=True, show_default=True, help="Find the letter of every step, as training does.")
def cache(files: tuple[Path, ...], folder: Path, align: bool) -> None:
    """Prepare FILES once: framed, fitted with arcs, each step with its letter; kept as arrays in the cache folder."""
    _say_usable(_prepared(files, folder, align=align))
    click.echo(f"kept in {folder}")


def _prepared(files: tuple[Path, ...], folder: Path, *, align: bool) -> WordSet:
    """The words that can be learned from."""
    from plotwriter.nets.gpt import ALPHABET
    from plotwriter.training.cache import prepare

    return prepare(list(files), folder, max_steps=MAX_STEPS, max_characters=MAX_CHARACTERS, alphabet=ALPHABET, seed=0, align=align)


def _say_usable(words: WordSet) -> None:
    click.echo(f"usable: {len(words.texts)} words of {len(set(words.writers))} writers")
    for reason, n in words.rejected.counts().most_common():
        click.echo(f"  not usable: {n} x {reason}")
