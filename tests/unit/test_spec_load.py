import subprocess
import sys

import pytest

from hvecs.spec import ClosedWorkload, Empirical, Exponential, IdleWorkload, SpecError, load
from hvecs.spec.distributions import LONGEST_DRAWN
from hvecs.spec.units import DAY, GIB, HOUR, MIB, MINUTE, MS, SECOND
from systems.kernels.distributions import LONGEST_NS

BASE = """\
[scenario]
name = "s"
[host]
logical_processors = 4
memory = "32 GiB"
[[partition]]
name = "web"
"""


@pytest.fixture
def problems(tmp_path, monkeypatch):
    """Give the problems of a file host.toml, one line each."""
    monkeypatch.chdir(tmp_path)

    def problems(text, *sets):
        content = text if isinstance(text, bytes) else text.encode()
        (tmp_path / "host.toml").write_bytes(content)
        try:
            load("host.toml", sets)
        except SpecError as error:
            return str(error).splitlines()
        return []

    return problems


@pytest.fixture
def scenario(tmp_path):
    def scenario(text, *sets):
        path = tmp_path / "host.toml"
        path.write_text(text, encoding="utf-8")
        return load(path, sets)

    return scenario


def test_defaults_are_filled_in(scenario):
    found = scenario(BASE)
    assert found.scenario.duration == HOUR
    assert found.scenario.sample == 10 * SECOND
    assert found.host.lps == 4
    assert found.host.lps_per_socket == 4
    assert found.host.memory == 32 * GIB
    assert found.host.scheduling.slice == 10 * MS
    assert found.root.virtual_processors == "all"
    block = found.partition[0]
    assert block.memory == GIB
    assert block.processor.cap == 100.0
    assert block.workload == IdleWorkload()
    assert block.enlightenments.cluster_ipi is True


def test_a_whole_guest_is_read(scenario):
    text = (
        BASE
        + """
        count = 2
        virtual_processors = 2
        [partition.workload]
        kind = "closed"
        threads = 24
        work = "252 min"
        sleep = { distribution = "empirical", values = ["1 ms", "2 ms"] }
        """
    )
    found = scenario(text)
    assert found.partition[0].workload == ClosedWorkload(
        threads=24,
        work="252 min",
        compute={"distribution": "exponential", "mean": "8 ms"},
        sleep={"distribution": "empirical", "values": ("1 ms", "2 ms")},
    )
    workload = found.partition[0].workload
    assert workload.work == 252 * MINUTE
    assert isinstance(workload.compute, Exponential)
    assert workload.sleep.values == (MS, 2 * MS)


def test_guests_are_named_by_count(scenario):
    text = BASE + 'count = 2\n[[partition]]\nname = "one"\ncount = 1\n[[partition]]\nname = "db"\n'
    found = scenario(text)
    assert [guest.name for guest in found.guests()] == ["web-0", "web-1", "one-0", "db"]
    assert found.guests()[1].block is found.partition[0]


def test_sockets_and_cores_make_lps(scenario):
    found = scenario(BASE.replace("logical_processors = 4", "sockets = 2\ncores_per_socket = 3"))
    assert (found.host.lps, found.host.lps_per_socket, found.host.socket_count) == (6, 3, 2)


def test_the_root_reserve_follows_the_published_formula(scenario):
    text = BASE.replace("32 GiB", "64 GiB")
    assert scenario(text).host.root_reserve_bytes == (384 + 30 * 64) * MIB
    assert scenario(text, "host.root_reserve=1 GiB").host.root_reserve_bytes == GIB


def test_a_scenario_is_immutable(scenario):
    found = scenario(BASE)
    with pytest.raises(ValueError, match="frozen"):
        found.host.memory = 1


def test_the_documented_example_of_a_problem(problems):
    text = BASE + '\n\n\n[[partition]]\nname = "db"\nwieght = 5\n'
    assert problems(text) == ['host.toml:13: partition[1].wieght: unknown key; did you mean "weight"?']


def test_all_problems_are_reported_in_the_order_of_the_file(problems):
    text = """\
[scenario]
name = "a/b"
purpos = "typo"
step = 5
[host]
memory = "8 GB"
logical_processors = true
colour = 1
[[partition]]
virtual_processors = "2"
[partition.processor]
reserve = "60 %"
cap = "50 %"
weight = 0
affinity = [0, "x"]
[[partition]]
name = "Root"
memory = 4
weight = 1
[partition.workload]
kind = "closed"
wrok = "1 h"
compute = { distribution = "exponental" }
sleep = { distribution = "lognormal", mean = "1 ms" }
"""
    assert problems(text) == [
        'host.toml:2: scenario.name: expected a name of 1 to 100 letters, digits, spaces, . _ and -, usable as a folder\'s; got "a/b"',
        'host.toml:3: scenario.purpos: unknown key; did you mean "purpose"?',
        'host.toml:4: scenario.step: expected a duration with a unit such as "10 ms"; got 5',
        'host.toml:6: host.memory: unit "GB" is ambiguous; write "8 GiB", as Windows means it',
        "host.toml:7: host.logical_processors: expected a whole number from 1 to 16384; got true",
        (
            "host.toml:8: host.colour: unknown key; expected one of name, logical_processors, sockets, cores_per_socket, threads_per_core, "
            "numa_nodes, smt_yield, cache, memory_bus, memory, page, hypervisor, scheduler, systems, numa_spanning, root_reserve, limits, scheduling, dynamic_memory, paging_channels, save_bandwidth, live_migration, costs, cpu_group"
        ),
        "host.toml:9: partition[0].name: missing; expected a name of 1 to 100 printable characters",
        'host.toml:10: partition[0].virtual_processors: expected a whole number from 1 to 262144; got "2"',
        'host.toml:12: partition[0].processor.reserve: "60 %" is above the cap; expected at most "50 %"',
        "host.toml:14: partition[0].processor.weight: expected a whole number from 1 to 10000; got 0",
        'host.toml:15: partition[0].processor.affinity[1]: expected a whole number from 0 to 16383; got "x"',
        'host.toml:17: partition[1].name: "Root" is reserved; expected another name',
        'host.toml:18: partition[1].memory: expected a size with a unit such as "8 GiB"; got 4',
        'host.toml:19: partition[1].weight: unknown key; did you mean "processor.weight"?',
        'host.toml:20: partition[1].workload.work: missing; expected a duration with a unit such as "10 ms"',
        'host.toml:22: partition[1].workload.wrok: unknown key; did you mean "work"?',
        (
            'host.toml:23: partition[1].workload.compute.distribution: expected "deterministic", "exponential", "uniform", "lognormal", '
            '"pareto" or "empirical"; got "exponental"; did you mean "exponential"?'
        ),
        "host.toml:24: partition[1].workload.sleep.cv: missing; expected a number above 0 and at most 100",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["host.toml:1: scenario: missing; expected a table [scenario]", "host.toml:1: host: missing; expected a table [host]",
            "host.toml:1: partition: missing; expected at least one [[partition]]"]),
        ("partition = 5\nhost = 1\n[scenario]\nname = 'x'", [
            "host.toml:1: partition: expected tables, each under [[partition]]; got 5",
            "host.toml:2: host: expected a table [host]; got 1",
        ]),
        (BASE.replace("[[partition]]", "[partition]"), [
            "host.toml:6: partition: expected tables, each under [[partition]]; got a table"
        ]),
        (BASE + "[partition.workload]\nthreads = 1", [
            'host.toml:8: partition[0].workload.kind: missing; expected "closed", "open", "trace" or "idle"'
        ]),
        (BASE + "[partition.workload]\nkind = 'tracer'", [
            'host.toml:9: partition[0].workload.kind: expected "closed", "open", "trace" or "idle"; got "tracer"; did you mean "trace"?'
        ]),
        (BASE + "[partition.workload]\nkind = ['idle']", [
            'host.toml:9: partition[0].workload.kind: expected "closed", "open", "trace" or "idle"; got an array'
        ]),
        (BASE + "[partition.workload]\nkind = 'idle'\nwork = '1 h'", [
            'host.toml:10: partition[0].workload.work: unknown key of kind = "idle"; expected one of kind, memory_bound, working_set, dirty_rate'
        ]),
        (BASE + "workload = 'idle'", [
            'host.toml:8: partition[0].workload: expected a workload such as { kind = "idle" }; got "idle"'
        ]),
        (BASE + "[partition.workload]\nkind = 'open'\nrate = '1 /s'", [
            ("host.toml:8: partition[0].workload.service: missing; expected a distribution such as "
            '{ distribution = "exponential", mean = "8 ms" }')
        ]),
        (BASE + "[partition.workload]\nkind = 'closed'\nwork = '1 h'\ncompute = '8 ms'", [
            ("host.toml:11: partition[0].workload.compute: expected a distribution such as "
            '{ distribution = "exponential", mean = "8 ms" }; got "8 ms"')
        ]),
        (BASE + "[partition.workload]\nkind = 'closed'\nwork = '1 h'\nsleep = { mean = '8 ms' }", [
            ('host.toml:11: partition[0].workload.sleep.distribution: missing; expected "deterministic", "exponential", "uniform", '
            '"lognormal", "pareto" or "empirical"')
        ]),
        (BASE + "[partition.workload]\nkind = 'closed'\nwork = '1 h'\nlock = { share = '0 %', kind = 'queued' }", [
            'host.toml:11: partition[0].workload.lock.share: expected a percentage above "0 %" to "100 %"; got "0 %"',
            'host.toml:11: partition[0].workload.lock.hold: missing; expected a duration with a unit such as "10 ms"',
            'host.toml:11: partition[0].workload.lock.kind: expected "spin", "ticket" or "park"; got "queued"',
        ]),
        (BASE + '"a b\\n" = 1', [
            ('host.toml:8: partition[0]."a b\\n": unknown key; expected one of name, count, host, priority, start, stop, restart, virtual_processors, memory, '
            "virtual_numa, processor, workload, guest, dynamic_memory, memory_demand, enlightenments, io, intercepts")
        ]),
        ("extend = 'base.toml'\n" + BASE, ['host.toml:1: extend: unknown key; did you mean "extends"?']),
        ("hue = 1\n" + BASE, [
            "host.toml:1: hue: unknown key; expected one of extends, scenario, host, root, partition, storage, network, rule, cluster, tier, event"
        ]),
        ("seed = 1\n" + BASE, ['host.toml:1: seed: unknown key; did you mean "scenario.seed"?']),
        (BASE + "start = 1979-05-27", [
            'host.toml:8: partition[0].start: expected a duration with a unit such as "10 ms"; got 1979-05-27'
        ]),
        (BASE + "[partition.processor]\naffinity = 1", [
            "host.toml:9: partition[0].processor.affinity: expected an array, each element a whole number from 0 to 16383; got 1"
        ]),
        (BASE + f"virtual_processors = {'0x' + 'f' * 5000}", [
            "host.toml:8: partition[0].virtual_processors: expected a whole number from 1 to 262144; got a number of about 6020 digits"
        ]),
    ],
)  # fmt: skip
def test_problems_are_said_in_words(problems, text, expected):
    assert problems(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "[host]\nthreads_per_core = 1\nnuma_nodes = 1\nsmt_yield = 1.31\npage = '2 MiB'\nscheduler = 'auto'\nnuma_spanning = true\n",
        "[host.scheduling]\nreserve = 'reserve-first'\n",
    ],
)
def test_a_documented_key_that_is_not_built_is_accepted_at_its_default(problems, text):
    extra = text.removeprefix("[host]\n")
    if extra != text:
        assert problems(BASE.replace("[host]\n", text)) == []
    else:
        assert problems(BASE + text) == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"[scenario]\nname = \n", "host.toml:2: Invalid value"),
        (b"a = 1\na = 2\n", "host.toml:2: Cannot overwrite a value"),
        (b"[a\n\n", "host.toml:1: "),
        (b'a = 1\nb = "x', "host.toml:2: Unterminated string"),
        (b"a = 1\nb = [1,\n", "host.toml:3: "),
        (b"a = 1\nb = '\xff'\n", "host.toml:2: not UTF-8 text; expected a TOML file saved as UTF-8"),
        ("[scenario]\n".encode("utf-16"), "host.toml:1: not UTF-8 text"),
        (b"\na = " + b"9" * 5000, "host.toml:2: a number has too many digits"),
        (b"a = " + b"[" * 5000, "host.toml:1: nested too deeply"),
        (b"a = " + b"[" * 40 + b"]" * 40, "host.toml:1: nested too deeply"),
        (b".".join([b"a"] * 5000) + b" = 1", "host.toml:1: nested too deeply"),
    ],
)
def test_a_file_that_is_not_toml_is_one_problem(problems, content, expected):
    found = problems(content)
    assert len(found) == 1
    assert found[0].startswith(expected)


def test_a_byte_order_mark_is_no_problem(problems):
    assert problems(b"\xef\xbb\xbf" + BASE.encode()) == []
    assert problems(b"\xef\xbb\xbf" + BASE.encode() + b"cout = 1")[0].startswith("host.toml:8: ")


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_an_unreadable_file_is_an_os_error(tmp_path, name):
    with pytest.raises(OSError, match=r"No such file|Is a directory"):
        load(tmp_path / name)


def test_an_unknown_key_hides_no_other_problem(problems):
    text = BASE + 'memory = "64 GiB"\ncolour = 1\n[partition.processor]\naffinity = [4]\n'
    assert [line.split(": ")[1] for line in problems(text)] == [
        "partition[0].memory",
        "partition[0].colour",
        "partition[0].processor.affinity",
    ]


def test_no_rule_is_judged_by_an_invalid_value(problems):
    text = BASE.replace("32 GiB", "32 GB").replace("= 4", "= '4'")
    text += 'memory = "999 TiB"\n[partition.processor]\naffinity = [400]\n'
    assert [line.split(": ")[1] for line in problems(text)] == [
        "host.logical_processors",
        "host.memory",
        "partition[0].memory",
    ]
    assert "beyond limits" in problems(text)[2]
    typo = BASE.replace("[host]", "[host]\nlimts = 'none'") + "virtual_processors = 3000\n"
    assert [line.split(": ")[1] for line in problems(typo)] == ["host.limts"]


def test_an_empirical_file_is_read_beside_the_scenario(tmp_path, scenario):
    (tmp_path / "times.csv").write_text('\ufeff# measured\n"1 ms"\n\n2 ms\n', encoding="utf-8")
    text = BASE + (
        "[partition.workload]\nkind = 'closed'\nwork = '1 h'\n"
        "compute = { distribution = 'empirical', file = 'times.csv' }\n"
        "sleep = { distribution = 'empirical', file = 'times.csv' }\n"
    )
    workload = scenario(text).partition[0].workload
    assert workload.compute == Empirical(values=("1 ms", "2 ms"))
    assert workload.sleep.average_ns == 1.5 * MS


FAR = 'expected a duration from "0 s" to "104 d"; got "105 d"'


@pytest.mark.parametrize(
    ("compute", "key"),
    [
        ("distribution = 'deterministic', mean = '105 d'", "mean"),
        ("distribution = 'exponential', mean = '105 d'", "mean"),
        ("distribution = 'uniform', low = '1 d', high = '105 d'", "high"),
    ],
)
def test_a_time_that_no_draw_can_have_is_refused_not_cut(problems, compute, key):
    """Draws are floats, which hold every nanosecond up to 104.2 days."""
    assert LONGEST_DRAWN == 104 * DAY < LONGEST_NS < 105 * DAY
    text = BASE + f"[partition.workload]\nkind = 'closed'\nwork = '366 d'\ncompute = {{ {compute} }}\n"
    assert not problems(text.replace("105 d", "104 d"))
    assert problems(text) == [f"host.toml:11: partition[0].workload.compute.{key}: {FAR}"]


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("file = 'no.csv'", 'host.toml:11: partition[0].workload.compute.file: cannot read "no.csv": no such file or directory; '),
        ("file = '.'", "host.toml:11: partition[0].workload.compute.file: "),
        ('file = "a\\u0000b"', "host.toml:11: partition[0].workload.compute.file: cannot read"),
        ("file = 5", "host.toml:11: partition[0].workload.compute.file: expected the name of a file; got 5"),
        ("file = 'bad.csv'", 'bad.csv:2: unknown unit "parsec"'),
        ("file = 'far.csv'", f"far.csv:2: {FAR}"),
        ("values = ['1 d', '105 d']", f"host.toml:11: partition[0].workload.compute.values[1]: {FAR}"),
        ("file = 'latin.csv'", 'host.toml:11: partition[0].workload.compute.file: "latin.csv" is not UTF-8 text'),
        ("file = 'empty.csv'", 'host.toml:11: partition[0].workload.compute.file: "empty.csv" has 0 durations; expected 1 to 1000000'),
        ("file = 'good.csv', values = ['1 ms']", "host.toml:11: partition[0].workload.compute.file: given beside values"),
        ("", "host.toml:11: partition[0].workload.compute.values: missing; expected values or file"),
        ("values = []", "host.toml:11: partition[0].workload.compute.values: expected 1 to 1000000 durations; got 0"),
        ("values = ['1 ms', 2]", "host.toml:11: partition[0].workload.compute.values[1]: expected a duration with a unit"),
        ("values = '1 ms'", "host.toml:11: partition[0].workload.compute.values: expected an array"),
        ("values = ['0 ms']", "host.toml:11: partition[0].workload.compute.values: expected a mean above zero"),
    ],
)  # fmt: skip
def test_an_empirical_distribution_has_good_values(problems, tmp_path, table, expected):
    (tmp_path / "bad.csv").write_text("1 ms\n3 parsec\n")
    (tmp_path / "far.csv").write_text("104 d\n105 d\n")
    (tmp_path / "good.csv").write_text("1 ms\n")
    (tmp_path / "empty.csv").write_text("# nothing\n")
    (tmp_path / "latin.csv").write_bytes(b"1 \xb5s\n")
    text = BASE + (
        "[partition.workload]\nkind = 'closed'\nwork = '1 h'\n"
        f"compute = {{ distribution = 'empirical', {table} }}\n".replace(",  }", " }")
    )
    found = problems(text)
    assert len(found) == 1
    assert found[0].startswith(expected)


def test_a_data_file_of_another_sort_gives_few_problems(problems, tmp_path):
    (tmp_path / "long.csv").write_text("5\n" * 1000)
    text = (
        BASE
        + "[partition.workload]\nkind = 'closed'\nwork = '1 h'\ncompute = { distribution = 'empirical', file = 'long.csv' }"
    )
    assert len(problems(text)) == 10


def test_a_zero_sleep_is_no_sleep_but_zero_work_is_a_problem(problems):
    head = BASE + "[partition.workload]\nkind = 'closed'\nwork = '1 h'\n"
    zero = "{ distribution = 'exponential', mean = '0 ms' }"
    assert problems(head + f"sleep = {zero}") == []
    assert problems(head + f"compute = {zero}") == [
        "host.toml:11: partition[0].workload.compute.mean: expected a mean above zero"
    ]


def test_importing_the_specification_stays_light():
    code = "import sys, hvecs.spec; print({'numpy', 'esper', 'numba', 'pyarrow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
