"""A page of our own writing, photographed badly, traced back to strokes."""

import io
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

skimage = pytest.importorskip("skimage", reason="the extra 'photo' is not installed")

from benchmarks.photos import PEN, PX, distances, page_of, penmanship, photographed, rendered, saved  # noqa: E402
from plotwriter.errors import FileError  # noqa: E402
from plotwriter.hands.matching import match  # noqa: E402
from plotwriter.hands.pen_routes import Edges, backwards  # noqa: E402
from plotwriter.hands.photo import read_photo, understand  # noqa: E402
from plotwriter.hands.photo_trace import _retraced, trace  # noqa: E402
from plotwriter.ink import Page  # noqa: E402
from plotwriter.letter import Sheet, compose  # noqa: E402
from plotwriter.styles import find_style  # noqa: E402

LINES = ("garden Monday river", "quickly over the stone", "apple winter house")
SOME = ("over the river", "and far away")  # read with the nets
PAGE = Page(120.0, 70.0)


@pytest.fixture(scope="module")
def strokes():
    """Strokes of a small page, mm."""
    sheet = Sheet(PAGE, margins=(12.0,) * 4, x_height=3.0)
    return [
        stroke.points for stroke in compose("\n".join(LINES), find_style("hazel"), sheet, seed=4, device="cpu").document.pages[0].strokes
    ]


@pytest.mark.parametrize("seed", [0, 1])
def test_a_bad_photo_gives_the_strokes_back(strokes, tmp_path, seed):
    photo, place = photographed(rendered(strokes, PAGE), seed)
    found = understand(saved(tmp_path, photo), len(LINES))
    truth = [place(points) for points in strokes]
    traced = [found.to_photo(points) for points in found.strokes]
    missed, invented = distances(truth, traced), distances(traced, truth)
    pen = PEN * PX  # px, the width of the line
    assert np.mean(missed < pen) > 0.97 and np.mean(invented < pen) > 0.99
    assert max(np.percentile(missed, 99), np.percentile(invented, 99)) < 1.5 * pen
    assert max(missed.max(), invented.max()) < 2.5 * pen  # Hausdorff, px
    assert len(found.strokes) < 2.5 * len(strokes)


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """A page in print and what is read of a photo of it."""
    folder = tmp_path_factory.mktemp("photo")
    sheet = Sheet(PAGE, margins=(12.0,) * 4, x_height=3.0)
    written = compose("\n".join(SOME), find_style("larch"), sheet, seed=4, device="cpu").document.pages[0].strokes
    photo, place = photographed(rendered([stroke.points for stroke in written], PAGE), 0)
    (folder / "photo.txt").write_text("\n".join(SOME))
    return [place(stroke.points) for stroke in written], understand(saved(folder, photo), len(SOME)), read_photo(folder / "photo.jpg", None)


def test_what_was_traced_reads_as_its_text(read):
    found = match(read[2])
    assert [word.text for word in found.words] == " ".join(SOME).split() and len(found.used.texts) == len(found.words)


def test_what_was_traced_is_in_the_order_of_the_pen(read):
    truth, photo, samples = read
    right, order = penmanship(truth, [photo.to_photo(points) for sample in samples for points in sample.strokes], PEN * PX)
    guessed, by_place = penmanship(truth, [photo.to_photo(points) for points in photo.strokes], PEN * PX)
    assert right > 0.9 and order > 0.9
    assert 1 - right < 0.5 * (1 - guessed) and 1 - order < 0.7 * (1 - by_place)


def test_known_words_are_not_looked_for_again(read):
    for sample in read[2]:
        assert len(sample.words) == len(sample.text.split()) and sum(sample.words) == len(sample.strokes)


def test_the_picture_of_what_was_understood(strokes, tmp_path):
    found = understand(saved(tmp_path, photographed(rendered(strokes, PAGE), 0)[0]), len(LINES))
    with Image.open(io.BytesIO(found.picture())) as picture:
        assert picture.size == found.page.shape[::-1]


def test_a_scan_without_a_table_is_the_page(strokes, tmp_path):
    found = understand(saved(tmp_path, rendered(strokes, PAGE), "scan.png"), len(LINES))
    assert np.allclose(found.homography, np.eye(3))
    traced = [found.to_photo(points) for points in found.strokes]
    assert np.mean(distances([points * PX for points in strokes], traced) < PEN * PX) > 0.97


def test_a_crossing_is_two_strokes_and_a_ring_is_one():
    mask = np.zeros((120, 200), bool)
    at = np.arange(10, 100)
    for k in range(-1, 2):
        mask[at, at + k] = True
        mask[at, 109 - at + k] = True
    y, x = np.mgrid[:120, :200]
    mask |= np.abs(np.hypot(x - 155, y - 60) - 30) < 1.6
    mask[5:8, 150:153] = True
    edges, routes = trace(mask, 3.0)
    found = [edges.polyline(route) for route in routes]
    assert len(found) == 4 and sum(len(points) == 1 for points in found) == 1
    lengths = sorted(np.abs(np.diff(points)).sum() for points in found)
    assert lengths[1:] == pytest.approx([127, 127, 188], rel=0.06)


def test_branches_are_joined_as_if_every_pair_had_been_tried():
    """The shortest way back first, over and over, until none is left; on a comb whose teeth have teeth."""

    def tried(routes, most):
        best = None
        for j, branch in enumerate(routes):
            for turned in (branch, backwards(branch)):
                for i, trunk in enumerate(routes):
                    for way in (trunk, backwards(trunk)) if i != j else ():
                        for k in range(1, len(way)):
                            back = edges.length(way[k:])
                            if edges.start(way[k]) == edges.start(turned[0]) and back <= most and (best is None or back < best[0]):
                                best = back, i, j, way + backwards(way[k:]) + turned
        return routes if best is None else tried([route for k, route in enumerate(routes) if k not in best[1:3]] + [best[3]], most)

    rng = np.random.default_rng(3)
    node, edges, routes = {}, Edges([], []), []
    lines = [np.arange(0, 60) + 0j]
    for _ in range(14):
        trunk = lines[rng.integers(len(lines))]
        lines.append(trunk[rng.integers(len(trunk))] + np.arange(rng.integers(3, 9)) * (1j if rng.random() < 0.5 else -1 - 1j))
    for line in lines:
        steps = list(pairwise(line.tolist()))
        routes.append(tuple(2 * (len(edges.points) + k) for k in range(len(steps))))
        for step in steps:
            edges.points.append(np.array(step) * (1 + 1e-6 * len(edges.points)))  # no two ways back are of one length
            edges.ends.append(tuple(node.setdefault(point, len(node)) for point in step))
    wanted, found = tried(routes, 12.0), _retraced(edges, routes, 12.0)
    assert len(wanted) == len(found) < len(routes)
    assert {frozenset((route, backwards(route))) for route in wanted} == {frozenset((route, backwards(route))) for route in found}


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


def test_a_page_of_a_persons_words_reads_row_by_row(read):
    """What `benchmarks.unseen_hands` photographs: no two words overlap, and all are on the page."""
    found = match(read[2])
    written, text, page = page_of(found)
    every = np.concatenate(written)
    assert text.split() == [word.text for word in found.words if not word.reason]
    assert every.real.min() > 10 and every.real.max() < page.width - 10 and every.imag.min() > 5 and every.imag.max() < page.height - 5
