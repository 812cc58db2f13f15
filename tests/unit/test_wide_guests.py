"""Guests as wide as their host whose VPs depend on each other: alone, and two of them, with enlightenments and without."""

import pytest

from tests.simulation import US, S, always_runnable, exponential, guest, ns, run, scenario

FLUSHING = {"preset": "compute", "remote_flushes": "300 /s"}
CALLING = {"preset": "compute", "cross_calls": "300 /s"}
COMPUTING = {"preset": "compute"}


def threads(lps, *, lock_ns=0, mean_ns=1000 * US):
    lock = {"share": "100 %", "hold": ns(lock_ns), "kind": "ticket"}
    workload = always_runnable(lps) | {"compute": exponential(mean_ns)}
    return workload | ({"lock": lock} if lock_ns else {})


def work(guests, lps, mix, workload, aids, *, profile="windows-server-2022"):  # noqa: PLR0913
    """Guest code of so many guests that does work, as a share of the host's time; the root has its usual load."""
    blocks = [
        guest(
            f"g{n}",
            lps,
            workload,
            intercepts=mix,
            enlightenments=aids,
            guest={"profile": profile},
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


@pytest.mark.parametrize("lps", [8, 16])
@pytest.mark.parametrize("profile", ["windows-server-2022", "linux"])
def test_two_with_a_hot_ticket_lock_lose_nearly_all_without_the_aid_and_little_with_it(profile, lps):
    """Sections of 40 us after each ms: the bounds of flushes, whether the guests tell of long spins or halt."""
    workload, off = threads(lps, lock_ns=40 * US), {"long_spin_wait": False}
    alone, shared = (work(guests, lps, COMPUTING, workload, off, profile=profile) for guests in (1, 2))
    aided_alone, aided = (work(guests, lps, COMPUTING, workload, {}, profile=profile) for guests in (1, 2))
    assert shared < 0.6 * alone
    assert aided > (0.85 if profile != "linux" else 0.95) * aided_alone
    assert 0.99 * alone < aided_alone < 1.1 * alone


def test_sections_shorter_than_the_spin_lose_more_unless_waiters_halt():
    """Of 8 us after each 200 us: who spins for 50 us before telling spins for six sections each time."""
    workload = threads(8, lock_ns=8 * US, mean_ns=200 * US)
    told, halted = (
        work(2, 8, COMPUTING, workload, {}, profile=profile)
        / work(1, 8, COMPUTING, workload, {}, profile=profile)
        for profile in ("windows-server-2022", "linux")
    )
    assert told < 0.85
    assert halted > 0.95


def test_what_wants_an_answer_of_all_waits_whatever_the_guest_knows():
    alone, shared = (work(guests, 4, CALLING, threads(4), {}) for guests in (1, 2))
    assert alone > 0.9
    assert shared < 0.6 * alone
