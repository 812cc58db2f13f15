"""What waits for a VP, or is left of its slice, when its guest is paused, turned off, or restarted: by hand, to the ns."""

import pytest

from tests.simulation import MS, US, S, always_runnable, closed, fixed, guest, opened, run, scenario
from tests.unit.test_events import act

NO_MIX = {"preset": "none"}


def hog(work_ms):
    """A guest that works for so long."""
    return guest("hog", 1, closed(1, work_ms * MS, fixed(work_ms * MS)))


def test_ticks_to_catch_up_are_skipped_when_the_machine_begins_anew():
    """A tick is due each ms. The guest waits from 10 to 20 ms, and has 8 of 10 ticks to catch up; it has caught up one at 21, and restarts at 21.5.

    The last burst that ends does so at 39.5 ms.
    """
    system = {"tick": "1 ms", "tick_backlog": 8}
    block = guest("a", 1, closed(1, S, fixed(MS)), guest=system, restart="21500 us", intercepts=NO_MIX)
    found = run(scenario(40 * MS, 1, [block, hog(10)]))["virtual_processor"].query("partition == 'a'").iloc[0]
    assert (found.ticks_due, found.ticks_skipped, found.ticks_backlog) == (39, 2 + 7, 0)
    assert found.ticks_delivered == 39 - 9


@pytest.mark.parametrize(
    ("ends", "raised", "coalesced", "delivered"), [("restart", 5, 2, 2), ("stop", 2, 1, 0)]
)
def test_interrupts_for_a_machine_that_is_turned_off_are_lost(ends, raised, coalesced, delivered):
    """Requests come each 7 ms, and the VP waits for the LP to 30 ms: one interrupt is pending at 15 ms, another has coalesced.

    Restarted then, it has the same again at 21 and 28 ms, is interrupted once at 30 and once at 35.
    """
    block = guest("a", 1, opened(fixed(7 * MS), fixed(US)), intercepts=NO_MIX)
    blocks = [guest("hog", 1, always_runnable(), stop="30 ms"), block]
    text = scenario(40 * MS, 1, blocks, scheduling={"slice": "100 ms"})
    text["event"] = [act(15 * MS, ends, "a")]
    found = run(text)["virtual_processor"].query("partition == 'a'").iloc[0]
    assert (found.interrupts_raised, found.interrupts_lost) == (raised, 1)
    assert (found.interrupts_coalesced, found.virtual_interrupts) == (coalesced, delivered)
    assert found.interrupts_pending == 0


def test_what_a_machine_had_to_tell_its_parent_is_told_in_no_other_life():
    """Of 100 accesses a second one falls into the 15 ms before the restart; nothing has settled it before. The parent would take 1 ms."""
    mix = {"preset": "none", "emulated_devices": "100 /s"}
    block = guest("a", 1, closed(1, S, fixed(S)), restart="15 ms", intercepts=mix, guest={"tick": "0 s"})
    text = scenario(18 * MS, 1, [block], root={"intercept_work": fixed(MS)}, scheduling={"slice": "100 ms"})
    found = run(text)["virtual_processor"].query("partition == 'a'").iloc[0]
    assert (found.io_messages, found.intercepted_ns) == (1, 0)
    assert found.guest_run_ns == 18 * MS


def test_nothing_is_left_of_a_slice_when_a_guest_is_resumed():
    """The root takes the LP from `a` after 2 ms of its slice of 6, for 500 us, in which `a` is paused and resumed.

    `b` has the next slice. That of `a` from 8.5 ms on is a whole one.
    """
    packet = opened(fixed(2 * MS), fixed(US))
    network = {"network": True, "work": fixed(500 * US)}
    blocks = [
        guest("a", 1, always_runnable()),
        guest("b", 1, always_runnable()),
        guest("c", 1, packet, stop="2100 us", io=network),
    ]
    text = scenario(16 * MS, 1, blocks, scheduling={"slice": "6 ms"}, trace=["dispatch"])
    text["event"] = [act(2_200 * US, "pause", "a"), act(2_300 * US, "resume", "a")]
    rows = run(text).dispatches.sort_values("start_ns")
    assert rows[["partition", "start_ns", "end_ns"]].to_numpy().tolist()[:4] == [
        ["a", 0, 2 * MS],
        ["Root", 2 * MS, 2_500 * US],
        ["b", 2_500 * US, 8_500 * US],
        ["a", 8_500 * US, 14_500 * US],
    ]
