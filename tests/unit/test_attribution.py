"""Where guest time went: one cause at a time, worked out by hand, and several at once."""

import pytest

from components import VpTimes
from tests.simulation import FREE, IDLE, MS, S, closed, fixed, guest, run, scenario

LOST = [name for name in VpTimes.fields if name.startswith("lost_")]
NEAR = 1e-5


def split(found, name: str = "a") -> dict[str, float]:
    """What a partition's guest time went into, in ms, without what is nothing; the same in every table and in the outcome."""
    columns = ["progress_ns", "spin_ns", "answer_wait_ns", *LOST]
    rows = found["virtual_processor"]
    rows = rows[rows.partition == name]
    sums = rows[columns].sum()
    assert (rows[columns].sum(axis=1) == rows.guest_run_ns).all()
    outcome = found.of(name)
    assert {column: getattr(outcome, column) for column in columns} == sums.to_dict()
    return {column: value / MS for column, value in sums.items() if value}


def job(work_ns: float, bound_pct: float = 0, threads: int = 1, **more):
    workload = closed(threads, work_ns * threads, fixed(10 * MS), **more)
    return workload | {"memory_bound": f"{bound_pct} %", "working_set": "0 B"}


def test_work_alone_is_all_progress():
    assert split(run(scenario(S, 2, [guest("a", 1, job(100 * MS))]))) == {"progress_ns": 100}


def test_second_level_translation():
    found = run(scenario(S, 2, [guest("a", 1, job(100 * MS, 40))], costs=FREE | {"nested_paging": "50 %"}))
    assert split(found) == pytest.approx({"progress_ns": 100, "lost_nested_paging_ns": 20}, rel=NEAR)


def test_others_on_the_way_to_memory():
    host = {"memory_bus": {"bandwidth": "10 GiB/s", "per_processor": "10 GiB/s"}}
    costs = FREE | {"interference": "100 %", "nested_paging": "10 %"}
    guests = [guest(name, 1, job(100 * MS, 50)) for name in "ab"]
    found = run(scenario(S, 2, guests, costs=costs, host=host))
    expected = {"progress_ns": 100, "lost_nested_paging_ns": 5, "lost_memory_contention_ns": 27.5}
    assert split(found) == pytest.approx(
        expected, rel=NEAR
    )  # the wait is 1 + 0.5 times as long, and 10 % of it translation


def test_the_other_thread_of_a_core():
    lps = {"sockets": 1, "cores_per_socket": 1, "threads_per_core": 2, "smt_yield": 1.25}
    found = run(scenario(S, lps, [guest("a", 2, job(100 * MS, threads=2))]))
    assert split(found) == pytest.approx({"progress_ns": 200, "lost_smt_ns": 120}, rel=NEAR)


def test_memory_of_another_node():
    """The large guest leaves room on the other node only, where two of four busy ones find no LP."""
    busy = [guest(f"g{n}", 1, job(10 * S), memory="1 GiB") for n in range(4)]
    guests = [guest("large", 1, IDLE, memory="30 GiB"), *busy]
    lps = {"sockets": 2, "cores_per_socket": 2, "numa_nodes": 2}
    found = run(scenario(S, lps, guests, costs=FREE | {"remote_memory": "25 %"}))
    away = [name for name in ("g0", "g1", "g2", "g3") if found.of(name).remote_run_ns]
    assert len(away) == 2
    for name in away:
        assert split(found, name) == pytest.approx(
            {"progress_ns": 800, "lost_remote_memory_ns": 200}, rel=NEAR
        )


def test_cold_caches():
    block = guest("a", 1, job(100 * MS) | {"working_set": "8 MiB"})
    found = run(scenario(S, 1, [block], costs=FREE | {"cache_refill": "1 ms"}))
    assert split(found) == {"progress_ns": 100, "lost_cache_refill_ns": 8}


def test_spinning_is_no_loss_of_another_cause():
    lock = {"share": "100 %", "hold": "10 ms", "kind": "spin"}
    found = run(scenario(S, 2, [guest("a", 2, job(20 * MS, threads=2) | {"lock": lock})]))
    assert split(found) == {"progress_ns": 40, "spin_ns": found.of("a").spin_ns / MS}
    assert found.of("a").spin_ns > 0


def test_progress_is_the_work_done_whatever_slows_it_and_whenever_it_is_sampled():
    lps = {"sockets": 2, "cores_per_socket": 2, "threads_per_core": 2, "numa_nodes": 2}
    costs = {"preset": "default", "interference": "200 %"}
    guests = [
        guest(name, 3, job(150 * MS, 60, threads=5, sleep=fixed(MS)) | {"working_set": "1 MiB"})
        for name in "abc"
    ]
    rare, often = (
        run(scenario(10 * S, lps, guests, costs=costs, host={"cache": {"size": "2 MiB"}}, sample=sample))
        for sample in ("10 s", "777 us")
    )
    slowed = {f"lost_{cause}_ns" for cause in ("smt", "memory_contention", "nested_paging", "cache_refill")}
    for name in "abc":
        assert rare.of(name).work_ns == 750 * MS
        assert split(rare, name)["progress_ns"] == pytest.approx(
            750, abs=0.001
        )  # less than 1 ns each time a burst is cut short
        assert split(often, name)["progress_ns"] == split(rare, name)["progress_ns"]
        assert slowed <= split(rare, name).keys()
