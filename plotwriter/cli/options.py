"""Options that several commands share, and the kinds of values they take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from plotwriter import units
from plotwriter.errors import ConfigError

if TYPE_CHECKING:
    from plotwriter.text import Respell

__all__ = [
    "LENGTH",
    "RESPELL",
    "SEED",
    "SLANT",
    "LengthType",
    "NameType",
    "PenType",
    "RespellType",
    "SeedType",
    "SlantType",
    "gwrite_option",
    "json_option",
    "machine_names",
    "machine_option",
    "page_options",
    "paper_names",
    "port_option",
    "quiet_option",
    "registration_option",
    "rule_names",
    "sampler_names",
    "signature_options",
    "style_names",
    "writing_options",
    "yes_option",
]

PEN_KINDS = ("text", "heading", "bullet", "numbered", "date", "signature", "right", "center", "header", "footer", "number")
LONGEST = 10_000.0  # mm; beyond any plotter

F = TypeVar("F", bound=Callable[..., Any])


class LengthType(click.ParamType):  # type: ignore[type-arg]
    """A length with a unit, in mm once it is read."""

    name = "length"

    def __init__(self, *, zero: bool = False) -> None:
        self.zero = zero

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """ "5mm" to 5.0."""
        try:
            length = units.parse_length(value, where=param.opts[0] if param else "length")
        except ConfigError as error:
            self.fail(str(error), param, ctx)
        if length > LONGEST:
            self.fail(f"{value!r} is longer than {LONGEST / 1000:g} m; is the unit right?", param, ctx)
        if length < 0 or (length == 0 and not self.zero):
            self.fail(f"{value!r} is not {'0 or more' if self.zero else 'above 0'}", param, ctx)
        return length


class SeedType(click.ParamType):  # type: ignore[type-arg]
    """A whole number, or "random" for a new one each time."""

    name = "number|random"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """ "7" to 7, "random" to a number nobody has seen."""
        if value == "random":
            import secrets

            return secrets.randbelow(2**31)
        try:
            seed = int(value)
        except ValueError:
            seed = -1
        if not 0 <= seed < 2**63:
            self.fail(f'{value!r} is not a whole number from 0, nor "random"', param, ctx)
        return seed


class SlantType(click.ParamType):  # type: ignore[type-arg]
    """A lean in degrees from the upright, positive to the right."""

    name = "degrees"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """ "-5" to -5.0."""
        if isinstance(value, str) and value.lstrip().startswith("+"):
            self.fail(f"{value!r} could mean more than the hand has; write the slant itself, such as 10, or -5 to the left", param, ctx)
        try:
            return float(str(value).removesuffix("°"))
        except ValueError:
            self.fail(f"{value!r} is not a number of degrees, such as 10, or -5 to the left", param, ctx)


class RespellType(click.ParamType):  # type: ignore[type-arg]
    """Words to draw once more, by number."""

    name = "words"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Respell:
        """ "5-7,23" to what `text.Respell` says."""
        from plotwriter.text import Respell, parse_respell

        if isinstance(value, Respell):
            return value
        try:
            return parse_respell(value)
        except ConfigError as error:
            self.fail(str(error).removeprefix("--respell: "), param, ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The one word that is no number."""
        return [CompletionItem("doubtful")] if "doubtful".startswith(incomplete) else []


class PenType(click.ParamType):  # type: ignore[type-arg]
    """Which pen writes a kind of paragraph."""

    name = "kind=pen"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int | str]:
        """ "heading=2" to ("heading", 2), "heading=red" to ("heading", "red"); "2" is for all the text."""
        if isinstance(value, tuple):
            return value
        kind, separator, pen = str(value).rpartition("=")
        kind = kind if separator else "text"
        if kind not in PEN_KINDS or not pen.strip() or (pen.isdigit() and not 1 <= int(pen) <= 99):
            self.fail(f"{value!r} is not KIND=NUMBER, such as heading=2; kinds: {', '.join(PEN_KINDS)}", param, ctx)
        return kind, int(pen) if pen.isdigit() else pen


class NameType(click.ParamType):  # type: ignore[type-arg]
    """A name that completes in the shell; whoever uses it checks it and tells the near miss."""

    def __init__(self, name: str, known: Callable[[], list[str]]) -> None:
        self.name = name
        self.known = known

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Known names that begin so."""
        return [CompletionItem(name) for name in self.known() if name.startswith(incomplete)]


def style_names() -> list[str]:
    """Every installed style."""
    from plotwriter.styles import installed_styles

    return list(installed_styles()[0])


def sampler_names() -> list[str]:
    """Every known sampler."""
    from plotwriter.registry import names

    return names("sampler")


def machine_names() -> list[str]:
    """Every known machine."""
    from plotwriter.devices.profile import profile_names

    return profile_names()


def rule_names() -> list[str]:
    """Every ruled paper that has a name."""
    from plotwriter.layout import RULINGS

    return sorted(RULINGS)


def paper_names() -> list[str]:
    """Every named sheet."""
    from plotwriter.layout import PAPERS

    return sorted(PAPERS)


LENGTH, LENGTH_OR_ZERO, SEED, SLANT, RESPELL = LengthType(), LengthType(zero=True), SeedType(), SlantType(), RespellType()


def _all(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


page_options = _all(
    click.option(
        "--paper", default="a4", show_default=True, type=NameType("name|WxH", paper_names), help="Sheet: a4, letter, a5, ... or WxH."
    ),
    click.option("--landscape", is_flag=True, help="Long side across."),
)

writing_options = _all(
    click.option("--style", default=None, type=NameType("name", style_names), help="Hand to write in; see 'plotwriter styles'."),
    click.option(
        "--sampler",
        default=None,
        type=NameType("name", sampler_names),
        help="What writes: gpt, lstm, cursive or cursive-paragraph.  [the style's own]",
    ),
    page_options,
    click.option(
        "--margin", "margins", multiple=True, type=LENGTH_OR_ZERO, help="All four, or given four times: top, right, bottom, left.  [20mm]"
    ),
    click.option("--size", type=LENGTH, help="x-height of the writing.  [the hand's own]"),
    click.option("--slant", type=SLANT, help="Lean to the right, in degrees; below 0 to the left.  [the hand's own]"),
    click.option("--legibility", type=click.FloatRange(0, 1), help="0 loosest, 0.5 the hand's own, 1 most careful.  [the hand's own]"),
    click.option(
        "--variation",
        type=click.FloatRange(0, 2.5),
        default=1.0,
        show_default=True,
        help="How much words differ in lean, size and height: 0 not at all, 2 restless.",
    ),
    click.option(
        "--naturalness",
        type=click.FloatRange(0, 1),
        default=0.4,
        show_default=True,
        help="How far lines, margins, spaces and sizes are from print: 0 not at all, 1 as far as rules are still met.",
    ),
    click.option("--line-height", type=LENGTH, help="From baseline to baseline.  [the hand's own]"),
    click.option("--word-space", type=LENGTH_OR_ZERO, help="Between the inks of two words.  [the hand's own]"),
    click.option("--indent", type=LENGTH_OR_ZERO, default=0.0, help="First line of every paragraph."),
    click.option(
        "--align",
        type=click.Choice(["left", "right", "center", "justify"]),
        default="left",
        show_default=True,
        help="Of rows; justified by the spaces between words alone.",
    ),
    click.option("--markdown/--plain", default=None, help="Light Markdown, or text as it stands.  [by the file's name: .md]"),
    click.option("--hyphenate", metavar="LANGUAGE", help="Break words at the end of a row where that language does: en, fr, de ..."),
    click.option("--columns", type=click.IntRange(1, 12), default=1, help="Columns on a page."),
    click.option("--column-gap", type=LENGTH_OR_ZERO, default=10.0, help="Between two columns.  [10mm]"),
    click.option("--rule", type=NameType("name|length", rule_names), help="Printed rules to write on: college, wide, seyes, ... or 8.7mm."),
    click.option("--first-line", type=LENGTH, help="From the top edge to the first baseline, or the first rule."),
    click.option(
        "--pen",
        "pens",
        multiple=True,
        type=PenType(),
        help="KIND=NUMBER: pen for heading, date, signature, number, text ...; or its name in --pens; repeat it.",
    ),
    click.option(
        "--pens",
        "pen_set",
        metavar="NAME",
        help="Names, colours and widths of the pens: a pen_config of vpype, such as one in ~/.vpype.toml.",
    ),
    click.option("--fit", type=click.IntRange(1), metavar="PAGES", help="Write smaller and closer, within limits, to take no more pages."),
    click.option(
        "--header",
        metavar="TEXT",
        help='In the top margin of every page: "left | middle | right", with {page}, {pages}, and {date}, {title} of the letter.',
    ),
    click.option("--footer", metavar="TEXT", help="The same in the bottom margin."),
    click.option("--page-numbers", is_flag=True, help='The same as --footer "{page}".'),
    click.option("--bare-first-page", is_flag=True, help="Neither head nor foot on the first page."),
    click.option("--seed", type=SEED, help='Same text, style and seed: same ink. "random" for new ink.  [from the text]'),
    click.option(
        "--respell",
        type=RESPELL,
        help='Words to draw once more, by number: 5,23 or 5-7, 5x2 for a second time, "doubtful" for those that do not read back. '
        "No other word changes.",
    ),
    click.option(
        "--on-missing",
        type=click.Choice(["substitute", "skip", "error"]),
        default="substitute",
        show_default=True,
        help="Characters the hand does not have.",
    ),
    click.option(
        "--draws", type=click.IntRange(1, 64), default=4, show_default=True, help="Attempts a word; the one that reads best stays."
    ),
    click.option("--strict", is_flag=True, help="Refuse a letter with a word that cannot be read back."),
    click.option(
        "--order",
        type=click.Choice(["natural", "fast"]),
        default="natural",
        show_default=True,
        help="As written, or words and the strokes in them in the order of least travel.",
    ),
    click.option(
        "--device", default="auto", show_default=True, type=click.Choice(["auto", "cpu", "cuda", "mps"]), help="Where the net runs."
    ),
)

signature_options = _all(
    click.option("--signature", type=click.Path(path_type=Path), help="SVG of a signature, set below the last line, never twice the same."),
    click.option("--signature-height", type=LENGTH, default="14mm", show_default=True, help="How tall it is set."),
)

registration_option = click.option(
    "--registration",
    type=click.Path(path_type=Path),
    help="JSON of marks touched on the sheet, such as plotwriter register writes: the ink is moved, turned and skewed to them.",
)
gwrite_option = click.option(
    "--gwrite", metavar="PROFILE", help="Write .gcode by a gwrite profile of vpype, such as one in ~/.vpype.toml, not for a machine."
)
machine_option = click.option("--machine", type=NameType("name", machine_names), help="Machine to plot on; see 'plotwriter machines'.")
port_option = click.option("--port", default="auto", show_default=True, help='"auto", a path such as /dev/ttyACM0, or "sim".')
yes_option = click.option("--yes", "-y", is_flag=True, help="Answer every question with yes: paper is in, pen is set.")
quiet_option = click.option("--quiet", "-q", is_flag=True, help="Say nothing but errors.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
