"""Samples of ink matched to their text."""

from collections import Counter

import numpy as np
import pytest

from plotwriter.errors import SampleError
from plotwriter.hands.matching import match
from plotwriter.hands.pages import split_lines
from plotwriter.hands.picture import match_picture
from plotwriter.inkfiles import Guide, InkSample
from plotwriter.samplers.autoregressive import GptSampler
from plotwriter.styles import find_style
from plotwriter.text import Prompt

TEXTS = "garden Monday writing seventeen quickly apple jumps 1876 Ben's house, paper and the with from over river stone".split()


@pytest.fixture(scope="module")
def words():
    """Words of a hand that ships, 40 tablet units to an x-height, leaning, y down."""
    style = find_style("hazel")
    inks = GptSampler(style, device="cpu").write([Prompt(text, (0, len(text))) for text in TEXTS], style, seed=3)
    lean = [[(z - 0.2 * z.imag) * 40 + 1j * 900 for z in (stroke.points for stroke in ink.strokes)] for ink in inks]
    return [InkSample(text, tuple(strokes), "", f"word {k}") for k, (text, strokes) in enumerate(zip(TEXTS, lean, strict=True), 1)]


def page_of(words, n_lines=3, gap=60.0):
    """The words as lines of one page."""
    per_line = -(-len(words) // n_lines)
    strokes, texts = [], []
    for row in range(n_lines):
        left = 0.0
        part = words[row * per_line : (row + 1) * per_line]
        texts.append(" ".join(word.text for word in part))
        for word in part:
            every = np.concatenate(word.strokes)
            strokes += [points - every.real.min() + left + 200j * row for points in word.strokes]
            left += np.ptp(every.real) + gap
    return InkSample("\n".join(texts), tuple(strokes))


def test_words_are_framed_whatever_their_size_and_lean(words):
    found = match(words)
    assert len(found.used.texts) >= len(TEXTS) - 1
    assert found.facts.slant == pytest.approx(0.2 + 0.0767, abs=0.15)
    big = match([InkSample(w.text, tuple(7 * s + 100 for s in w.strokes), "", w.place) for w in words])
    assert big.used.texts == found.used.texts
    for a, b in zip(found.used.programs, big.used.programs, strict=True):
        assert len(a.pens) == len(b.pens) and np.abs(a.targets - b.targets).max() < 0.02
    assert float(np.median(found.used.costs)) < 0.3


def test_a_few_words_are_enough(words):
    found = match(words[:2])
    assert found.used.texts == TEXTS[:2]


def test_a_page_falls_into_its_lines_and_words(words):
    found = match([page_of(words)])
    alone = match(words)
    assert Counter(found.used.texts) - Counter(TEXTS) == Counter() and len(found.used.texts) >= 0.6 * len(alone.used.texts)
    assert found.facts.word_space > 0.5


def test_a_wrong_text_is_dropped_and_told(words):
    wrong = [*words[:-1], InkSample("xylophone", words[0].strokes, "", "the last")]
    found = match(wrong)
    dropped = [word for word in found.dropped if word.place == "the last"]
    assert len(dropped) == 1 and "does not read as its text" in dropped[0].reason
    assert "xylophone" not in found.used.texts


@pytest.mark.parametrize(
    ("text", "reason"),
    [("garden ☃", "alphabet|doubtful"), ("", "no text"), ("é", "alphabet"), ("a" * 30, "24 characters"), ("a\nb\nc", "3 lines")],
)
def test_what_cannot_be_used_says_why(words, text, reason):
    found = match([InkSample(text, words[0].strokes[:1])])
    assert len(found.used.texts) == 0
    assert any(part in found.dropped[0].reason for part in reason.split("|"))


def test_numbers_drop_words(words):
    found = match(words, drop=frozenset({1, 4}))
    assert [word.number for word in found.dropped if word.reason == "dropped by hand"] == [1, 4]
    assert TEXTS[0] not in found.used.texts


def test_a_guide_stands_in_for_a_baseline_that_the_ink_does_not_show(words):
    quotes = InkSample('"', (np.array([0, -8j]), np.array([10, 10 - 8j])), "", "", Guide(70.0, 40.0))
    found = match([*words, quotes])
    last = found.words[-1]
    assert last.framed and 1.0 < np.concatenate(last.strokes).imag.min() < 3.0


def test_late_dots_go_back_to_their_line():
    rows = [[np.array([0j, 10 + 1j, 20]) + 30 * k - 100j * row for k in range(5)] for row in range(3)]
    late = np.array([15 + 5j, 16 + 5j])
    strokes = [*rows[0], *rows[1], late, *rows[2]]
    assert split_lines(strokes, 3) == [[0, 1, 2, 3, 4, 10], [5, 6, 7, 8, 9], [11, 12, 13, 14, 15]]
    assert split_lines(strokes[:2], 3) is None and split_lines(rows[0], 2) is None


def test_the_picture_shows_every_word_and_escapes_its_text(words):
    picture = match_picture(match([*words[:3], InkSample("<b>&", words[3].strokes)]))
    assert picture.count("<text") >= 5 and "&lt;b&gt;&amp;" in picture and "<b>" not in picture


def test_a_word_is_put_right_by_its_number(words):
    wrong = [InkSample("morning" if k == 4 else w.text, w.strokes, "", w.place) for k, w in enumerate(words)]
    assert "quickly" not in match(wrong).used.texts
    found = match(wrong, fix={5: "quickly"})
    assert found.words[4].text == "quickly" and not found.words[4].reason and found.words[4].cost < 1
    assert found.used.texts == match(words).used.texts


def test_a_word_of_a_line_is_put_right(words):
    page = page_of(words)
    found = match([InkSample(page.text.replace("jumps", "jumper"), page.strokes)])
    number = next(word.number for word in found.words if word.text == "jumper")
    right = match([InkSample(page.text.replace("jumps", "jumper"), page.strokes)], fix={number: "jumps"})
    assert [word.text for word in right.words] == [word.text for word in match([page]).words]


def test_a_line_without_text_is_fixed_as_a_whole_and_numbers_stay(words):
    page = page_of(words, n_lines=1)
    dumb = InkSample("two words", page.strokes, "", "page")
    whole = match([dumb, *words])
    assert whole.words[0].reason
    found = match([dumb, *words], fix={1: page.text, 3: "Monday"}, drop=frozenset({2}))
    n = len(found.words) - len(words)
    assert n >= len(TEXTS) - 2 and {word.number for word in found.words[:n]} == {1}
    assert found.words[n].reason == "dropped by hand" and found.words[n + 1].text == "Monday" and found.words[-1].number == len(words) + 1


@pytest.mark.parametrize(("fix", "hint"), [({0: "a"}, "no word 0"), ({99: "a"}, "no word 99"), ({1: "  "}, "--drop 1")])
def test_fixes_that_cannot_be(words, fix, hint):
    with pytest.raises(SampleError, match=hint):
        match(words, fix=fix)
    page = page_of(words)
    with pytest.raises(SampleError, match="cut from a line"):
        match([page], fix={2: "two words"})
