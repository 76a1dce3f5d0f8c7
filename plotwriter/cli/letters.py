"""A text to a letter, as the commands `write`, `preview` and `estimate` ask for it, and what is said of it."""

from __future__ import annotations

import io
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from plotwriter.cli.console import count, progress, say
from plotwriter.errors import FileError, SampleError

if TYPE_CHECKING:
    from plotwriter.ink import Document, Ink, Pen
    from plotwriter.layout import Registration, Ruling
    from plotwriter.letter import Letter, Sheet
    from plotwriter.running import Running
    from plotwriter.samplers.protocol import Manner
    from plotwriter.styles import Style

__all__ = ["Written", "command", "known_pens", "lay", "lie_of", "setting_of", "signature_of", "write_letter"]

BESIDE_MARGIN = 2.0  # mm right of a printed margin that the writing begins


@dataclass(slots=True)
class Written:
    """A document and what to say of it."""

    document: Document
    recipe: str  #: how it can be made again
    summary: dict[str, Any] = field(default_factory=dict)
    source: str = ""  #: what it was made of: a file, or "-"
    rules: Ruling | None = None  #: printed on the sheet; pictures show them
    pens: Mapping[int, Pen] = field(default_factory=dict)  #: that are known by name, colour and width
    gwrite: str | None = None  #: profile by which .gcode is written, instead of for a machine


def setting_of(options: dict[str, Any], source: str) -> tuple[Style, Manner, Sheet, Ruling | None]:
    """The hand, its manner, the sheet and what is printed on it; all that is wrong with them is said before any net is loaded."""
    from plotwriter import letter
    from plotwriter.layout import paper, ruling
    from plotwriter.samplers.protocol import Manner
    from plotwriter.styles import find_style, leaning, written_by
    from plotwriter.styles.store import DEFAULT_STYLE

    style = written_by(find_style(options["style"] or DEFAULT_STYLE), options["sampler"])
    if options["slant"] is not None:
        style = leaning(style, options["slant"])
    manner = Manner(options["legibility"], options["variation"])
    markdown = options["markdown"] if options["markdown"] is not None else source.lower().endswith((".md", ".markdown"))
    rules = ruling(options["rule"], options["first_line"]) if options["rule"] else None
    if rules and options["line_height"]:
        raise click.UsageError("--line-height: rows are as far apart as --rule says; leave one of them out")
    size = options["size"] or (min(style.x_height, rules.x_height) if rules else None)
    if rules:
        rules.check(size or style.x_height)
    sheet = letter.Sheet(
        page=paper(options["paper"], landscape=options["landscape"]),
        margins=_margins(options["margins"], rules),
        x_height=size,
        line_height=rules.pitch if rules else options["line_height"],
        first_line=rules.first_line if rules else options["first_line"],
        ruled=rules is not None,
        pens=_pens(options),
        word_space=options["word_space"],
        indent=options["indent"],
        markdown=markdown,
        running=_running(options),
        **{name: options[name] for name in ("align", "columns", "column_gap", "hyphenate", "fit", "naturalness")},
    )
    sheet.check(style)
    return style, manner, sheet, rules


def _running(options: dict[str, Any]) -> Running:
    """Heads and feet; a page number is a foot."""
    from plotwriter.running import Running

    footer = options["footer"]
    if options["page_numbers"]:
        if footer:
            raise click.UsageError("--page-numbers: is a foot of its own; put {page} into --footer instead")
        footer = "{page}"
    if options["bare_first_page"] and not (footer or options["header"]):
        raise click.UsageError("--bare-first-page: is about --header, --footer and --page-numbers; give one of them")
    return Running(options["header"], footer, options["bare_first_page"])


def known_pens(options: dict[str, Any]) -> Mapping[int, Pen]:
    """The pens of --pens; vpype is loaded only for them."""
    if not options.get("pen_set"):
        return {}
    from plotwriter.layout.vpype_bridge import pens_of

    return pens_of(options["pen_set"])


def _pens(options: dict[str, Any]) -> dict[str, int]:
    """Kind of paragraph to pen slot."""
    slots = {look.name: slot for slot, look in known_pens(options).items()}
    found = {}
    for kind, pen in options["pens"]:
        if isinstance(pen, str) and pen not in slots:
            known = f"known: {', '.join(filter(None, slots))}" if slots else "give a number, or name the set with --pens"
            raise click.UsageError(f"--pen {kind}={pen}: no pen is called {pen!r}; {known}")
        found[kind] = slots[pen] if isinstance(pen, str) else pen
    return found


def write_letter(source: str, options: dict[str, Any], *, quiet: bool) -> Written:
    """A text file, or "-", in handwriting; `options` are those of `writing_options`."""
    from plotwriter.text import normalise, read_source

    if source == "-" and sys.stdin is None:
        raise FileError("standard input: is closed; pipe a text into it or name a file")
    stdin = sys.stdin.buffer if sys.stdin else io.BytesIO()
    text = normalise(read_source(source, stdin))  # no text is said before the weights are loaded
    from plotwriter import letter
    from plotwriter.nets.card import digest
    from plotwriter.samplers.shipped import weights_of

    style, manner, sheet, rules = setting_of(options, source)
    signature = signature_of(options)
    with progress("writing", unit="words", quiet=quiet) as update:
        written: Letter = letter.compose(
            text,
            style,
            sheet,
            seed=options["seed"],
            on_missing=options["on_missing"],
            n_draws=options["draws"],
            device=options["device"],
            manner=manner,
            respell=options["respell"],
            on_words=update,
            order=options["order"],
        )
    for line in _said(written, style):
        say(line, quiet=quiet)
    if written.doubts and options["strict"]:
        names = ", ".join(f"{doubt.text!r} (word {doubt.index + 1}, line {written.line_of(doubt.index)})" for doubt in written.doubts[:3])
        n_words = count(len({doubt.index for doubt in written.doubts}), "word")
        raise SampleError(
            f"{n_words} cannot be read back: {names}; try --respell doubtful, another --seed, more --draws, or leave out --strict"
        )
    if signature is not None:
        from plotwriter.signature import signed

        written = replace(written, document=signed(written.document, signature, bottom=sheet.margins[2]))
    weights = "+".join(digest(path) for path in weights_of(style))  # the reader chooses among draws: it is part of what made the ink
    document = written.document
    made_by = command(sheet, style, options, seed=document.seed, respelled=document.respelled)
    recipe = f"{made_by} (weights {weights})"
    return Written(written.document, recipe, _facts(written, weights), source, rules, known_pens(options))


def lie_of(marks: Path | None) -> Registration | None:
    """How the sheet lies, from a file of marks, before anything is written."""
    if marks is None:
        return None
    from plotwriter.layout import read_registration

    return read_registration(marks)


def lay(written: Written, lie: Registration, *, quiet: bool) -> None:
    """Move the ink of a letter to where its sheet lies."""
    from plotwriter.exchange import canonical
    from plotwriter.layout import registered

    written.document = canonical(registered(written.document, lie))
    say(f"the sheet lies so: {lie}", quiet=quiet)


def _said(written: Letter, style: Style) -> Iterator[str]:
    """What a person should know of a letter, a line each: substitutions, how it was written, words to look at."""
    from plotwriter.text import describe

    yield from describe(written.folded.substitutions)
    document = written.document
    yield (
        f"{count(written.n_words, 'word')} on {count(len(document.pages), 'page')} in style {style.name}, seed {document.seed}: "
        f"sampled in {written.sampling_time:.1f} s (after {written.loading_time:.1f} s to load)"
    )
    if len(ink := _ink_of(document)) > 1:
        yield "ink: " + ", ".join(f"pen {pen} {length / 1000:.2f} m" for pen, length in sorted(ink.items()))
    if written.moved:
        yield f"{_numbered(written.moved)} did not fit the old place, so words after it moved"
    for doubt in written.doubts:
        part = "" if doubt.part == doubt.text else f"{doubt.part!r} "
        yield (
            f"word {doubt.index + 1} (line {written.line_of(doubt.index)}), {doubt.text!r}: {part}may read as {doubt.reading!r} "
            f"({100 * doubt.confidence:.0f} % sure a letter); look at the preview, then try --respell {doubt.index + 1}"
        )


def _facts(written: Letter, weights: str) -> dict[str, Any]:
    """The same for scripts."""
    document = written.document
    return {
        "style": document.style,
        "seed": document.seed,
        "weights": weights,
        "words": written.n_words,
        "pages": len(document.pages),
        "ink_mm": {str(pen): round(length, 1) for pen, length in sorted(_ink_of(document).items())},
        "strokes": sum(len(page.strokes) for page in document.pages),
        "substitutions": [
            {"char": s.char, "replacement": s.replacement, "line": s.line, "column": s.column} for s in written.folded.substitutions
        ],
        "doubts": [
            {
                "word": d.index + 1,
                "line": written.line_of(d.index),
                "text": d.text,
                "part": d.part,
                "reading": d.reading,
                "confidence": round(d.confidence, 3),
            }
            for d in written.doubts
        ],
        "respelled": dict(document.respelled),
        "moved": list(written.moved),
        "sampling_s": round(written.sampling_time, 3),
        "loading_s": round(written.loading_time, 3),
    }


def _ink_of(document: Document) -> dict[int, float]:
    """Pen to the length it draws, mm."""
    found: dict[int, float] = {}
    for page in document.pages:
        for stroke in page.strokes:
            found[stroke.pen] = found.get(stroke.pen, 0.0) + stroke.length
    return found


def signature_of(options: dict[str, Any]) -> Ink | None:
    """The signature that is asked for, before anything is written."""
    if not options.get("signature"):
        return None
    from plotwriter.signature import read_signature

    return read_signature(options["signature"], options["signature_height"])


def command(sheet: Sheet, style: Style, options: dict[str, Any], *, seed: int | None, respelled: Sequence[tuple[int, int]] = ()) -> str:
    """The command that makes the same ink of the same text, whatever the defaults will be then."""
    from plotwriter.text import Respell

    setup = sheet.setup(style)
    parts = [
        f"plotwriter write --style {shlex.quote(options['style'] or style.name)} --seed {seed}",
        f"--paper {_exact(setup.page.width)}x{_exact(setup.page.height)}mm",
        *(f"--margin {_exact(side)}mm" for side in setup.margins),
        f"--size {_exact(setup.x_height)}mm --word-space {_exact(setup.word_space)}mm",
        f"--indent {_exact(setup.indent)}mm --draws {options['draws']}",
        f"--variation {options['variation']:g} --naturalness {_exact(setup.naturalness)}",
        *([f"--sampler {options['sampler']}"] if options["sampler"] else []),
        *(f"--{name} {_exact(options[name])}" for name in ("slant", "legibility") if options[name] is not None),
        *([f"--respell {Respell(dict(respelled))}"] if respelled else []),
        f"--order {options['order']} --align {setup.align} --{'markdown' if sheet.markdown else 'plain'}",
        *([f"--columns {setup.columns} --column-gap {_exact(setup.column_gap)}mm"] if setup.columns > 1 else []),
        *([f"--hyphenate {sheet.hyphenate}"] if sheet.hyphenate else []),
        f"--{'rule' if setup.ruled else 'line-height'} {_exact(setup.line_height)}mm",
        *([f"--first-line {_exact(setup.first_line)}mm"] if setup.first_line is not None else []),
        *(f"--pen {kind}={pen}" for kind, pen in setup.pens.items()),
        *([f"--fit {sheet.fit}"] if sheet.fit else []),
        *(f"--{name} {shlex.quote(text)}" for name in ("header", "footer") if (text := getattr(sheet.running, name))),
        *(["--bare-first-page"] if sheet.running.bare_first else []),
        *([f"--on-missing {options['on_missing']}"] if options["on_missing"] != "substitute" else []),
    ]
    if options.get("signature"):
        height = _exact(options["signature_height"])
        parts.append(f"--signature {shlex.quote(str(options['signature']))} --signature-height {height}mm")
    return " ".join(parts)


def _exact(value: float) -> str:
    """A number that reads back as it is.

    >>> _exact(8.0), _exact(3.6 * 2.1)
    ('8', '7.5600000000000005')
    """
    short = f"{value:g}"
    return short if float(short) == value else repr(float(value))


def _margins(given: tuple[float, ...], rules: Ruling | None) -> tuple[float, float, float, float]:
    if len(given) not in (0, 1, 4):
        raise click.UsageError(f"--margin: given {len(given)} times; give it once, or four times for top, right, bottom, left")
    top, right, bottom, left = given if len(given) == 4 else (given or (20.0,)) * 4
    if rules and not given and rules.margin:
        left = rules.margin + BESIDE_MARGIN
    return top, right, bottom, left


def _numbered(words: Sequence[int]) -> str:
    """Words by their numbers.

    >>> _numbered([5]), _numbered([5, 7])
    ('word 5', 'words 5, 7')
    """
    return f"word{'' if len(words) == 1 else 's'} {', '.join(map(str, words))}"
