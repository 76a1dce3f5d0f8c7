import numpy as np
import pytest
import torch

from plotwriter.nets.arc_tokens import END, quantise
from plotwriter.nets.gpt import START, up_to_end
from tests.nets.factories import program, tiny_net


def batch(net, seeds=(1, 2, 3)):
    steps = [program(np.random.default_rng(seed)) for seed in seeds]
    longest = max(len(s.pens) for s in steps)
    pens = np.full((len(steps), longest), END, np.int64)
    targets, apexes = np.zeros((2, len(steps), longest), np.complex128)
    for row, s in enumerate(steps):
        n = len(s.pens)
        pens[row, :n], targets[row, :n], apexes[row, :n] = s.pens, s.targets, s.apexes
    tokens, position = quantise(pens, targets, apexes)
    characters = net.encode_characters(["in", "little", "Ada!"][: len(steps)])
    return characters, net.writers.weight[torch.arange(len(steps)) % 3], torch.from_numpy(tokens), torch.from_numpy(position)


@torch.no_grad()
def test_the_cache_equals_the_full_pass():
    net = tiny_net(max_steps=80).double()
    characters, style, tokens, position = batch(net)
    position = position.double()
    full = net(characters, style, tokens, position)
    cache = net.prefill(characters, style)
    previous = torch.tensor(START).expand(len(tokens), 4)
    for t in range(tokens.shape[1]):
        state = net.decode_one(previous, position[:, t], cache)
        step = net.heads(state[:, None], tokens[:, t : t + 1])
        for name in ("pen", "direction", "length", "bulge"):
            torch.testing.assert_close(getattr(step, name)[:, 0], getattr(full, name)[:, t], rtol=1e-9, atol=1e-9)
        previous = tokens[:, t]


@torch.no_grad()
def test_a_batch_is_its_members():
    net = tiny_net(max_steps=80).double()
    characters, style, tokens, position = batch(net)
    together = net.log_likelihood(characters, style, tokens, position.double(), up_to_end(tokens[..., 0]))
    for i, n in enumerate((2, 6, 4)):
        real = up_to_end(tokens[i : i + 1, :, 0])
        t = int(real.sum())
        alone = net.log_likelihood(
            characters[i : i + 1, :n], style[i : i + 1], tokens[i : i + 1, :t], position[i : i + 1, :t].double(), real[:, :t]
        )
        for name, value in together.items():
            assert value[i].item() == pytest.approx(alone[name].item(), rel=1e-9)


@torch.no_grad()
def test_no_step_sees_what_comes_after_it():
    net = tiny_net(max_steps=80)
    characters, style, tokens, position = batch(net)
    before = net(characters, style, tokens, position).pen
    changed = tokens.clone()
    changed[:, 10:, 1] = (changed[:, 10:, 1] + 7) % 96
    after = net(characters, style, changed, position).pen
    torch.testing.assert_close(before[:, :11], after[:, :11])


def test_up_to_end_counts_the_first_end():
    pens = torch.tensor([[1, 0, 3, 3], [1, 3, 3, 3]])
    assert up_to_end(pens).tolist() == [[True, True, True, False], [True, True, False, False]]


def test_characters_outside_the_alphabet_are_refused():
    with pytest.raises(KeyError):
        tiny_net().encode_characters(["é"])
