"""What a run keeps of itself."""

import io
import json
import sys

import pytest
from PIL import Image

from plotwriter.errors import ConfigError
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


def test_another_process_of_the_run_keeps_no_journal(tmp_path):
    assert Journal(tmp_path, main=False).board is None and not (tmp_path / "log").exists()


def test_wandb_that_is_not_there_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(ConfigError, match="pip install wandb"):
        Journal(tmp_path, wandb="letters")


def test_wandb_is_told_what_tensorboard_is(tmp_path, monkeypatch):
    """Offline, with the real client: figures, a picture and the run's options are in its own record of the run."""
    wandb = pytest.importorskip("wandb", reason="wandb is not installed: pip install wandb")
    pytest.importorskip("accelerate", reason="the extra 'train' is not installed").Accelerator(cpu=True)
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    picture = io.BytesIO()
    Image.new("L", (8, 8), 255).save(picture, "PNG")
    journal = Journal(tmp_path / "run", wandb="letters", options={"batch": 32, "minutes": None})
    journal.scalars(1, loss=2.5, cer=None)
    journal.picture(1, picture.getvalue())
    journal.close()
    wandb.teardown()  # its service has written everything when it is gone
    (record,) = (tmp_path / "run" / "wandb").glob("offline-run-*/*.wandb")
    content = record.read_bytes()
    assert [word for word in (b"letters", b"loss", b"2.5", b"batch", b"sample") if word not in content] == []
    assert list((tmp_path / "run" / "wandb").glob("offline-run-*/files/media/images/*.png"))
