import math
from itertools import pairwise

import pytest

from plotwriter.errors import ConfigError
from plotwriter.samplers.protocol import CAREFUL, LOOSEST, Manner, sampling


def test_legibility_goes_evenly_from_loosest_to_most_careful():
    settings = [sampling(level / 10, 0.5, 1.5) for level in range(11)]
    temperatures, guidances = zip(*settings, strict=True)
    assert settings[5] == sampling(None, 0.5, 1.5) == (0.5, 1.5)
    assert (temperatures[0], temperatures[-1]) == (0.5 * LOOSEST, 0.5 * CAREFUL)
    assert all(a > b for a, b in pairwise(temperatures))
    assert list(guidances) == sorted(guidances) and guidances[:6] == (1.5,) * 6 < guidances[6:]


@pytest.mark.parametrize(
    "manner", [{"legibility": -0.1}, {"legibility": 1.1}, {"variation": -1}, {"variation": 2.6}, {"variation": math.nan}]
)
def test_what_means_nothing_is_refused(manner):
    with pytest.raises(ConfigError, match=f"--{next(iter(manner))}: .* is not 0"):
        Manner(**manner)
