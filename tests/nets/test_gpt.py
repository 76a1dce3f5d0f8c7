import numpy as np
import pytest
import torch

from plotwriter.nets.arc_tokens import END, N_PEN, quantise
from plotwriter.nets.gpt import ALPHABET, NULL, START, HandStyle, symbols_of, up_to_end
from tests.nets.factories import program, styles, tiny_net

SHAPES = [{}, {"attend": True}, {"pointer": False, "attend": True}]


def batch(net, seeds=(1, 2, 3)):
    steps = [program(np.random.default_rng(seed)) for seed in seeds]
    longest = max(len(s.pens) for s in steps)
    pens = np.full((len(steps), longest), END, np.int64)
    targets, apexes = np.zeros((2, len(steps), longest), np.complex128)
    for row, s in enumerate(steps):
        n = len(s.pens)
        pens[row, :n], targets[row, :n], apexes[row, :n] = s.pens, s.targets, s.apexes
    tokens, position = quantise(pens, targets, apexes)
    texts = ["in", "little", "Ada!"][: len(steps)]
    letters = np.stack([np.minimum(np.arange(longest) // 3, len(text) - 1) for text in texts])
    if not net.config.pointer:
        letters[:] = 0
    dtype = next(net.parameters()).dtype
    tensors = torch.from_numpy(tokens), torch.from_numpy(position).to(dtype), torch.from_numpy(letters)
    return symbols_of(texts, net.config.alphabet), styles(net, len(steps)), *tensors


def row_of(style, i):
    return HandStyle(style.general[i : i + 1], style.letters[i : i + 1])


@pytest.mark.parametrize("shape", SHAPES)
@torch.no_grad()
def test_the_cache_equals_the_full_pass(shape):
    net = tiny_net(max_steps=80, **shape).double()
    characters, style, tokens, position, letters = batch(net)
    full = net(characters, style, tokens, position, letters)
    cache = net.prefill(characters, style)
    previous, letter = torch.tensor(START).expand(len(tokens), 4), letters[:, 0]
    for t in range(tokens.shape[1]):
        x = net.decode_one(previous, position[:, t], letter, cache)
        pen = tokens[:, t, 0] + N_PEN * (letters[:, t] - letter)
        torch.testing.assert_close(net.pen_out(x), full.pen[:, t], rtol=1e-9, atol=1e-9)
        x = net.given_pen(x[:, None], pen[:, None], letters[:, t : t + 1], cache.memory)[:, 0]
        torch.testing.assert_close(net.direction_out(x), full.direction[:, t], rtol=1e-9, atol=1e-9)
        x = x + net.direction_given(tokens[:, t, 1])
        torch.testing.assert_close(net.length_out(x), full.length[:, t], rtol=1e-9, atol=1e-9)
        previous, letter = tokens[:, t], letters[:, t]


@pytest.mark.parametrize("shape", SHAPES)
@torch.no_grad()
def test_a_batch_is_its_members(shape):
    net = tiny_net(max_steps=80, **shape).double()
    characters, style, tokens, position, letters = batch(net)
    together = net.log_likelihood(characters, style, tokens, position, letters, up_to_end(tokens[..., 0]))
    for i, n in enumerate((2, 6, 4)):
        real = up_to_end(tokens[i : i + 1, :, 0])
        t = int(real.sum())
        rows = slice(i, i + 1)
        alone = net.log_likelihood(
            characters[rows, :n], row_of(style, i), tokens[rows, :t], position[rows, :t], letters[rows, :t], real[:, :t]
        )
        for name, value in together.items():
            assert value[i].item() == pytest.approx(alone[name].item(), rel=1e-9)


@torch.no_grad()
def test_no_step_sees_what_comes_after_it():
    net = tiny_net(max_steps=80)
    characters, style, tokens, position, letters = batch(net)
    before = net(characters, style, tokens, position, letters).pen
    changed = tokens.clone()
    changed[:, 10:, 1] = (changed[:, 10:, 1] + 7) % 96
    after = net(characters, style, changed, position, letters).pen
    torch.testing.assert_close(before[:, :11], after[:, :11])


@torch.no_grad()
def test_a_cache_that_keeps_some_rows_goes_on_as_they_would_alone():
    net = tiny_net(max_steps=80).double()
    characters, style, tokens, position, letters = batch(net)
    cache, kept = net.prefill(characters, style), torch.tensor([2, 0])
    for t in range(6):
        net.decode_one(tokens[:, t], position[:, t], letters[:, t], cache)
    whole = net.decode_one(tokens[:, 6], position[:, 6], letters[:, 6], cache)
    cache = net.prefill(characters, style)
    for t in range(6):
        net.decode_one(tokens[:, t], position[:, t], letters[:, t], cache)
    cache.keep(kept)
    some = net.decode_one(tokens[kept, 6], position[kept, 6], letters[kept, 6], cache)
    torch.testing.assert_close(some, whole[kept], rtol=1e-9, atol=1e-9)


@torch.no_grad()
def test_a_letter_nobody_writes_changes_nothing():
    """What is known of a hand's q has no say in a word without q."""
    net = tiny_net(max_steps=80)
    characters, style, tokens, position, letters = batch(net)
    other = HandStyle(style.general, style.letters.clone())
    other.letters[:, int(symbols_of(["q"], ALPHABET)[0, 0])] += 1
    torch.testing.assert_close(net(characters, style, tokens, position, letters).pen, net(characters, other, tokens, position, letters).pen)
    assert int(characters.max()) > NULL


def test_up_to_end_counts_the_first_end():
    pens = torch.tensor([[1, 0, 3, 3], [1, 3, 3, 3]])
    assert up_to_end(pens).tolist() == [[True, True, True, False], [True, True, False, False]]


def test_characters_outside_the_alphabet_are_refused():
    with pytest.raises(KeyError):
        symbols_of(["é"], ALPHABET)
