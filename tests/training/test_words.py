"""From files of ink to batches."""

import gzip
import json
from collections import Counter
from itertools import islice

import numpy as np
import pytest

from plotwriter.errors import FileError
from plotwriter.nets.arc_tokens import DRAW, END, MOVE, RETURN, Program
from plotwriter.nets.gpt import ALPHABET
from plotwriter.training.batches import Distortion, PackedWords, Showing, batches, collate, split, stream, weights_of
from plotwriter.training.cache import GRID, _save, load_words, prepare
from plotwriter.training.datasets import FramedWord, WordSet, read_samples
from plotwriter.training.splice import spliced_words


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
    spliced = sum("!" in text for text in words.texts)
    natural = int((words.spliced_from < 0).sum())
    assert natural <= 12 * 9 <= natural + len(words.rejected)
    assert spliced > 0 and words.rejected.counts().keys() <= {"word of more than 40 steps", "word of more than 12 characters"}


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
    assert stored.rejected == made.rejected and stored.origins == made.origins
    for a, b in zip(stored.programs, made.programs, strict=True):  # a resumed run trains on the very same words
        assert np.array_equal(a.pens, b.pens) and np.array_equal(a.targets, b.targets) and np.array_equal(a.apexes, b.apexes)


def test_the_cache_rounds_and_never_drifts(tmp_path):
    rng = np.random.default_rng(2)
    programs = []
    for n in (2, 90, 3):
        pens = np.array([MOVE, *rng.choice([DRAW, MOVE, RETURN], n), END], np.int8)
        leads = (pens == MOVE) | (pens == DRAW)
        targets = leads * (np.cumsum(rng.uniform(0, 3, n + 2)) + 1j * rng.uniform(-2, 3, n + 2))
        programs.append(Program(pens, targets, (pens == DRAW) * (targets + rng.normal(0, 0.3, n + 2))))
    path = tmp_path / "words.npz"
    _save(path, WordSet(["a", "b", "c"], ["w"] * 3, programs, spliced_from=np.array([-1, 0, -1])))
    stored = load_words(path)
    assert stored.spliced_from.tolist() == [-1, 0, -1]
    for a, b in zip(stored.programs, programs, strict=True):
        assert np.array_equal(a.pens, b.pens)
        for name in ("targets", "apexes"):
            off = getattr(a, name) - getattr(b, name)
            assert max(abs(off.real).max(), abs(off.imag).max()) <= 0.5 / GRID + 1e-12
    with pytest.raises(ValueError, match="70 x-heights"):
        _save(path, WordSet(["a"], ["w"], [Program(np.array([MOVE, END], np.int8), np.array([70 + 0j, 0]), np.zeros(2, complex))]))


def test_nothing_spliced_from_a_held_out_word_is_trained_on(words):
    spliced = np.flatnonzero(words.spliced_from >= 0)
    assert all(words.texts[words.spliced_from[i]] == words.texts[i].rstrip("!") for i in spliced)
    for seed in range(5):
        train, test = split(words, 0.3, seed)
        assert (words.spliced_from[test] < 0).all() and not np.isin(words.spliced_from[train], test).any()
        natural = len(words.texts) - len(spliced)
        assert len(test) == round(0.3 * natural) and len(set(train) | set(test)) >= natural
        assert all(np.array_equal(a, b) for a, b in zip(split(words, 0.3, seed), (train, test), strict=True))


def test_a_splice_goes_with_its_word(words):
    keep = np.ones(len(words.texts), bool)
    host = words.spliced_from.max()
    keep[[0, host]] = False
    left = words.subset(keep)
    gone = set(np.flatnonzero(np.isin(words.spliced_from, [0, host]))) | {0, host}
    assert left.texts == [text for i, text in enumerate(words.texts) if i not in gone]
    spliced = np.flatnonzero(left.spliced_from >= 0)
    assert all(left.texts[left.spliced_from[i]] == left.texts[i].rstrip("!") for i in spliced)


def test_splices_are_shared_out_evenly_and_outweigh_nobody():
    own = {"a": 60, "b": 700, "c": 700, "d": 299}
    hosts = [FramedWord("nn", writer, [arches(2)]) for writer, n in own.items() for _ in range(n)]
    marks = [{"text": c, "ink": [np.array([0, 60j]), np.array([0.5 - 10j])]} for c in "!?"]
    made = spliced_words(marks, hosts, 20, np.random.default_rng(0), writers_first=["a", "d", "nobody"])
    for sign in "!?":
        assert Counter(w.writer for w in made if sign in w.text) == {"a": 1, "d": 5, "b": 7, "c": 7}
    assert all(word.source in hosts and word.source.writer == word.writer for word in made)


def test_batches_do_not_depend_on_where_a_run_began_or_on_who_makes_them(words):
    packed, train = PackedWords(words, ALPHABET), split(words, 0.1, 0)[0]
    weight = weights_of(words, train, 1.0)

    def make(first, stride):
        return batches(packed, train, weight, size=4, seed=3, first=first, stride=stride, showing=Showing(2, (1, 3)))

    first = list(islice(make(0, 1), 40))
    for other in (make(37, 1), islice(stream(37, make, 2), 3)):
        for before, after in zip(first[37:], other, strict=False):
            assert before.tokens.equal(after.tokens) and before.characters.equal(after.characters)
            assert before.references.tokens.equal(after.references.tokens) and before.hand.equal(after.hand)


def test_no_word_is_shown_to_itself(words):
    """A row whose hand is shown is not among the words that show it; all of them are that writer's."""
    packed, train = PackedWords(words, ALPHABET), split(words, 0.1, 0)[0]
    source = batches(packed, train, weights_of(words, train, 1.0), size=16, seed=1, showing=Showing(2, (2, 5)))
    for batch in islice(source, 10):
        shown = batch.references
        for row in np.flatnonzero(batch.hand.numpy() >= 0):
            theirs = shown.tokens[shown.hand == batch.hand[row]]
            n = int(batch.real[row].sum())
            pens, lengths = batch.tokens[row, :n, 0], [int(r.sum()) for r in shown.real[shown.hand == batch.hand[row]]]
            assert len(theirs) in range(2, 6) and not (batch.made_up[row] and batch.hand[row] < 0)
            same = [k for k, m in enumerate(lengths) if m == n and theirs[k, :n].equal(batch.tokens[row, :n])]
            assert not same and len(pens) == n


def test_distortion_keeps_the_left_end_at_zero(words):
    batch = collate(PackedWords(words, ALPHABET), np.arange(6), Distortion().draw(6, np.random.default_rng(0)))
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
