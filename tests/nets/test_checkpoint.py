import json

import pytest
import torch

from plotwriter.errors import FileError
from plotwriter.nets.card import digest, read_card
from plotwriter.nets.checkpoint import load_hands, save_net
from tests.nets.factories import tiny_hands


@pytest.fixture
def path(tmp_path):
    save_net(tmp_path / "hand.safetensors", tiny_hands(), {"licence": "CC0", "styles": []})
    return tmp_path / "hand.safetensors"


def test_a_net_comes_back_as_float16_left_it(path):
    loaded, net = load_hands(path), tiny_hands()
    assert loaded.config == net.config
    for name, tensor in net.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], tensor.half().float())
    assert read_card(path)["licence"] == "CC0" and len(digest(path)) == 12


def damaged(path, how):
    content = path.read_bytes()
    n = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + n])
    if how == "config":
        header["__metadata__"]["config"] = json.dumps(json.loads(header["__metadata__"]["config"]) | {"n_hand": 7})
    elif how == "huge":
        header["__metadata__"]["config"] = json.dumps(json.loads(header["__metadata__"]["config"]) | {"n_hand": 10**9})
    elif how == "format":
        header["__metadata__"]["format"] = "somebody-elses-1"
    elif how == "card":
        header["__metadata__"]["card"] = "{"
    text = json.dumps(header).encode()
    return {"cut": content[: len(content) // 2], "text": b"hello", "empty": b"", "pickle": b"\x80\x04\x95"}.get(
        how, len(text).to_bytes(8, "little") + text + content[8 + n :]
    )


@pytest.mark.parametrize("how", ["cut", "text", "empty", "pickle", "config", "huge", "format"])
def test_foreign_weights_are_refused_in_one_line(path, how):
    path.write_bytes(damaged(path, how))
    with pytest.raises(FileError) as error:
        load_hands(path)
    assert str(path) in str(error.value) and "\n" not in str(error.value)


def test_weights_that_are_not_numbers_are_refused(tmp_path):
    net = tiny_hands()
    net.gpt.norm.weight.data[3] = float("nan")
    save_net(tmp_path / "nan.safetensors", net, {})
    with pytest.raises(FileError, match=r"norm\.weight"):
        load_hands(tmp_path / "nan.safetensors")


def test_a_damaged_card_is_refused(path):
    path.write_bytes(damaged(path, "card"))
    with pytest.raises(FileError, match="card"):
        read_card(path)


def test_random_bytes_never_crash(path):
    import numpy as np

    content = path.read_bytes()
    rng = np.random.default_rng(0)
    for _ in range(100):
        broken = bytearray(content)
        for at in rng.integers(0, 1500, 5):
            broken[at] = int(rng.integers(256))
        path.write_bytes(bytes(broken))
        try:
            load_hands(path)
        except FileError as error:
            assert "\n" not in str(error)
