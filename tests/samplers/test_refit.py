import numpy as np

from plotwriter.nets.arc_tokens import DRAW, RETURN, decode
from plotwriter.samplers.refit import TOLERANCE, refit
from tests.nets.factories import word


def near(points, ink):
    """The farthest that any of points is from the polyline's own points."""
    return max(float(np.abs(ink - z).min()) for z in points)


def test_ink_comes_back_within_tolerance_and_bins():
    inks = [word(np.random.default_rng(seed)) for seed in range(4)]
    for ink, draw in zip(inks, refit(inks, [True] * 4), strict=True):
        left = min(points.real.min() for points in ink)
        traces = decode(draw.tokens, spacing=0.03)
        assert len(traces) == len(ink) and draw.ended and len(draw.knots) == len(draw.tokens) == len(draw.letters)
        for trace, points in zip(traces, ink, strict=True):
            assert near(points - left, np.concatenate(trace.points)) < TOLERANCE + 0.12


def test_a_stroke_that_a_mark_interrupted_is_one_again():
    body = np.linspace(0, 4, 60) + 0.5j * np.sin(np.linspace(0, 12, 60))
    dot = np.array([1.5 + 1.6j])
    (draw,) = refit([[body[:30], dot, body[30:]]], [True])
    assert (draw.tokens[:, 0] == RETURN).sum() == 1 and len(decode(draw.tokens, spacing=0.1)) == 2
    (apart,) = refit([[body[:30], dot, body[30:] + 1]], [True])
    assert (apart.tokens[:, 0] == RETURN).sum() == 0 and len(decode(apart.tokens, spacing=0.1)) == 3


def test_no_ink_is_a_draw_that_draws_nothing():
    nothing, something = refit([[], word(np.random.default_rng(0))], [False, True])
    assert not nothing.ended and (nothing.tokens[:, 0] != DRAW).all() and something.ended
