"""The benchmark of unseen hands: what is shown is not what is asked for, and a person measured against themselves is themselves."""

import json
import math

import numpy as np
import pytest

from benchmarks import unseen_hands as bench
from plotwriter.evaluation.legibility import Judge
from plotwriter.evaluation.traits import Hands
from plotwriter.evaluation.words import Word
from plotwriter.samplers.autoregressive import GptSampler
from plotwriter.styles import find_style
from plotwriter.text import Prompt
from plotwriter.training.frames import deslant

TEXTS = "garden writing seventeen apple jumps house paper and the with from over river stone quick lazy dog winter honey".split()


def sample(text, n_strokes=1, **more):
    return {"text": text, "ink": [np.arange(3) + 1j] * n_strokes, "writer": "x", **more}


def test_sixty_words_are_put_aside_and_the_rest_is_other_ink():
    samples = [sample(f"word{k} and more") for k in range(40)]
    shown, rest = bench._put_aside(samples, 1)
    assert sum(len(one.text.split()) for one in shown) == bench.N_SHOWN and len(rest) == 20
    assert not {one.text for one in shown} & {one["text"] for one in rest}
    assert bench._put_aside(samples, 1)[1] == rest and bench._put_aside(samples, 2)[1] != rest


def test_a_sentence_is_shown_in_parts_each_with_its_own_ink():
    words = [(f"w{k}", 2 * k, 2 * k + 1) for k in range(12)]
    parts = list(bench._as_shown(sample("-", 24, words=words), 8))
    assert [len(part.text.split()) for part in parts] == [5, 3] and [len(part.strokes) for part in parts] == [10, 6]


@pytest.fixture(scope="module")
def written():
    """Words of two hands that ship, upright."""
    found = {}
    for name in ("linden", "larch"):
        style = find_style(name)
        inks = GptSampler(style, device="cpu", n_draws=1).write([Prompt(text, (0, len(text))) for text in TEXTS], style, seed=5)
        found[name] = [bench.from_ink(ink) for ink in inks]
    return found


def test_whoever_writes_as_they_do_is_taken_for_them(written):
    """Neither the size of the frame nor the lean that was taken off makes another hand of it."""
    hands = Hands({name: bench.vectors(words, 0.3) for name, words in written.items()})
    real = written["linden"]
    moved = [Word(word.text, tuple(deslant(1.3 * points, 0.2) for points in word.strokes)) for word in real]
    found = bench.judged(Judge(), hands, "linden", real, moved, (0.3, 0.5))
    assert found["nearest"] > 0.95 and found["real_nearest"] > 0.95
    assert found["distance"] == pytest.approx(found["real_distance"], abs=0.1) and found["size"] == pytest.approx(1.3, abs=0.05)
    other = bench.judged(Judge(), hands, "linden", real, written["larch"], (0.3, 0.3))
    assert other["nearest"] < 0.05 and other["distance"] > 2 * found["distance"]


def test_the_table_pools_people_and_keeps_them_apart():
    row = {"texts": ["word"] * 4, "said": ["word", "word", "ward", "wood"], "real_said": ["word", "word", "word", "wird"], "seconds": 9}
    row |= {"nearest": 0.5, "real_nearest": 1.0, "distance": 0.6, "real_distance": 0.4}
    table = bench.table({"a / 60 / fitted": row, "b / 60 / fitted": row | {"nearest": 0.9}, "a / 5 / quick": row})
    lines = table.splitlines()
    assert len(lines) == 1 + 3 + 2 and "0.70" in lines[1] and "all 2" in lines[1] and "2.00 [" in lines[1]
    assert not math.isnan(json.loads(json.dumps(row))["nearest"])
