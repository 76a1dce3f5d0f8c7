"""`plotwriter data`: what is in files of ink, said before anything learns from them."""

import gzip
import json

from tests.cli.runner import plotwriter
from tests.cli.test_train import ink  # noqa: F401  a fixture


def test_counts_and_a_sheet(ink, tmp_path):  # noqa: F811
    said = plotwriter("data", "show", *ink, "-o", tmp_path / "sheet.png", "--cache", tmp_path / "cache")
    assert said.code == 0, said.err
    assert "6 samples of 2 writers" in said.out and "usable: 108 words of 2 writers" in said.out and "never written:" in said.out
    assert (tmp_path / "sheet.png").read_bytes()[:4] == b"\x89PNG"
    facts = json.loads(plotwriter("data", "show", *ink, "--cache", tmp_path / "cache", "--json").out)
    assert facts["words"] == 108 and sum(one["samples"] for one in facts["files"]) == 12 and set(facts["characters"]) == {"n", "i"}


def test_converted_ink_is_what_training_takes(ink, tmp_path):  # noqa: F811
    capture = tmp_path / "mine.json"
    capture.write_text(json.dumps({"text": "nin", "strokes": [[[0, 0], [5, 9]], [[3, 1]]]}))
    done = plotwriter("data", "convert", capture, ink[0], "-o", tmp_path / "all.jsonl.gz")
    assert done.code == 0 and "7 samples" in done.err
    with gzip.open(tmp_path / "all.jsonl.gz", "rt") as lines:
        first = json.loads(next(lines))
    assert (first["text"], first["writer"], len(first["strokes"])) == ("nin", "me", 2)
    assert "usable: 54 words of 2 writers" in plotwriter("data", "cache", ink[0], "--no-align", "--cache", tmp_path / "c").out


def test_bad_files_are_one_line(tmp_path):
    (tmp_path / "empty.jsonl").write_text("")
    for arguments in (
        ["show", tmp_path / "empty.jsonl"],
        ["show", tmp_path / "none.jsonl"],
        ["convert", tmp_path / "x.json", "-o", "x.txt"],
    ):
        result = plotwriter("data", *arguments)
        assert result.code in (1, 2) and result.err.count("\n") == 1 and result.err.startswith("plotwriter: ")
