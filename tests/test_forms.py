"""Boxes of a form: checked, then filled, each text inside its own."""

import numpy as np
import pytest

from plotwriter import registry
from plotwriter.errors import ConfigError, FileError, LayoutError
from plotwriter.forms import fill, read_data, read_form
from plotwriter.layout import paper
from plotwriter.letter import Hand, Sheet
from plotwriter.styles import find_style
from tests.cli.runner import plotwriter

FORM = """
paper = "a6"
[[box]]
name = "name"
left = "20mm"
top = "20mm"
width = "70mm"
height = "12mm"
baseline = "8mm"
[[box]]
name = "why"
left = "20mm"
top = "40mm"
width = "75mm"
height = "50mm"
size = "2mm"
pen = 2
[[box]]
name = "note"
left = "20mm"
top = "100mm"
width = "60mm"
height = "12mm"
optional = true
"""


@pytest.fixture(scope="module")
def hand():
    style = find_style("linden")
    return Hand(registry.load("sampler", style.sampler)(style, device="cpu", n_draws=1), style, Sheet(paper("a6")))


def form(tmp_path, content=FORM):
    path = tmp_path / "form.toml"
    path.write_text(content, encoding="utf-8")
    return read_form(path)


def test_every_text_is_in_its_box(tmp_path, hand):
    boxes = form(tmp_path)
    document = fill(boxes, {"name": "Ada", "why": "to see how it is done, and by whom, and when"}, hand, seed=1)
    (page,) = document.pages
    assert {stroke.pen for stroke in page.strokes} == {1, 2} and "\n\n" in document.text
    for box, pen in zip(boxes.box[:2], (1, 2), strict=True):
        z = np.concatenate([stroke.points for stroke in page.strokes if stroke.pen == pen])
        assert box.left - 1 <= z.real.min() and z.real.max() <= box.left + box.width + 1
        assert box.top - 1 <= z.imag.min() and z.imag.max() <= box.top + box.height + 1
    written = {i for stroke in page.strokes for i in range(*stroke.span)}
    assert written == {i for i, char in enumerate(document.text) if not char.isspace()}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('top = "40mm"', 'top = "25mm"'), "boxes 'name' and 'why' overlap by 70.0 x 7.0 mm"),
        (('name = "why"', 'name = "name"'), "two boxes are called 'name'"),
        (('width = "75mm"', 'width = "95mm"'), "'why' leaves the 105 x 148 mm sheet by 10.0 mm"),
        (('baseline = "8mm"', 'base = "8mm"'), "unknown key 'base'"),
        (('width = "70mm"', 'width = "0mm"'), "no width"),
        (('paper = "a6"', 'paper = "a66"'), "no paper is called"),
    ],
)
def test_a_form_that_cannot_be_filled_is_refused(tmp_path, change, message):
    with pytest.raises(ConfigError, match=message):
        form(tmp_path, FORM.replace(*change))


def test_data_and_boxes_must_meet_and_texts_must_fit(tmp_path, hand):
    boxes = form(tmp_path)
    for data, message in (({"nam": "Ada"}, "no box 'nam'; did you mean \"name\""), ({"name": "Ada"}, "box 'why' has no text")):
        with pytest.raises(ConfigError, match=message):
            fill(boxes, data, hand, seed=1)
    with pytest.raises(LayoutError, match=r"box 'name': --fit: \d+ rows"):
        fill(boxes, {"name": "Ada King of Lovelace and many more names", "why": "so"}, hand, seed=1)
    (tmp_path / "bad.json").write_text('{"name": ["Ada"]}', encoding="utf-8")
    with pytest.raises(FileError, match="names and texts"):
        read_data(tmp_path / "bad.json")


def test_the_command_fills_a_form(tmp_path):
    form(tmp_path)
    (tmp_path / "ada.toml").write_text('name = "Ada"\nwhy = "to see"\n', encoding="utf-8")
    result = plotwriter("fill", tmp_path / "form.toml", tmp_path / "ada.toml", "--draws", "1", "-o", tmp_path / "a.json", "--json")
    assert result.code == 0, result.err
    assert '"filled": 2' in result.out and (tmp_path / "a.json").exists()
