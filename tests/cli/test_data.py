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


def test_every_rejected_sample_is_named_with_its_place_and_reason(ink, tmp_path):  # noqa: F811
    """A word too long in the second file, and a line nobody can frame in the first."""
    lines = [json.loads(line) for line in ink[1].read_text().splitlines()]
    lines[2]["words"][1][0] = "n" * 25
    ink[1].write_text("".join(json.dumps(line) + "\n" for line in lines))
    flat = {"text": "n", "writer": "w9", "strokes": [[[0, 0], [1, 0]]], "words": [["n", 0, 0]]}
    ink[0].write_text(json.dumps(flat) + "\n" + ink[0].read_text())
    command = "data", "show", *ink, "--cache", tmp_path / "cache", "--rejected"
    said = plotwriter(*command).out.splitlines()
    assert f"b.jsonl line 3, {lines[2]['writer']}, {'n' * 25!r}: word of more than 24 characters" in said
    assert "a.jsonl line 1, w9, 'n': line without a clear baseline" in said
    facts = json.loads(plotwriter(*command, "--json").out)
    listed = facts["rejected_samples"]
    assert sum(facts["rejected"].values()) == len(listed) == 2 and facts["words"] == 107
    assert {
        "file": "b.jsonl",
        "line": 3,
        "writer": lines[2]["writer"],
        "text": "n" * 25,
        "reason": "word of more than 24 characters",
    } in listed
    assert "rejected_samples" not in json.loads(plotwriter(*command[:-1], "--json").out)


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
