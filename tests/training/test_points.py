"""Words as lines of points, and runs of the two nets that learn from them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from plotwriter.errors import FileError
from plotwriter.nets import polar
from plotwriter.nets.lstm import NEXT_LINE
from plotwriter.training.loop import Trainer
from plotwriter.training.point_tasks import CursiveOptions, CursiveTask, LSTMOptions, LSTMTask
from plotwriter.training.points import Lines, PointWords, Stitching, offset_batch, token_batch
from tests.training.test_loop import one_thread  # noqa: F401  a fixture
from tests.training.test_words import files, words  # noqa: F401  fixtures

pytest.importorskip("accelerate", reason="the extra 'train' is not installed")
COMMON = {"steps": 6, "batch": 3, "warm_up": 2, "held_out": 0.1, "checkpoint_every": 1e9, "precision": "no", "words": (1, 2)}
LSTM = LSTMOptions(n_cell=8, n_window=2, n_mixture=2, most_points=60, length_multiple=16, **COMMON)
CURSIVE = CursiveOptions(n_layer=1, n_head=2, n_channel=8, most_points=80, **COMMON)
TASKS = {"lstm": (LSTMTask, LSTM), "cursive": (CursiveTask, CURSIVE)}
STILL = Stitching(words=(1, 4), x_scale=(1, 1), y_scale=(1, 1), shear=0, lift=0, space=0)


@pytest.fixture(scope="module")
def lines(words):  # noqa: F811
    points = PointWords(words, 0.33)
    return Lines(points, np.arange(len(words.texts)), np.ones(len(words.texts)), STILL)


def test_a_line_is_whole_words_of_one_writer_and_its_text_is_theirs(lines):
    rng = np.random.default_rng(0)
    rows = lines.draw(60, rng)
    batch = lines.stitch(rows, rng)
    for row, text, n, begins in zip(rows, batch.texts, batch.n_point, batch.begins, strict=True):
        assert text == " ".join(lines.words.texts[w] for w in row) and len({lines.words.writers[w] for w in row}) == 1
        assert n == sum(lines.words.n_point[w] for w in row) <= STILL.most_points and begins.sum() == len(row)
        assert len(text) <= STILL.most_characters


def test_ends_of_arcs_stay_whatever_is_left_out(lines):
    thinned = Lines(lines.words, lines.indices, np.ones(len(lines.indices)), replace(STILL, keep=(0.0, 0.0)))
    row = [np.arange(3)]
    few, all_ = thinned.stitch(row, np.random.default_rng(0)), lines.stitch(row, np.random.default_rng(0))
    inner = np.concatenate([lines.words.inner[lines.words.first[w] : lines.words.first[w + 1]] for w in row[0]])
    assert np.allclose(few.points[0], all_.points[0][~inner])


def test_offsets_are_the_line_and_end_with_the_way_to_the_next(lines):
    batch = lines.stitch(lines.draw(5, np.random.default_rng(1)), np.random.default_rng(1))
    unit = lines.words.unit()
    offsets = offset_batch(batch, unit, multiple=16)
    assert (offsets.offsets.shape[1] - 1) % 16 == 0 and (offsets.offsets[:, 0] == torch.tensor([0.0, 0, 1])).all()
    for i, n in enumerate(batch.n_point):
        way = offsets.offsets[i, 1 : n + 2].double().numpy() * [*unit, 1]
        z = np.cumsum(way[:, 0] + 1j * way[:, 1])
        assert np.allclose(z[:n], (batch.points + batch.left)[i, :n], atol=1e-4) and z[n].imag == pytest.approx(-NEXT_LINE, abs=1e-3)
        assert offsets.real[i].sum() == n + 1 and offsets.offsets[i, n, 2] == 1
        assert (offsets.offsets[i, n + 2 :] == 0).all()


def test_tokens_say_the_words(lines):
    batch = lines.stitch(lines.draw(5, np.random.default_rng(2)), np.random.default_rng(2))
    for text, tokens in zip(batch.texts, token_batch(batch, " abcdefghijklmnopqrstuvwxyz!").tokens.numpy(), strict=True):
        assert len(polar.decode(tokens)) == len(text.split()) and (tokens == polar.END).sum() == 1


@pytest.mark.parametrize("net", list(TASKS))
def test_a_batch_is_the_same_whatever_came_before_it(net, words):  # noqa: F811
    task, options = TASKS[net]
    third = next(iter(task(words, options).batches(2, 1)))
    stream = task(words, options).batches(0, 2)
    next(stream)
    again = next(stream)
    assert torch.equal(third.symbols, again.symbols)
    name = "offsets" if net == "lstm" else "tokens"
    assert torch.equal(getattr(third, name), getattr(again, name))


@pytest.mark.parametrize("net", list(TASKS))
def test_it_learns(net, words, tmp_path):  # noqa: F811
    task, options = TASKS[net]
    trainer = Trainer(task(words, replace(options, steps=40, learning_rate=2e-2, ema=0.9)), tmp_path, "cpu")
    before = trainer.evaluate()
    trainer.run()
    assert trainer.test_loss < 0.95 * before if before > 0 else trainer.test_loss < before - 0.1


@pytest.mark.parametrize("net", list(TASKS))
def test_a_killed_run_resumes_to_the_same_weights(net, words, tmp_path):  # noqa: F811
    task, options = TASKS[net]
    whole = Trainer(task(words, options), tmp_path / "whole", "cpu")
    whole.run()

    def stop(progress, net):
        if progress.step == 3:
            raise KeyboardInterrupt

    cut = Trainer(task(words, options), tmp_path / "cut", "cpu", stop)
    with pytest.raises(KeyboardInterrupt):
        cut.run()
    resumed = Trainer(task(words, Trainer.stored_options(tmp_path / "cut", type(options))), tmp_path / "cut", "cpu")
    resumed.resume()
    assert resumed.step == 3
    resumed.run()
    for kind in ("net", "ema"):
        for a, b in zip(getattr(whole, kind).parameters(), getattr(resumed, kind).parameters(), strict=True):
            assert torch.equal(a, b)


def test_a_checkpoint_of_another_net_is_refused(words, tmp_path):  # noqa: F811
    Trainer(LSTMTask(words, replace(LSTM, steps=1)), tmp_path, "cpu").run()
    with pytest.raises(FileError, match="'lstm'"):
        Trainer(CursiveTask(words, CURSIVE), tmp_path, "cpu").resume()


def test_a_full_disk_is_said_and_leaves_the_last_checkpoint(words, tmp_path, monkeypatch):  # noqa: F811
    trainer = Trainer(LSTMTask(words, replace(LSTM, steps=1)), tmp_path, "cpu")
    trainer.run()
    before = (tmp_path / "checkpoint.safetensors").read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("plotwriter.training.loop.save_file", full)
    with pytest.raises(FileError, match="No space left on device"):
        trainer.save()
    assert (tmp_path / "checkpoint.safetensors").read_bytes() == before


def test_the_window_off_is_ink_as_such(words):  # noqa: F811
    task = LSTMTask(words, LSTM)
    net, batch = task.build().eval(), next(iter(task.batches(0, 1)))
    other = type(batch)(batch.offsets, batch.symbols.roll(1, 1), batch.real)
    assert torch.equal(*(net.log_likelihood(b.offsets, b.symbols, b.real, read=False) for b in (batch, other)))
    assert not torch.equal(*(net.log_likelihood(b.offsets, b.symbols, b.real) for b in (batch, other)))
