"""Paging: the rate of hard faults, what it does to throughput, and what pages cost that are touched first."""

import math
from itertools import pairwise

import numpy as np
import pytest

from systems.memory.paging import harmonic
from tests.simulation import (
    IDLE,
    MS,
    US,
    S,
    always_runnable,
    closed,
    constant,
    dynamic,
    exponential,
    fixed,
    guest,
    mib,
    opened,
    run,
    scenario,
)

WORKING_SET = {"working_set": "100 %", "access_rate": "400 /s"}
DISK = {"preset": "none", "paging_io": "2 ms"}


def paged(held_mib, workload, duration_s=40, demand=None, **more):
    block = guest(
        "a", 1, workload, memory=mib(held_mib), memory_demand=constant(1000, **(demand or WORKING_SET))
    )
    return run(scenario(duration_s * S, more.pop("lps", 1), [block], costs=more.pop("costs", DISK), **more))


def faults_per_second_of_run_time(result):
    return result["guest"].pages_input.sum() * S / result["virtual_processor"].guest_run_ns.sum()


@pytest.mark.parametrize("held_mib", [900, 500, 250])
def test_uniform_touches_fault_at_the_rate_of_the_closed_form(held_mib):
    rate = faults_per_second_of_run_time(paged(held_mib, always_runnable(4), 60))
    expected = 400 * (1 - held_mib / 1000)
    faults = expected * 60
    assert rate == pytest.approx(expected, abs=4 * expected / math.sqrt(faults))


@pytest.mark.parametrize("exponent", [0.6, 1.0, 1.4])
def test_zipf_touches_fault_as_often_as_the_tail_is_touched(exponent):
    demand = {"access": "zipf", "zipf_exponent": exponent, "working_set": "100 %", "access_rate": "4000 /s"}
    rate = faults_per_second_of_run_time(paged(400, always_runnable(40), 40, demand))
    ranks = np.arange(1, 256_001, dtype=float) ** -exponent
    expected = 4000 * ranks[102_400:].sum() / ranks.sum()
    assert rate == pytest.approx(expected, rel=0.01, abs=4 * math.sqrt(expected / 30))


@pytest.mark.parametrize("exponent", [0.3, 1.0, 2.5])
@pytest.mark.parametrize("pages", [1, 63, 64, 65, 1000, 250_000])
def test_the_harmonic_numbers_are_right(pages, exponent):
    exact = (np.arange(1, pages + 1, dtype=float) ** -exponent).sum()
    assert getattr(harmonic, "py_func", harmonic)(float(pages), exponent) == pytest.approx(exact, rel=1e-4)


def test_one_thread_is_slowed_by_the_closed_form():
    # a cycle is 1 / rate of work and one page from disk: work / cycle of the time runs
    result = paged(500, always_runnable(1), 100)
    every_s = 1 / (400 * 0.5)
    share = result["virtual_processor"].guest_run_ns.sum() / (100 * S)
    assert share == pytest.approx(every_s / (every_s + 0.002), rel=0.02)


def test_throughput_falls_with_memory_and_has_its_knee_at_the_working_set():
    held = [1600, 1200, 1000, 980, 900, 700, 500, 300]
    done = [paged(each, always_runnable(2), 20)["virtual_processor"].guest_run_ns.sum() for each in held]
    assert done[0] == done[1] == done[2] == 20 * S
    assert all(more > less for more, less in pairwise(done[2:]))


def test_an_overcommitted_guest_slows_down_abruptly():
    demand = {"working_set": "100 %", "access_rate": "20000 /s"}
    full = paged(1000, always_runnable(2), 10, demand)["virtual_processor"].guest_run_ns.sum()
    short = paged(900, always_runnable(2), 10, demand)["virtual_processor"].guest_run_ns.sum()
    assert short < full / 2


def test_the_disk_is_shared_by_all_guests():
    demand = constant(1000, working_set="100 %", access_rate="20000 /s")
    guests = [
        guest(f"g{i}", 1, always_runnable(16), memory="200 MiB", memory_demand=demand) for i in range(4)
    ]
    alone = run(scenario(10 * S, 4, guests[:1], costs=DISK, host={"paging_channels": 2}))
    all_four = run(scenario(10 * S, 4, guests, costs=DISK, host={"paging_channels": 2}))
    rates = all_four["guest"].groupby("partition").pages_input.sum()
    assert alone["guest"].pages_input.sum() == pytest.approx(2 * 10 / 0.002, rel=0.01)
    assert rates.sum() == pytest.approx(2 * 10 / 0.002, rel=0.01)
    assert rates.max() - rates.min() < 0.05 * rates.max()


def test_only_what_is_touched_steadily_need_be_there():
    demand = {"working_set": "60 %", "access_rate": "400 /s"}
    assert paged(620, always_runnable(2), 10, demand)["guest"].pages_input.sum() == 0
    assert paged(560, always_runnable(2), 10, demand)["guest"].pages_input.sum() > 0


def test_requests_wait_for_their_pages_and_none_is_lost():
    web = opened(exponential(20 * MS), exponential(5 * MS))
    result = paged(400, web, 60, {"working_set": "100 %", "access_rate": "500 /s"})
    plain = paged(1000, web, 60)
    arrivals, completions = (result["request"][name].sum() for name in ("arrivals", "completions"))
    assert arrivals == plain["request"].arrivals.sum()
    assert 0 <= arrivals - completions < 30
    assert result["guest"].pages_input.sum() > 1000
    mean = [r.of("a").response_mean_ns for r in (result, plain)]
    assert mean[0] > mean[1] + 2 * MS


def test_a_closed_workload_does_all_its_work_however_often_it_pages():
    work = closed(4, 3 * S, exponential(8 * MS), exponential(4 * MS))
    result = paged(300, work, 100)
    assert result.of("a").work_ns == 3 * S
    assert result["virtual_processor"].guest_run_ns.sum() == 3 * S
    assert result["guest"].pages_input.sum() == pytest.approx(3 * 400 * 0.7, rel=0.15)


def test_a_lock_holder_that_pages_holds_others_up():
    work = closed(4, 2 * S, exponential(2 * MS)) | {"lock": {"share": "50 %", "hold": "1 ms"}}
    for lock in ("spin", "park"):
        work["lock"]["kind"] = lock
        block = guest("a", 2, work, memory="300 MiB", memory_demand=constant(1000, **WORKING_SET))
        result = run(scenario(100 * S, 2, [block], costs=DISK))
        assert result.of("a").work_ns == 2 * S


def test_a_guest_that_is_stopped_while_it_pages_leaves_nothing_behind():
    guests = [
        guest(
            "a",
            1,
            always_runnable(8),
            memory="300 MiB",
            stop="995 ms",
            memory_demand=constant(1000, **WORKING_SET),
        ),
        guest(
            "b",
            1,
            opened(fixed(MS), fixed(2 * MS)),
            memory="300 MiB",
            stop="1005 ms",
            memory_demand=constant(1000, **WORKING_SET),
        ),
    ]
    result = run(scenario(3 * S, 1, guests, costs=DISK, sample="1 s"))
    later = result["guest"].query("time_ns > 2000000000")
    assert later.pages_input.sum() == 0
    assert result["virtual_processor"].query("time_ns > 2000000000").suspended_ns.eq(S).all()


def test_the_file_cache_gives_way_and_is_read_again():
    """From 2 s on 100 of the 400 MiB that it would like to have are left: of 200 reads a second 3 in 4 miss, and wait 3 ms each."""
    demand = constant(400, file_cache="400 MiB", **WORKING_SET)
    steps = demand | {
        "kind": "steps",
        "steps": [{"at": "0 s", "committed": mib(400)}, {"at": "2 s", "committed": mib(800)}],
    }
    del steps["committed"]
    block = guest("a", 1, always_runnable(1), memory="900 MiB", memory_demand=steps)
    result = run(scenario(5 * S, 1, [block], costs=DISK, sample="1 s"))
    rows = result["guest"]
    assert rows.standby_bytes.div(2**20).tolist() == pytest.approx([380, 95, 95, 95, 95])
    assert rows.modified_bytes.div(2**20).tolist() == pytest.approx([20, 5, 5, 5, 5])
    assert rows.available_mib.tolist() == pytest.approx([480, 95, 95, 95, 95])
    assert rows.cache_reads.tolist()[:2] == [0, 0]
    run_s = result["virtual_processor"].guest_run_ns[2:].sum() / S
    assert rows.cache_reads.sum() == pytest.approx(150 * run_s, rel=0.15)
    assert (rows.pages_input == rows.cache_reads).all()


def test_memory_touched_first_costs_hypervisor_time_once():
    costs = {"preset": "none", "nested_page_fault": "2 us", "page_zeroing": "500 ns"}
    result = paged(1000, always_runnable(1), 20, costs=costs)
    mappings = 500
    expected = mappings * 2_000 + mappings * 512 * 500
    vp = result["virtual_processor"]
    assert vp.hypervisor_run_ns.sum() == expected
    assert vp.guest_run_ns.sum() + expected == 20 * S


def test_small_pages_make_mappings_and_are_dearer():
    costs = {"preset": "none", "small_pages": "25 %"}
    work = closed(1, 100 * S, fixed(8 * MS))
    demand = {
        "kind": "steps",
        "working_set": "10 %",
        "steps": [{"at": "0 s", "committed": mib(128)}, {"at": "1 s", "committed": mib(120)}],
    }
    soaker = dynamic(
        "soaker",
        128,
        {
            "kind": "steps",
            "working_set": "0 %",
            "steps": [{"at": "0 s", "committed": mib(128)}, {"at": "2 s", "committed": mib(1000)}],
        },
        minimum="32 MiB",
    )
    blocks = [dynamic("a", 128, demand, work, minimum="32 MiB"), soaker]
    host = {
        "memory": "256 MiB",
        "root_reserve": "0 B",
        "page": "4 KiB",
        "dynamic_memory": {"first_report": "1500 ms"},
    }
    result = run(scenario(20 * S, 1, blocks, costs=costs, sample="1 s", host=host))
    part = result["partition"].query("partition == 'a'")
    assert part.gpa_2m_pages.tolist()[0] == 64
    assert part.gpa_2m_pages.tolist()[-1] == 0
    assert part.gpa_4k_pages.tolist()[-1] == part.gpa_pages.tolist()[-1] > 0
    slow = run(scenario(20 * S, 1, blocks, costs={"preset": "none"}, sample="1 s", host=host))
    ratio = slow.of("a").work_ns / result.of("a").work_ns
    assert 1.15 < ratio < 1.25
    last = result["virtual_processor"].query("partition == 'a'").iloc[-1]
    assert last.lost_small_pages_ns == pytest.approx(0.25 * last.progress_ns, rel=1e-4)
    assert last.progress_ns + last.lost_small_pages_ns == last.guest_run_ns


def test_every_nanosecond_is_accounted_for_while_guests_page():
    guests = [
        guest(
            f"g{i}",
            2,
            always_runnable(3),
            memory="300 MiB",
            memory_demand=constant(1000, **WORKING_SET),
            processor={"cap": "60 %"} if i else {},
        )
        for i in range(3)
    ]
    result = run(
        scenario(
            3 * S, 2, guests, costs={"preset": "default"}, root={"background_cpu": "5 %"}, sample="700 ms"
        )
    )
    vps = result.vps
    parts = ["guest_run_ns", "hypervisor_run_ns", "ready_ns", "idle_ns", "capped_ns", "suspended_ns"]
    assert (vps[parts].sum(axis=1) == vps.interval_ns).all()
    lps = result["logical_processor"]
    assert (lps.guest_run_ns + lps.hypervisor_run_ns + lps.idle_ns == lps.interval_ns).all()


def test_pages_from_disk_load_the_root():
    """Each takes the root's work on the way to the disk and on the way back, and a signal each way."""
    block = guest("a", 1, always_runnable(4), memory="500 MiB", memory_demand=constant(1000, **WORKING_SET))
    block["io"] = {"work": fixed(100 * US), "completion": fixed(50 * US)}
    result = run(scenario(20 * S, 2, [block], costs=DISK))
    pages = result["guest"].pages_input.sum()
    root, child = result["root_virtual_processor"], result["virtual_processor"]
    assert pages > 1000
    assert root.guest_run_ns.sum() == pytest.approx(pages * 150 * US, abs=8 * 150 * US)
    assert child.signalled_events.sum() == pages
    assert root.signalled_events.sum() == pytest.approx(pages, abs=8)
    assert root.hardware_interrupts.sum() > 0
    assert result["guest"].paging_ns.sum() == pytest.approx(pages * 2.15 * MS, rel=0.05)


def test_a_busy_root_holds_up_pages_from_disk():
    """Other guests' I/O at 80 % of the root's only VP does; threads of its own do not, for work of interrupts comes before them."""
    block = guest("a", 1, always_runnable(1), memory="500 MiB", memory_demand=constant(1000, **WORKING_SET))
    io = {"per_request": 1, "work": exponential(400 * US), "completion": fixed(0)}
    other = guest("b", 1, opened(exponential(500 * US), fixed(US)), io=io)
    waits = []
    for guests, load in (([block], "0 %"), ([block], "80 %"), ([block, other], "0 %")):
        root = {"background_cpu": load, "virtual_processors": 1}
        rows = run(scenario(30 * S, 3, guests, costs=DISK, root=root))["guest"]
        rows = rows[rows.partition == "a"]
        waits.append(rows.paging_ns.sum() / rows.pages_input.sum())
    assert waits[1] == waits[0]
    assert waits[2] > 1.2 * waits[0]


def test_the_root_maps_and_unmaps_memory_by_hypercall():
    """A guest that starts late: its pages, at 2 MiB each; when it stops, the same back, and what was deposited for it."""
    late = guest("late", 1, IDLE, memory="1 GiB", start="1500 ms", stop="2500 ms")
    early = guest("early", 1, IDLE, memory="1 GiB")
    costs = {"preset": "none", "map_gpa": "1 us", "unmap_gpa": "1 us", "rep_element": "200 ns"}
    result = run(scenario(3 * S, 2, [early, late], costs=costs, sample="1 s"))
    of_root = result["root_virtual_processor"].groupby("time_ns").sum(numeric_only=True)
    a_call = (50 - 1) * 1000 // 200  # elements that fit into the 50 us of a stay
    calls = -(-512 // a_call)
    assert of_root.gpa_maps.tolist() == [0, calls, 0]
    assert of_root.gpa_unmaps.tolist() == [0, 0, calls]
    deposited = result["partition"].query("partition == 'late'").deposited_pages.tolist()
    assert deposited[0] == deposited[2] == 0
    assert of_root.rep_elements.tolist() == [0, 512 + deposited[1], 512 + deposited[1]]
    assert of_root.hypervisor_run_ns.sum() == 2 * (calls * 1000 + (512 + deposited[1]) * 200)
    modified = result["partition"].query("partition == 'late'").gpa_space_modifications.tolist()
    assert modified == [0, 512, 512]


def test_balancing_is_done_by_hypercall():
    """What the balancer moves between two guests is unmapped from one and mapped to the other."""
    fall = {
        "kind": "steps",
        "steps": [{"at": "0 s", "committed": "800 MiB"}, {"at": "60 s", "committed": "300 MiB"}],
    }
    taken = {"dynamic_memory": {"surplus": "taken"}}
    guests = [dynamic("a", 1024, fall, minimum="64 MiB")]
    result = run(scenario(90 * S, 2, guests, step="1 s", sample="1 s", host=taken))
    vm = result["dynamic_memory_vm"]
    moved = (vm.added_memory_mib.iloc[-1], vm.removed_memory_mib.iloc[-1])
    assert moved[1] > 300
    assert result["root_virtual_processor"].rep_elements.sum() == pytest.approx(sum(moved) / 2, abs=64)
