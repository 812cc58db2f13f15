"""What will go wrong at devices that guests share and is known before the run: more I/Os than a volume serves, minima that do not fit."""

from collections.abc import Iterator

from hvecs.spec.devices import Network, Storage
from hvecs.spec.expected_load import mean_times
from hvecs.spec.io import Io
from hvecs.spec.partition import Partition
from hvecs.spec.problems import Fault, show
from hvecs.spec.scenario import Scenario
from hvecs.spec.sizes import FixedSize
from hvecs.spec.workload import RequestWorkload

_NS_PER_S = 1e9


def storage_advice(scenario: Scenario) -> Iterator[Fault]:
    """Find what to warn of at the volumes of a valid scenario, which all hosts share."""
    for index, volume in enumerate(scenario.storage):
        blocks = [block for block in scenario.partition if block.io.storage == volume.name]
        yield from _overload(scenario, volume, blocks, index)
        yield from _minima(scenario, volume, blocks, index)
    for index, block in enumerate(scenario.partition):
        if block.io.storage and block.io.per_request == 0:
            yield Fault(
                ("partition", index, "io", "storage"), "has no effect: no request makes I/Os (io.per_request)"
            )


def network_advice(scenario: Scenario) -> Iterator[Fault]:
    """Find what to warn of at the networks of the only host of a valid scenario: each host has a link of its own to each."""
    for index, nic in enumerate(scenario.network):
        blocks = [block for block in scenario.partition if block.io.nic == nic.name]
        yield from _full_links(scenario, nic, blocks, index)
        yield from _large_requests(scenario, nic, index)


def _overload(scenario: Scenario, volume: Storage, blocks: list[Partition], index: int) -> Iterator[Fault]:
    """Warn of more I/Os, or bytes, than the volume serves; a guest with a maximum counts for no more than that."""
    offered = [
        (block.guests * _ios_per_s(scenario, volume, block), block.io.size.average_bytes) for block in blocks
    ]
    ios, size = sum(rate for rate, _ in offered), sum(rate * each for rate, each in offered)
    latency = volume.latency.average_ns
    most = volume.parallel * _NS_PER_S / latency if latency else float("inf")
    if ios > most:
        message = f"its guests ask for {ios:.0f} I/Os a second, and it serves {most:.0f} at most (parallel, latency): queues will grow"
        yield Fault(("storage", index, "name"), message)
    elif volume.bandwidth is not None and size > volume.bandwidth:
        message = f"its guests ask for {size / 2**20:.4g} MiB a second, and it transfers {volume.bandwidth / 2**20:.4g}: queues will grow"
        yield Fault(("storage", index, "bandwidth"), message)


def _full_links(scenario: Scenario, nic: Network, blocks: list[Partition], index: int) -> Iterator[Fault]:
    """Warn of more bytes than a link transfers, and of more packets than root VP 0 takes where it takes all."""
    rates = [block.guests * _requests_per_s(scenario, block) for block in blocks]
    for what, key in (("receive", "request_size"), ("send", "response_size")):
        offered = sum(
            rate * getattr(block.io, key).average_bytes for rate, block in zip(rates, blocks, strict=True)
        )
        if offered > nic.bandwidth:
            asked, most = (show(f"{8 * each / 1e9:.4g} Gbit/s") for each in (offered, nic.bandwidth))
            yield Fault(
                ("network", index, "bandwidth"),
                f"its guests {what} {asked} in the mean, more than {most}: queues will grow",
            )
    work = (
        sum(rate * _receive_ns(nic, block.io) for rate, block in zip(rates, blocks, strict=True)) / _NS_PER_S
    )
    if not nic.vmq and work > 1:
        message = f"without vmq, root VP 0 has {work:.3g} s of work a second for what comes: requests will be dropped"
        yield Fault(("network", index, "vmq"), message)


def _receive_ns(nic: Network, io: Io) -> float:
    """Give the root's work for a request that comes, in the mean; at least."""
    return io.work.average_ns + nic.packet_cost * max(1.0, io.request_size.average_bytes / nic.packet)


def _large_requests(scenario: Scenario, nic: Network, index: int) -> Iterator[Fault]:
    """Warn of requests that no ring holds."""
    for number, block in enumerate(scenario.partition):
        if block.io.nic == nic.name and block.io.request_size.average_bytes > nic.ring * nic.packet:
            message = (
                f"a request has more packets than network[{index}].ring holds ({nic.ring}): it is dropped"
            )
            yield Fault(("partition", number, "io", "request_size"), message)


def _requests_per_s(scenario: Scenario, block: Partition) -> float:
    """Give the requests a second of a guest, in the mean."""
    if not isinstance(block.workload, RequestWorkload):
        return 0.0
    return mean_times(scenario, block, block.workload) * _NS_PER_S / block.workload.interarrival.average_ns


def _ios_per_s(scenario: Scenario, volume: Storage, block: Partition) -> float:
    """Give the I/Os a second that a guest may bring to its volume, in the mean."""
    rate = _requests_per_s(scenario, block) * block.io.per_request
    if block.io.maximum_iops:
        rate = min(rate, block.io.maximum_iops / _operations(volume, block))
    if block.io.maximum_bandwidth is not None:
        rate = min(rate, block.io.maximum_bandwidth / block.io.size.average_bytes)
    return rate


def _operations(volume: Storage, block: Partition) -> float:
    """Give the normalised operations of an I/O: exactly of one size, else those of the mean."""
    size = block.io.size.average_bytes
    if volume.counting == "bytes":
        return size / volume.normalisation
    whole = -(-size // volume.normalisation)
    return whole if isinstance(block.io.size, FixedSize) else max(1.0, size / volume.normalisation)


def _minima(scenario: Scenario, volume: Storage, blocks: list[Partition], index: int) -> Iterator[Fault]:
    """Warn of minima that are more than the volume can serve, in I/Os of one normalised operation, or that its order does not honour."""
    together = sum(block.guests * block.io.minimum_iops for block in blocks)
    latency = volume.latency.average_ns
    most = volume.parallel * _NS_PER_S / latency if latency else float("inf")
    if volume.bandwidth is not None:
        most = min(most, volume.bandwidth / volume.normalisation)
    if together > most:
        message = f"the minima of its guests are {together} operations a second together, and it serves {most:.0f} at most"
        yield Fault(("storage", index, "name"), message)
    if together and volume.order_used(scenario.host.limits) == "fifo":
        message = "serves I/Os in order: the minima of its guests only notify"
        yield Fault(("storage", index, "name"), message)
