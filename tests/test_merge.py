"""Tables, templates, done lists and signatures; the batch is the letter."""

from dataclasses import replace

import numpy as np
import pytest

from plotwriter import registry
from plotwriter.errors import ConfigError, FileError, LayoutError, PlotwriterError
from plotwriter.exchange import from_json, to_json
from plotwriter.ink import Ink, Stroke
from plotwriter.layout import paper
from plotwriter.letter import Hand, Sheet, compose, compose_many
from plotwriter.merge import Desk, DoneList, Part, Written, parts_of, read_table, recipients, write_parts
from plotwriter.merge.sheets import BATCH_WORDS
from plotwriter.signature import signed
from plotwriter.styles import find_style
from tests.factories import make_document


@pytest.fixture(scope="module")
def desk():
    return Desk(find_style("linden"), *(Sheet(paper(name), margins=(10.0,) * 4) for name in ("a6", "c6")), n_draws=1, device="cpu")


def table(tmp_path, content, encoding="utf-8"):
    path = tmp_path / "people.csv"
    path.write_bytes(content.encode(encoding))
    return path


def template(tmp_path, content, name="letter.md"):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_tables_with_any_delimiter(tmp_path, delimiter):
    rows = read_table(table(tmp_path, f'name{delimiter} town\nZoë{delimiter}"a{delimiter}b"\n{delimiter}\n', "utf-8-sig"))
    assert rows == [{"name": "Zoë", "town": f"a{delimiter}b"}]


@pytest.mark.parametrize(
    ("content", "encoding", "message"),
    [
        ("name\nZoë\n", "latin-1", "not UTF-8"),
        ("name\n", "utf-8", "no rows"),
        ("", "utf-8", "no rows|column"),
        ("name,name\na,b\n", "utf-8", "repeated column"),
        ("name,town\na,b,c\n", "utf-8", "line 2 does not have 2 cells"),
        ("name,town\na\n", "utf-8", "line 2 does not have 2 cells"),
        ('name\n"a\n', "utf-8", "unexpected end"),
    ],
)
def test_a_table_that_cannot_be_read_is_one_line(tmp_path, content, encoding, message):
    with pytest.raises(FileError, match=message):
        read_table(table(tmp_path, content, encoding))


def test_everything_a_template_can_have_wrong_is_found_at_once(tmp_path):
    rows = [{"name": "Ada", "town": "X"}, {"name": "", "town": ""}]
    for content, message in (
        ("Dear {{ nam }}", "no column 'nam'; did you mean \"name\""),
        ("Dear {{ name", r"letter\.md: line 1"),
        ("{{ name }}", "row 2: there is no text"),
        ("{{ name.x.y }}", "row 1"),
    ):
        with pytest.raises(PlotwriterError, match=message):
            recipients(template(tmp_path, content), rows)
    with pytest.raises(ConfigError, match=r"back\.txt: there is no column 'street'"):
        recipients(template(tmp_path, "{{ name }}!"), rows, template(tmp_path, "{{ street }}", "back.txt"))


def test_rows_keep_their_ink_when_others_come_and_go(tmp_path):
    path = template(tmp_path, "Dear {{ name }}")
    few = recipients(path, [{"name": "Ada"}, {"name": "Ben"}])
    more = recipients(path, [{"name": "Zoe"}, {"name": "Ada"}, {"name": "Ada"}, {"name": "Ben"}])
    streams = {(one.name, one.stream) for one in more}
    assert {(one.name, one.stream) for one in few} <= streams and len(streams) == 4  # two letters of one text differ


def test_a_batch_writes_what_each_would_alone(desk):
    hand = Hand(registry.load("sampler", desk.style.sampler)(desk.style, device="cpu", n_draws=1), desk.style, desk.letter)
    texts, seeds = ["Dear Ada, it rains.", "Dear Ben", "Dear Ada, it rains."], [5, 6, 7]
    together = compose_many(texts, hand, seeds=seeds)
    for text, seed, letter in zip(texts, seeds, together, strict=True):
        alone = compose(text, desk.style, desk.letter, seed=seed, n_draws=1, device="cpu")
        assert to_json(letter.document) == to_json(alone.document)
    assert together[0].document.pages[0].strokes[0].points.tobytes() != together[2].document.pages[0].strokes[0].points.tobytes()


def test_jobs_are_written_whole_and_alike(tmp_path, desk):
    found = recipients(template(tmp_path, "Hi {{ name }}"), [{"name": "Ada"}, {"name": "Ben"}], template(tmp_path, "{{ name }}", "e.txt"))
    parts = parts_of(found, tmp_path, seed=0, recipe="r")
    assert [part.kind for part in parts] == ["letter", "envelope"] * 2 and len({part.seed for part in parts}) == 4
    written = [part for batch in write_parts(parts, desk) for part, _ in batch]
    assert written == parts
    before = {part.path: part.path.read_bytes() for part in parts}
    parts[0].path.unlink()
    assert len([part for batch in write_parts([parts[0]], desk) for part in batch]) == 1
    assert {part.path: part.path.read_bytes() for part in parts} == before
    assert from_json(parts[2].path.read_text(encoding="utf-8"), "x").text == "Hi Ben"
    assert {part.path for part in parts_of(found, tmp_path, seed=1, recipe="r")}.isdisjoint(before)


def test_batches_are_asked_for_as_they_are_written(tmp_path, desk):
    """A long table is never in memory at once: one batch is drawn, written, then the next."""
    found = recipients(template(tmp_path, "x " * BATCH_WORDS + "{{ n }}"), [{"n": str(n)} for n in range(5)])
    n_drawn = 0

    def parts():
        nonlocal n_drawn
        for part in parts_of(found, tmp_path, seed=0, recipe="r"):
            n_drawn += 1
            yield part

    def short(open_, batches):
        for n, batch in enumerate(batches, 1):
            assert n_drawn == n
            yield [Written("{}", ()) for _ in batch]

    assert sum(len(batch) for batch in write_parts(parts(), desk, short)) == 5


def test_the_done_list_survives_a_line_cut_off(tmp_path):
    path = tmp_path / "done.jsonl"
    one = recipients(template(tmp_path, "Hi"), [{"name": "Ada"}])[0]
    a, b = Part(one, "letter", 1, path, "letter-1"), Part(one, "envelope", 2, path, "envelope-1")
    done = DoneList(path)
    done.mark(a, "plotted")
    with path.open("a", encoding="utf-8") as file:
        file.write('{"key": "envelope-1", "sta')
    done = DoneList(path)
    assert done.done(a) and not done.done(b)
    done.mark(b, "skipped")
    done.mark(a, "open")
    done = DoneList(path)
    assert done.done(b) and not done.done(a)


def test_a_signature_is_never_twice_the_same_and_needs_room():
    mark = Ink((Stroke(np.array([0j, 20 - 10j, 40 + 0j]), (0, 0), 2),), "")
    letter = make_document(n_words=20)
    first, second = (signed(replace(letter, seed=seed), mark, bottom=20.0) for seed in (1, 2))
    ends = [document.pages[-1].strokes[-1] for document in (first, second)]
    assert not np.array_equal(ends[0].points, ends[1].points)
    assert all(s.pen == 2 and s.points[0].real > 100 and s.points.imag.min() > letter.pages[0].bounds()[3] for s in ends)
    foot = Stroke(np.array([100 + 285j, 104 + 285j]), (len(letter.text),) * 2)  # a page number stands in the margin
    numbered = replace(letter, seed=1, pages=(replace(letter.pages[0], strokes=(*letter.pages[0].strokes, foot)),))
    assert np.array_equal(signed(numbered, mark, bottom=20.0).pages[0].strokes[-1].points, ends[0].points)
    with pytest.raises(LayoutError, match=r"the signature needs \d+\.\d mm more"):
        signed(letter, mark.map(lambda z: 30 * z), bottom=20.0)
