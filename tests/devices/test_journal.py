"""The journal: what a crash leaves is read, what nobody wrote is refused."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from plotwriter.devices.journal import Header, Journal, clear, jobs_folder, load_job, read_journal, start_job, unfinished
from plotwriter.devices.session import resumption
from plotwriter.devices.whereabouts import Place, Words
from plotwriter.errors import ConfigError, FileError, PlotwriterError
from plotwriter.exchange import canonical
from plotwriter.ink import Document, Ink, Page, Stroke
from tests.devices.factories import make_page

SHA = "0" * 64
NOON = datetime(2026, 3, 14, 12, 0, 0)


@pytest.fixture(autouse=True)
def own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PLOTWRITER_HOME", str(tmp_path))


def write(path: Path, records: list[dict[str, object]]) -> Path:
    with Journal(path, sync=lambda _: None) as journal:
        for record in [asdict(Header(SHA, "axidraw")), *records]:
            journal.write(record)
    return path


def make_document(n_pages: int = 2) -> Document:
    ink = make_page(n_words=4)
    return canonical(Document((ink,) * n_pages, ink.text))


STATES = [
    ([], (0, 0, 0)),
    ([{"sent": [0, 0]}], (0, 0, 1)),
    ([{"sent": [0, 0]}, {"sent": [0, 1]}, {"drawn": [0, 0]}], (0, 1, 2)),
    ([{"sent": [0, 0]}, {"drawn": [0, 0]}, {"sent": [1, 0]}], (1, 0, 1)),
    ([{"sent": [0, 0]}, {"sent": [0, 1]}, {"drawn": [0, 1]}, {"back": [0, 0]}, {"sent": [0, 0]}], (0, 0, 1)),
    ([{"back": [2, 7]}, {"sent": [2, 7]}, {"drawn": [2, 7]}, {"sent": [2, 8]}], (2, 8, 9)),
]


@pytest.mark.parametrize(("records", "state"), STATES)
def test_confirmed_and_unsure_are_told_apart(records: list[dict[str, object]], state: tuple[int, int, int], tmp_path: Path) -> None:
    found = read_journal(write(tmp_path / "a.journal", records))
    assert (found.page, found.drawn, found.sent) == state and found.drawn <= found.sent and not found.done


def test_whatever_a_crash_leaves_of_the_last_line_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.journal", [{"sent": [0, s]} for s in range(3)])
    whole = path.read_bytes()
    ends = [i + 1 for i, byte in enumerate(whole) if byte == 0x0A]
    for cut in range(ends[0], len(whole) + 1):
        path.write_bytes(whole[:cut])
        assert read_journal(path).sent == sum(end <= cut for end in ends) - 1
        path.write_bytes(whole[:cut] + b"\0" * 30)  # zeros where a file system had room made
        assert read_journal(path).sent == sum(end <= cut for end in ends) - 1
    for cut in range(ends[0]):
        path.write_bytes(whole[:cut])
        with pytest.raises(FileError, match="holds no whole line"):
            read_journal(path)


def test_after_a_torn_line_it_is_gone_on_with(tmp_path: Path) -> None:
    path = write(tmp_path / "a.journal", [{"sent": [0, 0]}])
    path.write_bytes(path.read_bytes() + b'{"sent":[0,')
    with Journal(path) as journal:
        journal.back(0, 0)
        journal.sending(0, 0)
    assert read_journal(path).sent == 1


def test_what_is_sent_is_on_the_disk_before_the_byte_is_on_the_wire(tmp_path: Path) -> None:
    synced: list[bytes] = []
    path = tmp_path / "a.journal"
    with Journal(path, sync=lambda _: synced.append(path.read_bytes())) as journal:
        journal.write(asdict(Header(SHA, "axidraw")))
        journal.sending(0, 0)
        journal.drawn(0, 0)
        assert len(synced) == 2 and synced[-1].endswith(b'{"sent":[0,0]}\n')
        assert path.read_bytes().endswith(b'{"drawn":[0,0]}\n')  # handed over, if not synced
        journal.sending(0, 1)
        assert len(synced) == 3


def test_two_plotwriters_do_not_plot_one_job(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    with Journal(tmp_path / "a.journal") as first:
        first.open()
        with Journal(tmp_path / "a.journal") as second, pytest.raises(FileError, match="right now"):
            second.open()


def test_a_job_is_kept_found_checked_and_forgotten() -> None:
    document = make_document()
    journals = [start_job(document, lambda sha: Header(sha, "axidraw", source="a.json"), now=NOON) for _ in range(2)]
    for journal in journals:
        journal.close()
    states = unfinished()
    assert len(states) == 2 and {state.path for state in states} == {journal.path for journal in journals}
    assert load_job(states[0]).text == document.text
    states[0].job_path.write_text(states[0].job_path.read_text().replace("20.0", "20.1"))
    with pytest.raises(FileError, match="its hash differs"):
        load_job(states[0])
    with journals[1] as journal:
        journal.write({"done": True})
    assert [state.path for state in unfinished()] == [journals[0].path]
    for state in states:
        clear(state.path)
    assert list(jobs_folder().iterdir()) == []


def test_a_full_disk_is_told() -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(FileError, match="No space left on device; free some space"):
        start_job(make_document(), lambda sha: Header(sha, "axidraw"), now=NOON, sync=full)


def test_places_are_told_as_people_count() -> None:
    document = make_document()
    words = Words(document)
    assert words.describe(Place(0, 0)) == "word 1 of 4, 'nit', page 1 of 2"
    assert words.describe(Place(1, 4)) == "word 2 of 4, 'nit', page 2 of 2"
    assert words.describe(Place(1, 13)) == "the end, page 2 of 2" and words.describe(Place(0, 13)).startswith("the end of the page")
    assert words.start_of_word(3) == Place(0, 6)
    assert (
        words.back(Place(0, 7), 0) == Place(0, 6)
        and words.back(Place(0, 7), 1) == Place(0, 3)
        and words.back(Place(0, 7), 9) == Place(0, 0)
    )
    for number in (0, 5):
        with pytest.raises(ConfigError, match="the job has 4 words"):
            words.start_of_word(number)


def test_lines_are_those_of_the_text() -> None:
    text = "one\n\ntwo three\nfour"
    spans = [(0, 3), (5, 8), (9, 14), (15, 19)]
    ink = Ink(tuple(Stroke(np.array([1 + 1j * i, 2 + 1j * i]), span) for i, span in enumerate(spans, 1)), text, Page(20, 20))
    words = Words(Document((ink,), text))
    assert [words.start_of_line(line).stroke for line in (1, 2, 3, 4)] == [0, 1, 1, 3]
    assert words.describe(Place(0, 2)) == "word 3 of 4, 'three', line 3"
    with pytest.raises(ConfigError, match="the last line with words is 4"):
        words.start_of_line(5)


def test_a_drawing_without_text_has_strokes() -> None:
    ink = Ink(tuple(Stroke(np.array([1 + 1j * i, 2 + 1j * i]), (0, 0)) for i in range(1, 6)), "", Page(20, 20))
    words = Words(Document((ink,), ""))
    assert words.describe(Place(0, 2)) == "stroke 3 of 5" and words.back(Place(0, 4), 2) == Place(0, 2)


def test_the_page_after_a_finished_one_is_next(tmp_path: Path) -> None:
    from plotwriter.devices import load_profile, plan_page

    document = make_document()
    plans = [plan_page(page, load_profile("axidraw")) for page in document.pages]
    n = len(document.pages[0].strokes)
    state = read_journal(write(tmp_path / "a.journal", [{"back": [0, n - 1]}, {"sent": [0, n - 1]}, {"drawn": [0, n - 1]}]))
    found = resumption(state, plans, Words(document))
    assert (found.place, found.again) == (Place(1, 0), ())
    assert resumption(state, plans, Words(document), back=0).place == Place(0, 9)
    assert resumption(state, plans, Words(document), from_word=4).again == tuple(range(9, n))


def mutated(rng: np.random.Generator, content: bytes) -> bytes:
    """A few bytes changed, cut out, doubled or put in."""
    broken = bytearray(content)
    for _ in range(int(rng.integers(1, 6))):
        at, length = int(rng.integers(0, len(broken) + 1)), int(rng.integers(1, 12))
        match int(rng.integers(0, 4)):
            case 0:
                broken[at : at + 1] = rng.bytes(1)
            case 1:
                del broken[at : at + length]
            case 2:
                broken[at:at] = broken[at : at + length]
            case _:
                token = rng.choice([b"-1", b"1e999", b"null", b"true", b'"', b"[[", b"}", b"\xff", b"9" * 400, b"\n", b"NaN", b"{}"])
                broken[at:at] = bytes(token)
    return bytes(broken)


def test_two_thousand_broken_journals_are_read_or_refused_in_one_line(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    records: list[dict[str, object]] = [{"sent": [0, s]} for s in range(4)] + [{"drawn": [0, 1]}, {"back": [0, 1]}, {"sent": [0, 1]}]
    path = write(tmp_path / "a.journal", records)
    whole, refused = path.read_bytes(), 0
    for _ in range(2000):
        path.write_bytes(mutated(rng, whole))
        try:
            state = read_journal(path)
            assert 0 <= state.drawn <= state.sent
        except PlotwriterError as error:
            assert "\n" not in str(error) and "a.journal" in str(error) and len(str(error)) < 500
            refused += 1
    assert refused > 1000


def test_two_thousand_broken_jobs_are_read_or_refused_in_one_line() -> None:
    from plotwriter.exchange import from_json, to_json

    rng = np.random.default_rng(3)
    ink = Ink(make_page(n_words=1).strokes[1:], "nit ", Page(60, 60))
    whole = to_json(Document((ink,), "nit ", "plain", 7)).encode()
    refused = 0
    for _ in range(2000):
        try:
            from_json(mutated(rng, whole).decode("utf-8", "replace"), "a.json")
        except PlotwriterError as error:
            assert str(error).startswith("a.json") and "\n" not in str(error)
            refused += 1
    assert refused > 1000


def test_two_thousand_broken_profiles_are_read_or_refused_in_one_line(tmp_path: Path) -> None:
    from plotwriter.devices import load_profile

    rng = np.random.default_rng(4)
    shipped = Path(__file__).resolve().parents[2] / "machines"
    texts = [(shipped / f"{name}.toml").read_bytes() for name in ("axidraw", "grbl_servo", "marlin_z", "nextdraw_2234")]
    path, refused = tmp_path / "broken.toml", 0
    for i in range(2000):
        lines = texts[i % len(texts)].split(b"\n")
        bare = b"\n".join(line.partition(b" #")[0] for line in lines if line and not line.startswith(b"#"))  # comments hide damage
        path.write_bytes(mutated(rng, bare))
        try:
            load_profile(str(path))
        except PlotwriterError as error:
            assert "\n" not in str(error) and "broken.toml" in str(error)
            refused += 1
    assert refused > 1000


def test_a_journal_is_plain_json_lines(tmp_path: Path) -> None:
    path = write(tmp_path / "a.journal", [{"sent": [0, 0]}])
    assert [set(json.loads(line)) for line in path.read_text().splitlines()][1] == {"sent"}
