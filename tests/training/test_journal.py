"""What a run keeps of itself."""

import json

from plotwriter.training.journal import Journal


def test_the_checkpoint_that_reads_best_is_kept_over_a_resume(tmp_path):
    weights = tmp_path / "weights.safetensors"
    kept = []
    for step, rate in enumerate([0.9, 0.5, 0.7, 0.4, 0.4]):
        weights.write_bytes(bytes([step]))
        kept.append(Journal(tmp_path).keep_best(weights, rate, step))  # a new one each time, as after a resume
    assert kept == [True, True, False, True, False] and (tmp_path / "best.safetensors").read_bytes() == bytes([3])
    assert json.loads((tmp_path / "best.json").read_text()) == {"error_rate": 0.4, "step": 3}


def test_what_tensorboard_would_be_told_is_no_condition(tmp_path):
    journal = Journal(tmp_path)
    journal.scalars(1, loss=2.0, cer=None)
    journal.close()
    assert journal.board is None or any((tmp_path / "log").iterdir())
