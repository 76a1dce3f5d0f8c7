"""A document to files: what kind is seen from the suffix."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from plotwriter import exchange
from plotwriter.config import near_miss
from plotwriter.devices import MachineProfile, load_profile, plan_page, write_gcode
from plotwriter.errors import ConfigError, FileError
from plotwriter.ink import Document, Ink, Pen
from plotwriter.layout import Ruling
from plotwriter.preview import page_paths, to_html, to_png, to_svg
from plotwriter.preview.png import MAX_PIXELS
from plotwriter.units import MM_PER_INCH

__all__ = ["SUFFIXES", "check_folder", "check_suffix", "check_target", "render", "save"]

SUFFIXES = (".svg", ".png", ".html", ".gcode", ".hpgl", ".json")
REPLAYED = "axidraw"  # whose pace a replay shows where no machine is named
DPI = 150.0  # pixels per inch of a PNG: a pen's line of 0.4 mm is two to three pixels


def check_suffix(path: Path) -> None:
    """Refuse a file whose kind cannot be told, before any work is done.

    Raises:
        ConfigError: no such suffix
    """
    if path.suffix.lower() not in SUFFIXES:
        raise ConfigError(f"{path}: the suffix says what to write; {near_miss(path.suffix.lower(), SUFFIXES)}")


def check_target(path: Path) -> None:
    """Refuse a file that could not be written, before any work is done.

    Raises:
        ConfigError: no such suffix
        FileError: no such folder, or a folder of that name
    """
    check_suffix(path)
    check_folder(path)


def check_folder(path: Path) -> None:
    """Refuse a file that has no place to be.

    Raises:
        FileError: no such folder, or a folder of that name
    """
    if path.is_dir():
        raise FileError(f"{path}: is a folder; give a file name")
    folder = path.resolve().parent
    if not folder.is_dir():
        raise FileError(f"{path}: there is no folder {folder}; create it first")


def render(
    document: Document,
    path: Path,
    *,
    recipe: str,
    profile: MachineProfile | None = None,
    dpi: float | None = None,
    numbers: bool = False,
    rules: Ruling | None = None,
    pens: Mapping[int, Pen] | None = None,
    gwrite: str | None = None,
) -> dict[Path, bytes]:
    """The content of every file that `path` stands for: one, or one a page for pictures and HPGL.

    Args:
        document: canonical
        path: its suffix chooses SVG, PNG, HTML, G-code, HPGL or JSON
        recipe: how the document can be made again; recorded where the format has a place for it
        profile: the machine G-code is for; nothing else needs one
        dpi: of PNG; None for DPI, or less on sheets that would be too large a picture
        numbers: pictures show the number of every word; nothing that is plotted does
        rules: what is printed on the sheet; pictures show it
        pens: names, colours and widths of pens that are known; pictures show them
        gwrite: profile of vpype-gcode by which G-code is written, a file a page, instead of for a machine

    Raises:
        ConfigError: an unknown suffix, or G-code for a machine that does not speak it
        LayoutError: G-code or HPGL of ink the machine cannot reach
    """
    check_suffix(path)
    suffix = path.suffix.lower()
    if suffix == ".json":
        return {path: exchange.to_json(document).encode()}
    paths = page_paths(path, len(document.pages))
    if suffix == ".hpgl":
        from plotwriter.layout.vpype_bridge import to_hpgl  # vpype is loaded only for this

        return {file: to_hpgl(page).encode("ascii") for file, page in zip(paths, document.pages, strict=True)}
    if suffix == ".html":
        machine = profile or load_profile(REPLAYED)
        return {path: to_html(document, [plan_page(page, machine) for page in document.pages], pens=pens).encode()}
    printed = list(rules.rules(document.pages[0].page)) if rules and document.pages and document.pages[0].page else []
    if suffix == ".svg":
        return {
            file: to_svg(document, i, command=recipe, numbers=numbers, rules=printed, pens=pens).encode() for i, file in enumerate(paths)
        }
    if suffix == ".png":
        return {
            file: to_png(document, i, command=recipe, dpi=dpi or _resolution(page), numbers=numbers, rules=printed, pens=pens)
            for i, (file, page) in enumerate(zip(paths, document.pages, strict=True))
        }
    if gwrite is not None:
        from plotwriter.layout.vpype_bridge import to_gwrite

        named = pens or {}
        return {file: to_gwrite(page, gwrite, file.name, named).encode() for file, page in zip(paths, document.pages, strict=True)}
    if profile is None:
        raise ConfigError(f"{path}: G-code is for one machine; name it with --machine")
    return {path: write_gcode(document, profile, recipe=recipe).encode("ascii")}


def _resolution(ink: Ink) -> float:
    """DPI, or what a large sheet leaves room for."""
    assert ink.page is not None  # a document's pages have one
    largest = MM_PER_INCH * math.sqrt(0.99 * MAX_PIXELS / (ink.page.width * ink.page.height))
    return min(DPI, math.floor(largest))


def save(
    document: Document,
    paths: Sequence[Path],
    *,
    recipe: str,
    profile: MachineProfile | None = None,
    dpi: float | None = None,
    numbers: bool = False,
    rules: Ruling | None = None,
    pens: Mapping[int, Pen] | None = None,
    gwrite: str | None = None,
) -> list[Path]:
    """Write a document to files of one kind or several; each whole or not at all, and none before all are made.

    Raises:
        ConfigError: see `render`; or two of the files are one
        LayoutError: see `render`
        FileError: a folder that is not there, no space, no permission
    """
    files: dict[Path, bytes] = {}
    for path in paths:
        for file, content in render(
            document, path, recipe=recipe, profile=profile, dpi=dpi, numbers=numbers, rules=rules, pens=pens, gwrite=gwrite
        ).items():
            if file in files:
                raise ConfigError(f"{file}: would be written twice; give every output a name of its own")
            files[file] = content
    for file, content in files.items():
        exchange.write_atomically(file, content)
    return list(files)
