"""What stands in the margins of every page: running heads and feet, with page numbers.

    "Ada Lovelace | {date} | {page} of {pages}"     parts between bars stand left, in the middle, right; one alone in the middle
    {page} {pages} numbers    {date} {title}        what the letter's own date block and first heading say

    ----- top edge                            the words hang in the middle of their margin and are a little smaller than the text
    head
    ----- top margin: the text begins

Their strokes write none of the letter's text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from plotwriter import layout
from plotwriter.config import near_miss
from plotwriter.errors import ConfigError, LayoutError, TextError
from plotwriter.ink import Ink, Points, Stroke
from plotwriter.layout import PageSetup
from plotwriter.scribe import Scribe
from plotwriter.text import OnMissing, Paragraph, fold, paragraphs, prompts

__all__ = ["NOTHING", "SIZE", "Running", "check_running", "resolved", "with_running"]

SIZE = 0.8  # of plain text
PLACEHOLDERS = ("page", "pages", "date", "title")
_PLACEHOLDER = re.compile(r"\{(\w*)\}")
_SPACE = 1.4  # word spaces at least between two parts
_STREAMS = {"header": 1, "footer": 0}


@dataclass(frozen=True, slots=True)
class Running:
    """What is asked for."""

    header: str | None = None
    footer: str | None = None
    bare_first: bool = False  #: nothing on the first page, as on letters

    def __bool__(self) -> bool:
        return bool(self.header or self.footer)


NOTHING = Running()


def check_running(running: Running) -> None:
    """Refuse what cannot be written in a margin.

    Raises:
        ConfigError: more than three parts, or a placeholder that is none
    """
    for name in ("header", "footer"):
        text = getattr(running, name) or ""
        if text.count("|") > 2:
            raise ConfigError(f"--{name}: {text!r} has {text.count('|') + 1} parts; at most three: left | middle | right")
        if text and not text.replace("|", "").strip():
            raise ConfigError(f"--{name}: {text!r} has no words; leave it out, or write something")
        for inner in _PLACEHOLDER.findall(text):
            if inner not in PLACEHOLDERS:
                raise ConfigError(f"--{name}: {{{inner}}} stands for nothing; {near_miss(inner, PLACEHOLDERS)}")


def resolved(running: Running, blocks: Sequence[Paragraph]) -> Running:
    """Heads and feet with what the letter itself says.

    Args:
        running: checked
        blocks: of the letter

    Raises:
        ConfigError: the letter has no date block or no heading
    """
    kinds = {"date": "a {date} line", "title": "a # heading"}
    texts = {"header": running.header, "footer": running.footer}
    for name, text in texts.items():
        for inner, needed in kinds.items():
            if not text or f"{{{inner}}}" not in text:
                continue
            shape = "heading" if inner == "title" else inner
            block = next((block for block in blocks if block.shape.kind == shape), None)
            if block is None:
                raise ConfigError(
                    f"--{name}: {{{inner}}} repeats {needed} of the letter, which has none; it is light Markdown in .md files"
                )
            text = text.replace(f"{{{inner}}}", " ".join(word.text for line in block.lines for word in line.words))
        texts[name] = text
    return replace(running, **texts)  # type: ignore[arg-type]


def with_running(
    pages: Sequence[Ink], running: Running, scribe: Scribe, setup: PageSetup, *, n_words: int, on_missing: OnMissing
) -> tuple[Ink, ...]:
    """Pages with their heads and feet.

    Args:
        pages: page frame
        running: what stands there
        scribe: who writes it
        setup: of the pages
        n_words: of the letter; the words here draw from keys beyond them
        on_missing: for characters the hand does not have

    Raises:
        LayoutError: a head or foot that has no room in its margin or beside another, and how much it lacks
        TextError: it cannot be written
    """
    found = list(pages)
    for name in ("header", "footer"):
        if not (text := getattr(running, name)):
            continue
        for number in range(1 + running.bare_first, len(pages) + 1):
            said = text.replace("{page}", str(number)).replace("{pages}", str(len(pages)))
            strokes = _line(said, name, (n_words + number - 1, _STREAMS[name]), scribe, setup, on_missing)
            end = len(found[number - 1].text)
            pen = setup.pens.get(name, setup.pen_of("number"))
            placed = (Stroke(points, (end, end), pen) for points in strokes)
            found[number - 1] = replace(found[number - 1], strokes=(*found[number - 1].strokes, *placed))
            layout.inside(found[number - 1], setup.page, where=f"--{name} of page {number}")
    return tuple(found)


def _line(said: str, name: str, key: tuple[int, ...], scribe: Scribe, setup: PageSetup, on_missing: OnMissing) -> list[Points]:
    """Strokes of a head or foot where they stand on the page."""
    left, right = setup.margins[3], setup.page.width - setup.margins[1]
    parts = [part.strip() for part in said.split("|")]
    sides = {1: ("center",), 2: ("left", "right"), 3: ("left", "center", "right")}[len(parts)]
    boxes: list[tuple[float, float]] = []
    strokes: list[Points] = []
    for i, (side, part) in enumerate(zip(sides, parts, strict=True)):
        if not part:
            continue
        ink = _written(part, name, (*key, i), scribe, setup, on_missing)
        width = ink.bounds()[2]
        x = {"left": left, "center": (left + right - width) / 2, "right": right - width}[side]
        boxes.append((x, x + width))
        y = _baseline(ink, name, setup)
        strokes += [stroke.points + x + 1j * y for stroke in ink.strokes]
    gap = _SPACE * SIZE * setup.word_space
    over = max([left - boxes[0][0], boxes[-1][1] - right, *(a[1] + gap - b[0] for a, b in pairwise(boxes))])
    if over > 1e-6:
        raise LayoutError(f"--{name}: {said!r} is {over:.1f} mm too long for {right - left:.1f} mm between the margins; shorten it")
    return strokes


def _written(part: str, name: str, key: tuple[int, ...], scribe: Scribe, setup: PageSetup, on_missing: OnMissing) -> Ink:
    """One part as a row of words, line frame, its left end at 0."""
    try:
        text = fold(part, scribe.sampler.alphabet, on_missing).text
    except TextError as error:
        raise TextError(f"--{name}: {error}") from None
    words = prompts(paragraphs(text))
    inks, _ = scribe.write(words, [(*key, k) for k in range(len(words))], [SIZE] * len(words))
    x_height, space = SIZE * setup.x_height, SIZE * setup.word_space
    strokes, x = list[Stroke](), 0.0
    for ink, kern in zip(inks, [*layout.kerns(inks, x_height, space), 0.0], strict=True):
        strokes += [stroke.with_points(stroke.points + x) for stroke in ink.strokes]
        x += ink.bounds()[2] + space + kern
    return Ink(tuple(strokes), text)


def _baseline(ink: Ink, name: str, setup: PageSetup) -> float:
    """Its baseline, mm from the top edge: small letters in the middle of the margin.

    Raises:
        LayoutError: a margin that does not hold it
    """
    margin = setup.margins[0 if name == "header" else 2]
    middle = margin / 2 if name == "header" else setup.page.height - margin / 2
    _, top, _, low = ink.bounds()
    baseline = middle + SIZE * setup.x_height / 2
    needed = 2 * max(middle - baseline - top, baseline + low - middle)
    if needed > margin + 1e-6:
        side = "top" if name == "header" else "bottom"
        raise LayoutError(f"--{name}: needs a {side} margin of {needed:.1f} mm, there are {margin:g} mm; give --margin four times")
    return baseline
