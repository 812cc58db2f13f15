"""Guests as wide as their host whose VPs depend on each other: alone, and two of them, with enlightenments and without."""

import pytest

from tests.simulation import US, S, always_runnable, exponential, guest, ns, run, scenario

FLUSHING = {"preset": "compute", "remote_flushes": "300 /s"}
CALLING = {"preset": "compute", "cross_calls": "300 /s"}
COMPUTING = {"preset": "compute"}


def threads(lps, *, lock_ns=0):
    lock = {"share": "100 %", "hold": ns(lock_ns), "kind": "ticket"}
    workload = always_runnable(lps) | {"compute": exponential(1000 * US)}
    return workload | ({"lock": lock} if lock_ns else {})


def work(guests, lps, mix, workload, aids):
    """Guest code of so many guests that does work, as a share of the host's time; the root has its usual load."""
    blocks = [
        guest(
            f"g{n}",
            lps,
            workload,
            intercepts=mix,
            enlightenments=aids,
            guest={"profile": "windows-server-2022"},
        )
        for n in range(guests)
    ]
    text = scenario(S, lps, blocks, costs={"preset": "default"})
    text["root"] = {}
    found = run(text)
    return sum(found.of(block["name"]).progress_ns for block in blocks) / (S * lps)


@pytest.mark.parametrize("lps", [4, 8, 16])
def test_two_that_flush_lose_nearly_all_without_the_hypercall_and_nothing_with_it(lps):
    """The sum over two falls below 60 % of one alone, and stays above 85 % with it; to one alone it is worth a tenth at most."""
    off = {"flush_hypercall": False}
    alone, shared = (work(guests, lps, FLUSHING, threads(lps), off) for guests in (1, 2))
    aided_alone, aided = (work(guests, lps, FLUSHING, threads(lps), {}) for guests in (1, 2))
    assert shared < 0.6 * alone
    assert aided > 0.85 * aided_alone
    assert alone <= aided_alone < 1.1 * alone


def test_two_with_a_hot_ticket_lock_win_most_back_by_telling_of_long_spins():
    """Sections of 40 us after each ms, by eight threads: two do a third of one without it, and more than twice of that with it."""
    workload, off = threads(8, lock_ns=40 * US), {"long_spin_wait": False}
    alone, shared = (work(guests, 8, COMPUTING, workload, off) for guests in (1, 2))
    aided_alone, aided = (work(guests, 8, COMPUTING, workload, {}) for guests in (1, 2))
    assert shared < 0.35 * alone
    assert aided > 2 * shared
    assert aided_alone < 1.1 * alone


def test_what_wants_an_answer_of_all_waits_whatever_the_guest_knows():
    alone, shared = (work(guests, 4, CALLING, threads(4), {}) for guests in (1, 2))
    assert alone > 0.9
    assert shared < 0.6 * alone
