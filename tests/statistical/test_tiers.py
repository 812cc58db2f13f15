"""Tiers against closed forms and exact chains: balancers, tandem queues, fork and join, threads that are held.

Hosts cost nothing and have an LP for each VP, services are exponential with a mean of 1 ms, arrivals Poisson. A mean counts as right if it is
within one and a half half-widths of its 95 % interval by batch means, and that is narrow: with fixed seeds a result is right or wrong for good,
and one in three hundred right ones would be refused.
"""

import pytest

from tests.simulation import MS, S, exponential, fixed, run
from tests.tiers import every_request_is_accounted_for, server, tier, tiered

pytestmark = pytest.mark.statistical


def response(duration_s, lps, guests, tiers):
    """The mean response time (ms) of the first tier, and the half-width of its interval."""
    result = run(tiered(duration_s * S, lps, guests, tiers, warm_up="2 s", sample="1 s"))
    every_request_is_accounted_for(result)
    found = result.outcome.tiers[0]
    low, high = found.intervals["response_mean_ns"]
    return found.response_mean_ns / MS, (high - low) / 2 / MS


def agrees(found, expected, within=0.03):
    mean, half = found
    assert half < within * expected
    assert abs(mean - expected) <= 1.5 * half


def balanced(n, load, policy, duration_s, **more):
    shop = tier("shop", ["w"], exponential(MS), rate=f"{1000 * n * load} /s", policy=policy, **more)
    return response(duration_s, n, [server("w", count=n)], [shop])


@pytest.mark.parametrize(
    ("n", "load", "policy", "expected"),
    [
        (2, 0.7, "random", 3.333333),
        (2, 0.7, "round-robin", 2.600623),
        (8, 0.9, "round-robin", 5.780713),
        (2, 0.7, "least-outstanding", 2.108197),
        (2, 0.9, "least-outstanding", 5.474913),
        (4, 0.7, "least-outstanding", 1.511438),
    ],
)
def test_balancers_of_few_servers_are_exact(n, load, policy, expected):
    """Random: 1/(1 - load). Round robin: E_n/M/1. Least outstanding: the chain of joining the shortest queue."""
    agrees(balanced(n, load, policy, 1600 // n if load < 0.9 else 6000 // n), expected)


@pytest.mark.parametrize(
    ("n", "load", "expected"), [(2, 0.7, 1.960784), (4, 0.7, 1.357212), (8, 0.9, 1.876916)]
)
def test_one_outstanding_request_a_guest_makes_one_queue(n, load, expected):
    """M/M/n behind the balancer, whatever the policy."""
    agrees(balanced(n, load, "two-choices", 4000 // n, limit=1), expected)


_TWO_CHOICES = {0.5: 1.265686, 0.7: 1.614454, 0.9: 2.614057}
"""Of infinitely many servers: the sum over i >= 1 of load^(2^i - 2) [Mitzenmacher 2001]."""


@pytest.mark.parametrize(("n", "load"), [(64, 0.7), (64, 0.9), (512, 0.7)])
def test_two_choices_come_to_the_limit_of_many_servers_like_one_by_their_number(n, load):
    mean, half = balanced(n, load, "two-choices", 6400 // n)
    limit = _TWO_CHOICES[load]
    assert half < 0.02 * limit
    assert -1.5 * half <= mean - limit <= 1.5 * half + limit * 2 / n


@pytest.mark.parametrize(("load", "expected"), [(0.5, 4), (0.7, 6.666667), (0.9, 20)])
def test_queues_in_tandem_are_independent(load, expected):
    """Jackson: 1/(mu - lambda) at each of two; the first keeps no thread while the second works."""
    first = tier(
        "a", ["a"], exponential(MS), rate=f"{1000 * load} /s", holds_thread=False, calls=[{"tier": "b"}]
    )
    second = tier("b", ["b"], exponential(MS))
    agrees(
        response(600 if load < 0.9 else 6000, 2, [server("a"), server("b")], [first, second]), expected, 0.05
    )


@pytest.mark.parametrize(("load", "expected"), [(0.5, 2.875), (0.7, 4.708333)])
def test_a_fork_and_join_of_two_takes_as_long_as_nelson_and_tantawi_say(load, expected):
    """(12 - load)/8 times the response of one queue; the tier that forks does no work to speak of (1 ns)."""
    calls = [{"tier": name, "mode": "parallel"} for name in ("a", "b")]
    fork = tier("fork", ["f"], fixed(1), rate=f"{1000 * load} /s", calls=calls)
    tiers = [fork, *(tier(name, [name], exponential(MS)) for name in ("a", "b"))]
    agrees(response(800, 3, [server(name) for name in ("f", "a", "b")], tiers), expected)


@pytest.mark.parametrize(
    ("load", "threads", "expected"),
    [(0.3, 1, 4.25), (0.6, 2, 12.615385), (0.6, 4, 5.574643), (0.3, 2, 3.019763)],
)
def test_a_thread_that_is_held_while_it_calls_bounds_what_there_is(load, threads, expected):
    """One thread: Pollaczek and Khinchine; more: the exact chain of two servers before which requests queue for a thread."""
    web = tier("a", ["a"], exponential(MS), rate=f"{1000 * load} /s", threads=threads, calls=[{"tier": "b"}])
    db = tier("b", ["b"], exponential(MS))
    agrees(response(2500, 2, [server("a"), server("b")], [web, db]), expected, 0.05)
