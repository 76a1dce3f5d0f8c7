"""A page of handwriting photographed badly, and the strokes that are found in it again.

    python -m benchmarks.photos [STYLE ...]

Every style writes a page that is photographed twice: perspective, a dark table, the light from one side, the edge of a shadow,
paper fibres, noise, JPEG. found: share of the ink's length with a traced stroke within the pen's width; real: share of the traced
length with ink there; Hausdorff: the largest distance both ways. As first guessed, and in the order of the pen that the nets find:
right way: share of the traced length that goes as the pen went; in order: share of pairs of places, at most 10 mm of ink apart,
in the order in which they were written. The nets know these hands. Needs the extra `photo`.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from plotwriter.hands.matching import Match
from plotwriter.hands.pen_order import in_pen_order
from plotwriter.hands.photo import read_photo, understand
from plotwriter.ink import Page
from plotwriter.inkfiles import InkSample
from plotwriter.letter import Sheet, compose
from plotwriter.nets.checkpoint import load_hands
from plotwriter.nets.hands import HandModel
from plotwriter.styles import find_style, installed_styles
from plotwriter.styles.store import DEFAULT_STYLE

Complex = npt.NDArray[np.complex128]
Floats = npt.NDArray[np.float64]

PX = 8.0  # px a mm of the page before it is photographed
PEN = 0.5  # mm
TEXT = """The garden was quiet on Monday
when seventeen crows, just back
from the river, quickly found
a box of old apples by the house."""
X_HEIGHT, PITCH, MARGIN = 3.0, 13.0, 14.0  # mm, of a page laid out from words
PER_ROW = 5  # words
NEAR = 10.0  # mm of ink within which the order is compared


def rendered(strokes: Sequence[Complex], size: Page, *, pen: float = PEN) -> Floats:
    """A clean picture of strokes in mm, brightness 0 to 1; drawn at thrice the size."""
    image = Image.new("L", (round(3 * PX * size.width), round(3 * PX * size.height)), 255)
    draw = ImageDraw.Draw(image)
    radius = 1.5 * PX * pen
    for points in strokes:
        xy = [(3 * PX * z.real, 3 * PX * z.imag) for z in points.tolist()]
        if len(xy) > 1:
            draw.line(xy, fill=40, width=round(2 * radius), joint="curve")
        for x, y in (xy[0], xy[-1]):
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=40)
    return np.asarray(image.resize((round(PX * size.width), round(PX * size.height)), Image.Resampling.BOX), np.float64) / 255


def photographed(clean: Floats, seed: int = 0, tilt: float = 0.08) -> tuple[Floats, Callable[[Complex], Complex]]:
    """A photo of a clean picture, and where a point of the page (mm) went (px)."""
    import skimage

    rng = np.random.default_rng(seed)
    h, w = clean.shape
    fibres = skimage.filters.gaussian(rng.normal(size=clean.shape), 1.2) + 0.5 * skimage.filters.gaussian(rng.normal(size=clean.shape), 6)
    paper = clean * (0.93 + 0.05 * fibres / fibres.std() * 0.4)
    margin = 0.12 * np.array([w, h])
    square = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float64)
    moved = square * 0.96 + margin + rng.uniform(-tilt, tilt, (4, 2)) * np.array([w, h])
    there = skimage.transform.ProjectiveTransform.from_estimate(square, moved)
    shape = (round(h + 2 * margin[1]), round(w + 2 * margin[0]))
    photo = skimage.transform.warp(paper, there.inverse, output_shape=shape, order=1, cval=-1.0)
    table = 0.18 + 0.03 * rng.normal(size=shape)
    photo = np.where(photo < 0, table, photo)
    y, x = np.mgrid[: shape[0], : shape[1]] / np.array(shape)[:, None, None]
    light = 1.0 - 0.45 * x - 0.1 * y
    light = light * (1 - 0.35 / (1 + np.exp(-((x - 0.25) + (y - 0.75)) * 40)))  # the edge of a shadow runs across the page
    photo = np.clip(photo * light + 0.012 * rng.normal(size=shape), 0, 1)

    def place(points: Complex) -> Complex:
        row = there(np.stack([points.real, points.imag], 1) * PX)
        return np.asarray(row[:, 0] + 1j * row[:, 1])

    return photo, place


def saved(folder: Path, photo: Floats, name: str = "photo.jpg") -> Path:
    """A photo as a file."""
    path = folder / name
    Image.fromarray((255 * photo).astype(np.uint8)).save(path, quality=88)
    return path


def distances(a: Sequence[Complex], b: Sequence[Complex], step: float = 1.0) -> Floats:
    """From points of one set of strokes, `step` apart, to the nearest of another."""
    from scipy.spatial import cKDTree

    one, other = (np.concatenate([dense(points, step) for points in some]) for some in (a, b))
    nearest, _ = cKDTree(np.column_stack([other.real, other.imag])).query(np.column_stack([one.real, one.imag]))
    return np.asarray(nearest)


def dense(points: Complex, step: float) -> Complex:
    """Points along a stroke, `step` apart."""
    along = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(points)))])
    at = np.linspace(0, along[-1], int(along[-1] / step) + 1)
    return np.asarray(np.interp(at, along, points.real) + 1j * np.interp(at, along, points.imag))


def penmanship(truth: Sequence[Complex], traced: Sequence[Complex], pen: float) -> tuple[float, float]:
    """How much of the traced length goes the way the pen went, and how many pairs of near places are in the pen's order.

    Args:
        truth, traced: strokes in writing order, one unit
        pen: width of its line

    Returns:
        shares; a line that the pen went both ways counts as right either way
    """
    from scipy.spatial import cKDTree

    def steps(strokes: Sequence[Complex]) -> tuple[Complex, Complex]:
        parts = [dense(points, pen / 2) for points in strokes]
        parts = [points for points in parts if len(points) > 1]
        return np.concatenate([(points[1:] + points[:-1]) / 2 for points in parts]), np.concatenate([np.diff(points) for points in parts])

    (there, ways), (here, own) = steps(truth), steps(traced)
    tree = cKDTree(np.column_stack([there.real, there.imag]))
    right, when = np.zeros(len(here), bool), np.zeros(len(here))
    for i, near in enumerate(tree.query_ball_point(np.column_stack([here.real, here.imag]), pen)):
        if not near:
            near = [int(tree.query([here[i].real, here[i].imag])[1])]
        along = np.cos(np.angle(ways[near] / own[i]))
        right[i] = along.max() > 0.5
        alike = np.abs(along) > 0.5 if (np.abs(along) > 0.5).any() else np.ones(len(near), bool)
        chosen = np.array(near)[alike]
        when[i] = chosen[np.abs(there[chosen] - here[i]).argmin()]
    reach = round(NEAR / (PEN / 2))  # steps
    pairs = [when[k:] >= when[:-k] for k in range(1, reach + 1)]
    return float(right.mean()), float(np.concatenate(pairs).mean())


def page_of(found: Match) -> tuple[list[Complex], str, Page]:
    """Words of a person's set on a page, with their lean: strokes in mm, y down; what the rows say; the page."""
    words = [word for word in found.words if not word.reason]
    strokes, rows, widest = list[Complex](), list[str](), 0.0
    for row in range(0, len(words), PER_ROW):
        left = 0.0
        part = words[row : row + PER_ROW]
        rows.append(" ".join(word.text for word in part))
        for word in part:
            leaning = [X_HEIGHT * (points + found.facts.slant * points.imag) for points in word.strokes]
            first, last = (f(float(f(points.real)) for points in leaning) for f in (min, max))
            down = MARGIN + PITCH * (0.5 + row / PER_ROW)
            strokes += [np.conj(points - first) + MARGIN + left + 1j * down for points in leaning]
            left += last - first + 2 * X_HEIGHT
        widest = max(widest, left)
    return strokes, "\n".join(rows), Page(widest + 2 * MARGIN, PITCH * (len(rows) + 0.5) + 2 * MARGIN)


def photo_samples(found: Match, folder: Path, nets: HandModel, seed: int = 0) -> list[InkSample]:
    """The words of a person's set as a photo of their page shows them: written down, photographed, traced, put in order by nets."""
    strokes, text, page = page_of(found)
    return read_photo(saved(folder, photographed(rendered(strokes, page), seed)[0]), text, nets)


def main() -> None:
    """Some lines for every photo."""
    page, nets = Page(150.0, 90.0), load_hands(find_style(DEFAULT_STYLE).weights).eval()
    for name in sys.argv[1:] or sorted(installed_styles()[0]):
        sheet = Sheet(page, margins=(12.0,) * 4, x_height=X_HEIGHT)
        written = compose(TEXT, find_style(name), sheet, seed=4, device="cpu").document.pages[0].strokes
        strokes = [stroke.points for stroke in written]
        for seed in (0, 1):
            photo, place = photographed(rendered(strokes, page), seed)
            with tempfile.TemporaryDirectory() as folder:
                found = understand(saved(Path(folder), photo), TEXT.count("\n") + 1)
            began = time.process_time()
            rows = in_pen_order(found.edges, found.lines, TEXT.splitlines(), nets) or []
            seconds = time.process_time() - began
            ordered = [found.to_photo(found.edges.drawn(route)) for row in rows for word in row for route in word.routes]
            truth, traced = [place(points) for points in strokes], [found.to_photo(points) for points in found.strokes]
            missed, invented = distances(truth, traced), distances(traced, truth)
            print(
                f"{name:10} {seed}: found {np.mean(missed < PX * PEN):.3f}  real {np.mean(invented < PX * PEN):.3f}  "
                f"Hausdorff {max(missed.max(), invented.max()):4.1f} px of {PX:g} a mm",
            )
            for label, some in (("guessed", traced), ("found", ordered)):
                right, order = penmanship(truth, some, PX * PEN)
                print(f"  {label:8} right way {right:.3f}  in order {order:.3f}  strokes {len(some)} of {len(strokes)}")
            print(f"  {seconds:.0f} CPU-s", flush=True)


if __name__ == "__main__":
    main()
