"""`plotwriter train` from files of ink to weights that are a style."""

import json

import numpy as np
import pytest

from tests.cli.runner import plotwriter
from tests.training.test_words import sentence

pytest.importorskip("accelerate", reason="the extra 'train' is not installed")
SMALL = ["--channels", "16", "--heads", "2", "--layers", "1", "--batch", "4", "--precision", "no"]


@pytest.fixture
def ink(tmp_path):
    rng = np.random.default_rng(0)
    paths = []
    for name in ("a.jsonl", "b.jsonl"):
        paths.append(tmp_path / name)
        paths[-1].write_text("".join(json.dumps(sentence(rng, f"w{k % 2}")) + "\n" for k in range(6)))
    return paths


def test_a_run_its_picture_its_resume_and_its_style(ink, tmp_path):
    run = tmp_path / "run"
    first = plotwriter("train", "gpt", "--data", *ink, "--out", run, "--steps", "3", *SMALL)
    assert first.code == 0 and "108 words of 2 writers" in first.err
    assert (run / "sample.png").read_bytes()[:4] == b"\x89PNG"
    again = plotwriter("train", "gpt", "--data", *ink, "--out", run, "--steps", "5", *SMALL)
    assert again.code == 2 and "--resume" in again.err
    more = plotwriter(
        "train", "gpt", "--data", ink[0], "--data", ink[1], "--out", run, "--steps", "5", "--resume", "--channels", "64", "--heads", "2"
    )
    assert more.code == 0 and "resumed at iteration 3" in more.err
    card = json.loads(plotwriter("styles", "show", f"{run / 'weights.safetensors'}:hand-1", "--json").out)
    assert card["recipe"]["iterations"] == 5 and card["recipe"]["n_channel"] == 16
    hands = tmp_path / "hands.toml"
    hands.write_text('[card]\ndata = "d"\nlicence = "l"\nattribution = "a"\n[[hands]]\nname = "mine"\ndescription = ""\nwriter = "w1"\n')
    assert plotwriter("train", "export", run, "--hands", hands, "-o", tmp_path / "mine.safetensors").code == 0
    assert json.loads(plotwriter("styles", "show", tmp_path / "mine.safetensors", "--json").out)["name"] == "mine"
    second = plotwriter("train", "gpt", "--data", *ink, "--out", tmp_path / "second", "--steps", "1", "--begin-with", run, *SMALL)
    assert second.code == 0, second.err
    both = tmp_path / "both.safetensors"
    assert plotwriter("train", "export", run, tmp_path / "second", "--hands", hands, "-o", both).code == 0
    assert json.loads(plotwriter("styles", "show", both, "--json").out)["recipe"]["mean_of_runs"] == 2
    hands.write_text(hands.read_text().replace("w1", "nobody"))
    refused = plotwriter("train", "export", run, "--hands", hands, "-o", tmp_path / "x.safetensors")
    assert refused.code == 1 and "nobody" in refused.err and not (tmp_path / "x.safetensors").exists()


@pytest.mark.parametrize("arguments", [[], ["--data", "none.jsonl"], ["--data", "broken.jsonl"], ["--data", "empty.jsonl"]])
def test_no_usable_ink_is_one_line(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.jsonl").write_text("{")
    (tmp_path / "empty.jsonl").write_text("")
    result = plotwriter("train", "gpt", *arguments, "--steps", "1", "-q")
    assert result.code in (1, 2) and result.err.count("\n") == 1 and result.err.startswith("plotwriter: ")
