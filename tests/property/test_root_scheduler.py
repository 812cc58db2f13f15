"""What the root scheduler does with VPs: time slices in turn, and priority for those that have just woken."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulation import MS, US, S, always_runnable, fixed, guest, ns, opened, run, scenario

SLICE = 10 * MS


@settings(max_examples=20)
@given(st.integers(1, 4), st.integers(1, 12))
def test_busy_vps_get_equal_shares_whatever_their_number(lps, vps):
    text = scenario(10 * S, lps, [guest("g", vps, always_runnable(vps))], scheduler="root")
    ran = run(text)["virtual_processor"].guest_run_ns
    assert np.allclose(ran / (10 * S), min(1, lps / vps), atol=(65 * MS + 3 * SLICE) / (10 * S))


def latencies(boost, scheduler="root"):
    """Mean wait (ns) of a VP that works 1 ms in every 50, beside two on the same LP that always work."""
    guests = [guest("busy", 2, always_runnable(2)), guest("brief", 1, opened(fixed(50 * MS), fixed(MS)))]
    scheduling = {"wake_boost": boost, "slice": ns(SLICE)}
    text = scenario(5 * S, 1, guests, scheduler=scheduler, scheduling=scheduling, warm_up="100 ms")
    brief = run(text).of("brief")
    return brief.wait_ns / brief.dispatches


def test_a_vp_that_wakes_takes_the_lp_by_its_boost():
    """Without one it waits in turn behind both of the others; before it has run once it has no LP to take."""
    assert latencies(1) < 20 * US
    assert latencies(0) > SLICE
    assert latencies(31) < 20 * US


def test_a_boost_lasts_for_as_many_slices():
    """A VP that woke with n levels runs n slices before those that wait get the LP."""
    guests = [guest("busy", 1, always_runnable()), guest("long", 1, opened(fixed(S // 2), fixed(100 * MS)))]
    for boost in (1, 2, 4):
        text = scenario(
            1.2 * S,
            1,
            guests,
            scheduler="root",
            scheduling={"wake_boost": boost, "slice": ns(SLICE)},
            trace=["dispatch"],
        )
        rows = run(text).dispatches
        woken = rows[(rows.partition == "long") & (rows.start_ns == S)].iloc[0]
        assert woken.end_ns - woken.start_ns == boost * SLICE
