import json
import os
import stat
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plotwriter.errors import FileError
from plotwriter.exchange import canonical, from_json, to_json, write_atomically
from plotwriter.ink import Document, Ink, Page, Stroke
from tests.factories import make_document, make_ink

SMALL = Document(
    (Ink((Stroke(np.array([1 + 2j, 3.25 + 4j]), (0, 2), 2), Stroke(np.array([5j]), (2, 2))), "hé", Page(100, 50)),), "hé", "s", 7, "0.1"
)


def same(a, b):
    assert (a.text, a.style, a.seed, a.version, len(a.pages)) == (b.text, b.style, b.seed, b.version, len(b.pages))
    for one, two in zip(a.pages, b.pages, strict=True):
        assert (one.text, one.page, len(one.strokes)) == (two.text, two.page, len(two.strokes))
        for s, t in zip(one.strokes, two.strokes, strict=True):
            assert (s.span, s.pen) == (t.span, t.pen) and np.array_equal(s.points, t.points)


def test_form():
    assert json.loads(to_json(SMALL)) == {
        "plotwriter": "0.1",
        "text": "hé",
        "style": "s",
        "seed": 7,
        "pages": [
            {
                "width": 100,
                "height": 50,
                "strokes": [{"points": [[1, 2], [3.25, 4]], "span": [0, 2], "pen": 2}, {"points": [[0, 5]], "span": [2, 2], "pen": 1}],
            }
        ],
    }


@pytest.mark.parametrize("document", [SMALL, make_document(2, 15), Document((), ""), Document((Ink((), "", Page(10, 10)),), "")])
def test_round_trip_is_the_canonical_document(document):
    content = to_json(document)
    same(from_json(content, "x"), canonical(document))
    same(canonical(canonical(document)), canonical(document))
    assert to_json(from_json(content, "x")) == content == to_json(document)


def test_words_drawn_once_more_are_kept():
    document = replace(SMALL, respelled=((1, 2), (23, 1)))
    assert json.loads(to_json(document))["respelled"] == [[1, 2], [23, 1]]
    assert from_json(to_json(document), "x").respelled == document.respelled
    assert "respelled" not in to_json(SMALL)
    for wrong in ([[1]], [[0, 1]], [[1, 1.5]], {"1": 1}, [1]):
        with pytest.raises(FileError, match="respelled"):
            from_json(json.dumps(json.loads(to_json(SMALL)) | {"respelled": wrong}), "x")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.complex_numbers(max_magnitude=5000, allow_nan=False), min_size=1, max_size=8),
    st.text(st.characters(exclude_categories=("Cs",))),
)
def test_round_trip_of_any_points_and_text(points, text):
    page = Ink((Stroke(np.array(points), (0, len(text))),), text, Page(210, 297))
    document = Document((page,), text, seed=None)
    same(from_json(to_json(document), "x"), canonical(document))
    moved = canonical(document).pages[0].strokes[0].points - np.array(points)
    assert max(abs(moved.real).max(), abs(moved.imag).max()) <= 0.0005 + 1e-9
    assert "-0.0," not in to_json(document).replace(json.dumps(text, ensure_ascii=False), "")


def put(path, value):
    """SMALL's JSON with one value changed; value is `del` to leave it out."""
    found = json.loads(to_json(SMALL))
    *way, last = path
    place = found
    for key in way:
        place = place[key]
    if value is put:
        del place[last]
    else:
        place[last] = value
    return json.dumps(found)


STROKE = ("pages", 0, "strokes", 0)


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("pages",), None, "pages"),
        (("pages",), put, "'pages' is missing"),
        (("extra",), 1, "extra"),
        (("text",), 5, "text"),
        (("text",), "\ud800", "text"),
        (("seed",), -1, "seed"),
        (("seed",), 1.5, "seed"),
        (("seed",), True, "seed"),
        (("pages", 0), [], r"pages\[0\]"),
        (("pages", 0, "width"), 0, r"pages\[0\]\.width"),
        (("pages", 0, "width"), 1e9, r"pages\[0\]\.width"),
        (("pages", 0, "height"), "297", r"pages\[0\]\.height"),
        ((*STROKE, "points"), [], r"pages\[0\]\.strokes\[0\]\.points"),
        ((*STROKE, "points", 1), [1], r"pages\[0\]\.strokes\[0\]\.points\[1\]"),
        ((*STROKE, "points", 1), [1, "2"], r"strokes\[0\]\.points\[1\]"),
        ((*STROKE, "points", 1), [1, True], r"points\[1\]"),
        ((*STROKE, "points", 1), [1.0, 1e300], r"points\[1\]"),
        ((*STROKE, "points", 1), [1.0, 10**400], r"points\[1\]"),
        ((*STROKE, "points", 1), 5, r"points\[1\]"),
        ((*STROKE, "span"), [0, 3], r"span\[1\]"),
        ((*STROKE, "span"), [2, 1], r"span\[1\]"),
        ((*STROKE, "span"), [0], "span"),
        ((*STROKE, "pen"), 0, "pen"),
        ((*STROKE, "pen"), put, "'pen' is missing"),
    ],
)
def test_every_malformed_value_names_its_place(path, value, place):
    with pytest.raises(FileError, match=place) as caught:
        from_json(put(path, value), "job.json")
    message = str(caught.value)
    assert message.startswith("job.json") and "\n" not in message and len(message) < 300


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"a": NaN}', '{"seed": Infinity}', '{"a": 1, "a": 2}', "[" * 100_000, "\0", "1" * 5000]
)
def test_what_is_no_document_is_one_line(content):
    with pytest.raises(FileError, match=r"^job\.json") as caught:
        from_json(content, "job.json")
    assert "\n" not in str(caught.value)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(to_json(SMALL)) - 1), st.characters(exclude_categories=("Cs",)))
def test_a_damaged_file_is_read_or_refused_never_worse(index, char):
    content = to_json(SMALL)
    for damaged in (content[:index], content[:index] + char + content[index + 1 :]):
        try:
            from_json(damaged, "job.json")
        except FileError:
            pass


def test_only_pages_of_finite_ink_can_be_kept():
    with pytest.raises(ValueError, match="line frame"):
        to_json(Document((make_ink("a"),), "a"))
    bad = replace(SMALL, pages=(replace(SMALL.pages[0], strokes=(Stroke(np.array([np.nan + 0j]), (0, 1)),)),))
    with pytest.raises(ValueError, match="finite"):
        canonical(bad)


def test_write_replaces_whole_files(tmp_path):
    path = tmp_path / "a.json"
    write_atomically(path, b"one")
    path.chmod(0o640)
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two" and os.listdir(tmp_path) == ["a.json"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    link = tmp_path / "link.json"
    link.symlink_to(path)
    write_atomically(link, b"three")
    assert link.is_symlink() and path.read_bytes() == b"three"
    write_atomically("/dev/null", b"x")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    path.write_bytes(b"old")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match=r"a\.json: cannot be written: No space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["a.json"]
    with pytest.raises(FileError, match="there is no folder"):
        write_atomically(tmp_path / "no" / "a.json", b"")
    with pytest.raises(FileError, match="is a folder"):
        write_atomically(tmp_path, b"")
