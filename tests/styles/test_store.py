"""Which hands are installed; a damaged file is a line, never a crash."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plotwriter.errors import ConfigError, FileError
from plotwriter.nets.card import digest, read_card
from plotwriter.styles import find_style, installed_styles
from plotwriter.styles.store import DEFAULT_STYLE, SHIPPED


def metadata_of(path):
    with path.open("rb") as file:
        return json.loads(file.read(int.from_bytes(file.read(8), "little")))["__metadata__"]


SOUND = metadata_of(SHIPPED / "words.safetensors")
ENTRY = json.loads(SOUND["card"])["styles"][0] | {"name": "mine", "description": "my own", "row": 0}
CARD = {"sampler": "gpt", "styles": [ENTRY]}


def weights(card, **metadata):
    """A weights file without weights: all that is read to list it."""
    about = SOUND | {"card": card if isinstance(card, str) else json.dumps(card)} | metadata
    header = json.dumps({"__metadata__": about}).encode()
    return len(header).to_bytes(8, "little") + header


def changed(**entry):
    return CARD | {"styles": [ENTRY | entry]}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("PLOTWRITER_HOME", str(tmp_path))
    (tmp_path / "styles").mkdir()
    return tmp_path / "styles"


def test_the_shipped_hands_are_sound(folder):
    found, problems = installed_styles()
    assert problems == [] and DEFAULT_STYLE in found and list(found) == sorted(found)
    for name, style in found.items():
        assert style.name == name and style.description and style.weights.parent == SHIPPED
        assert abs(math.degrees(style.slant)) < 60 and 1 < style.x_height < 10 and 0.5 < style.word_space < 4
    rows = [(style.weights, style.row) for style in found.values()]
    assert len(set(rows)) == len(rows)


def test_a_hand_of_ones_own_joins_the_others(folder):
    before, _ = installed_styles()
    (folder / "mine.safetensors").write_bytes(weights(CARD))
    found, problems = installed_styles()
    assert problems == [] and set(found) == set(before) | {"mine"} and found["mine"].description == "my own"


def test_a_hand_of_ones_own_wins(folder):
    (folder / "mine.safetensors").write_bytes(weights(changed(name=DEFAULT_STYLE)))
    assert find_style(DEFAULT_STYLE).weights == folder / "mine.safetensors"
    assert find_style("rowan").weights.parent == SHIPPED


def test_by_path_and_name(folder, tmp_path):
    path = tmp_path / "two.safetensors"
    path.write_bytes(weights(CARD | {"styles": [ENTRY, ENTRY | {"name": "other", "row": 1}]}))
    assert (find_style(str(path)).name, find_style(f"{path}:other").row) == ("mine", 1)
    with pytest.raises(ConfigError, match=r"'othr'.*\"other\""):
        find_style(f"{path}:othr")
    with pytest.raises(FileError, match="no such weights file"):
        find_style(str(tmp_path / "none.safetensors"))


DAMAGED = {
    "empty": b"",
    "short": b"\x10\x00\x00",
    "long header": (2**40).to_bytes(8, "little"),
    "no json": (4).to_bytes(8, "little") + b"}}}}",
    "deep json": (100_000).to_bytes(8, "little") + b"[" * 100_000,
    "no metadata": (2).to_bytes(8, "little") + b"{}",
    "odd metadata": (20).to_bytes(8, "little") + b'{"__metadata__": 12}',
    "foreign": weights(CARD, format="pt"),
    "card is no json": weights("{"),
    "card is a list": weights([]),
    "card is empty": weights({}),
    "no sampler": weights({"styles": [ENTRY]}),
    "styles is a text": weights(CARD | {"styles": "mine"}),
    "styles is a number": weights(CARD | {"styles": 5}),
    "style is a text": weights(CARD | {"styles": ["mine"]}),
    "key is missing": weights(CARD | {"styles": [{"name": "mine"}]}),
    "row is a text": weights(changed(row="first")),
    "row is endless": weights(changed(row=math.inf)),
    "row is negative": weights(changed(row=-1)),
    "slant is not a number": weights(changed(slant=math.nan)),
    "slant lies down": weights(changed(slant=2.0)),
    "no height": weights(changed(x_height=0)),
    "words run together": weights(changed(word_space=-1)),
    "no temperature": weights(changed(temperature=0)),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_file_is_a_line_and_the_rest_stays(folder, content):
    before, _ = installed_styles()
    (folder / "bad.safetensors").write_bytes(content)
    found, problems = installed_styles()
    assert set(found) == set(before) and len(problems) == 1
    assert "bad.safetensors" in problems[0] and "\n" not in problems[0]
    with pytest.raises(ConfigError, match=r"bad\.safetensors"):
        find_style("bad")
    with pytest.raises(FileError, match=r"bad\.safetensors"):
        find_style(str(folder / "bad.safetensors"))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 300))
def test_any_bytes_are_read_or_refused(tmp_path_factory, noise, at):
    whole = weights(CARD)
    path = tmp_path_factory.mktemp("noise") / "a.safetensors"
    path.write_bytes(whole[:at] + noise + whole[at + len(noise) :])
    try:
        assert find_style(str(path)).weights == path
    except (FileError, ConfigError) as error:
        assert "a.safetensors" in str(error)


def test_cards_say_where_a_hand_comes_from():
    for path in SHIPPED.glob("*.safetensors"):
        assert {"format", "config", "card"} <= set(metadata_of(path))
        card = read_card(path)
        assert card["sampler"] and card["styles"] and "licence" in json.dumps(card)
        assert len(digest(path)) == 12
