import pytest

from hvecs.spec import SpecError, load
from hvecs.spec.units import GIB, MIB, MINUTE

BASE = """\
[scenario]
name = "s"
[host]
logical_processors = 4
memory = "32 GiB"
[[partition]]
name = "web"
count = 3
[[partition]]
name = "db"
[partition.workload]
kind = "closed"
work = "1 h"
"""


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "host.toml"
    path.write_text(BASE)
    return path


@pytest.fixture
def problems(path):
    def problems(*sets):
        with pytest.raises(SpecError) as error:
            load(path.name, sets)
        return [str(problem) for problem in error.value.problems]

    return problems


def test_values_are_toml_or_else_strings(path):
    found = load(
        path,
        [
            "scenario.duration=10 min",
            'scenario.purpose="in quotes = kept"',
            "scenario.seed = 7",
            "scenario.name=two words",
            "host.numa_spanning=true",
            "partition.db.processor.affinity=[1, 2]",
            "partition.db.workload.compute={ distribution = 'uniform', low = '1 ms', high = '2 ms' }",
        ],
    )
    assert found.scenario.duration == 10 * MINUTE
    assert (found.scenario.purpose, found.scenario.seed) == ("in quotes = kept", 7)
    assert found.scenario.name == "two words"
    assert found.partition[1].processor.affinity == (1, 2)
    assert found.partition[1].workload.compute.high == 2_000_000


def test_a_value_cannot_smuggle_in_other_keys(problems):
    assert problems("scenario.seed=1\nx = 2") == [
        '--set scenario.seed: expected a whole number from 0 to 9223372036854775807; got "1\\nx = 2"'
    ]


def test_a_block_is_set_for_all_its_guests_by_name_or_index(path):
    by_name = load(path, ["partition.web.memory=2 GiB"])
    assert by_name == load(path, ["partition[0].memory=2 GiB"])
    assert by_name.partition[0].memory == 2 * GIB
    assert by_name.partition[0].count == 3
    assert by_name.partition[1].memory == GIB


def test_one_guest_of_a_block_is_split_off_in_place(path):
    found = load(path, ["partition.web-1.memory=2 GiB"])
    assert [(block.name, block.count, block.memory) for block in found.partition] == [
        ("web-0", None, GIB),
        ("web-1", None, 2 * GIB),
        ("web-2", None, GIB),
        ("db", None, GIB),
    ]
    assert [guest.name for guest in found.guests()] == [guest.name for guest in load(path).guests()]


def test_a_split_block_keeps_its_name_and_index(path):
    sets = [
        "partition.web-1.memory=2 GiB",
        "partition[1].memory=3 GiB",
        "partition[0].processor.weight=50",
        "partition.web.virtual_processors=2",
        "partition.web-2.processor.weight=70",
    ]
    found = load(path, sets).partition
    assert [block.memory // GIB for block in found] == [1, 2, 1, 3]
    assert [block.processor.weight for block in found] == [50, 50, 70, 100]
    assert [block.virtual_processors for block in found] == [2, 2, 2, 1]


def test_missing_tables_are_made(path):
    found = load(path, ["host.costs.context_switch=5 us", "partition.web.guest.quantum=1 ms"])
    assert found.host.costs.context_switch == 5_000
    assert found.partition[0].guest.quantum == 1_000_000


CALLS = """
[[partition]]
name = "front"
[[partition]]
name = "back"
[[tier]]
name = "shop"
guests = ["front"]
service = { distribution = "exponential", mean = "1 ms" }
rate = "1 /s"
calls = [{ tier = "store", times = 2 }]
[[tier]]
name = "store"
guests = ["back", "front"]
service = { distribution = "exponential", mean = "1 ms" }
"""


def test_elements_of_arrays_are_set_by_their_index(path):
    path.write_text(BASE + CALLS)
    found = load(
        path,
        [
            "tier.shop.calls[0].times=3",
            "tier[1].guests[0]=web",
            "partition.web.processor.affinity=[0, 1, 2]",
            "partition.web.processor.affinity[1]=3",
        ],
    )
    assert [call.times for call in found.tier[0].calls] == [3]
    assert found.tier[1].guests == ("web", "front")
    assert found.partition[0].processor.affinity == (0, 3, 2)


def test_elements_that_an_array_has_not_are_named(path, problems):
    path.write_text(BASE + CALLS)
    assert problems("tier.shop.calls[1].times=3", "host.memory[0]=1") == [
        "--set host.memory[0]: host.memory is not an array; expected one",
        "--set tier.shop.calls[1].times: there is no calls[1]; it has 1 element",
    ]
    assert problems("tier.shop.calls[0].tiems=3") == [
        '--set tier.shop.calls[0].tiems: unknown key; did you mean "times"?'
    ]


def test_the_last_of_two_settings_wins(path):
    sets = ["host.root_reserve=1 GiB", "host.root_reserve=500 MiB"]
    assert load(path, sets).host.root_reserve == 500 * MIB


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("partition.web.wieght=5", '--set partition.web.wieght: unknown key; did you mean "weight"?'),
        ("partition.wbe.memory=1 GiB", '--set partition.wbe.memory: there is no partition "wbe"; did you mean "web"?'),
        ("partition.web-3.memory=1 GiB", '--set partition.web-3.memory: there is no partition "web-3"; did you mean "web"?'),
        ("partition.web-01.memory=1 GiB", '--set partition.web-01.memory: there is no partition "web-01"; did you mean "web"?'),
        ("partition.mail.memory=1 GiB", '--set partition.mail.memory: there is no partition "mail"; expected one of web, db'),
        ("partition[2].memory=1 GiB", "--set partition[2].memory: there is no partition[2]; the scenario has 2 blocks"),
        ("host.memory=5", '--set host.memory: expected a size with a unit such as "8 GiB"; got 5'),
        ("host.costs.dispach=1 us", '--set host.costs.dispach: unknown key; did you mean "dispatch"?'),
        ("hots.memory=1 GiB", '--set hots.memory: hots: unknown key; did you mean "host"?'),
        ("partition.db.workload={ kind = 'closed' }", '--set partition.db.workload: work: missing; expected a duration with a unit such as "10 ms"'),
        ("partition.web.workload.threads=2", '--set partition.web.workload.threads: partition[0].workload.kind: missing; expected "closed", "open", "trace" or "idle"'),
        ("host.memory.x=1", "--set host.memory.x: host.memory is not a table; expected one"),
        ("partition.db.name.x=1", "--set partition.db.name.x: name is not a table; expected one"),
        ("partition.db.processor.affinity=[9]", "--set partition.db.processor.affinity: LP 9 does not exist; expected LPs from 0 to 3"),
        ("host.memory", "--set host.memory: no value; expected path=value"),
        ("=5", "--set : not a path; expected one such as host.costs.context_switch or partition.NAME.memory"),
        ("host..memory=5", "--set host..memory: not a path; expected one such as host.costs.context_switch or partition.NAME.memory"),
        ("a\nb=5", '--set "a\\nb": not a path; expected one such as host.costs.context_switch or partition.NAME.memory'),
        ("partition=[]", "--set partition: not a path; expected one such as host.costs.context_switch or partition.NAME.memory"),
        ("partition.web={}", "--set partition.web: not a path; expected one such as host.costs.context_switch or partition.NAME.memory"),
        ("extends=x.toml", "--set extends: not a path; expected one such as host.costs.context_switch or partition.NAME.memory"),
        (".".join("a" * 33) + "=1", f"--set {'.'.join('a' * 33)}: nested too deeply; expected at most 32 keys"),
        ("host.x=" + "[" * 40 + "]" * 40, "--set host.x: nested too deeply; expected a simple value"),
        ("host.page=" + "[" * 3000, f'--set host.page: expected a size with a unit such as "8 GiB"; got "{"[" * 60}…"'),
    ],
)  # fmt: skip
def test_a_bad_setting_is_one_problem_at_the_setting(problems, setting, expected):
    assert problems(setting) == [expected]


def test_bad_settings_are_reported_with_the_problems_of_the_file(path, problems):
    path.write_text(BASE + "wrok = 1\n")
    assert [line.split(": ")[0] for line in problems("host.x=1", "host.y=1", "partition.x.y=1")] == [
        "host.toml:14",
        "--set host.x",
        "--set host.y",
        "--set partition.x.y",
    ]


def test_a_problem_of_a_split_block_is_reported_once_at_its_index_in_the_file(path, problems):
    path.write_text(BASE.replace("count = 3", "count = 3\ncolour = 1") + "wrok = 1\n")
    found = problems("partition.web-1.memory=2 GiB")
    assert [line.split(": ")[:2] for line in found] == [
        ["host.toml:9", "partition[0].colour"],
        ["host.toml:15", "partition[1].workload.wrok"],
    ]


def test_a_file_set_on_the_command_line_is_relative_to_the_working_folder(path, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    moved = path.rename(tmp_path / "elsewhere" / "host.toml")
    (tmp_path / "data.txt").write_text("2 ms\n")
    setting = "partition.db.workload.compute={ distribution = 'empirical', file = 'data.txt' }"
    assert load(moved, [setting]).partition[1].workload.compute.values == (2_000_000,)


@pytest.mark.parametrize("count", ["-1", "'x'", "99999999999"])
def test_a_block_with_a_bad_count_is_not_split_beyond_bounds(path, problems, count):
    path.write_text(BASE.replace("count = 3", f"count = {count}"))
    assert problems("partition.web-9.memory=2 GiB")[0].startswith(
        "host.toml:8: partition[0].count: expected a whole number"
    )


def test_a_scenario_without_partitions_has_none_to_set(path, problems):
    path.write_text(BASE[: BASE.index("[[partition]]")])
    assert problems("partition.web.memory=1 GiB", "partition[0].memory=1 GiB") == [
        "host.toml:1: partition: missing; expected at least one [[partition]]",
        '--set partition.web.memory: there is no partition "web"; the scenario has none',
        "--set partition[0].memory: there is no partition[0]; the scenario has 0 blocks",
    ]
