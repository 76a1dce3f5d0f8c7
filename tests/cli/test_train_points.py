"""`plotwriter train lstm` and `train cursive`: from ink to weights that write."""

import json

import pytest

from plotwriter.styles import find_style
from tests.cli.runner import plotwriter
from tests.cli.test_train import ink  # noqa: F401  a fixture

pytest.importorskip("accelerate", reason="the extra 'train' is not installed")
SMALL = {
    "lstm": "--cells 8 --window 2 --mixtures 2 --batch 2 --points 60".split(),
    "cursive": "--channels 8 --heads 2 --layers 1 --batch 2 --points 80 --words 1 2 --precision no".split(),
}


@pytest.mark.parametrize("net", ["lstm", "cursive"])
def test_a_run_its_resume_and_its_style(net, ink, tmp_path):  # noqa: F811
    run = tmp_path / "run"
    first = plotwriter("train", net, "--data", *ink, "--out", run, "--steps", "1", *SMALL[net])
    assert first.code == 0, first.err
    assert "108 words of 2 writers" in first.err and "(best so far)" in first.err
    assert (run / "sample.png").read_bytes()[:4] == b"\x89PNG"
    again = plotwriter("train", net, "--data", *ink, "--out", run, "--steps", "2", *SMALL[net])
    assert again.code == 2 and "--resume" in again.err
    more = plotwriter("train", net, "--data", *ink, "--out", run, "--steps", "2", "--resume")
    assert more.code == 0 and "resumed at iteration 1" in more.err, more.err
    style = find_style(str(run / "weights.safetensors"))
    assert style.sampler == style.own_sampler == net and style.card["recipe"]["iterations"] == 2
    assert style.card["styles"][0]["prime"] is None or len(style.card["styles"][0]["prime"]["text"].split()) == 2
    assert json.loads((run / "best.json").read_text())["error_rate"] > 0 and (run / "best.safetensors").exists()
