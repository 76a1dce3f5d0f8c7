"""A page of our own writing, photographed badly, traced back to strokes."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

skimage = pytest.importorskip("skimage", reason="the extra 'photo' is not installed")

from plotwriter.errors import FileError  # noqa: E402
from plotwriter.hands.matching import match  # noqa: E402
from plotwriter.hands.photo import read_photo, understand  # noqa: E402
from plotwriter.hands.photo_trace import trace  # noqa: E402
from plotwriter.ink import Page  # noqa: E402
from plotwriter.letter import Sheet, compose  # noqa: E402
from plotwriter.styles import find_style  # noqa: E402

LINES = ("garden Monday river", "quickly over the stone", "apple winter house")
PX = 8.0  # px a mm of the page before it is photographed
PAGE = Page(120.0, 70.0)


@pytest.fixture(scope="module")
def strokes():
    """Strokes of a small page, mm."""
    sheet = Sheet(PAGE, margins=(12.0,) * 4, x_height=3.0)
    return [
        stroke.points for stroke in compose("\n".join(LINES), find_style("hazel"), sheet, seed=4, device="cpu").document.pages[0].strokes
    ]


def rendered(strokes, *, pen=0.5, size=PAGE):
    """A clean picture of strokes, brightness 0 to 1; drawn at thrice the size."""
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


def photographed(clean, seed=0, tilt=0.08):
    """Perspective, a dark table, shadow from one side and of a hand, paper fibres, noise; and where a point of the page went."""
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

    def place(points):
        row = there(np.stack([points.real, points.imag], 1) * PX)
        return row[:, 0] + 1j * row[:, 1]

    return photo, place


def saved(folder, photo, name="photo.jpg"):
    path = folder / name
    Image.fromarray((255 * photo).astype(np.uint8)).save(path, quality=88)
    return path


def dense(points, step=1.0):
    along = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(points)))])
    at = np.linspace(0, along[-1], int(along[-1] / step) + 1)
    return np.interp(at, along, points.real) + 1j * np.interp(at, along, points.imag)


def distances(a, b):
    """From every point of one set of strokes to the nearest of another, px."""
    from scipy.spatial import cKDTree

    one, other = (np.concatenate([dense(points) for points in some]) for some in (a, b))
    return cKDTree(np.column_stack([other.real, other.imag])).query(np.column_stack([one.real, one.imag]))[0]


@pytest.mark.parametrize("seed", [0, 1])
def test_a_bad_photo_gives_the_strokes_back(strokes, tmp_path, seed):
    photo, place = photographed(rendered(strokes), seed)
    found = understand(saved(tmp_path, photo), len(LINES))
    truth = [place(points) for points in strokes]
    traced = [found.to_photo(points) for points in found.strokes]
    missed, invented = distances(truth, traced), distances(traced, truth)
    pen = 0.5 * PX  # px, the width of the line
    assert np.mean(missed < pen) > 0.97 and np.mean(invented < pen) > 0.99
    assert max(np.percentile(missed, 99), np.percentile(invented, 99)) < 1.5 * pen
    assert max(missed.max(), invented.max()) < 2.5 * pen  # Hausdorff, px
    assert len(found.strokes) < 2.5 * len(strokes)


def test_what_was_traced_reads_as_its_text(strokes, tmp_path):
    path = saved(tmp_path, photographed(rendered(strokes), 0)[0])
    (tmp_path / "photo.txt").write_text("\n".join(LINES))
    found = match(read_photo(path, None))
    wanted = " ".join(LINES).split()
    assert len(found.used.texts) >= 0.7 * len(wanted) and set(found.used.texts) <= set(wanted)


def test_the_picture_of_what_was_understood(strokes, tmp_path):
    found = understand(saved(tmp_path, photographed(rendered(strokes), 0)[0]), len(LINES))
    with Image.open(io.BytesIO(found.picture())) as picture:
        assert picture.size == found.page.shape[::-1]


def test_a_scan_without_a_table_is_the_page(strokes, tmp_path):
    found = understand(saved(tmp_path, rendered(strokes), "scan.png"), len(LINES))
    assert np.allclose(found.homography, np.eye(3))
    traced = [found.to_photo(points) for points in found.strokes]
    assert np.mean(distances([points * PX for points in strokes], traced) < 0.5 * PX) > 0.97


def test_a_crossing_is_two_strokes_and_a_ring_is_one():
    mask = np.zeros((120, 200), bool)
    at = np.arange(10, 100)
    for k in range(-1, 2):
        mask[at, at + k] = True
        mask[at, 109 - at + k] = True
    y, x = np.mgrid[:120, :200]
    mask |= np.abs(np.hypot(x - 155, y - 60) - 30) < 1.6
    mask[5:8, 150:153] = True
    found = trace(mask, 3.0)
    assert len(found) == 4 and sum(len(points) == 1 for points in found) == 1
    lengths = sorted(np.abs(np.diff(points)).sum() for points in found)
    assert lengths[1:] == pytest.approx([127, 127, 188], rel=0.06)


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n" + b"\x00" * 90, b"<svg/>"])
def test_no_picture(content, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with pytest.raises(FileError, match="not a picture"):
        understand(path)


def test_bombs_and_blank_paper(tmp_path):
    Image.new("1", (20_000, 20_000)).save(tmp_path / "bomb.png")
    with pytest.raises(FileError, match=r"million|picture"):
        understand(tmp_path / "bomb.png")
    blank = 0.9 + 0.01 * np.random.default_rng(0).normal(size=(400, 400))
    with pytest.raises(FileError, match="no handwriting"):
        understand(saved(tmp_path, np.clip(blank, 0, 1), "blank.png"))
    with pytest.raises(FileError, match="--text"):
        read_photo(tmp_path / "blank.png", None)
