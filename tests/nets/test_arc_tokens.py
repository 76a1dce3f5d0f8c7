import numpy as np
import pytest

from plotwriter.nets.arc_tokens import (
    BULGES,
    DIRECTIONS,
    DRAW,
    END,
    LENGTHS,
    MOVE,
    N_BULGE,
    N_LENGTH,
    RETURN,
    advance,
    decode,
    quantise,
)
from tests.nets.factories import program


def tokens_of(steps):
    tokens, position = quantise(steps.pens[None].astype(np.int64), steps.targets[None], steps.apexes[None])
    return tokens[0], position[0]


def test_the_alphabet_is_in_order_and_symmetric():
    assert len(LENGTHS) == N_LENGTH and LENGTHS[0] == 0 and (np.diff(LENGTHS) > 0).all()
    np.testing.assert_allclose(BULGES, -BULGES[::-1], atol=1e-12)
    assert BULGES[N_BULGE // 2] == 0
    np.testing.assert_allclose(np.abs(DIRECTIONS), 1)


@pytest.mark.parametrize("seed", range(8))
def test_errors_never_add_up(seed):
    """Closed loop: every point reached is within half a bin of its target, the last like the first."""
    steps = program(np.random.default_rng(seed), marks=False)
    tokens, position = tokens_of(steps)
    reached = position[1:, 0] + 1j * position[1:, 1]
    wanted = steps.targets[:-1]
    way = np.abs(wanted - (position[:-1, 0] + 1j * position[:-1, 1]))
    half_bin = np.hypot(0.5 * 0.105 * np.maximum(way, 0.3) + 0.02, np.pi / 96 * way)
    dots = (tokens[:-1, 0] == DRAW) & (tokens[:-1, 2] == 0)
    assert (np.abs(reached - wanted)[~dots] <= half_bin[~dots]).all()


@pytest.mark.parametrize("seed", range(8))
def test_interrupted_strokes_come_out_whole_with_their_marks_behind(seed):
    rng = np.random.default_rng(seed)
    steps = program(rng)
    tokens, _ = tokens_of(steps)
    assert (tokens[:, 0] == RETURN).sum() == 2
    strokes = decode(tokens, spacing=0.1)
    plain = decode(tokens_of(program(np.random.default_rng(seed), marks=False))[0], spacing=0.1)
    assert len(strokes) == len(plain) == 3
    body, bar, dot = (np.concatenate(stroke.points) for stroke in strokes)
    assert len(dot) == 1 and len(bar) > 1
    assert np.abs(np.diff(body)).max() < 0.2, "the seam of the interrupted stroke shows"
    assert sum(len(stroke.steps) for stroke in strokes) == (tokens[:, 0] == DRAW).sum()


def test_a_step_by_step_pen_is_where_quantise_says():
    tokens, position = tokens_of(program(np.random.default_rng(1)))
    at = left_at = np.zeros(1, np.complex128)
    for token, (x, y) in zip(tokens, position, strict=True):
        assert abs(at[0] - complex(x, y)) < 1e-5
        at, left_at = advance(token[None], at, left_at)


def test_quantise_is_the_same_in_any_batch():
    steps = [program(np.random.default_rng(seed)) for seed in range(5)]
    longest = max(len(s.pens) for s in steps)
    pens = np.full((5, longest), END, np.int64)
    targets, apexes = np.zeros((2, 5, longest), np.complex128)
    for row, s in enumerate(steps):
        pens[row, : len(s.pens)], targets[row, : len(s.pens)], apexes[row, : len(s.pens)] = s.pens, s.targets, s.apexes
    together, _ = quantise(pens, targets, apexes)
    for row, s in enumerate(steps):
        np.testing.assert_array_equal(together[row, : len(s.pens)], tokens_of(s)[0])


def test_decode_bears_any_tokens():
    """Nonsense from an untrained net is ink or nothing, never an exception."""
    rng = np.random.default_rng(0)
    for _ in range(200):
        tokens = np.stack([rng.integers(0, n, 30) for n in (4, 96, N_LENGTH, N_BULGE)], 1)
        for stroke in decode(tokens, spacing=0.1):
            assert np.isfinite(np.concatenate(stroke.points)).all()


def test_moves_that_draw_nothing_leave_no_stroke():
    tokens = np.array([[MOVE, 0, 5, 8], [MOVE, 3, 5, 8], [END, 0, 0, 8]])
    assert decode(tokens, spacing=0.1) == []
