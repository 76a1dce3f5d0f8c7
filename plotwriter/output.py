"""A document to files: what kind is seen from the suffix."""

from __future__ import annotations

from pathlib import Path

from plotwriter import exchange
from plotwriter.config import near_miss
from plotwriter.devices import MachineProfile, write_gcode
from plotwriter.errors import ConfigError
from plotwriter.ink import Document
from plotwriter.preview import page_paths, to_png, to_svg

__all__ = ["SUFFIXES", "check_suffix", "render", "save"]

SUFFIXES = (".svg", ".png", ".gcode", ".json")


def check_suffix(path: Path) -> None:
    """Refuse a file whose kind cannot be told, before any work is done.

    Raises:
        ConfigError: no such suffix
    """
    if path.suffix.lower() not in SUFFIXES:
        raise ConfigError(f"{path}: the suffix says what to write; {near_miss(path.suffix.lower(), SUFFIXES)}")


def render(document: Document, path: Path, *, recipe: str, profile: MachineProfile, dpi: float = 150.0) -> dict[Path, bytes]:
    """The content of every file that `path` stands for: one, or one a page for pictures.

    Args:
        document: canonical
        path: its suffix chooses SVG, PNG, G-code or JSON
        recipe: how the document can be made again; recorded where the format has a place for it
        profile: the machine G-code is for
        dpi: of PNG
    """
    check_suffix(path)
    suffix = path.suffix.lower()
    if suffix == ".json":
        return {path: exchange.to_json(document).encode()}
    paths = page_paths(path, len(document.pages))
    if suffix == ".svg":
        return {file: to_svg(document, i, command=recipe).encode() for i, file in enumerate(paths)}
    if suffix == ".png":
        return {file: to_png(document, i, command=recipe, dpi=dpi) for i, file in enumerate(paths)}
    return {path: write_gcode(document, profile).encode("ascii")}


def save(document: Document, path: Path, *, recipe: str, profile: MachineProfile, dpi: float = 150.0) -> list[Path]:
    """Write a document; every file whole or not at all, and none before all are made.

    Raises:
        ConfigError: an unknown suffix
        FileError: a folder that is not there, no space, no permission
    """
    files = render(document, path, recipe=recipe, profile=profile, dpi=dpi)
    for file, content in files.items():
        exchange.write_atomically(file, content)
    return list(files)
