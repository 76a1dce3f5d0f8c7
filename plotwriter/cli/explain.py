"""`plotwriter explain`: what the net looked at while it wrote a word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from plotwriter.cli import options as shared
from plotwriter.cli.console import say
from plotwriter.errors import ConfigError, TextError

__all__ = ["explain"]

SUFFIXES = (".png", ".svg", ".html")


@click.command()
@click.argument("word")
@click.option(
    "-o", "--output", "outputs", multiple=True, required=True, type=click.Path(path_type=Path),
    help="Picture to write: .png, .svg, or .html that plays the writing; may be given several times.",
)  # fmt: skip
@click.option("--style", default=None, type=shared.NameType("name", shared.style_names), help="Hand to write in; see 'plotwriter styles'.")
@click.option(
    "--sampler",
    default=None,
    type=shared.NameType("name", shared.sampler_names),
    help="What writes: gpt, lstm, cursive or cursive-paragraph.",
)
@click.option("--seed", type=shared.SEED, default=0, show_default=True, help="Of the draws.")
@click.option("--draws", type=click.IntRange(1, 64), default=4, show_default=True, help="Attempts; the one that reads best is shown.")
@click.option("--legibility", type=click.FloatRange(0, 1), help="0 loosest, 0.5 the hand's own, 1 most careful.")
@shared.quiet_option
def explain(
    word: str,
    outputs: tuple[Path, ...],
    style: str | None,
    sampler: str | None,
    seed: int,
    draws: int,
    legibility: float | None,
    quiet: bool,
) -> None:
    """Show what the net looked at while it wrote WORD.

    Every piece of ink has the colour of the character it writes; below it the weights of every step: the LSTM's window,
    the Cursive Transformer's cross-attention (mean over layers and heads), the arc GPT's pointer.
    """
    for path in outputs:
        if path.suffix.lower() not in SUFFIXES:
            raise ConfigError(f"{path}: explain writes {', '.join(SUFFIXES)}; got {path.suffix or 'no suffix'!r}")
    import numpy as np

    from plotwriter import registry
    from plotwriter.exchange import write_atomically
    from plotwriter.preview.alignment import Alignment, alignment_html, alignment_png, alignment_svg
    from plotwriter.samplers.best_of import BestOf
    from plotwriter.samplers.protocol import Manner
    from plotwriter.styles import find_style, written_by
    from plotwriter.styles.store import DEFAULT_STYLE

    hand = written_by(find_style(style or DEFAULT_STYLE), sampler)
    writer: Any = registry.load("sampler", hand.sampler)(hand, device="cpu", n_draws=draws)
    if not isinstance(writer, BestOf):
        raise ConfigError(f"sampler {hand.sampler!r} does not say what it looks at; take gpt, lstm or cursive")
    if not word or len(word) > writer.most or not set(word) <= writer.letters:
        odd = sorted(set(word) - writer.letters)
        reason = f"{', '.join(map(repr, odd))} is not in the net's alphabet" if odd else f"{len(word)} characters; 1 to {writer.most} fit"
        raise TextError(f"explain {word!r}: {reason}; give one word of plain letters, figures or signs")
    attempt, reading = writer.explain(word, hand, seed=seed, manner=Manner(legibility))
    lean = np.tan(hand.slant)
    title = f"{hand.sampler}, style {hand.name}, seed {seed}: reads as {reading.said!r}"
    shown = Alignment(word, [points + lean * points.imag for points in attempt.strokes], attempt.steps, attempt.attention, title)
    for path in outputs:
        suffix = path.suffix.lower()
        content = alignment_png(shown) if suffix == ".png" else (alignment_svg if suffix == ".svg" else alignment_html)(shown).encode()
        write_atomically(path, content)
        say(f"wrote {path}", quiet=quiet)
