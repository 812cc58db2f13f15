"""What is in a cache: by hand, and what holds whatever VPs come and go. Kernels as plain Python."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components import CacheDomain, GuestScheduler, VpIdentity, VpState
from systems.guest import working_sets
from tests.plain_tables import plain_python, tables

MIB = 1 << 20
US = 1000

__all__ = ["plain_python"]
pytestmark = pytest.mark.usefixtures("plain_python")


def cache(working_sets_mib, size_mib=16, domains=1):
    """A VP for each working set, and caches, all empty; 1 MiB takes a ms."""
    vps = len(working_sets_mib)
    w = tables(
        domains=CacheDomain.table(domains),
        guests=GuestScheduler.table(vps),
        vp_identity=VpIdentity.table(vps),
        vps=VpState.table(vps),
    )
    w.domains.cache_bytes = size_mib * MIB
    w.vp_identity.owner = range(vps)
    w.guests.working_set_bytes = [round(each * MIB) for each in working_sets_mib]
    w.costs.cache_refill_ns = 1000 * US
    return w


def fetched_mib(w, *vps, domain=0):
    return [working_sets.fetch_working_set(w, vp, domain) / MIB for vp in vps]


def test_what_others_displace_is_shared_by_all_that_hold_something():
    """Three of 8 MiB: the third displaces half of the two others; the first then 4 of 12, and so on."""
    w = cache([8, 8, 8])
    assert fetched_mib(w, 0, 1, 2) == [8, 8, 8]
    assert fetched_mib(w, 0) == pytest.approx([4])
    assert fetched_mib(w, 1) == pytest.approx([8 - 4 * 2 / 3])
    assert w.domains[0].held_bytes == 16 * MIB


def test_a_return_costs_nothing_if_nobody_has_displaced_anything():
    w = cache([8, 8, 24])
    assert fetched_mib(w, 0, 1, 0, 1, 1, 0) == [8, 8, 0, 0, 0, 0]
    assert fetched_mib(w, 2, 2, 2) == [16, 0, 0]  # it holds as much of its own as the cache does
    assert fetched_mib(w, 0) == [8]


def test_another_domain_knows_nothing_of_a_vp_and_the_last_one_forgets_it():
    w = cache([8, 12], domains=2)
    assert fetched_mib(w, 0, domain=0) == [8]
    assert fetched_mib(w, 0, domain=1) == [8]
    assert fetched_mib(w, 1, domain=0) == [12]
    assert (w.domains.held_bytes == [12 * MIB, 8 * MIB]).all()
    assert fetched_mib(w, 0, domain=0) == [8]


def test_what_was_not_fetched_before_a_vp_left_is_fetched_later():
    w = cache([8])
    assert fetched_mib(w, 0) == [8]
    working_sets.drop_unfetched(w, 0, 3000 * US)
    assert w.domains[0].held_bytes == 5 * MIB
    assert fetched_mib(w, 0) == [3]


def test_without_a_cost_nothing_is_followed():
    w = cache([8, 8, 8])
    w.costs.cache_refill_ns = 0
    assert fetched_mib(w, 0, 1, 2, 0) == [0, 0, 0, 0]


SETS = st.lists(st.floats(0, 40), min_size=1, max_size=5)
STEPS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 1), st.sampled_from(["fetch", "fetch", "drop", "forget"])),
    max_size=40,
)


@settings(max_examples=200)
@given(SETS, st.integers(1, 64), STEPS)
def test_a_cache_holds_what_its_vps_hold_and_never_more_than_it_can(sets, size_mib, steps):
    w = cache(sets, size_mib, domains=2)
    for number, domain, step in steps:
        vp = number % len(sets)
        if step == "fetch":
            wanted = min(w.guests[vp].working_set_bytes, size_mib * MIB)
            assert 0 <= working_sets.fetch_working_set(w, vp, domain) <= wanted
            assert working_sets.fetch_working_set(w, vp, domain) == 0
        elif step == "drop":
            if w.vps[vp].cache_domain >= 0:
                working_sets.fetch_working_set(w, vp, w.vps[vp].cache_domain)
            working_sets.drop_unfetched(w, vp, 500 * US)
        else:
            working_sets.forget_working_set(w, vp)
        for each in range(2):
            own = sum(
                working_sets._still_held(w, v) for v in range(len(sets)) if w.vps[v].cache_domain == each
            )
            assert w.domains[each].held_bytes <= size_mib * MIB
            assert own == pytest.approx(w.domains[each].held_bytes, abs=64 * len(steps))
