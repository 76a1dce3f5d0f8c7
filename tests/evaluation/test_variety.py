import numpy as np
import pytest

from plotwriter.evaluation.variety import memorisation, repeated, twice
from tests.evaluation.factories import make_word


def groups(n, copies=4, first=0):
    return [[make_word("nninn", seed=first + copies * k + j) for j in range(copies)] for k in range(n)]


def test_copies_are_told_from_new_words():
    """New words of the same hand lie below the edge as seldom as real ones, copies always."""
    learned = groups(25)
    new = [make_word("nninn", seed=1000 + k) for k in range(25)]
    fresh, _ = memorisation(new, learned, np.random.default_rng(0))
    assert fresh["below"].value <= 0.08 and fresh["below_real"].value <= 0.03
    assert fresh["generated"].value == pytest.approx(fresh["real"].value, rel=0.25)
    copied, nearest = memorisation(
        [group[0] for group in learned], [group[:1] * 2 + group[2:] for group in learned], np.random.default_rng(0)
    )
    assert copied["generated"].value == 0 and nearest[0].distance == 0


def test_the_same_ink_is_counted():
    real = groups(6, copies=2)
    one = [make_word("nninn", seed=50 + k) for k in range(6)]
    other = [*one[:3], *(make_word("nninn", seed=80 + k) for k in range(3))]
    found = twice(one, other, real, np.random.default_rng(0))
    assert found["pairs"] == 6 and found["duplicates"].value == 0.5
    assert 0 < found["ratio"].value < 1


def test_only_words_written_again_are_looked_at():
    words = [
        make_word("nnnn", seed=0),
        make_word("nnn", seed=1),
        make_word("nnnn", seed=2),
        make_word("nn", seed=3),
        make_word("nn", seed=4),
    ]
    (found,) = repeated(words)
    assert [word.text for word in found] == ["nnnn", "nnnn"]
