"""What is refused, and what is warned of, where guests share devices."""

import pytest
import tomli_w

from hvecs.spec import SpecError, load, resolved_toml
from hvecs.spec.loading import load_advised
from tests.devices import adapter, disk, on_nic, on_volume
from tests.simulation import MS, US, S, exponential, fixed

VOLUME = {"parallel": 4}


@pytest.fixture
def host(tmp_path):
    """A host with a disk `a` on csv1 and an adapter `b` at nic1, as a file."""
    path = tmp_path / "host.toml"
    both = on_volume(S, [disk("a", exponential(MS)), adapter("b", exponential(MS))], VOLUME) | {
        "network": [{"name": "nic1"}]
    }
    path.write_text(tomli_w.dumps(both))
    return path


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("partition.a.io.storage=csv9", 'io.storage: no storage is named "csv9"; did you mean "csv1"?; expected a [[storage]] of that name'),
        ("partition.b.io.network=nic2", 'io.network: no network is named "nic2"; did you mean "nic1"?'),
        ("partition.a.io.servers=4", 'io.servers: given beside storage = "csv1", whose own it is; expected one of them'),
        ("partition.a.io.device={ distribution = 'exponential', mean = '1 ms' }", "io.device: given beside storage"),
        ("partition.a.io.size=5", 'expected a size such as "8 KiB", or a distribution such as'),
        ("partition.a.io.size=0 B", "expected a mean above zero"),
        ("partition.a.io.size={ distribution = 'uniform', low = '8 KiB', high = '4 KiB' }", 'expected at least low, "8 KiB"; got "4 KiB"'),
        ("partition.b.io.minimum_iops=4", "io.minimum_iops: means nothing without io.storage; expected the default"),
        ("partition.a.io.request_size=4 KiB", "io.request_size: means nothing without a [[network]] that io.network names"),
        ("partition.a.workload={ kind = 'idle' }", "io.storage: means nothing without requests"),
        ("host.hypervisor=none", "storage[0]: means nothing in the native baseline"),
        ("storage.csv2.parallel=4", 'there is no storage "csv2"; did you mean "csv1"?'),
        ("storage[1].parallel=4", "there is no storage[1]; the scenario has 1 volumes"),
        ("network.nic.vmq=false", 'there is no network "nic"; did you mean "nic1"?'),
        ("storage.csv1.paralel=4", 'unknown key; did you mean "parallel"?'),
        ("storage.csv1.parallel=0", "expected a whole number from 1 to 65536; got 0"),
        ("network.nic1.bandwidth=10", 'expected a bandwidth with a unit such as "10 Gbit/s"; got 10'),
        ("partition.b.io.network=3", "expected true, false or a name in quotes; got 3"),
    ],
)  # fmt: skip
def test_what_is_refused(host, setting, message):
    with pytest.raises(SpecError) as error:
        load(host, [setting])
    assert any(message in str(each) for each in error.value.problems), str(error.value)


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        (["partition.a.io.storage=", "partition.a.io.queue_depth=256"], 'storage[0].name: no guest has it; expected one with io.storage = "csv1"'),
        (["partition.b.io.network=true"], 'network[0].name: no guest has it; expected one with io.network = "nic1"'),
    ],
)  # fmt: skip
def test_a_device_that_nobody_has_is_refused_where_it_stands(host, settings, place):
    with pytest.raises(SpecError) as error:
        load(host, settings)
    (problem,) = error.value.problems
    assert place in str(problem)
    assert problem.line is not None


def test_two_devices_of_one_name_and_a_minimum_above_the_maximum_are_refused(tmp_path):
    path = tmp_path / "host.toml"
    text = on_volume(S, [disk("a", exponential(MS), minimum_iops=3, maximum_iops=2)], VOLUME)
    path.write_text(
        tomli_w.dumps(text | {"storage": [*text["storage"], text["storage"][0] | {"name": "CSV1"}]})
    )
    with pytest.raises(SpecError) as error:
        load(path)
    assert sorted(str(each).partition(": ")[2] for each in error.value.problems) == [
        "partition[0].io.minimum_iops: 3 is above the maximum; expected at most 2",
        'storage[1].name: "CSV1" is that of storage[0] too; expected names that differ, in more than upper and lower case',
        'storage[1].name: no guest has it; expected one with io.storage = "CSV1", or no [[storage]] of that name',
    ]


def test_a_block_without_guests_has_its_device_all_the_same(host):
    assert load(host, ["partition.a.count=0"]).storage


@pytest.mark.parametrize(
    ("written", "held"), [("10 Gbit/s", 1_250_000_000), ("2 GiB/s", 2 * 2**30), ("8 Gbit/s", 10**9)]
)
def test_the_path_to_a_volume_is_said_in_bits_or_bytes(host, tmp_path, written, held):
    changed = load(host, [f"storage.csv1.bandwidth={written}"])
    assert changed.storage[0].bandwidth == held
    resolved = tmp_path / "resolved.toml"
    resolved.write_text(resolved_toml(changed))
    assert load(resolved) == changed


def test_settings_reach_devices_by_name_and_what_is_resolved_is_the_same(host, tmp_path):
    changed = load(
        host, ["storage.csv1.parallel=64", "network.nic1.bandwidth=1 Gbit/s", "partition.a.io.size=64 KiB"]
    )
    assert changed.storage[0].parallel == 64
    assert changed.network[0].bandwidth == 125_000_000
    assert changed.partition[0].io.size.mean == 65536
    resolved = tmp_path / "resolved.toml"
    resolved.write_text(resolved_toml(changed))
    assert load(resolved) == changed


def warnings(tmp_path, text):
    path = tmp_path / "host.toml"
    for block in text["partition"]:
        del block["guest"]["boot"]  # which has no effect here
    path.write_text(tomli_w.dumps(text))
    return [str(each).partition(": ")[2] for each in load_advised(path)[1]]


@pytest.mark.parametrize(
    ("io", "volume", "expected"),
    [
        ({}, {"parallel": 1, "latency": fixed(MS)}, []),
        ({}, {"parallel": 1, "latency": fixed(2 * MS)}, ["storage[0].name: its guests ask for 1000 I/Os a second, and it serves 500 at most (parallel, latency): queues will grow"]),
        ({"maximum_iops": 400}, {"parallel": 1, "latency": fixed(2 * MS)}, []),
        ({"size": "1 MiB"}, {"bandwidth": "500 MiB/s"}, ["storage[0].bandwidth: its guests ask for 1000 MiB a second, and it transfers 500: queues will grow"]),
        ({"size": "1 MiB", "maximum_bandwidth": "400 MiB/s"}, {"bandwidth": "500 MiB/s"}, []),
        ({"minimum_iops": 1500}, {"parallel": 1, "latency": fixed(MS)}, ["storage[0].name: the minima of its guests are 1500 operations a second together, and it serves 1000 at most"]),
        ({"minimum_iops": 10}, {"order": "fifo"}, ["storage[0].name: serves I/Os in order: the minima of its guests only notify"]),
        ({"per_request": 0, "queue_depth": 256}, {}, ["partition[0].io.storage: has no effect: no request makes I/Os (io.per_request)"]),
    ],
)  # fmt: skip
def test_what_is_warned_of_at_a_volume(tmp_path, io, volume, expected):
    assert warnings(tmp_path, on_volume(S, [disk("a", fixed(MS), **io)], VOLUME | volume)) == expected


@pytest.mark.parametrize(
    ("io", "nic", "expected"),
    [
        ({}, {}, []),
        ({"response_size": "1 MiB"}, {"bandwidth": "1 Gbit/s"}, ['network[0].bandwidth: its guests send "8.389 Gbit/s" in the mean, more than "1 Gbit/s": queues will grow']),
        ({"work": fixed(1500 * US)}, {"vmq": False}, ["network[0].vmq: without vmq, root VP 0 has 1.5 s of work a second for what comes: requests will be dropped"]),
        ({"request_size": "64 KiB"}, {"ring": 8}, ["partition[0].io.request_size: a request has more packets than network[0].ring holds (8): it is dropped"]),
    ],
)  # fmt: skip
def test_what_is_warned_of_at_a_nic(tmp_path, io, nic, expected):
    assert warnings(tmp_path, on_nic(S, [adapter("a", fixed(MS), **io)], nic)) == expected
