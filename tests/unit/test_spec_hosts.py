"""Several hosts as files have them: names, what is the same on all, paths, merging, and what one host says of itself."""

import pytest

from hvecs.spec import Scenario, SpecError, load, resolved_toml
from hvecs.spec.changes import changes_of
from hvecs.spec.demand import PROCESS_BYTES, demand_of
from hvecs.spec.loading import load_advised
from hvecs.spec.placement import placement
from hvecs.spec.reference import keys_like
from hvecs.spec.units import GIB, US

TOP = '[scenario]\nname = "s"\n'
A = '[[host]]\nname = "a"\nlogical_processors = 4\nmemory = "8 GiB"\n'
B = '[[host]]\nname = "b"\nlogical_processors = 8\nmemory = "16 GiB"\n'
WEB = '[[partition]]\nname = "web"\n'
TWO = TOP + A + B + WEB


@pytest.fixture
def read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def read(text, *sets, **others):
        for name, other in others.items():
            (tmp_path / f"{name}.toml").write_text(other)
        (tmp_path / "s.toml").write_text(text)
        return load("s.toml", sets)

    return read


@pytest.fixture
def problems(read):
    def problems(text, *sets, **others):
        with pytest.raises(SpecError) as error:
            read(text, *sets, **others)
        return [str(problem) for problem in error.value.problems]

    return problems


def test_hosts_are_read_in_the_order_of_the_file(read):
    found = read(TWO)
    assert [(host.name, host.lps, host.memory) for host in found.hosts] == [
        ("a", 4, 8 * GIB),
        ("b", 8, 16 * GIB),
    ]
    assert found.host is found.hosts[0]


def test_one_table_is_one_host_whose_file_says_nothing_of_names(read):
    found = read(TOP + '[host]\nlogical_processors = 4\nmemory = "8 GiB"\n' + WEB)
    assert len(found.hosts) == 1
    text = resolved_toml(found)
    assert "[host]" in text
    assert not [line for line in text.splitlines() if line.startswith(("placement", "host ="))]
    assert text.count("name = ") == 2


@pytest.mark.parametrize("text", [TWO, TOP + A + WEB + 'host = "a"\n'])
def test_what_is_resolved_is_read_again_as_the_same(read, text):
    found = read(text)
    assert read(resolved_toml(found)) == found
    assert ("[[host]]" in resolved_toml(found)) is (len(found.hosts) > 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TOP + A + B.replace('name = "b"\n', "") + WEB, ["s.toml:7: host[1].name: missing; expected the name of each of several hosts"]),
        (TWO.replace('"b"', '"A"'), ['s.toml:8: host[1].name: "A" is that of host[0] too; expected names that differ, in more than upper and lower case']),
        (TWO.replace('"b"', '"costs"'), ['s.toml:8: host[1].name: "costs" is a key of [host], so that paths could not name this host; expected another name']),
        (TWO.replace('"b"', '"b b"'), ['s.toml:8: host[1].name: expected a name of 1 to 100 letters, digits, . _ and -, the first a letter or digit; got "b b"']),
        (TOP + A + B + 'page = "4 KiB"\n' + WEB, ['s.toml:11: host[1].page: expected "2 MiB", as of "a": it is the same on all hosts']),
        (TOP + A + B + 'scheduler = "root"\n' + WEB, ['s.toml:11: host[1].scheduler: expected "classic", as of "a": it is the same on all hosts']),
        (TOP + A + B + "threads_per_core = 2\n" + WEB, ['s.toml:7: host[1].scheduler: expected "classic", as of "a": it is the same on all hosts']),
        (TOP + A + B + 'limits = "ws2022"\n' + WEB, ['s.toml:11: host[1].limits: expected "ws2025", as of "a": it is the same on all hosts']),
        (TOP + A + B + 'scheduling.wait_buckets = ["1 us"]\n' + WEB, [
            's.toml:11: host[1].scheduling.wait_buckets: expected the same array, as of "a": it is the same on all hosts',
            "s.toml:11: host[1].scheduling.wait_buckets: expected the 13 edges of 14 buckets; got 1",
        ]),
        (TWO + 'host = "bb"\n', ['s.toml:13: partition[0].host: there is no host "bb"; did you mean "b"?']),
        (TWO + 'host = "zzz"\n', ['s.toml:13: partition[0].host: there is no host "zzz"; expected one of "a" or "b"']),
        (TOP + '[host]\nlogical_processors = 4\nmemory = "8 GiB"\n' + WEB + 'host = "a"\n', ['s.toml:8: partition[0].host: there is no host "a"; expected a [[host]] with this name']),
        ("host = []\n" + TOP + WEB, ["s.toml:1: host: expected a table, or an array of one or more"]),
        (TOP + A + B + "colour = 1\n" + WEB, None),
        (TOP + A + B.replace("8", "0", 1) + WEB, ["s.toml:9: host[1].logical_processors: expected a whole number from 1 to 16384; got 0"]),
        (TOP + 'placement = "by-lod"\n' + A + B + WEB, ['s.toml:3: scenario.placement: expected "first-fit", "by-memory" or "by-load"; got "by-lod"; did you mean "by-load"?']),
    ],
)  # fmt: skip
def test_what_is_wrong_with_hosts_is_said_where_it_stands(problems, text, expected):
    found = problems(text)
    if expected is None:
        assert found[0].startswith("s.toml:11: host[1].colour: unknown key; expected one of name")
    else:
        assert sorted(found) == sorted(expected)


def test_native_hosts_are_one(problems):
    native = TWO.replace('name = "a"\n', 'name = "a"\nhypervisor = "none"\n').replace(
        'name = "b"\n', 'name = "b"\nhypervisor = "none"\n'
    )
    assert problems(native) == [
        's.toml:8: host[1]: the native baseline (host.hypervisor = "none") is one machine; expected one [host]'
    ]


def test_rules_of_a_host_hold_for_the_guests_that_are_on_it(problems):
    text = TOP + A + B + WEB + 'host = "a"\nmemory = "10 GiB"\n[partition.processor]\naffinity = [6]\n'
    assert [line.split(": ", 1)[1] for line in problems(text)] == [
        'partition[0].memory: "10 GiB" does not fit into the host; expected at most "8 GiB" less a root reserve of "0.609375 GiB" (host a)',
        "partition[0].processor.affinity: LP 6 does not exist; expected LPs from 0 to 3 (host a)",
    ]
    assert problems(TWO, "root.virtual_processors=6") == [
        '--set root.virtual_processors: expected "all" or at most the 4 LPs of the host; got 6 (host a)'
    ]


def test_a_rule_of_a_guest_that_is_spread_is_told_once(problems):
    text = (
        TOP
        + A
        + B
        + WEB
        + 'count = 2\n[partition.processor]\naffinity = [3]\nreserve = "20 %"\ncap = "10 %"\n'
    )
    assert problems(text) == [
        's.toml:16: partition[0].processor.reserve: "20 %" is above the cap; expected at most "10 %"'
    ]


@pytest.mark.parametrize(
    ("setting", "a", "b"),
    [
        ("host.costs.context_switch=9 us", 9, 9),
        ("host.a.costs.context_switch=9 us", 9, 3),
        ('host."b".costs.context_switch=9 us', 3, 9),
        ("host[1].costs.context_switch=9 us", 3, 9),
    ],
)
def test_a_path_without_a_name_means_all_hosts(read, setting, a, b):
    found = read(TWO, "host.costs.context_switch=3 us", setting)
    assert [host.costs.context_switch for host in found.hosts] == [a * US, b * US]


def test_a_path_names_the_only_host_too(read):
    found = read(TOP + A + WEB, "host.a.memory=4 GiB")
    assert found.host.memory == 4 * GIB
    one = TOP + A.replace("[[host]]", "[host]") + WEB
    assert read(one, "host.a.memory=4 GiB").host.memory == 4 * GIB
    assert read(one, "host[0].memory=4 GiB").host.memory == 4 * GIB


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("host.c.memory=1 GiB", '--set host.c.memory: there is no host "c"; expected one of "a" or "b"'),
        ("host.cost.context_switch=1 us", '--set host.cost.context_switch: there is no host "cost"; did you mean "costs"?'),
        ("host[2].memory=1 GiB", "--set host[2].memory: there is no host[2]; the scenario has 2 hosts"),
        ("host.a=1", "--set host.a: not a path; expected one such as host.costs.context_switch or partition.NAME.memory"),
        ("host.a.memory=1", '--set host.a.memory: expected a size with a unit such as "8 GiB"; got 1'),
        ("host.memory=1", '--set host.memory: expected a size with a unit such as "8 GiB"; got 1'),
        ("host.a.costs.contextswitch=1 us", '--set host.a.costs.contextswitch: unknown key; did you mean "context_switch"?'),
    ],
)  # fmt: skip
def test_a_bad_path_of_a_host_is_one_problem(problems, setting, expected):
    assert problems(TWO, setting) == [expected]


def test_hosts_merge_by_name_and_one_table_holds_for_each(read):
    base = TOP + A + B + WEB
    over = 'extends = "base.toml"\n[[host]]\nname = "b"\nmemory = "4 GiB"\n[[host]]\nname = "c"\nlogical_processors = 2\nmemory = "2 GiB"\n'
    found = read(over, base=base)
    assert [(host.name, host.lps, host.memory // GIB) for host in found.hosts] == [
        ("a", 4, 8),
        ("b", 8, 4),
        ("c", 2, 2),
    ]
    found = read('extends = "base.toml"\n[host]\nmemory = "3 GiB"\n', base=base)
    assert [(host.name, host.lps, host.memory // GIB) for host in found.hosts] == [("a", 4, 3), ("b", 8, 3)]
    common = TOP + '[host]\nlogical_processors = 4\nmemory = "8 GiB"\n' + WEB
    found = read(
        'extends = "base.toml"\n[[host]]\nname = "a"\n[[host]]\nname = "b"\nlogical_processors = 2\n',
        base=common,
    )
    assert [(host.name, host.lps, host.memory // GIB) for host in found.hosts] == [("a", 4, 8), ("b", 2, 8)]


def test_policies_and_systems_of_hosts_are_found_beside_their_file(read, problems, tmp_path):
    code = 'scheduler = "mine.py:POLICY"\nsystems = ["mine.py:Heat"]\n'
    text = TOP + A + code + B + code + WEB
    assert len(problems(text)) == 4
    (tmp_path / "mine.py").write_text("")
    found = read(text)
    assert {host.scheduler for host in found.hosts} == {f"{tmp_path / 'mine.py'}:POLICY"}
    assert {host.systems for host in found.hosts} == {(f"{tmp_path / 'mine.py'}:Heat",)}


def test_the_reference_finds_a_key_by_the_path_of_a_named_host():
    assert [key.path for key in keys_like("host.a.costs.context_switch")] == ["host.costs.context_switch"]


def test_placement_of_one_host_is_that_host(read):
    assert placement(read(TOP + A + WEB + "count = 2\n")) == {"web-0": 0, "web-1": 0}
    assert isinstance(read(TWO), Scenario)


GROUP = '[[host.cpu_group]]\nname = "batch"\nlogical_processors = [0]\n'
CAP = '[[event]]\nat = "1 min"\nset = { "PATH" = "50 %" }\n'


@pytest.mark.parametrize(
    ("path", "paths"),
    [
        ("host.cpu_group.batch.cap", [(0, "host.a.cpu_group.batch.cap"), (1, "host.b.cpu_group.batch.cap")]),
        ("host.b.cpu_group.batch.cap", [(1, "host.b.cpu_group.batch.cap")]),
    ],
)
def test_an_event_sets_the_cap_of_a_group_of_one_host_or_of_all(read, path, paths):
    text = TOP + A + GROUP + B + GROUP + WEB + CAP.replace("PATH", path)
    assert [(change.host, change.path) for change in changes_of(read(text))] == paths


def test_the_group_of_the_only_host_has_the_path_that_it_had(read):
    text = TOP + A + GROUP + WEB + CAP.replace("PATH", "host.cpu_group.batch.cap")
    assert [(change.host, change.path) for change in changes_of(read(text))] == [
        (0, "host.cpu_group.batch.cap")
    ]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("host.c.cpu_group.batch.cap", 'there is no host "c"; expected the name of a [[host]]'),
        ("host.b.cpu_group.batch.cap", 'there is no CPU group "batch"; expected a [[host.cpu_group]]'),
        ("host.b.memory", "the memory of a host does not change while it runs; expected another setting"),
        ("partition.web.host", "a guest comes to another host by a migration; expected another setting"),
    ],
)
def test_an_event_of_a_host_names_what_it_has(problems, path, expected):
    text = TOP + A + GROUP + B + WEB + CAP.replace("PATH", path)
    assert problems(text) == [f's.toml:18: event[0].set."{path}": {expected}']


def test_a_group_is_set_once_at_a_time(problems):
    text = TOP + A + GROUP + B + GROUP + WEB
    text += CAP.replace("PATH", "host.cpu_group.batch.cap") + CAP.replace(
        "PATH", "host.b.cpu_group.batch.cap"
    )
    assert problems(text) == [
        's.toml:24: event[1].set."host.b.cpu_group.batch.cap": host.b.cpu_group.batch.cap is set at this time already; expected once'
    ]


def test_static_memory_is_set_to_what_the_host_of_the_guest_has(read, problems):
    event = '[[event]]\nat = "1 min"\nset = { "partition.web.memory" = "12 GiB" }\n'
    read(TOP + A + B + WEB + 'host = "b"\n' + event)
    assert problems(TOP + A + B + WEB + 'host = "a"\n' + event) == [
        's.toml:16: event[0].set."partition.web.memory": expected at most the memory of the host, "8192 MiB"; got "12 GiB" at "1 min"'
    ]


@pytest.fixture
def warnings(read):
    def warnings(text, *sets):
        read(text, *sets)
        return [str(each) for each in load_advised("s.toml", sets)[1]]

    return warnings


def test_warnings_are_of_the_host_that_they_are_of(warnings):
    wide = WEB + 'host = "a"\nvirtual_processors = 6\n'
    assert warnings(TOP + A + B + wide) == [
        "s.toml:14: partition[0].virtual_processors: 6 VPs on 4 LPs: no more than 4 of them run at once (host a)"
    ]
    assert warnings(TOP + A + B + wide.replace('"a"', '"b"')) == []
    full = WEB + 'host = "a"\nmemory = "4 GiB"\ncount = 2\n'
    assert warnings(TOP + A + B + full) == [
        "s.toml:14: partition[0].memory: web-1 will not start: it needs 4096 MiB, and 3472 MiB can be had (host a)"
    ]


def test_a_key_of_a_host_has_an_effect_if_any_host_reads_it(warnings):
    capped = WEB + 'host = "b"\nprocessor.cap = "50 %"\n'
    assert warnings(TOP + A + B + capped, "host.scheduling.cap_period=50 ms") == []
    assert warnings(TOP + A + B + WEB, "host.scheduling.cap_period=50 ms") == [
        "--set host.scheduling.cap_period: has no effect: no guest has a cap or a reserve, and no CPU group a cap"
    ]


def test_a_rule_of_placement_without_effect_is_told(warnings):
    text = TOP + 'placement = "by-load"\n'
    assert warnings(text + A + WEB) == ["s.toml:3: scenario.placement: has no effect: there is one host"]
    assert warnings(text + A + B + WEB + 'host = "a"\n') == [
        "s.toml:3: scenario.placement: has no effect: each guest has a host of its own"
    ]
    assert warnings(text + A + B + WEB) == []


def test_a_tier_has_the_lps_of_all_its_hosts(warnings):
    tier = '[[tier]]\nname = "t"\nrate = "900 /s"\nservice = { distribution = "exponential", mean = "10 ms" }\nguests = ["web"]\n'
    web = WEB + "count = 2\nvirtual_processors = 8\n"
    spread = 'placement = "by-memory"\n'
    assert [line.split(": ", 2)[2] for line in warnings(TOP + A + B + web + tier) if "tier" in line] == [
        "comes to 9 LPs of work at native speed, and its guests have 4 at most: its queue will grow"
    ]
    assert not [
        line
        for line in warnings(
            TOP
            + spread
            + A
            + A.replace('"a"', '"b"').replace("4", "8", 1)
            + web
            + 'memory = "5 GiB"\n'
            + tier
        )
        if "tier" in line
    ]


def test_several_hosts_take_what_each_takes(read):
    web = WEB + "count = 2\nvirtual_processors = 2\n"
    one = demand_of(read(TOP + A + web.replace("count = 2", "count = 1")))
    two = demand_of(read(TOP + A + A.replace('"a"', '"b"') + web))
    assert two.rows == pytest.approx(2 * one.rows)
    assert two.memory_bytes - PROCESS_BYTES == pytest.approx(2 * (one.memory_bytes - PROCESS_BYTES))


EXPONENTIAL = '{ distribution = "exponential", mean = "1 ms" }'
LOADS = f"""
[[partition]]
name = "open"
[partition.workload]
kind = "open"
rate = "5 /s"
service = {EXPONENTIAL}
profile = [{{ at = "0 s", times = 1 }}, {{ at = "1 h", times = 2 }}]
[[partition]]
name = "closed"
[partition.workload]
kind = "closed"
work = "1 h"
compute = {EXPONENTIAL}
sleep = {EXPONENTIAL}
[[partition]]
name = "trace"
[partition.workload]
kind = "trace"
times = ["0 s", "5 s", "10 s"]
demand = [30, 90]
burst = {EXPONENTIAL}
[[tier]]
name = "front"
guests = ["web"]
service = {EXPONENTIAL}
service_after = {EXPONENTIAL}
trace = {{ times = ["0 s", "5 s"], rates = [3] }}
calls = [{{ tier = "back", times = 2 }}]
[[tier]]
name = "back"
guests = ["web"]
policy = "weighted"
weights = [1]
service = {EXPONENTIAL}
""".splitlines()
RULES = ("first-fit", "by-memory", "by-load")


def without(line):
    return "\n".join(each for each in LOADS if each != line)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('rate = "5 /s"', "", "partition[1].workload.rate: missing; expected rate or arrivals"),
        ("demand = [30, 90]", "demand = [30, 90, 0]", "partition[3].workload.demand: expected one fewer than times, 2; got 3"),
        ('["0 s", "5 s", "10 s"]', "[]", "partition[3].workload.file: missing; expected file, or times and demand"),
        ('at = "1 h"', 'at = "0 s"', 'partition[1].workload.profile[1].at: expected later than "0 s"; got "0 s"'),
        ("rates = [3]", "rates = [3, 4]", "tier[0].trace.rates: expected one fewer than times, 1; got 2"),
        ('tier = "back"', 'tier = "bacl"', 'tier[0].calls[0].tier: there is no tier "bacl"; did you mean "back"?'),
        ("weights = [1]", "weights = [1, 1]", "tier[1].weights: expected as many as guests, 1; got 2"),
    ],
)  # fmt: skip
def test_a_load_that_cannot_be_known_is_a_problem_of_its_own_whatever_places_guests(problems, rule, old, new, problem):  # fmt: skip
    text = "\n".join(LOADS)
    assert old in text
    found = problems(TWO + text.replace(old, new), f"scenario.placement={rule}")
    assert problem in [each.split(": ", 1)[1] for each in found]


@pytest.mark.parametrize("line", ["", *dict.fromkeys(line for line in LOADS if line)])
def test_a_line_less_is_no_fault_or_one_that_is_told(read, line):
    """And where guests are placed without looking at loads, told alike."""
    told = []
    for rule in RULES:
        try:
            read(TWO + without(line), f"scenario.placement={rule}")
            told.append(())
        except SpecError as error:
            told.append(error.problems)
    assert told[0] == told[1]
    assert bool(told[0]) == bool(told[2])
    assert line or not told[2]


def test_no_guest_is_placed_by_loads_that_cannot_be_known(problems):
    """It might fit no host only because others are elsewhere than they will be."""
    big = '[[partition]]\nname = "big"\nmemory = "20 GiB"\n'
    broken = TWO + big + without('rate = "5 /s"')
    assert len(problems(broken, "scenario.placement=first-fit")) == 2
    (found,) = problems(broken, "scenario.placement=by-load")
    assert found.endswith("missing; expected rate or arrivals")
    (found,) = problems(TWO + big + "\n".join(LOADS), "scenario.placement=by-load")
    assert '"big" fits no host' in found
