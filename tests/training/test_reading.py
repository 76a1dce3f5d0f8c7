import pytest

from plotwriter.errors import ConfigError
from plotwriter.nets.card import READER, read_card
from plotwriter.training.reading import ReaderOptions, edits, half_of, train_reader
from tests.training.test_words import files, words  # noqa: F401  fixtures

pytest.importorskip("accelerate", reason="the extra 'train' is not installed")


@pytest.mark.parametrize(("a", "b", "n"), [("", "", 0), ("abc", "", 3), ("kitten", "sitting", 3), ("ab", "ba", 2), ("same", "same", 0)])
def test_edits(a, b, n):
    assert edits(a, b) == edits(b, a) == n


def test_halves_have_no_writer_in_common():
    writers = [f"w{i}" for i in range(200)]
    a = {w for w in writers if half_of(w, ("w3", "w4")) == "a"}
    assert {"w3", "w4"} <= a and 60 < len(a) < 140
    assert all(half_of(w, ("w3", "w4")) == "b" for w in set(writers) - a)


def test_it_learns_and_says_so(words, tmp_path):  # noqa: F811
    now = iter(range(10_000))
    losses = []
    options = ReaderOptions(minutes=1.0, batch=8, warm_up=5, precision="no", held_out=0.1, n_layer=3, n_channel=64)
    train_reader(words, tmp_path / "r.safetensors", options, on_progress=lambda p: losses.append(p.loss), clock=lambda: float(next(now)))
    assert len(losses) == 60 and losses[-1] < 0.7 * losses[0]
    assert read_card(tmp_path / "r.safetensors", READER)["recipe"]["iterations"] == 60


def test_an_empty_half_is_refused(words, tmp_path):  # noqa: F811
    with pytest.raises(ConfigError, match="half"):
        train_reader(words, tmp_path / "r.safetensors", ReaderOptions(half="b"), first=["w0", "w1"])
