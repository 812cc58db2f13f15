"""Shared storage by hand: transfers, quotas, minima, shares, and guests that are turned off with I/Os under way."""

import pytest

from systems.io import quotas
from tests.devices import NO_TIME, disk, on_volume
from tests.simulation import IDLE, MS, US, S, fixed, run

FAST = {"parallel": 64, "latency": NO_TIME}
ONE_PLACE = {"parallel": 1, "latency": fixed(MS)}


def completed(found, name=None):
    """I/Os completed in each sample: of a guest, or of the volume."""
    table = found["virtual_storage_device" if name else "storage"]
    rows = table[table.partition == name] if name else table
    return (rows.reads + rows.writes).tolist()


def test_a_transfer_takes_its_bytes_over_the_bandwidth_one_after_the_other():
    """64 KiB at 64 MiB/s are 1/1024 s; the first begins after 502 us: 500 to its arrival, 1 in the guest, 1 in the root."""
    block = disk("a", fixed(500 * US), size="64 KiB")
    found = run(on_volume(S, [block], FAST | {"bandwidth": "64 MiB/s"}))
    whole = (S - 502 * US) * 1024 // S
    assert completed(found) == [whole]
    assert found["storage"].bytes_read.item() + found["storage"].bytes_written.item() == whole * 65536
    assert found["virtual_storage_device"].latency_mean_ns.item() == pytest.approx(
        sum((n + 1) * S / 1024 - n * 500 * US for n in range(whole)) / whole, abs=1
    )


def test_the_latencies_of_several_places_overlap_and_their_transfers_do_not():
    """Two I/Os at once: latencies of 1 ms end together, transfers of 1 ms (8 KiB at 8192000 B/s) end at 2 and 3 ms."""
    blocks = [disk(name, fixed(10 * MS)) for name in ("a", "b")]
    found = run(on_volume(15 * MS, blocks, {"parallel": 2, "latency": fixed(MS), "bandwidth": "8192000 B/s"}))
    assert found["virtual_storage_device"].latency_mean_ns.tolist() == [2 * MS, 3 * MS]


def periods(found):
    return completed(found, "a")


def throttled(duration, **io):
    """A guest with 4,000 I/Os a second against its maximum; a sample a period, whose end is the beginning of the next."""
    return periods(run(on_volume(duration, [disk("a", fixed(250 * US), **io)], FAST, sample="100 ms")))


def test_a_maximum_is_exact_in_each_period():
    """100 a second are 10 in 100 ms; what begins at the end of a period is of the next, but of the sample that ends there."""
    assert throttled(S, maximum_iops=100) == [20, *[10] * 9]


def test_an_io_beyond_the_quota_is_taken_from_the_periods_after():
    """64 KiB are 8 operations; 10 a period: 10 - 8 - 8 = -6, then 4 - 8 = -4, 6 - 8 = -2, 8 - 8 = 0, and 10 again: 5 I/Os in 4 periods."""
    found = throttled(1200 * MS, maximum_iops=100, size="64 KiB")
    begun = [2, 1, 1, 1] * 3 + [2]
    assert found == [begun[0] + begun[1], *begun[2:]]


@pytest.mark.parametrize(
    ("size", "counting", "each"),
    [
        ("4 KiB", "multiples", 10),
        ("8 KiB", "multiples", 10),
        ("12 KiB", "multiples", 5),
        ("4 KiB", "bytes", 20),
        ("8 KiB", "bytes", 10),
    ],
)
def test_what_an_io_counts(size, counting, each):
    """10 operations a period of 8 KiB: an I/O of 4 KiB is 1 by multiples, half by bytes; one of 12 KiB is 2."""
    block = disk("a", fixed(250 * US), size=size, maximum_iops=100)
    found = run(on_volume(500 * MS, [block], FAST | {"counting": counting}, sample="100 ms"))
    assert periods(found)[1:] == [each] * 4


def test_of_two_maxima_the_one_that_is_reached_first_counts():
    assert throttled(500 * MS, maximum_iops=100, maximum_bandwidth="409600 B/s")[1:] == [5] * 4
    assert throttled(500 * MS, maximum_iops=40, maximum_bandwidth="409600 B/s")[1:] == [4] * 4


def test_the_period_of_the_quota_is_a_parameter():
    block = disk("a", fixed(250 * US), maximum_iops=100)
    found = run(on_volume(100 * MS, [block], FAST | {"throttle_period": "20 ms"}, sample="20 ms"))
    assert periods(found) == [4, 2, 2, 2, 2]


def test_what_is_left_of_a_quota_is_lost():
    """3 I/Os in the first 100 ms, then a burst: no more than 10 in a period all the same."""
    block = disk("a", fixed(30 * MS), maximum_iops=100)
    late = disk("b", fixed(250 * US), start="150 ms", maximum_iops=100)
    found = run(on_volume(400 * MS, [block, late], FAST, sample="100 ms"))
    assert completed(found, "a") == [3, 3, 3, 4]
    assert completed(found, "b") == [0, 20, 10, 10]


def plain(kernel):
    return getattr(kernel, "py_func", kernel)


@pytest.mark.parametrize(
    ("quota", "periods", "left"),
    [
        (7, 0, 7),
        (7, 1, 10),
        (0, 1, 10),
        (-6, 1, 4),
        (-10, 1, 0),
        (-25, 2, -5),
        (-25, 3, 5),
        (-25, 4, 10),
        (-25, 10**15, 10),
    ],
)
def test_quotas_are_replenished_period_by_period(quota, periods, left):
    """By the rule, one period at a time: what is left is lost, what is owed is taken, 10 are added."""
    by_steps = quota
    for _ in range(min(periods, 100)):
        by_steps = min(by_steps, 0) + 10
    assert by_steps == left
    if hasattr(quotas.refilled, "py_func") or not hasattr(quotas.refilled, "signatures"):
        assert plain(quotas.refilled)(quota, 10, periods) == left


@pytest.mark.parametrize(("limits", "order"), [("ws2025", "auto"), ("ws2016", "auto"), ("ws2012r2", "fair")])
def test_a_minimum_is_honoured(limits, order):
    """1,000 I/Os a second for five guests that want 1,000 each and one that wants 500, of which 400 are sure."""
    others, sure, found = crowded(limits, order)
    assert sure == pytest.approx(400, abs=2)
    assert others == pytest.approx([120] * 5, abs=2)
    assert found.insufficient_throughput.tolist() == [0] * 6


def test_without_a_minimum_shares_are_fair():
    others, sure, _ = crowded("ws2025", "auto", minimum_iops=0)
    assert [*others, sure] == pytest.approx([1000 / 6] * 6, abs=2)


def test_in_2012_r2_a_minimum_only_notifies():
    """In order, each gets in proportion to what it asks for: 500 of 5,500."""
    others, sure, found = crowded("ws2012r2", "auto")
    assert sure == pytest.approx(1000 * 500 / 5500, abs=3)
    assert others == pytest.approx([1000 * 1000 / 5500] * 5, abs=3)
    assert found.insufficient_throughput.tolist() == [0] * 5 + [1]


@pytest.mark.parametrize("sample", ["100 ms", "1 s", "5 s"])
def test_a_disk_that_lacks_its_minimum_is_noted_however_long_the_sample(sample):
    """Two disks that want 1,000 I/Os a second each, and are sure of 800, have 500: most of theirs wait in the guests."""
    block = disk("a", fixed(MS), count=2, minimum_iops=800, queue_depth=8, size="4 KiB")
    text = on_volume(5 * S, [block], ONE_PLACE, sample=sample)
    text["host"]["limits"] = "ws2012r2"
    rows = run(text)["virtual_storage_device"]
    assert (rows.insufficient_throughput == 1).mean() > 0.9


def crowded(limits, order, minimum_iops=400):
    """I/Os in the last of two seconds of five guests that take what they get, and of one with a minimum; and the rows of all."""
    noisy = disk("noisy", fixed(MS), count=5, size="4 KiB")
    sure = disk("sure", fixed(2 * MS), minimum_iops=minimum_iops)
    text = on_volume(
        2 * S, [noisy, sure], ONE_PLACE | {"order": order}, host={"limits": limits}, sample="1 s"
    )
    found = run(text)["virtual_storage_device"].tail(6)
    rates = (found.reads + found.writes).tolist()
    return rates[:5], rates[5], found


def test_shares_are_of_normalised_operations():
    """An I/O of 64 KiB counts 8: who sends those gets an eighth of the I/Os."""
    blocks = [disk("small", fixed(500 * US)), disk("large", fixed(500 * US), size="64 KiB")]
    found = run(on_volume(9 * S / 5, blocks, ONE_PLACE))
    small, large = completed(found, "small")[0], completed(found, "large")[0]
    assert small == pytest.approx(1600, abs=9)
    assert large == pytest.approx(200, abs=2)


def test_who_wanted_nothing_has_no_claim_to_the_past():
    """The late guest gets half from when it comes, not all until it has caught up."""
    blocks = [disk("early", fixed(500 * US)), disk("late", fixed(500 * US), start="1 s")]
    found = run(on_volume(2 * S, blocks, ONE_PLACE, sample="1 s"))
    assert completed(found, "early")[1] == pytest.approx(500, abs=2)
    assert completed(found, "late")[1] == pytest.approx(500, abs=2)


def test_a_guest_that_is_turned_off_cancels_what_waits_and_no_more():
    """At 100.5 ms one I/O of each is served or waits; the other goes on, and gets the volume for itself."""
    blocks = [disk("stops", fixed(500 * US), stop="100.5 ms"), disk("stays", fixed(500 * US))]
    found = run(on_volume(200 * MS, blocks, ONE_PLACE, sample="200 ms"))["virtual_storage_device"]
    stops, stays = found.iloc[0], found.iloc[1]
    assert stops.queue_length == 0
    assert stops.submitted == stops.reads + stops.writes + stops.cancelled
    assert 49 <= stops.reads + stops.writes <= 51
    assert stays.cancelled == 0
    assert 147 <= stays.reads + stays.writes <= 150


def test_a_restarted_guest_begins_with_an_empty_queue():
    """Its requests have failed, and those after it find the volume as it is."""
    block = disk("a", fixed(500 * US), restart="100.5 ms")
    found = run(on_volume(200_300 * US, [block], ONE_PLACE))
    device, request = found["virtual_storage_device"].iloc[0], found["request"].iloc[0]
    assert device.submitted == device.reads + device.writes + device.cancelled + device.queue_length
    assert device.cancelled > 90
    assert request.arrivals == request.completions + request.failed + request.in_system
    assert request.in_system == device.queue_length


def test_reads_and_writes_have_their_share():
    found = run(on_volume(4 * S, [disk("a", fixed(MS), writes="25 %")], FAST))["storage"]
    assert found.writes.item() / found.submitted.item() == pytest.approx(0.25, abs=0.03)
    assert run(on_volume(S, [disk("a", fixed(MS), writes="0 %")], FAST))["storage"].writes.item() == 0


def test_sizes_are_drawn():
    """Exponential sizes of 16 KiB in the mean; the normalised operations of one are 1/(1 - exp(-8/16)) in the mean."""
    size = {"distribution": "exponential", "mean": "16 KiB"}
    found = run(on_volume(4 * S, [disk("a", fixed(250 * US), size=size)], FAST))["storage"]
    assert found.bytes_submitted.item() / found.submitted.item() == pytest.approx(16384, rel=0.03)
    assert found.normalized_operations_per_sec.item() / 4000 == pytest.approx(
        1 / (1 - 2.718281828**-0.5), rel=0.03
    )


def test_requests_of_tiers_make_their_ios_on_it():
    """Two guests, turned off one after the other; every request of the tier, and every I/O, is accounted for."""
    blocks = [disk("a", fixed(MS), stop="60.5 ms"), disk("b", fixed(MS), restart="80.3 ms")]
    for block in blocks:
        block["workload"] = IDLE
    text = on_volume(150 * MS, blocks, ONE_PLACE, sample="30 ms")
    text["tier"] = [{"name": "t", "rate": "900 /s", "service": fixed(10 * US), "guests": ["a", "b"]}]
    found = run(text)
    devices, tier = found["virtual_storage_device"], found["tier"]
    for _, rows in devices.groupby("partition"):
        gone = (rows.reads + rows.writes + rows.cancelled).cumsum()
        assert (rows.submitted.cumsum() == gone + rows.queue_length).all()
    assert (tier.arrivals.cumsum() == (tier.completions + tier.failed).cumsum() + tier.in_system).all()
    assert devices.reads.sum() + devices.writes.sum() > 100
