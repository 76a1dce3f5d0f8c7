"""Two processes on one CPU (gloo) do what one does in two passes."""

import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from plotwriter.training.cache import _save, load_newest
from plotwriter.training.loop import Trainer
from plotwriter.training.point_tasks import LSTMTask
from tests.training.test_loop import one_thread  # noqa: F401  a fixture
from tests.training.test_points import LSTM
from tests.training.test_words import files, words  # noqa: F401  fixtures

pytest.importorskip("accelerate", reason="the extra 'train' is not installed")
RUN = """
import sys
from pathlib import Path
from plotwriter.training.cache import load_newest
from plotwriter.training.loop import Trainer, use_threads
from plotwriter.training.point_tasks import LSTMTask
from tests.training.test_points import LSTM
use_threads(1)
Trainer(LSTMTask(load_newest(Path(sys.argv[1])), LSTM), Path(sys.argv[2]), "cpu").run()
"""


def test_two_processes_are_one_with_the_doubled_batch(words, files, tmp_path):  # noqa: F811
    _save(tmp_path / "cache" / "words-x.npz", words)
    one = Trainer(LSTMTask(load_newest(tmp_path / "cache"), replace(LSTM, accumulate=2)), tmp_path / "one", "cpu")
    one.run()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    root = Path(__file__).parents[2]
    environment = os.environ | {
        "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2", "ACCELERATE_USE_CPU": "true",
        "OMP_NUM_THREADS": "1", "PYTHONPATH": str(root),
    }  # fmt: skip
    both = [
        subprocess.Popen(
            [sys.executable, "-c", RUN, str(tmp_path / "cache"), str(tmp_path / "two")],
            env=environment | {"RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for rank in range(2)
    ]  # fmt: skip
    ends = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], ends
    with safe_open(tmp_path / "two" / "checkpoint.safetensors", framework="pt") as file:
        assert json.loads(file.metadata()["about"])["test_loss"] == pytest.approx(one.test_loss, abs=1e-5)
    weights = load_file(tmp_path / "two" / "checkpoint.safetensors")
    for name, weight in one.net.state_dict().items():
        assert torch.allclose(weights[f"net.{name}"], weight, atol=2e-6), name
