"""Real beside generated: can you tell which is the person's?

every row a word of the person's, and three that the style has written, in an order that the caption alone gives away
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import numpy.typing as npt

from plotwriter import registry
from plotwriter.evaluation.words import Word, from_ink, from_program
from plotwriter.samplers import Sampler
from plotwriter.styles import Style
from plotwriter.text import Prompt
from plotwriter.training.datasets import WordSet

__all__ = ["Lineup", "lineup", "lineup_picture"]

Complex = npt.NDArray[np.complex128]
Lineup = list[tuple[list[Word], int]]  # rows of words, and which of each row is real

N_WRITTEN = 3
LEAST = 4  # letters of a word that is shown
X_HEIGHT, ROW, ABOVE, MARGIN, GAP, HEAD = 15.0, 74.0, 44.0, 16.0, 6.0, 30.0  # px; ABOVE: of a row's height over its baseline


def lineup(words: WordSet, style: Style, *, n_rows: int = 10, seed: int = 0) -> Lineup:
    """Some of the person's words, each among some that were written."""
    rng = np.random.default_rng((seed, 41))
    long = [i for i in rng.permutation(len(words.texts)).tolist() if len(words.texts[i]) >= LEAST] or list(range(len(words.texts)))
    real = [word for i in long[:n_rows] if (word := from_program(words.texts[i], words.programs[i])) is not None]
    prompts = [Prompt(word.text, (0, len(word.text))) for word in real for _ in range(N_WRITTEN)]
    sampler: Sampler = registry.load("sampler", style.sampler)(style, device="cpu", n_draws=2)
    written = [from_ink(ink) for ink in sampler.write(prompts, style, seed=seed)]
    rows: Lineup = []
    for k, word in enumerate(real):
        place = int(rng.integers(N_WRITTEN + 1))
        row = written[k * N_WRITTEN : (k + 1) * N_WRITTEN]
        rows.append(([*row[:place], word, *row[place:]], place))
    return rows


def lineup_picture(rows: Lineup, lean: float, title: str) -> str:
    """The rows as SVG, ink alike throughout; the caption at the foot says which are real.

    Args:
        rows: of `lineup`
        lean: dx/dy given back to the upright words
        title: at the head
    """
    spread = [[_leaning(word, lean) for word in row] for row, _ in rows]
    widest = max((float(np.ptp(np.concatenate(word).real)) for row in spread for word in row), default=1.0)
    column = widest * X_HEIGHT + 2 * MARGIN
    parts, foot = [], HEAD
    for row in spread:
        down = np.concatenate([points.imag for word in row for points in word]) * X_HEIGHT
        base = foot + max(ABOVE, GAP - float(down.min()))  # tall words push their row down, deep ones the next
        foot = base + max(ROW - ABOVE, float(down.max()))
        for c, word in enumerate(row):
            left = float(np.concatenate(word).real.min())
            origin = complex(c * column + MARGIN - X_HEIGHT * left, base)
            data = "".join(_path(origin + X_HEIGHT * points) for points in word)
            parts.append(
                f'<path d="{data}" fill="none" stroke="#14213d" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round"/>'
            )
    width, height = column * max((len(row) for row, _ in rows), default=1), foot + 30
    answer = ", ".join(f"{word[0].text} {place + 1}" for word, place in rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        'font-family="sans-serif" font-size="11" fill="#555">'
        f'<rect width="100%" height="100%" fill="#fff"/><text x="8" y="18">{escape(title)}: one in each row is real</text>'
        f'{"".join(parts)}<text x="8" y="{height - 12:.0f}" font-size="7">real: {escape(answer)}</text></svg>\n'
    )


def _leaning(word: Word, lean: float) -> Sequence[Complex]:
    return [np.conj(points + lean * points.imag) for points in word.strokes]


def _path(points: Complex) -> str:
    xy = [f"{z.real:.1f} {z.imag:.1f}" for z in points.tolist()]
    return "M" + "L".join(xy if len(xy) > 1 else xy * 2)
