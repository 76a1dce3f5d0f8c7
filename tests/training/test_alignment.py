"""Letters of steps: laws that hold whatever the reader thinks."""

import numpy as np
import pytest

from plotwriter.nets.gpt import ALPHABET
from plotwriter.samplers.readback import Reader
from plotwriter.training import cache
from plotwriter.training.alignment import align_words
from plotwriter.training.cache import load_words, prepare
from plotwriter.training.datasets import WordSet
from tests.training.test_words import files, words  # noqa: F401  fixtures


@pytest.fixture(scope="module")
def aligned(words):  # noqa: F811
    return align_words(words, Reader())


def test_letters_go_from_the_first_to_the_last_by_one_at_most(words, aligned):  # noqa: F811
    letters, costs = aligned
    assert len(letters) == len(costs) == len(words.texts) and np.isfinite(costs).all() and (costs >= 0).all()
    for text, program, steps in zip(words.texts, words.programs, letters, strict=True):
        assert steps.dtype == np.uint8 and len(steps) == len(program.pens)
        assert steps[0] == 0 and steps[-1] == len(text) - 1 and set(np.diff(steps.astype(int))) <= {0, 1}


def test_a_word_does_not_depend_on_its_neighbours(words, aligned):  # noqa: F811
    letters, costs = align_words(WordSet(words.texts[5:6], words.writers[5:6], words.programs[5:6]), Reader())
    assert letters[0].tolist() == aligned[0][5].tolist() and costs[0] == pytest.approx(aligned[1][5], abs=1e-4)


def test_what_cannot_be_read_costs_infinity(words):  # noqa: F811
    texts = ["n" * 100, "né€", words.texts[0]]
    letters, costs = align_words(WordSet(texts, ["w"] * 3, [words.programs[0]] * 3), Reader())
    assert np.isinf(costs).tolist() == [True, True, False] and not letters[0].any()


def test_letters_and_costs_are_cached(files, tmp_path, monkeypatch):  # noqa: F811
    arguments = {"max_steps": 40, "max_characters": 12, "alphabet": ALPHABET, "seed": 0, "n_spliced": 4}
    paths = [files / "sentences.jsonl.gz", files / "characters.jsonl"]
    plain = prepare(paths, tmp_path, **arguments)
    assert plain.letters == [] and len(plain.costs) == 0
    costs = align_words(plain, Reader())[1]
    limit = float(np.quantile(costs, 0.7))  # of which a good half can be read, so that the reader is believed
    monkeypatch.setattr(cache, "MAX_READ_COST", limit)
    monkeypatch.setattr(cache, "MAX_RARE_COST", limit)
    made = prepare(paths, tmp_path, **arguments, align=True)
    assert 0.5 < len(made.texts) / len(plain.texts) < 0.8 and (made.costs <= limit).all()
    dropped = sum(made.rejected.counts()[why] for why in ("word that does not read as its label", "splice of a word that was not used"))
    assert len(made.texts) + dropped == len(plain.texts)
    assert (made.spliced_from < len(made.texts)).all()
    (stored,) = (load_words(path) for path in tmp_path.glob("*.npz") if len(load_words(path).costs))
    assert all(np.array_equal(a, b) for a, b in zip(stored.letters, made.letters, strict=True))
    assert np.array_equal(stored.costs, made.costs) and np.array_equal(stored.spliced_from, made.spliced_from)
