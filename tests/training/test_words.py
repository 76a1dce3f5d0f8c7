"""From files of ink to batches."""

import gzip
import json
from collections import Counter

import numpy as np
import pytest

from plotwriter.errors import FileError
from plotwriter.nets.arc_tokens import DRAW, END, MOVE, RETURN
from plotwriter.nets.gpt import ALPHABET
from plotwriter.training.batches import Distortion, batches, collate, split
from plotwriter.training.cache import load_words, prepare
from plotwriter.training.datasets import read_samples
from tests.nets.factories import tiny_net


def arches(n: int) -> np.ndarray:
    """n letters "n" in a row: upright strokes of one x-height, joined below and above."""
    corners = [complex(x / 2 + half, y) for x in range(2 * n) for half, y in ([(0, 0), (0, 1)] if x % 2 == 0 else [(0, 1), (0, 0)])]
    along = np.linspace(0, len(corners) - 1, 72 * n)
    square = np.interp(along, range(len(corners)), np.real(corners)) + 1j * np.interp(along, range(len(corners)), np.imag(corners))
    padded = np.concatenate([square[:1]] * 2 + [square] + [square[-1:]] * 2)
    return np.convolve(padded, np.ones(5) / 5, mode="valid")


def sentence(rng, writer, *, slope=0.02, x_height=180.0, slant=0.3, n_words=9):
    """Raw ink as a tablet gives it: y down, its own units, sloped and slanted; words of arches with a dot each."""
    strokes, words, left = [], [], 500.0
    for _ in range(n_words):
        n = int(rng.integers(3, 6))
        body = arches(n) * rng.uniform(0.97, 1.03)
        dot = np.array([body.real.mean() + 1.7j])
        first = len(strokes)
        for points in (body, dot):
            upright = points + slant * points.imag
            units = upright * x_height + left
            strokes.append(units + 1j * slope * units.real)
        words.append(["nninn"[:n], first, first + 1])
        left += (body.real.max() + 1.5) * x_height
    raw = [[[round(z.real, 1), round(-z.imag, 1)] for z in points] for points in strokes]
    return {"text": " ".join(w for w, _, _ in words), "strokes": raw, "writer": writer, "words": words, "seg_cost": 0.1}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ink")
    rng = np.random.default_rng(0)
    with gzip.open(folder / "sentences.jsonl.gz", "wt") as file:
        for k in range(12):
            file.write(json.dumps(sentence(rng, f"w{k % 2}")) + "\n")
    with (folder / "characters.jsonl").open("w") as file:
        for _ in range(4):
            mark = [[[0, 0], [0, 60]], [[0, 80], [1, 80]]]
            file.write(json.dumps({"text": "!", "strokes": mark, "writer": "w9"}) + "\n")
    return folder


@pytest.fixture(scope="module")
def words(files, tmp_path_factory):
    return prepare(
        [files / "sentences.jsonl.gz", files / "characters.jsonl"],
        tmp_path_factory.mktemp("cache"),
        max_steps=40,
        max_characters=12,
        alphabet=ALPHABET,
        seed=0,
        n_spliced=6,
    )


def test_nothing_is_dropped_in_silence(words):
    spliced = sum(text.endswith("!") for text in words.texts)
    assert len(words.texts) - spliced + sum(words.rejected.values()) == 12 * 9
    assert spliced > 0 and words.rejected.keys() <= {"word of more than 40 steps"}


def test_the_frame_is_found(words):
    """Slope, size and slant are taken off: bodies stand on the baseline, one x-height or so, left end at 0."""
    for facts in words.facts.values():
        assert facts.slant == pytest.approx(0.3, abs=0.03) and facts.word_space == pytest.approx(1.5, abs=0.15)
    lows = [p.targets[(p.pens == DRAW) | (p.pens == MOVE)].imag.min() for p in words.programs]
    tops = [p.targets[p.pens == DRAW].imag.max() for text, p in zip(words.texts, words.programs, strict=True) if not text.endswith("!")]
    assert np.median(lows) == pytest.approx(0, abs=0.08) and np.median(tops) == pytest.approx(1.7, abs=0.15)


def test_dots_are_given_back_to_their_letters(words):
    plain = [p for text, p in zip(words.texts, words.programs, strict=True) if not text.endswith("!")]
    assert np.mean([(p.pens == RETURN).any() for p in plain]) > 0.9
    assert all(p.pens[-1] == END and p.pens[0] == MOVE for p in plain)


def test_the_cache_gives_the_same_words(files, tmp_path):
    arguments = {"max_steps": 40, "max_characters": 12, "alphabet": ALPHABET, "seed": 0, "n_spliced": 2}
    made = prepare([files / "sentences.jsonl.gz"], tmp_path, **arguments)
    stored = load_words(next(tmp_path.glob("words-*.npz")))
    assert stored.texts == made.texts and stored.writers == made.writers and stored.facts == made.facts
    assert stored.rejected == Counter(made.rejected)
    np.testing.assert_allclose(stored.programs[3].targets, made.programs[3].targets, atol=1e-5)


def test_batches_do_not_depend_on_where_a_run_began(words):
    net, train = tiny_net(), split(words, 0.1, 0)[0]
    ids = {"w0": 0, "w1": 1}
    whole = batches(net, words, train, ids, size=4, power=1.0, seed=3)
    first = [next(whole) for _ in range(40)]
    again = batches(net, words, train, ids, size=4, power=1.0, seed=3, first=37)
    for before, after in zip(first[37:], again, strict=False):
        assert before.tokens.equal(after.tokens) and before.characters.equal(after.characters)


def test_distortion_keeps_the_left_end_at_zero(words):
    batch = collate(tiny_net(), words, np.arange(6), {"w0": 0, "w1": 1}, np.random.default_rng(0), Distortion())
    assert abs(float(batch.position[..., 0].min())) < 0.15


@pytest.mark.parametrize(
    ("content", "says"),
    [("{", "line 1"), ('{"text": "a"}', "line 1"), ('{"text": "a", "writer": "w", "strokes": []}', "line 1"), ("\x00\x01", "line 1")],
)
def test_broken_ink_names_the_line(tmp_path, content, says):
    path = tmp_path / "ink.jsonl"
    path.write_text(content)
    with pytest.raises(FileError, match=says):
        list(read_samples(path))


def test_missing_truncated_and_empty_sets_are_refused(tmp_path, files):
    with pytest.raises(FileError, match="no such file"):
        list(read_samples(tmp_path / "none.jsonl"))
    cut = tmp_path / "cut.jsonl.gz"
    cut.write_bytes((files / "sentences.jsonl.gz").read_bytes()[:300])
    with pytest.raises(FileError, match="cannot be read"):
        list(read_samples(cut))
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    with pytest.raises(FileError, match="no word"):
        prepare([empty], tmp_path, max_steps=40, max_characters=12, alphabet=ALPHABET, seed=0)
