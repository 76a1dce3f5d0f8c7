"""One word in the place of another."""

import numpy as np
import pytest

from plotwriter.ink import Ink, Page, Stroke
from plotwriter.layout import PageSetup, fitted, place_of, swap, typeset
from plotwriter.layout.swap import CONDENSED, NARROWER, WIDER
from plotwriter.text import paragraphs, prompts
from tests.factories import make_ink

TEXT = "it is mine\nand yours"
SETUP = PageSetup(Page(80.0, 80.0), (10.0,) * 4)


def bar(width):
    return Ink((Stroke(np.array([0j, width - 1j]), (0, 1)),), "x")


def test_what_is_a_little_wider_or_narrower_fits_as_it_is():
    old, space = bar(20.0), 3.0
    for width in (20 - NARROWER * space + 0.01, 20.0, 20 + WIDER * space):
        new = bar(width)
        assert fitted(new, old, space, room=50.0) is new
    assert fitted(bar(20 - NARROWER * space - 0.1), old, space, room=50.0) is None


def test_what_is_wider_is_condensed_a_little_or_does_not_fit():
    old, space = bar(20.0), 3.0
    new = fitted(bar(21.5), old, space, room=50.0)
    assert new is not None and new.bounds()[2] == pytest.approx(20 + WIDER * space)
    assert fitted(bar((20 + WIDER * space) / (1 - CONDENSED) + 0.1), old, space, room=50.0) is None


def test_no_word_leaves_the_margin():
    new = fitted(bar(20.5), bar(20.0), 3.0, room=0.0)
    assert new is not None and new.bounds()[2] == pytest.approx(20.0)


def test_a_swapped_word_stands_where_the_old_one_stood():
    blocks = paragraphs(TEXT)
    words = prompts(blocks)
    inks = [make_ink(word.text, 2, seed=k) for k, word in enumerate(words)]
    pages = typeset(blocks, inks, TEXT, setup=SETUP)
    for k, word in enumerate(words):
        number, origin = place_of(pages, word.span, inks[k])
        same = swap(pages[number], word.span, inks[k], origin)
        for old, new in zip(pages[number].strokes, same.strokes, strict=True):
            assert old.span == new.span
            np.testing.assert_allclose(old.points, new.points, atol=1e-9)
        other = swap(pages[number], word.span, make_ink(word.text, 3, seed=9), origin)
        kept = [s for s in pages[number].strokes if not word.span[0] <= s.span[0] < word.span[1]]
        assert [s for s in other.strokes if not word.span[0] <= s.span[0] < word.span[1]] == kept
        assert [s.span[0] >= word.span[0] for s in other.strokes] == sorted(s.span[0] >= word.span[0] for s in other.strokes)


def test_a_word_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="no page"):
        place_of((), (0, 2), bar(3.0))
