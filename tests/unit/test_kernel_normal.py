import numpy as np
import pytest
from scipy.special import ndtri

from systems.kernels.normal import normal_quantile

SMALLEST, LARGEST = 2.0**-53, 1 - 2.0**-53


@pytest.mark.parametrize(
    ("u", "x"),  # the check values that are published with AS 241
    [(0.25, -0.6744897501960817), (0.001, -3.090232306167814), (1e-20, -9.262340089798408)],
)
def test_published_values(u, x):
    assert normal_quantile(u) == pytest.approx(x, rel=1e-15)


def test_it_agrees_with_scipy_everywhere():
    edges = [0.075, 0.925, np.exp(-25.0), SMALLEST, LARGEST, 1e-300]
    u = np.concatenate([np.linspace(1e-5, 1 - 1e-5, 20_001), 10.0 ** -np.linspace(1, 15, 500), edges])
    ours = np.array([normal_quantile(x) for x in u])
    np.testing.assert_allclose(ours, ndtri(u), rtol=2e-15, atol=1e-16)


def test_it_is_odd_about_a_half():
    assert normal_quantile(0.5) == 0.0
    for u in (SMALLEST, 2.0**-40, 0.0625, 0.25, 0.4375):
        assert normal_quantile(u) == -normal_quantile(1.0 - u)
