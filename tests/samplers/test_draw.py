from itertools import pairwise

import numpy as np
import pytest
import torch

from plotwriter.nets.arc_tokens import DRAW, END, MOVE, RETURN
from plotwriter.samplers.draw import draw_words
from tests.nets.factories import tiny_net

TEXTS = ["in", "little", "Ada!", "a", "word"]


def uniforms(net, n, seed=0):
    return np.stack([np.random.default_rng((seed, i)).random((net.config.max_steps, 4)) for i in range(n)])


def hands(net, n):
    return net.writers.weight.detach()[torch.arange(n) % 3]


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


def test_a_neighbour_in_the_batch_changes_nothing(net):
    together = draw_words(net, TEXTS, hands(net, 5), uniforms(net, 5), temperature=0.8)
    for i, text in enumerate(TEXTS):
        (alone,) = draw_words(net, [text], hands(net, 5)[i : i + 1], uniforms(net, 5)[i : i + 1], temperature=0.8)
        np.testing.assert_array_equal(alone.tokens, together[i].tokens)


def test_other_uniforms_other_ink(net):
    one = draw_words(net, ["word"] * 4, hands(net, 1).expand(4, -1), uniforms(net, 4), temperature=0.8)
    assert len({draw.tokens.tobytes() for draw in one}) == 4
