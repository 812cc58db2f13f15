"""What the schedulers may do beyond the usual, off by default: longer slices of lock holders, waiting for the last LP, LPs without guests."""

import pytest

from tests.simulation import MS, US, S, always_runnable, closed, fixed, guest, ns, opened, run, scenario


def dispatches(result, *columns):
    """The dispatch trace as lists, in order of time."""
    rows = result["dispatch"].sort_values(["start_ns", "lp"])
    return rows[list(columns)].values.tolist()


# The slice of a lock holder.

SEED_OF_SUCH_BURSTS = 5


def holder_and_hog(extension_ns, **more):
    """On one LP with slices of 6 ms, a guest whose bursts of 7 ms end with 2 ms inside its lock, and one that always works."""
    work = closed(1, 8_000 * S, fixed(7 * MS)) | {
        "lock": {"share": "100 %", "hold": "2 ms", "kind": more.pop("kind", "spin")}
    }
    return scenario(
        40 * MS,
        more.pop("host", 1),
        [guest("a", 1, work), guest("b", 1, always_runnable())],
        scheduling={"slice": "6 ms", "lock_extension": ns(extension_ns)},
        trace=["dispatch"],
        **more,
    )


def test_a_slice_that_ends_inside_the_lock_goes_on_to_its_end():
    """`a` is inside from 5 to 7 ms of each burst. Its first slice ends at 6 and goes on to 7.

    At 13 `b` has had 6 and goes on, at 19 it has had 12 to 7. The next burst of `a` ends at 26, at 14 to 12; then `b`, which at 32
    has 18. The third burst begins at 32.
    """
    found = dispatches(run(holder_and_hog(3 * MS)), "partition", "start_ns", "end_ns")
    assert [[name, start / MS, end / MS] for name, start, end in found] == [
        ["a", 0, 7],
        ["b", 7, 19],
        ["a", 19, 26],
        ["b", 26, 32],
        ["a", 32, 39],
        ["b", 39, 40],
    ]


@pytest.mark.parametrize("kind", ["spin", "ticket"])
def test_the_extension_is_bounded(kind):
    """By 400 us. The lock is given back 600 us into the next slice, at 19 ms; that ends at 24.4, 400 us inside the lock, and again goes on for 400 us."""
    found = dispatches(run(holder_and_hog(400 * US, kind=kind)), "partition", "start_ns", "end_ns")
    assert found[:2] == [["a", 0, 6_400 * US], ["b", 6_400 * US, 18_400 * US]]
    assert found[2] == ["a", 18_400 * US, 24_800 * US]


def test_without_it_and_without_a_spin_lock_slices_end_where_they_do():
    for text in (
        holder_and_hog(0),
        holder_and_hog(3 * MS, kind="park"),
        holder_and_hog(3 * MS, scheduler="root"),
    ):
        found = dispatches(run(text), "partition", "start_ns", "end_ns")
        assert found[:2] == [["a", 0, 6 * MS], ["b", 6 * MS, 12 * MS]]


def test_one_that_the_root_preempts_has_the_rest_of_its_extension_and_no_more():
    """Extended from 6 to 6.8 ms, `a` loses the LP at 6.3 to the root, which works to 6.8 for a guest that is off by then.

    `b`, of ten times its weight, has had 0 then; after eleven slices, at 72.8, it has 6.6 to 6.3. Of the 700 us that `a` has left inside the
    lock it does 500: with 6.8 to 6.6 it gives way.
    """
    text = holder_and_hog(800 * US)
    text["scenario"]["duration"] = "80 ms"
    text["partition"][1]["processor"] = {"weight": 1000}
    packet = opened(fixed(6_300 * US), fixed(US))
    network = {"network": True, "work": fixed(500 * US)}
    text["partition"].append(guest("c", 1, packet, stop="6400 us", io=network))
    found = dispatches(run(text), "partition", "start_ns", "end_ns")
    assert [[name, start / MS, end / MS] for name, start, end in found] == [
        ["a", 0, 6.3],
        ["Root", 6.3, 6.8],
        ["b", 6.8, 72.8],
        ["a", 72.8, 73.3],
        ["b", 73.3, 79.3],
        ["a", 79.3, 80],
    ]


def test_under_core_the_virtual_core_is_extended_and_leaves_as_a_whole():
    """Two threads, of which one holds the lock at the end of the slice; the other guest comes to both LPs when it lets go."""
    work = closed(2, 8_000 * S, fixed(7 * MS)) | {"lock": {"share": "100 %", "hold": "2 ms", "kind": "spin"}}
    text = scenario(
        9 * MS,
        {"sockets": 1, "cores_per_socket": 1, "threads_per_core": 2, "smt_yield": 2.0},
        [guest("a", 2, work), guest("b", 2, always_runnable(2))],
        scheduler="core",
        scheduling={"slice": "6 ms", "lock_extension": "3 ms"},
        trace=["dispatch"],
    )
    found = dispatches(run(text), "partition", "lp", "start_ns", "end_ns")
    assert found == [
        ["a", 0, 0, 7 * MS],
        ["a", 1, 0, 7 * MS],
        ["b", 0, 7 * MS, 9 * MS],
        ["b", 1, 7 * MS, 9 * MS],
    ]


def test_under_core_the_end_of_the_other_threads_burst_does_not_end_it():
    """One thread draws a burst of 7 ms that ends with 2 ms inside the lock, the other one of 6.5 ms without. The slice of 6 ms goes on to 7."""
    compute = {"distribution": "empirical", "values": ["7 ms", "6500 us"]}
    work = closed(2, 8_000 * S, compute) | {"lock": {"share": "50 %", "hold": "2 ms", "kind": "spin"}}
    text = scenario(
        8 * MS,
        {"sockets": 1, "cores_per_socket": 1, "threads_per_core": 2, "smt_yield": 2.0},
        [guest("a", 2, work), guest("b", 2, always_runnable(2))],
        scheduler="core",
        scheduling={"slice": "6 ms", "lock_extension": "3 ms"},
        trace=["dispatch"],
        seed=SEED_OF_SUCH_BURSTS,
    )
    result = run(text)
    job = result["job"].query("partition == 'a'")
    assert (job.bursts.item(), job.lock_entries.item()) == (2, 1)
    assert dispatches(result, "partition", "lp", "start_ns", "end_ns") == [
        ["a", 0, 0, 7 * MS],
        ["a", 1, 0, 7 * MS],
        ["b", 0, 7 * MS, 8 * MS],
        ["b", 1, 7 * MS, 8 * MS],
    ]


# Waiting for the last LP.

CORES = {"sockets": 1, "cores_per_socket": 2, "threads_per_core": 2, "smt_yield": 2.0}


def sleeper_and_hog(recent_ns, host=2, scheduler="classic"):
    """A VP works from 20 to 21 ms on one of two LPs, or cores, and wakes again at 40.

    While the other one is busy, at 22, a hog comes; so that has its LP, with slices to 32, 42 and so on, and the other is idle from 23 on.
    """
    one_of_each = 1 if host == 2 else 2
    last = [1] if host == 2 else [2, 3]
    blocker = opened(fixed(21 * MS), fixed(2 * MS))
    guests = [
        guest("web", 1, opened(fixed(20 * MS), fixed(MS))),
        guest("blocker", 1, blocker, processor={"affinity": last}, stop="30 ms"),
        guest("hog", one_of_each, always_runnable(one_of_each), start="22 ms"),
    ]
    return scenario(
        50 * MS,
        host,
        guests,
        scheduler=scheduler,
        scheduling={"recent": ns(recent_ns)},
        trace=["dispatch"],
    )


@pytest.mark.parametrize("scheduler", ["classic", "core"])
def test_a_vp_that_ran_recently_waits_for_its_last_lp_to_the_end_of_the_slice_there(scheduler):
    """At 40 ms it last ran 19 ms ago. It waits to 42, when the hog, whose slice is over, goes to the idle LP."""
    waits = dispatches(
        run(sleeper_and_hog(20 * MS, scheduler=scheduler)), "partition", "lp", "start_ns", "end_ns"
    )
    assert waits == [
        ["web", 0, 20 * MS, 21 * MS],
        ["blocker", 1, 21 * MS, 23 * MS],
        ["hog", 0, 22 * MS, 42 * MS],
        ["web", 0, 42 * MS, 43 * MS],
        ["hog", 1, 42 * MS, 50 * MS],
    ]


@pytest.mark.parametrize("recent_ms", [0, 19])
@pytest.mark.parametrize("scheduler", ["classic", "core", "root"])
def test_one_that_ran_long_ago_takes_the_idle_lp(scheduler, recent_ms):
    found = dispatches(
        run(sleeper_and_hog(recent_ms * MS, scheduler=scheduler)), "partition", "lp", "start_ns", "end_ns"
    )
    assert found[2:] == [["hog", 0, 22 * MS, 50 * MS], ["web", 1, 40 * MS, 41 * MS]]


def test_under_core_it_waits_for_its_core():
    """Its last core has both threads of the hog, which leave together."""
    found = dispatches(run(sleeper_and_hog(20 * MS, CORES, "core")), "partition", "lp", "start_ns", "end_ns")
    web = [row for row in found if row[0] == "web"]
    assert [row[2] for row in web] == [20 * MS, 42 * MS]
    assert web[0][1] // 2 == web[1][1] // 2
    assert sorted(row[1:] for row in found if row[0] == "hog" and row[3] == 50 * MS) == [
        [2, 42 * MS, 50 * MS],
        [3, 42 * MS, 50 * MS],
    ]


def test_one_whose_last_lp_is_kept_from_guests_takes_the_idle_one():
    """It waits from 40 ms on for its last LP. Three interrupts there in 41 ms are more than 50 a second: so that is kept from guests at 41."""
    text = sleeper_and_hog(20 * MS)
    network = {"network": True, "work": fixed(50 * US)}
    packets = opened(fixed(6 * MS), fixed(100 * US))
    text["partition"].append(guest("io", 1, packets, stop="19 ms", io=network, processor={"affinity": [1]}))
    text["host"]["scheduling"] |= {"interrupt_threshold": "50 /s", "interrupt_window": "41 ms"}
    text["root"]["virtual_processors"] = 1
    found = dispatches(run(text), "partition", "lp", "start_ns", "end_ns")
    assert [row for row in found if row[0] in ("web", "blocker", "hog")] == [
        ["web", 0, 20 * MS, 21 * MS],
        ["blocker", 1, 21 * MS, 23 * MS],
        ["hog", 0, 22 * MS, 42 * MS],
        ["web", 1, 41 * MS, 42 * MS],
        ["hog", 1, 42 * MS, 50 * MS],
    ]


def test_one_that_lacks_some_of_its_reserve_waits_for_no_lp():
    text = sleeper_and_hog(20 * MS)
    text["partition"][0]["processor"] = {"reserve": "10 %"}
    text["host"]["scheduling"]["reserve"] = "period-budget"
    found = dispatches(run(text), "partition", "lp", "start_ns", "end_ns")
    assert ["web", 1, 40 * MS, 41 * MS] in found


# LPs without guests.


def storm_and_hogs(threshold, host=2, hogs=1, **more):
    """The one root VP, on LP 0, takes an interrupt each 5 ms to 40 ms, of packets for a guest elsewhere; beside it guests that always work."""
    last = 1 if host == 2 else 3
    network = {"network": True, "work": fixed(50 * US)}
    packets = guest(
        "io",
        1,
        opened(fixed(5 * MS), fixed(100 * US)),
        stop="40 ms",
        io=network,
        processor={"affinity": [last]},
    )
    guests = [guest(f"hog{i}", 1, always_runnable()) for i in range(hogs)]
    return scenario(
        100 * MS,
        host,
        [packets, *guests],
        scheduling={"interrupt_threshold": f"{threshold} /s", "interrupt_window": "10 ms"},
        root={"virtual_processors": 1},
        trace=["dispatch"],
        **more,
    )


def begun_on(result, lps):
    """When guests' dispatches on these LPs began (ms)."""
    rows = result["dispatch"]
    return (rows[rows.lp.isin(lps) & (rows.partition != "Root")].start_ns / MS).tolist()


@pytest.mark.parametrize("scheduler", ["classic", "core"])
def test_an_lp_whose_root_vp_takes_many_interrupts_is_given_no_guest(scheduler):
    """Two interrupts in each window of 10 ms are more than 150 a second, until the one that ends at 40 ms has one."""
    result = run(storm_and_hogs(150, hogs=2, scheduler=scheduler))
    begun = begun_on(result, [0])
    assert min(begun) < 10
    assert [time for time in begun if 10 < time < 40] == []
    assert max(begun) >= 40
    others = result["dispatch"].query("lp == 1 and start_ns > 10e6 and start_ns < 40e6")
    assert {"hog0", "hog1", "io"} == set(others.partition)


@pytest.mark.parametrize("threshold", [0, 200, 10_000])
def test_one_whose_root_vp_takes_no_more_is(threshold):
    usual = run(storm_and_hogs(0, hogs=2))
    assert run(storm_and_hogs(threshold, hogs=2)).same_as(usual)
    assert [time for time in begun_on(usual, [0]) if 12 < time < 40] != []


def test_under_core_it_goes_for_the_core():
    result = run(storm_and_hogs(150, CORES, hogs=2, scheduler="core"))
    assert [time for time in begun_on(result, [0, 1]) if 10 < time < 40] == []
    assert [time for time in begun_on(result, [0, 1]) if time >= 40] != []


def test_under_core_a_vp_does_not_join_its_fellow_there():
    """One thread of a virtual core runs from 11 ms on the core that is kept from guests from 20 ms on, in a slice of 50 ms; the other wakes at 22."""
    packets = guest(
        "io",
        1,
        opened(fixed(2 * MS), fixed(50 * US)),
        stop="10900 us",
        io={"network": True, "work": fixed(50 * US)},
        processor={"affinity": [3]},
    )
    text = scenario(
        40 * MS,
        CORES,
        [packets, guest("a", 2, opened(fixed(11 * MS), fixed(60 * MS)))],
        scheduler="core",
        scheduling={"interrupt_threshold": "150 /s", "interrupt_window": "20 ms", "slice": "50 ms"},
        root={"virtual_processors": 1},
        trace=["dispatch"],
    )
    found = [row for row in dispatches(run(text), "partition", "lp", "start_ns") if row[0] == "a"]
    assert [(lp // 2, start) for _, lp, start in found] == [(0, 11 * MS), (1, 22 * MS)]


def test_an_lp_that_a_guest_cannot_do_without_is_kept_for_it():
    text = storm_and_hogs(150, hogs=2)
    text["partition"][1]["processor"] = {"affinity": [0]}
    usual = storm_and_hogs(0, hogs=2)
    usual["partition"][1]["processor"] = {"affinity": [0]}
    assert run(text).same_as(run(usual))


def test_those_that_wait_there_are_taken_by_others():
    """Nine VPs with work for less than two LPs each wait where they ran last; six that always work have equal shares of what is left of two."""
    text = storm_and_hogs(150, 3, hogs=6)
    text["partition"][0]["processor"] = {"affinity": [2]}
    del text["partition"][0]["stop"]
    text["scenario"]["duration"] = "3 s"
    sleepers = [guest(f"s{i}", 1, opened(fixed((30 + i) * MS), fixed(MS))) for i in range(3)]
    text["partition"] += sleepers
    result = run(text)
    assert [time for time in begun_on(result, [0]) if time > 10] == []
    hogs = [result.of(f"hog{i}").guest_run_ns / S for i in range(6)]
    assert min(hogs) == pytest.approx(max(hogs), abs=0.17)
    assert sum(hogs) > 5.5
    requests = result["request"].set_index("partition")
    assert all(requests.in_system[f"s{i}"].max() <= 6 for i in range(3))
    assert all(requests.completions[f"s{i}"].sum() > 80 for i in range(3))
