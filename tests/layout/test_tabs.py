"""Tabbed lines: columns begin at one edge, figures end at one, and nothing overlaps."""

import numpy as np
import pytest

from plotwriter.errors import LayoutError
from plotwriter.layout import PageSetup, paper, typeset
from plotwriter.text import from_markdown, paragraphs, prompts
from tests.factories import make_ink

SETUP = PageSetup(paper("a5"), x_height=2.0, word_space=3.0)


def boxes(text, setup=SETUP, shapes=None):
    """Left, right and baseline row of every word, by its number."""
    blocks = paragraphs(text, shapes)
    words = [make_ink(word.text, 2, seed=i, x_height=2.0) for i, word in enumerate(prompts(blocks))]
    (page,) = typeset(blocks, words, text, setup=setup)
    found = []
    for word in prompts(blocks):
        z = np.concatenate([s.points for s in page.strokes if word.span[0] <= s.span[0] < word.span[1]])
        found.append((z.real.min(), z.real.max(), z.imag.max()))
    return found


def test_cells_begin_at_one_edge_and_stay_apart():
    b = boxes("tea\tgreen or black\nbiscuits with jam\tplain\nthanks to you")
    assert b[1][0] == pytest.approx(b[7][0]) and b[1][0] > b[6][1] + 2 * SETUP.word_space  # green, plain; jam
    assert b[9][0] == pytest.approx(b[8][1] + SETUP.word_space, abs=0.4 * SETUP.word_space)  # no column in a line without tabs


def test_figures_end_at_one_edge_under_their_heading():
    b = boxes("item\tprice\ntea\t2.50\nbiscuits\t€111.00\ncoffee\t3 %")
    ends = [b[k][1] for k in (1, 3, 5, 8)]
    assert ends == pytest.approx([ends[0]] * 4)
    words = boxes("item\tprice\ntea\tgood")
    assert words[1][0] == pytest.approx(words[3][0])


def test_items_with_tabs_share_their_columns():
    plain, shapes = from_markdown("- tea\tgreen\n- biscuits\tplain")
    b = boxes(plain, shapes=shapes)
    assert b[2][0] == pytest.approx(b[5][0]) and b[1][0] == pytest.approx(b[4][0])
    plain, shapes = from_markdown("| a | b |\n\n- a very wide item\tgreen")  # a table of another kind has columns of its own
    c = boxes(plain, shapes=shapes)
    assert c[1][0] < c[-1][0] - 20


def test_a_long_last_cell_goes_on_below_itself():
    b = boxes("name\t" + "so many words " * 8 + "\nAda\tshort")
    second = {round(left, 6) for left, _, low in b[1:-2] if left < b[1][0] + 1}
    assert len({round(low) for _, _, low in b[1:-2]}) > 1 and second == {round(b[1][0], 6)} and b[-1][0] == pytest.approx(b[1][0])


def test_columns_that_do_not_fit_say_by_how_much():
    with pytest.raises(LayoutError, match=r"the columns between the tabs are \d+\.\d mm wider than a row of 108\.0 mm"):
        boxes("a very long cell that fills all of the row\tand another one\nb\tc")


@pytest.mark.parametrize("dial", [0.4, 1.0])
def test_columns_stay_columns_however_natural(dial):
    setup = PageSetup(paper("a5"), x_height=2.0, word_space=3.0, naturalness=dial, seed=3)
    even, loose = (boxes("tea\tgreen or black\nbiscuits with jam\tplain\nrye bread\tdark", setup=one) for one in (SETUP, setup))
    for k in (1, 7, 10):
        assert 0 <= loose[k][0] - even[k][0] <= 0.5 * dial * setup.x_height + 1e-6
    assert all(loose[k][0] > loose[k - 1][1] + 0.5 * setup.word_space for k in (1, 7, 10))
