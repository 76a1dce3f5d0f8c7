"""A photo or scan of handwriting to strokes.

    photo -> page found and straightened -> light evened out -> ink or paper -> `trace`: thinned, followed, straight on at crossings
          -> `in_pen_order`: the order of the pen, which no photo shows: the likeliest that writes the text

Needs the extra `photo` (scikit-image). Frame: px of the straightened page, y down; `Photo.to_photo` leads back to the picture's own.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageOps

from plotwriter.errors import ConfigError, FileError
from plotwriter.hands.pages import split_lines
from plotwriter.hands.pen_routes import Edges, Routes
from plotwriter.inkfiles import InkSample
from plotwriter.inkfiles.sample import MAX_TEXT

if TYPE_CHECKING:
    from plotwriter.nets.hands import HandModel

__all__ = ["Photo", "read_photo", "understand"]

Complex = npt.NDArray[np.complex128]
Floats = npt.NDArray[np.float64]

MAX_FILE = 64 * 2**20  # bytes
MAX_PIXELS = 80_000_000  # a phone takes 12 to 50 million; more is a bomb
LONGEST = 2400  # px that are worked on; a pen line of an A5 page is then some 4 px wide
LEAST_PAGE, MOST_PAGE = 0.2, 0.97  # share of the picture that is taken for a page to be straightened
RIM = 0.012  # of the page's length, along the edges of a page that was found: no writing is there
MIN_CONTRAST = 0.08  # of ink against paper, as a share of the paper's brightness


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """What was understood of a photo."""

    page: Floats  #: (h, w) brightness over that of the paper around; straightened
    ink: npt.NDArray[np.bool_]  #: (h, w)
    edges: Edges  #: lines between ends, corners and crossings; px of the page, y down
    lines: list[Routes]  #: strokes over them, line by line as guessed; one line of all where the ink falls into no such lines
    homography: Floats  #: (3, 3) from the page's px to the photo's
    width: float  #: of the pen line, px

    @property
    def strokes(self) -> list[Complex]:
        """In the order guessed, line by line; px of the page, y down."""
        return [self.edges.drawn(route) for line in self.lines for route in line]

    def to_photo(self, points: Complex) -> Complex:
        """Points of the page in the photo's own px."""
        rows = self.homography @ np.stack([points.real, points.imag, np.ones(len(points))])
        return np.asarray(rows[0] / rows[2] + 1j * rows[1] / rows[2])

    def picture(self) -> bytes:
        """The page as it was understood, PNG: strokes in colours over the faded picture, a ring where each begins."""
        shade = np.clip(130 + 125 * self.page, 0, 255).astype(np.uint8)
        image = Image.fromarray(shade).convert("RGB")
        pen = ImageDraw.Draw(image)
        for k, points in enumerate(self.strokes):
            colour = COLOURS[k % len(COLOURS)]
            xy = [(z.real, z.imag) for z in points.tolist()]
            if len(xy) > 1:
                pen.line(xy, fill=colour, width=2)
            x, y = xy[0]
            pen.ellipse((x - 4, y - 4, x + 4, y + 4), outline=colour, width=2)
        held = io.BytesIO()
        image.save(held, "PNG")
        return held.getvalue()


COLOURS = ((176, 0, 32), (0, 92, 175), (20, 120, 60), (150, 80, 0), (110, 40, 150))


def read_photo(
    path: Path, text: str | None, nets: HandModel | None = None, on_round: Callable[[float], None] | None = None
) -> list[InkSample]:
    """Ink of a photo in the order of the pen, a sample for every line of writing.

    Args:
        path: of the photo
        text: what it says, a line for every line of writing; None: the file of the same name beside it, .txt
        nets: that find the order of the pen, in eval mode; None: those that ship
        on_round: told the share of words whose order is found

    Raises:
        FileError: not a picture, no ink in it, or no text
        ConfigError: the extra is not installed
    """
    if text is None:
        beside = path.with_suffix(".txt")
        if not beside.is_file():
            raise FileError(f"{path}: a photo does not say what is written; give the lines with --text, or as {beside.name} beside it")
        from plotwriter.config import read_text

        text = read_text(beside)
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines or len(text) > MAX_TEXT:
        raise FileError(f"{path}: its text has {len(text)} characters and {len(lines)} lines; 1 to {MAX_TEXT} characters are allowed")
    photo = understand(path, len(lines))
    if len(photo.lines) != len(lines):
        return [InkSample("\n".join(lines), tuple(photo.strokes), "", path.name)]
    from plotwriter.hands.pen_order import in_pen_order
    from plotwriter.nets.checkpoint import load_hands
    from plotwriter.styles import find_style
    from plotwriter.styles.store import DEFAULT_STYLE

    rows = in_pen_order(photo.edges, photo.lines, lines, nets or load_hands(find_style(DEFAULT_STYLE).weights).eval(), on_round)
    if rows is None:
        return [InkSample("\n".join(lines), tuple(photo.strokes), "", path.name)]
    samples = []
    for i, row in enumerate(rows, 1):
        strokes = tuple(photo.edges.drawn(route) for word in row for route in word.routes)
        place = path.name if len(rows) == 1 else f"{path.name}, line {i}"
        samples.append(InkSample(" ".join(word.text for word in row), strokes, "", place, words=tuple(len(word.routes) for word in row)))
    return samples


def understand(path: Path, n_lines: int = 1) -> Photo:
    """Strokes of a photo.

    Args:
        path: of a PNG, JPEG, WebP, TIFF or BMP
        n_lines: lines of writing on it

    Raises:
        FileError: not a picture, too large, or without ink
        ConfigError: the extra is not installed
    """
    try:
        from skimage import filters
        from skimage.morphology import remove_small_holes, remove_small_objects
        from skimage.segmentation import clear_border
    except ImportError:
        raise ConfigError("photos need the extra 'photo': pip install 'plotwriter[photo]'") from None
    from scipy import ndimage

    from plotwriter.hands.photo_page import straightened
    from plotwriter.hands.photo_trace import trace

    gray, scale = _brightness(path)
    page, homography = straightened(gray, LEAST_PAGE, MOST_PAGE)
    reach = max(9, round(max(page.shape) / 60)) | 1  # px, wider than any pen line
    paper = ndimage.gaussian_filter(ndimage.grey_closing(ndimage.gaussian_filter(page, 1.0), size=(reach, reach)), reach / 2)
    even = np.clip(page / np.maximum(paper, 0.02), 0, 1.2)
    dark = 1 - ndimage.gaussian_filter(even, 0.8)
    found = not np.array_equal(homography, np.eye(3))
    edge = max(reach // 2, round(RIM * max(page.shape))) if found else reach // 2
    dark[:edge], dark[-edge:], dark[:, :edge], dark[:, -edge:] = 0, 0, 0, 0  # the rim of the page is no writing
    noise = float(np.median(np.abs(dark - np.median(dark)))) * 1.5
    strong = dark[dark > max(MIN_CONTRAST, 5 * noise)]
    if len(strong) < 40:
        raise FileError(f"{path}: no handwriting can be seen in it; take the photo nearer, in more light")
    high = max(MIN_CONTRAST, 5 * noise, 0.6 * float(filters.threshold_otsu(strong)))
    ink = filters.apply_hysteresis_threshold(dark, 0.6 * high, high)
    width = _line_width(ink)
    ink = remove_small_objects(ink, max_size=max(3, int(0.4 * width**2)))
    ink = remove_small_holes(ink, max_size=max(2, int(0.25 * width**2)))
    if found:
        ink = clear_border(ink, buffer_size=edge + 2)  # the table beside a page whose edge is not straight
    if ink.mean() > 0.4 or not ink.any():
        raise FileError(f"{path}: {100 * ink.mean():.0f} % of it would be ink; it is no page of handwriting")
    edges, routes = trace(ink, width)
    full = np.diag([1 / scale, 1 / scale, 1.0]) @ homography
    return Photo(even, ink, edges, _in_order(edges, routes, n_lines, width), full, width)


def _brightness(path: Path) -> tuple[Floats, float]:
    """A picture's brightness 0 to 1, upright, at most `LONGEST` px; and its scale."""
    try:
        if path.stat().st_size > MAX_FILE:
            raise FileError(f"{path}: more than {MAX_FILE // 2**20} MiB")
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=("PNG", "JPEG", "WEBP", "TIFF", "BMP")) as file:
                if file.width * file.height > MAX_PIXELS:
                    raise FileError(f"{path}: {file.width} x {file.height} px; at most {MAX_PIXELS // 10**6} million are read")
                image = ImageOps.exif_transpose(file).convert("L")
                scale = min(1.0, LONGEST / max(image.size))
                if scale < 1:
                    image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BOX)
                gray = np.asarray(image, np.float64) / 255
    except FileNotFoundError:
        raise FileError(f"{path}: no such file") from None
    except FileError:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning, EOFError) as error:
        raise FileError(f"{path}: not a picture that can be read ({' '.join(str(error).split())[:100]})") from None
    if min(gray.shape) < 40:
        raise FileError(f"{path}: {gray.shape[1]} x {gray.shape[0]} px are too few to see handwriting")
    return gray, scale


def _line_width(ink: npt.NDArray[np.bool_]) -> float:
    """Median width of the pen line, px."""
    from scipy import ndimage
    from skimage.morphology import skeletonize

    middle = skeletonize(ink)
    away: Any = ndimage.distance_transform_edt(ink)
    return max(1.5, 2 * float(np.median(away[middle])) - 0.5) if middle.any() else 2.0


def _in_order(edges: Edges, routes: Routes, n_lines: int, width: float) -> list[Routes]:
    """Line by line, left to right; small marks after the letters they stand over."""
    routes = tuple(sorted(routes, key=lambda route: float(edges.drawn(route).imag.mean())))
    drawn = [edges.drawn(route) for route in routes]
    rows = split_lines([np.conj(points) for points in drawn], n_lines) or [list(range(len(routes)))]
    for row in rows:
        row.sort(key=lambda k: float(drawn[k].real.min()) + 2 * width * (len(drawn[k]) < 2))
    return [tuple(routes[k] for k in row) for row in rows]
