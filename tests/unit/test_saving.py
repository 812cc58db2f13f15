"""Guests that are saved and restored, by examples worked by hand: when they stand still, when their memory is free, and what they keep."""

import pytest

from tests.simulation import (
    IDLE,
    MS,
    S,
    always_runnable,
    closed,
    constant,
    dynamic,
    fixed,
    guest,
    mib,
    ns,
    opened,
    run,
    scenario,
)


def act(at_s, action, partition):
    return {"at": ns(at_s * S), "action": action, "partition": partition}


def host(guests, *events, duration_s=20, memory_mib=4096, step="1 s", lps=2, **more):
    """A host that saves 256 MiB/s."""
    keys = {"memory": mib(memory_mib), "root_reserve": mib(256), "save_bandwidth": "256 MiB/s", **more}
    text = scenario(
        duration_s * S, lps, guests, host=keys, sample="1 s", step=step, trace=["memory_operation"]
    )
    return text | {"event": list(events)}


def seconds(result, name, column="guest_run_ns"):
    """Time (ms) of each second, over the VPs of a guest."""
    vps = result["virtual_processor"]
    return (vps[vps.partition == name].groupby("time_ns")[column].sum() / MS).tolist()


def held(result, name):
    vm = result["dynamic_memory_vm"]
    vm = vm[vm.partition == name]
    return dict(zip(vm.time_ns // S, vm.physical_memory_mib, strict=True))


def operations(result, name):
    """What was done, by second, with amounts in MiB: none of the first start."""
    rows = result["memory_operation"]
    rows = rows[(rows.partition == name) & (rows.time_ns > 0)]
    return [(r.time_ns / S, r.operation, r.reason, int(r.given_mib)) for r in rows.itertuples()]


SAVED = [act(5, "save", "a"), act(12, "start", "a")]


def test_a_saved_guest_has_no_partition_and_no_vps():
    """Written by 9 s, asked for at 12 s: until it is on disk, and while it is read back, it has them. The root has 2 VPs."""
    result = run(host([guest("a", 1, always_runnable(), memory="1 GiB")], *SAVED))
    counts = result["hypervisor"].set_index("time_ns")
    seen = {
        at: tuple(counts.loc[at * S, ["partitions", "virtual_processors", "health_ok"]])
        for at in (8, 10, 11, 13, 17)
    }
    there, saved = (2, 3, 1), (1, 2, 0)
    assert seen == {8: there, 10: saved, 11: saved, 13: there, 17: there}


def test_a_guest_stands_still_from_its_save_until_its_memory_is_read_back():
    """1 GiB at 256 MiB/s: written by 9 s, and, asked for at 12 s, read by 16 s."""
    result = run(host([guest("a", 1, always_runnable(), memory="1 GiB")], *SAVED))
    assert seconds(result, "a") == 5 * [1000] + 11 * [0] + 4 * [1000]
    assert seconds(result, "a", "suspended_ns") == 5 * [0] + 11 * [1000] + 4 * [0]
    assert operations(result, "a") == [(9, "remove", "save", 1024), (12, "add", "restore", 1024)]
    there = [*range(1, 9), *range(12, 21)]
    assert held(result, "a") == dict.fromkeys(there, 1024)
    assert (result["vid_partition"].query("partition == 'a'").time_ns // S).tolist() == there
    assert result["event"][["action", "result"]].to_numpy().tolist() == [["save", "done"], ["start", "done"]]


def test_work_goes_on_where_it_was():
    """Of a burst of 7 s five are done; the other two follow when it is back, at 16 s."""
    result = run(host([guest("a", 1, closed(1, 7 * S, fixed(7 * S)), memory="1 GiB")], *SAVED))
    job = result["job"].iloc[0]
    assert job.finished_ns == 18 * S
    assert job.work_ns == 7 * S


def test_requests_wait_for_it_and_none_is_lost():
    """One each 100 ms, of 10 ms: those of 11 s wait, and are worked off from 16 s on."""
    workload = opened(fixed(100 * MS), fixed(10 * MS))
    result = run(host([guest("a", 1, workload, memory="1 GiB")], *SAVED))
    rows = result["request"]
    assert rows.arrivals.sum() == rows.completions.sum() + rows.in_system.iloc[-1]
    assert rows.failed.sum() == 0
    assert rows.completions.tolist()[5:17] == [0] * 11 + [pytest.approx(100, abs=2)]


def test_a_start_before_all_is_saved_waits_for_that():
    """Asked for at 6 s, read from 9 s on, back at 13 s."""
    events = [act(5, "save", "a"), act(6, "start", "a")]
    result = run(host([guest("a", 1, always_runnable(), memory="1 GiB")], *events))
    assert seconds(result, "a") == 5 * [1000] + 8 * [0] + 7 * [1000]


def test_its_memory_is_free_for_another_and_it_waits_for_its_own():
    """Of 2.5 GiB and 256 MiB for the root b has 2 from 10 s to 20 s; the start of 12 s is refused, and tried again at 42 s."""
    guests = [
        guest("a", 1, always_runnable(), memory="1 GiB"),
        guest("b", 1, IDLE, memory="2 GiB", start="10 s", stop="20 s"),
    ]
    result = run(host(guests, *SAVED, memory_mib=2560, duration_s=50))
    assert seconds(result, "a") == 5 * [1000] + 41 * [0] + 4 * [1000]
    assert operations(result, "a") == [
        (9, "remove", "save", 1024),
        (12, "add", "no memory", 0),
        (42, "add", "restore", 1024),
    ]
    short = run(host(guests, *SAVED, memory_mib=2560))
    assert short["event"].result.tolist() == ["done", "not started"]


def test_what_was_saved_is_discarded_by_a_stop_and_the_next_start_is_a_new_life():
    workload = opened(fixed(100 * MS), fixed(250 * MS))
    events = [act(5, "save", "a"), act(11, "stop", "a"), act(13, "start", "a")]
    result = run(host([guest("a", 1, workload, memory="1 GiB")], *events))
    rows = result["request"].set_index("time_ns")
    assert rows.in_system.get(11 * S, 0) == 0
    assert rows.failed.sum() == 109 - rows.completions.loc[: 11 * S].sum()
    assert operations(result, "a")[-1] == (13, "add", "start", 1024)
    assert result["event"].result.tolist() == 3 * ["done"]


def test_a_paused_guest_is_saved_and_goes_on_when_it_is_back():
    events = [act(3, "pause", "a"), *SAVED]
    result = run(host([guest("a", 1, always_runnable(), memory="1 GiB")], *events))
    assert seconds(result, "a") == 3 * [1000] + 13 * [0] + 4 * [1000]


def test_its_reserve_is_free_while_it_is_saved():
    """60 % of two LPs each fit once; b starts while a is saved, and a is back when b is off."""
    reserve = {"reserve": "60 %"}
    guests = [
        guest("a", 2, always_runnable(2), memory="1 GiB", processor=reserve),
        guest("b", 2, IDLE, memory="1 GiB", processor=reserve, start="10 s", stop="20 s"),
    ]
    result = run(host(guests, *SAVED, duration_s=50))
    assert operations(result, "b")[0] == (10, "add", "start", 1024)
    assert operations(result, "a")[1:] == [(12, "add", "no reserve", 0), (42, "add", "restore", 1024)]


def test_a_guest_with_dynamic_memory_gets_back_what_it_held():
    """It wants 1,200 MiB from its first report at 45 s on; what it has by 60 s it has again."""
    guests = [dynamic("a", 512, constant(1000), maximum="2 GiB"), dynamic("b", 512, constant(600))]
    events = [act(60, "save", "a"), act(80, "start", "a")]
    result = run(host(guests, *events, duration_s=100))
    sizes = held(result, "a")
    assert sizes[60] == sizes[59] > 1000
    assert not {*range(65, 80)} & {*sizes}
    assert sizes[81] == sizes[60]
    available = result["dynamic_memory_balancer"].set_index("time_ns").available_memory_mib
    total = [available[at * S] + sizes.get(at, 0) + held(result, "b")[at] for at in (58, 75, 95)]
    assert len(set(total)) == 1


def test_a_guest_that_is_being_read_back_cannot_be_resumed_before():
    events = [*SAVED, act(13, "pause", "a"), act(14, "resume", "a")]
    result = run(host([guest("a", 1, always_runnable(), memory="1 GiB")], *events))
    assert result["event"].result.tolist() == ["done", "done", "not running", "not running"]
    assert seconds(result, "a") == 5 * [1000] + 11 * [0] + 4 * [1000]
    assert [each for each in result.outcome.warnings if "at 1" in each] == [
        "a: pause at 13 s: not running",
        "a: resume at 14 s: not running",
    ]


def test_a_guest_that_stands_still_begins_no_ios():
    """A queue of 8 and a disk of 1 ms: at 4 s eight are under way, which end, and the others wait until 10 s."""
    workload = opened(fixed(500_000), fixed(10_000))
    path = {"per_request": 1, "queue_depth": 8, "device": fixed(MS), "servers": 1, "work": fixed(1000)}
    block = guest("a", 1, workload, memory="1 GiB", io=path)
    result = run(host([block], act(4, "pause", "a"), act(10, "resume", "a"), duration_s=12))
    submitted = result["request"].io_submitted.tolist()
    assert submitted[4:10] == [*5 * [0], 8]  # the last at the instant of its resumption
    assert submitted[3] > 900
    assert submitted[10] > 900


def test_a_guest_that_had_not_reported_does_so_when_it_would_have():
    """It reports 45 s after its start for the first time, saved in between or not, and is given more at the balancing after that."""
    events = [act(20, "save", "a"), act(25, "start", "a"), act(26, "pause", "a"), act(26.5, "resume", "a")]
    text = host([dynamic("a", 512, constant(1000), maximum="2 GiB")], *events, duration_s=60)
    moved = [time for time, _, reason, _ in operations(run(text), "a") if reason == "demand"]
    assert moved[0] == 46


@pytest.mark.parametrize("page", ["4 KiB", "2 MiB"])
def test_no_step_changes_a_table(page):
    guests = [
        guest("a", 2, always_runnable(2), memory="300 MiB", memory_demand=constant(200)),
        dynamic("d", 128, constant(300), opened(fixed(50 * MS), fixed(20 * MS)), maximum="1 GiB"),
    ]
    events = [act(2.3, "save", "a"), act(5.7, "start", "a"), act(50.1, "save", "d"), act(51.2, "start", "d")]
    one, other = (
        run(host(guests, *events, step=step, page=page, duration_s=60)) for step in ("1 s", "70 ms")
    )
    for table, rows in one.tables.items():
        assert rows.equals(other[table]), table
