"""Starts that wait: a storm of them, the root that may commit no more."""

import pytest

from components import NEVER
from hvecs.engine.build import build
from tests.simulation import IDLE, S, constant, dynamic, guest, mib, parsed, run, scenario

STORM = 100
HOST = {"memory": "64 GiB"}


def storm(duration_s, minimum="512 MiB", **more):
    """A hundred guests of 1 GiB that commit 450 MiB, all started at once on 64 GiB."""
    guests = [dynamic("vm", 1024, constant(450), minimum=minimum, count=STORM)]
    text = scenario(
        duration_s * S, 4, guests, host=HOST, sample="60 s", step="1 s", trace=["memory_operation"], **more
    )
    return run(text)


def held_to_account(result):
    """Hold the trace against the outcome: each guest has started, or its last row is a refusal with a reason; starts are in order."""
    operations = result["memory_operation"]
    starts = operations.query("reason == 'start'").partition.tolist()
    not_started = set(result.outcome.not_started)
    names = [f"vm-{i}" for i in range(STORM)]
    assert starts == [name for name in names if name not in not_started]
    last = operations.groupby("partition").reason.last()
    assert all(last[name] == "no memory" for name in not_started)
    refusals = operations.query("reason == 'no memory'")
    assert (refusals.given_mib == 0).all()
    assert (refusals.requested_mib == 1024).all()
    assert set(operations.partition) == set(names)
    told = [warning.split()[0] for warning in result.outcome.warnings]
    assert sorted(told) == sorted(set(refusals.partition) | {name for name in starts if name in told})


def test_a_storm_of_100_starts_ends_with_all_that_fit():
    """Each ends with 540 MiB, 54,000 in all: all fit into what the root's reserve of 2,304 leaves of 65,536."""
    result = storm(180)
    held_to_account(result)
    assert result.outcome.not_started == ()
    vm = result["dynamic_memory_vm"].query(f"time_ns == {180 * S}")
    assert len(vm) == STORM


def test_a_storm_of_100_starts_of_which_61_fit():
    """None gives up anything: 63,232 MiB hold 61 guests of 1,024; the others are refused at once, and every 30 s again."""
    result = storm(70, minimum="1 GiB")
    held_to_account(result)
    assert len(result.outcome.not_started) == STORM - 61
    refusals = result["memory_operation"].query("reason == 'no memory'")
    assert refusals.groupby("partition").time_ns.agg(list).tolist() == [[0, 30 * S, 60 * S]] * (STORM - 61)


ROOT = {"commit_per_guest": "100 MiB", "page_file": "0 B"}


def committing(duration_s, guests, demand=None, **more):
    root = ROOT | ({"memory_demand": demand} if demand else {})
    return run(
        scenario(
            duration_s * S,
            2,
            guests,
            root=root,
            host={"memory": "16 GiB", "root_reserve": "512 MiB"},
            sample="1 s",
            step="1 s",
            trace=["memory_operation"],
            **more,
        )
    )


def test_a_start_fails_when_the_root_may_commit_no_more_with_memory_free():
    """The root holds 512 MiB less what it deposits, and commits 250 of its own: two guests of 100 fit, the third not."""
    guests = [guest(name, 1, IDLE, memory="1 GiB") for name in "abc"]
    result = committing(40, guests, constant(250))
    refused = result["memory_operation"].query("reason == 'no commit'")
    assert refused.partition.tolist() == ["c", "c"]
    assert refused.time_ns.tolist() == [0, 30 * S]
    assert result.outcome.warnings == (
        "c did not start: the root may not commit what it takes (root.commit_per_guest, root.page_file)",
    )
    rows = result["dynamic_memory_balancer"]
    assert rows.available_memory_mib.iloc[-1] > 10_000
    assert rows.root_committed_bytes.iloc[-1] == 450 * 2**20
    assert rows.root_available_mib.iloc[-1] == rows.root_memory_mib.iloc[-1] - 450


def test_it_starts_once_the_root_commits_less():
    guests = [guest("a", 1, IDLE, memory="1 GiB", stop="20 s")]
    guests += [guest(name, 1, IDLE, memory="1 GiB") for name in "bc"]
    result = committing(40, guests, constant(250))
    assert result["memory_operation"].query("reason == 'start'").partition.tolist() == ["a", "b", "c"]
    assert result.outcome.warnings == (
        "c started 30 s late: it waited for memory, or for what the root may commit, after 1 refusal",
    )
    assert result["dynamic_memory_balancer"].root_committed_bytes.iloc[-1] == 450 * 2**20


def test_a_root_that_is_short_pages_for_its_own_work_alone():
    """It commits 1,000 MiB, touches 80 % of them and holds some 500: of its 1,000 touches a second of work 37 % miss."""
    web = {"kind": "open", "rate": "100 /s", "service": {"distribution": "exponential", "mean": "1 ms"}}
    blocks = [guest("web", 1, web, memory="1 GiB", io={"network": True, "per_request": 1})]
    busy = {"memory_demand": constant(1000), "background_cpu": "10 %"}
    host = {"memory": "16 GiB", "root_reserve": "512 MiB"}
    text = scenario(40 * S, 2, blocks, root=busy, host=host, sample="1 s", step="1 s")
    rows = run(text)["dynamic_memory_balancer"]
    missing = 1 - rows.root_memory_mib.iloc[-1] / 800
    work_s = 0.1 * 2 * 40
    assert rows.root_pages_input.sum() == pytest.approx(1000 * missing * work_s, rel=0.1)
    assert (rows.root_available_mib == 0).all()


def test_what_the_root_commits_is_not_known_without_a_demand():
    rows = run(scenario(S, 1, [guest("a", 1, IDLE)]))["dynamic_memory_balancer"]
    assert rows.root_committed_bytes.isna().all()
    assert rows.root_available_mib.isna().all()
    world = build(parsed(scenario(S, 1, [guest("a", 1, IDLE)])))
    assert world.memory.partitions[0].page_file == NEVER


def test_memory_that_a_start_waits_for_is_not_there_for_balancing():
    """The holder gives up 2 MiB a second for a start that waits, on a host whose 200 MiB are free."""
    holder = dynamic("holder", 3000, constant(2500))
    late = guest("late", 1, IDLE, memory="1 GiB", start="60 s")
    host = {"memory": mib(3200), "root_reserve": "0 B", "dynamic_memory": {"most_removed": "2 MiB"}}
    rows = run(scenario(70 * S, 2, [holder, late], host=host, sample="1 s", step="1 s"))
    rows = rows["dynamic_memory_balancer"].set_index("time_ns")
    assert rows.available_for_balancing_mib[59 * S] == rows.available_memory_mib[59 * S] == 200
    assert rows.available_memory_mib[65 * S] > 200
    assert rows.available_for_balancing_mib[65 * S] == 0
