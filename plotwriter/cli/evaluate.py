"""`plotwriter evaluate`: how well the styles write."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from plotwriter.cli import options as shared
from plotwriter.cli.console import progress, say

__all__ = ["evaluate"]


@click.command()
@click.option(
    "--style",
    "names",
    multiple=True,
    type=shared.NameType("name", shared.style_names),
    help="A style or FILE.safetensors:NAME, a column each; may be repeated; rowan@lstm is its hand written by that sampler.  "
    "[all; with --hands all it names]",
)
@click.option("--words", "n_words", type=click.IntRange(8), default=200, show_default=True, help="Words written in each style.")
@click.option("--draws", "n_draws", type=click.IntRange(1, 64), default=4, show_default=True, help="Attempts a word.")
@click.option("--seed", type=shared.SEED, default=0, show_default=True)
@click.option(
    "--data", "paths", multiple=True, type=click.Path(path_type=Path), help="The .jsonl or .jsonl.gz files of training, in its order."
)
@click.option("--hands", type=click.Path(path_type=Path), help="TOML file of hands: which writer is behind which style.")
@click.option(
    "--cache", type=click.Path(path_type=Path), default=Path("runs/cache"), show_default=True, help="Where prepared words are kept."
)
@click.option("--reader", type=click.Path(path_type=Path), help="Weights of the reader that judges.  [reader b, which has ranked nothing]")
@click.option("--ocr", is_flag=True, help="Ask RapidOCR too; needs the extra 'ocr'.")
@click.option("--out", "folder", type=click.Path(path_type=Path), default=Path("runs/report"), show_default=True)
@shared.quiet_option
@shared.json_option
def evaluate(
    names: tuple[str, ...],
    n_words: int,
    n_draws: int,
    seed: int,
    paths: tuple[Path, ...],
    hands: Path | None,
    cache: Path,
    reader: Path | None,
    ocr: bool,
    folder: Path,
    quiet: bool,
    as_json: bool,
) -> None:
    """Measure how well styles write: legibility, hand, geometry, variety, each beside real ink.

    \b
    plotwriter evaluate --style linden
    plotwriter evaluate --data ink.jsonl.gz --hands hands.toml --out runs/report
    plotwriter evaluate --style linden --style runs/mine/weights.safetensors:linden
    plotwriter evaluate --style rowan --style rowan@lstm --style rowan@cursive

    Writes report.html (pictures and figures) and report.json into the folder of --out. With --data and
    --hands the words are those that training held out, in the hand of the same writer. Several weights
    files or samplers stand side by side, a column for each style named.
    """
    if bool(paths) != bool(hands):
        raise click.UsageError("--data and --hands go together: real ink, and which writer is behind which style")
    from plotwriter.errors import ConfigError
    from plotwriter.evaluation.evaluate import evaluate as measure
    from plotwriter.evaluation.legibility import READER_B
    from plotwriter.evaluation.real import RealInk
    from plotwriter.evaluation.study import Settings
    from plotwriter.styles import find_style, installed_styles, written_by

    real = RealInk.read(list(paths), hands, cache, seed) if hands else None
    named = [written_by(find_style(name), sampler or None) for name, _, sampler in (given.partition("@") for given in names)]
    distinct = {(style.weights.resolve(), style.name, style.sampler): style for style in named}  # by whatever name, a column each
    styles = list(distinct.values())
    styles = styles or [style for name, style in installed_styles()[0].items() if real is None or name in real.hands]
    if not styles:
        raise ConfigError(f"{hands or 'plotwriter'}: names no style that is installed; run 'plotwriter styles', or give --style")
    with progress("evaluating", quiet=quiet) as update:
        text = measure(
            styles, folder, Settings(n_words, n_draws, seed),
            reader=reader or READER_B, real=real, ocr=ocr, command=" ".join(["plotwriter", *sys.argv[1:]]),
            on_progress=lambda what, share: update(share * 1000, 1000),
        )  # fmt: skip
    if as_json:
        click.echo(text, nl=False)
    say(f"wrote {folder / 'report.html'} and {folder / 'report.json'}", quiet=quiet)
