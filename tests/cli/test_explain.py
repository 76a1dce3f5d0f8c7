"""`plotwriter explain`: a picture of what the net looked at, for every sampler that aligns."""

import re

import pytest

from tests.cli.runner import plotwriter


@pytest.mark.parametrize("sampler", ["gpt", "lstm", "cursive"])
def test_every_character_has_a_colour(sampler, tmp_path):
    done = plotwriter(
        "explain", "word", "--sampler", sampler, "--draws", "2", *(f"-o{tmp_path / f'w.{s}'}" for s in ("svg", "png", "html"))
    )
    assert done.code == 0, done.err
    svg = (tmp_path / "w.svg").read_text()
    assert len(set(re.findall(r'<polyline[^>]*stroke="(#\w+)"', svg))) >= 3  # a draw of the lesser nets may pass over one
    assert [c for c in re.findall(r">(.)</text>", svg)] == list("word")
    assert (tmp_path / "w.png").read_bytes()[:4] == b"\x89PNG" and svg in (tmp_path / "w.html").read_text()


@pytest.mark.parametrize("arguments", [["two words"], [""], ["é"], ["word", "--sampler", "lsmt"]])
def test_what_cannot_be_explained_is_one_line(arguments, tmp_path):
    result = plotwriter("explain", *arguments, "-o", tmp_path / "w.svg")
    assert result.code == 1 and result.err.count("\n") == 1 and result.err.startswith("plotwriter: ")


def test_other_pictures_are_refused(tmp_path):
    assert ".html" in plotwriter("explain", "word", "-o", tmp_path / "w.pdf").err
