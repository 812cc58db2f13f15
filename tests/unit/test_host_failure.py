"""A host fails: its guests are off at once and start on others in their order, where they fit; it comes back empty."""

import json
from types import SimpleNamespace

import pytest

from components.migration import FAILED, UP
from hvecs.engine.starts import _failed_host
from tests.arch.plain import plain
from tests.host_clusters import cluster, migrate, of_host
from tests.simulation import IDLE, MS, S, closed, exponential, fixed, guest, opened, parsed, run

DETECTION = {"detection": "2 s", "restart_delay": "500 ms", "restart_pause": "3 s"}


def failing(duration_ns, guests, events, **more):
    return cluster(duration_ns, guests, events, **more) | {"cluster": DETECTION}


def worker(name, work_ns=3 * S, memory="1 GiB", **more):
    """A guest with one thread that never sleeps, in bursts of 7 ms."""
    return guest(name, 1, closed(1, work_ns, fixed(7 * MS)), memory=memory, host="a", **more)


def rows(result):
    return result["migration"].to_dict("records")


def test_a_guest_goes_on_elsewhere_after_the_detection_and_does_broken_bursts_again():
    """1 s of work and 2 s off; the burst that was under way (6 ms of its 7 ms are done at 1 s) is done again."""
    result = run(failing(9 * S, [worker("g")], [of_host(S, "fail", "a")], sample="1 s"))
    assert result["job"].elapsed_ns.tolist() == [5 * S + 6 * MS]
    row = rows(result)[0]
    assert (row["partition"], row["source"], row["target"], row["outcome"]) == ("g", "a", "b", "restarted")
    assert (row["asked_ns"], row["time_ns"], row["blackout_ns"]) == (S, 3 * S, 2 * S)
    lp = result["logical_processor"]
    ran = lp.groupby(["host", "time_ns"]).guest_run_ns.sum()
    assert ran["a"].iloc[0] == S
    assert not ran["a"].iloc[1:].any()


def test_requests_in_flight_fail_and_none_arrives_while_the_guest_is_off():
    block = guest(
        "g",
        1,
        opened(exponential(10 * MS), fixed(8 * MS)),
        memory="1 GiB",
        host="a",
        io={"per_request": 1, "network": True},
    )
    result = run(failing(6 * S, [block], [of_host(S, "fail", "a")], sample="1 s"))
    table = result["request"]
    assert table.failed.iloc[0] + table.failed.iloc[1] > 0
    assert len(table) == 6
    assert table.arrivals.tolist()[1:3] == [0, 0]
    assert (
        table.arrivals.sum()
        == table.completions.sum() + table.failed.sum() + table.dropped.sum() + table.in_system.iloc[-1]
    )
    assert table.completions.iloc[-1] > 50


def test_guests_of_high_priority_come_first_and_one_that_fits_nowhere_is_tried_again():
    """b has room for two; the third starts at the fourth try after the first (0.5, 1, 1.5 s), which is after a guest there has stopped."""
    blocks = [
        worker("low", priority="low"),
        worker("none", priority="none"),
        worker("mid"),
        worker("high", priority="high"),
        guest("there", 1, closed(1, S, fixed(MS)), memory="1 GiB", host="b", stop="4200 ms"),
    ]
    own = {"a": {"memory": "8 GiB"}, "b": {"memory": "3584 MiB", "root_reserve": "512 MiB"}}
    result = run(failing(8 * S, blocks, [of_host(S, "fail", "a")], own=own, lps=4))
    assert [(row["partition"], row["time_ns"]) for row in rows(result)] == [
        ("high", 3 * S),
        ("mid", 3 * S),
        ("low", 4500 * MS),
    ]


def test_a_host_that_is_back_is_empty_and_takes_guests_at_once():
    blocks = [worker("g", 9 * S), worker("h", 9 * S)]
    own = {"b": {"memory": "1536 MiB", "root_reserve": "512 MiB"}}
    events = [of_host(S, "fail", "a"), of_host(7 * S, "recover", "a")]
    result = run(failing(9 * S, blocks, events, own=own))
    found = [(row["partition"], row["target"], row["time_ns"]) for row in rows(result)]
    assert found[0] == ("g", "b", 3 * S)
    assert found[1][:2] == ("h", "a")
    assert found[1][2] == 7 * S + 1


@pytest.mark.parametrize("host", ["a", "b"])
def test_a_migration_is_broken_off_by_the_failure_of_either_host(host):
    result = run(
        failing(
            6 * S,
            [worker("g", 4 * S)],
            [migrate(S, "g", "b"), of_host(S + 500 * MS, "fail", host)],
            sample="1 s",
        )
    )
    assert [row["outcome"] for row in rows(result)] == (
        ["cancelled", "restarted"] if host == "a" else ["cancelled"]
    )
    if host == "b":
        assert result["job"].elapsed_ns.tolist() == [4 * S]


def test_a_guest_in_its_blackout_goes_on_where_it_was_if_the_target_fails():
    events = [migrate(S, "g", "b"), of_host(2300 * MS, "fail", "b")]
    result = run(failing(6 * S, [worker("g", 3 * S)], events, migration={"blackout": "500 ms"}))
    assert result["job"].elapsed_ns.tolist() == [3300 * MS]


def test_a_guest_that_is_off_is_started_elsewhere_when_its_time_comes():
    result = run(failing(9 * S, [worker("g", S, start="5 s")], [of_host(S, "fail", "a")], sample="1 s"))
    assert result["job"].elapsed_ns.tolist() == [S]
    lp = result["logical_processor"]
    assert lp[lp.host == "a"].guest_run_ns.sum() == 0


def test_of_a_guest_that_is_to_start_on_a_failed_host_that_is_said_and_not_that_its_memory_was_lacking():
    late = guest("late", 1, IDLE, memory="1 GiB", host="a", start="2 s")
    outcome = run(failing(2.5 * S, [late], [of_host(S, "fail", "a")])).outcome
    assert outcome.warnings == ("late did not start: its host a has failed",)
    assert (outcome.not_started, outcome.without_memory) == (("late",), ())


@pytest.mark.parametrize(
    ("at_end", "tried_ns", "named"),
    [
        ((UP, FAILED, UP), 9 * S, " b"),
        ((UP, UP, UP), 4 * S, " a"),
        ((UP, UP, UP), 6 * S, ""),
        ((UP, UP, UP), 8 * S, " c"),
    ],
)
def test_the_host_that_had_failed_is_named_if_it_is_known(at_end, tried_ns, named):
    """The guest is on b at the end; it was tried while a, both a and c, or c alone was off."""
    events = [
        of_host(3 * S, "fail", "a"),
        of_host(5 * S, "fail", "c"),
        of_host(7 * S, "recover", "a"),
    ]
    given = parsed(failing(20 * S, [worker("g")], events, hosts=("a", "b", "c")))
    states = [SimpleNamespace(state=state) for state in at_end]
    world = SimpleNamespace(tables=SimpleNamespace(migration_states=states), host_names=("a", "b", "c"))
    assert _failed_host(world, given, 1, tried_ns) == named


def test_the_root_of_a_host_that_is_back_works_again():
    more = {"root": {"background_cpu": "10 %"}}
    events = [of_host(2 * S, "fail", "a"), of_host(5 * S, "recover", "a")]
    result = run(failing(8 * S, [worker("g", 20 * S)], events, sample="1 s", **more))
    root = result["root_virtual_processor"]
    busy = root[root.host == "a"].groupby("time_ns").guest_run_ns.sum() / S
    assert busy.iloc[[0, 1, 6, 7]].min() > 0.1
    assert busy.iloc[2:5].max() == 0


def test_an_idle_root_does_nothing_while_its_host_is_off():
    """Off from 2.5 to 6 s: its wake-ups are those of a host that never fails, up to there, and begin anew after."""
    root, late = {"root": {"profile": "windows-server-2022"}}, guest("late", 1, IDLE, host="b", start="7 s")
    events = [of_host(2500 * MS, "fail", "a"), of_host(6 * S, "recover", "a")]
    result = run(failing(8 * S, [late], events, sample="500 ms", **root))
    table = result["root_virtual_processor"]
    assert (table.idle_ns >= 0).all()
    each = table.groupby(["host", "time_ns"]).dispatches.sum()
    times = each["a"].index
    assert each["a"][times <= 2500 * MS].tolist() == each["b"][times <= 2500 * MS].tolist()
    assert each["a"][times == 500 * MS].item() > 0
    assert not each["a"][(times > 2500 * MS) & (times <= 6 * S)].any()
    assert each["a"][times > 6 * S].min() > 0
    seldom = run(failing(8 * S, [late], events, sample="8 s", **root))["root_virtual_processor"]
    assert seldom.groupby("host").dispatches.sum().equals(table.groupby("host").dispatches.sum())
    assert (seldom.idle_ns >= 0).all()
    hosts = result["hypervisor"].groupby("host").health_ok
    assert [hosts.get_group(name).tolist() for name in "ab"] == [[0] * 16, [0] * 13 + [1] * 3]


def test_all_memory_of_a_failed_host_but_its_roots_is_free():
    """Two guests of 1 GiB: what was available before they started is available again at the next sample."""
    pair = [worker("g", work_ns=9 * S), worker("h", work_ns=9 * S)]
    result = run(failing(3 * S, pair, [of_host(1500 * MS, "fail", "a")], sample="1 s"))
    table = result["dynamic_memory_balancer"]
    available = table[table.host == "a"].available_memory_mib.tolist()
    assert [round(each - available[0]) for each in available] == [0, 2048, 2048]


def test_of_hosts_alike_a_guest_goes_to_the_first_of_the_file():
    result = run(failing(9 * S, [worker("g")], [of_host(S, "fail", "a")], hosts=("a", "b", "c")))
    assert [row["target"] for row in rows(result)] == ["b"]


LOSE = """
import json, sys
from hvecs.engine.build import build
from systems.scheduling.ending import suspend_vps
from tests.simulation import parsed
w = build(parsed(json.loads(sys.argv[1]))).tables
vp, root_vp = w.layouts[2].first_vp, w.layouts[0].first_vp
trap, message = w.trap_state[root_vp], w.trap_state[vp].message
w.trap_state[vp].message_under_way = 1
trap.first_message = trap.last_message = message
free = w.scheduler[0].free_tasks, w.scheduler[0].first_free_task
suspend_vps(w, 0, 0)
print(json.dumps({
    "waits": int(trap.first_message), "under_way": int(w.trap_state[vp].message_under_way),
    "pool": free == (w.scheduler[0].free_tasks, w.scheduler[0].first_free_task),
}))
"""


def test_a_message_that_waits_for_a_slot_of_a_root_that_fails_is_lost_and_its_vp_may_send_another():
    """Its row is that VP's own: it does not return to the pool, where a request would take it."""
    found = json.loads(plain("-c", LOSE, json.dumps(failing(S, [worker("g")], []))))
    assert found == {"waits": -1, "under_way": 0, "pool": True}


def test_what_a_failed_root_was_to_do_for_a_guest_that_has_left_the_root_there_does():
    """An access takes the root 2 s: the VP waits from 3.001 s on, its guest leaves at 4 s, that host fails at 4.2 s, and the VP goes on at 6.2 s."""
    mix = {"preset": "none", "emulated_devices": "2 /s"}
    block = worker("g", work_ns=100 * S, intercepts=mix, guest={"tick": "10 ms"})
    events = [migrate(3 * S, "g", "b"), of_host(4200 * MS, "fail", "a")]
    text = failing(20 * S, [block], events, root={"intercept_work": fixed(2 * S)}, sample="1 s")
    result = run(text)
    vp = result["virtual_processor"].query("partition == 'g'")
    assert [(row["outcome"], row["time_ns"]) for row in rows(result)] == [("done", 4 * S)]
    assert (vp.guest_run_ns / MS).tolist()[:7] == [504, 0, 496, 1, 0, 0, 504]


def test_the_run_does_not_wait_for_the_work_of_a_guest_that_is_not_restarted():
    """It ends when the other guest is done at 3 s; so it does where the first is stopped later in any case."""
    other = guest("h", 1, closed(1, 3 * S, fixed(7 * MS)), memory="1 GiB", host="b")
    for more in ({}, {"stop": "2 s"}):
        block = worker("g", work_ns=5 * S, priority="none", **more)
        result = run(failing(60 * S, [block, other], [of_host(S, "fail", "a")]))
        assert result.outcome.simulated_ns == 3 * S


def test_messages_that_were_refused_are_posted_again_by_the_root_where_the_guest_is():
    """With one buffer those that come in the blackout are refused; what the root there has posted in it is all that it has, and the other does the rest."""
    io = {"network": True, "notify": "message", "buffers": 1, "ring": 0}
    load = opened(exponential(2 * MS), exponential(2 * MS))
    block = guest("g", 2, load, memory="64 MiB", host="a", io=io)
    text = cluster(6 * S, [block], [migrate(S, "g", "b")], migration={"blackout": "2 s"}, sample="100 ms")
    result = run(text)
    (moved,) = rows(result)
    root = result["root_virtual_processor"]
    still = moved["time_ns"] - moved["blackout_ns"] + 100 * MS
    left = root[(root.host == "a") & (root.time_ns > still)]
    assert left.message_errors.sum() > 500
    assert left.posted_messages.sum() == left.message_errors.sum()
    there = root[root.host == "b"]
    assert there.posted_messages.sum() - there.message_errors.sum() > left.message_errors.sum()


def test_pages_that_a_failed_root_was_to_ask_for_are_asked_for_where_the_guest_is():
    """Eight threads fault, and each page takes a root 300 ms: some are with the root of the host that their guest has left 100 ms before it fails."""
    block = guest(
        "g",
        2,
        closed(8, 20 * S, fixed(7 * MS)),
        memory="1 GiB",
        host="a",
        io={"work": fixed(300 * MS)},
        memory_demand={"kind": "constant", "committed": "4 GiB", "access_rate": "5 /s"},
    )
    events = [migrate(3 * S, "g", "b"), of_host(4100 * MS, "fail", "a")]
    result = run(failing(60 * S, [block], events))
    assert [(row["outcome"], row["time_ns"]) for row in rows(result)] == [("done", 4 * S)]
    assert result["job"].elapsed_ns.notna().all()
    assert result.outcome.simulated_ns < 59 * S
