"""What will go wrong at devices that guests share and is known before the run: more I/Os than a volume serves, minima that do not fit."""

from collections.abc import Iterator

from hvecs.spec.devices import Storage
from hvecs.spec.foreseen import mean_times
from hvecs.spec.partition import Partition
from hvecs.spec.problems import Fault
from hvecs.spec.scenario import Scenario
from hvecs.spec.sizes import FixedSize
from hvecs.spec.workload import RequestWorkload

_NS_PER_S = 1e9


def device_advice(scenario: Scenario) -> Iterator[Fault]:
    """Find what to warn of at the shared devices of a valid scenario."""
    for index, volume in enumerate(scenario.storage):
        blocks = [block for block in scenario.partition if block.io.storage == volume.name]
        yield from _overload(scenario, volume, blocks, index)
        yield from _minima(scenario, volume, blocks, index)
    for index, block in enumerate(scenario.partition):
        if block.io.storage and block.io.per_request == 0:
            yield Fault(
                ("partition", index, "io", "storage"), "has no effect: no request makes I/Os (io.per_request)"
            )


def _overload(scenario: Scenario, volume: Storage, blocks: list[Partition], index: int) -> Iterator[Fault]:
    """Warn of more I/Os, or bytes, than the volume serves; a guest with a maximum counts for no more than that."""
    offered = [
        (block.guests * _ios_per_s(scenario, volume, block), block.io.size.average_bytes) for block in blocks
    ]
    ios, size = sum(rate for rate, _ in offered), sum(rate * each for rate, each in offered)
    latency = volume.latency.average_ns
    most = volume.parallel * _NS_PER_S / latency if latency else float("inf")
    if ios > most:
        message = f"its guests ask for {ios:.4g} I/Os a second, and it serves {most:.4g} at most (parallel, latency): queues will grow"
        yield Fault(("storage", index, "name"), message)
    elif volume.bandwidth is not None and size > volume.bandwidth:
        message = f"its guests ask for {size / 2**20:.4g} MiB a second, and it transfers {volume.bandwidth / 2**20:.4g}: queues will grow"
        yield Fault(("storage", index, "bandwidth"), message)


def _ios_per_s(scenario: Scenario, volume: Storage, block: Partition) -> float:
    """Give the I/Os a second that a guest may bring to its volume, in the mean."""
    if not isinstance(block.workload, RequestWorkload):
        return 0.0
    gap_ns = block.workload.interarrival.average_ns
    rate = mean_times(scenario, block, block.workload) * block.io.per_request * _NS_PER_S / gap_ns
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
        message = f"the minima of its guests are {together} operations a second together, and it serves {most:.4g} at most"
        yield Fault(("storage", index, "name"), message)
    if together and volume.order_used(scenario.host.limits) == "fifo":
        message = "serves I/Os in order: the minima of its guests only notify"
        yield Fault(("storage", index, "name"), message)
