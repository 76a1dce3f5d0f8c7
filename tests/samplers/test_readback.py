"""The reader that ships, on ink that the shipped hand writes; and the alignment by itself."""

import numpy as np
import pytest
import torch

from plotwriter.errors import FileError
from plotwriter.nets.arc_tokens import DRAW, END, MOVE, RETURN
from plotwriter.samplers.autoregressive import GptSampler
from plotwriter.samplers.best_of import _Piece, _pieces
from plotwriter.samplers.readback import Reader, Reading, letters_of, spoken_steps
from plotwriter.styles import find_style
from plotwriter.text import Prompt


@pytest.fixture(scope="module")
def sampler():
    torch.set_num_threads(1)
    return GptSampler(find_style("linden"), device="cpu", n_draws=4)


def prompts(text):
    return [Prompt(word, (0, len(word))) for word in text.split()]


def aligned(log_p, classes, pens=None):
    spoken = spoken_steps(log_p[None].astype(np.float32), np.array([len(log_p)]), [classes])[0]
    return letters_of(spoken, np.full(len(log_p), DRAW) if pens is None else pens, len(classes))


def test_an_alignment_visits_every_character_in_order():
    rng = np.random.default_rng(0)
    for _ in range(50):
        classes = rng.integers(1, 6, rng.integers(1, 8)).tolist()
        owner = aligned(np.log(rng.dirichlet(np.ones(6), 20)), classes, rng.choice([DRAW, MOVE, RETURN], 20))
        assert set(np.diff(owner)) <= {0, 1} and owner[0] == 0 and owner[-1] == len(classes) - 1


def spikes(n, at):
    """Log-probabilities of a reader that is sure: a class at some steps, a blank at the others."""
    log_p = np.log(np.full((n, 4), 0.01))
    for t in range(n):
        log_p[t, at.get(t, 0)] = np.log(0.97)
    return log_p


def test_a_certain_reading_is_aligned_as_read():
    assert aligned(spikes(9, {1: 1, 4: 2, 7: 3}), [1, 2, 3]).tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]


def test_letters_part_where_the_pen_lifts_but_not_at_a_mark():
    pens = np.array([MOVE, DRAW, DRAW, DRAW, MOVE, DRAW, DRAW, END])
    assert aligned(spikes(8, {1: 1, 5: 2}), [1, 2], pens).tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    pens = np.array([MOVE, DRAW, MOVE, DRAW, RETURN, DRAW, DRAW, END])
    assert aligned(spikes(8, {1: 1, 6: 2}), [1, 2], pens).tolist() == [0, 0, 0, 0, 0, 1, 1, 1]


def test_words_in_lockstep_are_aligned_as_alone():
    rng = np.random.default_rng(1)
    lengths, texts = rng.integers(6, 20, 12), [rng.integers(1, 6, rng.integers(1, 6)).tolist() for _ in range(12)]
    log_p = np.log(rng.dirichlet(np.ones(6), (12, 20))).astype(np.float32)
    together = spoken_steps(log_p, lengths, texts)
    for row, n, text, steps in zip(log_p, lengths, texts, together, strict=True):
        assert steps[:n].tolist() == spoken_steps(row[None, :n], np.array([n]), [text])[0].tolist() and (steps[n:] == -1).all()


def test_too_few_steps_still_give_every_step_a_character():
    assert aligned(np.log(np.full((2, 3), 1 / 3)), [1, 2, 1, 2]).tolist() == [0, 2]


def test_a_neighbour_changes_no_word(sampler):
    style = find_style("linden")
    together = sampler.write(prompts("Dear Ada thank you"), style, seed=5)
    for i, prompt in enumerate(prompts("Dear Ada thank you")):
        others = [Prompt("x" * (k % 3 + 1), (0, k % 3 + 1)) for k in range(4)]
        others[i] = prompt
        again = sampler.write(others, style, seed=5)[i]
        assert len(again.strokes) == len(together[i].strokes)
        for a, b in zip(again.strokes, together[i].strokes, strict=True):
            np.testing.assert_allclose(a.points, b.points, atol=1e-9)


def test_spans_leave_no_character_out(sampler):
    for ink in sampler.write(prompts("quickly it's fine; (really) 42% anti-disestablishmentarianism!"), find_style("linden"), seed=1):
        covered = {k for stroke in ink.strokes for k in range(*stroke.span)}
        assert covered == set(range(len(ink.text)))
        assert abs(ink.bounds()[0]) < 1e-9


def test_most_words_read_back(sampler):
    """The shipped hand by the shipped reader: not a figure of quality, but broken weights do not pass."""
    doubts = []
    words = prompts("we went to the garden and found some old letters under the tree by the house last night")
    sampler.write(words, find_style("linden"), seed=3, on_doubt=doubts.append)
    assert len(doubts) <= len(words) // 4


@pytest.mark.parametrize("text", ["a", "word", "mother-in-law", "x" * 90, "-" * 50, "a-" + "b" * 40])
def test_pieces_are_the_word(text):
    parts = _pieces(text, 24)
    assert "".join(parts) == text and all(0 < len(part) <= 24 for part in parts)


def test_a_foreign_reader_is_refused(tmp_path):
    with pytest.raises(FileError, match="arc-gpt"):
        Reader(find_style("linden").weights)
    (tmp_path / "r.safetensors").write_bytes(b"no")
    with pytest.raises(FileError):
        Reader(tmp_path / "r.safetensors")


def test_long_words_are_written_whole_or_in_parts_but_written(sampler):
    words = prompts("incomprehensibilities counterrevolutionaries")
    for ink in sampler.write(words, find_style("linden"), seed=1):
        assert {k for stroke in ink.strokes for k in range(*stroke.span)} == set(range(len(ink.text)))


def test_a_draw_without_its_dots_is_the_last_choice():
    piece = _Piece(0, 0, "in", (0, 0))
    bare, dotted, wrong = Reading("in", 0.01, 1), Reading("in", 0.2, 0), Reading("on", 0.0, 0)
    for reading in (wrong, bare, dotted, bare, wrong):
        piece.offer(object(), reading)
    assert piece.reading is dotted and piece.done
