"""Native mode: the same workload on the bare machine is a host without costs whose guest has a VP for each LP."""

import pytest

from tests.simulation import (
    FREE,
    MS,
    S,
    closed,
    exponential,
    fixed,
    guest,
    opened,
    run,
    scenario,
)

JOBS = [
    (1, closed(3, 2 * S, exponential(8 * MS))),
    (2, closed(5, 2 * S, exponential(8 * MS), exponential(3 * MS))),
    (4, closed(18, 4 * S, exponential(8 * MS), exponential(54 * MS))),
    (4, closed(6, 2 * S, exponential(8 * MS), fixed(2 * MS))),
]
WEB = opened(exponential(MS), exponential(2.5 * MS))


def both(lps, workload, costs, sample="100 ms"):
    native = run(
        scenario(60 * S, lps, [guest("a", 1, workload)], hypervisor="none", costs=costs, sample=sample)
    )
    hosted = run(scenario(60 * S, lps, [guest("a", lps, workload)], costs=costs, sample=sample))
    return native, hosted


def same(table, native, hosted):
    """Only entities are numbered differently."""
    return native[table].drop(columns="entity").equals(hosted[table].drop(columns="entity"))


@pytest.mark.parametrize(("lps", "workload"), JOBS)
@pytest.mark.parametrize("costs", [FREE, FREE | {"interference": "100 %"}], ids=["free", "interference"])
def test_a_job_takes_the_same_time_to_the_nanosecond(lps, workload, costs):
    native, hosted = both(lps, workload, costs)
    assert native.of("a").elapsed_ns == hosted.of("a").elapsed_ns
    assert same("job", native, hosted)
    assert same("guest", native, hosted)


def test_requests_take_the_same_time_to_the_nanosecond():
    native, hosted = both(4, WEB, FREE)
    assert native.of("a").completions > 50_000
    assert same("request", native, hosted)
    assert same("guest", native, hosted)


def test_native_mode_pays_for_the_way_to_memory_only():
    """Of all costs, interference alone is not the hypervisor's."""
    lps, workload = JOBS[1]
    bare = run(
        scenario(60 * S, lps, [guest("a", 1, workload)], hypervisor="none", costs={"preset": "default"})
    )
    shared = run(
        scenario(
            60 * S, lps, [guest("a", 1, workload)], hypervisor="none", costs=FREE | {"interference": "100 %"}
        )
    )
    assert bare["job"].equals(shared["job"])
    assert (bare["logical_processor"].hypervisor_run_ns == 0).all()


def test_native_mode_writes_what_a_bare_machine_can_measure():
    native = run(scenario(S, 3, [guest("a", 1, WEB)], hypervisor="none", sample="70 ms"))
    assert set(native.tables) == {"logical_processor", "guest", "request", "job"}
    lps = native["logical_processor"]
    assert (lps.guest_run_ns + lps.hypervisor_run_ns + lps.idle_ns == lps.interval_ns).all()
    assert lps.root_vp_index.isna().all()
    assert native["guest"].processor_time_pct.iloc[-1] == pytest.approx(lps.guest_run_pct.tail(3).mean())


def test_the_hypervisor_makes_a_job_slower():
    lps, workload = JOBS[1]
    native, hosted = both(lps, workload, {"preset": "default"})
    assert 1.02 * native.of("a").elapsed_ns > hosted.of("a").elapsed_ns > 1.005 * native.of("a").elapsed_ns
