"""Rows as a hand sets them: one dial over everything that gives a machine away, from the seed, and bounded.

    row --left margin, spaces, sizes, fatigue--> row --slope and wave of the baseline--> ink

    at naturalness 1: baselines within REACH of an x-height of their line (half of it on printed rules), rows begin up to MARGIN
    x-heights to the right, spaces differ by SPACES, words by SIZES; down the page the writing grows by FATIGUE

Keeps words in their order and apart, and rows inside the margins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from plotwriter.ink import Ink
from plotwriter.layout.placing import Drift, PlacedRow
from plotwriter.layout.rows import Piece
from plotwriter.layout.setup import PageSetup
from plotwriter.strokes.humanize import REACH, make_wave

__all__ = ["naturally"]

MARGIN, SPACES, SIZES, FATIGUE = 1.0, 0.2, 0.03, 0.04
IN_CELLS = 0.5  # of MARGIN, for what begins at an edge inside the row
ON_RULES = 0.5  # of REACH, where the eye has a rule to compare with
_SLOPE = 0.5  # of the reach, for the slope of a row; the wave has the rest
_LEAST_SPACE = 0.6  # of a word space that stays between two words
_STREAM = 0x6E6174


def naturally(rows: Sequence[PlacedRow], setup: PageSetup) -> list[PlacedRow]:
    """Rows with small irregularities.

    Args:
        rows: as they were placed
        setup: its dial and seed, the margins that are kept
    """
    dial = setup.naturalness
    if dial == 0:
        return list(rows)
    bottom, top = setup.page.height - setup.margins[2], setup.margins[0]
    found = []
    for number, placed in enumerate(rows):
        rng = np.random.default_rng(np.random.SeedSequence((setup.seed, _STREAM, number)))
        tired = min(max((placed.baseline - top) / (bottom - top), 0.0), 1.0)
        pieces = _loosened(placed.row.pieces, setup, tired, rng)
        reach = dial * REACH * setup.x_height * (ON_RULES if setup.ruled else 1.0)
        slope = rng.uniform(-1, 1) * _SLOPE * reach / (setup.width / 2) * (0.5 + 0.5 * tired)
        wave = make_wave((1 - _SLOPE) * reach * (0.6 + 0.4 * tired), setup.x_height, rng)
        drift = Drift(wave, slope, placed.left + setup.width / 2)
        found.append(replace(placed, row=replace(placed.row, pieces=pieces), drift=drift))
    return found


def _loosened(pieces: Sequence[Piece], setup: PageSetup, tired: float, rng: np.random.Generator) -> tuple[Piece, ...]:
    """A row's words at slightly other sizes and distances, inside the row's width; as they are where there is no room.

    What begins at an edge that rows share, begins near it: cells after a tab, the words of an item.
    """
    begins = [k for k, piece in enumerate(pieces) if piece.stop]
    cells = [pieces[a:b] for a, b in pairwise([0, *begins, len(pieces)]) if b > a]
    if len(cells) == 1:
        return _loosened_cell(cells[0], setup, tired, rng, setup.width, setup.align)
    rooms = [cell[0].x - _LEAST_SPACE * setup.word_space for cell in cells[1:]] + [setup.width]
    return tuple(piece for cell, room in zip(cells, rooms, strict=True) for piece in _loosened_cell(cell, setup, tired, rng, room, "left"))


def _loosened_cell(
    pieces: Sequence[Piece], setup: PageSetup, tired: float, rng: np.random.Generator, room: float, align: str
) -> tuple[Piece, ...]:
    """The words of a row, or of a cell, that has room until `room` mm from the left end of the row."""
    dial = setup.naturalness
    old = np.array([_width(piece.ink) for piece in pieces])
    scales = 1 + dial * (FATIGUE * (tired - 0.5) + np.clip(rng.normal(0, SIZES / 2, len(pieces)), -SIZES, SIZES))
    gaps = np.diff([piece.x for piece in pieces]) - old[:-1]
    loose = gaps * (1 + dial * rng.uniform(-SPACES, SPACES, len(gaps)))
    loose = np.maximum(loose, np.minimum(gaps, _LEAST_SPACE * setup.word_space))
    start, end = pieces[0].x, pieces[-1].x + old[-1]
    if align in ("right", "center", "justify") and len(gaps):
        loose = loose + (end - start - (scales * old).sum() - loose.sum()) / len(gaps)
        if loose.min() < _LEAST_SPACE * setup.word_space:
            return tuple(pieces)
    aside = dial * MARGIN * setup.x_height * rng.uniform(0, 1) * (IN_CELLS if pieces[0].stop else 1.0) if align == "left" else 0.0
    length = (scales * old).sum() + loose.sum()
    if start + length > room + 1e-6:
        return tuple(pieces)
    start += min(aside, room - start - length)
    at = start + np.concatenate([[0.0], np.cumsum((scales * old)[:-1] + loose)])
    return tuple(
        replace(piece, x=float(x), ink=_scaled(piece.ink, float(scale))) for piece, x, scale in zip(pieces, at, scales, strict=True)
    )


def _width(ink: Ink) -> float:
    left, _, right, _ = ink.bounds()
    return right - left


def _scaled(ink: Ink, scale: float) -> Ink:
    return ink.map(lambda points: points * scale)
