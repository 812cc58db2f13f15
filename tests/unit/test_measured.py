"""CPU times that were measured inside a guest, or by a counter, are not slowed twice."""

import pytest

from hvecs.engine.measured import native_distribution
from hvecs.spec import SpecError
from hvecs.spec.distributions import Deterministic, Empirical, Exponential, Lognormal, Pareto, Uniform
from tests.simulation import FREE, MS, S, closed, exponential, fixed, guest, opened, run, scenario


@pytest.mark.parametrize(
    ("given", "halved"),
    [
        (Deterministic(mean="9 ns"), Deterministic(mean="4 ns")),
        (Exponential(mean="8 ms"), Exponential(mean="4 ms")),
        (Uniform(low="0 s", high="2 ms"), Uniform(low="0 s", high="1 ms")),
        (Lognormal(mean="8 ms", cv=2), Lognormal(mean="4 ms", cv=2)),
        (Pareto(mean="8 ms", shape=3), Pareto(mean="4 ms", shape=3)),
        (Empirical(values=("8 ms", "1 ns")), Empirical(values=("4 ms", "1 ns"))),
    ],
)
def test_every_distribution_is_scaled_to_whole_nanoseconds_and_never_to_nothing(given, halved):
    assert native_distribution(given, 0.5) == halved
    assert native_distribution(given, 1.0) is given


def job(**more):
    return closed(1, 120 * MS, fixed(12 * MS)) | {"memory_bound": "40 %", "working_set": "0 B"} | more


@pytest.mark.parametrize(("measured", "expected"), [("native", 144), ("guest", 120)])
def test_work_that_was_measured_in_a_guest_takes_as_long_in_a_guest(measured, expected):
    """Nested paging makes 40 % of the code slower by half: 100 ms of native work were measured as 120."""
    block = [guest("a", 1, job(measured=measured))]
    costs = FREE | {"nested_paging": "50 %"}
    assert run(scenario(S, 1, block, costs=costs)).of("a").elapsed_ns / MS == pytest.approx(
        expected, rel=1e-5
    )
    bare = run(scenario(S, 1, block, costs=costs, hypervisor="none")).of("a").elapsed_ns / MS
    assert bare == pytest.approx(expected / 1.2, rel=1e-5)


def test_the_hypervisor_time_of_its_mix_was_measured_too():
    """1,000 intercepts of 100 us in a second of guest time: 10 % more."""
    block = guest("a", 1, job(measured="guest"), intercepts={"preset": "none", "msr": "1000 /s"})
    found = run(scenario(S, 1, [block], costs=FREE | {"msr_access": "100 us"})).of("a")
    assert found.elapsed_ns / MS == pytest.approx(120, rel=2e-3)
    assert found.work_ns / MS == pytest.approx(120 / 1.1, rel=1e-6)


def test_requests_that_were_measured_in_a_guest_keep_it_as_busy_as_it_was():
    web = opened(fixed(10 * MS), exponential(2 * MS), measured="guest")
    found = run(scenario(60 * S, 4, [guest("a", 2, web)], costs={"preset": "default"}))
    share = found["guest"].query("partition == 'a'").processor_time_pct.iloc[-1]
    assert 2 * share == pytest.approx(20, abs=0.5)


@pytest.mark.parametrize("scheduler", ["", "core", "classic"])
@pytest.mark.parametrize("measured", [5, 30])
def test_the_root_shows_the_load_that_its_counter_showed(measured, scheduler):
    """Also where the other thread of its cores is busy: guests keep 2 of the 8 LPs busy."""
    cores = {"sockets": 1, "cores_per_socket": 4, "threads_per_core": 2, "scheduler": scheduler}
    root = {"measured_cpu": f"{measured} %", "background_cpu": "1 %"}
    web = opened(exponential(2 * MS), exponential(MS))
    found = run(
        scenario(
            20 * S,
            cores if scheduler else 8,
            [guest(f"g{n}", 2, web) for n in range(4)],
            costs={"preset": "default"},
            root=root,
        )
    )
    assert found["root_virtual_processor"].guest_run_pct.mean() == pytest.approx(measured, abs=1)


def test_the_root_has_one_load():
    with pytest.raises(SpecError, match="measured_cpu: given beside background_cpu; expected one of them"):
        run(scenario(S, 1, [guest("a", 1, job())], root={"measured_cpu": "5 %", "background_cpu": "2 %"}))
