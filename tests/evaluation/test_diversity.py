import numpy as np
import pytest

from plotwriter.evaluation.diversity import resampled, warped_distance
from plotwriter.evaluation.words import Word
from tests.evaluation.factories import make_word


def plain_warping(a, b):
    """The same recurrence, cell by cell."""
    best = np.full((len(a) + 1, len(b) + 1), np.inf)
    best[0, 0] = 0
    for i, x in enumerate(a, 1):
        for j, y in enumerate(b, 1):
            cost = abs(x - y)
            best[i, j] = min(best[i - 1, j] + cost, best[i, j - 1] + cost, best[i - 1, j - 1] + 2 * cost)
    return best[-1, -1] / (len(a) + len(b))


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 7), (12, 5), (30, 31)])
def test_diagonals_give_what_cells_give_both_ways(n, m):
    rng = np.random.default_rng((n, m))
    a, b = rng.normal(size=n) + 1j * rng.normal(size=n), rng.normal(size=m) + 1j * rng.normal(size=m)
    assert warped_distance(a, b) == pytest.approx(plain_warping(a, b)) == pytest.approx(warped_distance(b, a))


def test_the_same_path_is_at_no_distance_at_any_pace():
    line = np.linspace(0, 5, 40) + 0j
    assert warped_distance(line, line) == 0
    assert warped_distance(line, np.repeat(line, 3)) == 0


def test_place_does_not_count_shape_does():
    word, again = make_word(seed=1), make_word(seed=2)
    moved = Word(word.text, tuple(points + 3 - 0.4j for points in word.strokes))
    assert warped_distance(resampled(word), resampled(moved)) == pytest.approx(0, abs=1e-9)
    assert 0.005 < warped_distance(resampled(word), resampled(again)) < 0.5


def test_a_lone_dot_is_a_path():
    assert len(resampled(Word(".", (np.array([0.2 + 0j]),)))) == 1
