import io
import json
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from plotwriter.errors import ConfigError
from plotwriter.exchange import canonical, from_json, to_json
from plotwriter.ink import Document, Ink, Page, Pen, Stroke
from plotwriter.layout import PageSetup, not_plotted, paper, read_svg, typeset
from plotwriter.preview import PALETTE, page_paths, to_png, to_svg
from plotwriter.preview.numbers import word_numbers
from plotwriter.strokes import dots
from plotwriter.text import paragraphs, prompts
from tests.factories import hausdorff, make_document, make_ink, n_dots

TEXT = "I did it. Is it mini?"


def written(text=TEXT):
    parts = paragraphs(text)
    words = [make_ink(prompt.text, 2, seed=i) for i, prompt in enumerate(prompts(parts))]
    pages = typeset(parts, words, text, setup=PageSetup(paper("a6"), (10.0,) * 4))
    return words, Document(pages, text, "plain", 3, "0.1.0")


def opened(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("L"))


def test_the_svg_reads_back_as_the_same_strokes(tmp_path):
    document = make_document(n_words=70, seed=2)  # two pens
    path = tmp_path / "page.svg"
    path.write_text(to_svg(document, travel=True), encoding="utf-8")
    (back,) = read_svg(path)
    page = dots(canonical(document).pages[0])
    assert back.page == page.page and back.text == document.text
    strokes = sorted(page.strokes, key=lambda stroke: stroke.pen)
    assert len(back.strokes) == len(strokes)
    for old, new in zip(strokes, back.strokes, strict=True):
        assert (old.span, old.pen) == (new.span, new.pen)
        assert hausdorff(old.points, new.points, 0.03) <= 0.03


def test_every_dot_is_there_from_the_words_to_the_wire(tmp_path):
    words, document = written()
    n = sum(map(n_dots, words))
    assert n == sum(TEXT.count(char) for char in "ij.?")
    path = tmp_path / "dots.svg"
    path.write_text(to_svg(document), encoding="utf-8")
    (page,) = document.pages
    assert n_dots(page) == n
    assert n_dots(read_svg(path)[0]) == n
    assert n_dots(from_json(to_json(document), "dots.json").pages[0]) == n
    picture, scale = opened(to_png(document, dpi=300)), 300 / 25.4
    for stroke in page.strokes:
        if stroke.length == 0:
            x, y = stroke.points[0].real * scale, stroke.points[0].imag * scale
            assert picture[round(y - 0.5), round(x - 0.5)] < 80


def test_svg_is_valid_deterministic_and_says_where_it_comes_from():
    text = 'a <b> & "c" é —\n]]>'
    document = replace(make_document(n_words=5), text=text)
    document = replace(document, pages=tuple(replace(p, text=text) for p in document.pages))
    svg = to_svg(document, command="plotwriter write --title '<x>' \udcff\x1b")
    assert svg == to_svg(document, command="plotwriter write --title '<x>' \udcff\x1b")
    root = ElementTree.fromstring(svg.encode())
    assert (root.get("width"), root.get("viewBox")) == ("210mm", "0 0 210 297")
    about = json.loads(root.find("{*}metadata").text)
    assert about["text"] == text and about["seed"] == 0 and about["style"] == "test" and "<x>" in about["command"]
    layers = [g.get("{http://www.inkscape.org/namespaces/inkscape}label") for g in root.iter("{http://www.w3.org/2000/svg}g")]
    assert layers == ["1"]
    assert "C" in svg and "nan" not in svg


def test_a_dot_is_a_line_and_a_line_is_a_line():
    strokes = (Stroke(np.array([5 + 5j]), (0, 1)), Stroke(np.array([1 + 1j, 4 + 1j]), (0, 1), 2))
    svg = to_svg(Document((Ink(strokes, ".", Page(20, 10)),), "."), pens={2: Pen("red", "#ABCDEF", 0.7)})
    assert 'd="M4.9,5L5.1,5"' in svg and 'd="M1,1L4,1"' in svg
    assert f'stroke="{PALETTE[0]}"' in svg and 'stroke="#abcdef"' in svg
    with pytest.raises(ConfigError, match="hexadecimal"):
        to_svg(Document((Ink(strokes, ".", Page(20, 10)),), "."), pens={1: Pen(colour='red" onload="')})


def test_png_shows_a_line_as_wide_as_the_pen():
    line = Ink((Stroke(np.array([5 + 5j, 15 + 5j]), (0, 1)),), "-", Page(20, 10))
    for dpi in (150, 600):
        picture = opened(to_png(Document((line,), "-"), dpi=dpi, pen_width=0.5))
        scale = dpi / 25.4
        assert picture.shape == (round(10 * scale), round(20 * scale))
        assert picture[0, 0] == 255
        dark = (255 - picture.astype(float)) / (255 - picture.min())
        assert dark[:, round(10 * scale)].sum() / scale == pytest.approx(0.5, rel=0.15)
        assert dark[round(5 * scale)].sum() / scale == pytest.approx(10.4, abs=0.3)  # two round ends


def test_png_is_deterministic_and_limited():
    _, document = written()
    assert to_png(document) == to_png(document)
    for dpi in (0, -1, float("nan"), 1e5):
        with pytest.raises(ConfigError, match="--dpi"):
            to_png(document, dpi=dpi)


def test_an_empty_page_is_white():
    document = Document((Ink((), "", Page(30, 20)),), "")
    assert opened(to_png(document)).min() == 255
    assert "<path" not in to_svg(document, travel=True)


def test_page_paths():
    assert [str(path) for path in page_paths("out/a.b.svg", 3)] == ["out/a.b.svg", "out/a.b-2.svg", "out/a.b-3.svg"]


def test_word_numbers_are_seen_and_never_plotted(tmp_path):
    _, document = written()
    n_words = len(TEXT.split())
    path = tmp_path / "page.svg"
    path.write_text(to_svg(document, numbers=True), encoding="utf-8")
    texts = list(ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text"))
    assert [int(element.text) for element in texts] == list(range(1, n_words + 1))
    plain = tmp_path / "plain.svg"
    plain.write_text(to_svg(document), encoding="utf-8")
    numbered, bare = (read_svg(file)[0] for file in (path, plain))
    assert [s.points.tolist() for s in numbered.strokes] == [s.points.tolist() for s in bare.strokes]
    assert not_plotted(path) == ()
    assert (opened(to_png(document, numbers=True)) != opened(to_png(document))).any()


def test_word_numbers_go_on_over_pages():
    page = Page(100.0, 60.0)
    text = "ab cd ef"
    strokes = [Stroke(np.array([5 + 20j, 9 + 25j]), (3 * k, 3 * k + 2)) for k in range(3)]
    assert word_numbers(Ink((strokes[1], strokes[0]), text, page)) == [(1, 5.0, 19.2), (2, 5.0, 19.2)]
    assert [number for number, *_ in word_numbers(Ink((strokes[2],), text, page))] == [3]
    assert word_numbers(Ink((Stroke(np.array([1j]), (0, 0)),), "", page)) == []
