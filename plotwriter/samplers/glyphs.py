"""Signs and marks that no net has learned, drawn by hand: smooth lines through a few points.

    ".4 .85, .05 .5!, .4 .12"      x y of the points, in writing order; "!" is a corner; "/" lifts the pen

Glyphs stand on the baseline with their left end near x = 0. Marks that sit above or below a letter have
their middle at x = 0 and the edge that faces the letter at y = 0; `place` puts them there.

Frame: x-heights, y up, upright; capitals are about 2 high, figures 1.7.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["GLYPHS", "MARKS", "POINTS", "draw_shape"]

Complex = npt.NDArray[np.complex128]

SPACING = 0.05  # x-heights between the points of a curve

GLYPHS: Final[dict[str, str]] = {
    "ß": "0 0, .07 .5, .12 1.3, .28 1.85, .55 1.98, .75 1.75, .7 1.42, .44 1.12!, .72 1, .86 .62, .76 .2, .52 .02, .32 .1",
    "ẞ": "0 0, .05 1, .15 1.7, .5 2, .85 1.98, 1.05 1.85!, .62 1.2!, .95 1, 1.08 .6, .9 .12, .55 0, .35 .1",
    "Æ": "0 0, .42 .95, .95 2!, .96 1, 1 .02!, 1.4 0, 1.8 .1 / .95 2, 1.3 2.02, 1.75 1.97 / .36 .82, .95 .86, 1.5 .95",
    "Œ": "1 1.8, .66 2, .3 1.75, .06 1, .3 .2, .66 0, 1 .2 / 1.02 2, .99 1, 1.02 0!, 1.4 0, 1.78 .1"
    " / 1.02 2, 1.4 2.02, 1.72 1.97 / 1 1.02, 1.3 1.03, 1.55 1.08",
    "ð": ".66 .76, .36 .95, .08 .6, .14 .16, .42 0, .7 .25, .8 .8, .64 1.4, .24 1.95 / .2 1.32, .8 1.72",
    "þ": ".12 1.95, .1 1, .06 -.9 / .1 .66, .38 .98, .72 .84, .8 .42, .56 .03, .28 .03, .1 .28",
    "Þ": ".1 2, .09 1, .1 0 / .1 1.55, .5 1.62, .95 1.35, .92 .85, .55 .55, .1 .52",
    "ŋ": "0 .95, .08 .5, .08 0!, .13 .55, .38 .98, .64 .85, .7 .3, .67 -.5, .45 -.88, .2 -.72",
    "Ŋ": ".1 2, .09 1, .1 0 / .1 1.4, .5 2, 1 1.8, 1.1 1, 1.08 0, .9 -.42, .65 -.35",
    "ĸ": ".06 1, .05 .5, .05 0 / .6 1, .3 .64, .07 .48!, .34 .3, .68 0",
    "ſ": "0 -.1, .1 .8, .16 1.6, .36 2, .6 1.85",
    "€": "1.05 1.48, .84 1.68, .5 1.58, .25 1.1, .25 .55, .5 .06, .84 0, 1.08 .2 / 0 1.02, .4 1.03, .86 1.06 / 0 .7, .4 .7, .78 .73",
    "£": "1 1.5, .8 1.8, .46 1.7, .36 1.3, .43 .8, .38 .3, .08 .02!, .3 .12, .7 .01, 1.05 .16 / .12 .9, .45 .89, .8 .92",
    "¥": "0 1.75, .22 1.3, .5 .9!, .5 .45, .48 0 / 1 1.75, .78 1.3, .5 .9 / .14 .76, .86 .8 / .14 .44, .86 .47",
    "§": ".8 1.7, .52 1.92, .22 1.68, .36 1.32, .74 1.02, .84 .76, .6 .52 / .42 1.27, .16 1.02, .26 .72, .64 .42, .78 .1, .5 -.15, .2 .05",
    "¶": "1.15 1.9, .45 1.9, .06 1.5, .2 1.1, .6 1.02 / .62 1.9, .62 -.2 / .96 1.9, .95 -.2",
    "†": ".4 1.9, .4 1, .38 0 / .05 1.33, .75 1.37",
    "‡": ".4 1.9, .4 1, .38 0 / .05 1.4, .75 1.44 / .05 .6, .75 .64",
    "©": ".9 1.7, .35 1.5, .02 .85, .3 .2, .85 .02, 1.45 .25, 1.7 .85, 1.4 1.5, .8 1.7"
    " / 1.18 1.15, .86 1.3, .5 1, .52 .65, .85 .42, 1.18 .6",
    "®": ".9 1.7, .35 1.5, .02 .85, .3 .2, .85 .02, 1.45 .25, 1.7 .85, 1.4 1.5, .8 1.7"
    " / .62 .42, .62 .85, .62 1.3!, .95 1.28, 1.1 1.07, .94 .87, .64 .83!, .85 .65, 1.12 .42",
    "¡": ".16 .95 / .14 .5, .08 -.15, 0 -.85",
    "°": ".2 1.9, .02 1.72, .17 1.5, .38 1.66, .26 1.88",
    "«": ".4 .85, .05 .5!, .4 .12 / .8 .85, .45 .5!, .8 .12",
    "»": ".05 .85, .4 .5!, .05 .12 / .45 .85, .8 .5!, .45 .12",
    "‹": ".4 .85, .05 .5!, .4 .12",
    "›": ".05 .85, .4 .5!, .05 .12",
    "“": ".2 2.05, .04 1.84, .08 1.62 / .52 2.05, .36 1.84, .4 1.62",
    "”": ".12 2.05, .2 1.86, .03 1.6 / .44 2.05, .52 1.86, .35 1.6",
    "„": ".12 .2, .2 .02, .02 -.28 / .44 .2, .52 .02, .34 -.28",
    "‘": ".2 2.05, .04 1.84, .08 1.62",
    "‚": ".12 .2, .2 .02, .02 -.28",
    "′": ".16 2.05, .02 1.62",
    "″": ".16 2.05, .02 1.62 / .46 2.05, .32 1.62",
    "–": "0 .54, .4 .57, .85 .55",
    "—": "0 .54, .8 .58, 1.6 .55",
    "−": "0 .66, .35 .68, .7 .67",
    "×": ".04 .95, .6 .3 / .58 .95, .03 .28",
    "÷": "0 .64, .35 .66, .72 .65 / .36 1 / .35 .28",
    "±": "0 .85, .7 .88 / .36 1.25, .34 .5 / 0 .16, .7 .18",
    "≈": "0 .75, .2 .92, .5 .76, .75 .92 / 0 .4, .2 .57, .5 .41, .75 .57",
    "≠": "0 .85, .7 .88 / 0 .5, .7 .52 / .55 1.15, .15 .22",
    "≤": ".7 1.2, .05 .8!, .7 .45 / .05 .15, .7 .17",
    "≥": ".05 1.2, .7 .8!, .05 .45 / .05 .15, .7 .17",
    "¬": "0 .8, .75 .82!, .75 .45",
    "¦": ".05 2, .04 1.15 / .04 .65, .03 -.2",
    "·": ".05 .62",
    "•": ".14 .75, .03 .62, .14 .5, .26 .62, .14 .74, .1 .62, .17 .6",
    "µ": ".15 1, .11 .4, 0 -.75 / .13 .35, .3 .02, .54 .16, .68 .6, .71 1!, .71 .3, .82 0, .98 .14",
    "⁄": ".75 1.9, .4 .95, 0 -.05",
    "→": "0 .6, .5 .62, 1.15 .62 / .85 .9, 1.17 .62!, .83 .32",
    "←": "1.17 .6, .6 .62, .02 .62 / .32 .9, 0 .62!, .34 .32",
    "✓": "0 .6, .3 .05!, .5 .7, .9 1.5",
    "♥": ".5 1.15!, .25 1.5, .02 1.2, .15 .75, .5 .15!, .85 .75, .98 1.2, .75 1.5, .5 1.15",
    "´": ".3 2, .02 1.6",
    "¨": ".05 1.9 / .42 1.92",
    "¯": "0 1.9, .5 1.92",
    "¸": ".12 .02, .1 -.12!, .25 -.2, .2 -.4, 0 -.42",
}

POINTS: Final[dict[str, str]] = {  # ASCII, drawn only where no letter stands beside it
    ".": ".05 .04",
    ",": ".13 .12, .14 -.04, .02 -.3",
    ";": ".12 .7 / .13 .12, .14 -.04, .02 -.3",
    ":": ".08 .7 / .05 .06",
    "!": ".2 1.9, .13 1.2, .1 .5 / .06 .04",
    "-": "0 .55, .25 .57, .5 .55",
    "(": ".4 2, .1 1.3, .08 .5, .36 -.3",
    ")": ".05 2, .32 1.3, .3 .5, 0 -.3",
    "'": ".12 2, .04 1.62",
    '"': ".12 2, .04 1.62 / .4 2, .32 1.62",
}

MARKS: Final[dict[str, str]] = {
    "grave": "-.2 .36, -.04 .2, .1 0",
    "acute": ".2 .38, .06 .22, -.1 0",
    "circumflex": "-.24 0, -.01 .3!, .24 .01",
    "caron": "-.23 .3, .01 0!, .25 .32",
    "tilde": "-.3 .02, -.15 .17, .1 .05, .28 .2",
    "macron": "-.25 .02, 0 .03, .27 .04",
    "breve": "-.24 .24, -.12 .04, .1 .03, .25 .26",
    "dot": ".02 .12, 0 0",
    "diaeresis": "-.19 .14, -.22 0 / .21 .15, .18 .01",
    "hook": "-.1 .28, .06 .38, .12 .22, -.01 .12, 0 0",
    "ring": ".02 .4, -.18 .24, -.06 .02, .15 .09, .17 .31, .03 .4, -.04 .39",
    "double acute": "-.01 .36, -.24 0 / .3 .38, .07 0",
    "turned comma": ".08 .34, -.07 .16, .02 0",
    "cedilla": "0 .03, -.02 -.12!, .14 -.2, .12 -.36, -.14 -.4",
    "comma": ".06 -.16, .07 -.28, -.08 -.48",
    "ogonek": ".02 .02, -.14 -.16, -.1 -.34, .1 -.34",
    "dot below": ".02 -.24, 0 -.32",
    "apostrophe": ".05 0, .06 -.14, -.05 -.34",
    "middle dot": ".01 .06, 0 0",
    "horn": "-.06 0, .1 .06, .12 .28",
    "slash": "-1 -1, 0 .02, 1 1",  # of half the letter's box
    "oblique": "-.36 -.13, 0 0, .36 .17",
    "bar": "-.36 -.01, 0 .01, .36 .03",
    "stile": ".08 .8, 0 0, -.06 -.75",
}


def draw_shape(shape: str, rng: np.random.Generator, *, size: complex = 1 + 1j, turn: float = 0.03, shake: float = 0.012) -> list[Complex]:
    """One shape, a little different every time.

    Args:
        shape: points as above
        rng: of the jitter; every shape draws as many numbers from it as it has points
        size: factors along x and y
        turn: standard deviation of the rotation, rad
        shake: standard deviation of every point, x-heights

    Returns:
        strokes, (n,) complex each; a lone point stays one
    """
    spin = np.exp(1j * turn * rng.normal()) * (1 + 0.05 * rng.uniform(-1, 1))
    strokes = []
    for line in shape.split("/"):
        words = [point.split() for point in line.split(",")]
        corner = np.array([y.endswith("!") for _, y in words])
        points = np.array([complex(float(x), float(y.rstrip("!"))) for x, y in words])
        points = (points.real * size.real + 1j * points.imag * size.imag) * spin
        points = points + shake * rng.normal(size=(len(points), 2)) @ np.array([1, 1j])
        cuts = [0, *(np.flatnonzero(corner[1:-1]) + 1).tolist(), len(points) - 1]
        parts = [_through(points[first : last + 1]) for first, last in pairwise(cuts)]
        strokes.append(np.concatenate([parts[0], *(part[1:] for part in parts[1:])]) if len(points) > 1 else points)
    return strokes


def _through(points: Complex) -> Complex:
    """A smooth line through points: cubic Hermite pieces, tangents by the neighbours' distances.

    Source: Catmull and Rom 1974, with chord-length knots
    """
    if len(points) < 3:
        n = max(1, int(np.ceil(np.abs(np.diff(points)).sum() / SPACING)))
        return np.asarray(np.linspace(points[0], points[-1], n + 1), np.complex128) if len(points) > 1 else points
    knots = np.concatenate([[0.0], np.cumsum(np.maximum(np.abs(np.diff(points)), 1e-6))])
    slope = np.diff(points) / np.diff(knots)  # (n-1,)
    share = np.diff(knots)[:-1] / (knots[2:] - knots[:-2])
    inner = slope[:-1] * (1 - share) + slope[1:] * share
    tangent = np.concatenate([[2 * slope[0] - inner[0]], inner, [2 * slope[-1] - inner[-1]]])
    at = np.linspace(0, knots[-1], max(2, int(np.ceil(knots[-1] / SPACING))) + 1)
    k = np.clip(np.searchsorted(knots, at, side="right") - 1, 0, len(points) - 2)
    width = knots[k + 1] - knots[k]
    u = (at - knots[k]) / width
    return np.asarray(
        (1 + 2 * u) * (1 - u) ** 2 * points[k]
        + u * (1 - u) ** 2 * width * tangent[k]
        + u * u * (3 - 2 * u) * points[k + 1]
        + u * u * (u - 1) * width * tangent[k + 1],
        np.complex128,
    )
