"""The nets that ours is timed against do the work they stand for."""

import torch

from benchmarks import cursive_transformer as ct


def seeded_net():
    net = ct.CursiveTransformer().eval()
    draw = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(0.3 * torch.randn(parameter.shape, generator=draw))
    return net.double()


@torch.inference_mode()
def test_the_cache_equals_the_full_pass():
    """Token by token with a cache, the logits are those of all tokens at once."""
    net = seeded_net()
    tokens = torch.arange(24).reshape(2, 12) * 7 % ct.N_TOKEN
    known = net.known(torch.tensor([[1, 2, 3], [4, 5, 6]]))
    shape = (2, ct.N_HEAD, 12, ct.D // ct.N_HEAD)
    cache = [(torch.zeros(shape).double(), torch.zeros(shape).double()) for _ in range(ct.N_LAYER)]
    stepwise = [net(tokens[:, t : t + 1], known, cache, t) for t in range(12)]
    assert torch.cat(stepwise, 1).allclose(net(tokens, known), atol=1e-9)


def test_its_size_is_the_original_one():
    assert sum(parameter.numel() for parameter in ct.CursiveTransformer().parameters()) == ct.N_PARAMETER


def test_every_step_is_taken():
    net, draw = ct.CursiveTransformer().eval(), torch.Generator().manual_seed(1)
    start = torch.zeros(1, 5, dtype=torch.long)
    assert ct.generate(net, start, torch.zeros(1, 8, dtype=torch.long), 4, draw).shape == (1, 9)
    assert ct.decode(net, torch.zeros(3, 8, dtype=torch.long), 6, draw).shape == (3, 6)
