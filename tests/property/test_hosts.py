"""Several hosts that do not interact: each gives the rows that it gives alone, however the hosts are made up and time is cut."""

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hvecs.engine import simulate
from hvecs.spec import Scenario
from hvecs.spec.one_host import one_by_one
from hvecs.spec.placement import placement
from tests.simulation import (
    MS,
    ROOT_PROFILES,
    Block,
    Result,
    S,
    always_runnable,
    collected,
    constant,
    dynamic,
    exponential,
    fixed,
    guest,
    lps_of,
    mib,
    ns,
    opened,
    parsed,
    run,
    scenario,
    scenarios,
)
from tests.tiers import every_request_is_accounted_for, server, tier, tiered

OF_ALL = {"entity"}
"""Columns that say which of all entities of a run a row is of."""


def together(one: Block, other: Block) -> Block:
    """Put the host and guests of `other` beside those of `one`, whose times and root hold for both; each has work without end."""
    text = one | {"host": [one["host"] | {"name": "a"}, other["host"] | {"name": "b"}], "partition": []}
    for name, of in (("a", one), ("b", other)):
        own = [*of["partition"], guest("endless", 1, always_runnable(), start="0 ns")]
        text["partition"] += [block | {"name": f"{name}-{block['name']}", "host": name} for block in own]
    return text


def alone(found: Scenario) -> dict[str, Result]:
    """The results of each host of a scenario by itself, by its name."""
    return {str(one.scenario.host.name): _result(one.scenario) for one in one_by_one(found, placement(found))}


def _result(found: Scenario, **more: Any) -> Result:
    return collected(lambda sink: simulate(found, sink, **more))


def rows_of(table: pd.DataFrame, host: str | None) -> pd.DataFrame:
    """The rows of a host as a run of it alone has them."""
    if host is not None:
        table = table[table.host == host].drop(columns="host")
    return table.drop(columns=OF_ALL & set(table.columns)).reset_index(drop=True)


def assert_each_is_as_alone(text: Block) -> Result:
    found = parsed(text)
    result = _result(found)
    for name, single in alone(found).items():
        for table, frame in single.tables.items():
            here, there = rows_of(result[table], name), rows_of(frame, None)
            assert list(here) == list(there)
            if len(here) + len(there):  # a column without rows has no type to speak of
                pd.testing.assert_frame_equal(here, there, check_exact=True, obj=f"{table} of {name}")
        assert sum(len(frame) for frame in single.tables.values()) > 0
        own = [each for each in result.outcome.partitions if each.host == name]
        assert [each.name for each in own] == [each.name for each in single.outcome.partitions]
        for here, there in zip(own, single.outcome.partitions, strict=True):
            assert repr(here).replace(f"host='{name}'", "host=''") == repr(there)
    assert all(set(frame.host) <= {"a", "b"} for frame in result.tables.values())
    return result


@st.composite
def pairs(draw: st.DrawFn) -> Block:
    scheduler = draw(st.sampled_from(["classic", "core", "root"]))
    one, other = (
        draw(scenarios(schedulers=[scheduler], root_profiles=ROOT_PROFILES, refined=True)) for _ in range(2)
    )
    vps = one["root"]["virtual_processors"]
    if vps != "all":
        one["root"]["virtual_processors"] = min(vps, lps_of(one["host"]), lps_of(other["host"]))
    return together(one, other)


@settings(max_examples=12)
@given(pairs())
def test_hosts_that_do_not_interact_give_the_rows_that_each_gives_alone(text):
    assert_each_is_as_alone(text)


@settings(max_examples=4)
@given(pairs(), st.integers(1, 9))
def test_how_the_time_of_several_hosts_is_cut_changes_nothing(text, parts):
    whole = run(text)
    text["scenario"]["step"] = ns(max(1, int(text["scenario"]["step"].split()[0]) // parts))
    assert run(text).same_as(whole)
    assert run(text, fused=False).same_as(whole)


def crowded(seed: int, **host: Any) -> Block:
    """A host whose memory is short, with Dynamic Memory, starts that wait, requests over its disk, and pages from it."""
    steps = [("0 s", 300), (ns((1 + seed) * S), 1500), ("4 s", 200)]
    demand = {"kind": "steps", "steps": [{"at": at, "committed": mib(size)} for at, size in steps]}
    work = opened(exponential((3 + seed) * MS), exponential(MS))
    guests = [
        dynamic(
            "grows", 512, demand | {"access_rate": "300 /s"}, work, maximum=mib(2048), io={"per_request": 1}
        ),
        dynamic("stays", 512, constant(600), opened(exponential(5 * MS), exponential(MS)), maximum=mib(1024)),
        guest("late", 2, always_runnable(2), memory=mib(700), start=ns((2 - seed) * S)),
        guest("steady", 2, always_runnable(2), memory=mib(256), processor={"reserve": "20 %"}),
    ]
    keys = {
        "memory": mib(3072),
        "root_reserve": mib(512),
        "dynamic_memory": {"report": "1 s", "first_report": "1 s"},
    }
    shape = {"logical_processors": 4, "scheduler": "classic"}
    return scenario(
        5 * S,
        shape,
        guests,
        host=keys | host,
        sample="1 s",
        costs={"preset": "default"},
        trace=["memory_operation"],
    )


@pytest.mark.parametrize(
    "host",
    [
        {},
        {"numa_nodes": 2, "numa_spanning": False},
        {"dynamic_memory": {"period": "700 ms", "report": "1 s", "first_report": "1 s"}},
    ],
    ids=["alike", "two nodes", "another period"],
)
def test_memory_is_balanced_on_each_host_as_if_it_were_alone(host):
    result = assert_each_is_as_alone(together(crowded(0), crowded(1, **host)))
    moved = result["memory_operation"].groupby("host").size()
    assert (moved > 0).all()
    assert set(moved.index) == {"a", "b"}


def test_lps_are_numbered_from_0_on_each_host_though_those_with_two_threads_have_the_first_rows():
    plain = scenario(50 * MS, 3, [guest("g", 1, always_runnable())], trace=["dispatch"])
    smt = scenario(
        50 * MS, {"logical_processors": 4, "threads_per_core": 2}, [guest("g", 3, always_runnable(3))]
    )
    for text in (plain, smt):
        text["host"]["scheduler"] = "classic"
    result = assert_each_is_as_alone(together(plain, smt))
    shown = result["logical_processor"].groupby("host").lp.apply(sorted).to_dict()
    assert shown == {"a": [0, 1, 2], "b": [0, 1, 2, 3]}
    assert [(each.host, each.lp) for each in result.outcome.lps if each.host == "a"] == [
        ("a", 0),
        ("a", 1),
        ("a", 2),
    ]


def test_roots_of_several_hosts_do_not_have_their_load_at_the_same_times():
    text = scenario(S, 2, [], root={"background_cpu": "10 %"}, trace=["dispatch"])
    text["host"]["scheduler"] = "classic"
    result = run(together(text, text))
    begun = {name: set(rows.start_ns) for name, rows in result["dispatch"].groupby("host")}
    assert len(begun["a"] & begun["b"]) < 0.1 * len(begun["a"])


@pytest.mark.parametrize("policy", ["round-robin", "least-outstanding"])
def test_requests_of_a_tier_over_two_hosts_are_all_accounted_for(policy):
    web = [server(f"web-{name}", 2, host=name, io={"network": "lan"}) for name in ("a", "b")]
    databases = [
        server(f"db-{name}", host=name, io={"storage": "san", "per_request": 1}) for name in ("a", "b")
    ]
    tiers = [
        tier(
            "shop",
            ["web-a", "web-b"],
            exponential(2 * MS),
            rate="300 /s",
            policy=policy,
            calls=[{"tier": "db"}],
        ),
        tier("db", ["db-a", "db-b"], exponential(MS), policy=policy, timeout="20 ms", retries=1),
    ]
    text = tiered(
        2 * S,
        2,
        [*web, *databases],
        tiers,
        sample="100 ms",
        network=[{"name": "lan", "bandwidth": "100 MiB/s"}],
    )
    text["storage"] = [{"name": "san", "latency": fixed(MS)}]
    text["host"] = [text["host"] | {"name": name} for name in ("a", "b")]
    result = run(text)
    every_request_is_accounted_for(result)
    assert "host" not in result["tier"]
    busy = (
        result["guest"].groupby("host").queue_arrivals.sum() if "queue_arrivals" in result["guest"] else None
    )
    assert busy is None or (busy > 0).all()
    switches = result["virtual_switch"].groupby(["host", "instance"]).size()
    assert set(switches.index) == {("a", "lan"), ("b", "lan")}
    assert run(text, fused=False).same_as(result)
