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


@pytest.mark.parametrize(
    ("lps", "mix", "lock_ns", "off"),
    [
        (4, FLUSHING, 0, {"flush_hypercall": False}),
        (8, FLUSHING, 0, {"flush_hypercall": False}),
        (16, FLUSHING, 0, {"flush_hypercall": False}),
        (8, COMPUTING, 20 * US, {"long_spin_wait": False}),
        (16, COMPUTING, 20 * US, {"long_spin_wait": False}),
    ],
)
def test_two_lose_nearly_all_without_the_enlightenment_and_little_with_it(lps, mix, lock_ns, off):
    """The sum over two falls below 60 % of one alone, and stays above 85 % with it; to one alone it is worth a tenth at most."""
    workload = threads(lps, lock_ns=lock_ns)
    alone, shared = (work(guests, lps, mix, workload, off) for guests in (1, 2))
    aided_alone, aided = (work(guests, lps, mix, workload, {}) for guests in (1, 2))
    assert shared < 0.6 * alone
    assert aided > 0.85 * aided_alone
    assert alone <= aided_alone < 1.1 * alone


def test_what_wants_an_answer_of_all_waits_whatever_the_guest_knows():
    alone, shared = (work(guests, 4, CALLING, threads(4), {}) for guests in (1, 2))
    assert alone > 0.9
    assert shared < 0.6 * alone
