"""`plotwriter train`: ink to weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from plotwriter.cli import options as shared
from plotwriter.cli.console import duration, progress, say

if TYPE_CHECKING:
    from plotwriter.training.apprentice import Apprentice
    from plotwriter.training.arc_task import ArcTask
    from plotwriter.training.loop import Progress

__all__ = ["data_option", "export_run", "gpt", "reader", "train"]


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


@click.group()
def train() -> None:
    """Train a sampler on ink of your own, and export what it has learned."""


@train.command()
@data_option
@click.option("--out", "folder", default=Path("runs/gpt"), show_default=True, type=click.Path(path_type=Path), help="Folder of the run.")
@click.option("--resume", is_flag=True, help="Go on from the folder's checkpoint, with its options; its end may be moved.")
@click.option("--steps", type=click.IntRange(1), help="End after so many iterations.")
@click.option("--minutes", type=click.FloatRange(0, min_open=True), help="End after so much training time.  [30 if neither is given]")
@click.option("--batch", type=click.IntRange(1), default=64, show_default=True, help="Words an iteration.")
@click.option("--learning-rate", type=click.FloatRange(0, min_open=True), default=2e-3, show_default=True)
@click.option(
    "--channels", "n_channel", type=click.IntRange(8), default=160, show_default=True, help="Width of the net; a multiple of --heads."
)
@click.option("--layers", "n_layer", type=click.IntRange(1, 64), default=5, show_default=True)
@click.option("--heads", "n_head", type=click.IntRange(1, 64), default=5, show_default=True)
@click.option(
    "--workers",
    "n_worker",
    type=click.IntRange(0, 64),
    default=0,
    show_default=True,
    help="Processes that make batches; 2 to 8 with a GPU.",
)
@click.option(
    "--favour-share",
    type=click.FloatRange(0, 1),
    help="This share of the words is by the writers of --hands; may be changed on --resume.  [as they come]",
)
@click.option("--precision", type=click.Choice(["bf16", "no"]), default="bf16", show_default=True)
@click.option(
    "--writer-power",
    type=click.FloatRange(0, 4),
    help="A writer of n words is drawn n^POWER times; 2 tunes to the largest, 0.5 to all alike; may be changed on --resume.  [1.3]",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--hands", type=click.Path(path_type=Path), help="TOML file that names the hands to export.  [the eight with most words]")
@click.option(
    "--checkpoint-every", type=click.FloatRange(1), default=120, show_default=True, help="Seconds between checkpoints and pictures."
)
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True, help="CPU threads; more is slower on a busy machine.")
@click.option("--device", default="auto", show_default=True, type=click.Choice(["auto", "cpu"]))
@shared.quiet_option
def gpt(
    paths: tuple[Path, ...],
    folder: Path,
    resume: bool,
    steps: int | None,
    minutes: float | None,
    writer_power: float | None,
    favour_share: float | None,
    hands: Path | None,
    threads: int,
    device: str,
    quiet: bool,
    **options: Any,
) -> None:
    """Train the arc GPT.

    The run's folder holds checkpoint.safetensors (everything needed to resume), weights.safetensors
    (usable at once: plotwriter write letter.txt --style FOLDER/weights.safetensors -o letter.svg) and
    sample.png, all renewed every few minutes. The learning rate ends with the run, by iterations or by
    the clock, whichever comes first.
    """
    if options["n_channel"] % options["n_head"]:
        raise click.UsageError(f"--channels: {options['n_channel']} is not a multiple of {options['n_head']}, the number of --heads")
    from plotwriter.training.export import read_hands

    chosen = read_hands(hands) if hands else None
    import torch

    from plotwriter.nets.gpt import ALPHABET
    from plotwriter.training.arc_task import ArcOptions, ArcTask
    from plotwriter.training.cache import prepare
    from plotwriter.training.loop import Trainer

    torch.set_num_threads(threads)
    settings = ArcOptions(steps=steps, minutes=minutes if steps or minutes else 30.0, **options)
    if resume:
        stored = Trainer.stored_options(folder, ArcOptions)
        if not steps and not minutes:
            steps, minutes = stored.steps, stored.minutes
        settings = replace(stored, checkpoint_every=options["checkpoint_every"], steps=steps, minutes=minutes)
    if writer_power is not None:
        settings = replace(settings, writer_power=writer_power)
    first = tuple(hand.writer for hand in chosen.hands) if chosen else ()
    if favour_share is not None:
        settings = replace(settings, favour=first, favour_share=favour_share)
    say("preparing the words (once for each set of files)", quiet=quiet)
    words = prepare(
        list(paths),
        folder / "cache",
        max_steps=settings.max_steps,
        max_characters=settings.max_characters,
        alphabet=ALPHABET,
        seed=settings.seed,
        align=True,
        writers_first=first,
    )
    say(f"{len(words.texts)} words of {len(set(words.writers))} writers", quiet=quiet)
    for reason, n in words.rejected.most_common():
        say(f"  not used: {n} x {reason}", quiet=quiet)
    task = ArcTask(words, settings)
    trainer = Trainer(task, folder, device)
    if resume:
        trainer.resume()
        say(f"resumed at iteration {trainer.step} after {duration(trainer.elapsed)}", quiet=quiet)
    elif (folder / "checkpoint.safetensors").exists():
        raise click.UsageError(f"{folder} holds a run already; add --resume to go on with it, or give another --out")
    with progress("training", quiet=quiet) as update:

        def watch(p: Progress, net: Apprentice) -> None:
            update(p.done * 1000, 1000)
            if p.saved:
                _publish(trainer, task, net, chosen)
                say(f"iteration {p.step}, {duration(p.elapsed)}: loss {p.loss:.3f}, held out {p.test_loss:.3f} nats a step", quiet=quiet)

        trainer.on_progress = watch
        trainer.run()
    say(f"done: {folder / 'weights.safetensors'}", quiet=quiet)


def _publish(trainer: Any, task: ArcTask, net: Apprentice, chosen: Any) -> None:
    """Weights and a picture beside the checkpoint."""
    from plotwriter.exchange import write_atomically
    from plotwriter.training.export import export, hand_style, largest_hands
    from plotwriter.training.pictures import sample_picture

    chosen = chosen or largest_hands(task.words.facts)
    export(trainer.folder / "weights.safetensors", net, trainer.about(), chosen, task.words)
    hands = [(hand.name, hand_style(net, task.packed, hand.writer, task.train_on)) for hand in chosen.hands]
    write_atomically(trainer.folder / "sample.png", sample_picture(net.gpt, hands))


@train.command()
@data_option
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="Weights to write: NAME.safetensors.")
@click.option(
    "--cache", type=click.Path(path_type=Path), default=Path("runs/cache"), show_default=True, help="Where prepared words are kept."
)
@click.option("--minutes", type=click.FloatRange(0, min_open=True), default=20, show_default=True)
@click.option("--half", type=click.Choice(["a", "b", "all"]), default="all", show_default=True, help="Which writers to learn from.")
@click.option("--hands", type=click.Path(path_type=Path), help="TOML file of hands, all of whose writers are in half a.")
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True)
@shared.quiet_option
def reader(
    paths: tuple[Path, ...], output: Path, cache: Path, minutes: float, half: Any, hands: Path | None, threads: int, quiet: bool
) -> None:
    """Train a reader: it reads back what the samplers write.

    Reader a chooses among draws; reader b, of writers a has never seen, judges.
    """
    from plotwriter.training.export import read_hands

    chosen = read_hands(hands) if hands else None
    import torch

    from plotwriter.nets.gpt import ALPHABET, GPTConfig
    from plotwriter.training.cache import prepare
    from plotwriter.training.reading import ReaderOptions, ReaderProgress, train_reader

    torch.set_num_threads(threads)
    shape = GPTConfig()
    words = prepare(list(paths), cache, max_steps=shape.max_steps, max_characters=shape.max_characters, alphabet=ALPHABET, seed=0)
    first = [hand.writer for hand in chosen.hands] if chosen else []
    with progress("training", quiet=quiet) as update:

        def watch(p: ReaderProgress) -> None:
            update(p.done * 1000, 1000)
            if p.error_rate is not None:
                say(f"iteration {p.iteration}: loss {p.loss:.3f}, {100 * p.error_rate:.2f} % of held-out characters wrong", quiet=quiet)

        train_reader(
            words, output, ReaderOptions(minutes=minutes, half=half), first=first, card=chosen.card if chosen else None, on_progress=watch
        )
    say(f"done: {output}", quiet=quiet)


@train.command("export")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--hands", required=True, type=click.Path(path_type=Path), help="TOML file that names the hands and the card.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="Weights to write: NAME.safetensors.")
def export_run(folder: Path, hands: Path, output: Path) -> None:
    """Export the hands you name from the run in FOLDER, with a card inside.

    How a hand writes each letter is taken from its words, so the run's prepared words must still be in FOLDER/cache.
    """
    from plotwriter.training.cache import load_newest
    from plotwriter.training.export import export, read_hands, read_run

    chosen = read_hands(hands)
    net, about = read_run(folder / "checkpoint.safetensors")
    export(output, net, about, chosen, load_newest(folder / "cache"))
    say(f"wrote {output}: {', '.join(hand.name for hand in chosen.hands)}")
