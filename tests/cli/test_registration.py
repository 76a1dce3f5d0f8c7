"""plot --registration: a finished drawing on the sheet where it lies."""

import json

import numpy as np
import pytest

from plotwriter.exchange import from_json, to_json
from plotwriter.ink import Document
from tests.cli.runner import plotwriter
from tests.devices.factories import make_page


@pytest.mark.parametrize("suffix", [".json", ".svg"])
def test_a_saved_job_and_a_drawing_are_moved_to_their_sheet(suffix, tmp_path):
    ink = make_page(n_words=2)
    (tmp_path / "job.json").write_text(to_json(Document((ink,), ink.text)))
    assert plotwriter("plot", tmp_path / "job.json", "--dry-run", "-q", "-o", tmp_path / "job.svg").code == 0
    marks = [{"page": [x, y], "touched": [x + 2.0, y + 1.5]} for x, y in ((10, 10), (130, 10), (10, 90))]
    (tmp_path / "marks.json").write_text(json.dumps({"marks": marks}))
    result = plotwriter(
        "plot", tmp_path / f"job{suffix}", "--registration", tmp_path / "marks.json", "--port", "sim", "-o", tmp_path / "moved.json"
    )  # fmt: skip
    assert result.code == 0 and "offset +2.00, +1.50 mm" in result.err, result.err
    moved = from_json((tmp_path / "moved.json").read_text(), "moved.json").pages[0]
    whole = from_json((tmp_path / "job.json").read_text(), "job.json").pages[0]
    assert len(moved.strokes) == len(whole.strokes)
    shifts = [np.abs(a.points[0] - b.points[0] - (2 + 1.5j)) for a, b in zip(moved.strokes, whole.strokes, strict=True)]
    assert max(shifts) < 0.15


def test_marks_that_cannot_be_are_refused_before_anything(tmp_path):
    ink = make_page(n_words=1)
    (tmp_path / "job.json").write_text(to_json(Document((ink,), ink.text)))
    (tmp_path / "marks.json").write_text('{"marks": [{"page": [1, 1], "touched": [2, 2]}]}')
    result = plotwriter("plot", tmp_path / "job.json", "--registration", tmp_path / "marks.json", "--port", "sim")
    assert result.code == 1 and "marks.json: 1 marks; touch two" in result.err and result.err.count("\n") == 1
