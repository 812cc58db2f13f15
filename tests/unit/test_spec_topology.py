"""Cores, NUMA nodes and schedulers: every setting that a host cannot have, or Hyper-V would refuse, and its rule."""

import pytest

from hvecs.spec import SpecError, load
from hvecs.spec.topology import root_lps

BASE = """\
[scenario]
name = "s"
[host]
sockets = 2
cores_per_socket = 4
threads_per_core = 2
memory = "33 GiB"
root_reserve = "1 GiB"
[[partition]]
name = "web"
"""
SPLIT = ["host.numa_nodes=2", "host.numa_spanning=false"]
ONE_BY_ONE = ["host.logical_processors=7"]
ROOT = "host.scheduler=root"
EDGES = [f"{n} us" for n in range(1, 14)]


@pytest.fixture
def loaded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def loaded(*sets, text=BASE):
        (tmp_path / "host.toml").write_text(text)
        return load("host.toml", sets)

    return loaded


@pytest.fixture
def problems(loaded):
    def problems(*sets, text=BASE):
        try:
            loaded(*sets, text=text)
        except SpecError as error:
            return [str(problem).split(": ", 1)[1] for problem in error.problems]
        return []

    return problems


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        (["host.threads_per_core=3"], "expected a whole number from 1 to 2; got 3"),
        (["host.numa_nodes=3"], "the 8 cores cannot be shared out evenly; expected a number that divides 8"),
        (["host.numa_nodes=16"], "the 8 cores cannot be shared out evenly"),
        (["host.threads_per_core=1", "partition.web.processor.threads_per_core=2"], "2 is more than the threads of a core of the host (HwThreadCountPerCore); expected at most 1"),
        ([ROOT, "partition.web.processor.weight=200"], "the root scheduler has no weight of a VM [WSD scheduler types]; expected 100"),
        ([ROOT, "partition.web.processor.reserve=10 %"], 'the root scheduler has no reserve of a VM [WSD scheduler types]; expected "0 %"'),
        ([ROOT, "partition.web.processor.cap=10 %"], 'the root scheduler has no cap of a VM [WSD scheduler types]; expected "100 %"'),
        ([ROOT, 'host.cpu_group=[{ name = "g" }]', "partition.web.processor.group=g"], "the root scheduler has no group of a VM"),
        ([ROOT, "partition.web.virtual_processors=1025"], "the root scheduler runs at most 1024 VPs of a guest"),
        ([*SPLIT, "partition.web.memory=17 GiB"], '"17 GiB" does not fit one NUMA node, and host.numa_spanning is false; expected at most "16 GiB"'),
        ([*SPLIT, "partition.web.processor.affinity=[0, 8]"], "the LPs lie on several NUMA nodes, and host.numa_spanning is false; expected those of one node"),
        ([f"host.scheduling.wait_buckets={EDGES[:12]}"], "expected the 13 edges of 14 buckets; got 12"),
        ([f"host.scheduling.wait_buckets={EDGES[::-1]}"], "expected edges in ascending order"),
        (["host.limits=ws2019", "host.cores_per_socket=81"], 'beyond limits = "ws2019": 324 VPs of the root; expected at most 320 (minroot)'),
        (["host.scheduler=Core"], 'expected "auto", "classic", "core" or "root", or "FILE.py:NAME"; got "Core"; did you mean "core"?'),
        (["host.smt_yield=2.5"], "expected a number above 0 and at most 2; got 2.5"),
    ],
)  # fmt: skip
def test_a_setting_is_refused_with_the_rule_that_it_breaks(problems, sets, message):
    found = problems(*sets)
    assert len(found) == 1, found
    assert message in found[0]


def test_an_odd_number_of_lps_makes_no_whole_cores(problems):
    text = BASE.replace("sockets = 2\ncores_per_socket = 4", "logical_processors = 7")
    assert problems(text=text) == [
        "host.logical_processors: 7 LPs make no whole cores of 2 threads; expected an even number"
    ]


@pytest.mark.parametrize(
    "sets",
    [
        ["host.limits=ws2019", "host.cores_per_socket=81", "root.virtual_processors=320"],
        [*SPLIT, "partition.web.memory=16 GiB", "partition.web.processor.affinity=[8, 15]"],
        [ROOT, "partition.web.processor.affinity=[3]", "partition.web.virtual_processors=1024"],
        ["host.scheduler=core", "partition.web.processor.threads_per_core=1"],
    ],
)
def test_what_lies_just_within_the_rules_is_accepted(problems, sets):
    assert problems(*sets) == []


def test_the_roots_vps_are_spread_over_the_nodes(loaded):
    assert root_lps(loaded("root.virtual_processors=5", "host.numa_nodes=2")) == [0, 1, 2, 8, 9]
    assert root_lps(loaded("root.virtual_processors=5")) == [0, 1, 2, 3, 4]
    assert root_lps(loaded("host.numa_nodes=4")) == list(range(16))
