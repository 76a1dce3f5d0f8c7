"""Every form gives the same ink; a damaged file is refused with one line."""

import gzip

import numpy as np
import pytest

from plotwriter.errors import FileError
from plotwriter.inkfiles import read_ink, to_lines
from plotwriter.inkfiles.safe import MAX_BYTES
from tests.inkfiles.files import LINES, files, mutated, page, strokes

FORMS = files()


def written(folder, name, content):
    path = folder / name
    path.write_bytes(content)
    (folder / "page.txt").write_text("\n".join(LINES) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("name", FORMS)
def test_every_form_gives_the_ink_and_the_text(name, tmp_path):
    sample = read_ink(written(tmp_path, name, FORMS[name]))[0]
    whole = name.split(".")[0] in ("page", "iam")
    wanted = page() if whole else strokes()
    assert sample.text == ("\n".join(LINES) if whole else "hello")
    assert len(sample.strokes) == len(wanted)
    found, true = (
        np.concatenate([np.asarray(s) for s in some]) for some in (sample.strokes, [[complex(*p) for p in row] for row in wanted])
    )
    scale = np.ptp(found.real) / np.ptp(true.real)
    shift = found.real.min() - scale * true.real.min() + 1j * (found.imag.min() - scale * true.imag.min())
    for a, b in zip(sample.strokes, wanted, strict=True):
        end = scale * np.array([complex(*b[0]), complex(*b[-1])]) + shift
        assert np.abs(a[[0, -1]] - end).max() < 0.01 * np.ptp(found.imag)


def test_the_guide_of_a_capture_is_kept(tmp_path):
    guide = read_ink(written(tmp_path, "capture.json", FORMS["capture.json"]))[0].guide
    assert guide is not None and (guide.baseline, guide.x_height) == (500, 250)


def test_lines_of_ours_come_back(tmp_path):
    first = read_ink(written(tmp_path, "a.inkml", FORMS["note.inkml"]))
    again = read_ink(written(tmp_path, "b.jsonl", to_lines(first, "me").encode()))
    assert [(s.text, s.writer) for s in again] == [("hello", "me")]
    assert all(np.allclose(a, b, atol=1e-3) for a, b in zip(first[0].strokes, again[0].strokes, strict=True))


@pytest.mark.parametrize(
    ("trace", "points"),
    [
        ("1 2, 3 5", [1 + 2j, 3 + 5j]),
        ("10 20, '1 '2, 3 4", [10 + 20j, 11 + 22j, 14 + 26j]),
        ("10 20,'2'3,\"1\"1,0 0", [10 + 20j, 12 + 23j, 15 + 27j, 18 + 31j]),
        ("5-3, 7 .5", [5 - 3j, 7 + 0.5j]),
    ],
    ids=["absolute", "differences", "second differences", "no blanks"],
)
def test_inkml_prefixes(trace, points, tmp_path):
    content = f'<ink><annotation type="truth">a</annotation><trace>{trace}</trace></ink>'
    assert np.allclose(read_ink(written(tmp_path, "a.inkml", content.encode()))[0].strokes[0], points)


def test_unipen_is_turned_and_pen_up_is_not_ink(tmp_path):
    content = b'.COORD Y X\n.SEGMENT WORD 0-2 OK "ab"\n.PEN_DOWN\n1 10\n2 20\n.PEN_UP\n5 5\n.PEN_DOWN\n3 30\n'
    sample = read_ink(written(tmp_path, "a.unp", content))[0]
    assert sample.text == "ab" and [s.tolist() for s in sample.strokes] == [[10 - 1j, 20 - 2j], [30 - 3j]]


def test_text_is_asked_for_where_a_form_has_none(tmp_path):
    path = tmp_path / "alone.xopp"
    path.write_bytes(FORMS["page.xopp"])
    with pytest.raises(FileError, match=r"alone\.txt.*--text"):
        read_ink(path)
    assert read_ink(path, "one\ntwo")[0].text == "one\ntwo"


HOSTILE = {
    "bomb.xopp": gzip.compress(b"<xournal>" + b" " * (MAX_BYTES + 9), mtime=0),
    "bomb of bombs.xopp": gzip.compress(b"a" * (MAX_BYTES // 2), mtime=0) * 3,
    "laughs.inkml": b'<!DOCTYPE i [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><ink><trace>&b;</trace></ink>',
    "reads a file.inkml": b'<!DOCTYPE i [<!ENTITY a SYSTEM "file:///etc/hostname">]><ink><annotation type="truth">&a;</annotation></ink>',
    "deep.xml": b"<ink>" + b"<a>" * 100_000,
    "deep.json": b"[" * 1_000_000,
    "deep but closed.json": b"[" * 600 + b"]" * 600,
    "endless number.jsonl": b'{"text": "a", "writer": "", "strokes": [[[' + b"9" * 4000 + b", 1]]]}",
    "far.jsonl": b'{"text": "a", "writer": "", "strokes": [[[1e300, 1]]]}',
    "not a number.jsonl": b'{"text": "a", "writer": "", "strokes": [[[NaN, 1]]]}',
    "truth.jsonl": b'{"text": "a", "writer": "", "strokes": [[[true, 1]]]}',
    "many.unp": b'.COORD X Y\n.SEGMENT WORD 0-9999999 OK "a"\n.PEN_DOWN\n',
    "empty.json": b"",
    "foreign.xml": b"<html/>",
    "words.txt": b"Dear Ada",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_with_one_line(name, tmp_path):
    with pytest.raises(FileError) as caught:
        read_ink(written(tmp_path, name, HOSTILE[name]))
    message = str(caught.value)
    assert name in message and "\n" not in message and len(message) < 600


def test_a_thousand_damaged_files(tmp_path):
    """Each is read as ink that is sound, or refused with one clear line: nothing else."""
    rng = np.random.default_rng(5)
    names, refused = list(FORMS), 0
    for k in range(1400):
        name = names[k % len(names)]
        path = written(tmp_path, name, mutated(FORMS[name], rng))
        try:
            samples = read_ink(path)
        except FileError as error:
            refused += 1
            message = str(error)
            assert message.startswith(str(path)) and "\n" not in message and len(message) < 600, message
            assert "Traceback" not in message and len(message) > len(str(path)) + 4
            continue
        for sample in samples:
            assert sample.text and sample.strokes and all(len(s) and np.isfinite(s).all() for s in sample.strokes)
    assert refused >= 1000, refused
