from itertools import pairwise

import numpy as np
import pytest

from plotwriter.errors import ConfigError, LayoutError
from plotwriter.ink import Ink, Page, Stroke
from plotwriter.layout import PAPERS, PageSetup, fit_pages, inside, paper, typeset
from plotwriter.text import paragraphs, prompts
from tests.factories import make_ink, n_dots

TEXT = "Dear Ada,\n\n  it is a quiet morning. I sit here\nand write.\n\n" + "hugging minimum jiggle, quickly. " * 30


def write(text, x_height=2.5):
    return [make_ink(prompt.text, 2, seed=i, x_height=x_height) for i, prompt in enumerate(prompts(paragraphs(text)))]


def layout(text, setup, **kwargs):
    return typeset(paragraphs(text), write(text, **kwargs), text, setup=setup)


@pytest.mark.parametrize("name", ["a6", "a5", "a4", "dl", "no10", "80x60mm"])
@pytest.mark.parametrize("margin", [5.0, 12.0])
def test_everything_is_inside_the_margins_and_nothing_is_lost(name, margin):
    setup = PageSetup(paper(name), (margin,) * 4)
    pages = layout(TEXT, setup)
    words = write(TEXT)
    assert sum(len(page.strokes) for page in pages) == sum(len(word.strokes) for word in words)
    assert sum(map(n_dots, pages)) == sum(map(n_dots, words))
    for page in pages:
        left, top, right, bottom = page.bounds()
        assert left >= margin - 1e-9 and top >= margin - 1e-9
        assert right <= setup.page.width - margin + 1e-6 and bottom <= setup.page.height - margin + 1e-6
        assert page.text == TEXT and page.page == setup.page
    written = {i for page in pages for stroke in page.strokes for i in range(*stroke.span)}
    assert written == {i for i, char in enumerate(TEXT) if not char.isspace()}
    first = [stroke.span[0] for page in pages for stroke in page.strokes if stroke.length]
    assert first == sorted(first)  # writing order


def boxes(ink, text):
    """Left and right edge of every word's ink on one page, by its span."""
    found = []
    for prompt in prompts(paragraphs(text)):
        own = [s.points for s in ink.strokes if prompt.span[0] <= s.span[0] < prompt.span[1]]
        if own:
            z = np.concatenate(own)
            found.append((z.real.min(), z.real.max()))
    return found


def test_words_of_a_row_are_about_one_word_space_apart():
    text = "one row of words"
    for space in (2.0, 4.5):
        (page,) = layout(text, PageSetup(paper("a4"), word_space=space))
        edges = boxes(page, text)
        gaps = [b[0] - a[1] for a, b in pairwise(edges)]
        assert max(abs(gap - space) for gap in gaps) <= 0.35 * space + 1e-9


def test_rows_paragraphs_and_indents():
    setup = PageSetup(paper("a4"), first_line=40.0, line_height=8.0, paragraph_gap=0.5, indent=7.0)
    text = "ao\nao\n\n  ao"
    dash = Ink((Stroke(np.array([0j, 3 - 2.5j]), (0, 2)),), "ao")
    (page,) = typeset(paragraphs(text), [dash] * 3, text, setup=setup)
    starts = [stroke.points[0] for stroke in page.strokes]
    assert np.allclose(starts, [27 + 40j, 20 + 48j, 20 + 7 + 2 * setup.word_space + 60j])
    assert [stroke.span for stroke in page.strokes] == [(0, 2), (3, 5), (9, 11)]


def test_a_word_too_wide_is_named():
    with pytest.raises(LayoutError, match=r'"Donaudampfschiffahrt" is \d+\.\d mm wide, a line has 30\.0 mm; use a smaller --size'):
        layout("a Donaudampfschiffahrt", PageSetup(Page(50, 100), (10,) * 4))


def test_a_page_too_small_for_a_line_says_what_it_needs():
    with pytest.raises(LayoutError, match="not one line fits"):
        layout("a", PageSetup(Page(50, 15), (5,) * 4, x_height=5), x_height=5)
    with pytest.raises(LayoutError, match="leave no room"):
        PageSetup(Page(50, 100), (10, 30, 10, 30))


@pytest.mark.parametrize("change", [{"x_height": 0.0}, {"line_height": -1.0}, {"word_space": float("nan")}, {"margins": (1, 1, 1, -1)}])
def test_a_setup_that_means_nothing_is_refused(change):
    with pytest.raises(LayoutError, match="--"):
        PageSetup(paper("a5"), **change)


def test_words_and_prompts_must_belong_together():
    with pytest.raises(ValueError, match="do not match"):
        typeset(paragraphs("a b"), write("a c"), "a b", setup=PageSetup(paper("a5")))
    with pytest.raises(LayoutError, match='"a" came without ink'):
        typeset(paragraphs("a"), [Ink((), "a")], "a", setup=PageSetup(paper("a5")))


def test_ink_off_the_sheet_is_refused_by_name():
    strokes = tuple(Stroke(np.array([0j, 5 + 5j]) + at, span) for at, span in ((98, (0, 1)), (50j, (3, 5)), (-4, (7, 8))))
    with pytest.raises(LayoutError, match=r'page 2: "on" by 3\.0 mm at the right, "in" by 4\.0 mm at the left would leave the 100 x 60 mm'):
        inside(Ink(strokes, "on off in", Page(100, 60)), Page(100, 60), where="page 2")
    with pytest.raises(LayoutError, match="stroke 1 by"):
        inside(Ink((Stroke(np.array([-1j]), (0, 0)),), ""), Page(1, 1))
    with pytest.raises(LayoutError, match="at the top"):
        layout("low", PageSetup(paper("a5"), first_line=2.0))


def test_paper():
    assert paper("A4") == Page(210, 297) and paper("a4", landscape=True) == Page(297, 210)
    assert paper("100x150mm") == Page(100, 150) and paper("4x6in") == Page(101.6, 152.4)
    assert all(0 < page.width and 0 < page.height for page in PAPERS.values())
    for bad, hint in (("a44", "a4"), ("lettre", "letter"), ("10y20", "known"), ("0x5mm", "above 0"), ("9000x10m", "unit"), ("", "known")):
        with pytest.raises(ConfigError, match=rf"--paper.*{hint}"):
            paper(bad)


def test_fit_makes_a_word_that_is_too_wide_smaller():
    text = "incomprehensibilities"
    (word,) = write(text)
    wide = word.bounds()[2] - word.bounds()[0]
    setup = PageSetup(Page(0.9 * wide + 20, 100), margins=(10,) * 4)
    with pytest.raises(LayoutError, match="mm wide"):
        typeset(paragraphs(text), [word], text, setup=setup)
    smaller, scale = fit_pages(paragraphs(text), [word], setup, 1)
    assert 0.85 < scale <= 0.9 and smaller.x_height == pytest.approx(scale * setup.x_height)
    with pytest.raises(LayoutError, match="mm wide"):
        fit_pages(paragraphs(text), [word], PageSetup(Page(0.6 * wide + 20, 100), margins=(10,) * 4), 1)
