"""Options that every run of training has, and how a run is carried out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from plotwriter.cli import options as shared
from plotwriter.cli.console import duration, progress, say

if TYPE_CHECKING:
    from plotwriter.training.datasets import WordSet
    from plotwriter.training.loop import Progress, RunOptions, Trainer

__all__ = ["carry_out", "data_option", "run_options", "say_words", "settings_of", "shape_options"]

F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R", bound="RunOptions")


def _several(ctx: click.Context, param: click.Parameter, more: tuple[Path, ...]) -> tuple[Path, ...]:
    """`--data A B C` as people write it: what follows the option's own file counts too."""
    paths = (*ctx.params.pop("first_paths", ()), *more)
    if not paths:
        raise click.MissingParameter(ctx=ctx, param_type="option", param_hint="'--data'")
    return paths


def data_option(function: Any) -> Any:
    """The files of ink."""
    path = click.Path(path_type=Path)
    help_text = ".jsonl or .jsonl.gz of ink; several after it, or repeated."
    function = click.argument("paths", metavar="", nargs=-1, type=path, callback=_several)(function)
    return click.option("--data", "first_paths", multiple=True, is_eager=True, type=path, metavar="PATH...", help=help_text)(function)


def run_options(*, name: str, batch: int, what: str, learning_rate: float, precision: str) -> Callable[[F], F]:
    """The options of a run.

    Args:
        name: of the net: the default folder is runs/NAME
        batch, learning_rate, precision: defaults
        what: a batch counts
    """
    options = (
        data_option,
        click.option(
            "--out", "folder", default=Path("runs") / name, show_default=True, type=click.Path(path_type=Path), help="Folder of the run."
        ),
        click.option("--resume", is_flag=True, help="Go on from the folder's checkpoint, with its options; its end may be moved."),
        click.option("--steps", type=click.IntRange(1), help="End after so many iterations."),
        click.option(
            "--minutes", type=click.FloatRange(0, min_open=True), help="End after so much training time.  [30 if neither is given]"
        ),
        click.option("--batch", type=click.IntRange(1), default=batch, show_default=True, help=f"{what} an iteration, in every process."),
        click.option(
            "--accumulate", type=click.IntRange(1), default=1, show_default=True, help="Batches whose gradients make one iteration."
        ),
        click.option("--learning-rate", type=click.FloatRange(0, min_open=True), default=learning_rate, show_default=True),
        click.option(
            "--ema",
            type=click.FloatRange(0, 1, max_open=True),
            default=0.999,
            show_default=True,
            help="Weights are averaged over about 1 / (1 - EMA) iterations.",
        ),
        click.option(
            "--workers",
            "n_worker",
            type=click.IntRange(0, 64),
            default=0,
            show_default=True,
            help="Processes that make batches; 2 to 8 with a GPU.",
        ),
        click.option("--precision", type=click.Choice(["bf16", "no"]), default=precision, show_default=True),
        click.option(
            "--writer-power",
            type=click.FloatRange(0, 4),
            help="A writer of n words is drawn n^POWER times; 2 tunes to the largest, 0.5 to all alike; may be changed on --resume.",
        ),
        click.option("--seed", type=click.IntRange(0), default=0, show_default=True),
        click.option(
            "--hands", type=click.Path(path_type=Path), help="TOML file that names the hands to export.  [the eight with most words]"
        ),
        click.option(
            "--checkpoint-every", type=click.FloatRange(1), default=120, show_default=True, help="Seconds between checkpoints and pictures."
        ),
        click.option(
            "--wandb", metavar="PROJECT", help="Log to Weights & Biases too. TensorBoard's files are in FOLDER/log where it is installed."
        ),
        click.option(
            "--threads", type=click.IntRange(1), default=1, show_default=True, help="CPU threads; more is slower on a busy machine."
        ),
        click.option("--device", default="auto", show_default=True, type=click.Choice(["auto", "cpu"])),
        shared.quiet_option,
    )

    def decorate(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def shape_options(*, channels: int, layers: int, heads: int) -> Callable[[F], F]:
    """The shape of a net of attention; the numbers are defaults."""
    width = click.option(
        "--channels",
        "n_channel",
        type=click.IntRange(8),
        default=channels,
        show_default=True,
        help="Width of the net; a multiple of --heads.",
    )
    depth = click.option("--layers", "n_layer", type=click.IntRange(1, 64), default=layers, show_default=True)
    parts = click.option("--heads", "n_head", type=click.IntRange(1, 64), default=heads, show_default=True)
    return lambda function: width(depth(parts(function)))


def settings_of(kind: type[R], folder: Path, resume: bool, steps: int | None, minutes: float | None, options: dict[str, Any]) -> R:
    """The options of a run: as given, or those of the run that is resumed, with another end."""
    from plotwriter.training.loop import Trainer

    given = {name: value for name, value in options.items() if value is not None}
    if not resume:
        return kind(steps=steps, minutes=minutes if steps or minutes else 30.0, **given)
    stored = Trainer.stored_options(folder, kind)
    if not steps and not minutes:
        steps, minutes = stored.steps, stored.minutes
    movable = {name: given[name] for name in ("checkpoint_every", "writer_power") if name in given}
    return replace(stored, steps=steps, minutes=minutes, **movable)


def say_words(words: WordSet, *, quiet: bool) -> None:
    """What a run learns from, and what it cannot use."""
    say(f"{len(words.texts)} words of {len(set(words.writers))} writers", quiet=quiet)
    for reason, n in words.rejected.counts().most_common():
        say(f"  not used: {n} x {reason}", quiet=quiet)


def carry_out(trainer: Trainer[Any], publish: Callable[[Path, Any], bytes | None], *, resume: bool, wandb: str | None, quiet: bool) -> None:
    """Train to the end; at every checkpoint, weights that write, a picture, and what reader a makes of it.

    Args:
        trainer: the run
        publish: writes the weights of a net to a path; gives a picture, or None for the journal's own
        resume: go on from the checkpoint
        wandb: project to log to
        quiet: say nothing
    """
    from plotwriter.exchange import write_atomically
    from plotwriter.training.journal import Journal
    from plotwriter.training.judging import judge

    folder = trainer.folder
    if resume:
        trainer.resume()
        say(f"resumed at iteration {trainer.step} after {duration(trainer.elapsed)}", quiet=quiet)
    elif (folder / "checkpoint.safetensors").exists():
        raise click.UsageError(f"{folder} holds a run already; add --resume to go on with it, or give another --out")
    journal = Journal(folder, wandb=wandb, options=asdict(trainer.options), main=trainer.accelerator.is_main_process)
    weights = folder / "weights.safetensors"
    with progress("training", quiet=quiet) as update:

        def watch(p: Progress, net: Any) -> None:
            update(p.done * 1000, 1000)
            journal.scalars(p.step, loss=p.loss, learning_rate=trainer.learning_rate())
            if not p.saved:
                return
            picture = publish(weights, net)
            judged = judge(weights)
            write_atomically(folder / "sample.png", picture or judged.picture)
            journal.scalars(p.step, held_out=p.test_loss, cer=judged.error_rate, ended=judged.ended)
            journal.picture(p.step, judged.picture)
            best = journal.keep_best(weights, judged.error_rate, p.step)
            say(
                f"iteration {p.step}, {duration(p.elapsed)}: loss {p.loss:.3f}, held out {p.test_loss:.3f} nats a step, "
                f"{100 * judged.error_rate:.0f} % of the characters of a draw misread{' (best so far)' if best else ''}",
                quiet=quiet,
            )

        trainer.on_progress = watch
        try:
            trainer.run()
        finally:
            journal.close()
    say(f"done: {weights}; read best: {folder / 'best.safetensors'}", quiet=quiet)
