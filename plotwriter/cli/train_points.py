"""`plotwriter train lstm` and `train cursive`: the two published nets on ink of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from plotwriter.cli.console import say
from plotwriter.cli.train_options import carry_out, run_options, say_words, settings_of, shape_options

__all__ = ["cursive", "lstm"]

MAX_STEPS, MAX_CHARACTERS = 144, 24  # of a word, as for the arc GPT: all three learn from the same words


@click.command()
@run_options(name="lstm", batch=32, what="Lines", learning_rate=1e-3, precision="no")
@click.option("--cells", "n_cell", type=click.IntRange(4), default=400, show_default=True, help="Of each of the three layers.")
@click.option("--window", "n_window", type=click.IntRange(1, 256), default=10, show_default=True, help="Gaussians over the text.")
@click.option("--mixtures", "n_mixture", type=click.IntRange(1, 256), default=20, show_default=True, help="Gaussians of an offset.")
@click.option(
    "--points",
    "most_points",
    type=click.IntRange(20),
    default=700,
    show_default=True,
    help="Most of a line; text and ink are cut together.",
)
@click.option(
    "--ink-first",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Share of the run, at its beginning, with the window off.",
)
@click.option(
    "--optimizer",
    type=click.Choice(["adamw", "rmsprop"]),
    default="adamw",
    show_default=True,
    help="rmsprop is Graves' own; with --learning-rate 1e-4.",
)
@click.option("--clip", type=click.FloatRange(0, min_open=True), default=10.0, show_default=True, help="Largest norm of the gradient.")
def lstm(**options: Any) -> None:
    """Train Graves' LSTM (2013): three layers, a soft window over the text, mixtures of Gaussians.

    FOLDER/weights.safetensors is usable at once: plotwriter write letter.txt --style FOLDER/weights.safetensors.
    It holds two words of each hand as ink, which prime the net.
    """
    from plotwriter.training.point_tasks import LSTMOptions, LSTMTask

    _run(LSTMOptions, LSTMTask, graphs=options["device"] != "cpu" and options["accumulate"] == 1, **options)


@click.command()
@run_options(name="cursive", batch=32, what="Lines", learning_rate=5e-3, precision="bf16")
@shape_options(channels=64, layers=4, heads=4)
@click.option(
    "--points",
    "most_points",
    type=click.IntRange(20),
    default=700,
    show_default=True,
    help="Most of a line; text and ink are cut together.",
)
@click.option("--words", type=click.IntRange(1, 8), nargs=2, default=(3, 5), show_default=True, help="Fewest and most of a line.")
@click.option(
    "--keep",
    type=click.FloatRange(0, 1),
    nargs=2,
    default=(0.45, 0.6),
    show_default=True,
    help="Share of the points within arcs that stay.",
)
def cursive(**options: Any) -> None:
    """Train the Cursive Transformer (Greydanus & Wimpee 2025): polar tokens, stitched words, cross-attention.

    As published: one author, --learning-rate 1e-2, 110,000 iterations.
    """
    if options["n_channel"] % options["n_head"]:
        raise click.UsageError(f"--channels: {options['n_channel']} is not a multiple of {options['n_head']}, the number of --heads")
    if options["words"][0] > options["words"][1]:
        raise click.UsageError(f"--words: fewest {options['words'][0]} is more than most {options['words'][1]}")
    from plotwriter.training.point_tasks import CursiveOptions, CursiveTask

    _run(CursiveOptions, CursiveTask, **options)


def _run(
    kind: Any,
    task_kind: Any,
    *,
    paths: tuple[Path, ...],
    folder: Path,
    resume: bool,
    steps: int | None,
    minutes: float | None,
    hands: Path | None,
    wandb: str | None,
    threads: int,
    device: str,
    quiet: bool,
    **options: Any,
) -> None:
    """A run of either net."""
    from plotwriter.nets.gpt import ALPHABET
    from plotwriter.training.cache import prepare
    from plotwriter.training.export import largest_hands, read_hands
    from plotwriter.training.export_points import export_points
    from plotwriter.training.loop import Trainer, use_threads

    chosen = read_hands(hands) if hands else None
    use_threads(threads)
    settings = settings_of(kind, folder, resume, steps, minutes, options)
    say("preparing the words (once for each set of files)", quiet=quiet)
    words = prepare(
        list(paths), folder / "cache", max_steps=MAX_STEPS, max_characters=MAX_CHARACTERS, alphabet=ALPHABET, seed=settings.seed,
        align=True, writers_first=tuple(hand.writer for hand in chosen.hands) if chosen else (),
    )  # fmt: skip
    say_words(words, quiet=quiet)
    task = task_kind(words, settings)
    trainer: Trainer[Any] = Trainer(task, folder, device)

    def publish(path: Path, net: Any) -> None:
        export_points(path, net, task, trainer.about(), chosen or largest_hands(words.facts))

    carry_out(trainer, publish, resume=resume, wandb=wandb, quiet=quiet)
