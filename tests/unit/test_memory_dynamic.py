"""Dynamic Memory: targets, pressures, sharing in a shortage, bounds, the published case."""

from pathlib import Path

import pytest

from hvecs.engine import simulate
from hvecs.spec import load
from tests.simulation import IDLE, S, collected, constant, dynamic, guest, mib, run, scenario

RUNS = Path(__file__).parents[2] / "runs"
MINUTE = 60 * S


def host(memory_mib, reserve_mib=0, **more):
    return {"memory": mib(memory_mib), "root_reserve": mib(reserve_mib), **more}


def ramp(first_mib, last_mib, over_s, start_s=0, **more):
    return {
        "kind": "ramp",
        "from": mib(first_mib),
        "to": mib(last_mib),
        "over": f"{over_s} s",
        "start": f"{start_s} s",
        **more,
    }


def balanced(duration_s, guests, memory_mib, **more):
    keys, events = more.pop("host", {}), more.pop("event", [])
    text = scenario(
        duration_s * S,
        2,
        guests,
        host=host(memory_mib, **keys),
        sample="1 s",
        step="1 s",
        trace=["memory_operation"],
        **more,
    )
    return run(text | {"event": events} if events else text)


TAKEN = {"dynamic_memory": {"surplus": "taken"}}
"""What nobody else wants is taken back all the same."""


def last(result):
    return result["dynamic_memory_vm"].groupby("partition").last()


def test_a_guest_that_gets_all_it_wants_settles_at_its_target():
    result = balanced(90, [dynamic("a", 512, constant(1024))], 8192)
    a = last(result).loc["a"]
    assert a.target_mib == pytest.approx(1024 * 1.2)
    assert 0 <= a.physical_memory_mib - a.target_mib < 2
    assert a.current_pressure_pct == pytest.approx(100 / 1.2, abs=0.2)


@pytest.mark.parametrize(("buffer", "pressure"), [("5 %", 95.2), ("50 %", 66.7), ("2000 %", 4.76)])
def test_the_pressure_at_the_target_follows_from_the_buffer(buffer, pressure):
    result = balanced(
        90, [dynamic("a", 512, constant(256), buffer=buffer, minimum="32 MiB")], 16_384, host=TAKEN
    )
    assert last(result).current_pressure_pct["a"] == pytest.approx(pressure, rel=0.01)


def test_nothing_moves_before_the_first_report_and_then_it_does():
    vm = balanced(60, [dynamic("a", 512, constant(1024))], 8192)["dynamic_memory_vm"]
    held = vm.set_index("time_ns").physical_memory_mib
    assert (held.loc[: 45 * S] == 512).all()  # the report of 45 s comes too late for the balancing of 45 s
    assert held[46 * S] > 512


def test_demand_is_known_by_the_last_report():
    """Committed 1,000 MiB until 60 s, 2,000 from then on; reports each 3 s from 45 s on: at 60 s, and known at 61 s."""
    demand = {
        "kind": "steps",
        "steps": [{"at": "0 s", "committed": mib(1000)}, {"at": "59 s", "committed": mib(2000)}],
    }
    vm = balanced(70, [dynamic("a", 1200, demand)], 8192, host={"dynamic_memory": {"report": "3 s"}})
    vm = vm["dynamic_memory_vm"].set_index("time_ns")
    assert vm.committed_mib[59 * S] == 2000
    assert vm.current_pressure_pct[59 * S] == pytest.approx(100 * 1000 / 1200)
    assert vm.current_pressure_pct[60 * S] == pytest.approx(100 * 2000 / 1200)
    assert vm.physical_memory_mib[60 * S] == 1200
    assert vm.physical_memory_mib[61 * S] == 1200 + 1024  # a second's worth
    assert vm.physical_memory_mib[62 * S] == 2400


def test_surplus_is_kept_until_another_wants_it():
    """From 100 s on b wants 5 GiB more; what a does not use, it keeps until then."""
    down = {
        "kind": "steps",
        "steps": [{"at": "0 s", "committed": mib(3000)}, {"at": "60 s", "committed": mib(500)}],
    }
    up = {
        "kind": "steps",
        "steps": [{"at": "0 s", "committed": mib(500)}, {"at": "100 s", "committed": mib(4000)}],
    }
    vm = balanced(160, [dynamic("a", 3600, down), dynamic("b", 600, up)], 6000)["dynamic_memory_vm"]
    a = vm.query("partition == 'a'").set_index("time_ns").physical_memory_mib
    assert (a.loc[: 100 * S] == 3600).all()
    assert a[160 * S] < 1300
    assert vm.query("partition == 'b'").physical_memory_mib.iloc[-1] == 4800


def test_hot_added_memory_comes_online_chunk_by_chunk():
    """A chunk of 128 MiB takes 4 s: the first goes online from 46 s, the next from 50 s, from 54 s …"""
    vm = balanced(60, [dynamic("a", 512, constant(2000))], 8192, host={"dynamic_memory": {"online": "4 s"}})[
        "dynamic_memory_vm"
    ]
    grown = vm.set_index("time_ns").physical_memory_mib.diff()
    assert (grown[grown > 0].index // S).tolist() == [46, 50, 54, 58]
    assert set(grown[grown > 0]) == {128}


def test_growth_is_bounded_and_shown_in_chunks():
    result = balanced(
        120,
        [dynamic("a", 512, constant(2000))],
        8192,
        host={"dynamic_memory": {"most_added": "100 MiB", "first_report": "10 s"}},
    )
    vm = result["dynamic_memory_vm"]
    assert vm.physical_memory_mib.diff().max() == 100
    assert set((vm.guest_visible_mib - 512) % 128) == {0}
    assert (vm.guest_visible_mib.diff().dropna() >= 0).all()


def test_a_guest_grows_first_by_hot_add_and_later_by_unballooning():
    steps = [("0 s", 900), ("100 s", 200), ("200 s", 900)]
    demand = {"kind": "steps", "steps": [{"at": at, "committed": mib(c)} for at, c in steps]}
    result = balanced(300, [dynamic("a", 512, demand, minimum="64 MiB")], 8192, host=TAKEN)
    operations = result["memory_operation"]
    phases = operations.groupby(operations.time_ns // (100 * S)).operation.agg(set).tolist()
    assert phases == [{"add", "hot-add"}, {"balloon"}, {"unballoon"}]
    vm = result["dynamic_memory_vm"].set_index("time_ns")
    assert len(set(vm.guest_visible_mib.loc[100 * S :])) == 1
    assert vm.physical_memory_mib[199 * S] == 240


def test_a_guest_is_left_its_minimum_and_its_balloon_floor():
    linux = {"guest": {"profile": "linux"}}
    guests = [
        dynamic("windows", 2048, constant(10), minimum="64 MiB"),
        dynamic("linux", 2048, constant(10), minimum="64 MiB") | linux,
        dynamic("high", 2048, constant(10), minimum="1 GiB") | linux,
    ]
    vm = last(balanced(120, guests, 16_384, host=TAKEN))
    assert vm.physical_memory_mib["windows"] == 64
    assert vm.physical_memory_mib["linux"] == 10 + 232 + 2048 // 16  # committed, and the floor of free memory
    assert vm.physical_memory_mib["high"] == 1024


def test_a_guest_gets_no_more_than_its_maximum():
    vm = balanced(120, [dynamic("a", 512, constant(4096), maximum="1500 MiB")], 16_384)["dynamic_memory_vm"]
    assert vm.physical_memory_mib.max() == 1500
    assert vm.current_pressure_pct.iloc[-1] == pytest.approx(100 * 4096 / 1500)


def test_equal_weights_have_equal_pressure_whoever_came_first():
    early = dynamic("early", 1024, ramp(1000, 6000, 60, 50))
    late = dynamic("late", 1024, ramp(1000, 3000, 30, 250))
    vm = last(balanced(400, [early, late], 6144))
    assert vm.current_pressure_pct.max() - vm.current_pressure_pct.min() < 2
    assert vm.current_pressure_pct.min() > 130
    assert vm.physical_memory_mib.sum() == pytest.approx(6144, abs=8)


@pytest.mark.parametrize("policy", ["pressure", "weight"])
def test_the_heavier_of_two_equal_guests_holds_more(policy):
    guests = [
        dynamic("light", 1024, ramp(1000, 4000, 60, 50), weight=1000),
        dynamic("heavy", 1024, ramp(1000, 4000, 60, 50), weight=3000),
    ]
    vm = last(balanced(300, guests, 4096, host={"dynamic_memory": {"policy": policy}}))
    held = vm.physical_memory_mib
    if policy == "pressure":
        assert held["heavy"] / held["light"] == pytest.approx(3, rel=0.02)
    else:
        floor = 512
        assert (held["heavy"] - floor) / (held["light"] - floor) == pytest.approx(3, rel=0.02)


def test_steady_guests_do_not_trade():
    guests = [dynamic(f"g{i}", 1024, ramp(500, 1500 + 333 * i, 60, 50), weight=100 * i) for i in range(1, 6)]
    operations = balanced(900, guests, 6000)["memory_operation"]
    assert operations.time_ns.max() < 300 * S
    assert len(operations) > 20


def test_shares_of_a_shortage_do_not_depend_on_the_order_of_the_file():
    guests = [dynamic(f"g{i}", 1024, ramp(500, 1500 + 333 * i, 60, 50)) for i in range(4)]
    one = last(balanced(600, guests, 5000)).physical_memory_mib
    other = last(balanced(600, guests[::-1], 5000)).physical_memory_mib
    assert (one - other.reindex(one.index)).abs().max() <= 8


def test_a_guest_that_starts_gets_memory_from_those_that_hold_more_than_their_least():
    holder = dynamic("holder", 3000, constant(2500))
    late = guest("late", 1, IDLE, memory="1 GiB", start="60 s")
    greedy = guest("greedy", 1, IDLE, memory="3 GiB", start="70 s")
    result = balanced(80, [holder, late, greedy], 3200)
    operations = result["memory_operation"].set_index("partition")
    # 200 MiB are free; the holder gives up 256 MiB at 60 s, 61 s and 62 s and 56 at 63 s; the host takes the last at 64 s
    taken = operations.loc["holder"].query("operation == 'balloon'")
    assert set(taken.reason) == {"start of another"}
    assert taken.time_ns.tolist() == [60 * S, 61 * S, 62 * S, 63 * S]
    assert taken.given_mib.tolist() == [256, 256, 256, 56]
    late = operations.loc["late"]
    assert (late.time_ns, late.reason, late.given_mib) == (64 * S + 1, "start", 1024)
    denied = operations.loc["greedy"]
    assert (denied.operation, denied.requested_mib, denied.given_mib, denied.reason) == (
        "add",
        3072,
        0,
        "no memory",
    )
    assert result.outcome.warnings == (
        "late started 4 s late: it waited for memory",
        "greedy did not start: it needs 3072 MiB, and 0 MiB can be had",
    )
    assert [result.of(name).started for name in ("holder", "late", "greedy")] == [True, True, False]


def test_guests_that_do_not_fit_together_start_in_file_order():
    guests = [guest(name, 1, IDLE, memory="1500 MiB") for name in "abc"]
    result = balanced(1, guests, 4096, host={"root_reserve": "512 MiB"})
    assert [result.of(name).started for name in "abc"] == [True, True, False]
    assert set(result["vid_partition"].partition) == {"a", "b"}


def test_the_memory_of_a_guest_that_is_stopped_returns():
    guests = [
        dynamic("a", 2000, constant(1500), stop="60 s"),
        dynamic("b", 512, ramp(500, 4000, 10, 0), start="1 s"),
    ]
    result = balanced(120, guests, 3000)
    balancer = result["dynamic_memory_balancer"].set_index("time_ns")
    b = result["dynamic_memory_vm"].query("partition == 'b'").set_index("time_ns")
    assert b.physical_memory_mib[59 * S] < 2500
    assert b.physical_memory_mib[120 * S] + balancer.available_memory_mib[120 * S] == 3000
    assert balancer.available_memory_mib[120 * S] < 2
    assert result["memory_operation"].query("operation == 'remove'").given_mib.tolist() == [
        pytest.approx(
            result["dynamic_memory_vm"].query("partition == 'a'").physical_memory_mib.iloc[-1], abs=256
        )
    ]


def test_without_a_demand_a_guest_wants_what_it_starts_with():
    block = dynamic("a", 600, constant(1))
    del block["memory_demand"]
    vm = balanced(120, [block], 4096)["dynamic_memory_vm"]
    assert set(vm.physical_memory_mib) == {600}
    assert vm.current_pressure_pct.iloc[-1] == pytest.approx(100 / 1.2, rel=1e-6)


def test_all_pressures_follow_from_demand_and_memory():
    guests = [dynamic(f"g{i}", 1024, ramp(500, 1500 + 333 * i, 60, 50)) for i in range(4)]
    vm = balanced(200, guests, 5000)["dynamic_memory_vm"].query("time_ns >= 45_000_000_000")
    assert (vm.current_pressure_pct - 100 * vm.committed_mib / vm.physical_memory_mib).abs().max() < 1e-9
    assert (vm.target_mib - 1.2 * vm.committed_mib).abs().max() < 1e-9


@pytest.fixture(scope="module")
def published():
    return collected(lambda sink: simulate(load(RUNS / "dynamic-memory.toml"), sink))


def test_the_published_case(published):
    vm = published["dynamic_memory_vm"]
    end = vm.groupby("partition").last()
    held, pressure = end.physical_memory_mib, end.current_pressure_pct
    assert (held[["guest1", "guest2"]] == 2048).all()
    assert held[["guest3", "guest4"]].between(512, 560).all()
    assert 6 * 1024 < held["guest5"] < 8192
    assert pressure[["guest1", "guest2"]].max() * 3 < pressure[["guest3", "guest4", "guest5"]].min()
    assert published["dynamic_memory_balancer"].available_memory_mib.iloc[-1] < 8
    vm = vm.query("time_ns >= 45_000_000_000")
    assert (vm.current_pressure_pct - 100 * vm.committed_mib / vm.physical_memory_mib).abs().max() < 1e-9


def test_in_the_published_case_guest_5_grows_quickly_and_guests_3_and_4_are_ballooned(published):
    operations = published["memory_operation"]
    assert set(operations[operations.operation == "balloon"].partition) == {"guest3", "guest4"}
    grown = (
        published["dynamic_memory_vm"].query("partition == 'guest5'").set_index("time_ns").physical_memory_mib
    )
    assert grown[10 * MINUTE] == grown.iloc[-1]


def test_memory_that_a_guest_has_given_up_is_in_transit_until_the_next_balancing():
    """It reports at 1 s; at 2 s it gives up all beyond its target, 614.4 MiB, in blocks of 2 MiB: 616 MiB; at 3 s the host takes that."""
    text = {"period": "1 s", "first_report": "0 s", "most_removed": "1 GiB", "most_added": "1 GiB"}
    result = balanced(
        4, [dynamic("a", 1024, constant(512))], 4096, host={"dynamic_memory": text | TAKEN["dynamic_memory"]}
    )
    rows = result["dynamic_memory_balancer"].set_index("time_ns")
    pages = result["vid_partition"].set_index("time_ns")
    held, given_up = 616, 1024 - 616
    assert rows.in_transit_mib.tolist() == [0, given_up, 0, 0]
    assert (pages.in_transit_pages / 256).tolist() == [0, given_up, 0, 0]
    assert (pages.physical_pages / 256).tolist() == [1024, held, held, held]
    assert rows.available_memory_mib.diff().tolist()[1:] == [0, given_up, 0]


def storm(count, memory_mib, duration_s, **more):
    guests = [dynamic(f"g{i}", 1024, constant(450)) for i in range(count)]
    return balanced(duration_s, guests, memory_mib, host={"dynamic_memory": more})


def test_of_a_storm_of_starts_all_that_fit_start_in_order_and_none_is_forgotten():
    """Ten guests of 1,024 MiB on 6,000: five start. Once these have reported, at 45 s, 880 MiB free and 512 from each make room for three
    more at 60 s; these report 45 s later, which makes room for one at 120 s, and that one's report for the last at 180 s.
    """
    result = storm(10, 6000, 200)
    starts = result["memory_operation"].query("reason == 'start'")
    assert starts.partition.tolist() == [f"g{i}" for i in range(10)]
    assert (starts.time_ns // (30 * S)).tolist() == [0] * 5 + [2] * 3 + [4, 6]
    refused = result["memory_operation"].query("reason == 'no memory'")
    times = refused.groupby("partition").time_ns.agg(list)
    assert times[["g5", "g6", "g7"]].tolist() == [[0, 30 * S]] * 3
    assert times["g8"] == [30 * S * n for n in range(4)]
    assert times["g9"] == [30 * S * n for n in range(6)]
    assert all(result.of(f"g{i}").started for i in range(10))
    assert len(result.outcome.warnings) == 5


def test_a_start_that_does_not_fit_is_refused_again_and_again():
    """Nothing is to be had: the five that run hold their minimum."""
    guests = [dynamic(f"g{i}", 1024, constant(100), minimum="1 GiB") for i in range(6)]
    result = balanced(100, guests, 5200)
    refused = result["memory_operation"].query("reason == 'no memory'")
    assert refused.time_ns.tolist() == [0, 30 * S, 60 * S, 90 * S]
    assert not result.of("g5").started


@pytest.mark.parametrize(
    ("policy", "tries"), [("once", [0]), ("cluster", [0, 500_000_000, S, 1_500_000_000])]
)
def test_how_often_a_start_is_tried_again_is_a_parameter(policy, tries):
    guests = [guest(name, 1, IDLE, memory="1500 MiB") for name in "abc"]
    result = balanced(100, guests, 4096, host={"dynamic_memory": {"start_policy": policy}})
    assert result["memory_operation"].query("reason == 'no memory'").time_ns.tolist() == tries


def test_refusals_of_one_start_do_not_count_against_the_next():
    """`x` is refused at 0.1 s and starts at 0.6 s; its second start, refused at 20 s, has its three tries more: at the last there is room."""
    guests = [guest("big", 1, IDLE, memory="2 GiB"), guest("x", 1, IDLE, memory="2 GiB", start="100 ms")]
    times = [
        ("300 ms", "stop", "big"),
        ("10 s", "stop", "x"),
        ("11 s", "start", "big"),
        ("20 s", "start", "x"),
        ("21200 ms", "stop", "big"),
    ]
    events = [{"at": at, "action": action, "partition": name} for at, action, name in times]
    result = balanced(30, guests, 3072, host={"dynamic_memory": {"start_policy": "cluster"}}, event=events)
    of_x = result["memory_operation"].query("partition == 'x'")
    refused = of_x.query("reason == 'no memory'").time_ns
    assert (refused / 1e9).tolist() == [0.1, 20, 20.5, 21]
    assert (of_x.query("reason == 'start'").time_ns / 1e9).tolist() == [0.6, 21.5]
    (told,) = (each for each in result.outcome.warnings if each.startswith("x started"))
    assert told.endswith("after 3 refusals")


def test_a_start_that_takes_too_long_is_refused():
    """The holder gives up 2 MiB a second; after 10 s the start is refused, and what was given up goes back where it is wanted."""
    holder = dynamic("holder", 3000, constant(2500))
    late = guest("late", 1, IDLE, memory="1 GiB", start="60 s")
    keys = {"most_removed": "2 MiB", "start_timeout": "10 s"}
    result = balanced(80, [holder, late], 3200, host={"dynamic_memory": keys})
    refused = result["memory_operation"].query("reason == 'no memory'")
    assert refused.time_ns.tolist() == [70 * S]
    assert last(result).physical_memory_mib["holder"] == 3000


def test_a_guest_that_starts_late_does_what_it_would_have_done():
    """The stream of its requests begins when it starts: arrivals are those of a guest that should have started then."""
    first = guest("first", 1, IDLE, memory="3 GiB", stop="20 s")
    web = {"kind": "open", "rate": "50 /s", "service": {"distribution": "exponential", "mean": "1 ms"}}
    waits = balanced(60, [first, guest("web", 1, web, memory="2 GiB")], 4096)
    asked = balanced(60, [first, guest("web", 1, web, memory="2 GiB", start="30 s")], 4096)
    rows = [each["request"].query("partition == 'web'").set_index("time_ns") for each in (waits, asked)]
    assert rows[0].arrivals.sum() > 1000
    assert rows[0].arrivals.equals(rows[1].arrivals)
    assert rows[0].response_mean_ns.equals(rows[1].response_mean_ns)


def test_the_work_of_a_guest_that_starts_late_is_done():
    first = guest("first", 1, IDLE, memory="3 GiB", stop="20 s")
    work = {
        "kind": "closed",
        "threads": 1,
        "work": "2 s",
        "compute": {"distribution": "deterministic", "mean": "10 ms"},
    }
    result = balanced(60, [first, guest("job", 1, work, memory="2 GiB")], 4096)
    job = result["job"].iloc[0]
    assert job.started_ns == 30 * S
    assert job.work_ns == 2 * S


def test_a_guest_refused_for_one_node_is_told_which():
    guests = [guest(name, 1, IDLE, memory="1200 MiB") for name in ("a", "b")]
    third = guest("c", 1, IDLE, memory="1000 MiB", start="10 s")
    result = balanced(20, [*guests, third], 4096, host={"numa_nodes": 2, "numa_spanning": False})
    assert result.outcome.warnings == (
        "c did not start: it needs 1000 MiB, and 848 MiB can be had on NUMA node 0, which it may not leave (host.numa_spanning)",
    )
