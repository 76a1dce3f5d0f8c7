r"""A mixture of bivariate Gaussians with correlation, and a bit: what the LSTM says of the next offset.

    N(x | mu, sigma, rho) = exp(-Z / (2 (1 - rho^2))) / (2 pi sigma_1 sigma_2 sqrt(1 - rho^2))
    Z = d_1^2 + d_2^2 - 2 rho d_1 d_2,   d = (x - mu) / sigma
    Pr(x, eos) = sum_m pi_m N(x | mu_m, sigma_m, rho_m) * e^eos (1 - e)^(1 - eos)

    b batch   t time   m mixtures;   eos: the pen lifts after this point

Source: Graves 2013 (arXiv:1308.0850), eq 15 to 26. Everything stays a logarithm, in float32: far from the
data a density is 0, its logarithm still has a gradient.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["SIGMA_FLOOR", "Mixture", "n_output"]

SIGMA_FLOOR = 0.01  # of a unit offset; without it one point can have any likelihood
RHO_LIMIT = 0.97
LARGEST_LOG_SIGMA = 8.0


def n_output(n_mixture: int) -> int:
    """Numbers a point that a net has to give for a mixture and the bit."""
    return 6 * n_mixture + 1


@dataclass(slots=True, eq=False)
class Mixture:
    """Parameters of any number of points, all float32."""

    log_weight: Tensor  #: (..., m), log pi
    mean: Tensor  #: (..., m, 2)
    log_sigma: Tensor  #: (..., m, 2)
    rho: Tensor  #: (..., m)
    lift: Tensor  #: (...,) logit of eos

    @classmethod
    def of(cls, output: Tensor, bias: float = 0.0) -> Mixture:
        """From what a net gives.

        Args:
            output: (..., 6 m + 1): eos, weights, means x and y, log sigmas x and y, correlations
            bias: b >= 0 of eq 61 and 62: larger is neater, weights to the power 1 + b and sigmas times e^-b
        """
        y = output.float()
        m = (y.shape[-1] - 1) // 6
        lift, weight, mean, sigma, rho = torch.split(y, [1, m, 2 * m, 2 * m, m], -1)
        pairs = (*y.shape[:-1], 2, m)
        log_sigma = (sigma - bias).clamp(max=LARGEST_LOG_SIGMA).view(pairs).transpose(-1, -2)
        floor = log_sigma.new_tensor(math.log(SIGMA_FLOOR))
        return cls(
            F.log_softmax(weight * (1 + bias), -1),
            mean.view(pairs).transpose(-1, -2),
            torch.logaddexp(log_sigma, floor),  # soft: a floor that cuts would cut the gradient too
            RHO_LIMIT * torch.tanh(rho),
            lift[..., 0],
        )

    def log_density(self, offsets: Tensor) -> Tensor:
        """Log-density (...) of offsets (..., 2)."""
        d = (offsets.float()[..., None, :] - self.mean) * torch.exp(-self.log_sigma)  # (..., m, 2)
        rest = 1 - self.rho**2
        z = d.square().sum(-1) - 2 * self.rho * d[..., 0] * d[..., 1]
        log_normal = -z / (2 * rest) - self.log_sigma.sum(-1) - rest.log() / 2 - math.log(2 * math.pi)
        return torch.logsumexp(self.log_weight + log_normal, -1)

    def log_likelihood(self, offsets: Tensor, eos: Tensor) -> Tensor:
        """Log-likelihood (...) of offsets (..., 2) with their bits (...) in {0, 1}, nats."""
        return self.log_density(offsets) - F.binary_cross_entropy_with_logits(self.lift, eos.float(), reduction="none")

    @staticmethod
    def draw_from(output: Tensor, uniform: Tensor, normal: Tensor, bias: float = 0.0) -> Tensor:
        """What `Mixture.of(output, bias).draw(uniform, normal)` gives, (b, 3); only the Gaussian that is drawn is worked out."""
        y = output.float()
        m = (y.shape[1] - 1) // 6
        cumulative = torch.softmax(y[:, 1 : 1 + m] * (1 + bias), -1).cumsum_(-1)
        k = (cumulative <= uniform[:, :1] * cumulative[:, -1:]).sum(-1, keepdim=True).clamp_(max=m - 1)
        own = y.gather(1, k + torch.arange(1 + m, 1 + 6 * m, m, device=y.device))  # (b, 5): mean, log sigma, rho
        floor = own.new_tensor(math.log(SIGMA_FLOOR))
        sigma = torch.logaddexp((own[:, 2:4] - bias).clamp_(max=LARGEST_LOG_SIGMA), floor).exp_()
        rho = RHO_LIMIT * torch.tanh(own[:, 4])
        second = rho * normal[:, 0] + (1 - rho.square()).sqrt_() * normal[:, 1]
        eos = (uniform[:, 1] < torch.sigmoid(y[:, 0])).float()
        x_offset, y_offset = (own[:, i] + sigma[:, i] * z for i, z in enumerate((normal[:, 0], second)))
        return torch.stack([x_offset, y_offset, eos], 1)

    def draw(self, uniform: Tensor, normal: Tensor) -> Tensor:
        """One point a row, (..., 3): offset and eos.

        Args:
            uniform: (..., 2) in [0, 1): which Gaussian, and whether the pen lifts
            normal: (..., 2) standard normal
        """
        cumulative = self.log_weight.exp().cumsum(-1)
        k = (cumulative <= uniform[..., :1] * cumulative[..., -1:]).sum(-1, keepdim=True).clamp(max=cumulative.shape[-1] - 1)
        rho = self.rho.gather(-1, k)[..., 0]
        pair = k[..., None].expand(*k.shape, 2)
        mean, sigma = (part.gather(-2, pair)[..., 0, :] for part in (self.mean, self.log_sigma.exp()))
        first, second = normal.unbind(-1)
        shaped = torch.stack([first, rho * first + (1 - rho**2).sqrt() * second], -1)
        eos = (uniform[..., 1] < torch.sigmoid(self.lift)).float()
        return torch.cat([mean + sigma * shaped, eos[..., None]], -1)
