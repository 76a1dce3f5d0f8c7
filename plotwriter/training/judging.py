"""What weights write now: a picture, and how much of it reader a cannot read."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from plotwriter import registry
from plotwriter.samplers.attempts import Attempt
from plotwriter.samplers.refit import refit
from plotwriter.styles import find_style
from plotwriter.training.reading import edits

__all__ = ["TEXTS", "Judged", "judge"]

TEXTS = (
    "the quick brown fox jumps over lazy dogs Dear Josephine thank you for your letter which came this morning with "
    "photographs we were all delighted and read it twice before supper please write again soon Margaret"
).split()
WIDTH, ROW, X_HEIGHT = 1400, 70, 12  # px


@dataclass(frozen=True, slots=True)
class Judged:
    """Of one draw a word."""

    error_rate: float  #: characters that reader a misreads; 1 for a word that was not finished
    ended: float  #: share of the draws that stopped by themselves
    picture: bytes  #: PNG


def judge(weights: Path) -> Judged:
    """Write `TEXTS` with weights just exported, in their first hand.

    Reader a ranks draws, so its figure flatters what is ranked by it; here nothing is ranked, and the figure only compares
    checkpoints of one run.
    """
    style = find_style(str(weights))
    sampler = registry.load("sampler", style.sampler)(style, device="cpu", n_draws=1)
    attempts: Sequence[Attempt] = sampler.attempts(TEXTS, style, seed=0)
    draws = refit([attempt.strokes for attempt in attempts], [attempt.ended for attempt in attempts])
    said = [reading.said for reading in sampler.reader.read(TEXTS, draws)]
    wrong = sum(edits(s, text) if a.ended and a.strokes else len(text) for s, text, a in zip(said, TEXTS, attempts, strict=True))
    return Judged(wrong / sum(map(len, TEXTS)), float(np.mean([a.ended for a in attempts])), _picture(attempts))


def _picture(attempts: Sequence[Attempt]) -> bytes:
    """Words in rows."""
    inks = [attempt.strokes for attempt in attempts if attempt.strokes]
    image = Image.new("L", (WIDTH, ROW * (2 + len(inks) // 5)), 255)
    pen = ImageDraw.Draw(image)
    x, base = 10.0, 45.0
    for strokes in inks:
        left = min(float(points.real.min()) for points in strokes)
        width = (max(float(points.real.max()) for points in strokes) - left) * X_HEIGHT
        if x + width > WIDTH - 10:
            x, base = 10.0, base + ROW
        for points in strokes:
            xy = np.column_stack([(points.real - left) * X_HEIGHT + x, base - points.imag * X_HEIGHT])
            if len(xy) == 1:
                pen.ellipse([*(xy[0] - 1.5), *(xy[0] + 1.5)], fill=0)
            else:
                pen.line([tuple(point) for point in xy.tolist()], fill=0, width=2)
        x += width + 1.3 * X_HEIGHT
    buffer = io.BytesIO()
    image.crop((0, 0, WIDTH, int(base) + ROW // 2)).save(buffer, "PNG")
    return buffer.getvalue()
