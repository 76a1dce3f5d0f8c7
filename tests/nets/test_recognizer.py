from itertools import groupby, product

import numpy as np
import pytest
import torch

from plotwriter.nets.arc_tokens import END, quantise
from plotwriter.nets.gpt import up_to_end
from plotwriter.nets.recognizer import Recognizer, RecognizerConfig, features
from tests.nets.factories import program


def reader(alphabet="ab"):
    with torch.random.fork_rng():
        torch.default_generator.manual_seed(0)
        return Recognizer(RecognizerConfig(n_layer=2, n_channel=8, alphabet=alphabet)).double().eval()


def batch(seeds):
    steps = [program(np.random.default_rng(seed)) for seed in seeds]
    longest = max(len(s.pens) for s in steps)
    pens = np.full((len(steps), longest), END, np.int64)
    targets, apexes = np.zeros((2, len(steps), longest), np.complex128)
    for row, s in enumerate(steps):
        pens[row, : len(s.pens)], targets[row, : len(s.pens)], apexes[row, : len(s.pens)] = s.pens, s.targets, s.apexes
    tokens, position = quantise(pens, targets, apexes)
    tokens = torch.from_numpy(tokens)
    return tokens, torch.from_numpy(position).double(), up_to_end(tokens[..., 0])


@torch.no_grad()
def test_the_likelihood_is_the_sum_over_all_paths():
    """Against brute force: every way to say the text with blanks and repeats in five steps."""
    net = reader()
    tokens, position, _ = batch([1])
    tokens, position, real = tokens[:, :5], position[:, :5], torch.ones(1, 5, dtype=torch.bool)
    log_p = net(tokens, position, real)[0]
    for text in ("ab", "aa", "b", "aba"):
        wanted = ["ab".index(c) + 1 for c in text]
        paths = [path for path in product(range(3), repeat=5) if [k for k, _ in groupby(path) if k] == wanted]
        total = sum(np.exp(sum(float(log_p[t, k]) for t, k in enumerate(path))) for path in paths)
        assert net.negative_log_likelihood(tokens, position, real, [text]).item() == pytest.approx(-np.log(total), rel=1e-6)


def test_an_impossible_text_is_infinite_and_spoils_no_gradient():
    net = reader()
    tokens, position, real = batch([1, 2])
    tokens, position, real = tokens[:, :6], position[:, :6], real[:, :6]
    cost = net.negative_log_likelihood(tokens, position, real, ["aaaaaaa", "ab"])
    assert cost[0] == torch.inf and torch.isfinite(cost[1])
    cost[torch.isfinite(cost)].sum().backward()
    assert all(torch.isfinite(parameter.grad).all() for parameter in net.parameters())


@torch.no_grad()
def test_a_batch_is_its_members():
    net = reader()
    tokens, position, real = batch([1, 2, 3])
    together = net(tokens, position, real)
    for i in range(3):
        n = int(real[i].sum())
        alone = net(tokens[i : i + 1, :n], position[i : i + 1, :n], real[i : i + 1, :n])
        assert torch.allclose(together[i, :n], alone[0], atol=1e-9)


def test_features_are_finite_for_dots_and_returns():
    tokens, position, _ = batch([1, 2, 3, 4])
    assert torch.isfinite(features(tokens, position)).all()
