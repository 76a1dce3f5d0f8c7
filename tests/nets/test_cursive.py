import pytest
import torch

from plotwriter.nets import polar
from plotwriter.nets.cursive import CursiveConfig, CursiveTransformer
from plotwriter.nets.gpt import symbols_of
from tests.nets.factories import tiny_cursive

TEXTS = ["in a", "little word", "a"]


@pytest.fixture(scope="module")
def net():
    return tiny_cursive().double()


def tokens(n=14):
    return torch.randint(0, polar.N_TOKEN, (len(TEXTS), n), generator=torch.Generator().manual_seed(1))


def symbols(net, texts=TEXTS):
    return symbols_of(texts, net.config.alphabet)


def test_the_cache_is_the_full_pass(net):
    read = tokens()
    whole = net(symbols(net), read)
    cache = net.prefill(symbols(net), 20)
    first = net.decode_some(read[:, :5], cache)
    assert torch.allclose(first, whole[:, 4], atol=1e-10)
    for t in range(5, read.shape[1]):
        assert torch.allclose(net.decode_some(read[:, t : t + 1], cache), whole[:, t], atol=1e-10)
    kept = net.prefill(symbols(net))
    net.decode_some(read[:, :5], kept)
    kept.keep(torch.tensor([2, 0]))
    assert torch.allclose(net.decode_some(read[[2, 0], 5:6], kept), whole[[2, 0], 5], atol=1e-10)


def test_a_neighbour_and_the_padding_of_the_text_change_nothing(net):
    read = tokens()
    whole = net(symbols(net), read)
    for row, text in enumerate(TEXTS):
        assert torch.allclose(net(symbols(net, [text]), read[row : row + 1])[0], whole[row], atol=1e-10)


def test_what_comes_later_changes_nothing(net):
    read, other = tokens(), tokens()
    other[:, 8:] = polar.END
    assert torch.allclose(net(symbols(net), read)[:, :8], net(symbols(net), other)[:, :8], atol=1e-10)


def test_padding_costs_nothing(net):
    read = tokens()
    padded = torch.cat([read, torch.full((3, 6), polar.PAD)], 1)
    read[read == polar.PAD] = polar.END
    padded[:, :14] = read
    assert torch.allclose(net.log_likelihood(symbols(net), read), net.log_likelihood(symbols(net), padded), atol=1e-10)


def test_attention_is_a_share_of_the_own_text(net):
    seen = net.alignment(symbols(net), tokens())
    assert seen.shape == (2, 3, 2, 14, 11) and torch.allclose(seen.sum(-1), torch.ones((), dtype=torch.float64))
    assert (seen[:, 2, :, :, 1:] == 0).all()


def test_the_published_shape_has_the_published_size():
    assert sum(parameter.numel() for parameter in CursiveTransformer(CursiveConfig()).parameters()) == pytest.approx(442_000, rel=0.01)
