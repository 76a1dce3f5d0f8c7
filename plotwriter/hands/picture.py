"""What was matched, as a picture: every word of the samples with its number and text, those not used in red with the reason.

SVG, because the labels are type and the ink is ink; text inside is escaped, nothing outside is referred to.
"""

from __future__ import annotations

from html import escape

import numpy as np

from plotwriter.hands.matching import Match, MatchedWord

__all__ = ["match_picture"]

CELL, ROW, COLUMNS = 190.0, 96.0, 5  # px
X_HEIGHT = 13.0  # px
USED, DROPPED, RULE, TYPE = "#14213d", "#b00020", "#c8d3e0", "#555"


def match_picture(match: Match) -> str:
    """A sheet of all words, five in a row."""
    rows = -(-len(match.words) // COLUMNS)
    width, height = COLUMNS * CELL, rows * ROW + 30
    used = len(match.used.texts)
    cells = [_cell(word, k % COLUMNS * CELL, k // COLUMNS * ROW + 30) for k, word in enumerate(match.words)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" font-family="sans-serif" font-size="11">'
        f'<rect width="100%" height="100%" fill="#fff"/><text x="8" y="18" fill="{TYPE}">{used} of {len(match.words)} words are used; '
        f"red ones are not</text>{''.join(cells)}</svg>\n"
    )


def _cell(word: MatchedWord, left: float, top: float) -> str:
    strokes = [np.conj(points) for points in word.strokes]
    every = np.concatenate(strokes) if strokes else np.zeros(1, np.complex128)
    wide = max(float(np.ptp(every.real)), 1e-6)
    if word.framed:
        scale = min(X_HEIGHT, (CELL - 16) / wide)
        origin = complex(left + 8 - scale * float(every.real.min()), top + 52)
    else:
        scale = min((CELL - 16) / wide, (ROW - 40) / max(float(np.ptp(every.imag)), 1e-6))
        origin = complex(left + 8 - scale * float(every.real.min()), top + 12 - scale * float(every.imag.min()))
    colour = DROPPED if word.reason else USED
    data = "".join(_path(origin + scale * points) for points in strokes)
    rules = ""
    if word.framed:
        rules = "".join(
            f'<path d="M{left + 4:.1f} {y:.1f}h{CELL - 8:.1f}" stroke="{RULE}" stroke-width="0.6"/>' for y in (top + 52, top + 52 - scale)
        )
    label = f"{word.number}  {word.text}"[:30]
    reason = (
        f'<text x="{left + 8:.1f}" y="{top + 90:.1f}" fill="{DROPPED}" font-size="8">{escape(word.reason[:44])}</text>'
        if word.reason
        else ""
    )
    return (
        f'{rules}<path d="{data}" fill="none" stroke="{colour}" stroke-width="1.3" stroke-linecap="round" stroke-linejoin="round"/>'
        f'<text x="{left + 8:.1f}" y="{top + 79:.1f}" fill="{TYPE}">{escape(label)}</text>{reason}'
    )


def _path(points: np.ndarray) -> str:
    xy = [f"{z.real:.1f} {z.imag:.1f}" for z in points.tolist()]
    return "M" + "L".join(xy if len(xy) > 1 else xy * 2)
