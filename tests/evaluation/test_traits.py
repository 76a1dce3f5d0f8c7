import numpy as np
import pytest

from plotwriter.evaluation.traits import TRAITS, Hands, crossings, traits
from plotwriter.evaluation.words import Word
from tests.evaluation.factories import make_word


def test_crossings_are_counted():
    t = np.linspace(0, 2 * np.pi, 200)
    eight = np.sin(t + 0.3) + 1j * np.sin(2 * t + 0.6)
    assert crossings(eight) == 1
    assert crossings(np.exp(0.9j * t)) == 0
    loops = 0.35 * t / np.pi + np.exp(-3j * t)  # a trochoid of three turns
    assert crossings(loops) >= 2


def test_traits_are_what_they_are_called():
    upright, leaning = (dict(zip(TRAITS, traits(make_word("nninn", slant=slant)), strict=True)) for slant in (0.0, 0.4))
    assert leaning["slant"] - upright["slant"] == pytest.approx(0.4, abs=0.05)
    assert dict(zip(TRAITS, traits(make_word(), 0.3), strict=True))["slant"] == pytest.approx(upright["slant"] + 0.3)
    assert upright["lifts a character"] == pytest.approx(1 / 5)
    assert np.isnan(upright["descender"])
    for name in ("direction", "turning"):
        assert sum(value for key, value in upright.items() if key.startswith(name)) == pytest.approx(1)


def test_a_dot_has_traits():
    assert len(traits(Word(".", (np.array([0.1 + 0j]),)))) == len(TRAITS)


def test_whose_hand_it_is():
    """Writers that lean and space differently are told apart; one that is in the middle is nobody's for sure."""
    known = {
        name: np.stack([traits(make_word("nninn", slant=slant, scale=scale, seed=k)) for k in range(20)])
        for name, slant, scale in (("a", 0.0, 1.0), ("b", 0.3, 1.0), ("c", 0.0, 1.2))
    }
    hands = Hands(known)
    rng = np.random.default_rng(0)
    for name, slant, scale in (("a", 0.0, 1.0), ("b", 0.3, 1.0), ("c", 0.0, 1.2)):
        new = np.stack([traits(make_word("nninn", slant=slant, scale=scale, seed=k)) for k in range(30, 40)])
        assert hands.nearest_rate(name, new, rng) == 1.0
        assert hands.distances(new).argmin() == hands.names.index(name)
        assert max(map(abs, hands.described(name, new).values())) < 1
    assert hands.nearest_rate("b", known["a"], rng) == 0.0
