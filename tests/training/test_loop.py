"""The loop: it learns, it ends, it resumes to the same weights."""

from dataclasses import replace

import pytest
import torch

from plotwriter.errors import ConfigError, FileError
from plotwriter.nets.checkpoint import load_hands
from plotwriter.nets.gpt import ALPHABET
from plotwriter.styles import find_style
from plotwriter.training.arc_task import ArcOptions, ArcTask
from plotwriter.training.cache import prepare
from plotwriter.training.export import export, largest_hands, read_mean, read_run
from plotwriter.training.loop import Trainer
from tests.training.test_words import files, words  # noqa: F401  fixtures

pytest.importorskip("accelerate", reason="the extra 'train' is not installed")
OPTIONS = ArcOptions(
    steps=16,
    batch=8,
    n_layer=1,
    n_head=2,
    n_channel=16,
    max_steps=40,
    max_characters=12,
    warm_up=4,
    precision="no",
    held_out=0.1,
    checkpoint_every=1e9,
)


class Clock:
    """Seconds pass when it is read."""

    def __init__(self, tick: float) -> None:
        self.now, self.tick = 0.0, tick

    def __call__(self) -> float:
        self.now += self.tick
        return self.now


@pytest.fixture(autouse=True)
def one_thread():
    n = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(n)


def trained(words, folder, options=OPTIONS, **more):  # noqa: F811
    trainer = Trainer(ArcTask(words, options), folder, "cpu", **more)
    trainer.run()
    return trainer


def test_it_learns(words, tmp_path):  # noqa: F811
    losses = []
    options = replace(OPTIONS, steps=60, warm_up=5, learning_rate=5e-3)
    trainer = Trainer(ArcTask(words, options), tmp_path, "cpu", lambda p, net: losses.append(p.loss))
    before = trainer.evaluate()
    trainer.run()
    assert trainer.test_loss < 0.9 * before and losses[-1] < losses[0]


def test_a_killed_run_resumes_to_the_same_weights(words, tmp_path):  # noqa: F811
    whole = trained(words, tmp_path / "whole")

    def stop(progress, net):
        if progress.step == 7:
            raise KeyboardInterrupt

    cut = Trainer(ArcTask(words, OPTIONS), tmp_path / "cut", "cpu", stop)
    with pytest.raises(KeyboardInterrupt):
        cut.run()
    assert Trainer.stored_options(tmp_path / "cut", ArcOptions) == OPTIONS
    resumed = Trainer(ArcTask(words, OPTIONS), tmp_path / "cut", "cpu")
    resumed.resume()
    assert resumed.step == 7
    resumed.run()
    for a, b in zip(whole.net.parameters(), resumed.net.parameters(), strict=True):
        assert torch.equal(a, b)
    for a, b in zip(whole.ema.parameters(), resumed.ema.parameters(), strict=True):
        assert torch.equal(a, b)


def test_the_clock_ends_a_run_with_the_learning_rate_at_its_floor(words, tmp_path):  # noqa: F811
    trainer = Trainer(ArcTask(words, replace(OPTIONS, steps=None, minutes=1.0)), tmp_path, "cpu", clock=Clock(7.0))
    trainer.run()
    assert trainer.step == 9  # 7 s a step, a minute
    assert trainer.learning_rate() == pytest.approx(0.01 * OPTIONS.learning_rate)


def test_the_exported_hands_are_styles(words, tmp_path):  # noqa: F811
    trained(words, tmp_path)
    net, about = read_run(tmp_path / "checkpoint.safetensors")
    path = tmp_path / "weights.safetensors"
    export(path, net, about, largest_hands(words.facts, 1), words)
    style = find_style(f"{path}:hand-1")
    assert style.slant == pytest.approx(0.29, abs=0.04) and style.card["recipe"]["iterations"] == 16
    assert load_hands(path).config.n_hand == 1
    with pytest.raises(ConfigError, match="hand-1"):
        find_style(f"{path}:hand-2")


def test_what_cannot_be_resumed_is_said(words, tmp_path):  # noqa: F811
    with pytest.raises(FileError, match="nothing to resume"):
        Trainer.stored_options(tmp_path, ArcOptions)
    trained(words, tmp_path)
    with pytest.raises(FileError, match="cannot be resumed"):
        Trainer(ArcTask(words, replace(OPTIONS, n_channel=8)), tmp_path, "cpu").resume()
    (tmp_path / "checkpoint.safetensors").write_bytes(b"no")
    with pytest.raises(FileError, match="cannot be resumed"):
        Trainer(ArcTask(words, OPTIONS), tmp_path, "cpu").resume()
    with pytest.raises(ConfigError, match="--steps"):
        Trainer(ArcTask(words, replace(OPTIONS, steps=None)), tmp_path, "cpu")


def test_other_writers_are_another_run(words, files, tmp_path):  # noqa: F811
    trained(words, tmp_path)
    other = prepare([files / "sentences.jsonl.gz"], tmp_path, max_steps=40, max_characters=12, alphabet=ALPHABET, seed=0)
    other.writers[0] = "somebody"
    with pytest.raises(FileError, match="other writers"):
        Trainer(ArcTask(other, OPTIONS), tmp_path, "cpu").resume()


def test_the_mean_of_two_runs(words, tmp_path):  # noqa: F811
    """Every weight of the mean lies between those of the runs; a run of another shape has no mean with it."""
    trained(words, tmp_path / "a")
    one = read_run(tmp_path / "a" / "checkpoint.safetensors")[0]
    trainer = Trainer(ArcTask(words, replace(OPTIONS, seed=1)), tmp_path / "b", "cpu")
    trainer.begin_with(one)
    trainer.run()
    two = read_run(tmp_path / "b" / "checkpoint.safetensors")[0]
    mean, about = read_mean([tmp_path / name / "checkpoint.safetensors" for name in "ab"])
    assert about["mean_of"] == 2
    for a, b, m in zip(one.parameters(), two.parameters(), mean.parameters(), strict=True):
        torch.testing.assert_close(m, (a + b) / 2)
    trained(words, tmp_path / "c", replace(OPTIONS, n_channel=8))
    with pytest.raises(ConfigError, match="no mean"):
        read_mean([tmp_path / name / "checkpoint.safetensors" for name in "ac"])
    with pytest.raises(ConfigError, match="--begin-with"):
        trainer.begin_with(read_run(tmp_path / "c" / "checkpoint.safetensors")[0])
