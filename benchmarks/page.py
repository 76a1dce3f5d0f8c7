"""How straight, even and true to its rules a page is: as generated, distorted on purpose, and put right again.

    python benchmarks/page.py [STYLE ...]

Distorted: every row turned by 2 degrees and up to 0.5 more, every word moved up or down by up to 0.5 mm and sheared by up to 8 degrees.
tilt: of a line through a row's lowest letters, median row; off: of words from their rule, median; lean: standard deviation over words.
"""

from __future__ import annotations

import math
import sys

import numpy as np

from plotwriter.ink import Ink
from plotwriter.layout import paper, ruling
from plotwriter.letter import Sheet, compose
from plotwriter.strokes import measured_slant, slant
from plotwriter.strokes.baseline import lower_extrema
from plotwriter.strokes.rows import by_rows, deslant_rows, level_rows, rows_of
from plotwriter.styles import find_style, installed_styles

TEXT = "running minimum near the morning moon, summer rain over seven rooms and nine inner corners " * 3
RULES = ruling("8mm", 24.0)
SIZE = RULES.x_height


def distorted(ink: Ink, rng: np.random.Generator) -> Ink:
    """Rows turned, words moved and sheared."""

    def turned(line: Ink) -> Ink:
        middle = line.bounds()[2] / 2
        angle = math.radians(2 + rng.uniform(-0.5, 0.5))
        return line.map(lambda z: z + 1j * math.tan(angle) * (z.real - middle))

    def moved(word: Ink) -> Ink:
        up, lean = rng.uniform(-0.5, 0.5), math.radians(rng.uniform(-8, 8))
        return slant(word, lean).map(lambda z: z + 1j * up)

    return by_rows(by_rows(ink, SIZE, moved, words=True), SIZE, turned)


def figures(ink: Ink) -> tuple[float, float, float]:
    """Tilt in degrees, distance from the rules in mm, spread of the lean in degrees."""
    tilts, off, leans = [], [], []
    rules = np.array(list(RULES.rules(ink.page))) if ink.page else np.zeros(1)

    def seen(word: Ink) -> Ink:
        if sum(stroke.length for stroke in word.strokes) > 8 * SIZE:
            leans.append(math.degrees(measured_slant(word)))
        return word

    for _, row in rows_of(ink, SIZE):
        low = np.concatenate([lower_extrema(ink.strokes[k].points, 0.3 * SIZE) for k in row])
        if len(low) < 8:
            continue
        nearest = rules[np.abs(rules - np.median(low.imag)).argmin()]
        tilts.append(abs(math.degrees(math.atan(np.polyfit(low.real, low.imag, 1)[0]))))
        off += np.abs(low.imag - nearest).tolist()
    by_rows(ink, SIZE, seen, words=True)
    return float(np.median(tilts)), float(np.median(off)), float(np.std(leans))


def main() -> None:
    """Three lines a style."""
    for name in sys.argv[1:] or sorted(installed_styles()[0]):
        sheet = Sheet(paper("a5"), (12.0,) * 4, x_height=SIZE, line_height=RULES.pitch, first_line=RULES.first_line, ruled=True)
        page = compose(TEXT, find_style(name), sheet, seed=1).document.pages[0]
        crooked = distorted(page, np.random.default_rng(0))
        right = level_rows(deslant_rows(crooked, SIZE, measured_slant(page), words=True), SIZE)
        for what, ink in (("generated", page), ("distorted", crooked), ("put right", right)):
            tilt, off, lean = figures(ink)
            print(f"{name:10} {what:10} tilt {tilt:5.2f} degrees   off the rules {off:5.2f} mm   lean {lean:5.2f} degrees")


if __name__ == "__main__":
    main()
