import numpy as np
import pytest

from plotwriter.errors import FileError
from plotwriter.ink import Page
from plotwriter.layout import not_plotted, read_svg
from tests.factories import hausdorff

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" '


@pytest.fixture
def read(tmp_path):
    def read(body, attributes='width="100mm" height="50mm" viewBox="0 0 100 50"', **kwargs):
        path = tmp_path / "drawing.svg"
        path.write_text(f"{HEAD}{attributes}>{body}</svg>", encoding="utf-8")
        (ink,) = read_svg(path, **kwargs)
        return ink

    return read


@pytest.mark.parametrize(
    "dot",
    ['<path d="M3 4"/>', '<path d="M3 4L3 4"/>', '<path d="M3 4z"/>', '<line x1="3" y1="4" x2="3" y2="4"/>', '<polyline points="3,4"/>'],
)
def test_a_dot_is_read_as_a_dot(read, dot):
    ink = read(f'{dot}<path d="M1 1L2 2"/>')
    assert [len(stroke.points) for stroke in ink.strokes] == [1, 2]
    assert abs(ink.strokes[0].points[0] - (3 + 4j)) < 1e-9


def test_shapes_are_where_they_should_be(read):
    ink = read('<g transform="translate(10 0)"><circle cx="20" cy="20" r="8"/></g><path d="M0 0Q10 20 20 0M0 0A30 20 10 0 1 40 10"/>')
    circle, quadratic, arc = (stroke.points for stroke in ink.strokes)
    assert np.abs(np.abs(circle - (30 + 20j)) - 8).max() < 1e-3 and abs(circle[0] - circle[-1]) < 1e-9
    t = np.linspace(0, 1, 500)
    assert hausdorff(quadratic, 2 * t * (1 - t) * (10 + 20j) + t * t * 20, 0.05) < 0.006
    local = (arc - (arc[0] + arc[-1]) / 2) * np.exp(-1j * np.radians(10))
    design = np.column_stack([local.real**2, local.imag**2, local.real, local.imag])
    fitted, *_ = np.linalg.lstsq(design, np.ones(len(local)), rcond=None)
    assert np.abs(design @ fitted - 1).max() < 1e-3 and fitted[1] / fitted[0] == pytest.approx((30 / 20) ** 2, rel=1e-2)


@pytest.mark.parametrize(
    ("size", "page"),
    [
        ('width="210mm" height="297mm"', (210, 297)),
        ('width="8.5in" height="11in"', (215.9, 279.4)),
        ('width="96" height="192px"', (25.4, 50.8)),
    ],
)
def test_page_size_and_user_units(read, size, page):
    ink = read('<path d="M0 0L96 96"/>', size)
    assert (ink.page.width, ink.page.height) == pytest.approx(page, abs=1e-5)
    assert abs(ink.strokes[0].points[-1] - 25.4 * (1 + 1j)) < 1e-4


def test_without_a_size_the_file_is_refused_or_the_sheet_is_given(read):
    for attributes in ("", 'viewBox="0 0 10 10"', 'width="100%" height="100%"', 'width="10mm"'):
        with pytest.raises(FileError, match="page size"):
            read('<path d="M0 0L1 1"/>', attributes)
    assert read('<path d="M0 0L1 1"/>', "", page=Page(10, 20)).page == Page(10, 20)


def test_a_file_without_namespace_is_read(tmp_path):
    path = tmp_path / "bare.svg"
    path.write_text('<svg width="10mm" height="10mm" viewBox="0 0 10 10"><path d="M1 1L2 2"/></svg>')
    assert abs(read_svg(path)[0].strokes[0].points[1] - (2 + 2j)) < 1e-9


def test_layers_are_pens(read):
    layer = '<g inkscape:groupmode="layer" inkscape:label="{}" {}><path d="M{} 1L5 5"/></g>'
    body = "".join(
        layer.format(name, extra, i)
        for i, (name, extra) in enumerate(
            [("ink", ""), ("7 red", ""), ("% notes", ""), ("hidden", 'style="display:none"'), ("gone", 'visibility="hidden"')]
        )
    )
    ink = read('<path d="M1 9L2 9"/><g><path d="M2 9L3 9"/></g>' + body)
    assert [stroke.pen for stroke in ink.strokes] == [1, 1, 1, 7]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not an SVG"),
        (b"hello", "not an SVG"),
        (b"<html/>", "root is <html>"),
        (b'<svg xmlns="http://example.org" width="1mm" height="1mm"><path d="M0 0L1 1"/></svg>', "namespace"),
        (b"\xff\xfe\x00", "not an SVG"),
        (f'{HEAD} width="10mm" height="10mm"/>'.encode(), "no lines"),
        (f'{HEAD} width="10mm" height="10mm"><text>hi</text></svg>'.encode(), "1 <text> not drawn"),
        (f'{HEAD} width="10furlong" height="10mm"><path d="M0 0L1 1"/></svg>'.encode(), "width"),
        (f'{HEAD} width="-10mm" height="10mm"><path d="M0 0L1 1"/></svg>'.encode(), "side of a sheet"),
        (f'{HEAD} width="10mm" height="10mm"><path d="M0 0L1e9 1"/></svg>'.encode(), "beyond"),
        (f'{HEAD} width="10mm" height="10mm"><path d="M0 0C1e17 1 2 2 3 3"/></svg>'.encode(), "beyond"),
    ],
)
def test_a_file_that_is_no_drawing_is_one_line(tmp_path, content, reason):
    path = tmp_path / "bad.svg"
    path.write_bytes(content)
    with pytest.raises(FileError, match=reason) as caught:
        read_svg(path)
    assert "\n" not in str(caught.value) and "bad.svg" in str(caught.value)


def test_missing_file_and_what_is_not_plotted(tmp_path):
    with pytest.raises(FileError, match="no such file"):
        read_svg(tmp_path / "none.svg")
    path = tmp_path / "mixed.svg"
    path.write_text(f'{HEAD}><text/><text/><image/><path d="M0 0"/></svg>')
    assert not_plotted(path) == ("2 <text> not drawn: convert to paths first", "1 <image> not drawn: convert to paths first")
