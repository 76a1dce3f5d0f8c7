from itertools import pairwise

import numpy as np
import pytest
import torch

from plotwriter.nets.arc_tokens import DRAW, END, MOVE, RETURN, advance
from plotwriter.nets.gpt import HandStyle
from plotwriter.samplers.draw import NOTHING, Begun, draw_words
from tests.nets.factories import styles, tiny_net

TEXTS = ["in", "little", "Ada!", "a", "word"]


def uniforms(net, n, seed=0):
    return np.stack([np.random.default_rng((seed, i)).random((net.config.max_steps, 4)) for i in range(n)])


def hands(net, n):
    style = styles(net, 3)
    rows = torch.arange(n) % 3
    return HandStyle(style.general[rows], style.letters[rows])


def row_of(style, i):
    return HandStyle(style.general[i : i + 1], style.letters[i : i + 1])


@pytest.fixture(scope="module")
def net():
    return tiny_net(5).double()


def test_every_draw_obeys_the_grammar(net):
    """MOVE first, DRAW after MOVE, RETURN at most once after a MOVE that interrupted something, END last or never."""
    n = 30
    for draw in draw_words(net, (TEXTS * 6)[:n], hands(net, n), uniforms(net, n), temperature=1.5):
        pens = draw.tokens[:, 0].tolist()
        assert pens[0] == MOVE
        assert draw.ended == (pens[-1] == END) and END not in pens[:-1]
        drawn, may_return = False, False
        for before, pen in pairwise(pens):
            assert (pen == DRAW) if before == MOVE else pen in (DRAW, MOVE, RETURN, END)
            if pen == RETURN:
                assert may_return and before == DRAW
                may_return = False
            if pen == MOVE:
                may_return = drawn
            drawn = drawn or pen == DRAW
        assert (draw.tokens[draw.tokens[:, 0] == MOVE, 2] > 0).all()


def test_every_letter_is_written_once_and_in_order(net):
    """The pointer begins at the first letter, advances by one, and has come to the last when the word ends."""
    n = 30
    texts = (TEXTS * 6)[:n]
    draws = draw_words(net, texts, hands(net, n), uniforms(net, n), temperature=1.5)
    assert any(draw.ended for draw in draws)
    for text, draw in zip(texts, draws, strict=True):
        assert draw.letters[0] == 0 and set(np.diff(draw.letters)) <= {0, 1} and len(draw.letters) == len(draw.tokens)
        assert draw.letters[-1] < len(text) and (not draw.ended or draw.letters[-1] == len(text) - 1)


def test_guidance_of_one_is_none_and_more_changes_the_ink(net):
    plain, one, two = (
        [draw.tokens.tobytes() for draw in draw_words(net, TEXTS, hands(net, 5), uniforms(net, 5), temperature=0.8, **more)]
        for more in ({}, {"guidance": 1.0}, {"guidance": 2.0})
    )
    assert plain == one != two


def test_a_neighbour_changes_nothing_under_guidance_either(net):
    together = draw_words(net, TEXTS, hands(net, 5), uniforms(net, 5), temperature=0.8, guidance=1.7)
    (alone,) = draw_words(net, TEXTS[1:2], row_of(hands(net, 5), 1), uniforms(net, 5)[1:2], temperature=0.8, guidance=1.7)
    np.testing.assert_array_equal(alone.tokens, together[1].tokens)


def test_a_neighbour_in_the_batch_changes_nothing(net):
    together = draw_words(net, TEXTS, hands(net, 5), uniforms(net, 5), temperature=0.8)
    for i, text in enumerate(TEXTS):
        (alone,) = draw_words(net, [text], row_of(hands(net, 5), i), uniforms(net, 5)[i : i + 1], temperature=0.8)
        np.testing.assert_array_equal(alone.tokens, together[i].tokens)


def test_other_uniforms_other_ink(net):
    one = draw_words(net, ["word"] * 4, hands(net, 1).expand(4), uniforms(net, 4), temperature=0.8)
    assert len({draw.tokens.tobytes() for draw in one}) == 4


def parted(draws, n_letters):
    """Draws whose letter n_letters begins with a stroke of its own, as the steps before and the steps from there."""
    for i, draw in enumerate(draws):
        first = int(np.searchsorted(draw.letters, n_letters))
        if first < len(draw.tokens) - 1 and draw.tokens[first, 0] == MOVE and draw.tokens[first - 1, 0] == DRAW:
            yield i, first


def test_ink_that_is_there_is_what_the_net_goes_on_from(net):
    """A word in two goes: begun with its first letters, its next stroke is the one of the word in one go."""
    n = 40
    draws = draw_words(net, ["inword"] * n, hands(net, n), uniforms(net, n), temperature=1.0)
    compared = 0
    for i, first in parted(draws, 2):
        begun = Begun("in", draws[i].tokens[:first], draws[i].letters[:first])
        again = draw_words(net, ["word"], row_of(hands(net, n), i), uniforms(net, n)[i : i + 1], temperature=1.0, begun=[begun])[0]
        other = draw_words(net, ["word"], row_of(hands(net, n), i), uniforms(net, n)[i : i + 1], temperature=1.0, begun=[NOTHING])[0]
        assert again.tokens[1].tolist() == draws[i].tokens[first + 1].tolist()
        assert again.letters[0] == 0 and again.tokens[0, 0] == MOVE
        compared += again.tokens[1].tolist() != other.tokens[1].tolist()
    assert compared > 3


def test_what_was_there_is_not_in_the_result_and_disturbs_no_neighbour(net):
    begun = Begun("in", np.array([[MOVE, 20, 30, 8], [DRAW, 5, 20, 3], [DRAW, 70, 12, 9]]), np.array([0, 0, 1]))
    alone = draw_words(net, ["word"], row_of(hands(net, 3), 1), uniforms(net, 3)[1:2], temperature=1.0, begun=[begun])[0]
    some = draw_words(net, ["a", "word", "Ada!"], hands(net, 3), uniforms(net, 3), temperature=1.0, begun=[NOTHING, begun, NOTHING])
    plain = draw_words(net, ["a", "word", "Ada!"], hands(net, 3), uniforms(net, 3), temperature=1.0)
    assert some[1].tokens.tolist() == alone.tokens.tolist()
    for k in (0, 2):
        assert some[k].tokens.tolist() == plain[k].tokens.tolist()
    assert alone.letters.min() == 0 and set(np.diff(alone.letters)) <= {0, 1} and len(alone.knots) == len(alone.tokens)
    reached, left_at = np.zeros(1, np.complex128), np.zeros(1, np.complex128)
    for token, knot in zip(alone.tokens, alone.knots, strict=True):
        reached, left_at = advance(token[None], reached, left_at)
        if token[0] != RETURN:
            assert reached[0] == pytest.approx(knot)
    assert abs(alone.knots.real.min()) < 0.6  # half a bin of the first way
