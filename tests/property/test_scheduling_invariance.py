"""What must not change a result: the step, the samples, the path through the systems, and guests that do nothing."""

import copy
import json
import os
import subprocess
import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulation import (
    IDLE,
    MS,
    US,
    S,
    closed,
    exponential,
    fixed,
    guest,
    lognormal,
    ns,
    opened,
    run,
    scenario,
    scenarios,
)


def with_times(text, **times):
    """The same scenario with other keys in [scenario]."""
    changed = copy.deepcopy(text)
    changed["scenario"] |= times
    return changed


@settings(max_examples=40)
@given(scenarios(), st.integers(200 * US, 20 * MS), st.integers(1 * MS, 60 * MS))
def test_how_time_is_cut_changes_nothing(text, step_ns, sample_ns):
    """Time is continuous within a step, so results do not converge with it: they are equal to the last digit."""
    usual = run(text)
    no_step_changes_anything(text, usual, step_ns)
    no_sampling_interval_changes_an_outcome(text, usual, sample_ns)
    no_warm_up_changes_a_table(text, usual)
    assert run(text, fused=False).same_as(usual)


def no_step_changes_anything(text, usual, step_ns):
    halved = int(text["scenario"]["step"].split()[0]) // 2
    assert run(with_times(text, step=ns(halved))).same_as(usual)
    assert run(with_times(text, step=ns(step_ns))).same_as(usual)


def test_simultaneous_arrivals_do_not_depend_on_the_step():
    """Two guests whose requests fall on the same instants."""
    guests = [guest(name, 1, opened(fixed(gap * MS), fixed(400 * US))) for name, gap in (("a", 1), ("b", 2))]
    results = [
        run(scenario(100 * MS, 1, guests, step=step)) for step in ("10 ms", "500 us", "700 us", "3 ms")
    ]
    assert all(result.same_as(results[0]) for result in results)


def no_sampling_interval_changes_an_outcome(text, usual, sample_ns):
    """Only intervals by batch means do: batches end with samples."""
    other = run(with_times(text, sample=ns(sample_ns)))
    assert other.same_as(usual, tables=False, intervals=False)
    assert other.dispatches.equals(usual.dispatches)
    assert other["job"].equals(usual["job"])


def test_a_sample_in_the_midst_of_a_long_cost_changes_nothing():
    """A cost that is longer than cap periods is charged to each of them, at whatever times that is done."""
    guests = [
        guest("a", 1, opened(fixed(MS), fixed(900 * US)), processor={"cap": "50 %"}),
        guest("b", 1, opened(fixed(MS), fixed(900 * US))),
    ]
    scheduling = {"slice": "1 ms", "cap_period": "10 us"}
    costs = {"preset": "none", "context_switch": "95 us"}
    text = scenario(20 * MS, 1, guests, costs=costs, scheduling=scheduling, trace=["dispatch"])
    usual = run(text)
    assert usual.of("a").capped_ns > 0
    for sample in ("3 us", "10 us", "33 us"):
        assert run(with_times(text, sample=sample)).dispatches.equals(usual.dispatches)


def no_warm_up_changes_a_table(text, usual):
    other = run(with_times(text, warm_up=ns(7_654_321)))
    assert all(frame.equals(other[name]) for name, frame in usual.tables.items())


def test_fused_and_unfused_are_equal_when_pool_and_trace_overflow():
    """A step of many requests makes the pool grow; 70,000 dispatches do not fit into the buffer of the trace."""
    guests = [guest("web", 1, opened(fixed(20 * US), fixed(5 * US))), guest("late", 1, IDLE, start="1 s")]
    text = scenario(1.5 * S, 1, guests, step="700 ms", sample="400 ms", trace=["dispatch"])
    result = run(text)
    assert len(result["dispatch"]) > 70_000
    assert run(text, fused=False).same_as(result)
    assert run(with_times(text, step="10 ms")).same_as(result)


@settings(max_examples=25)
@given(scenarios(numa=False), st.booleans(), st.integers(1, 3))
def test_an_idle_vm_changes_nothing_for_the_others(text, before, vps):
    """Neither what others are asked to do nor what they get; only entities are numbered differently.

    With several NUMA nodes it may: its memory sends others to other nodes.
    """
    idle = guest("extra", vps, IDLE, memory="2 MiB")
    changed = copy.deepcopy(text)
    changed["partition"].insert(0 if before else len(changed["partition"]), idle)
    usual, other = run(text), run(changed)
    for table in (
        "logical_processor",
        "request",
        "guest",
        "virtual_processor",
        "root_virtual_processor",
        "job",
        "partition",
    ):
        found = other[table]
        if "partition" in found:
            found = found[found.partition != "extra"].reset_index(drop=True)
        expected = usual[table]
        aside = ["entity"]
        if table == "partition":  # what the hypervisor needs for a guest comes from the root's memory
            aside += ["gpa_pages", "gpa_2m_pages"]
        assert found.drop(columns=aside).equals(expected.drop(columns=aside)), table
    assert other.dispatches.equals(usual.dispatches)
    assert [repr(p) for p in other.outcome.partitions if p.name != "extra"] == [
        repr(p) for p in usual.outcome.partitions
    ]


def test_the_seed_decides():
    """The same seed gives the same run, another seed another."""
    guests = [guest("web", 1, opened(exponential(MS), exponential(MS)))]
    results = [run(scenario(100 * MS, 1, guests, seed=seed)) for seed in (1, 1, 2)]
    assert results[0].same_as(results[1])
    assert not results[0].same_as(results[2])


SCRIPT = """
import hashlib, json, sys
from tests.simulation import run
for text in json.load(sys.stdin):
    result = run(text)
    print(repr(result.outcome))
    for name, frame in sorted(result.tables.items()):
        print(name, len(frame), hashlib.sha256(frame.to_csv().encode()).hexdigest())
"""


def printed(texts, **variables):
    """What another process prints of these runs; numpy's warnings of overflow are errors in it."""
    env = {key: value for key, value in os.environ.items() if key != "NUMBA_DISABLE_JIT"} | variables
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT],
        cwd=Path(__file__).parents[2],
        env=env,
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_uncompiled_and_compiled_are_equal_to_the_last_digit():
    """Tiny worlds with every feature, in two processes that also hash strings differently."""
    processor = {"cap": "35 %", "weight": 300}
    short = {"guest": {"quantum": "300 us"}}
    guests = [
        guest(
            "jobs",
            2,
            closed(3, 12 * MS, exponential(700 * US), exponential(900 * US)),
            processor=processor,
            **short,
        ),
        guest(
            "web",
            1,
            opened(exponential(900 * US), lognormal(400 * US, 1.5), order="round-robin", threads=2),
            **short,
        ),
        guest(
            "pinned",
            1,
            opened(fixed(MS), exponential(200 * US)),
            processor={"affinity": [1]},
            start="3 ms",
            stop="20 ms",
        ),
        guest("idle", 2, IDLE),
    ]
    more = {
        "costs": {"preset": "default"},
        "scheduling": {"slice": "1 ms", "cap_period": "5 ms"},
        "root": {"background_cpu": "5 %"},
        "trace": ["dispatch"],
        "step": "3 ms",
        "sample": "7 ms",
    }
    bare = {"costs": {"preset": "default"}, "hypervisor": "none"}
    texts = [
        scenario(40 * MS, {"sockets": 2, "cores_per_socket": 1}, guests, **more),
        scenario(
            30 * MS, 2, [guest("jobs", 1, closed(4, 20 * MS, exponential(MS), fixed(MS)), **short)], **bare
        ),
    ]
    compiled = printed(texts, PYTHONHASHSEED="1")
    assert len(compiled) == 2 + 12 + 4
    assert printed(texts, NUMBA_DISABLE_JIT="1", PYTHONHASHSEED="2") == compiled
