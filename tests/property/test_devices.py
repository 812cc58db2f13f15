"""What always holds of shared devices: nothing is lost or doubled, whatever guests and limits, and however time is cut."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.devices import NO_MIX, NO_TIME, disk
from tests.property.test_scheduling_invariance import no_step_changes_anything
from tests.simulation import MS, US, Block, exponential, fixed, lognormal, ns, run, scenario

_SIZES = st.sampled_from(
    [
        "512 B",
        "8 KiB",
        "64 KiB",
        {"distribution": "lognormal", "mean": "16 KiB", "cv": 2.0},
        {"distribution": "empirical", "values": ["4 KiB", "1 MiB"]},
    ]
)
_GAPS = st.sampled_from([exponential(100 * US), exponential(MS), fixed(200 * US), fixed(500 * US)])
_LATENCIES = st.sampled_from([NO_TIME, fixed(MS), exponential(300 * US), lognormal(500 * US, 2.0)])


@st.composite
def _guests(draw: st.DrawFn, name: str, duration: int) -> Block:
    maximum = draw(st.sampled_from([0, 0, 50, 700]))
    io = {
        "storage": draw(st.sampled_from(["csv1", "csv2"])),
        "per_request": draw(st.integers(1, 3)),
        "size": draw(_SIZES),
        "maximum_iops": maximum,
        "minimum_iops": draw(st.sampled_from([0, 30, 500]))
        if not maximum
        else draw(st.sampled_from([0, 30])),
        "queue_depth": draw(st.sampled_from([2, 256])),
        "notify": draw(st.sampled_from(["event", "message"])),
        "completion": draw(st.sampled_from([NO_TIME, fixed(20 * US)])),
    }
    io |= draw(
        st.sampled_from(
            [
                {},
                {"network": True},
                {"network": "nic1"},
                {"network": "nic1", "response_size": "64 KiB", "ring": 3},
            ]
        )
    )
    if draw(st.booleans()):
        io["maximum_bandwidth"] = "3000000 B/s"
    lives = draw(st.sampled_from(["stop", "restart", "neither"]))
    if lives != "neither":
        io[lives] = ns(draw(st.integers(1, duration)))
    return disk(name, draw(_GAPS), **io)


@st.composite
def hosts(draw: st.DrawFn) -> Block:
    """A host with two shared volumes and a NIC, and a few guests on them, some of which are turned off, restarted or paused."""
    duration = 60 * MS
    names = ["a", "b", "c"][: draw(st.integers(2, 3))]
    guests = [draw(_guests(name, duration)) for name in names]
    used = {each["io"]["storage"] for each in guests}
    volumes = [
        {
            "name": name,
            "parallel": draw(st.sampled_from([1, 3, 32])),
            "latency": draw(_LATENCIES),
            "order": draw(st.sampled_from(["fair", "fifo"])),
            "counting": draw(st.sampled_from(["multiples", "bytes"])),
            "throttle_period": draw(st.sampled_from(["7 ms", "20 ms"])),
        }
        | draw(st.sampled_from([{}, {"bandwidth": "20 MiB/s"}]))
        for name in sorted(used)
    ]
    root = {"intercepts": NO_MIX, "virtual_processors": 2}
    text = scenario(duration, 3, guests, sample="9 ms", step=ns(5 * MS), root=root) | {"storage": volumes}
    if any(each["io"].get("network") == "nic1" for each in guests):
        nic = {"name": "nic1", "vmq": draw(st.booleans()), "ring": draw(st.sampled_from([1, 4, 512]))}
        text["network"] = [
            nic | draw(st.sampled_from([{}, {"bandwidth": "200 Mbit/s", "packet_cost": "50 us"}]))
        ]
    on = [each["name"] for each in guests if "stop" not in each]
    if on and draw(st.booleans()):
        paused = draw(st.sampled_from(on))
        text["event"] = [
            {"at": at, "action": action, "partition": paused}
            for at, action in (("11 ms", "pause"), ("25 ms", "resume"))
        ]
    return text


@settings(max_examples=12)
@given(hosts(), st.integers(200 * US, 20 * MS))
def test_ios_bytes_and_packets_are_conserved_and_time_may_be_cut_anyhow(text, step_ns):
    usual = run(text)
    ios_are_conserved(usual)
    packets_are_conserved(usual)
    no_step_changes_anything(text, usual, step_ns)
    assert run(text, fused=False).same_as(usual)


def ios_are_conserved(found):
    devices = found["virtual_storage_device"]
    for _, rows in devices.groupby("partition"):
        came, gone = rows.submitted.cumsum(), (rows.reads + rows.writes + rows.cancelled).cumsum()
        assert (came == gone + rows.queue_length).all()
        came = rows.bytes_submitted.cumsum()
        gone = (rows.bytes_read + rows.bytes_written + rows.bytes_cancelled).cumsum()
        assert (came == gone + rows.bytes_outstanding).all()
        assert (rows[["queue_length", "bytes_outstanding"]] >= 0).all(axis=None)
    counts = [
        "submitted",
        "reads",
        "writes",
        "bytes_read",
        "bytes_written",
        "cancelled",
        "queue_length",
        "bytes_outstanding",
    ]
    together = devices.groupby(["time_ns", "storage"])[counts].sum().reset_index(drop=True)
    volumes = found["storage"].sort_values(["time_ns", "instance"]).reset_index(drop=True)
    assert together.equals(volumes[counts])
    for _, rows in found["request"].groupby("partition"):
        gone = (rows.completions + rows.failed + rows.dropped).cumsum()
        assert (rows.arrivals.cumsum() == gone + rows.in_system).all()
        assert (rows.io_submitted.cumsum() >= rows.io_completed.cumsum()).all()


def packets_are_conserved(found):
    if "virtual_switch" not in found.tables:
        return
    adapters = found["virtual_network_adapter"]
    for _, rows in adapters.groupby("partition"):
        gone = (rows.packets_received + rows.dropped_incoming).cumsum()
        assert (rows.packets_arrived.cumsum() == gone + rows.in_ring).all()
        assert (rows[["in_ring", "answers_outstanding"]] >= 0).all(axis=None)
    counts = [
        "packets_arrived",
        "packets_received",
        "bytes_received",
        "packets_sent",
        "bytes_sent",
        "dropped_incoming",
        "in_ring",
    ]
    together = adapters.groupby("time_ns")[counts].sum().reset_index(drop=True)
    assert together.equals(found["virtual_switch"][counts])
