import contextlib
import copy
import io
import re
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import tomli_w
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from hvecs.cli import invoke
from hvecs.spec import ClosedWorkload, OpenWorkload, SpecError, load
from tests.cli.helpers import BUSY, EXACT

pytestmark = pytest.mark.journey

SHORT = ["scenario.duration=4 ms", "scenario.step=1 ms", "scenario.sample=2 ms", "scenario.warm_up=1 ms"]
NATIVE = """\
[scenario]
name = "native"
[host]
logical_processors = 2
memory = "8 GiB"
hypervisor = "none"
[[partition]]
name = "only"
workload = { kind = "closed", threads = 3, work = "3 ms", compute = { distribution = "uniform", low = "0 s", high = "2 ms" } }
"""
DURATIONS = ["0 s", "1 ns", "1 us", "50 us", "300 us", "1 ms", "2500 us", "3 ms", "9 d"]
DISTRIBUTIONS = [
    {"distribution": "exponential", "mean": "200 us"},
    {"distribution": "deterministic", "mean": "1 us"},
    {"distribution": "uniform", "low": "0 s", "high": "1 ms"},
    {"distribution": "lognormal", "mean": "100 us", "cv": 3},
    {"distribution": "pareto", "mean": "100 us", "shape": 1.1},
    {"distribution": "empirical", "values": ["1 us", "2 ms"]},
]
WORKLOADS = [
    {"kind": "idle"},
    {"kind": "closed", "threads": 3, "work": "2 ms"},
    {"kind": "open", "rate": "3 /ms", "service": DISTRIBUTIONS[0], "threads": 1},
]
# what may well stand where something like it stood
ALIKE = [
    (r"[0-9.]+ (ns|us|ms|s|d)", DURATIONS),
    (r"[0-9.]+ %", ["0 %", "1 %", "35 %", "50 %", "99.9 %", "100 %", "400 %"]),
    (r"[0-9.]+ [MGT]iB", ["1 MiB", "2 GiB", "7 GiB", "9 TiB"]),
    (r"[0-9.]+ /m?s", ["1 /s", "1 /ms", "100 /ms"]),
    (r"[0-9]+", [0, 1, 2, 3, 4, 7, 300]),
    (r"fifo|round-robin", ["fifo", "round-robin"]),
    (r"deterministic|exponential", ["deterministic", "exponential"]),
    (r".*'distribution'.*", DISTRIBUTIONS),
    (r".*'kind'.*", WORKLOADS),
    (r"\[.*\]", [[], [0], [1, 0], [1, 1], ["dispatch"]]),
]
ANYTHING = [
    -1,
    2**63,
    True,
    0.5,
    "",
    "5 kg",
    "none",
    "all",
    "auto",
    "core",
    "trace",
    {},
    {"a": 1},
    [[]],
    *DURATIONS,
]
KEYS = {
    "start": DURATIONS,
    "stop": DURATIONS,
    "count": [0, 1, 2],
    "virtual_processors": [1, 2, 4, 9],
    "quantum": DURATIONS,
    "reserve": ["0 %", "10 %", "101 %"],
    "cap": ["10 %", "75 %"],
    "weight": [1, 10_000, 0],
    "affinity": [[0], [1], [0, 1], [9]],
    "slice": DURATIONS,
    "cap_period": DURATIONS,
    "cache_refill": DURATIONS,
    "background_burst": DURATIONS,
    "hypervisor": ["none"],
    "threads": [0, 1, 5],
    "nonsense": [1],
}
MUTATIONS = st.lists(
    st.tuples(
        st.integers(0, 10**6),
        st.sampled_from(["alike"] * 5 + ["add", "add", "change", "delete", "repeat"]),
        st.integers(0, 10**6),
    ),
    min_size=1,
    max_size=4,
)
FILES = [tomllib.loads(text) for text in (EXACT, BUSY, NATIVE)]


def places(data):
    """List every table and array with each of its keys or indices."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield data, key
        yield from places(value)


def alike(value, index):
    """Choose another value of the same sort; of any sort where there is none."""
    pool = next((pool for pattern, pool in ALIKE if re.fullmatch(pattern, str(value))), ANYTHING)
    return pool[index % len(pool)]


def mutated(data, mutations):
    data = copy.deepcopy(data)
    for place, how, choice in mutations:
        spots = list(places(data))
        if not spots:
            break
        inside, key = spots[place % len(spots)]
        name = list(KEYS)[choice % len(KEYS)]
        match how:
            case "alike":
                inside[key] = copy.deepcopy(alike(inside[key], choice))
            case "change":
                inside[key] = copy.deepcopy(ANYTHING[choice % len(ANYTHING)])
            case "delete":
                del inside[key]
            case "add" if isinstance(inside, dict):
                inside[name] = copy.deepcopy(KEYS[name][place % len(KEYS[name])])
            case "repeat" if isinstance(inside, list):
                inside.append(copy.deepcopy(inside[key]))
    return data


def is_small(scenario):
    """Keep the host to a few processors and some thousand events."""
    guests = scenario.guests()
    workloads = [guest.block.workload for guest in guests]
    rates = [
        each.rate or 1e9 / max(each.arrivals.average_ns, 1)
        for each in workloads
        if isinstance(each, OpenWorkload)
    ]
    threads = [each.threads for each in workloads if isinstance(each, ClosedWorkload)]
    vps = [guest.block.virtual_processors for guest in guests]
    return scenario.host.lps <= 8 and sum(vps) <= 64 and sum(threads) <= 500 and sum(rates) <= 1e6


def told(arguments):
    """Run a command in this process; give its exit code and what it said."""
    talk = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(talk):
        return invoke(arguments), talk.getvalue()


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(st.sampled_from(FILES), MUTATIONS)
def test_any_scenario_runs_or_is_refused(data, mutations):
    with TemporaryDirectory() as folder:
        path, out = Path(folder, "s.toml"), Path(folder, "out")
        path.write_text(tomli_w.dumps(mutated(data, mutations)))
        try:
            assume(is_small(load(path, SHORT)))
            expected = 0
        except SpecError:
            expected = 3
        event(f"exit code {expected}")
        sets = [word for each in SHORT for word in ("--set", each)]
        code, said = told(["run", str(path), "-q", "--out", str(out), *sets])
        assert code == expected, said
        assert out.exists() == (expected == 0)
        assert not Path(folder, "out.partial").exists()
