"""What the host and the guest show of the guest's memory, and of what it cannot have."""

import pytest

from hvecs.output.outcomes import partition_cells
from tests.simulation import (
    IDLE,
    MS,
    S,
    closed,
    constant,
    dynamic,
    exponential,
    fixed,
    guest,
    opened,
    run,
    scenario,
)

HOST = {"memory": "16 GiB", "root_reserve": "512 MiB"}


def shown(duration_s, guests, **more):
    host = HOST | more.pop("host", {})
    return run(
        scenario(
            duration_s * S, 2, guests, host=host, sample="1 s", step="1 s", trace=["memory_operation"], **more
        )
    )


def last_of(result, table, name):
    return result[table].query(f"partition == '{name}'").iloc[-1]


def steps(*changes, **more):
    return {
        "kind": "steps",
        "steps": [{"at": f"{at} s", "committed": f"{mib} MiB"} for at, mib in changes],
        **more,
    }


STATIC = guest("fixed", 1, IDLE, memory="8 GiB", memory_demand=constant(3072))


def test_a_guest_with_static_memory_has_rows_of_its_own():
    """It commits 3 of 8 GiB: a pressure of 37.5 %, known from its first report on, at 45 s."""
    result = shown(60, [STATIC, dynamic("dyn", 1024, constant(512)), guest("unknown", 1, IDLE)])
    rows = result["dynamic_memory_vm"].query("partition == 'fixed'").set_index("time_ns")
    assert (rows.physical_memory_mib == 8192).all()
    assert rows.current_pressure_pct.loc[: 44 * S].isna().all()
    assert (rows.current_pressure_pct.loc[45 * S :] == 37.5).all()
    assert rows.average_pressure_pct.iloc[-1] == 37.5
    assert rows[["target_mib", "minimum_pressure_pct", "maximum_pressure_pct"]].isna().all(axis=None)
    assert (rows.memory_status == "").all()
    unknown = last_of(result, "dynamic_memory_vm", "unknown")
    assert unknown.physical_memory_mib == 64
    assert (
        unknown[["current_pressure_pct", "average_pressure_pct", "committed_mib", "available_mib"]]
        .isna()
        .all()
    )
    balancer = result["dynamic_memory_balancer"].iloc[-1]
    dyn = last_of(result, "dynamic_memory_vm", "dyn")
    assert balancer.average_pressure_pct == dyn.average_pressure_pct
    assert balancer.current_pressure_pct == dyn.current_pressure_pct
    assert set(result["memory_operation"].reason) == {"start"}


def test_before_windows_server_2016_it_has_none():
    result = shown(50, [STATIC, dynamic("dyn", 1024, constant(512))], host={"limits": "ws2012r2"})
    assert set(result["dynamic_memory_vm"].partition) == {"dyn"}


def test_the_root_has_no_guest_pages():
    rows = shown(2, [STATIC])["partition"].query("partition == 'Root'")
    assert (rows[["gpa_pages", "gpa_4k_pages", "gpa_2m_pages"]] == 0).all(axis=None)


def test_the_band_of_pressures_follows_from_buffer_and_deadband():
    """A target of 1.5 times the demand, which may be off by 4 %: 100 / 1.5 / 0.96 and / 1.04."""
    block = dynamic("a", 512, constant(256), buffer="50 %")
    row = last_of(shown(2, [block], host={"dynamic_memory": {"deadband": "4 %"}}), "dynamic_memory_vm", "a")
    assert row.maximum_pressure_pct == pytest.approx(69.444, abs=0.001)
    assert row.minimum_pressure_pct == pytest.approx(64.103, abs=0.001)


@pytest.mark.parametrize(
    ("committed", "status"), [(880, "OK"), (940, "Low"), (1000, "Low"), (1030, "Warning")]
)
def test_the_memory_status_goes_by_what_is_left_of_the_buffer(committed, status):
    """1,000 MiB, all it may have. With 880 committed the buffer is 176, of which 120 are left; with 940 188, 60; with 1,030 none."""
    block = dynamic("a", 1000, constant(committed), maximum="1000 MiB")
    assert last_of(shown(50, [block]), "dynamic_memory_vm", "a").memory_status == status


def test_how_much_of_the_buffer_is_low_is_a_parameter():
    block = dynamic("a", 1000, constant(880), maximum="1000 MiB")
    low = shown(50, [block], host={"dynamic_memory": {"low_buffer": "70 %"}})
    assert last_of(low, "dynamic_memory_vm", "a").memory_status == "Low"


def test_the_lists_of_pages_make_up_what_is_not_committed():
    """Of 1,000 MiB 600 are committed, then 300; the cache takes 200, 5 % of it modified; what was used before is free, the rest zero."""
    demand = steps((0, 600), (5, 300), file_cache="200 MiB")
    rows = shown(10, [guest("a", 1, IDLE, memory="1000 MiB", memory_demand=demand)])["guest"]
    for place, free, zero in ((0, 0, 200), (-1, 300, 200)):
        row = rows.iloc[place]
        assert row.standby_bytes == pytest.approx(190 * 2**20)
        assert row.modified_bytes == pytest.approx(10 * 2**20)
        assert row.free_bytes == free * 2**20
        assert row.zero_bytes == zero * 2**20
        assert row.free_zero_bytes == (free + zero) * 2**20
        assert row.available_mib == 190 + free + zero


def test_a_cache_that_shrinks_costs_reads_in_proportion():
    """The cache would like 400 MiB and has 400, 200, none: of its reads, 200 a second of work, none, half and all miss."""
    read = []
    for held in (1000, 800, 600):
        demand = constant(600, file_cache="400 MiB", working_set="50 %", cache_reads="200 /s")
        work = closed(8, 3600 * S, fixed(5 * MS))
        result = shown(20, [guest("a", 1, work, memory=f"{held} MiB", memory_demand=demand)])
        run_s = result["virtual_processor"].guest_run_ns.sum() / S
        rows = result["guest"]
        assert rows.pages_input.sum() == rows.cache_reads.sum()
        read.append(rows.cache_reads.sum() / run_s)
    assert read[0] == 0
    assert read[1:] == pytest.approx([100, 200], rel=0.1)


def test_reads_of_the_cache_are_told_from_those_of_the_working_set():
    """Both miss: 1,000 touches a second of which 20 % miss, and 300 reads of which all do: 3 in 5 pages are reads of file data."""
    demand = constant(1000, file_cache="400 MiB", working_set="100 %", cache_reads="300 /s")
    work = closed(16, 3600 * S, fixed(5 * MS))
    rows = shown(20, [guest("a", 1, work, memory="800 MiB", memory_demand=demand)])["guest"]
    assert rows.cache_reads.sum() / rows.pages_input.sum() == pytest.approx(0.6, abs=0.03)


OLD = {"profile": "linux", "hot_add": False}


def test_a_guest_that_cannot_hot_add_is_asked_once_and_takes_nothing_from_others():
    """It wants 3,600 MiB and sees 1,024 for good; the other keeps what it has."""
    guests = [dynamic("old", 1024, constant(3000), guest=OLD), dynamic("other", 14_000, constant(500))]
    result = shown(90, guests)
    failed = result["memory_operation"].query("reason == 'no hot-add'")
    assert failed[["partition", "operation", "given_mib"]].values.tolist() == [["old", "hot-add", 0]]
    old = last_of(result, "dynamic_memory_vm", "old")
    assert (old.physical_memory_mib, old.guest_visible_mib, old.add_failures) == (1024, 1024, 1)
    assert old.memory_status == "Warning"
    operations = result["memory_operation"]
    assert operations.query(f"time_ns > {50 * S}").empty


def test_it_is_ballooned_and_gets_that_back():
    demand = steps((0, 200), (100, 800))
    block = dynamic("old", 1024, demand, guest={"hot_add": False})
    result = shown(150, [block], host={"dynamic_memory": {"surplus": "taken"}})
    rows = result["dynamic_memory_vm"].set_index("time_ns")
    assert rows.physical_memory_mib[99 * S] == 512
    assert rows.physical_memory_mib[150 * S] == 960
    assert rows.add_failures.max() == 0


def test_what_cannot_be_committed_is_counted_and_kills_work():
    """It would commit 1,000 MiB, holds 600 and has a page file of 150: 250 are refused, and one burst in four is lost."""
    work = opened(exponential(20 * MS), exponential(2 * MS))
    block = guest("a", 2, work, memory="600 MiB", memory_demand=constant(1000, working_set="0 %"))
    block["guest"] = {"page_file": "150 MiB"}
    result = shown(60, [block])
    rows, requests = result["guest"], result["request"]
    assert (rows.refused_bytes == 250 * 2**20).all()
    assert (rows.committed_bytes == 750 * 2**20).all()
    assert (rows.allocation_failures == 1).all()
    assert (rows.killed == requests.failed).all()
    assert requests.failed.sum() / requests.arrivals.sum() == pytest.approx(0.25, abs=0.03)
    done = requests.completions.sum() + requests.failed.sum()
    assert requests.arrivals.sum() == done + requests.in_system.iloc[-1]
    found = result.of("a")
    assert found.failed == requests.failed.sum()
    assert found.arrivals == found.completions + found.failed + found.dropped + found.in_system
    assert dict(partition_cells(found, "open"))["a.failed"] == found.failed


def test_lost_bursts_are_done_again():
    """Of 2 s of work in bursts of 10 ms one in four is lost: the job takes a third longer, and all of it is done."""
    work = closed(1, 2 * S, fixed(10 * MS))
    block = guest("a", 1, work, memory="600 MiB", memory_demand=constant(800, working_set="0 %"))
    jobs = []
    for file in ("0 B", "200 MiB"):
        block["guest"] = {"page_file": file, "tick": "0 s"}
        result = shown(30, [block], root={"background_cpu": "0 %"})
        jobs.append((result["job"].iloc[0], result["guest"].killed.sum()))
    (short, lost), (usual, none) = jobs
    assert usual.work_ns == short.work_ns == 2 * S
    assert none == 0
    assert lost > 20
    assert short.elapsed_ns - usual.elapsed_ns == pytest.approx(lost * 10 * MS, rel=0.05)


def test_without_a_bound_nothing_is_refused():
    block = guest("a", 1, IDLE, memory="600 MiB", memory_demand=constant(6000))
    rows = shown(5, [block])["guest"]
    assert (rows.refused_bytes == 0).all()
    assert rows.committed_bytes.iloc[-1] == 6000 * 2**20
    assert rows.allocation_failures.sum() == 0
