"""[[event]] in a scenario file: what it means, and what is refused, where and why."""

import re

import pytest

from hvecs.spec import SpecError, load, resolved_toml
from hvecs.spec.changes import changes_of
from hvecs.spec.lives import Lives, Span

S = 1_000_000_000
HOST = """
[scenario]
name = "s"
duration = "10 s"
[host]
logical_processors = 4
memory = "8 GiB"
[[host.cpu_group]]
name = "group"
[[partition]]
name = "web"
count = 2
stop = "9 s"
processor = { reserve = "20 %", group = "group" }
workload = { kind = "open", rate = "100 /s", service = { distribution = "exponential", mean = "5 ms" } }
[[partition]]
name = "SQL Server 01"
dynamic_memory = { startup = "1 GiB", maximum = "2 GiB" }
[[partition]]
name = "disk"
io = { network = true }
workload = { kind = "open", rate = "1 /s", service = { distribution = "exponential", mean = "5 ms" } }
"""


@pytest.fixture
def read(tmp_path):
    """Loads the host with events added, under some settings."""

    def read_with(events, *sets, text=HOST):
        path = tmp_path / "s.toml"
        path.write_text(text + events)
        return load(path, sets)

    return read_with


def event(at, rest):
    return f'[[event]]\nat = "{at}"\n{rest}\n'


def put(at, path, value):
    return event(at, f"set = {{ '{path}' = {value} }}")


def act(at, action, partition, more=""):
    return event(at, f'action = "{action}"\npartition = "{partition}"\n{more}')


def test_an_event_of_a_block_is_one_of_each_guest(read):
    scenario = read(put("2 s", "partition.web.processor.weight", 400))
    found = [(each.at, each.target, each.path, each.text) for each in changes_of(scenario)]
    assert found == [
        (2 * S, "web-0", "partition.web-0.processor.weight", "400"),
        (2 * S, "web-1", "partition.web-1.processor.weight", "400"),
    ]


def test_a_block_that_a_setting_has_parted_is_still_meant(read):
    scenario = read(put("2 s", "partition.web.processor.weight", 400), "partition.web-1.processor.weight=7")
    assert [each.target for each in changes_of(scenario)] == ["web-0", "web-1"]


def test_events_are_in_order_of_time_whatever_their_order_in_the_file(read):
    events = put("3 s", "partition.web-0.processor.cap", '"50 %"') + act("1 s", "pause", "SQL Server 01")
    events += act("2 s", "resume", "SQL Server 01")
    assert [each.at for each in changes_of(read(events))] == [S, 2 * S, 3 * S]


def test_a_resolved_scenario_has_the_same_events(read, tmp_path):
    events = put("3 s", 'partition."SQL Server 01".processor.weight', 9) + act(
        "1 s", "checkpoint", "web", 'stall = "1 ms"'
    )
    scenario = read(events)
    again = tmp_path / "resolved.toml"
    again.write_text(resolved_toml(scenario))
    assert load(again) == scenario


@pytest.mark.parametrize("path", ["event[0]", "event.raise"])
def test_keys_of_events_can_be_set(read, path):
    events = put("3 s", "partition.web.processor.weight", 9) + 'name = "raise"\n'
    key = f'{path}.set."partition.web.processor.weight"'
    (changed,) = {(each.at, each.value) for each in changes_of(read(events, f"{path}.at=4 s", f"{key}=77"))}
    assert changed == (4 * S, 77)


def test_guests_are_on_when_events_say_so(read):
    scenario = read(act("2 s", "stop", "web-0") + act("4 s", "start", "web-0"))
    block = scenario.partition[0]
    lives = Lives(scenario)
    assert lives.of("web-0", block) == (Span(0, 2 * S), Span(4 * S, 9 * S))
    assert lives.of("web-1", block) == (Span(0, 9 * S),)


@pytest.mark.parametrize(
    ("events", "below", "said"),
    [
        (put("10 s", "partition.web.processor.weight", 4), 1, 'event[0].at: expected before the end of the run, at "10 s"'),
        (put("1 s", "partition.wob.processor.weight", 4), 2, 'there is no guest "wob"; did you mean "web"?'),
        (put("1 s", "partition.web.processor.wieght", 4), 2, 'did you mean "processor.weight"?'),
        (put("1 s", "partition.web.processor.weight", 0), 2, "expected a whole number from 1 to 10000; got 0"),
        (put("1 s", "partition.web.processor.cap", 50), 2, 'expected a percentage with a unit such as "50 %"; got 50'),
        (put("1 s", "partition.web.processor.cap", '"10 %"'), 2, "expected at least the reserve by then, 20 %"),
        (put("1 s", "partition.web.virtual_processors", 4), 2, "the number of VPs cannot be changed while the guest runs [SAV 104]"),
        (put("1 s", "partition.web.processor.group", '"x"'), 2, "must be unbound before it is bound to another"),
        (put("1 s", "partition[0].processor.weight", 4), 2, "not a path of an event"),
        (put("1 s", "host.scheduler", '"core"'), 2, "changes when the host restarts"),
        (put("1 s", "host.cpu_group.other.cap", '"1 %"'), 2, 'there is no CPU group "other"'),
        (put("1 s", "host.cpu_group.group.logical_processors", 1), 2, "only the cap can be changed"),
        (put("1 s", 'partition."SQL Server 01".dynamic_memory.minimum', '"700 MiB"'), 2, 'goes down only [WSD dynamic-memory.md]; expected at most "512 MiB"'),
        (put("1 s", 'partition."SQL Server 01".dynamic_memory.maximum', '"1 GiB"'), 2, "goes up only [WSD dynamic-memory.md]"),
        (put("1 s", 'partition."SQL Server 01".dynamic_memory.startup', '"1 GiB"'), 2, "startup memory cannot be changed"),
        (put("1 s", 'partition."SQL Server 01".workload.rate', '"1 /s"'), 2, "has no rate to be changed"),
        (put("1 s", "partition.web.dynamic_memory.buffer", '"9 %"'), 2, "has no Dynamic Memory"),
        (put("1 s", "partition.web.memory", '"9 GiB"'), 2, 'at most the memory of the host, "8192 MiB"'),
        (put("1 s", "partition.web.memory", "2"), 2, "expected a size with a unit"),
        (put("1 s", 'partition."SQL Server 01".memory', '"2 GiB"'), 2, "has Dynamic Memory"),
        (event("1 s", ""), 0, "missing; expected set or action"),
        (put("1 s", "partition.web.processor.weight", 4) + 'name = ""\n', 3, "expected a name of up to 100 letters"),
        (act("1 s", "pause", "nobody"), 3, 'there is no guest "nobody"'),
        (put("1 s", "partition.web.workload.profile", '"nightly"'), 2, 'expected "diurnal", "office", "office-week" or "none"'),
        (put("1 s", 'partition."SQL Server 01".workload.profile', '"office"'), 2, "has no rate that could follow a profile"),
        (act("1 s", "migrate", "web"), 2, 'action = "migrate" needs another host to go to; expected several [[host]]'),
        (act("1 s", "save", "disk") + act("2 s", "save", "disk"), 7, '"disk" is saved at "2 s"; expected a guest that is on'),
        (act("1 s", "save", "disk") + act("2 s", "resume", "disk"), 7, '"disk" is saved at "2 s"; expected a guest that is paused'),
        (act("1 s", "resume", "web"), 2, '"web-0" is on at "1 s"; expected a guest that is paused'),
        (act("1 s", "start", "web"), 2, '"web-0" is on at "1 s"; expected a guest that is off'),
        (act("9500 ms", "stop", "web"), 2, '"web-0" is off at "9500 ms"; expected a guest that is on'),
        (act("9 s", "pause", "web"), 2, "at this time already"),
        (act("1 s", "checkpoint", "web"), 0, "missing; expected how long the guest is held up"),
        (act("1 s", "pause", "web", 'stall = "1 s"'), 4, 'means nothing without action = "checkpoint"'),
        (act("1 s", "stop", "disk") + act("2 s", "stop", "disk"), 7, '"disk" is off at "2 s"; expected a guest that is on'),
        (act("1 s", "stop", "disk") + act("2 s", "restart", "disk"), 7, '"disk" is off at "2 s"; expected a guest that runs'),
    ],
)  # fmt: skip
def test_what_an_event_may_not_be_is_refused_where_it_stands(read, events, below, said):
    line = HOST.count("\n") + 1 + below
    with pytest.raises(SpecError) as found:
        read(events)
    problems = found.value.problems
    assert any(said in str(each) and each.line == line for each in problems), problems


def test_one_setting_of_one_guest_changes_once_at_a_time(read):
    events = put("1 s", "partition.web.processor.weight", 4) + put(
        "1 s", "partition.web-1.processor.weight", 5
    )
    with pytest.raises(SpecError, match=r"partition\.web-1\.processor\.weight is set at this time already"):
        read(events)


@pytest.mark.parametrize(
    ("given", "path", "value", "said"),
    [
        (
            "host.limits=ws2012r2",
            "host.cpu_group.group.cap",
            '"9 %"',
            "CPU groups came with Windows Server 2016",
        ),
        (
            "host.limits=ws2012r2",
            "partition.web.memory",
            '"2 GiB"',
            "static memory is resized while a guest runs from Windows Server 2016 on [SAV 123]",
        ),
        (
            "partition.web.guest.hot_add=false",
            "partition.web.memory",
            '"2 GiB"',
            "cannot bring online memory that it is shown",
        ),
        ("scenario.seed=2", "partition.web.memory", '"1701 MiB"', "expected a multiple of 2 MiB"),
        (
            "host.hypervisor=none",
            "partition.web.memory",
            '"2 GiB"',
            "means nothing in the native baseline",
        ),
        (
            "host.scheduler=root",
            'partition."SQL Server 01".processor.weight',
            7,
            "the root scheduler has no weight of a VM",
        ),
    ],
)
def test_what_a_version_or_a_scheduler_lacks_is_refused(read, given, path, value, said):
    text = HOST.replace('processor = { reserve = "20 %", group = "group" }\n', "")
    with pytest.raises(SpecError, match=re.escape(said)):
        read(put("1 s", path, value), given, text=text)


def test_bounds_move_either_way_while_the_guest_is_off(read):
    events = act("1 s", "stop", "SQL Server 01")
    events += put("2 s", 'partition."SQL Server 01".dynamic_memory.minimum', '"700 MiB"')
    assert len(changes_of(read(events))) == 2


def test_all_that_is_wrong_is_said_at_once(read):
    events = put("11 s", "partition.wob.processor.weight", 4) + event("1 s", "")
    with pytest.raises(SpecError) as found:
        read(events)
    assert len(found.value.problems) == 3
