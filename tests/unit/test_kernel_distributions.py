import numpy as np
import pytest
from scipy import stats

from components.distribution import DETERMINISTIC, EMPIRICAL, EXPONENTIAL, LOGNORMAL, PARETO, UNIFORM
from systems.kernels import distributions
from systems.kernels.distributions import LONGEST_NS, draw_ns

NONE = np.zeros(0, np.int64)
SMALLEST, LARGEST = 2.0**-53, 1 - 2.0**-53
US = np.concatenate([[SMALLEST, LARGEST], np.linspace(0.0005, 0.9995, 1999)])


def draw(kind, a, b, u):
    return draw_ns(kind, float(a), float(b), 0, 0, NONE, float(u))


@pytest.mark.parametrize(
    ("kind", "a", "b", "expected"),
    [
        (EXPONENTIAL, 1e9, 0, stats.expon(scale=1e9)),
        (UNIFORM, 2e8, 5e9, stats.uniform(2e8, 5e9 - 2e8)),
        (LOGNORMAL, 20.0, 0.8, stats.lognorm(0.8, scale=np.exp(20.0))),
        (PARETO, 1e8, 2.5, stats.pareto(2.5, scale=1e8)),
    ],
)
def test_draws_are_quantiles(kind, a, b, expected):
    draws = np.array([draw(kind, a, b, u) for u in US])
    np.testing.assert_allclose(draws, expected.ppf(US), rtol=1e-12, atol=0.5 + 1e-6)
    assert np.all(np.diff(draws[2:]) >= 0)  # larger from larger
    assert draws.dtype == np.int64


@pytest.mark.parametrize(("mean", "rounded"), [(0.0, 0), (0.49, 0), (0.5, 1), (2.5, 3), (3.49, 3), (-7.0, 0)])
def test_draws_round_half_up_and_are_never_negative(mean, rounded):
    assert draw(DETERMINISTIC, mean, 0, 0.3) == rounded
    assert draw(UNIFORM, mean, mean, 0.3) == rounded


@pytest.mark.parametrize(
    ("kind", "a", "b"),
    [
        (DETERMINISTIC, 2.0**53, 0),
        (DETERMINISTIC, 1e300, 0),
        (EXPONENTIAL, 1e16, 0),
        (LOGNORMAL, 10, 1e4),
        (PARETO, 1, 1e-3),
    ],
)
def test_very_long_draws_are_cut(kind, a, b):
    assert draw(kind, a, b, LARGEST) == LONGEST_NS == 2**53


def test_empirical_values_are_equally_likely():
    values = np.array([99, 7, 5, 5, 1, 98], np.int64)
    drawn = [draw_ns(EMPIRICAL, 0.0, 0.0, 1, 4, values, (i + 0.5) / 400) for i in range(400)]
    assert drawn == [7] * 100 + [5] * 200 + [1] * 100


def test_empirical_values_have_the_same_limits():
    values = np.array([-3, 2**60], np.int64)
    assert draw_ns(EMPIRICAL, 0.0, 0.0, 0, 2, values, 0.2) == 0
    assert draw_ns(EMPIRICAL, 0.0, 0.0, 0, 2, values, 0.7) == LONGEST_NS


def test_the_largest_uniform_number_never_runs_past_the_values():
    counts = np.unique(np.concatenate([np.arange(1, 5000), 2 ** np.arange(1, 45), 3 ** np.arange(1, 28)]))
    assert np.all((LARGEST * counts).astype(np.int64) == counts - 1)
    values = np.arange(4099, dtype=np.int64)
    for count in (1, 2, 3, 1000, 4096, 4099):
        assert draw_ns(EMPIRICAL, 0.0, 0.0, 0, count, values, LARGEST) == count - 1
        assert draw_ns(EMPIRICAL, 0.0, 0.0, 0, count, values, SMALLEST) == 0


def test_another_kind_is_an_error(monkeypatch):
    """Where that is checked."""
    monkeypatch.setattr(distributions, "CHECKED", True)
    checked = getattr(draw_ns, "py_func", draw_ns)
    with pytest.raises(ValueError, match="no such kind"):
        checked(EMPIRICAL + 1, 1.0, 1.0, 0, 0, NONE, 0.5)
