"""`plotwriter train`: ink to weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from plotwriter.cli import options as shared
from plotwriter.cli.console import progress, say
from plotwriter.cli.train_options import carry_out, data_option, run_options, say_words, settings_of, shape_options
from plotwriter.cli.train_points import cursive, lstm

if TYPE_CHECKING:
    from plotwriter.training.apprentice import Apprentice

__all__ = ["export_run", "gpt", "reader", "train"]


@click.group()
def train() -> None:
    """Train a sampler on ink of your own, and export what it has learned."""


train.add_command(lstm)
train.add_command(cursive)


@train.command()
@run_options(name="gpt", batch=64, what="Words", learning_rate=2e-3, precision="bf16")
@shape_options(channels=160, layers=5, heads=5)
@click.option(
    "--favour-share",
    type=click.FloatRange(0, 1),
    help="This share of the words is by the writers of --hands; may be changed on --resume.  [as they come]",
)
@click.option(
    "--begin-with", type=click.Path(path_type=Path), help="FOLDER of a finished run whose nets to begin with, of the same writers."
)
def gpt(
    paths: tuple[Path, ...],
    folder: Path,
    resume: bool,
    steps: int | None,
    minutes: float | None,
    favour_share: float | None,
    begin_with: Path | None,
    hands: Path | None,
    wandb: str | None,
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
    from plotwriter.training.export import export, hand_style, largest_hands, read_hands, read_run

    chosen = read_hands(hands) if hands else None
    from plotwriter.nets.gpt import ALPHABET
    from plotwriter.training.arc_task import ArcOptions, ArcTask
    from plotwriter.training.cache import prepare
    from plotwriter.training.loop import Trainer, use_threads
    from plotwriter.training.pictures import sample_picture

    use_threads(threads)
    settings = settings_of(ArcOptions, folder, resume, steps, minutes, options)
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
    say_words(words, quiet=quiet)
    task = ArcTask(words, settings)
    trainer = Trainer(task, folder, device)
    if begin_with and not resume:
        trainer.begin_with(read_run(begin_with / "checkpoint.safetensors")[0])
    hands_of_run = chosen or largest_hands(words.facts)

    def publish(path: Path, net: Apprentice) -> bytes:
        export(path, net, trainer.about(), hands_of_run, words)
        shown = [(hand.name, hand_style(net, task.packed, hand.writer, task.train_on)) for hand in hands_of_run.hands]
        return sample_picture(net.gpt, shown)

    carry_out(trainer, publish, resume=resume, wandb=wandb, quiet=quiet)


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
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--hands", required=True, type=click.Path(path_type=Path), help="TOML file that names the hands and the card.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="Weights to write: NAME.safetensors.")
def export_run(folders: tuple[Path, ...], hands: Path, output: Path) -> None:
    """Export the hands you name from the run in FOLDER, with a card inside.

    Several folders, each run begun from the one before (train gpt --begin-with): the mean of their nets, which
    reads better than any of them. How a hand writes each letter is taken from its words, so the last run's prepared
    words must still be in its FOLDER/cache.
    """
    from plotwriter.training.cache import load_newest
    from plotwriter.training.export import export, read_hands, read_mean

    chosen = read_hands(hands)
    net, about = read_mean([folder / "checkpoint.safetensors" for folder in folders])
    export(output, net, about, chosen, load_newest(folders[-1] / "cache"))
    say(f"wrote {output}: {', '.join(hand.name for hand in chosen.hands)}")
