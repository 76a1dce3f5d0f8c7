"""vpype commands of plotwriter; loads fast, the net comes with the first word.

vpype handwrite "Dear Ada" layout --no-bbox a5 write out.svg
"""

from __future__ import annotations

from typing import Any

import click
import vpype as vp
import vpype_cli

from plotwriter.units import LENGTH

__all__ = ["handwrite"]

MM = LENGTH.units["px"]  # a CSS pixel, vpype's unit, in mm


@click.command()
@click.argument("string", type=vpype_cli.TextType())
@click.option("--style", type=vpype_cli.TextType(), help="Hand to write in; see 'plotwriter styles'.")
@click.option("--sampler", type=vpype_cli.TextType(), help="What writes: gpt, lstm or cursive (default: the style's own).")
@click.option("-s", "--size", type=vpype_cli.LengthType(), help="x-height of the writing (default: the hand's own).")
@click.option("-w", "--wrap", type=vpype_cli.LengthType(), help="Wrap to provided width.")
@click.option("--slant", type=vpype_cli.FloatType(), help="Lean to the right, in degrees (default: the hand's own).")
@click.option("--legibility", type=vpype_cli.FloatType(), help="0 loosest, 0.5 the hand's own, 1 most careful.")
@click.option(
    "--variation",
    type=vpype_cli.FloatType(),
    default=1.0,
    help="How much words differ: 0 not at all, 2.5 as the net writes them (default: 1).",
)
@click.option("--respell", type=vpype_cli.TextType(), help="Words to draw once more, by number, such as 5,23 or 5-7.")
@click.option("--line-height", type=vpype_cli.LengthType(), help="From baseline to baseline (default: the hand's own).")
@click.option("--word-space", type=vpype_cli.LengthType(), help="Between the inks of two words (default: the hand's own).")
@click.option("-a", "--align", type=click.Choice(["left", "right", "center", "justify"]), default="left", help="Of rows (default: left).")
@click.option("--hyphenate", type=vpype_cli.TextType(), help="Break words where this language does: en, fr, de ...")
@click.option("--naturalness", type=vpype_cli.FloatType(), default=0.4, help="0 even rows to 1 as far as rules are met (default: 0.4).")
@click.option("--seed", type=vpype_cli.IntegerType(), help="Same text, style and seed: same ink (default: from the text).")
@click.option(
    "-p", "--position", nargs=2, type=vpype_cli.LengthType(), default=[0, 0], help="Top left of the block of text (default: 0, 0)."
)
@click.option(
    "--on-missing",
    type=click.Choice(["substitute", "skip", "error"]),
    default="substitute",
    help="Characters the hand does not have (default: substitute).",
)
@click.option("--draws", type=vpype_cli.IntegerType(), default=4, help="Attempts a word (default: 4).")
@click.option("-l", "--layer", type=vpype_cli.LayerType(accept_new=True), help="Target layer.")
@vpype_cli.global_processor  # type: ignore[untyped-decorator]
def handwrite(document: vp.Document, string: str, position: tuple[float, float], layer: int | None, **options: Any) -> vp.Document:
    """Write STRING in real handwriting.

    Like `text`, but by plotwriter's neural sampler instead of a font. Strokes keep their writing order.
    Where the pipeline has no page size yet, it becomes the size of the block of text, so that
    `layout --no-bbox` places lines by their baselines and not by the ink that happens to be there.
    """
    from plotwriter.errors import PlotwriterError

    try:
        lines, size = _block(string, **options)
    except PlotwriterError as error:
        raise click.ClickException(str(error)) from None
    lines.translate(*position)
    document.add(lines, vpype_cli.single_to_layer_id(layer, document))
    if document.page_size is None:
        document.page_size = (position[0] + size[0], position[1] + size[1])
    return document


handwrite.help_group = "Plugins"  # type: ignore[attr-defined]


def _block(
    string: str,
    *,
    style: str | None,
    sampler: str | None,
    size: float | None,
    wrap: float | None,
    slant: float | None,
    legibility: float | None,
    variation: float,
    respell: str | None,
    line_height: float | None,
    word_space: float | None,
    align: Any,
    hyphenate: str | None,
    naturalness: float,
    seed: int | None,
    on_missing: Any,
    draws: int,
) -> tuple[vp.LineCollection, tuple[float, float]]:
    """Lines of a block of text from (0, 0), and its width and height; all in vpype's pixels."""
    from plotwriter.ink import Page
    from plotwriter.letter import Sheet, compose
    from plotwriter.samplers.protocol import Manner
    from plotwriter.strokes import dots
    from plotwriter.styles import find_style, leaning, written_by
    from plotwriter.styles.store import DEFAULT_STYLE
    from plotwriter.text import describe, parse_respell

    hand = written_by(find_style(style or DEFAULT_STYLE), sampler)
    if slant is not None:
        hand = leaning(hand, slant)
    x_height = size * MM if size else hand.x_height
    endless = 20.0 * (len(string) + 10) * x_height  # no line and no block is as long
    sheet = Sheet(
        Page(wrap * MM if wrap else endless, endless),
        margins=(0.0, 0.0, 0.0, 0.0),
        x_height=x_height,
        line_height=line_height * MM if line_height else None,
        word_space=word_space * MM if word_space is not None else None,
        align=align if wrap else "left",
        hyphenate=hyphenate,
        naturalness=naturalness,
    )
    letter = compose(
        string,
        hand,
        sheet,
        seed=seed,
        on_missing=on_missing,
        n_draws=draws,
        manner=Manner(legibility, variation),
        respell=parse_respell(respell) if respell else None,
    )
    for line in describe(letter.folded.substitutions):
        click.echo(f"handwrite: {line}", err=True)
    ink = dots(letter.document.pages[0])
    right, bottom = ink.bounds()[2:]
    pitch = sheet.setup(hand).line_height
    width, height = wrap * MM if wrap else right, max(bottom, pitch * -(-bottom // pitch))
    return vp.LineCollection([stroke.points / MM for stroke in ink.strokes]), (width / MM, height / MM)
