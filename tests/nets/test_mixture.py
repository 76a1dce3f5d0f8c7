import numpy as np
import pytest
import torch

from plotwriter.nets.mixture import RHO_LIMIT, SIGMA_FLOOR, Mixture, n_output

M = 3


def outputs(n, scale=1.0, seed=0):
    return scale * torch.randn(n, n_output(M), generator=torch.Generator().manual_seed(seed))


def test_likelihood_is_scipys():
    stats = pytest.importorskip("scipy.stats")
    mixture = Mixture.of(outputs(20))
    rng = np.random.default_rng(0)
    offsets, eos = rng.normal(size=(20, 2)), rng.integers(0, 2, 20)
    found = mixture.log_likelihood(torch.from_numpy(offsets), torch.from_numpy(eos)).numpy()
    sigma = mixture.log_sigma.exp().double().numpy()
    for i in range(20):
        density = 0.0
        for m in range(M):
            a, b = sigma[i, m]
            cross = float(mixture.rho[i, m]) * a * b
            weight = float(mixture.log_weight[i, m].exp())
            density += weight * stats.multivariate_normal(mixture.mean[i, m].numpy(), [[a * a, cross], [cross, b * b]]).pdf(offsets[i])
        lift = 1 / (1 + np.exp(-float(mixture.lift[i])))
        assert found[i] == pytest.approx(np.log(density) + np.log(lift if eos[i] else 1 - lift), abs=1e-4)


def test_the_density_sums_to_one():
    mixture = Mixture.of(0.5 * outputs(1, seed=3))
    axis = torch.linspace(-25, 25, 501)
    grid = torch.cartesian_prod(axis, axis)
    assert mixture.log_density(grid).exp().sum().item() * (axis[1] - axis[0]).item() ** 2 == pytest.approx(1, abs=1e-3)


def test_far_from_the_data_there_is_still_a_gradient():
    output = outputs(4, 3.0).requires_grad_()
    likelihood = Mixture.of(output).log_likelihood(torch.full((4, 2), 1e3), torch.ones(4)).sum()
    likelihood.backward()
    assert torch.isfinite(likelihood) and torch.isfinite(output.grad).all() and (output.grad[:, 1 + M : 1 + 3 * M] != 0).any()


def test_bias_makes_neater_and_the_floor_holds():
    plain, neat = Mixture.of(outputs(50)), Mixture.of(outputs(50), bias=3.0)
    assert (neat.log_sigma < plain.log_sigma).all() and (neat.log_sigma.exp() >= SIGMA_FLOOR).all()
    assert (neat.log_weight.max(-1).values >= plain.log_weight.max(-1).values - 1e-6).all()
    assert (plain.rho.abs() <= RHO_LIMIT).all()


def test_draws_have_the_moments_of_the_mixture():
    n = 40_000
    mixture = Mixture.of(outputs(1, seed=5).expand(n, -1))
    rng = np.random.default_rng(1)
    uniform, normal = torch.from_numpy(rng.random((n, 2))).float(), torch.from_numpy(rng.standard_normal((n, 2))).float()
    drawn = mixture.draw(uniform, normal)
    weight = mixture.log_weight[0].exp()
    mean = (weight[:, None] * mixture.mean[0]).sum(0)
    assert torch.allclose(drawn[:, :2].mean(0), mean, atol=0.1)
    assert drawn[:, 2].mean().item() == pytest.approx(torch.sigmoid(mixture.lift[0]).item(), abs=0.01)


@pytest.mark.parametrize("bias", [0.0, 1.5])
def test_the_quick_draw_is_the_draw(bias):
    output = outputs(500, 2.0)
    rng = np.random.default_rng(2)
    uniform, normal = torch.from_numpy(rng.random((500, 2))).float(), torch.from_numpy(rng.standard_normal((500, 2))).float()
    assert torch.allclose(Mixture.draw_from(output, uniform, normal, bias), Mixture.of(output, bias).draw(uniform, normal), atol=1e-4)
