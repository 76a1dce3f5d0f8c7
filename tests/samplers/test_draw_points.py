"""Draws of the LSTM: their randomness, what primes them, their guards, their ends."""

import numpy as np
import pytest
import torch

from plotwriter.nets.lstm import ended_symbols
from plotwriter.nets.point_by_point import PointByPoint
from plotwriter.samplers import draw_points
from plotwriter.samplers.draw_points import STALL, draw_offsets, most_points, primed
from tests.nets.factories import tiny_lstm

TEXTS = ["in", "little", "word", "a"]


def random(n, t, k=2):
    return np.stack([np.random.default_rng((3, i)).random((t, k)) for i in range(n)]), np.stack(
        [np.random.default_rng((4, i)).standard_normal((t, k)) for i in range(n)]
    )


@pytest.mark.parametrize("side_by_side", [1, 2, 128])
def test_a_neighbour_changes_nothing_of_a_drawn_line(monkeypatch, side_by_side):
    monkeypatch.setattr(draw_points, "SIDE_BY_SIDE", side_by_side)
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


def ink(n, seed=0):
    points = torch.randn(n, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    points[:, 2] = (points[:, 2] > 1).double()
    return points


def test_what_primes_is_read_once_for_all_lines_and_as_if_once_for_each():
    net = tiny_lstm(2).double()
    with torch.no_grad():
        net.first.window.bias.view(3, -1)[1].fill_(2.0)
        net.first.window.bias.view(3, -1)[2].fill_(np.log(0.4))
    given = ink(40)
    prime = primed(net, given, "it was so")
    assert 1 <= len(prime.rest) < 40  # the window comes to see what follows only in the last letters
    texts = ["little", "in"]
    symbols = ended_symbols([prime.text + text for text in texts], net.config.alphabet)
    whole, _, _ = net.run(given.expand(2, -1, -1), net.one_hot(symbols), net.start(2))
    pen = PointByPoint(net, symbols, prime.state, 2)
    with torch.no_grad():
        for point in prime.rest:
            output, _ = pen.step(point)
    assert torch.allclose(output, whole[:, -1], atol=1e-5)
    assert not torch.allclose(whole[0, -1], whole[1, -1], atol=1e-5)  # or nothing would have been shown


def test_priming_is_not_part_of_the_line():
    net = tiny_lstm(2)
    prime = torch.tensor([[0.0, 0, 1], [1, 1, 0], [1, -1, 1]])
    uniforms, normals = random(2, 200)
    for line in draw_offsets(net, ["in", "word"], uniforms, normals, prime=primed(net, prime, "it")):
        assert line.window.shape[1] in (2, 4) and line.window.shape[0] == sum(map(len, line.strokes))


@pytest.mark.parametrize("n", [1, 24])
def test_the_limit_leaves_room_for_any_hand(n):
    assert most_points(n) > 2 * 14 * n
