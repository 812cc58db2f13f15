"""Interrupts that want an answer: who answers when, what the sender spins, and what a hypercall saves."""

import pytest

from tests.simulation import FREE, MS, US, S, always_runnable, closed, fixed, guest, opened, run, scenario

PLAIN = {"flush_hypercall": False}
FLUSHING = {"preset": "none", "remote_flushes": "200 /s"}


def flushing(vps, threads, work_ns, **more):
    """A guest without the enlightenment that flushes after every 5 ms of its code, on two LPs; no costs, slices of 10 ms."""
    lps, others, costs = more.pop("lps", 2), more.pop("others", []), more.pop("costs", FREE)
    workload = closed(threads, work_ns, fixed(work_ns // threads))
    more = {"intercepts": FLUSHING, "enlightenments": PLAIN, "guest": {"tick": "0 s"}} | more
    block = guest("g", vps, workload, **more)
    return run(scenario(S, lps, [block, *others], costs=costs))


def test_a_sender_waits_for_a_vp_that_runs_as_long_as_an_answer_takes():
    """Two VPs compute 20 ms on two LPs: each flushes at 5, 10, 15 ms of code; the last is due at the end of the burst, which comes first."""
    result = flushing(2, 2, 40 * MS, costs={"preset": "none", "ipi_answer": "7 us"})
    g = result.of("g")
    assert g.elapsed_ns == 20 * MS + 3 * 7 * US
    assert g.answer_wait_ns == 2 * 3 * 7 * US
    assert g.guest_run_ns == 40 * MS + g.answer_wait_ns
    vps = result["virtual_processor"]
    assert vps.ipis_sent.tolist() == vps.virtual_interrupts.tolist() == [3, 3]


def test_a_sender_waits_until_a_vp_that_has_no_lp_has_run():
    """Two VPs of a guest and one of another on two LPs, 10 ms each in turn, and one thread each of the guest.

    One of the three always waits; a flush while it is one of the two of the guest takes until that has its LP again.
    """
    other = guest("other", 1, always_runnable())
    result = flushing(2, 2, 200 * MS, others=[other])
    g = result.of("g")
    assert g.answer_wait_ns > 20 * MS
    assert g.elapsed_ns > 150 * MS
    assert g.guest_run_ns == 200 * MS + g.answer_wait_ns


def test_the_wait_is_that_for_the_slice_of_another_partition():
    """One LP: A VP computes 10 ms of its slice, flushing at 4 ms; its sibling waits for the LP all the while.

    VPs 0 and 1 of `g` and the one of `other` take turns of 10 ms. VP 0 has done 4 ms at 4 ms and spins to 10. VP 1, at 10 to 20, answers as it
    enters; at 14 it flushes in turn and spins to 20; `other` runs from 20 to 30. At 30 VP 0 answers VP 1, goes on, and so on.
    """
    other = guest("other", 1, always_runnable())
    mix = {"preset": "none", "remote_flushes": "250 /s"}
    found = flushing(2, 2, 12 * MS, lps=1, others=[other], intercepts=mix)
    g = found.of("g")
    # each thread has 6 ms: 4, a flush, and 2; VP 0 is done at 32, VP 1 at 34, as it goes on when 0 goes idle
    assert g.answer_wait_ns == 12 * MS
    assert g.elapsed_ns == 34 * MS
    assert found.of("other").guest_run_ns == S - 24 * MS


def test_idle_vps_are_woken_to_answer():
    """One thread on three VPs, flushing at 5, 10 and 15 ms of its 20 ms; the other two wake each time, and cost a dispatch each."""
    costs = {"preset": "none", "dispatch": "10 us"}
    result = flushing(3, 1, 20 * MS, lps=3, costs=costs)
    g = result.of("g")
    assert g.answer_wait_ns == 3 * 10 * US
    assert g.elapsed_ns == 10 * US + 20 * MS + 3 * 10 * US
    vps = result["virtual_processor"]
    assert sorted(vps.dispatches) == [1, 3, 3]
    assert vps.ipis_sent.sum() == vps.virtual_interrupts.sum() == 6
    assert vps.hlt_instructions.sum() == 7


def test_sending_costs_an_exit_for_each_interrupt_or_one_hypercall():
    msr = {"preset": "none", "msr_access": "1 us", "cluster_ipi": "5 us"}
    one_by_one = flushing(4, 1, 20 * MS, lps=4, costs=msr, enlightenments=PLAIN | {"cluster_ipi": False})
    at_once = flushing(4, 1, 20 * MS, lps=4, costs=msr)
    assert one_by_one.of("g").hypervisor_run_ns == 3 * 3 * US
    assert at_once.of("g").hypervisor_run_ns == 3 * 5 * US
    assert at_once["virtual_processor"].cluster_ipis.sum() == 3


def test_with_the_hypercall_nobody_waits():
    """The same flushes: three hypercalls, and no interrupt to VPs that do not run."""
    result = flushing(3, 1, 20 * MS, lps=3, enlightenments={})
    vps = result["virtual_processor"]
    assert result.of("g").elapsed_ns == 20 * MS
    assert result.of("g").answer_wait_ns == 0
    assert vps.remote_flushes.sum() in {3, 4}  # the last is due at the end of the burst
    assert (vps.flush_targets.sum(), vps.ipis_sent.sum(), vps.external_interrupts.sum()) == (0, 0, 0)


def test_cross_calls_wait_whatever_the_guest_knows():
    mix = {"preset": "none", "cross_calls": "200 /s"}
    result = flushing(
        2, 2, 40 * MS, costs={"preset": "none", "ipi_answer": "7 us"}, intercepts=mix, enlightenments={}
    )
    assert result.of("g").elapsed_ns == 20 * MS + 3 * 7 * US


def test_a_guest_of_one_vp_calls_nobody():
    result = flushing(1, 1, 20 * MS)
    assert result.of("g").elapsed_ns == 20 * MS
    assert result["virtual_processor"].ipis_sent.sum() == 0


@pytest.mark.parametrize("scheduler", ["classic", "core", "root"])
def test_no_call_is_lost_where_vps_are_stopped_capped_and_preempted(scheduler):
    """Every VP goes on after each call: work is done in all guests, the sums close, and after the stop nobody waits."""
    mix = {"preset": "none", "remote_flushes": "2000 /s", "cross_calls": "300 /s"}
    web = opened(fixed(900 * US), fixed(MS))
    blocks = [
        guest("a", 4, always_runnable(5), intercepts=mix, enlightenments=PLAIN, guest={"quantum": "1 ms"}),
        guest("b", 3, web, intercepts=mix, enlightenments=PLAIN),
        guest("c", 4, always_runnable(4), intercepts=mix, enlightenments=PLAIN, stop="123 ms"),
    ]
    if scheduler != "root":
        blocks[1]["processor"] = {"cap": "40 %"}
    host = {"cores_per_socket": 2, "threads_per_core": 2, "sockets": 1}
    text = scenario(300 * MS, host, blocks, scheduler=scheduler, costs={"preset": "default"}, sample="50 ms")
    vps = run(text).vps
    states = ["guest_run_ns", "hypervisor_run_ns", "ready_ns", "idle_ns", "capped_ns", "suspended_ns"]
    assert (vps[states].sum(axis=1) == vps.interval_ns).all()
    late = vps[vps.time_ns > 150 * MS].groupby("partition").progress_ns.sum()
    assert late["a"] > 0
    assert late["b"] > 0
