"""Draws of the Cursive Transformer: their grammar, their randomness, their ends."""

import numpy as np
import pytest
import torch

from plotwriter.nets import polar
from plotwriter.samplers.draw_tokens import draw_tokens, most_tokens
from tests.nets.factories import tiny_cursive


def test_tokens_obey_the_grammar_whoever_is_beside_them():
    net = tiny_cursive(3)
    texts = ["in a", "little", "to be or", "a"]
    uniforms = np.stack([np.random.default_rng((5, i)).random(120) for i in range(4)])
    together = draw_tokens(net, texts, uniforms, temperature=0.9)
    for i, (text, line) in enumerate(zip(texts, together, strict=True)):
        pairs = line.tokens[: len(line.tokens) // 2 * 2].reshape(-1, 2)
        word = (pairs == polar.WORD).all(1)
        assert word[0] and ((pairs == polar.WORD).any(1) == word).all()
        assert (pairs[~word, 0] >= polar.FIRST_DIRECTION).all() and (pairs[~word, 1] < polar.FIRST_DIRECTION).all()
        assert not line.ended or (word.sum() == len(text.split()) == len(line.words))
        (alone,) = draw_tokens(net, [text], uniforms[i : i + 1], temperature=0.9)
        assert np.array_equal(alone.tokens, line.tokens) and alone.ended == line.ended


def test_a_line_without_end_stops_at_its_own_limit():
    net = tiny_cursive(3)
    with torch.no_grad():
        net.out.weight[polar.END] = 0
        net.out.weight[polar.END] -= 1e3 * net.out.weight.new_ones(8).sign()
    uniforms = np.stack([np.random.default_rng((5, i)).random(300) for i in range(2)])
    short, long = draw_tokens(net, ["a", "abcd"], uniforms)
    assert len(short.tokens) <= 2 + most_tokens(1) and len(long.tokens) <= 2 + most_tokens(4)


@pytest.mark.parametrize("n", [1, 24])
def test_the_limit_leaves_room_for_any_hand(n):
    assert most_tokens(n) > 2 * 24 * n
