"""What a dataset holds, for a person to look at: counts, characters, and a sheet of its words as the nets see them."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from plotwriter.inkfiles import InkSample, read_ink
from plotwriter.nets.pen_points import pen_points
from plotwriter.training.datasets import WordSet

__all__ = ["Holdings", "contact_sheet", "holdings"]

COLUMNS, CELL_WIDTH, CELL_HEIGHT = 5, 260, 110  # px
X_HEIGHT = 15.0  # px, at most
SPACING = 0.1  # x-heights between the points that are drawn


@dataclass(frozen=True, slots=True)
class Holdings:
    """Counts of one file."""

    path: Path
    samples: int
    writers: int
    strokes: int
    points: int
    characters: Counter[str]  #: white space left out


def holdings(path: Path) -> Holdings:
    """What a file of ink holds; raises as `read_ink`."""
    samples: Sequence[InkSample] = read_ink(path)
    return Holdings(
        path,
        len(samples),
        len({sample.writer for sample in samples}),
        sum(len(sample.strokes) for sample in samples),
        sum(len(stroke) for sample in samples for stroke in sample.strokes),
        Counter(c for sample in samples for c in sample.text if not c.isspace()),
    )


def contact_sheet(words: WordSet, n: int = 60, seed: int = 0) -> bytes:
    """Words of a set beside their labels, framed as the nets see them, with their baseline and x-height; a PNG file.

    Args:
        words: prepared
        n: how many, drawn writer by writer
        seed: of the draw
    """
    rng = np.random.default_rng(seed)
    by_writer: dict[str, list[int]] = {}
    for i in rng.permutation(len(words.texts)).tolist():
        by_writer.setdefault(words.writers[i], []).append(i)
    order = sorted((rank, writer, i) for writer, mine in by_writer.items() for rank, i in enumerate(mine))
    chosen = [i for _, _, i in order[:n]]
    rows = -(-len(chosen) // COLUMNS)
    image = Image.new("L", (COLUMNS * CELL_WIDTH, rows * CELL_HEIGHT), 255)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(11)
    for k, i in enumerate(chosen):
        x, y = (k % COLUMNS) * CELL_WIDTH + 12, (k // COLUMNS) * CELL_HEIGHT
        ink = pen_points([words.programs[i]], SPACING)
        scale = min(X_HEIGHT, (CELL_WIDTH - 24) / max(1.0, float(np.ptp(ink.points.real))))
        base = y + 72
        for height in (0, 1):
            pen.line([(x, base - height * scale), (x + CELL_WIDTH - 24, base - height * scale)], fill=215)
        for before, point, drawn in zip([ink.points[0], *ink.points[:-1]], ink.points, ink.drawn, strict=True):
            at = [(x + scale * z.real, base - scale * z.imag) for z in (before, point)]
            if drawn:
                pen.line(at, fill=0, width=2)
            else:
                pen.ellipse((at[1][0] - 1, at[1][1] - 1, at[1][0] + 1, at[1][1] + 1), fill=0)
        pen.text((x, y + 4), f"{words.texts[i]}   {words.writers[i]}", fill=90, font=font)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
