"""What is refused of memory, where, and in what words; what a demand is in points."""

import pytest

from hvecs.spec import SpecError, load, resolved_toml
from hvecs.spec.loading import load_advised
from hvecs.spec.memory_trace import trace_lines
from hvecs.spec.units import GIB, MIB, SECOND

TEXT = """[scenario]
name = "s"
[host]
logical_processors = 4
memory = "12 GiB"
[[partition]]
name = "db"
[partition.dynamic_memory]
startup = "2 GiB"
minimum = "512 MiB"
maximum = "8 GiB"
[partition.memory_demand]
kind = "ramp"
from = "1 GiB"
to = "9 GiB"
over = "20 min"
start = "10 min"
"""


@pytest.fixture
def loaded(tmp_path):
    def load_text(*sets, text=TEXT):
        (tmp_path / "host.toml").write_text(text)
        return load(tmp_path / "host.toml", sets)

    return load_text


@pytest.fixture
def problems(loaded):
    def find(*sets, text=TEXT):
        try:
            loaded(*sets, text=text)
        except SpecError as error:
            return [str(each) for each in error.problems]
        return []

    return find


DYNAMIC = "partition.db.dynamic_memory"


DEMAND = "partition.db.memory_demand"


def test_static_memory_is_given_in_multiples_of_2_mib(problems):
    text = TEXT.split("[[partition]]", maxsplit=1)[0] + '[[partition]]\nname = "db"\n'
    (found,) = problems(text=text + 'memory = "1701 MiB"\n')
    assert found.endswith(
        'partition[0].memory: expected a multiple of 2 MiB, such as "1700 MiB"; got "1701 MiB"'
    )
    assert problems(text=text + 'dynamic_memory = { startup = "1701 MiB" }\n') == []


@pytest.mark.parametrize(
    ("sets", "expected"),
    [
        ([f"{DYNAMIC}.startup=12 GiB", f"{DYNAMIC}.maximum=12 GiB"],
         'startup: "12 GiB" does not fit into the host; expected at most "12 GiB" less a root reserve of "0.726562 GiB"'),
        ([f"{DYNAMIC}.minimum=3 GiB"], 'minimum: expected at most the startup memory, "2 GiB"; got "3 GiB"'),
        ([f"{DYNAMIC}.maximum=1 GiB"], 'maximum: expected at least the startup memory, "2 GiB"; got "1 GiB"'),
        ([f"{DYNAMIC}.buffer=4 %"], 'buffer: expected a percentage from "5 %" to "2000 %"; got "4 %"'),
        ([f"{DYNAMIC}.buffer=2001 %"], 'buffer: expected a percentage from "5 %" to "2000 %"; got "2001 %"'),
        ([f"{DYNAMIC}.weight=10001"], "weight: expected a whole number from 0 to 10000; got 10001"),
        ([f"{DYNAMIC}.minimum=16 MiB"], 'minimum: expected a size from "32 MiB" to "1048576 TiB"; got "16 MiB"'),
        (["partition.db.virtual_numa=on"],
         'virtual_numa: a guest with Dynamic Memory sees one NUMA node; expected "auto" or "off"'),
        (["partition.db.memory=2 GiB"], "memory: given beside dynamic_memory; expected one of them"),
        (["host.hypervisor=none"],
         'means nothing in the native baseline (host.hypervisor = "none"); expected memory'),
        (["host.page=4 KiB", "host.memory=9 TiB", "host.limits=none"],
         'host.memory: 2415919104 page frames are too many to simulate; expected at most "8192 GiB" in pages of 4 KiB'),
        (["host.page=1 MiB"], 'host.page: expected "4 KiB" or "2 MiB"; got "1 MiB"'),
        ([f"{DEMAND}.working_set=101 %"], 'working_set: expected a percentage from "0 %" to "100 %"; got "101 %"'),
        ([f'{DEMAND}={{ kind = "steps", steps = [] }}'], "steps: expected at least one step"),
        ([f'{DEMAND}={{ kind = "steps", steps = [{{ at = "2 s", committed = "1 GiB" }}, {{ at = "2 s", committed = "2 GiB" }}] }}'],
         'at: expected later than "2 s"; got "2 s"'),
        ([f'{DEMAND}={{ kind = "diurnal", low = "2 GiB", high = "1 GiB" }}'], 'low: expected at most high, "1 GiB"; got "2 GiB"'),
        ([f'{DEMAND}={{ kind = "trace" }}'], "file: missing; expected file, or times and committed"),
        ([f'{DEMAND}={{ kind = "trace", times = ["1 s"], committed = [] }}'], "committed: expected as many as times, 1; got 0"),
        ([f'{DEMAND}={{ kind = "trace", times = ["1 s", "1 s"], committed = ["0 B", "0 B"] }}'],
         "times: expected times in order, each once"),
        ([f'{DEMAND}={{ kind = "ramp" }}'], "from: missing; expected a size with a unit such as"),
        ([f'{DEMAND}={{ kind = "rampe" }}'], 'got "rampe"; did you mean "ramp"?'),
        ([f"{DEMAND}=1 GiB"], 'memory_demand: expected a demand such as { kind = "constant", committed = "1 GiB" }'),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_where_it_is(problems, sets, expected):
    found = problems(*sets)
    assert any(expected in each for each in found), found


def test_bounds_and_limits_are_valid(problems):
    assert problems() == []
    assert problems(f"{DYNAMIC}.minimum=2 GiB", f"{DYNAMIC}.maximum=2 GiB", f"{DYNAMIC}.buffer=5 %") == []
    assert (
        problems(f"{DYNAMIC}.buffer=2000 %", f"{DYNAMIC}.weight=0", "host.page=4 KiB", "host.numa_nodes=2")
        == []
    )


def test_two_problems_are_reported_with_their_lines(problems):
    text = TEXT.replace('"512 MiB"', '"3 GiB"').replace('"8 GiB"', '"1 GiB"')
    assert [each.split("host.toml:")[1].split(":")[0] for each in problems(text=text)] == ["10", "11"]


@pytest.mark.parametrize(
    ("demand", "points"),
    [
        ('{ kind = "constant", committed = "3 MiB" }', [(0, 3 * MIB)]),
        ('{ kind = "ramp", from = "1 MiB", to = "2 MiB", over = "2 s", start = "1 s" }',
         [(SECOND, MIB), (3 * SECOND, 2 * MIB)]),
        ('{ kind = "steps", steps = [{ at = "1 s", committed = "1 MiB" }, { at = "2 s", committed = "5 MiB" }] }',
         [(0, MIB), (SECOND - 1, MIB), (SECOND, MIB), (2 * SECOND - 1, MIB), (2 * SECOND, 5 * MIB)]),
        ('{ kind = "trace", times = ["1 s", "3 s"], committed = ["1 MiB", "0 B"] }', [(SECOND, MIB), (3 * SECOND, 0)]),
    ],
)  # fmt: skip
def test_a_demand_is_a_line_between_points(loaded, demand, points):
    assert list(loaded(f"{DEMAND}={demand}").partition[0].memory_demand.points()) == points


def test_a_diurnal_demand_peaks_once_a_day(loaded):
    demand = (
        loaded(f'{DEMAND}={{ kind = "diurnal", low = "1 GiB", high = "3 GiB", peak = "14 h" }}')
        .partition[0]
        .memory_demand
    )
    points = demand.points()
    assert demand.cycle == points[-1][0] == 24 * 3600 * SECOND
    assert max(points, key=lambda point: point[1]) == (14 * 3600 * SECOND, 3 * GIB)
    assert min(points, key=lambda point: point[1]) == (2 * 3600 * SECOND, GIB)
    assert points[0][1] == points[-1][1]


def test_a_trace_comes_from_a_file(loaded, tmp_path):
    (tmp_path / "demand.csv").write_text("# time, committed\n0 s, 1 GiB\n\n10 min, 2.5 GiB\n")
    found = loaded(f'{DEMAND}={{ kind = "trace", file = "{tmp_path}/demand.csv" }}')
    assert found.partition[0].memory_demand.points() == ((0, GIB), (600 * SECOND, 5 * GIB // 2))
    (tmp_path / "again.toml").write_text(resolved_toml(found))
    assert load(tmp_path / "again.toml") == found


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("0 s, 1 GiB\n0 s, 2 GiB\n", 'demand.csv:2: expected times in order, each once; got "0 s"'),
        ("0 s\n", 'demand.csv:1: expected a time, a comma and a size such as "10 min, 2 GiB"; got "0 s"'),
        ("0 s, 1 GB\n", "ambiguous"),
        ("\n", "has no lines"),
    ],
)
def test_a_bad_trace_is_refused_with_its_line(problems, tmp_path, content, problem):
    (tmp_path / "demand.csv").write_text(content)
    found = problems(f'{DEMAND}={{ kind = "trace", file = "{tmp_path}/demand.csv" }}')
    assert len(found) == 1
    assert problem in found[0]


def test_a_trace_file_that_is_missing_is_said(problems):
    found = problems(f'{DEMAND}={{ kind = "trace", file = "nowhere.csv" }}')
    assert any("cannot read" in each for each in found)


def test_a_good_trace_has_no_problems(tmp_path):
    assert trace_lines(tmp_path, "1 s, 1 MiB\n2 s, 0 B", 10) == (((10**9, 2 * 10**9), (2**20, 0)), [])


def test_what_the_root_commits_is_held_to_the_rules_of_demands(problems):
    demand = '[root]\nmemory_demand = { kind = "diurnal", low = "2 GiB", high = "1 GiB" }\n'
    (found,) = problems(text=TEXT + demand)
    assert found.endswith('root.memory_demand.low: expected at most high, "1 GiB"; got "2 GiB"')


def test_the_demand_of_the_root_may_be_read_from_a_file(loaded, tmp_path):
    (tmp_path / "root.txt").write_text("0 s, 1 GiB\n10 min, 2 GiB\n")
    scenario = loaded(text=TEXT + '[root]\nmemory_demand = { kind = "trace", file = "root.txt" }\n')
    assert scenario.root.memory_demand.points() == ((0, GIB), (600 * SECOND, 2 * GIB))


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        (
            ["start=10 s", "restart=10 s"],
            'restart: expected more than the start, "10 s"; got "10 s"',
        ),
        (
            ["stop=10 s", "restart=20 s"],
            'restart: expected less than the stop, "10 s"; got "20 s"',
        ),
        (
            ["guest.boot=3 s", "guest.boot_cpu=4 s"],
            'guest.boot_cpu: expected at most the boot, "3 s"; got "4 s"',
        ),
    ],
)
def test_restarts_and_boots_that_make_no_sense_are_refused(problems, sets, message):
    (found,) = problems(*(f"partition.db.{each}" for each in sets))
    assert found.endswith(message)


@pytest.mark.parametrize(
    ("guest", "boot_s", "cpu_s"),
    [
        ([], 25, 10),
        (["boot=0 s"], 0, 0),
        (["boot=auto", "profile=linux"], 10, 3),
        (["boot=auto", "profile=none"], 0, 0),
        (["boot=auto", "boot_cpu=1 s"], 25, 1),
        (["boot=5 s"], 5, 2),
    ],
)
def test_a_boot_is_what_the_guest_says_or_its_profile(loaded, guest, boot_s, cpu_s):
    system = loaded(*(f"partition.db.guest.{each}" for each in guest)).partition[0].guest
    assert (system.boot_ns, system.boot_cpu_ns) == (boot_s * SECOND, cpu_s * SECOND)


def test_keys_of_memory_that_nothing_reads_are_told(tmp_path):
    (tmp_path / "host.toml").write_text(
        '[scenario]\nname = "s"\n[host]\nlogical_processors = 4\nmemory = "12 GiB"\n[[partition]]\nname = "db"\n'
        'guest = { page_file = "1 GiB", hot_add = false, boot = "5 s" }\n'
    )
    _, warnings = load_advised(tmp_path / "host.toml")
    assert [str(each).split("partition[0].guest.")[1] for each in warnings] == [
        "boot: has no effect: a guest that runs from the beginning is up",
        "hot_add: has no effect: the guest's memory is static",
        "page_file: has no effect: the guest has no memory_demand",
    ]
