"""A letter from end to end with the hands that ship: laws that hold for whatever the net writes."""

from dataclasses import replace

import numpy as np
import pytest

from plotwriter import scribe as scribe_module
from plotwriter.errors import ConfigError, LayoutError, TextError
from plotwriter.exchange import canonical, to_json
from plotwriter.ink import Page
from plotwriter.letter import Sheet, compose, seed_of
from plotwriter.samplers.protocol import Manner
from plotwriter.scribe import shape
from plotwriter.strokes import measured_slant
from plotwriter.styles import find_style, installed_styles
from plotwriter.text import Respell
from tests.factories import hausdorff, make_ink

CARD = Sheet(Page(148.0, 105.0), margins=(8.0, 10.0, 12.0, 14.0), x_height=2.0)
TEXT = "Dear Ada,\n  it is I.\n\nYes! (no. 7)"


@pytest.fixture(scope="module")
def linden():
    return find_style("linden")


@pytest.fixture(scope="module")
def letter(linden):
    return compose(TEXT, linden, CARD, seed=3)


def strokes_of(document, first, last):
    """What writes the characters [first, last), its left end at x = 0 and its first point's row at y = 0."""
    strokes = [s for page in document.pages for s in page.strokes if first <= s.span[0] and s.span[1] <= last]
    left = min(s.points.real.min() for s in strokes)
    return [s.points - left - 1j * strokes[0].points[0].imag for s in strokes]


def test_same_seed_same_ink(linden, letter):
    assert to_json(compose(TEXT, linden, CARD, seed=3).document) == to_json(letter.document)
    assert to_json(compose(TEXT, linden, CARD, seed=4).document) != to_json(letter.document)


def test_a_word_does_not_depend_on_its_neighbours(linden):
    """Batches differ in the last bits of their sums, so the ink is compared to a few hundredths of a millimetre."""
    short = compose("Dear Ada", linden, CARD, seed=5, n_draws=2)
    long = compose("Dear Ada it was so kind of you", linden, CARD, seed=5, n_draws=2)
    for first, last in ((0, 4), (5, 8)):
        ours, theirs = strokes_of(short.document, first, last), strokes_of(long.document, first, last)
        assert len(ours) == len(theirs)
        assert all(hausdorff(a, b) < 0.03 for a, b in zip(ours, theirs, strict=True))


def test_a_word_does_not_depend_on_the_sheet(linden, letter):
    wide = compose(TEXT, linden, replace(CARD, page=Page(300, 200), line_height=20.0, word_space=9.0, indent=5.0), seed=3)
    for first, last in ((0, 4), (5, 9), (12, 14)):
        ours, theirs = strokes_of(letter.document, first, last), strokes_of(wide.document, first, last)
        assert all(np.abs(a - b).max() < 0.005 for a, b in zip(ours, theirs, strict=True))  # each is rounded to 0.001


def test_spans_cover_every_written_character_in_order(letter):
    text = letter.document.text
    spans = [stroke.span for page in letter.document.pages for stroke in page.strokes]
    assert all(0 <= first < last <= len(text) for first, last in spans)
    assert not any(char.isspace() for first, last in spans for char in text[first:last])  # of one word each
    words = [len(text[:first].split()) - (not text[first - 1 : first].isspace() and first > 0) for first, _ in spans]
    assert words == sorted(words) and set(words) == set(range(letter.n_words))
    covered = {i for first, last in spans for i in range(first, last)}
    assert {i for i, char in enumerate(text) if not char.isspace()} <= covered
    assert letter.n_words == len(text.split())


def test_a_word_longer_than_the_window_is_written_whole(linden):
    text = "mother-in-law-" * 4 + "x"
    document = compose(text, linden, replace(CARD, page=Page(400, 100)), seed=1).document
    covered = {i for stroke in document.pages[0].strokes for i in range(*stroke.span)}
    assert covered == set(range(len(text)))


def test_ink_stays_inside_the_margins(letter):
    top, right, bottom, left = CARD.margins
    for page in letter.document.pages:
        ink = page.bounds()
        assert ink[0] >= left - 0.3 and ink[1] >= top - 0.3  # 0.3: a dot is moved a little to leave a mark
        assert ink[2] <= page.page.width - right + 0.3 and ink[3] <= page.page.height - bottom + 0.3


def test_the_document_is_canonical_and_drawable(letter):
    assert to_json(canonical(letter.document)) == to_json(letter.document)
    for page in letter.document.pages:
        for stroke in page.strokes:
            assert np.isfinite(stroke.points).all() and len(stroke.points) > 1 and stroke.length > 0


def test_the_seed_is_kept_and_comes_from_the_text(linden, letter):
    assert (letter.document.seed, letter.document.style) == (3, "linden")
    own = compose("Ada", linden, CARD, n_draws=1).document
    assert own.seed == seed_of("Ada", linden) == seed_of("Ada", linden) != seed_of("Bob", linden)
    assert 0 <= own.seed < 2**31


def test_the_size_is_the_size(linden):
    """Ink at twice the size is twice the ink."""
    small, large = (compose("minimum", linden, replace(CARD, x_height=x), seed=2, n_draws=1).document for x in (1.5, 3.0))
    (_, top, right, bottom), (_, top2, right2, bottom2) = small.pages[0].bounds(), large.pages[0].bounds()
    assert (bottom2 - top2) == pytest.approx(2 * (bottom - top), rel=0.02)
    assert (right2 - 14) == pytest.approx(2 * (right - 14), rel=0.02)


@pytest.mark.parametrize("name", sorted(installed_styles()[0]))
def test_every_hand_writes(name):
    document = compose("Ada is in.", find_style(name), CARD, seed=1, n_draws=2).document
    for first, last in ((0, 3), (4, 6), (7, 10)):
        assert any(first <= stroke.span[0] < stroke.span[1] <= last for stroke in document.pages[0].strokes)


def test_progress_is_told_to_the_end(linden):
    told, folded = [], []
    compose("a ⇒b№ c", linden, CARD, n_draws=1, on_words=lambda done, total: told.append((done, total)), on_folded=folded.append)
    assert told[-1] == (3, 3) and told == sorted(told)
    assert [s.char for s in folded[0].substitutions] == ["⇒", "№"]


def test_shape_keeps_words_and_starts_at_the_left(linden):
    ink = make_ink("hello i", n_strokes=3)
    shaped = shape(ink, linden, 4.0)
    assert [s.span for s in shaped.strokes] == [s.span for s in ink.strokes] and shaped.text == ink.text
    assert shaped.bounds()[0] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "change", "error"),
    [
        (" \n", {}, TextError),
        ("привет", {}, TextError),
        ("Ada", {"x_height": 40.0}, LayoutError),
        ("Ada", {"margins": (60.0, 0.0, 60.0, 0.0)}, LayoutError),
        ("Ada", {"line_height": -1.0}, LayoutError),
    ],
)
def test_refusals(linden, text, change, error):
    with pytest.raises(error):
        compose(text, linden, replace(CARD, **change), n_draws=1)


def test_an_unknown_sampler_is_named(linden):
    with pytest.raises(ConfigError, match=r"'gtp'.*gpt"):
        compose("Ada", replace(linden, sampler="gtp"), CARD)


def by_span(document):
    """(page, span, points) of every stroke."""
    return {(number, stroke.span, stroke.points.tobytes()) for number, page in enumerate(document.pages) for stroke in page.strokes}


@pytest.fixture(scope="module")
def respelled(linden):
    return compose(TEXT, linden, CARD, seed=3, respell=Respell({2: 1, 6: 1}))


def test_a_respelled_word_is_new_and_no_other_stroke_changes(letter, respelled):
    assert respelled.moved == () and respelled.document.respelled == ((2, 1), (6, 1))
    old, new = by_span(letter.document), by_span(respelled.document)
    for changed in (old - new, new - old):
        words = {span[0] for _, span, _ in changed}
        assert words and all(5 <= at < 9 or 22 <= at < 26 for at in words), words
        assert any(at < 9 for at in words) and any(at >= 22 for at in words)
    text = letter.document.text
    assert (text[5:9], text[22:26]) == ("Ada,", "Yes!")
    left = {d: min(s.points.real.min() for s in d.pages[0].strokes if 5 <= s.span[0] < 9) for d in (letter.document, respelled.document)}
    assert left[letter.document] == pytest.approx(left[respelled.document], abs=0.002)


def test_every_respell_is_another_and_does_not_depend_on_the_others(linden, letter, respelled):
    alone = compose(TEXT, linden, CARD, seed=3, respell=Respell({2: 1}))
    twice = compose(TEXT, linden, CARD, seed=3, respell=Respell({2: 2}))
    inks = [{key for key in by_span(made.document) if 5 <= key[1][0] < 9} for made in (letter, alone, twice)]
    assert not inks[0] & inks[1] and not inks[1] & inks[2] and not inks[0] & inks[2]
    assert inks[1] == {key for key in by_span(respelled.document) if 5 <= key[1][0] < 9}


def test_words_drawn_once_more_count_again(linden):
    told = []
    compose("a b c", linden, CARD, n_draws=1, respell=Respell({1: 1, 3: 1}), on_words=lambda done, total: told.append((done, total)))
    assert told[-3:] == [(3, 3), (4, 5), (5, 5)]


def test_doubtful_words_are_the_ones_that_are_drawn_once_more(linden):
    text = r"the \|_~^`{}[]<> and"
    plain = compose(text, linden, CARD, seed=1, n_draws=1)
    again = compose(text, linden, CARD, seed=1, n_draws=1, respell=Respell(doubtful=True))
    assert {doubt.index for doubt in plain.doubts} == {1} and again.document.respelled == ((2, 1),)
    assert plain.line_of(1) == 1


def test_a_word_that_does_not_fit_its_place_sets_rows_anew(linden, letter, monkeypatch):
    monkeypatch.setattr(scribe_module.layout, "fitted", lambda *_: None)
    made = compose(TEXT, linden, CARD, seed=3, respell=Respell({8: 1}))
    assert made.moved == (8,)
    old, new = by_span(letter.document), by_span(made.document)
    assert {span[0] for _, span, _ in old - new} <= set(range(32, 34))  # the last of all: nothing beside it moves


def test_a_word_the_letter_does_not_have_is_refused(linden):
    with pytest.raises(TextError, match="word 7: the letter has 6 words"):
        compose("a b c d e f", linden, CARD, n_draws=1, respell=Respell({7: 1}))


def test_chunks_change_nothing(linden, monkeypatch):
    """Words are sampled CHUNK at a time; every one draws from its place in the whole text."""
    text = "we went to the old garden and\nfound it in the rain"
    told = []
    whole = compose(text, linden, CARD, seed=2, n_draws=2)
    monkeypatch.setattr(scribe_module, "CHUNK", 4)
    parts = compose(text, linden, CARD, seed=2, n_draws=2, on_words=lambda done, total: told.append((done, total)))
    assert to_json(parts.document) == to_json(whole.document)
    assert told == sorted(told) and told[-1] == (12, 12) and {total for _, total in told} == {12}


def test_a_doubt_of_a_later_chunk_names_its_word(linden, monkeypatch):
    monkeypatch.setattr(scribe_module, "CHUNK", 2)
    made = compose("an old\ntree\n" + r"\|_~^`{}[]<>", linden, CARD, seed=1, n_draws=1)
    assert [(doubt.index, made.line_of(doubt.index)) for doubt in made.doubts] == [(3, 3)]


def test_variation_is_in_the_shape_and_legibility_in_the_ink(linden):
    calm, own, careful = (
        compose("mountain winter running across", linden, CARD, seed=2, n_draws=1, manner=manner).document
        for manner in (Manner(variation=0.0), Manner(), Manner(legibility=1.0))
    )
    assert [s.span for s in calm.pages[0].strokes] == [s.span for s in own.pages[0].strokes]
    assert by_span(calm) != by_span(own) != by_span(careful)


def test_a_slant_is_the_one_asked_for(linden):
    """Of every word, when words do not vary."""
    for angle in (-0.1, 0.5):
        document = compose("mountain winter", replace(linden, slant=angle), CARD, seed=2, n_draws=1, manner=Manner(variation=0.0)).document
        for first, last in ((0, 8), (9, 15)):
            word = replace(document.pages[0], strokes=tuple(s for s in document.pages[0].strokes if first <= s.span[0] < last))
            assert measured_slant(word) == pytest.approx(angle, abs=0.06)
