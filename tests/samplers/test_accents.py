"""Every character beyond ASCII, written by the shipped hand: its mark or sign is there, where it belongs."""

import string
import unicodedata
from dataclasses import replace

import numpy as np
import pytest

from plotwriter.samplers import best_of
from plotwriter.samplers.accents import PARTS, Letters, Sign, composable, runs
from plotwriter.samplers.autoregressive import GptSampler
from plotwriter.samplers.glyphs import GLYPHS, MARKS, POINTS, draw_shape
from plotwriter.samplers.words import Drawn, _covering, compose, strokes_of
from plotwriter.styles import find_style
from plotwriter.text import Prompt, fold

ASCII = frozenset(string.printable) - frozenset(string.whitespace)
LATIN_1 = [chr(k) for k in range(0xC0, 0x100) if chr(k) not in "×÷"]
LATIN_EXTENDED_A = [chr(k) for k in range(0x100, 0x180)]
SPECIALS = list("€£¥¢§¶°©®™«»‹›„“”‘’‚–—…¿¡×÷±½¼¾⅓⅔⅛¹²³ªº·•µ†→✓șțẽḿ")
LETTERS = LATIN_1 + LATIN_EXTENDED_A + SPECIALS
ABOVE = {"grave", "acute", "circumflex", "tilde", "macron", "breve", "dot", "diaeresis", "ring", "double acute", "caron", "turned comma"}
BELOW = {"cedilla", "comma", "ogonek", "dot below"}
THROUGH = {"slash", "oblique", "bar", "stile"}
STYLE = find_style("linden")


def prompts(words):
    return [Prompt(word, (0, len(word))) for word in words]


def host(char):
    return f"n{char}o" if char.islower() else f"{char}na"


@pytest.fixture(scope="module")
def sampler():
    return GptSampler(STYLE, device="cpu", n_draws=1)


@pytest.fixture(scope="module")
def written(sampler):
    """Every character in a word of its own: the ink, its runs, and what the net drew for it."""
    seen = []

    def spy(text, word, drawn, **more):
        seen.append((compose(text, word, drawn, **more), word, drawn))
        return seen[-1][0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(best_of, "compose", spy)
        sampler.write(prompts(map(host, LETTERS)), STYLE, seed=2)
    return dict(zip(LETTERS, seen, strict=True))


def same_shape(a, b):
    return len(a) == len(b) and np.allclose(a - a[0], b - b[0], atol=1e-9)


def parted(ink, word):
    """The strokes of a word's marks, which come last, and the points of all before them; x-heights, y up."""
    n = sum(MARKS[mark].count("/") + 1 for run in word for _, mark in run.marks if mark != "no dot")
    strokes = ink.strokes[: len(ink.strokes) - n]
    return ink.strokes[len(strokes) :], np.concatenate([np.conj(s.points) for s in strokes]), strokes


def test_all_of_latin_is_in_the_alphabet(sampler):
    assert set(LETTERS) <= sampler.alphabet and ASCII <= sampler.alphabet
    assert composable("e") >= {"é", "ß", "€"} and not composable("e") & {"á", "½", "æ"}
    text = "".join(LETTERS)
    assert fold(text, sampler.alphabet).substitutions == ()
    assert [s.char for s in fold("é№", sampler.alphabet).substitutions] == ["№"]


def test_runs_hold_every_character_once_and_in_order():
    word = "«Œuvre…½x²Łódź¿»" + "".join(LETTERS)
    owners = [o for run in runs(word) for o in (run.owners if isinstance(run, Letters) else (run.owner,))]
    assert owners == sorted(owners) and set(owners) == set(range(len(word)))
    assert runs("Plain, (ASCII)!") == [Letters("Plain, (ASCII)!", tuple(range(15)))]
    for parts in PARTS.values():
        for part in parts:
            assert part.char in GLYPHS if isinstance(part, Sign) else set(part.text) <= ASCII
            assert isinstance(part, Sign) or all(mark in MARKS or mark == "no dot" for _, mark in part.marks)


def test_marks_follow_unicode():
    """The name of a letter says which mark it has."""
    for char in LATIN_1 + LATIN_EXTENDED_A:
        if len(unicodedata.normalize("NFD", char)) == 2 and char not in "ĢģĶķĻļŅņŖŗŢţďťľĽ":
            (part,) = PARTS[char]
            named = unicodedata.name(char).partition(" WITH ")[2].lower().replace(" above", "")
            assert [mark for _, mark in part.marks if mark != "no dot"] == [named]


@pytest.mark.parametrize("char", LETTERS)
def test_every_character_is_there(written, char):
    ink, word, _ = written[char]
    k = ink.text.index(char)
    covered = {i for stroke in ink.strokes for i in range(*stroke.span)}
    assert covered == set(range(len(ink.text))) and ink.text == host(char)
    assert abs(ink.bounds()[0]) < 1e-9
    (marks,) = [run.marks for run in word if isinstance(run, Letters) and run.marks] or [()]
    names = [mark for _, mark in marks if mark != "no dot"]
    if all(isinstance(run, Letters) and run.place == "line" for run in word) and not names:
        return  # spelt in plain letters
    if any(isinstance(run, Sign) for run in word):
        sign = [s for s in ink.strokes if s.span == (k, k + 1)]
        assert len(sign) >= sum(GLYPHS[run.char].count("/") + 1 for run in word if isinstance(run, Sign))
        return
    if not names:
        return  # raised, lowered or turned; see below
    new, _, _ = parted(ink, word)
    assert all(s.span == (k, k + 1) for s in new) and len(new) >= len(names)


def belongs(char, ink, word):
    """Whether the mark is above, below or through its letter, clear of the ink where it should be, and out of the row above."""
    names = {mark for run in word for _, mark in run.marks if mark != "no dot"}
    new, base, _ = parted(ink, word)
    mark, size = np.concatenate([np.conj(s.points) for s in new]), STYLE.frame_x_height
    away = np.abs(mark[:, None] - base[None]).min()
    share = (mark.real.mean() - base.real.min()) / np.ptp(base.real)
    good = 0.1 < share < 0.9 if char.islower() else share < 0.75
    if names <= ABOVE:
        top = 3.6 if char.isupper() or unicodedata.normalize("NFD", char)[0] in "hkl" else 3.2  # rows are 3.9 apart
        return good and mark.imag.min() > 0.5 * size and away > 0.02 and mark.imag.max() < top * size
    if names <= BELOW:
        return good and mark.imag.min() < min(0.1, np.quantile(base.imag, 0.2)) and mark.imag.max() < 0.5 * size
    if names <= THROUGH:
        return good and away < 0.06 and mark.imag.min() > -0.6 * size
    return good


def test_marks_are_where_they_belong(written):
    """Of nearly all: where a letter itself is out of shape, so is the place of its mark."""
    marked = {c: (ink, word) for c, (ink, word, _) in written.items() if any(isinstance(r, Letters) and r.marks for r in word)}
    marked = {c: w for c, w in marked.items() if c not in "ıȷ" and all(isinstance(run, Letters) for run in w[1])}
    lost = [char for char, (ink, word) in marked.items() if not belongs(char, ink, word)]
    assert len(marked) > 150 and len(lost) <= len(marked) // 20, lost


@pytest.mark.parametrize("char", "äöüëïÿÄÖÜ")
def test_two_dots_are_two(written, char):
    ink, word, _ = written[char]
    new, _, _ = parted(ink, word)
    assert len(new) == 2
    assert abs(new[0].points.mean() - new[1].points.mean()) > 0.2 * STYLE.frame_x_height
    high = [s for s in ink.strokes if np.ptp(s.points.real) < 0.5 and np.ptp(s.points.imag) < 0.5 and s.points.imag.mean() < -0.9]
    assert len(high) == 2 or char.isupper()


@pytest.mark.parametrize("char", "ıíîìïĩīĭĵ")
def test_an_i_with_a_mark_has_no_dot_left(written, char):
    ink, word, drawn = written[char]
    _, _, own = parted(ink, word)
    assert 0 < len(own) < sum(len(strokes_of(one.draw)) for one in drawn)


def test_figures_stand_where_they_should(sampler):
    size = STYLE.frame_x_height
    for ink in sampler.write(prompts(["m²", "H₂O", "n½"]), STYLE, seed=4):
        k = next(i for i, c in enumerate(ink.text) if c in "²₂½")
        figure = np.concatenate([np.conj(s.points) for s in ink.strokes if s.span == (k, k + 1)])
        if ink.text[k] == "²":
            assert figure.imag.min() > 0.7 * size
        elif ink.text[k] == "₂":
            assert figure.imag.max() < 1.2 * size and figure.imag.min() < 0
        else:
            assert np.ptp(figure.imag) > 1.5 * size


def test_words_do_not_depend_on_neighbours(sampler):
    words = ["Grüße", "«naïve»", "25°", "½", "—"]
    together = sampler.write(prompts(words), STYLE, seed=3)
    for i, word in enumerate(words):
        alone = sampler.write(prompts(["x"] * i + [word]), STYLE, seed=3)[i]
        assert [s.span for s in alone.strokes] == [s.span for s in together[i].strokes]
        for a, b in zip(alone.strokes, together[i].strokes, strict=True):
            np.testing.assert_allclose(a.points, b.points, atol=1e-9)
    other = sampler.write(prompts(words), STYLE, seed=5)
    assert not any(same_shape(a.strokes[-1].points, b.strokes[-1].points) for a, b in zip(together, other, strict=True))


def test_the_base_word_is_the_same_ink(sampler):
    """A mark adds strokes and moves nothing; plain words are what the net drew, to the bit."""
    (marked,), (plain,) = (sampler.write(prompts([word]), STYLE, seed=6) for word in ("čapek", "capek"))
    shift = marked.strokes[0].points[0] - plain.strokes[0].points[0]
    for a, b in zip(plain.strokes, marked.strokes, strict=False):
        np.testing.assert_allclose(b.points, a.points + shift, atol=1e-12)
    assert len(marked.strokes) == len(plain.strokes) + 1 and marked.strokes[-1].span == (0, 1)


def test_plain_words_are_what_the_net_drew_to_the_bit(sampler):
    seen = []

    def spy(text, word, drawn, **more):
        seen.append(drawn)
        return compose(text, word, drawn, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(best_of, "compose", spy)
        inks = sampler.write(prompts(["quickly,", "it's", "anti-disestablishmentarianism!"]), STYLE, seed=1)
    for ink, drawn in zip(inks, seen, strict=True):
        left, expected = 0.0, []
        for one in drawn:
            strokes = strokes_of(one.draw)
            every = np.concatenate(strokes)
            shift = left - every.real.min()
            expected += [np.conj(points + shift) for points in strokes]
            left = shift + every.real.max() + 0.15
        for stroke, points in zip(ink.strokes, expected, strict=True):
            np.testing.assert_array_equal(stroke.points, points)


def test_a_letter_the_reader_did_not_place_keeps_its_mark(sampler):
    """All steps given to the first letter: the mark stands at its share of the word."""
    seen = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(best_of, "compose", lambda *args, **more: seen.append(args) or compose(*args, **more))
        sampler.write(prompts(["none"]), STYLE, seed=1)
    ((_, _, (one,)),) = seen
    lost = Drawn(replace(one.draw, letters=np.zeros_like(one.draw.letters)), one.n_letters)
    ink = compose("noné", runs("noné"), [lost], seed=(1, 0), x_height=1.0)
    assert ink.strokes[-1].span == (3, 4)
    assert ink.strokes[-1].points.real.mean() > 0.6 * ink.bounds()[2]


@pytest.mark.parametrize("name", [*GLYPHS, *MARKS, *POINTS])
def test_every_shape_is_smooth_and_of_a_size(name):
    shape = {**GLYPHS, **MARKS, **POINTS}[name]
    strokes = draw_shape(shape, np.random.default_rng(0))
    assert len(strokes) == shape.count("/") + 1
    every = np.concatenate(strokes)
    assert np.isfinite(every).all() and np.ptp(every.real) < 2.2 and -1.2 < every.imag.min() and every.imag.max() < 2.4
    assert all(np.abs(np.diff(points)).max(initial=0) < 0.12 for points in strokes)
    again = draw_shape(shape, np.random.default_rng(0))
    assert all((a == b).all() for a, b in zip(strokes, again, strict=True))


def test_a_dot_that_goes_takes_no_character_along():
    strokes = [np.array([0, 1 + 0j]), np.array([2 + 0j, 3]), np.array([2.1 + 1.5j])]
    assert _covering([(0, 1), (2, 3), (1, 2)], {2}, strokes) == [(0, 1), (1, 3), (1, 2)]
