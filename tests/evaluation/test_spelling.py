import numpy as np
import pytest

from plotwriter.evaluation.legibility import Judge
from plotwriter.evaluation.spelling import Edits, edits_of, rates
from plotwriter.nets.checkpoint import save_net
from plotwriter.nets.recognizer import Recognizer, RecognizerConfig
from plotwriter.training.reading import edits
from tests.evaluation.factories import make_word


@pytest.mark.parametrize(
    ("text", "said", "found"),
    [
        ("well", "wel", Edits(1, 0, 0)),
        ("was", "waas", Edits(0, 1, 0)),
        ("dog", "dig", Edits(0, 0, 1)),
        ("a", "", Edits(1, 0, 0)),
        ("", "ab", Edits(0, 2, 0)),
        ("same", "same", Edits()),
    ],
)
def test_kinds(text, said, found):
    assert edits_of(text, said) == found


def test_all_kinds_together_are_the_distance():
    """Wherever the ink is said to be, no more edits than needed are found."""
    rng = np.random.default_rng(0)
    for _ in range(60):
        text, said = ("".join(rng.choice(list("abc"), rng.integers(1, 9))) for _ in range(2))
        at = np.sort(rng.integers(0, len(text), len(said)))
        assert edits_of(text, said).total == edits_of(text, said, at).total == edits(text, said)


def test_the_ink_decides_between_equal_ways():
    """One edit less and one more, or two changed: both cost two; the place of what was read says which it was."""
    assert edits_of("ab", "bc", np.array([1, 1])) == Edits(1, 1, 0)
    assert edits_of("ab", "bc", np.array([0, 1])) == Edits(0, 0, 2)


def test_rates_are_per_thousand_characters():
    found = rates(["abcd"] * 10, [Edits(deleted=1)] * 5 + [Edits(substituted=2)] * 5, np.random.default_rng(0))
    assert (found["deleted"].value, found["inserted"].value, found["substituted"].value) == (125, 0, 250)


def test_the_judge_says_where_it_read(tmp_path):
    """As many places as characters read, in the order of the text; unknown texts have none."""
    save_net(tmp_path / "b.safetensors", Recognizer(RecognizerConfig(n_layer=1, n_channel=8)), {})
    look = Judge(tmp_path / "b.safetensors").look([make_word("nninn"), make_word("nn", seed=1), make_word("n€")])
    for said, at, n in zip(look.said[:2], look.at[:2], (5, 2), strict=True):
        assert len(said) == len(at) and (np.diff(at) >= 0).all() and (at < n).all()
    assert look.at[2] is None and look.seen.shape == (3, 8)
