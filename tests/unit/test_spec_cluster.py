"""Events of several hosts in a scenario file: what they mean, and what is refused, where and why."""

import re

import pytest

from hvecs.spec import SpecError, load
from hvecs.spec.changes import changes_of
from hvecs.spec.loading import load_advised
from hvecs.spec.resolved import resolved_toml

S = 1_000_000_000
HOSTS = """
[scenario]
name = "s"
duration = "10 s"
[[host]]
name = "a"
logical_processors = 4
memory = "8 GiB"
[[host]]
name = "b"
logical_processors = 4
memory = "8 GiB"
[[partition]]
name = "web"
count = 2
host = "a"
stop = "9 s"
[[partition]]
name = "late"
start = "5 s"
"""
ONE = HOSTS.replace('[[host]]\nname = "b"\nlogical_processors = 4\nmemory = "8 GiB"\n', "")


@pytest.fixture
def read(tmp_path):
    def read_with(events, text=HOSTS):
        path = tmp_path / "s.toml"
        path.write_text(text + events)
        return load(path)

    return read_with


def event(at, action, rest=""):
    return f'[[event]]\nat = "{at}"\naction = "{action}"\n{rest}\n'


def migrate(at, guest, to=None):
    return event(at, "migrate", f'partition = "{guest}"\n' + (f'to = "{to}"' if to else ""))


def on(host):
    return f'host = "{host}"'


def refused(read, events, text=HOSTS):
    with pytest.raises(SpecError) as found:
        read(events, text)
    return [f"{each.path}: {each.message}" for each in found.value.problems]


def test_what_events_of_hosts_come_to(read):
    found = changes_of(
        read(migrate("1 s", "web", "b") + event("2 s", "drain", on("a")) + migrate("3 s", "web-1"))
    )
    assert [(each.at, each.target, each.action, each.to, each.of_host) for each in found] == [
        (S, "web-0", "migrate", "b", False),
        (S, "web-1", "migrate", "b", False),
        (2 * S, "a", "drain", None, True),
        (3 * S, "web-1", "migrate", None, False),
    ]


@pytest.mark.parametrize(
    ("events", "path", "message"),
    [
        (migrate("1 s", "web", "bb"), "event[0].to", 'there is no host "bb"; did you mean "b"?'),
        (migrate("1 s", "web-2", "b"), "event[0].partition", 'there is no guest "web-2"'),
        (migrate("1 s", "web-0", "a"), "event[0].to", '"web-0" is on "a" already; expected another host'),
        (
            migrate("1 s", "late", "b"),
            "event[0].action",
            '"late" is off at "1 s"; expected a guest that is on',
        ),
        (event("1 s", "drain"), "event[0].host", "missing; expected the name of the host whose action it is"),
        (event("1 s", "drain", on("c")), "event[0].host", 'there is no host "c"; expected one of "a" or "b"'),
        (
            event("1 s", "undrain", on("a")),
            "event[0].action",
            '"a" is up at "1 s"; expected a host that is drained',
        ),
        (
            event("1 s", "drain", on("a")) + event("2 s", "drain", on("a")),
            "event[1].action",
            '"a" is drained at "2 s"; expected a host that is up',
        ),
        (
            event("1 s", "drain", on("a") + '\npartition = "web"'),
            "event[0].partition",
            "means nothing with an action of a host; expected host",
        ),
        (
            event("1 s", "stop", 'partition = "web"\nto = "b"'),
            "event[0].to",
            'means nothing without action = "migrate"; expected none',
        ),
        (
            event("1 s", "stop", 'partition = "web"\n' + on("b")),
            "event[0].host",
            'means nothing without the action "drain", "undrain", "fail" or "recover"; expected none',
        ),
    ],
)
def test_what_is_refused(read, events, path, message):
    found = refused(read, events)
    assert any(re.match(re.escape(f"{path}: {message}"), each) for each in found), found


def test_a_guest_may_come_back_to_where_it_began(read):
    assert len(changes_of(read(migrate("1 s", "web-0", "b") + migrate("2 s", "web-0", "a")))) == 2


def test_after_a_drain_nobody_knows_before_the_run_where_a_guest_is(read):
    assert read(
        event("1 s", "drain", on("a")) + event("2 s", "undrain", on("a")) + migrate("3 s", "web-0", "a")
    )


def test_where_the_cluster_balances_nobody_knows_before_the_run_where_a_guest_is(read):
    back = migrate("8 s", "web-0", "a")
    assert len(changes_of(read(back + '[cluster]\nbalancing = "periodic"\nbalancing_period = "2 s"\n'))) == 1
    assert refused(read, back + "[cluster]\nmax_parallel_migrations = 1\n")


def test_one_host_has_nowhere_to_send_a_guest(read):
    for events in (migrate("1 s", "web"), event("1 s", "drain", on("a"))):
        found = refused(read, events, ONE)
        assert any("needs another host to go to; expected several [[host]]" in each for each in found), found


def test_keys_of_migrations_and_their_bounds(read):
    scenario = read(
        '[cluster]\nmax_parallel_migrations = 1\n[[partition]]\nname = "d"\nworkload = { kind = "idle", dirty_rate = "0 B/s" }\n'
    )
    assert scenario.cluster.max_parallel_migrations == 1
    given = scenario.host.live_migration
    assert (given.simultaneous, given.passes, given.option) == (2, 5, "compression")
    assert scenario.partition[0].workload.dirty_rate == 0
    assert refused(read, "[cluster]\nmax_parallel_migrations = 0\n")


FAILS = event("3 s", "fail", 'host = "a"')
DRAINS = event("3 s", "drain", 'host = "a"')
BALANCES = '[cluster]\nbalancing = "periodic"\nbalancing_period = "5 s"\n'


LIMITED = DRAINS + "[cluster]\nmax_parallel_migrations = 1\n"


@pytest.mark.parametrize(
    ("events", "setting", "said"),
    [
        ("", "cluster.detection=20 s", "has no effect: no host fails"),
        (DRAINS, "cluster.restart_pause=20 s", "has no effect: no host fails"),
        (FAILS, "cluster.detection=20 s", None),
        ("", "cluster.balancing_level=high", "has no effect: balancing is off"),
        (BALANCES, "cluster.balancing_level=high", None),
        (BALANCES, "cluster.balancing_period=10 s", "has no effect: the run is no longer than that"),
        (BALANCES, "partition.web.priority=high", "has no effect: no host fails or is drained"),
        (DRAINS, "partition.web.priority=high", None),
        ("", "cluster.max_parallel_migrations=2", "has no effect: no guest goes to another host"),
        ("", "host.b.live_migration.passes=9", "has no effect: no guest goes to another host"),
        (DRAINS, "host.b.live_migration.passes=9", None),
        (DRAINS, "host.live_migration.passes=5", None),
        (FAILS, "partition.web.guest.boot=2 s", None),
        (LIMITED, "host.b.live_migration.simultaneous=4", "has no effect: cluster.max_parallel_migrations holds in its place"),
        (DRAINS, "host.b.live_migration.simultaneous=4", None),
        ("", "partition.web.guest.boot=2 s", "has no effect: a guest that runs from the beginning is up"),
    ],
)  # fmt: skip
def test_what_nothing_reads_is_warned_of(tmp_path, events, setting, said):
    path = tmp_path / "s.toml"
    path.write_text(HOSTS + events)
    scenario, warnings = load_advised(path, (setting,))
    found = [each for each in map(str, warnings) if "no effect" in each]
    assert found == ([f"--set {setting.split('=')[0]}: {said}"] if said else [])
    path.write_text(resolved_toml(scenario))
    again = [each.message for each in load_advised(path)[1] if "no effect" in each.message]
    assert len(again) == len(found)


def test_after_a_migration_that_may_be_refused_a_guest_may_be_asked_for_again(read):
    assert len(changes_of(read(migrate("1 s", "web-0", "b") + migrate("2 s", "web-0", "b")))) == 2


@pytest.mark.parametrize(
    ("of_a", "of_b", "unread"),
    [
        ("compression", "compression", {}),
        ("compression", "tcp", {"a": ["decompression_cost"], "b": ["compression_cost", "ratio"]}),
        ("smb", "tcp", {each: ["compression_cost", "decompression_cost", "ratio"] for each in "ab"}),
        (
            "smb",
            "smb",
            {each: ["buffer", "compression_cost", "decompression_cost", "ratio", "transfer_cost"] for each in "ab"},
        ),
    ],
)  # fmt: skip
def test_of_what_migrations_cost_that_is_warned_of_which_no_option_reads(tmp_path, of_a, of_b, unread):
    path = tmp_path / "s.toml"
    path.write_text(HOSTS + DRAINS)
    given = {
        "ratio": "3",
        "transfer_cost": "1 ms",
        "compression_cost": "3 ms",
        "decompression_cost": "3 ms",
        "buffer": "32 MiB",
    }
    settings = [f"host.live_migration.{key}={value}" for key, value in given.items()]
    settings += [f"host.{name}.live_migration.option={each}" for name, each in (("a", of_a), ("b", of_b))]
    path.write_text(resolved_toml(load_advised(path, settings)[0]))
    found = {}
    for each in load_advised(path)[1]:
        if "no effect" in each.message:
            _, host, key = re.match(
                r"(host\[(\d)\]\.live_migration|host\.\w+\.live_migration)\.(\w+)", each.path
            ).groups()
            found.setdefault("ab"[int(host)], []).append(key)
    assert {host: sorted(keys) for host, keys in found.items()} == unread


@pytest.mark.parametrize("events", ["", DRAINS])
def test_what_the_load_of_a_root_writes_is_never_sent(tmp_path, events):
    path = tmp_path / "s.toml"
    path.write_text(
        HOSTS + events + '[root]\nworkload = { kind = "closed", work = "1 s", dirty_rate = "1 MiB/s" }\n'
    )
    found = [(each.path, each.message) for each in load_advised(path)[1] if "no effect" in each.message]
    assert found == [("root.workload.dirty_rate", "has no effect: a root goes to no other host")]
