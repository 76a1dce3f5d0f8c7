"""Draws of the LSTM and the Cursive Transformer: their randomness, their guards, their ends."""

import numpy as np
import pytest
import torch

from plotwriter.nets import polar
from plotwriter.samplers.draw_points import STALL, draw_offsets, draw_tokens, most_points, most_tokens
from tests.nets.factories import tiny_cursive, tiny_lstm

TEXTS = ["in", "little", "word", "a"]


def random(n, t, k=2):
    return np.stack([np.random.default_rng((3, i)).random((t, k)) for i in range(n)]), np.stack(
        [np.random.default_rng((4, i)).standard_normal((t, k)) for i in range(n)]
    )


def test_a_neighbour_changes_nothing_of_a_drawn_line():
    net = tiny_lstm(2)
    uniforms, normals = random(4, 300)
    together = draw_offsets(net, TEXTS, uniforms, normals)
    for i, text in enumerate(TEXTS):
        (alone,) = draw_offsets(net, [text], uniforms[i : i + 1], normals[i : i + 1])
        assert len(alone.strokes) == len(together[i].strokes) and (alone.ended, alone.stalled) == (together[i].ended, together[i].stalled)
        for a, b in zip(alone.strokes, together[i].strokes, strict=True):
            assert np.allclose(a, b, atol=1e-4)  # float32 sums of other batches


def test_a_window_that_stands_still_is_noticed_and_one_that_goes_on_ends():
    net = tiny_lstm(2)
    uniforms, normals = random(1, 400)
    with torch.no_grad():
        net.first.window.weight.zero_()
        _, beta, kappa = net.first.window.bias.view(3, -1)
        kappa.fill_(-9.0)
    (stalled,) = draw_offsets(net, ["little"], uniforms, normals)
    assert stalled.stalled and not stalled.ended and sum(map(len, stalled.strokes)) == STALL + 1 and stalled.covered < 1
    with torch.no_grad():
        kappa.fill_(np.log(0.1))
        beta.fill_(1.0)
        net.out.weight.zero_()
        net.out.bias.zero_()  # no move is as far down as the next line
    (whole,) = draw_offsets(net, ["little"], uniforms, normals)
    assert whole.ended and not whole.stalled and whole.covered == 1
    assert (np.diff(whole.window.argmax(1)) >= 0).all() and whole.window.shape[1] == 6
    with torch.no_grad():
        kappa.fill_(np.log(0.006))
    (slow,) = draw_offsets(net, ["little"], *random(1, 1000))
    assert slow.stalled and sum(map(len, slow.strokes)) == most_points(6)


def test_priming_is_not_part_of_the_line():
    net = tiny_lstm(2)
    prime = torch.tensor([[0.0, 0, 1], [1, 1, 0], [1, -1, 1]])
    uniforms, normals = random(2, 200)
    for line in draw_offsets(net, ["in", "word"], uniforms, normals, prime=(prime, "it")):
        assert line.window.shape[1] in (2, 4) and line.window.shape[0] == sum(map(len, line.strokes))


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
def test_limits_leave_room_for_any_hand(n):
    assert most_points(n) > 2 * 14 * n and most_tokens(n) > 2 * 24 * n
