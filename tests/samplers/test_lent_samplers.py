"""The samplers that write in any style: protocol, seeds, priming, attempts."""

from dataclasses import replace

import numpy as np
import pytest

from plotwriter import registry
from plotwriter.errors import ConfigError, FileError
from plotwriter.nets.polar import WORD, decode
from plotwriter.samplers.priming import stored_prime
from plotwriter.samplers.protocol import Manner
from plotwriter.samplers.shipped import CURSIVE_WEIGHTS, weights_of
from plotwriter.styles import find_style, written_by
from plotwriter.text import Prompt

WORDS = ["in", "on", "café", "as"]


def prompts(words):
    return [Prompt(word, (0, len(word))) for word in words]


@pytest.fixture(scope="module", params=["lstm", "cursive"])
def written(request):
    style = written_by(find_style("linden"), request.param)
    sampler = registry.load("sampler", request.param)(style, device="cpu", n_draws=2)
    return sampler, style, sampler.write(prompts(WORDS), style, seed=1)


def test_every_character_is_in_a_span(written):
    _, _, inks = written
    for word, ink in zip(WORDS, inks, strict=True):
        assert ink.text == word and {k for s in ink.strokes for k in range(*s.span)} == set(range(len(word)))
        assert ink.bounds()[0] == pytest.approx(0, abs=0.2)


def test_same_seed_same_ink_and_another_is_another(written):
    sampler, style, inks = written
    again = sampler.write(prompts(WORDS), style, seed=1)
    for a, b in zip(inks, again, strict=True):
        assert all(np.array_equal(x.points, y.points) for x, y in zip(a.strokes, b.strokes, strict=True))
    other = sampler.write(prompts(WORDS[:1]), style, seed=2, manner=Manner(0.9))
    assert not np.array_equal(other[0].strokes[0].points, inks[0].strokes[0].points)


def test_attempts_say_what_they_looked_at(written):
    sampler, style, _ = written
    for attempt in sampler.attempts(["word", "a"], style, seed=0):
        n = sum(map(len, attempt.strokes))
        assert attempt.attention.shape == (n, len(attempt.text)) and sorted(np.concatenate(attempt.steps)) == list(range(n))
        sums = attempt.attention.sum(1)
        assert (np.isclose(sums, 1, atol=1e-5) | (sums < 1e-5)).all()


def test_a_paragraph_is_written_after_one_warm_up_and_its_words_are_drawn_again_one_by_one():
    style = written_by(find_style("rowan"), "cursive-paragraph")
    sampler = registry.load("sampler", "cursive-paragraph")(style, device="cpu", n_draws=1)
    tokens, says = sampler.prime
    assert says == "morning" and len(decode(tokens)) == 1 and (tokens[:2] == WORD).all()
    first, second = sampler.write(prompts(["in", "as"]), style, seed=1)
    (respelled,) = sampler.write(prompts(["as"]), style, seed=1, keys=[(1, 1)])
    (kept,) = sampler.write(prompts(["in"]), style, seed=1, keys=[(0,)])
    assert all(np.allclose(a.points, b.points, atol=1e-6) for a, b in zip(kept.strokes, first.strokes, strict=True))
    assert not np.array_equal(respelled.strokes[0].points, second.strokes[0].points)
    sampler.prime = None
    (cold,) = sampler.write(prompts(["in"]), style, seed=1, keys=[(0,)])
    assert not np.array_equal(cold.strokes[0].points, kept.strokes[0].points)


def test_weights_of_a_paragraph_are_those_of_its_net():
    linden = find_style("linden")
    own = replace(linden, sampler="cursive", card={"sampler": "cursive"})
    assert written_by(own, "cursive-paragraph").weights == own.weights and CURSIVE_WEIGHTS not in weights_of(own)
    assert CURSIVE_WEIGHTS in weights_of(written_by(linden, "cursive-paragraph"))


def test_a_style_keeps_to_its_own_sampler():
    linden = find_style("linden")
    assert written_by(linden, None) is linden and written_by(linden, "lstm").own_sampler == "gpt"
    with pytest.raises(ConfigError, match="lstm"):
        written_by(linden, "lsmt")
    with pytest.raises(ConfigError, match="belongs to sampler 'lstm'"):
        written_by(replace(linden, sampler="lstm", card={"sampler": "lstm"}), "cursive")


@pytest.mark.parametrize("prime", [{"text": "in"}, {"text": "in", "offsets": []}, {"text": "in", "offsets": [["x"]]}, 7])
def test_a_damaged_prime_is_one_line(prime):
    style = replace(find_style("linden"), row=0, card={"sampler": "lstm", "styles": [{"prime": prime}]})
    with pytest.raises(FileError, match="train it again"):
        stored_prime(style, "offsets")
