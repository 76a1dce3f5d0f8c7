"""Word boundaries that nobody marked, found."""

import numpy as np
import pytest

from plotwriter.training.datasets import framed_sentences
from plotwriter.training.lines import framed_lines, segment, smoothed
from plotwriter.training.rejections import Rejections
from tests.training.test_words import arches, sentence


def samples(n, **more):
    rng = np.random.default_rng(4)
    marked = [sentence(rng, "w0", **more) for _ in range(n)]
    for sample in marked:
        sample["ink"] = [np.array([complex(x, -y) for x, y in stroke]) for stroke in sample["strokes"]]
    return marked


def print_line(sizes, rng, *, letter_gap=0.25, word_gap=1.3):
    """Letters in strokes of their own, and their dots when all is written; which strokes are whose."""
    ink, owners, left = [], [], 0.0
    for word, n in enumerate(sizes):
        for _ in range(n):
            letter = arches(1) * rng.uniform(0.9, 1.1)
            ink.append(letter + left)
            owners.append(word)
            left += letter.real.max() + letter_gap * rng.uniform(0.7, 1.3)
        left += word_gap * rng.uniform(0.8, 1.2)
    for word in range(len(sizes)):
        own = np.concatenate([points for points, owner in zip(ink, owners, strict=False) if owner == word])
        ink.append(np.array([own.real.mean() + 1.7j]))
        owners.append(word)
    return ink, owners


def test_lines_are_cut_where_a_person_marked_the_words():
    marked = samples(8)
    rejected = Rejections()
    wanted, _ = framed_sentences(marked, Rejections())
    found, facts = framed_lines([{k: s[k] for k in ("text", "ink", "writer")} for s in marked], rejected)
    assert not rejected and [w.text for w in found] == [w.text for w in wanted]
    for a, b in zip(found, wanted, strict=True):
        assert [len(points) for points in a.strokes] == [len(points) for points in b.strokes]
    assert facts["w0"].slant == pytest.approx(0.3, abs=0.03) and facts["w0"].word_space == pytest.approx(1.5, abs=0.15)


@pytest.mark.parametrize("seed", range(8))
def test_print_with_its_dots_at_the_end_of_the_line(seed):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 9, 6).tolist()
    ink, owners = print_line(sizes, rng)
    parts = segment(["n" * n for n in sizes], ink)
    assert [[k for k, owner in enumerate(owners) if owner == word] for word in range(6)] == [chosen for _, chosen in parts]


def test_a_comma_that_floats_to_the_next_word_is_given_back():
    first, second = print_line([4], np.random.default_rng(0))[0], print_line([5], np.random.default_rng(1))[0]
    start = max(points.real.max() for points in first) + 1.3
    comma = start - 0.15 + np.array([0.1 + 0.1j, -0.2j])
    parts = segment(["nnnn,", "nnnnn"], [*first, comma, *(points + start for points in second)])
    assert [chosen for _, chosen in parts] == [list(range(6)), list(range(6, 12))]


def test_what_does_not_fit_its_text_is_doubtful():
    ink, _ = print_line([6, 6], np.random.default_rng(0))
    assert segment(["nnnnnn", "nnnnnn"], ink) is not None
    assert segment(["nnnnnnnnnnn", "n"], ink) is None
    assert segment(["n"] * 40, ink) is None and segment([], ink) is None


def test_marks_set_apart_belong_to_their_word():
    marked = samples(2)
    for sample in marked:
        sample["text"] += " ."
    rejected = Rejections()
    words, _ = framed_lines(marked, rejected)
    assert all(word.text.isalpha() or word.text[:-1].isalpha() for word in words) and any(word.text.endswith(".") for word in words)


def test_a_doubtful_line_is_counted():
    marked = samples(3)
    marked[0]["text"] = "n " * 30
    rejected = Rejections()
    framed_lines(marked, rejected)
    assert rejected.counts() == {"line with doubtful word boundaries": 1}


def test_a_staircase_is_smoothed_and_keeps_its_ends():
    x = np.arange(0, 60, 0.25)
    stairs = x + 1j * np.round(x / 3)
    smooth = smoothed(stairs, 1.0)
    assert smooth[0] == pytest.approx(stairs[0]) and smooth[-1] == pytest.approx(stairs[-1])
    inner = smooth[(smooth.real > 4) & (smooth.real < 56)]
    assert np.abs(inner.imag - inner.real / 3).max() < 0.5 * np.abs(stairs.imag - x / 3).max()
    assert len(smoothed(np.array([3 + 4j]), 1.0)) == 1


def test_coarse_ink_is_smoothed_whatever_its_file():
    def words(x_height):
        marked = samples(4, x_height=x_height)
        for sample in marked:
            sample["ink"] = [np.round(points.real) + 1j * np.round(points.imag) for points in sample["ink"]]
        return framed_lines(marked, Rejections())[0]

    def turning(found):
        """Mean angle between steps of a fixed length, rad."""
        angles = []
        for word in found:
            points = word.strokes[0]
            away = np.concatenate([[0], np.cumsum(np.abs(np.diff(points)))])
            even = np.interp(np.arange(0, away[-1], 0.1), away, points)
            angles.append(np.abs(np.angle(np.diff(even)[1:] / np.diff(even)[:-1])).mean())
        return np.mean(angles)

    assert turning(words(12.0)) < 1.5 * turning(words(180.0))
