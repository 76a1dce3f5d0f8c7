"""Rows broken together, against all ways there are; spaces, columns, widows, fitting."""

from itertools import combinations, pairwise

import numpy as np
import pytest

from plotwriter.errors import ConfigError, LayoutError
from plotwriter.ink import Ink, Page, Stroke
from plotwriter.layout import PageSetup, Split, fit_pages, paper, typeset, wanted_breaks
from plotwriter.layout.breaking import Break, Measure, _demerits, break_rows
from plotwriter.layout.placing import place_rows
from plotwriter.layout.rows import WIDEST, set_rows
from plotwriter.layout.spacing import kerns
from plotwriter.text import check_language, from_markdown, hyphen_points, paragraphs, prompts
from tests.factories import make_ink

TEXT = "hugging minimum jiggle, quickly. anyone who goes there again may say so to us " * 6


def box(width, text="a"):
    return Ink((Stroke(np.array([0j, complex(width, -2.5)]), (0, len(text))),), text)


def write(text):
    return [make_ink(prompt.text, 2, seed=i) for i, prompt in enumerate(prompts(paragraphs(text)))]


def setting(setup, text=TEXT):
    return set_rows(paragraphs(text), write(text), setup)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("justify", [False, True])
def test_no_other_way_of_breaking_is_better(seed, justify):
    widths = np.random.default_rng(seed).uniform(5, 25, 9).tolist()
    measure = Measure(60.0, 3.0, start=5.0, justify=justify)

    def total(ends):
        cost, before = 0.0, Break(-1)
        for end in ends:
            own = widths[before.word + 1 : end.word + 1]
            length = sum(own) + 3.0 * (len(own) - 1) + (5.0 if before.word < 0 else 0.0)
            if length > 60.0 + (0.9 * (len(own) - 1) if justify else 0.0):
                return np.inf
            cost += _demerits(before, end, length, len(own) - 1, measure, last=end.word == len(widths) - 1)
            before = end
        return cost

    every = [[Break(k) for k in (*inner, 8)] for n in range(9) for inner in combinations(range(8), n)]
    found = break_rows(widths, [0.0] * 8, measure)
    assert total(found) == pytest.approx(min(map(total, every)))


def test_a_word_no_row_holds_gives_no_breaks():
    assert break_rows([5.0, 70.0], [0.0], Measure(60.0, 3.0)) is None
    assert break_rows([5.0, 70.0], [0.0], Measure(60.0, 3.0), {1: [(40.0, 35.0)]}) == [Break(1, 0), Break(1)]


@pytest.mark.parametrize("align", ["left", "right", "center", "justify"])
def test_rows_are_aligned_by_their_spaces_alone(align):
    setup = PageSetup(paper("a5"), align=align)
    rows = setting(setup)
    for row in rows:
        left, right = row.pieces[0].x, row.pieces[-1].x + row.pieces[-1].ink.bounds()[2] - row.pieces[-1].ink.bounds()[0]
        assert left >= -1e-9 and right <= setup.width + 1e-9
        if align == "right":
            assert right == pytest.approx(setup.width)
        elif align == "center":
            assert left == pytest.approx(setup.width - right)
        elif align == "justify":
            gaps = [b.x - a.x - (a.ink.bounds()[2] - a.ink.bounds()[0]) for a, b in pairwise(row.pieces)]
            assert max(gaps) <= 1.35 * WIDEST * setup.word_space
            assert left == 0 and (row.left == 0 or right == pytest.approx(setup.width) or max(gaps) > 1.5 * setup.word_space)
    inks = {id(piece.ink) for row in rows for piece in row.pieces}
    assert len(inks) == len(TEXT.split())  # no letter was stretched: the ink is that of the words


def test_air_between_open_shapes_brings_words_closer():
    down = np.linspace(2.4, -5, 200)
    tall, open_ = (Ink((Stroke(lean * down + 1j * down, (0, 1)),), "l") for lean in (0.0, -1.0))
    even = kerns([tall] * 6, 2.5, 3.0)
    mixed = kerns([tall, tall, tall, open_, tall, tall, tall], 2.5, 3.0)
    assert np.ptp(even) < 1e-9 and mixed[2] < even[2] and min(mixed) >= -0.35 * 3.0 and max(mixed) <= 0.35 * 3.0


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_no_row_of_a_paragraph_stands_alone(columns):
    text = "\n\n".join("one two three four five six seven eight nine ten " * n for n in (2, 1, 3, 1, 2, 4, 1, 2) * 2)
    setup = PageSetup(paper("a5"), columns=columns, margins=(20.0, 10.0, 20.0, 10.0), column_gap=6.0, x_height=2.0)
    words = [word.map(lambda z: z * 0.4) for word in write(text)]
    placed = place_rows(set_rows(paragraphs(text), words, setup), setup)
    assert len({one.column for one in placed}) > 1
    for a, b in pairwise(placed):
        assert b.column - a.column in (0, 1) and (b.column > a.column or b.baseline > a.baseline)
        if b.column > a.column and b.row.paragraph == a.row.paragraph:
            assert a.row.index > 0 and b.row.left > 0
    for page in typeset(paragraphs(text), words, text, setup=setup):
        assert page.bounds()[0] >= 10 - 1e-9 and page.bounds()[2] <= 138 + 1e-6


def test_fit_takes_as_little_away_as_it_must_and_says_what_is_left_over():
    setup = PageSetup(paper("a6"))
    words, blocks = write(TEXT), paragraphs(TEXT)
    n_pages = len(typeset(blocks, words, TEXT, setup=setup))
    assert fit_pages(blocks, words, setup, n_pages) == (setup, 1.0)
    smaller, scale = fit_pages(blocks, words, setup, n_pages - 1)
    assert 0.75 <= scale < 1 and smaller.x_height == pytest.approx(scale * setup.x_height)
    assert len(typeset(blocks, [w.map(lambda z: z * scale) for w in words], TEXT, setup=smaller)) == n_pages - 1
    with pytest.raises(LayoutError, match=r"--fit: \d+ rows \(\d+ mm\) are too many for 1 page even at --size 1.9mm"):
        fit_pages(paragraphs(TEXT * 3), write(TEXT * 3), setup, 1)


def test_words_are_broken_only_where_it_pays_and_the_text_stays():
    text = "so wonderful incredible extraordinary unbelievable circumstances happening everywhere"
    setup = PageSetup(paper("a6"), align="justify")
    words, blocks = write(text), paragraphs(text)
    points = {i: hyphen_points(word.text, "en") for i, word in enumerate(prompts(blocks))}
    wanted = wanted_breaks(blocks, words, setup, points)
    assert wanted and all(at in points[word] for word, at in wanted.items())
    splits = {
        i: [Split(at, make_ink(text.split()[i][:at] + "-", seed=90 + i), make_ink(text.split()[i][at:], seed=80 + i))]
        for i, at in wanted.items()
    }
    pages = typeset(blocks, words, text, setup=setup, splits=splits)
    written = {i for page in pages for stroke in page.strokes for i in range(*stroke.span)}
    assert written == {i for i, char in enumerate(text) if not char.isspace()}


@pytest.mark.parametrize("width", range(40, 110, 7))
def test_points_that_stand_apart_begin_no_row(width):
    text = "vous voulez « bien » dire que non ; oui ! pourquoi : parce que « si »"
    setup = PageSetup(Page(width + 20.0, 200.0), (10.0,) * 4)
    words = [make_ink(prompt.text, seed=i) for i, prompt in enumerate(prompts(paragraphs(text)))]
    for row in set_rows(paragraphs(text), words, setup):
        said = [text[slice(*piece.span)] for piece in row.pieces]
        assert said[0] not in "»;!:" and said[-1] != "«"


def test_hyphen_points_and_languages():
    assert hyphen_points("handwriting", "en") == [4, 8]
    assert hyphen_points("well-known", "en") == hyphen_points("a1b2c3d4", "en") == hyphen_points("cat", "en") == []
    with pytest.raises(ConfigError, match=r"--hyphenate: no patterns for 'xx'"):
        check_language("xx")


def test_markdown_shapes_paragraphs_and_leaves_the_words():
    text, shapes = from_markdown(
        "{date} May 3\n\n# A **big** day #\nfirst line\nsame line  \nnew line\n* one\n  - two\n12) three\n\\# not a title"
    )
    assert text.split("\n\n") == ["May 3", "A big day", "first line same line\nnew line", "- one", "- two", "12. three # not a title"]
    found = paragraphs(text, shapes)
    assert [(p.shape.kind, p.shape.level) for p in found] == [
        ("date", 0), ("heading", 1), ("text", 0), ("bullet", 0), ("bullet", 1), ("numbered", 0),
    ]  # fmt: skip


def test_items_hang_and_signatures_stand_right():
    text, shapes = from_markdown("- " + "go on " * 20 + "\n\n{signature} Ada\n\n{date} May")
    blocks = paragraphs(text, shapes)
    setup = PageSetup(paper("a6"))
    rows = set_rows(blocks, [make_ink(p.text, seed=i) for i, p in enumerate(prompts(blocks))], setup)
    item = [row for row in rows if row.paragraph == 0]
    edges = {round(row.pieces[1 if row.index == 0 else 0].x, 6) for row in item}
    assert len(edges) == 1 and edges.pop() > 0 and item[0].pieces[0].x == 0
    assert rows[-2].pieces[0].x == pytest.approx(setup.width / 2)
    last = rows[-1].pieces[-1]
    assert last.x + last.ink.bounds()[2] - last.ink.bounds()[0] == pytest.approx(setup.width)
