"""`styles capture`, `match`, `ink` and `trace` as they are typed; `fit` and its kin are in tests/hands."""

import json

import pytest

from plotwriter.ink import Page
from plotwriter.studio.prompts import PROMPTS
from tests.cli.runner import plotwriter
from tests.factories import make_ink
from tests.inkfiles.files import LINES, files


@pytest.fixture
def ink(tmp_path):
    for name, content in files().items():
        (tmp_path / name).write_bytes(content)
    for name in ("page.txt", "iam.txt"):
        (tmp_path / name).write_text("\n".join(LINES), encoding="utf-8")
    return tmp_path


def test_a_folder_of_everything_becomes_lines_to_train_on(ink, tmp_path_factory):
    (ink / "broken.inkml").write_bytes(b"<ink><trace>1 x</trace></ink>")
    out = tmp_path_factory.mktemp("out") / "all.jsonl"
    done = plotwriter("styles", "ink", ink, "-o", out)
    assert done.code == 0 and "broken.inkml" in done.err and "1 passed over" in done.err
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == len(files()) + 1 and all(row["text"] and row["writer"] and row["strokes"] for row in rows)
    nothing = plotwriter("styles", "ink", ink / "broken.inkml", "-o", out)
    assert nothing.code == 1 and nothing.err.splitlines()[-1].startswith("plotwriter: ")


def test_match_shows_what_could_not_be_used(ink):
    done = plotwriter("styles", "match", ink / "own.jsonl", "--drop", "2", "--matched", ink / "m.svg")
    assert done.code == 0 and "dropped by hand" in done.err and "not there to learn from" in done.err
    assert (ink / "m.svg").read_text(encoding="utf-8").count("hello") == 2


def test_match_takes_what_a_word_really_says(ink):
    done = plotwriter("styles", "match", ink / "own.jsonl", "--fix", "1=world", "--matched", ink / "m.svg")
    assert done.code == 0 and "world" in (ink / "m.svg").read_text(encoding="utf-8")
    none = plotwriter("styles", "match", ink / "own.jsonl", "--fix", "999=world")
    assert none.code == 1 and "no word 999" in none.err and none.err.count("\n") == 1


def test_a_photo_without_its_text_is_asked_about_line_by_line(tmp_path, monkeypatch):
    """On a terminal; elsewhere it is told what to give. The photo's rows are `photos.rendered` ones."""
    photos = pytest.importorskip("benchmarks.photos")
    pytest.importorskip("skimage", reason="the extra 'photo' is not installed")
    page, letters = Page(80.0, 40.0), make_ink("hello", 2, x_height=4.0)
    strokes = [stroke.points + 10 + 1j * y for y in (14, 29) for stroke in letters.strokes]
    photo = photos.saved(tmp_path, photos.rendered(strokes, page), "page.png")
    silent = plotwriter("styles", "match", photo)
    assert silent.code == 1 and "--text" in silent.err and silent.err.count("\n") == 1
    monkeypatch.setattr("plotwriter.cli.own_hands.is_terminal", lambda: True)
    asked = plotwriter(
        "styles",
        "match",
        photo,
        stdin=b"hello\nhello\n\n",
    )
    assert asked.code == 0 and "line 3" in asked.err and "of 2 words" in asked.err
    nothing = plotwriter("styles", "match", photo, stdin=b"\n")
    assert nothing.code == 1 and "0 lines" in nothing.err


@pytest.mark.parametrize("fix", ["", "3", "=a", "x=a", "3=", "-1=a", "99999999999=a"])
def test_fix_takes_a_number_and_a_text(ink, fix):
    refused = plotwriter("styles", "match", ink / "own.jsonl", "--fix", fix)
    assert refused.code == 2 and "--fix" in refused.err and refused.err.count("\n") == 1


@pytest.mark.parametrize("numbers", ["", "x", "0", "3-1", "1-99999999", "1,,2", "-4"])
def test_drop_takes_numbers(ink, numbers):
    refused = plotwriter("styles", "match", ink / "own.jsonl", "--drop", numbers)
    assert refused.code == 2 and "--drop" in refused.err and refused.err.count("\n") == 1


def test_the_page_as_a_file_with_prompts_of_ones_own(tmp_path):
    (tmp_path / "mine.txt").write_text("Grüße\n\nzwei Wörter\n", encoding="utf-8")
    assert plotwriter("styles", "capture", "mine", "--save-page", tmp_path / "a.html").code == 0
    assert plotwriter("styles", "capture", "mine", "--prompts", tmp_path / "mine.txt", "--save-page", tmp_path / "b.html").code == 0
    ours, own = ((tmp_path / name).read_text(encoding="utf-8") for name in ("a.html", "b.html"))
    assert json.dumps(PROMPTS[0]) in ours and json.dumps("zwei Wörter") in own and json.dumps(PROMPTS[0]) not in own
    (tmp_path / "mine.txt").write_text("")
    assert plotwriter("styles", "capture", "mine", "--prompts", tmp_path / "mine.txt", "--save-page", tmp_path / "b.html").code == 1
    assert plotwriter("styles", "capture", "../mine", "--save-page", tmp_path / "c.html").code == 1


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("fit", "mine"), "styles capture"), (("fit", "../mine", "--from", "x"), "no name for a style"),
        (("fit", "mine", "--from", "none.inkml"), "no such file"), (("blend", "linden", "nobody", "0.5"), "nobody"),
        (("export", "linden", "-o", "linden.pkl"), ".safetensors"),
        (("trace", "none.png", "--lines", "2", "--picture", "a.png"), "none.png"),
    ],
)  # fmt: skip
def test_mistakes_are_one_line(words, hint, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused = plotwriter("styles", *words)
    assert refused.code in (1, 2) and hint in refused.err and refused.err.count("\n") == 1, refused.err
