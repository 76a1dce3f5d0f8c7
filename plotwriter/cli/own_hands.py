"""`plotwriter styles fit` and its neighbours: the user's own hands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from plotwriter.cli import options as shared
from plotwriter.cli.capture import capture, capture_file
from plotwriter.cli.console import duration, out, progress, say
from plotwriter.cli.keys import is_terminal

if TYPE_CHECKING:
    from plotwriter.hands.fit import Fitted, Look
    from plotwriter.hands.matching import Match

__all__ = ["COMMANDS", "blend", "export_style", "fit", "import_style", "ink", "match_ink", "remove", "rename", "trace"]

PATH = click.Path(path_type=Path)
replace_option = click.option("--replace", is_flag=True, help="Overwrite a style of yours of that name.")


class _Numbers(click.ParamType):  # type: ignore[type-arg]
    """Numbers of words."""

    name = "numbers"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> frozenset[int]:
        """Numbers and ranges of them: "3,7-9" is 3, 7, 8 and 9."""
        if isinstance(value, frozenset):
            return value
        found: set[int] = set()
        try:
            for part in str(value).split(","):
                first, _, last = part.partition("-")
                numbers = range(int(first), int(last or first) + 1)
                if not 0 < len(numbers) <= 10_000 or numbers[0] < 1:
                    raise ValueError
                found.update(numbers)
        except ValueError:
            self.fail(f"{value!r} is not numbers of words, such as 3,7-9", param, ctx)
        return frozenset(found)


class _Fix(click.ParamType):  # type: ignore[type-arg]
    """What a word really says."""

    name = "number=text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, str]:
        """A number and a text: "3=morning"."""
        if isinstance(value, tuple):
            return value
        number, equals, text = str(value).partition("=")
        if not equals or not number.strip().isdecimal() or len(number) > 9 or not text.strip():
            self.fail(f"{value!r} is not the number of a word and what it says, such as 3=morning", param, ctx)
        return int(number), text


def _ink_options(function: Any) -> Any:
    """Files of ink, what they say, and words to leave out or put right."""
    for option in (
        click.option("--fix", type=_Fix(), multiple=True, help="What a word really says, by its number in the picture: 3=morning."),
        click.option("--drop", type=_Numbers(), default=frozenset(), help="Words not to use, by their numbers in the picture: 3,7-9."),
        click.option(
            "--text", "text_file", type=PATH, help="What is written, for files that do not say: a line for every line of writing."
        ),
        click.option("--matched", type=PATH, help="SVG picture to write of what was matched: every word, its number and text."),
    ):
        function = option(function)
    return function


def _matched(
    files: tuple[Path, ...],
    text_file: Path | None,
    drop: frozenset[int],
    fix: tuple[tuple[int, str], ...],
    picture: Path | None,
    quiet: bool = False,
) -> Match:
    """Words of some files, with a report."""
    from plotwriter.config import read_text
    from plotwriter.exchange import write_atomically
    from plotwriter.hands.matching import match
    from plotwriter.hands.picture import match_picture

    text = read_text(text_file) if text_file else None
    found = match([sample for path in files for sample in _samples(path, text, quiet)], drop=drop, fix=dict(fix))
    say(f"{len(found.used.texts)} of {len(found.words)} words can be used")
    for word in found.dropped[:12]:
        say(f"  not used: {word.number} {word.text[:40]!r} ({word.place}): {word.reason}")
    if len(found.dropped) > 12:
        say(f"  and {len(found.dropped) - 12} more")
    if picture:
        write_atomically(picture, match_picture(found).encode())
        say(f"wrote {picture}: look at it; --drop leaves words out, --fix 3=morning says what one really says")
    return found


def _samples(path: Path, text: str | None, quiet: bool) -> Any:
    """Ink of a file, or traced from a photo."""
    from plotwriter.inkfiles import read_ink

    if path.suffix.lower() in (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp"):
        from plotwriter.hands.photo import read_photo

        alone = text is None and path.is_file() and not path.with_suffix(".txt").is_file()
        text = _asked(path) if alone and is_terminal() else text
        with progress(f"finding the order of the pen in {path.name}", quiet=quiet) as update:
            return read_photo(path, text, on_round=lambda share: update(share * 1000, 1000))
    return read_ink(path, text)


def _asked(path: Path) -> str:
    """What is written on a photo, typed line by line."""
    say(f"{path}: what is written on it? A line for every line of writing; an empty one ends")
    lines: list[str] = []
    while line := click.prompt(f"line {len(lines) + 1}", default="", show_default=False, err=True).strip():
        lines.append(line)
    return "\n".join(lines)


def _files(name: str, first: tuple[Path, ...], more: tuple[Path, ...]) -> tuple[Path, ...]:
    """The files named, or what was captured under the style's name."""
    if not first + more and capture_file(name).is_file():
        return (capture_file(name),)
    if not first + more:
        raise click.UsageError("--from: give one or more files of your ink; 'plotwriter styles capture NAME' makes one")
    return first + more


@click.command()
@click.argument("name")
@click.option(
    "--from", "first", multiple=True, type=PATH, metavar="FILE...", help="Ink of yours; several after it, or repeated.  [what was captured]"
)
@click.argument("more", nargs=-1, type=PATH, metavar="")
@_ink_options
@click.option("--quick", is_flag=True, help="As the hand reader sees it, at once; without, it is then learned from your words.")
@click.option("--prime", is_flag=True, help="Keep a dozen of your words in the style, for draws to go on from; they prime the LSTM too.")
@click.option("--minutes", type=click.FloatRange(0.1, 600), default=8.0, show_default=True, help="Learn no longer than this.")
@click.option("--base", default=None, type=shared.NameType("name", shared.style_names), help="Style whose nets to begin with.")
@click.option("--description", default="my own hand", show_default=True, help="One line for the list of styles.")
@click.option("--lineup", "lineup_file", type=PATH, help="SVG picture to write: your words among some that the style has written.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@replace_option
@shared.json_option
@shared.quiet_option
def fit(
    name: str, first: tuple[Path, ...], more: tuple[Path, ...], text_file: Path | None, drop: frozenset[int],
    fix: tuple[tuple[int, str], ...], matched: Path | None, quick: bool, prime: bool, minutes: float, base: str | None,
    description: str, lineup_file: Path | None, seed: int, replace: bool, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Make a style of your own hand from ink of yours.

    \b
    plotwriter styles capture mine                   write some words on a local page ...
    plotwriter styles fit mine                       ... and learn the hand
    plotwriter styles fit mine --from note.xopp      or take ink from elsewhere
    plotwriter write letter.txt --style mine
    """
    from plotwriter.hands.names import check_name

    check_name(name)
    files = _files(name, first, more)
    from plotwriter.exchange import write_atomically
    from plotwriter.hands.fit import FitOptions
    from plotwriter.hands.fit import fit as learn
    from plotwriter.hands.keep import card_of, own_file, save_hand, words_to_keep
    from plotwriter.nets.checkpoint import load_hands
    from plotwriter.styles import find_style
    from plotwriter.styles.store import DEFAULT_STYLE

    if own_file(name).exists() and not replace:
        raise click.UsageError(f"there is a style {name!r} of yours already; give another name, or --replace it")
    begin = find_style(base or DEFAULT_STYLE)
    if begin.sampler != "gpt":
        raise click.UsageError(f"--base: {begin.name!r} is written by {begin.sampler!r}; a hand is fitted to the nets of 'gpt'")
    found = _matched(files, text_file, drop, fix, matched, quiet)
    with progress("learning the hand", quiet=quiet) as update:

        def watch(share: float, look: Look | None) -> None:
            update(share * 1000, 1000)

        options = FitOptions(quick=quick, minutes=minutes, seed=seed)
        fitted = learn(found.used, load_hands(begin.weights), options, watch)
    names = {int(entry["row"]): str(entry["name"]) for entry in begin.card["styles"]}
    kept = words_to_keep(found.used) if prime else ()
    card = card_of(fitted, found.facts, begin, names, name=name, description=description, prime=kept)
    path = save_hand(name, fitted.model, card, replace=replace)
    _report(name, fitted, card, quiet)
    if lineup_file:
        from plotwriter.hands.lineup import lineup, lineup_picture

        style = find_style(name)
        write_atomically(lineup_file, lineup_picture(lineup(found.used, style), found.facts.slant, name).encode())
        say(f"wrote {lineup_file}", quiet=quiet)
    if as_json:
        out.print_json(json.dumps({"name": name, "file": str(path), **card["recipe"], "borrowed": card["borrowed"]}, ensure_ascii=False))


def _report(name: str, fitted: Fitted, card: dict[str, Any], quiet: bool) -> None:
    say(f"style {name!r}: from {fitted.n_words} words in {duration(fitted.seconds)}", quiet=quiet)
    if fitted.best:
        look = fitted.best
        say(
            f"  {100 * look.way:.0f} % of the way to what {fitted.steps} steps learned: {100 * look.wrong:.0f} % of characters misread in "
            f"single draws (your own ink: {100 * look.real_wrong:.0f} %), traits {look.apart:.2f} s.d. from yours "
            f"(at first {fitted.looks[0].apart:.2f})",
            quiet=quiet,
        )
    for hand, characters in card["borrowed"].items():
        say(f"  as {hand} writes them, since your words do not have them: {characters}", quiet=quiet)


@click.command("match")
@click.argument("files", nargs=-1, required=True, type=PATH)
@_ink_options
def match_ink(
    files: tuple[Path, ...], text_file: Path | None, drop: frozenset[int], fix: tuple[tuple[int, str], ...], matched: Path | None
) -> None:
    """Show which words of your ink can be used, and why others cannot."""
    found = _matched(files, text_file, drop, fix, matched)
    missing = [c for c in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:;!?'\"()-&" if not found.characters[c]]
    say(f"  not there to learn from: {''.join(missing) or 'nothing that a letter needs'}")


@click.command()
@click.argument("photo", type=PATH)
@click.option("--lines", "n_lines", type=click.IntRange(1, 200), required=True, help="Lines of writing on it.")
@click.option("--picture", required=True, type=PATH, help="PNG to write: every stroke in colour, a ring where it begins.")
def trace(photo: Path, n_lines: int, picture: Path) -> None:
    """Show what is understood of a photo or scan of handwriting, before it is used."""
    from plotwriter.exchange import write_atomically
    from plotwriter.hands.photo import understand

    found = understand(photo, n_lines)
    write_atomically(picture, found.picture())
    say(f"{len(found.strokes)} strokes of a pen {found.width:.1f} px wide; wrote {picture}")


@click.command()
@click.argument("files", nargs=-1, required=True, type=PATH)
@click.option("-o", "--output", required=True, type=PATH, help="File to write: .jsonl, as 'plotwriter train' takes it.")
@click.option("--writer", default="", help="Name of the writer where the files have none.  [the file's name]")
def ink(files: tuple[Path, ...], output: Path, writer: str) -> None:
    """Turn ink of other programs and whole corpora into our own form.

    Files or folders of InkML, UNIPEN, IAM-OnDB, Xournal++, SVG, the Cursive Transformer's collector, captures; a file that
    cannot be read is named and passed over.
    """
    from plotwriter.errors import FileError
    from plotwriter.exchange import write_atomically
    from plotwriter.inkfiles import read_ink, to_lines

    paths = [inner for path in files for inner in (sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path])]
    parts, n_bad = [], 0
    for path in paths:
        if path.suffix == ".txt":
            continue  # texts that lie beside ink
        try:
            parts.append(to_lines(read_ink(path), writer or path.stem))
        except FileError as error:
            n_bad += 1
            say(f"passed over: {error}")
    if not any(parts):
        raise FileError(f"{', '.join(map(str, files))[:200]}: no ink in {len(paths)} files")
    content = "".join(parts)
    write_atomically(output, content.encode())
    say(f"wrote {output}: {content.count(chr(10))} samples of {len(paths) - n_bad} files; {n_bad} passed over")


@click.command()
@click.argument("first", type=shared.NameType("name", shared.style_names))
@click.argument("second", type=shared.NameType("name", shared.style_names))
@click.argument("share", type=click.FloatRange(0, 1))
@click.option("--as", "name", help="Name of the new style.  [FIRST-SECOND]")
@replace_option
def blend(first: str, second: str, share: float, name: str | None, replace: bool) -> None:
    """Mix two hands: SHARE of SECOND, the rest of FIRST."""
    from plotwriter.hands.keep import blend as mix

    path = mix(first, second, share, name or f"{first}-{second}"[:40], replace=replace)
    say(f"style {path.stem!r}: {1 - share:.0%} {first}, {share:.0%} {second}")


@click.command("export")
@click.argument("name", type=shared.NameType("name", shared.style_names))
@click.option("-o", "--output", required=True, type=PATH, help="File to write: NAME.safetensors.")
def export_style(name: str, output: Path) -> None:
    """Write a hand to one file, for another computer."""
    from plotwriter.hands.keep import export_hand

    export_hand(name, output)
    say(f"wrote {output}")


@click.command("import")
@click.argument("file", type=PATH)
@click.option("--as", "name", help="Name to keep it under.  [as the file says]")
@replace_option
def import_style(file: Path, name: str | None, replace: bool) -> None:
    """Take in a hand from a file; it is data and checked, never code."""
    from plotwriter.hands.keep import import_hand

    say(f"took in {', '.join(import_hand(file, name, replace=replace))}")


@click.command()
@click.argument("old", type=shared.NameType("name", shared.style_names))
@click.argument("new")
def rename(old: str, new: str) -> None:
    """Give a hand of yours another name."""
    from plotwriter.hands.keep import rename as give

    give(old, new)
    say(f"{old!r} is {new!r} now")


@click.command()
@click.argument("name", type=shared.NameType("name", shared.style_names))
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def remove(name: str, yes: bool) -> None:
    """Delete a hand of yours."""
    from plotwriter.hands.keep import remove as delete

    if not yes:
        click.confirm(f"delete the style {name!r}?", abort=True)
    say(f"deleted {delete(name)}")


COMMANDS = (capture, fit, match_ink, trace, ink, blend, export_style, import_style, rename, remove)  #: of the group `styles`
