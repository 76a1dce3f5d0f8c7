"""The command from ink to page, on ink of our own and an untrained net."""

import json
import re

import numpy as np
import pytest
from click.testing import CliRunner

from plotwriter.cli import cli
from plotwriter.evaluation.pictures import intervals_picture, word_picture
from plotwriter.evaluation.statistics import Interval
from plotwriter.nets.checkpoint import load_hands, save_net
from plotwriter.nets.gpt import ALPHABET
from plotwriter.nets.recognizer import Recognizer, RecognizerConfig
from plotwriter.styles import installed_styles
from plotwriter.training.cache import prepare
from tests.evaluation.factories import make_word
from tests.training.test_words import sentence


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    path = tmp_path_factory.mktemp("reader") / "reader.safetensors"
    save_net(path, Recognizer(RecognizerConfig(n_layer=1, n_channel=16)), {"recipe": {"half": "b"}})
    return path


def run(*arguments):
    return CliRunner().invoke(cli, ["evaluate", *map(str, arguments)])


def test_generated_only(reader, tmp_path):
    style = next(iter(installed_styles()[0]))
    done = run("--style", style, "--words", 8, "--draws", 1, "--reader", reader, "--out", tmp_path / "r", "--json", "--quiet")
    assert done.exit_code == 0, done.output
    facts = json.loads((tmp_path / "r" / "report.json").read_text())
    assert facts == json.loads(done.stdout)
    figures = facts["styles"][style]
    assert figures["words"] == 8 and figures["held_out"] is None and 0 <= figures["end_reached"]["value"] <= 1
    assert any("--data" in note for note in facts["notes"])
    page = (tmp_path / "r" / "report.html").read_text()
    assert page.count("<svg") >= 9 and facts["notes"][0] in page.replace("&#x27;", "'")
    assert not re.search(r"(?:src|href)=|url\(|@import|<script", page), "the page stands alone"


@pytest.fixture(scope="module")
def ink(tmp_path_factory):
    """Two writers who write arches, one of them behind a shipped style's name."""
    folder = tmp_path_factory.mktemp("ink")
    rng = np.random.default_rng(0)
    with (folder / "ink.jsonl").open("w") as file:
        for k in range(110):
            file.write(json.dumps(sentence(rng, f"w{k % 2}", slant=0.3 - 0.2 * (k % 2))) + "\n")
    card = 'data = "made"\nlicence = "MIT"\nattribution = "nobody"\n'
    hand = f'name = "{next(iter(installed_styles()[0]))}"\ndescription = "arches"\nwriter = "w0"\n'
    (folder / "hands.toml").write_text(f"[card]\n{card}[[hands]]\n{hand}")
    return folder


@pytest.fixture(scope="module")
def held_out(ink, tmp_path_factory):
    """Weights of the shipped hand whose card says that one in a hundred of these words was held out."""
    folder = tmp_path_factory.mktemp("weights")
    words = prepare([ink / "ink.jsonl"], folder, max_steps=144, max_characters=24, alphabet=ALPHABET, seed=0, n_spliced=0, align=True)
    style = next(iter(installed_styles()[0].values()))
    card = style.card | {"held_out_words": [words.identity(i) for i in range(0, len(words.texts), 100)]}
    save_net(folder / "weights.safetensors", load_hands(style.weights), card)
    return f"{folder / 'weights.safetensors'}:{style.name}"


def test_beside_real_ink(reader, ink, held_out, tmp_path):
    style = next(iter(installed_styles()[0]))
    given = ("--data", ink / "ink.jsonl", "--hands", ink / "hands.toml", "--cache", tmp_path / "cache")
    done = run("--style", held_out, "--words", 10, "--draws", 1, "--reader", reader, *given, "--out", tmp_path / "r", "--json", "--quiet")
    assert done.exit_code == 0, done.output
    facts = json.loads(done.stdout)
    figures = facts["styles"][style]
    assert facts["notes"] == [] and figures["words"] == 10 and 0 < figures["held_out_words"] < 10
    assert figures["geometry_real"]["lines"] > 10 and figures["geometry_real"]["drift_mm_per_100_mm"]["value"] == pytest.approx(2, abs=0.3)
    assert figures["style"]["writers"] == 2 and figures["style"]["nearest_real"] == 1
    assert figures["frechet"]["real"] < figures["frechet"]["generated"], "arches are nearer to arches than handwriting is"
    assert figures["diversity"]["duplicates"]["value"] == 0 and figures["memorisation"]["words"] == 2 * figures["diversity"]["pairs"]
    assert figures["edits"]["real"]["deleted"]["value"] >= 0 and figures["shape"]["real"]["width"] > 0
    reach = {row["target"]: row for row in facts["to_reach"][style]}
    assert reach["draws that reached END, %"]["reached"] in (True, False)
    assert reach["characters wrong, generated over real, RapidOCR"]["reached"] is None
    assert figures["diversity"]["ratio"]["value"] > 0
    page = (tmp_path / "r" / "report.html").read_text()
    assert "Real beside generated" in page and "w0" not in page and "nan" not in page.lower().replace("finance", "")


def test_systems_side_by_side(reader, tmp_path):
    """One hand from two files is two columns, each file's hands together by themselves."""
    name, style = next(iter(installed_styles()[0].items()))
    (tmp_path / "mine").mkdir()
    other = tmp_path / "mine" / "weights.safetensors"
    other.write_bytes(style.weights.read_bytes())
    done = run(
        "--style", name, "--style", f"{other}:{name}", "--words", 8, "--draws", 1, "--reader", reader, "--out", tmp_path / "r", "--json"
    )
    assert done.exit_code == 0, done.output
    facts = json.loads(done.stdout)
    first, second = facts["styles"]
    assert second == f"{name} (mine/weights)" and first.startswith(f"{name} (")
    assert facts["styles"][first] == facts["styles"][second], "the same weights write the same"
    assert len(facts["pooled"]) == 2 and set(facts["to_reach"]) == {first, second}
    assert (tmp_path / "r" / "report.html").read_text().count("<h2>") == 2


def test_what_cannot_be_is_refused(reader, tmp_path):
    assert "--hands" in run("--data", "x.jsonl").stderr
    nobody = tmp_path / "hands.toml"
    nobody.write_text('[card]\ndata = ""\nlicence = ""\nattribution = ""\n[[hands]]\nname = "x"\ndescription = ""\nwriter = "w"\n')
    assert "names no style" in str(run("--data", "x.jsonl", "--hands", nobody, "--reader", reader).exception)
    missing = run("--style", "no-such-hand", "--reader", reader)
    assert "no style" in str(missing.exception)
    lost = run("--words", 8, "--reader", tmp_path / "none.safetensors")
    assert "no such reader" in str(lost.exception)


def test_pictures_survive_odd_words_and_figures():
    assert "&lt;" in word_picture(make_word("<i>"))
    drawn = intervals_picture([("a", Interval(1.0, 0.5, float("inf"))), ("b", Interval(float("nan"), 0.0, 0.0))], (1.0,))
    assert "nan" not in drawn and "inf" not in drawn and "no figure" in drawn


def test_labels_have_room():
    """Names end left of the axis and begin inside the picture."""
    for name in ("a", "linden (weights/words)", "together, a-long-folder/weights"):
        drawn = intervals_picture([(name, Interval(0.5, 0.4, 0.6))], (1.0,))
        assert float(re.search(r'<text x="([\d.]+)" y="24"', drawn)[1]) >= 6 * len(name)
