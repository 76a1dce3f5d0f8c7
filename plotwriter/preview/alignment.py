"""What a net looked at while it wrote: ink coloured by the character it writes, over the matrix of weights.

    +--------------------------------+
    |  ink, a colour a character     |
    |  w   o   r   d                 |
    +--------------------------------+
    | w ###                          |   a column for every step of the net,
    | o    ####                      |   a row for every character, dark where the net looked
    | r        ###                   |
    | d           #####              |
    +--------------------------------+

One scene is drawn three ways: PNG, SVG, and a page of HTML that plays it step by step.
"""

from __future__ import annotations

import colorsys
import io
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

__all__ = ["Alignment", "alignment_html", "alignment_png", "alignment_svg"]

WIDTH = 960.0  # px
MARGIN, ROW, TITLE = 24.0, 26.0, 18.0
HIGHEST = 64.0  # px of an x-height
FAINT = 0.03  # weights below it are not drawn
GOLDEN = 0.618034  # of the circle of hues between neighbours: they are never alike

Complex = npt.NDArray[np.complex128]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """One drawn word and what the net looked at."""

    text: str
    strokes: Sequence[Complex]  #: x-heights, y up
    steps: Sequence[Ints]  #: (n,) of each stroke: the row of `weights` in which each point was written
    weights: Floats  #: (t, u)
    title: str = ""


@dataclass(frozen=True, slots=True)
class _Line:
    points: list[tuple[float, float]]
    colour: str
    step: int


@dataclass(frozen=True, slots=True)
class _Cell:
    box: tuple[float, float, float, float]  # x, y, width, height
    colour: str
    weight: float
    step: int


@dataclass(frozen=True, slots=True)
class _Label:
    at: tuple[float, float]  # left end of the baseline
    text: str
    colour: str
    size: float


@dataclass(frozen=True, slots=True)
class _Scene:
    height: float
    lines: list[_Line]
    cells: list[_Cell]
    labels: list[_Label]
    n_step: int


def _colours(n: int) -> list[str]:
    """A dark colour a character."""
    rgb = (colorsys.hsv_to_rgb((0.6 + k * GOLDEN) % 1, 0.85, 0.75) for k in range(n))
    return ["#" + "".join(f"{round(255 * part):02x}" for part in parts) for parts in rgb]


def _scene(shown: Alignment) -> _Scene:
    colours = _colours(len(shown.text))
    n_step = len(shown.weights)
    every = np.concatenate(list(shown.strokes)) if shown.strokes else np.zeros(1, np.complex128)
    width, top, bottom = float(np.ptp(every.real)) or 1.0, max(1.0, float(every.imag.max())), min(0.0, float(every.imag.min()))
    scale = min((WIDTH - 2 * MARGIN) / width, HIGHEST)
    base = MARGIN + TITLE + scale * top
    left = MARGIN - scale * float(every.real.min())
    lines = []
    for points, steps in zip(shown.strokes, shown.steps, strict=True):
        xy = [(left + scale * float(z.real), base - scale * float(z.imag)) for z in points]
        cuts = np.flatnonzero(np.diff(steps)) + 1
        for first, last in zip([0, *cuts.tolist()], [*cuts.tolist(), len(xy)], strict=True):
            step = int(steps[first])
            lines.append(_Line(xy[max(0, first - 1) : last], colours[int(shown.weights[step].argmax())], step))
    matrix = base - scale * bottom + MARGIN
    cell = (WIDTH - 2 * MARGIN - ROW) / max(1, n_step)
    cells = [
        _Cell((MARGIN + ROW + cell * t, matrix + ROW * u, cell, ROW), colours[u], float(shown.weights[t, u]), int(t))
        for t, u in np.argwhere(shown.weights > FAINT)
    ]
    labels = [_Label((MARGIN, matrix + ROW * (u + 0.75)), c, colours[u], ROW * 0.75) for u, c in enumerate(shown.text)]
    labels.append(_Label((MARGIN, MARGIN + 4), shown.title, "#666666", 14.0))
    return _Scene(matrix + ROW * len(shown.text) + MARGIN, lines, cells, labels, n_step)


def alignment_svg(shown: Alignment) -> str:
    """The picture as SVG."""
    scene = _scene(shown)
    body = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {scene.height:.1f}" width="{WIDTH:g}" '
        f'height="{scene.height:.1f}">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        '<g fill="none" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round">',
    ]
    for line in scene.lines:
        way = " ".join(f"{x:.2f},{y:.2f}" for x, y in (line.points if len(line.points) > 1 else line.points * 2))
        body.append(f'<polyline class="ink" data-step="{line.step}" stroke="{line.colour}" points="{way}"/>')
    body.append("</g><g>")
    for cell in scene.cells:
        x, y, w, h = cell.box
        body.append(
            f'<rect data-step="{cell.step}" x="{x:.2f}" y="{y:.2f}" width="{w:.2f}" height="{h:.2f}" '
            f'fill="{cell.colour}" fill-opacity="{min(1.0, cell.weight):.2f}"/>'
        )
    body.append('</g><g font-family="Georgia, serif">')
    for label in scene.labels:
        x, y = label.at
        body.append(f'<text x="{x:.1f}" y="{y:.1f}" fill="{label.colour}" font-size="{label.size:g}">{escape(label.text)}</text>')
    return "\n".join([*body, "</g>", "</svg>", ""])


def alignment_png(shown: Alignment, times: int = 2) -> bytes:
    """The picture as a PNG file, drawn at `times` the size."""
    scene = _scene(shown)
    image = Image.new("RGB", (round(WIDTH * times), round(scene.height * times)), "#ffffff")
    draw = ImageDraw.Draw(image)
    for cell in scene.cells:
        x, y, w, h = (part * times for part in cell.box)
        draw.rectangle((x, y, x + w, y + h), fill=_paler(cell.colour, min(1.0, cell.weight)))
    for line in scene.lines:
        xy = [(x * times, y * times) for x, y in line.points]
        if len(xy) > 1:
            draw.line(xy, fill=line.colour, width=round(2.4 * times), joint="curve")
        else:
            r = 1.6 * times
            draw.ellipse((xy[0][0] - r, xy[0][1] - r, xy[0][0] + r, xy[0][1] + r), fill=line.colour)
    for label in scene.labels:
        at = label.at[0] * times, label.at[1] * times
        draw.text(at, label.text, fill=label.colour, font=ImageFont.load_default(label.size * times), anchor="ls")
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _paler(colour: str, share: float) -> tuple[int, int, int]:
    red, green, blue = (round(255 + share * (int(colour[k : k + 2], 16) - 255)) for k in (1, 3, 5))
    return red, green, blue


def alignment_html(shown: Alignment) -> str:
    """A page that stands alone and plays the writing."""
    n = len(shown.weights)
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{escape(shown.text)}</title>
<style>body {{ font: 14px system-ui, sans-serif; margin: 1em auto; max-width: {WIDTH:g}px }} input {{ width: 80% }}
.later {{ visibility: hidden }}</style>
<p><button id="play">Play</button>
<input id="step" type="range" min="0" max="{n}" value="{n}" aria-label="step"> <output id="at">{n}</output> / {n}</p>
{alignment_svg(shown)}
<script>
const parts = [...document.querySelectorAll("[data-step]")], slider = document.getElementById("step");
const show = () => {{
  const step = Number(slider.value);
  document.getElementById("at").textContent = step;
  for (const part of parts) part.classList.toggle("later", Number(part.dataset.step) >= step);
}};
let timer = 0;
const stop = () => {{ clearInterval(timer); timer = 0; document.getElementById("play").textContent = "Play"; }};
slider.oninput = () => {{ stop(); show(); }};
document.getElementById("play").onclick = () => {{
  if (timer) return stop();
  if (Number(slider.value) >= {n}) slider.value = 0;
  document.getElementById("play").textContent = "Pause";
  timer = setInterval(() => {{
    slider.value = Number(slider.value) + 1; show();
    if (Number(slider.value) >= {n}) stop();
  }}, {max(15, min(120, 6000 // max(1, n)))});
}};
</script></html>
"""
