"""A document to files: one kind a suffix, all of them or none."""

import io
from pathlib import Path

import pytest
from PIL import Image

from plotwriter.devices import load_profile
from plotwriter.errors import ConfigError, FileError, LayoutError
from plotwriter.exchange import canonical, from_json, to_json
from plotwriter.ink import Page
from plotwriter.layout import read_svg
from plotwriter.output import SUFFIXES, check_suffix, check_target, render, save
from tests.factories import make_document

GRBL = load_profile("grbl_servo")


@pytest.fixture(scope="module")
def document():
    return canonical(make_document(n_pages=2, n_words=5, page=Page(297.0, 210.0)))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_same_document_same_bytes(document, suffix):
    one, two = (render(document, Path(f"a{suffix}"), recipe="r", profile=GRBL) for _ in range(2))
    assert one == two
    assert [path.name for path in one] == (["a" + suffix, "a-2" + suffix] if suffix in (".svg", ".png", ".hpgl") else ["a" + suffix])


def test_every_kind_is_what_its_name_says(document, tmp_path):
    files = save(document, [tmp_path / f"a{suffix.upper()}" for suffix in SUFFIXES], recipe="plotwriter test", profile=GRBL, dpi=100)
    assert sorted(files) == sorted(tmp_path.iterdir()) and len(files) == 9
    assert len(read_svg(tmp_path / "a-2.SVG")[0].strokes) == len(document.pages[1].strokes)
    assert "plotwriter test" in (tmp_path / "a.SVG").read_text()
    with Image.open(io.BytesIO((tmp_path / "a.PNG").read_bytes())) as picture:
        assert picture.size == (round(297 / 25.4 * 100), round(210 / 25.4 * 100))
        assert "plotwriter test" in picture.text["plotwriter"]
    assert to_json(from_json((tmp_path / "a.JSON").read_text(), "a")) == to_json(document)
    assert (tmp_path / "a.GCODE").read_bytes().isascii() and (tmp_path / "a-2.HPGL").read_bytes().startswith(b"IN;")


def test_none_before_all_are_made(document, tmp_path):
    """G-code is refused when the pictures are made already; not one of them is written."""
    names = [tmp_path / "a.svg", tmp_path / "a.json", tmp_path / "a.gcode"]
    with pytest.raises(ConfigError, match="--machine"):
        save(document, names, recipe="")
    with pytest.raises(ConfigError, match="not G-code"):
        save(document, names, recipe="", profile=load_profile("axidraw"))
    large = canonical(make_document(n_words=200, page=Page(600.0, 500.0)))
    with pytest.raises(LayoutError, match="grbl_servo"):
        save(large, names, recipe="", profile=GRBL)
    assert list(tmp_path.iterdir()) == []


def test_two_outputs_never_share_a_file(document, tmp_path):
    with pytest.raises(ConfigError, match=r"a-2\.svg.*twice"):
        save(document, [tmp_path / "a.svg", tmp_path / "a-2.svg"], recipe="")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a", "a.pdf", "svg", "a.svg.gz", ".json"])
def test_a_suffix_is_needed(name):
    with pytest.raises(ConfigError, match=r"known: .*\.svg"):
        check_suffix(Path(name))


def test_targets(tmp_path):
    check_target(tmp_path / "a.svg")
    (tmp_path / "there.svg").write_text("old")
    check_target(tmp_path / "there.svg")
    (tmp_path / "folder.svg").mkdir()
    with pytest.raises(FileError, match="is a folder"):
        check_target(tmp_path / "folder.svg")
    with pytest.raises(FileError, match="there is no folder"):
        check_target(tmp_path / "none" / "a.svg")
    with pytest.raises(FileError, match="there is no folder"):
        check_target(tmp_path / "there.svg" / "a.svg")


def test_a_large_sheet_is_a_coarser_picture():
    large = canonical(make_document(n_words=2, page=Page(4000.0, 3000.0)))
    (content,) = render(large, Path("a.png"), recipe="").values()
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.width / picture.height == pytest.approx(4 / 3, abs=0.001) and 1e7 < picture.width * picture.height <= 6e7
