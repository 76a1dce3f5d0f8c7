"""A hand seen, learned, kept, mixed and passed on."""

import json

import numpy as np
import pytest
import torch

from plotwriter.errors import ConfigError, FileError, SampleError
from plotwriter.hands.fit import WAYS, FitOptions, Look, best_look, fit, seen
from plotwriter.hands.keep import blend, card_of, export_hand, import_hand, own_file, save_hand, words_to_keep
from plotwriter.hands.matching import match
from plotwriter.hands.names import check_name
from plotwriter.hands.replay import Replay, practice_texts
from plotwriter.inkfiles import InkSample, to_lines
from plotwriter.nets.checkpoint import load_hands, save_net
from plotwriter.nets.gpt import FIRST_CHARACTER, HandStyle
from plotwriter.samplers.autoregressive import GptSampler
from plotwriter.samplers.own_words import own_words, stored
from plotwriter.samplers.priming import PRIME, primer_of
from plotwriter.styles import find_style
from plotwriter.text import Prompt
from plotwriter.training.batches import PackedWords
from plotwriter.training.datasets import WriterFacts
from tests.cli.runner import plotwriter

TEXTS = "garden writing seventeen apple jumps house paper and the with from over river stone quick lazy dog".split()
SHORT = FitOptions(steps=4, look_words=6, n_replay=12, batch=6, replay=4)


@pytest.fixture(autouse=True)
def own_home(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("PLOTWRITER_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="module")
def samples():
    """Words of a hand that ships, as a tablet would have them."""
    style = find_style("aspen")
    inks = GptSampler(style, device="cpu", n_draws=2).write([Prompt(text, (0, len(text))) for text in TEXTS], style, seed=5)
    return [
        InkSample(t, tuple(30 * s.points for s in ink.strokes), "", f"word {k}") for k, (t, ink) in enumerate(zip(TEXTS, inks, strict=True))
    ]


@pytest.fixture(scope="module")
def words(samples):
    return match(samples).used


@pytest.fixture(scope="module")
def base():
    return load_hands(find_style("linden").weights)


def test_what_the_words_lack_is_the_nearest_hands(words, base):
    packed = PackedWords(words, base.config.gpt.alphabet)
    style, lacking = seen(base, packed, np.arange(len(words.texts)))
    assert set(lacking) == set(base.config.gpt.alphabet) - set("".join(words.texts)) and "a" not in lacking
    for character, row in lacking.items():
        k = FIRST_CHARACTER + base.config.gpt.alphabet.index(character)
        assert torch.equal(style.letters[0, k], base.letters[row, k])
    aspen = find_style("aspen").row
    assert sum(row == aspen for row in lacking.values()) > 0.5 * len(lacking)  # it is that hand's own ink


def test_more_words_change_nothing_of_letters_they_do_not_have(words, base):
    """The trap of an averaged hand: a word more must not blur the letters of the others."""
    packed = PackedWords(words, base.config.gpt.alphabet)
    one = [k for k, text in enumerate(words.texts) if text == "dog"]
    other = [k for k, text in enumerate(words.texts) if not set(text) & set("dog")][:3]
    alone, _ = seen(base, packed, np.array(one))
    both, _ = seen(base, packed, np.array(one + other))
    for c in "dog":
        k = FIRST_CHARACTER + base.config.gpt.alphabet.index(c)
        assert torch.allclose(alone.letters[0, k], both.letters[0, k], atol=1e-4)


def test_learning_leaves_the_base_alone_and_keeps_the_best_look(words, base):
    before = {key: value.clone() for key, value in base.state_dict().items()}
    heard = []
    found = fit(words, base, SHORT, lambda share, look: heard.append((share, look)))
    assert all(torch.equal(value, before[key]) for key, value in base.state_dict().items())
    assert found.best is best_look(found.looks) and found.steps == 4
    assert [look.way for look in found.looks] == [0.0, *WAYS] and [share for share, look in heard if look is None] == [0.25, 0.5, 0.75, 1.0]
    assert all(torch.isfinite(value).all() for value in found.model.state_dict().values())


def look(way, wrong, apart, real_wrong=0.05):
    return Look(way, wrong, real_wrong, apart, 6.0)


@pytest.mark.parametrize(
    ("looks", "best"),
    [
        ([look(0, 0.06, 1.0), look(0.5, 0.06, 0.6), look(0.9, 0.1, 0.4)], 0.9),
        ([look(0, 0.06, 1.0), look(0.5, 0.06, 0.6), look(0.9, 0.4, 0.4)], 0.5),  # what nobody can read is no hand
        ([look(0, 0.06, 1.0, 0.4), look(0.5, 0.06, 0.6, 0.4), look(0.9, 0.4, 0.4, 0.4)], 0.5),  # even if the person's own ink is none
        ([look(0, 0.06, 1.0), look(0.5, 0.06, 1.2), look(0.9, 0.06, 1.4)], 0),  # farther from the person
    ],
)
def test_as_far_towards_the_person_as_can_be_read(looks, best):
    assert best_look(looks).way == best


def test_words_kept_in_the_card_begin_what_is_written(words, base, tmp_path):
    """`--prime`: the words survive the card, and the draws differ from those without."""
    begun = words_to_keep(words)
    assert begun and all(set(word.text) <= set("".join(words.texts)) for word in begun)
    found = fit(words, base, FitOptions(quick=True))
    inks = []
    for name, prime in (("plain", ()), ("primed", begun)):
        save_hand(name, found.model, card_of(found, words_facts(), find_style("linden"), {}, name=name, description="", prime=prime))
        style = find_style(name)
        assert [stored(word) for word in own_words(style)] == [stored(word) for word in prime]
        sampler = GptSampler(style, device="cpu")
        inks.append(sampler.write([Prompt(text, (0, len(text))) for text in ("house", "extraordinarily")], style, seed=1))
        primer = primer_of(style, 0.2, "cpu")
        assert set(primer.text.split()) <= set(words.texts) if prime else primer.text == PRIME  # what primes the other nets
    plain, primed = inks
    assert [ink.text for ink in primed] == ["house", "extraordinarily"]
    assert plain[0].bounds() != primed[0].bounds()
    assert plain[1].bounds() == primed[1].bounds()  # too long for the net's window beside another word
    assert max(stroke.points.real.max() for stroke in primed[0].strokes) < 2 * plain[0].bounds()[2]


@pytest.mark.parametrize(
    "damage",
    [
        {"words": 3}, {"words": [{}]}, {"words": [{"text": "no", "tokens": [[1, 0, 0, 8]], "letters": [0]}]},
        {"words": [{"text": "no", "tokens": [[1, 0, 1, 8], [0, 0, 99, 8]], "letters": [0, 1]}]},
        {"words": [{"text": "no", "tokens": [[1, 0, 1, 8], [0, 0, 9, 8]], "letters": [0, 0]}]},
        {"words": [{"text": "no", "tokens": [[1, 0, 1, 8], [3, 0, 9, 8]], "letters": [0, 1]}]},
        {"words": [{"text": "\u00e9" * 2, "tokens": [[1, 0, 1, 8], [0, 0, 9, 8]], "letters": [0, 1]}]}, {"words": [{"text": "a"}] * 99},
    ],
)  # fmt: skip
def test_damaged_words_of_a_foreign_style_are_refused(damage, words, base, tmp_path):
    found = fit(words, base, FitOptions(quick=True))
    card = card_of(found, words_facts(), find_style("linden"), {}, name="gift", description="")
    card["styles"][0] |= damage
    save_net(tmp_path / "gift.safetensors", found.model, card)
    with pytest.raises(FileError, match="damaged"):
        import_hand(tmp_path / "gift.safetensors")
    assert not own_file("gift").exists()


def words_facts():
    return WriterFacts(0.1, 1.5, 16)


def test_learning_makes_the_words_likelier(words, base):
    found = fit(words, base, FitOptions(steps=12, look_words=4, n_replay=12, batch=10, replay=4))
    assert found.looks[-1].nats < found.looks[0].nats


def test_the_clock_ends_it(words, base):
    found = fit(words, base, FitOptions(steps=10_000, minutes=1e-6, look_words=4, n_replay=4, batch=2, replay=2))
    assert found.steps == 1


def test_practice_has_every_sign_and_one_hand_each_word(base):
    texts = practice_texts(360, base.config.gpt.alphabet, np.random.default_rng(0))
    assert set("0123456789.,:;!?&@") <= set("".join(texts)) and all(0 < len(text) <= 24 for text in texts)
    replay = Replay(base, 16, 0)
    assert 6 <= len(replay) <= 16
    nats = replay.nats(base.gpt, np.random.default_rng(0), 8)
    assert 0 < float(nats.detach()) < 8


def test_no_words_is_an_error(words, base):
    with pytest.raises(SampleError, match="write a few words more"):
        fit(words.subset(np.zeros(len(words.texts), bool)), base, SHORT)


def test_from_file_to_letter_and_away_again(samples, tmp_path):
    """The life of a style on the command line."""
    ink = tmp_path / "ink.jsonl"
    ink.write_text(to_lines(samples, "me"), encoding="utf-8")
    made = plotwriter(
        "styles", "fit", "mine", "--from", ink, "--quick", "--matched", tmp_path / "m.svg", "--lineup", tmp_path / "l.svg", "--json"
    )
    assert made.code == 0, made.err
    assert (
        json.loads(made.out)["borrowed"]
        and (tmp_path / "m.svg").read_text().startswith("<svg")
        and "real:" in (tmp_path / "l.svg").read_text()
    )
    again = plotwriter("styles", "fit", "mine", "--from", ink, "--quick")
    assert again.code == 2 and "--replace" in again.err
    assert "mine" in plotwriter("styles", "list", "--json").out
    (tmp_path / "letter.txt").write_text("Dear Ada, it is I.")
    wrote = plotwriter("write", tmp_path / "letter.txt", "--style", "mine", "-o", tmp_path / "letter.json")
    assert wrote.code == 0, wrote.err
    first = json.loads((tmp_path / "letter.json").read_text())
    assert plotwriter("styles", "export", "mine", "-o", tmp_path / "gift.safetensors").code == 0
    assert plotwriter("styles", "remove", "mine", "--yes").code == 0
    assert plotwriter("write", tmp_path / "letter.txt", "--style", "mine", "-o", tmp_path / "b.json").code != 0
    assert plotwriter("styles", "import", tmp_path / "gift.safetensors", "--as", "gift").code == 0
    assert plotwriter("styles", "rename", "gift", "mine").code == 0
    assert plotwriter("write", tmp_path / "letter.txt", "--style", "mine", "-o", tmp_path / "letter.json").code == 0
    assert json.loads((tmp_path / "letter.json").read_text())["pages"] == first["pages"]
    for command in (("remove", "linden", "--yes"), ("rename", "linden", "x"), ("import", ink), ("rename", "mine", "../x")):
        refused = plotwriter("styles", *command)
        assert refused.code in (1, 2) and refused.err.count("\n") == 1, refused.err


def test_a_blend_lies_between(tmp_path):
    blend("linden", "aspen", 0.3, "between")
    a, b, mixed = (find_style(name) for name in ("linden", "aspen", "between"))
    assert mixed.slant == pytest.approx(0.7 * a.slant + 0.3 * b.slant, abs=1e-3)
    whole, own = load_hands(a.weights), load_hands(mixed.weights)
    wanted = 0.7 * whole.general[a.row] + 0.3 * whole.general[b.row]
    assert torch.allclose(own.general[0], wanted, atol=2e-3)
    with pytest.raises(ConfigError, match="not 0"):
        blend("linden", "aspen", 1.5, "x")


def test_a_shipped_hand_can_be_passed_on(tmp_path):
    export_hand("hazel", tmp_path / "h.safetensors")
    assert import_hand(tmp_path / "h.safetensors", "mine") == ["mine"]
    one, whole = load_hands(own_file("mine")), load_hands(find_style("hazel").weights)
    assert torch.equal(one.style(0).general, whole.style(find_style("hazel").row).general)
    assert isinstance(one.style(0), HandStyle)
    with pytest.raises(ConfigError, match="--replace"):
        import_hand(tmp_path / "h.safetensors", "mine")


@pytest.mark.parametrize("name", ["", "../up", "A", "a b", "a" * 41, "a/b", "con:", ".hidden", "ä"])
def test_names_that_are_no_files(name):
    with pytest.raises(ConfigError, match="no name for a style"):
        check_name(name)


def test_a_foreign_file_is_refused(tmp_path):
    path = tmp_path / "x.safetensors"
    path.write_bytes(b"\x80\x04\x95 pickle")
    with pytest.raises(FileError):
        import_hand(path)
