import copy
import datetime as dt
import tomllib

import pytest
import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hvecs.spec import Scenario, SpecError, load, loading

CLOSED = """\
[scenario]
name = "s"
trace = ["dispatch"]
[host]
sockets = 2
cores_per_socket = 2
memory = "32 GiB"
limits = "ws2022"
[host.scheduling]
slice = "10 ms"
[host.costs]
preset = "none"
dispatch = "1 us"
[root]
virtual_processors = 2
[[partition]]
name = "web"
count = 3
memory = "2 GiB"
stop = "1 h"
[partition.processor]
cap = "50 %"
affinity = [0, 1]
[partition.workload]
kind = "closed"
work = "10 min"
compute = { distribution = "lognormal", mean = "8 ms", cv = 1.5 }
sleep = { distribution = "empirical", values = ["1 ms", "2 ms"] }
[[partition]]
name = "db"
"""
OPEN = """\
scenario = { name = "o", step = "1 ms" }
host = { logical_processors = 2, memory = "8 GiB" }
[[partition]]
name = "a"
[partition.workload]
kind = "open"
rate = "10 /s"
service = { distribution = "pareto", mean = "1 ms", shape = 2 }
[partition.guest]
quantum = "1 ms"
[[partition]]
name = "b"
workload.kind = "open"
workload.arrivals = { distribution = "uniform", low = "1 ms", high = "2 ms" }
workload.service = { distribution = "deterministic", mean = "1 ms" }
workload.order = "round-robin"
[partition.enlightenments]
cluster_ipi = true
"""
NATIVE = """\
[scenario]
name = "n"
[host]
logical_processors = 4
memory = "8 GiB"
hypervisor = "none"
[[partition]]
name = "only"
"""

SCALARS = st.one_of(
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.booleans(),
    st.text(max_size=8),
    st.sampled_from(
        ["", "0 s", "5 ms", "0.1 ns", "-1 s", "9 GiB", "9 GB", "1 EiB", "0 %", "101 %", "none", "all"]
    ),
    st.sampled_from(
        ["closed", "open", "idle", "trace", "empirical", "uniform", "web", "web-1", "Root", "core"]
    ),
    st.sampled_from([dt.date(2020, 1, 1), dt.time(1, 2), dt.datetime(2020, 1, 1)]),  # noqa: DTZ001
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=5,
)
KEYS = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        ["wieght", "file", "values", "extends", "count", "workload", "lock", "partition", "kind"]
    ),
)
MUTATIONS = st.lists(
    st.tuples(
        st.integers(0, 10**6), st.sampled_from(["delete", "change", "rename", "add", "swap"]), KEYS, VALUES
    ),
    min_size=1,
    max_size=3,
)


def places(data):
    """List every table and array with each of its keys or indices."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield data, key
        yield from places(value)


def mutate(data, index, how, name, value):
    spots = list(places(data))
    if not spots:
        return
    holder, key = spots[index % len(spots)]
    value = copy.deepcopy(value)
    if how == "delete":
        del holder[key]
    elif how == "change":
        holder[key] = value
    elif how == "swap":
        other_holder, other = spots[(index // 7) % len(spots)]
        holder[key], other_holder[other] = copy.deepcopy(other_holder[other]), copy.deepcopy(holder[key])
    elif isinstance(holder, dict):
        holder[name] = holder.pop(key) if how == "rename" else value


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("mutations")


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([CLOSED, OPEN, NATIVE]), MUTATIONS)
def test_a_mutated_scenario_loads_or_has_located_problems(folder, text, mutations):
    data = tomllib.loads(text)
    for mutation in mutations:
        mutate(data, *mutation)
    path = folder / "host.toml"
    path.write_text(tomli_w.dumps(data), encoding="utf-8", newline="")
    check(path, ())


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from([CLOSED, OPEN]),
    st.lists(st.integers(0, 2000), min_size=1, max_size=4),
    st.text(max_size=3),
)
def test_a_damaged_file_loads_or_has_located_problems(folder, text, cuts, put):
    for cut in cuts:
        at = cut % len(text)
        text = text[:at] + put + text[at + 1 :]
    path = folder / "host.toml"
    path.write_text(text, encoding="utf-8", newline="")
    check(path, ())


PATHS = st.lists(
    st.one_of(
        st.sampled_from(
            ["partition", "partition[0]", "partition[9]", "web", "web-1", "db", "host", "workload"]
        ),
        st.sampled_from(["processor", "memory", "costs", "compute", "file", "name", "count", "trace", ""]),
        st.text(max_size=4),
    ),
    max_size=4,
).map(".".join)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(PATHS, st.one_of(SCALARS.map(str), st.text())).map("=".join), min_size=1, max_size=3)
)
def test_any_setting_is_applied_or_a_problem(folder, sets):
    path = folder / "host.toml"
    path.write_text(CLOSED)
    check(path, sets)


def check(path, sets):
    try:
        assert isinstance(load(path, sets), Scenario)
    except SpecError as error:
        problems = error.problems
    else:
        return
    assert problems
    for problem in problems:
        assert problem.file
        assert problem.message
        assert problem.line is None or problem.line >= 1
        assert (problem.line is None) == problem.file.startswith("--set ")
        assert "\n" not in str(problem)
        assert "pydantic" not in str(problem)
        assert "Input should be" not in str(problem)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([CLOSED, OPEN, NATIVE]), MUTATIONS)
def test_the_rules_are_checked_on_whatever_is_valid(folder, text, mutations):
    rests = []
    original = loading._rest

    def watched(*arguments):
        rests.append(original(*arguments))
        return rests[-1]

    data = tomllib.loads(text)
    for mutation in mutations:
        mutate(data, *mutation)
    path = folder / "host.toml"
    path.write_text(tomli_w.dumps(data), encoding="utf-8", newline="")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "_rest", watched)
        check(path, ())
    assert None not in rests
