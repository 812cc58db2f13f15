"""Live migrations, by examples worked by hand: passes, blackout, what may begin, and what becomes of it."""

import pytest

from tests.host_clusters import closed_form, cluster, migrate, of_host
from tests.simulation import IDLE, MS, S, always_runnable, closed, exponential, fixed, guest, opened, run

GIB, MIB = 2**30, 2**20
RATE = GIB


def runner(name, memory="1 GiB", rate=0.0, **more):
    """A guest whose one VP always runs, and writes at so many times the rate of the network."""
    workload = always_runnable() | {"dirty_rate": f"{round(rate * RATE)} B/s"}
    return guest(name, 1, workload, memory=memory, host="a", **more)


def moved(result):
    return result["migration"].to_dict("records")


@pytest.mark.parametrize("passes", [1, 5, 10])
@pytest.mark.parametrize("ratio", [0.05, 0.25, 0.5, 0.8, 1.2])
def test_passes_and_blackout_are_those_of_the_closed_form(ratio, passes):
    """Memory V at rate R, written at D = r R: copy V / R (1 - r^n) / (1 - r), blackout r^n V / R; V again in each pass for r >= 1."""
    text = cluster(15 * S, [runner("g", rate=ratio)], [migrate(S, "g", "b")], migration={"passes": passes})
    row = moved(run(text))[0]
    brownout, blackout, sizes = closed_form(GIB, RATE, round(ratio * RATE), passes)
    assert row["outcome"] == "done"
    assert (row["brownout_ns"], row["blackout_ns"]) == (brownout, blackout)
    assert row["bytes_sent"] == sum(sizes)
    assert row["dirty_pages"] == -(-sizes[-1] // 4096)
    assert row["time_ns"] == S + brownout + blackout
    if ratio < 1:
        total = (1 - ratio**passes) / (1 - ratio)
        assert row["brownout_ns"] / S == pytest.approx(total, rel=1e-6)
        assert row["blackout_ns"] / S == pytest.approx(ratio**passes, abs=1e-6)
        assert row["passes"] == len(sizes) - 1
    else:
        assert (row["brownout_ns"], row["blackout_ns"]) == (passes * S, S)


def test_the_published_example_of_8_gib_at_half_the_rate():
    text = cluster(
        20 * S,
        [guest("g", 1, always_runnable() | {"dirty_rate": "617401549 B/s"}, memory="8 GiB", host="a")],
        [migrate(S, "g", "b")],
        migration={"bandwidth": "1234803098 B/s"},
    )
    row = moved(run(text))[0]
    assert row["brownout_ns"] / S == pytest.approx(13.4783, abs=1e-4)
    assert row["blackout_ns"] / S == pytest.approx(0.2174, abs=1e-4)


def test_a_guest_that_runs_half_the_time_writes_half_as_much():
    """Two guests on one LP: each gets half of it, and its second pass sends a quarter of what it would at r = 0.5 alone."""
    pair = [runner("g", rate=0.5), runner("other")]
    text = cluster(5 * S, pair, [migrate(S, "g", "b")], lps=1, migration={"passes": 2})
    row = moved(run(text))[0]
    assert row["brownout_ns"] / S == pytest.approx(1.25, abs=0.01)
    assert row["blackout_ns"] / S == pytest.approx(0.0625, abs=0.01)


def test_a_guest_at_rest_is_sent_once_and_stands_still_as_long_as_the_blackout():
    text = cluster(
        5 * S,
        [guest("g", 1, IDLE | {"dirty_rate": "1 GiB/s"}, memory="1 GiB", host="a")],
        [migrate(S, "g", "b")],
        migration={"blackout": "70 ms"},
    )
    row = moved(run(text))[0]
    assert (row["passes"], row["brownout_ns"], row["blackout_ns"], row["dirty_pages"]) == (1, S, 70 * MS, 0)


def test_a_paused_guest_writes_nothing_and_stays_paused():
    pause = {"at": "500 ms", "action": "pause", "partition": "g"}
    result = run(cluster(4 * S, [runner("g", rate=0.5)], [pause, migrate(S, "g", "b")], sample="1 s"))
    row = moved(result)[0]
    assert (row["passes"], row["brownout_ns"], row["blackout_ns"]) == (1, S, 0)
    vp = result["virtual_processor"]
    assert vp[vp.partition == "g"].guest_run_ns.tolist() == [500 * MS, 0, 0, 0]


def test_a_guest_paused_in_its_blackout_stays_paused_and_one_resumed_then_goes_on():
    guests = [runner("p"), runner("q")]
    events = [
        migrate(S, "p", "b"),
        {"at": "2200 ms", "action": "pause", "partition": "p"},
        {"at": "500 ms", "action": "pause", "partition": "q"},
        migrate(4 * S, "q", "b"),
        {"at": "5200 ms", "action": "resume", "partition": "q"},
    ]
    result = run(cluster(8 * S, guests, events, sample="1 s", migration={"blackout": "500 ms"}))
    vp = result["virtual_processor"]
    ran = {name: (vp[vp.partition == name].guest_run_ns / MS).tolist() for name in "pq"}
    assert ran["p"] == [1000, 1000, 0, 0, 0, 0, 0, 0]
    assert ran["q"] == [500, 0, 0, 0, 0, 500, 1000, 1000]
    assert (result["event"].result == "done").all()


def test_the_guest_goes_on_where_it_was_on_the_lps_of_the_target():
    """3 s of work: 1 s, 1 s while it is sent, 0.5 s of blackout, and the rest."""
    block = guest("g", 1, closed(1, 3 * S, fixed(7 * MS)), memory="1 GiB", host="a")
    result = run(
        cluster(9 * S, [block], [migrate(S, "g", "b")], sample="500 ms", migration={"blackout": "500 ms"})
    )
    assert result["job"].elapsed_ns.tolist() == [3500 * MS]
    lp = result["logical_processor"]
    ran = {host: (lp[lp.host == host].groupby("time_ns").guest_run_ns.sum() / MS).tolist() for host in "ab"}
    assert ran["a"] == [500, 500, 500, 500, 0, 0, 0]
    assert ran["b"] == [0, 0, 0, 0, 0, 500, 500]
    vp = result["virtual_processor"]
    assert (vp[vp.partition == "g"].suspended_ns / MS).tolist() == [0, 0, 0, 0, 500, 0, 0]


def test_two_share_a_link_and_the_third_waits_its_turn():
    """1 GiB each at 1 GiB/s: two in 2 s together, then the third alone in 1 s."""
    guests = [runner(name) for name in ("x", "y", "z")]
    rows = moved(run(cluster(6 * S, guests, [migrate(S, name, "b") for name in ("x", "y", "z")], lps=4)))
    assert [(row["partition"], row["started_ns"], row["time_ns"]) for row in rows] == [
        ("x", S, 3 * S),
        ("y", S, 3 * S),
        ("z", 3 * S, 4 * S),
    ]


def test_what_one_link_leaves_another_migration_takes():
    """a sends x and y to b, whose link takes 0.25 GiB/s; z to c gets what is left of the link of a: 0.75 GiB/s with one, 0.5 with three."""
    own = {
        "b": {
            "live_migration": {
                "option": "tcp",
                "bandwidth": "256 MiB/s",
                "blackout": "0 s",
                "transfer_cost": "0 s",
            }
        }
    }
    rows = moved(
        run(
            cluster(
                9 * S,
                [runner("x"), runner("z")],
                [migrate(S, "x", "b"), migrate(S, "z", "c")],
                hosts=("a", "b", "c"),
                own=own,
                lps=4,
            )
        )
    )
    ends = {row["partition"]: row["time_ns"] for row in rows}
    assert ends["x"] == 5 * S
    assert ends["z"] == pytest.approx(S + S / 0.75, abs=2)


def test_a_migration_is_refused_where_memory_or_reserve_does_not_fit_and_nothing_is_changed():
    small = {"b": {"memory": "1 GiB", "root_reserve": "512 MiB"}}
    result = run(cluster(3 * S, [runner("g")], [migrate(S, "g", "b")], own=small, sample="1 s"))
    assert [(row["outcome"], row["time_ns"], row["passes"]) for row in moved(result)] == [("no memory", S, 0)]
    assert result["event"].result.tolist() == ["refused"]
    assert result.outcome.warnings
    full = [
        guest("g", 1, always_runnable(), memory="64 MiB", host="a", processor={"reserve": "60 %"}),
        guest("h", 1, always_runnable(), memory="64 MiB", host="b", processor={"reserve": "60 %"}),
    ]
    rows = moved(run(cluster(3 * S, full, [migrate(S, "g", "b")], lps=1)))
    assert [row["outcome"] for row in rows] == ["no reserve"]


def test_a_guest_that_is_stopped_is_migrated_no_further_and_the_next_begins():
    guests = [runner("x"), runner("y")]
    stop = {"at": "1500 ms", "action": "stop", "partition": "x"}
    events = [migrate(S, "x", "b"), migrate(S, "y", "b"), stop]
    result = run(cluster(5 * S, guests, events, migration={"simultaneous": 1}))
    assert [
        (row["partition"], row["outcome"], row["time_ns"], row["started_ns"]) for row in moved(result)
    ] == [
        ("x", "cancelled", 1500 * MS, S),
        ("y", "done", 2500 * MS, 1500 * MS),
    ]


def test_a_drained_host_is_left_by_all_and_taken_by_none_until_it_is_undrained():
    guests = [runner(f"g{n}", "256 MiB") for n in range(4)]
    events = [
        of_host(S, "drain", "a"),
        migrate(4 * S, "g0", "a"),
        of_host(5 * S, "undrain", "a"),
        migrate(6 * S, "g0", "a"),
    ]
    rows = moved(run(cluster(8 * S, guests, events, lps=4)))
    assert [(row["partition"], row["outcome"], row["target"]) for row in rows] == [
        *((f"g{n}", "done", "b") for n in range(4)),
        ("g0", "target not up", "a"),
        ("g0", "done", "a"),
    ]
    assert rows[3]["time_ns"] == 2 * S  # 1 GiB in all, two at a time


def test_drained_guests_go_where_most_memory_is_free():
    own = {"b": {"memory": "8 GiB"}, "c": {"memory": "9 GiB"}}
    guests = [runner(f"g{n}", "1 GiB") for n in range(3)]
    rows = moved(
        run(cluster(9 * S, guests, [of_host(S, "drain", "a")], hosts=("a", "b", "c"), own=own, lps=4))
    )
    assert sorted((row["partition"], row["target"]) for row in rows) == [
        ("g0", "c"),
        ("g1", "b"),
        ("g2", "c"),
    ]


def test_requests_that_come_in_the_blackout_are_answered_after_it():
    block = guest(
        "g", 1, opened(exponential(5 * MS), fixed(MS)), memory="1 GiB", host="a", io={"per_request": 1}
    )
    result = run(
        cluster(4 * S, [block], [migrate(S, "g", "b")], sample="1 s", migration={"blackout": "300 ms"})
    )
    rows = result["request"]
    assert rows.failed.sum() == rows.dropped.sum() == 0
    assert rows.arrivals.sum() == rows.completions.sum() + rows.in_system.iloc[-1]
    assert rows.response_p99_ns.iloc[2] > 250 * MS > rows.response_p99_ns.iloc[1]


def test_both_roots_work_for_what_is_sent():
    """1 GiB by TCP at 2 ms a MiB: 2.048 s of each root, and none for SMB Direct."""
    text = {"transfer_cost": "2 ms"}
    result = run(cluster(9 * S, [runner("g")], [migrate(S, "g", "b")], lps=4, migration=text))
    root = result["root_virtual_processor"]
    assert root.groupby("host").guest_run_ns.sum().tolist() == [2048 * MS, 2048 * MS]
    quiet = run(
        cluster(9 * S, [runner("g")], [migrate(S, "g", "b")], lps=4, migration=text | {"option": "smb"})
    )
    assert quiet["root_virtual_processor"].guest_run_ns.sum() == 0


def test_compression_halves_the_time_where_lps_are_idle_and_does_nothing_where_none_is():
    text = {"option": "compression", "compression_cost": "1 ms", "decompression_cost": "0 s"}
    idle = moved(run(cluster(5 * S, [runner("g")], [migrate(S, "g", "b")], lps=8, migration=text)))[0]
    assert (idle["brownout_ns"], idle["bytes_crossed"]) == (S // 2, GIB // 2)
    busy = moved(run(cluster(5 * S, [runner("g")], [migrate(S, "g", "b")], lps=1, migration=text)))[0]
    assert (busy["brownout_ns"], busy["bytes_crossed"]) == (S, GIB)


def test_compression_takes_no_lp_that_a_guest_wants():
    """Two LPs, one busy: what the other does not manage at 4 ms a MiB goes as it is, and the guest runs but for its blackout."""
    text = {
        "option": "compression",
        "compression_cost": "4 ms",
        "decompression_cost": "0 s",
        "transfer_cost": "0 s",
    }
    result = run(cluster(3 * S, [runner("g")], [migrate(S, "g", "b")], lps=2, migration=text))
    row = moved(result)[0]
    packed = 2 * (GIB - row["bytes_crossed"])
    assert 0.15 * GIB < packed < 0.3 * GIB
    assert row["brownout_ns"] == pytest.approx((GIB - packed / 2) / GIB * S, rel=1e-6)
    assert result.of("g").guest_run_ns == 3 * S - row["blackout_ns"]
    assert result.of("g").migrations <= 1  # from LP to LP: the work goes to the idle one
    root = result["root_virtual_processor"].groupby("host").guest_run_ns.sum()
    assert root["a"] == pytest.approx(packed / 2**20 * 4 * MS, rel=1e-6)


def test_a_reserve_that_leaves_is_free_for_others():
    """Of one LP each: g takes its 60 % along, so that h may start with as much where it was, and k may not where it is now."""
    reserve = {"processor": {"reserve": "60 %"}}
    blocks = [
        guest("g", 1, always_runnable(), memory="64 MiB", host="a", **reserve),
        guest("h", 1, always_runnable(), memory="64 MiB", host="a", start="2 s", **reserve),
        guest("k", 1, always_runnable(), memory="64 MiB", host="b", start="2 s", **reserve),
    ]
    outcome = run(cluster(3 * S, blocks, [migrate(S, "g", "b")], lps=1)).outcome
    assert outcome.not_started == ("k",)


def test_of_hosts_alike_a_drained_guest_goes_to_the_first_of_the_file():
    result = run(cluster(3 * S, [runner("g")], [of_host(S, "drain", "a")], hosts=("a", "b", "c")))
    assert [row["target"] for row in moved(result)] == ["b"]


def test_a_guest_finds_no_cache_warm_where_it_arrives():
    """8 MiB at 1 ms a MiB: 8 ms of refill at the start, and as much again on the other host."""
    workload = always_runnable() | {"working_set": "8 MiB"}
    block = guest("g", 1, workload, memory="64 MiB", host="a")

    def refill(*events):
        costs = {"preset": "none", "cache_refill": "1 ms"}
        return run(cluster(3 * S, [block], events, costs=costs)).of("g").lost_cache_refill_ns

    assert (refill(), refill(migrate(S, "g", "b"))) == (8 * MS, 16 * MS)


def test_a_run_that_ends_first_says_so():
    result = run(cluster(S + 500 * MS, [runner("g")], [migrate(S, "g", "b")]))
    row = moved(result)[0]
    assert (row["outcome"], row["bytes_sent"]) == ("unfinished", GIB // 2)
    assert result["event"].result.tolist() == ["migrating"]


def test_what_an_intercept_costs_a_guest_is_what_it_costs_where_it_is():
    """1,000 emulated CPUIDs a second at 2 us on a, at 5 us on b."""
    block = guest(
        "g",
        1,
        always_runnable(),
        memory="64 MiB",
        host="a",
        intercepts={"preset": "none", "cpuid": "1000 /s"},
    )
    own = {
        name: {"costs": {"preset": "none", "cpuid": cost}} for name, cost in (("a", "2 us"), ("b", "5 us"))
    }
    result = run(cluster(4 * S, [block], [migrate(S, "g", "b")], own=own, sample="500 ms"))
    vp = result["virtual_processor"]
    assert vp.cpuid_instructions_cost_ns.tolist() == [2000, 2000, *[5000] * 6]
    assert vp.hypervisor_run_ns.iloc[0] == vp.cpuid_instructions.iloc[0] * 2000
    assert vp.hypervisor_run_ns.iloc[-1] == vp.cpuid_instructions.iloc[-1] * 5000
