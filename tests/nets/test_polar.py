import numpy as np
import pytest

from plotwriter.nets import polar


def lines(rng, b=4, t=200):
    """Random words of pen-like steps; two words a line."""
    way = rng.gamma(2.0, 0.12, (b, t)) * np.exp(1j * rng.uniform(-np.pi, np.pi, (b, t)))
    begins = np.zeros((b, t), bool)
    begins[:, [0, t // 2]] = True
    points = np.cumsum(way, 1)
    points[:, t // 2 :] -= points[:, t // 2 - 1 : t // 2]
    drawn = rng.random((b, t)) < 0.9
    drawn[begins] = False
    n_point = np.array([t, t - 1, t - 50, t // 2 + 1])[:b]
    return points, drawn, begins, n_point


@pytest.mark.parametrize("seed", range(3))
def test_quantisation_stays_within_half_a_bin_and_never_adds_up(seed):
    points, drawn, begins, n_point = lines(np.random.default_rng(seed))
    tokens = polar.tokens_of(points, drawn, begins, n_point)
    for row, (target, pen, begin, n) in enumerate(zip(points, drawn, begins, n_point, strict=True)):
        words = polar.decode(tokens[row])
        assert len(words) == 2
        found = np.concatenate([np.concatenate(word) for word in words])
        assert len(found) == n
        step = np.abs(np.diff(target[:n], prepend=0))
        # half a bin of radius (bins grow in proportion) and half a bin of direction, of a step measured from where the pen really is
        bound = 0.03 * (step + 0.1) + step * np.pi / polar.N_DIRECTION + 0.02
        away = np.abs(found - target[:n])
        assert (away <= bound + 1e-9)[~begin[:n]].mean() > 0.98 and away.max() < 0.12
        assert abs(float((found - target[:n]).imag.mean())) < 0.01  # no line climbs
        strokes = sum(len(word) for word in words)
        assert strokes == 2 + int((~pen[:n] & ~begin[:n]).sum())


def test_centres_are_between_their_edges():
    edges = polar._EDGES
    assert (polar.RADII[1:-1] > edges[1:-1]).all() and (polar.RADII[1:-1] < edges[2:]).all() and polar.RADII[0] == 0


def test_what_comes_after_end_or_halves_of_pairs_is_left_out():
    pair = [polar.FIRST_DIRECTION, polar.N_RADIUS + 40]
    tokens = np.array([polar.WORD, polar.WORD, *pair, *pair, polar.END, polar.PAD, *pair])
    (word,) = polar.decode(tokens)
    assert sum(map(len, word)) == 2
    assert polar.decode(np.array([polar.WORD, polar.WORD, polar.FIRST_DIRECTION])) == []
