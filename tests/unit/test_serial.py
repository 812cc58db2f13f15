"""Closed work that is partly serial: Amdahl's law is what it comes to."""

import pytest

from tests.simulation import FREE, MS, S, closed, exponential, fixed, guest, run, scenario


def job(threads, work_ns, compute, serial_pct, phases=2, **more):
    return closed(threads, work_ns, compute, **more) | {"serial": f"{serial_pct} %", "serial_phases": phases}


def elapsed(threads, vps):
    """The time that 80 ms of work take, a tenth of it serial, in two phases and bursts of 1 ms."""
    text = scenario(S, vps, [guest("g", vps, job(threads, 80 * MS, fixed(MS), 10))])
    found = run(text).of("g")
    assert found.work_ns == 80 * MS
    return found.elapsed_ns


@pytest.mark.parametrize("threads", [1, 2, 3, 4, 6, 9, 12, 36])
def test_elapsed_time_is_that_of_amdahl(threads):
    """80 ms of work, a tenth serial, in two phases: 4 ms by one, then 36 bursts of 1 ms by all, each."""
    assert elapsed(threads, threads) == 8 * MS + 72 * MS // threads


def test_bursts_that_do_not_divide_leave_threads_waiting_at_the_barrier():
    """5 threads share 36 bursts of 1 ms in 8 rounds."""
    assert elapsed(5, 5) == 8 * MS + 2 * 8 * MS


def test_more_threads_than_vps_share_the_vps():
    assert elapsed(12, 4) == 8 * MS + 72 * MS // 4


@pytest.mark.parametrize(
    ("serial_pct", "phases", "expected"), [(100, 3, 80), (0, 7, 20), (50, 1, 50), (50, 40, 80)]
)
def test_the_shares_and_phases_there_may_be(serial_pct, phases, expected):
    """Of 40 phases each has 1 ms that one does, and one burst of 1 ms that another may do."""
    workload = job(4, 80 * MS, fixed(MS), serial_pct, phases)
    found = run(scenario(S, 4, [guest("g", 4, workload)])).of("g")
    assert (found.elapsed_ns, found.work_ns) == (expected * MS, 80 * MS)


def test_threads_at_the_barrier_leave_their_vps_idle():
    found = run(scenario(S, 4, [guest("g", 4, job(4, 80 * MS, fixed(MS), 10))]))
    g = found.of("g")
    assert g.guest_run_ns == 80 * MS
    assert (g.spin_ns, g.ready_ns) == (0, 0)
    vps = found["virtual_processor"]
    assert (
        g.dispatches == 1 + 2 * 3
    )  # the one that does the serial parts stays; the run ends with the last bursts
    assert vps.hlt_instructions.sum() == 7  # with those at the end


def test_whoever_ends_a_part_begins_the_serial_one_after_its_sleep():
    """Two threads, one phase more than one: 1 ms and 1 ms, then 2 bursts of 1 ms by the two; sleeps of 3 ms after each burst.

    0-1 the serial burst, which releases the other thread; it sleeps to 4. 1-2 the other does a burst, sleeps to 5; 4-5 the first does the second
    one, the last of the part, and after its sleep at 8 the next serial one, to 9. The other, at 5, has waited; 9-10; the first at 12-13.
    """
    workload = job(2, 6 * MS, fixed(MS), 100 / 3, 2, sleep=fixed(3 * MS))
    found = run(scenario(S, 2, [guest("g", 2, workload)])).of("g")
    assert found.elapsed_ns == 13 * MS


def test_a_serial_part_is_cut_like_any_pool():
    """7 ns of which a third is serial, in two phases, bursts of 5 ns: 1, 2, 1, 3."""
    workload = job(2, 7, fixed(5), 100 / 3, 2)
    found = run(scenario(S, 2, [guest("g", 2, workload)])).of("g")
    assert (found.elapsed_ns, found.work_ns) == (7, 7)


@pytest.mark.parametrize("kind", ["spin", "ticket", "park"])
@pytest.mark.parametrize("serial_pct", [5, 60])
def test_work_is_conserved_with_locks_on_a_crowded_host(kind, serial_pct):
    lock = {"share": "40 %", "hold": "200 us", "kind": kind}
    blocks = [
        guest(
            f"g{n}",
            3,
            job(5, 60 * MS, exponential(MS), serial_pct, 7, sleep=exponential(MS)) | {"lock": lock},
        )
        for n in range(2)
    ]
    found = run(scenario(5 * S, 2, blocks, costs={"preset": "default"}))
    for block in blocks:
        assert found.of(block["name"]).work_ns == 60 * MS


def test_what_is_done_when_the_run_ends_counts():
    """At 6 ms: 4 serial, then two of four threads' bursts each; at 41 ms the second serial part has begun."""
    for end, done in ((6, 4 + 8), (10, 4 + 24), (14, 40 + 1)):
        found = run(scenario(end * MS, 4, [guest("g", 4, job(4, 80 * MS, fixed(MS), 10))]))
        assert found.of("g").work_ns == done * MS


def test_the_bare_machine_knows_barriers_too():
    text = scenario(S, 4, [guest("g", 4, job(4, 80 * MS, fixed(MS), 10))], hypervisor="none")
    text.pop("root")
    assert run(text).of("g").elapsed_ns == 26 * MS


def test_released_threads_are_woken_at_a_cost():
    """Each release interrupts the idle VPs: three times two in all."""
    costs = FREE | {"cluster_ipi": "1 us"}
    found = run(scenario(S, 4, [guest("g", 4, job(4, 80 * MS, fixed(MS), 10))], costs=costs))
    assert found["virtual_processor"].ipis_sent.sum() == 6
