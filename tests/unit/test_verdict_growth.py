"""Growth of queues: exact on streams without chance, and right in 99 of 100 runs of M/M/1.

The queues are made here, by the uniformised chain of M/M/1 (service mean 1): an arrival with probability rho / (1 + rho), else a
completion if anybody is there. Each starts empty. A seed is a queue; all are judged at once, as guests of one host.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hvecs.verdict.growth import Growths
from hvecs.verdict.observer import Observer
from tests.observing import S, fired, judged, rows

SEED = 20_261_125


def grown(figures, cuts=()):
    """The growth of guests from a matrix of samples x (arrivals, completions) x guests, a second each, written in pieces."""
    samples, _, guests = figures.shape
    growths = Growths()
    for piece in np.split(np.arange(samples), cuts):
        if len(piece):
            flat = figures[piece].transpose(1, 0, 2).reshape(2, -1)
            codes, times = np.tile(np.arange(guests), len(piece)), np.repeat((piece + 1) * S, guests)
            growths.add(codes, times, np.stack([*flat, np.full(len(codes), S)]), guests)
    return growths.values()


def regular(arrivals, completions, samples):
    return np.tile(np.array([[[arrivals], [completions]]], float), (samples, 1, 1))


@pytest.mark.parametrize("samples", [1, 2, 7, 64, 65, 1000])
def test_a_regular_overload_is_exact(samples):
    """110 come a second, 100 are completed: 10/s, and 10 n over 2.326 sqrt(210 n)."""
    (found,) = grown(regular(110, 100, samples))
    assert (found.arrivals, found.completions) == (110 * samples, 100 * samples)
    assert found.per_sec == pytest.approx(10)
    assert found.excess == pytest.approx(10 * samples / (2.326 * (210 * samples) ** 0.5))


def test_batches_in_which_a_guest_is_off_do_not_count():
    """32 samples are 32 batches, the first half of them empty."""
    (found,) = grown(np.concatenate([np.zeros((16, 2, 1)), regular(20, 10, 16)]))
    assert found.per_sec == pytest.approx(10)


def test_noise_of_the_batches_counts_where_it_is_more_than_that_of_independent_requests():
    """Batches that grow by 300 and shrink by 100 in turn: by 100 on average, with a deviation of 200 from it."""
    figures = np.zeros((32, 2, 1))
    figures[0::2, 0], figures[1::2, 1] = 300, 100
    (found,) = grown(figures)
    variance = 32 / 31 * 32 * 200**2
    assert found.excess == pytest.approx(3200 / (2.326 * variance**0.5))


def test_no_requests_no_growth():
    (found,) = grown(np.zeros((5, 2, 1)))
    assert (found.per_sec, found.excess, found.completed) == (0, 0, 1)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 300),
    st.lists(st.integers(1, 299), max_size=5).map(sorted),
    st.integers(0, 2**32 - 1),
)
def test_nothing_is_lost_however_rows_are_cut(samples, cuts, seed):
    figures = np.random.default_rng(seed).integers(0, 50, (samples, 2, 3)).astype(float)
    found, whole = grown(figures, [cut for cut in cuts if cut < samples]), grown(figures)
    assert found == whole
    assert [each.arrivals for each in found] == figures[:, 0].sum(axis=0).tolist()
    assert [each.completions for each in found] == figures[:, 1].sum(axis=0).tolist()


def queues(load, services, samples, seeds):
    """Requests of `seeds` queues over `services` mean service times, as matrices of samples x queues."""
    random = np.random.default_rng(SEED)
    arrivals, completions = np.zeros((samples, seeds)), np.zeros((samples, seeds))
    waiting = np.zeros(seeds, np.int64)
    for sample in range(samples):
        events = random.poisson((1 + load) * services / samples, seeds)
        for number in range(events.max()):
            comes = random.random(seeds) < load / (1 + load)
            active = number < events
            goes = active & ~comes & (waiting > 0)
            comes &= active
            waiting += comes.astype(np.int64) - goes
            arrivals[sample] += comes
            completions[sample] += goes
    return arrivals, completions


def saturated(load, services, samples=40, seeds=2000):
    """The share of seeds that are called saturated."""
    arrivals, completions = queues(load, services, samples, seeds)
    names = [f"q{number}" for number in range(seeds)]
    found = judged({"request": rows(names, samples, S, arrivals=arrivals, completions=completions)})
    return len(found.saturated) / seeds


@pytest.mark.parametrize("services", [20, 200, 2_000])
def test_a_queue_that_keeps_up_is_called_saturated_in_under_1_percent_of_seeds(services):
    assert saturated(0.9, services) < 0.01


def test_a_short_run_is_not_called_saturated_for_being_short():
    assert saturated(0.9, 50, samples=1) < 0.01
    assert saturated(0.9, 50, samples=2) < 0.01


def test_an_overload_of_a_tenth_is_missed_in_under_1_percent_of_seeds():
    assert saturated(1.1, 6_000, seeds=1000) > 0.99


def test_one_without_the_other_is_not_enough():
    """A queue that grew for certain, but completed 98 %; one that completed 90 % of ten requests."""
    sure, short = (rows(["a"], 1000, S, arrivals=1000, completions=done) for done in (980, 979))
    few = rows(["a"], 1, S, arrivals=10, completions=9)
    assert not fired(judged({"request": sure}))
    assert fired(judged({"request": short})) == {"saturated": "critical"}
    assert not fired(judged({"request": few}))


def test_rows_of_the_warm_up_do_not_count():
    observer = Observer(2 * S)
    arrivals = np.array([[100], [100], [10], [10]])
    observer.write("request", rows(["a"], 4, S, arrivals=arrivals, completions=10))
    assert observer.observed().growths["a"].arrivals == 20


@pytest.mark.parametrize("lost", ["dropped", "failed"])
def test_requests_that_are_lost_do_not_pile_up(lost):
    """Of 110 a second 100 are completed, and the ring is full: nothing grows."""
    counts = {"arrivals": 110, "completions": 100}
    assert "saturated" in fired(judged({"request": rows(["web"], 60, S, **counts)}))
    assert "saturated" not in fired(judged({"request": rows(["web"], 60, S, **counts, **{lost: 10})}))
