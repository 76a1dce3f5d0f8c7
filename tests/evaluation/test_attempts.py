from dataclasses import dataclass

import numpy as np
import pytest

from plotwriter.evaluation.attempts import attempts_of, ended_share, pointing, word_of


@dataclass
class Attempt:
    strokes: list
    ended: bool = True
    attention: np.ndarray | None = None


def at(*characters, n):
    """A hard pointer's weights."""
    return np.eye(n)[list(characters)]


def test_a_pointer_that_keeps_to_its_text():
    found = pointing([Attempt([], True, at(0, 0, 1, 2, 2, n=3)), Attempt([], True, at(0, 0, n=1))], declared=True)
    assert (found.draws, found.kept, found.coverage, found.back) == (2, 2, 1.0, 0.0)
    assert found.order == pytest.approx(1.0)


def test_a_declaration_is_checked():
    """A skipped character and a step back are seen, whatever the sampler says of itself."""
    skipped = pointing([Attempt([], True, at(0, 0, 2, n=3))], declared=True)
    assert skipped.declared and skipped.kept == 0 and skipped.coverage == pytest.approx(2 / 3)
    back = pointing([Attempt([], True, at(0, 1, 2, 0, 1, 2, n=3))], declared=True)
    assert back.kept == 0 and back.coverage == 1 and back.back == pytest.approx(1 / 5) and back.order == 0.5


def test_soft_attention_counts_by_its_mass():
    soft = np.array([[0.8, 0.1, 0.1], [0.3, 0.4, 0.3], [0.0, 0.2, 0.8]])
    assert pointing([Attempt([], True, soft)], declared=False).coverage == 1
    assert pointing([Attempt([], True, soft[:1])] * 2, declared=False) is None, "one step has no order"


def test_draws_without_end_are_counted_and_not_read():
    made = [Attempt([np.array([1 + 1j, 2 + 0j])], k > 0) for k in range(4)]
    assert ended_share(made).value == 0.75
    assert word_of("n", made[0]).points[0] == 1j and word_of("n", Attempt([])) is None
    assert pointing(made, declared=True) is None


def test_any_sampler_may_offer_its_attempts():
    class Shows:
        def attempts(self, texts, style, *, seed):
            return [Attempt([], seed == 3) for _ in texts]

    assert [a.ended for a in attempts_of(Shows(), None, ["a", "b"], 3)] == [True, True]
    assert attempts_of(object(), None, ["a"], 3) is None
