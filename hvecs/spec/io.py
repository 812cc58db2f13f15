from typing import Annotated

from hvecs.spec.distributions import Distribution
from hvecs.spec.kinds import Choice, Count, SwitchOrName, Text
from hvecs.spec.profiles import DEVICE_CLASSES
from hvecs.spec.sizes import SizeDistribution
from hvecs.spec.table import Table, key
from hvecs.spec.units import TIB, Bandwidth, Percent

MOST_IOPS = 1_000_000_000
"""The most that a policy takes [WMI-Q]."""


class Io(Table):
    """How the requests of an open workload, and pages from disk, use the root: across VMBus, through a VSP on a root VP, to a device.

    None of the times is published; each is a parameter.
    """

    network: Annotated[bool | str, SwitchOrName()] = key(
        "whether requests arrive through the root, as from a network; or the [[network]] by which they do",
        default=False,
    )
    per_request: Annotated[int, Count(0, 10_000)] = key(
        "I/Os that each request makes through the root, one after the other, after its CPU work", 0
    )
    notify: Annotated[str, Choice(("event", "message"))] = key(
        "how the root tells the guest: an event flag, or a message to the slot of a VP, which others wait for",
        "event",
    )
    buffers: Annotated[int, Count(1, 1024)] = key(
        "messages that wait for their slots at most; the root must post others again [TLFS-md HvCallPostMessage: 16]",
        16,
    )
    work: Distribution = key(
        "CPU time of the root for each arrival, each I/O and each page from disk, at native speed",
        {"distribution": "exponential", "mean": "20 us"},
    )
    completion: Distribution = key(
        "CPU time of the root for each completed I/O or page; mean 0 means that the device tells the guest without the root",
        {"distribution": "exponential", "mean": "10 us"},
    )
    device: Distribution = key(
        "time of an I/O at the device; mean 0 means that it answers at once",
        {"distribution": "exponential", "mean": "100 us"},
    )
    device_class: Annotated[str, Choice(DEVICE_CLASSES)] = key(
        "what the device is: by that Windows raises the priority of a thread whose I/O is complete [WDM]",
        "disk",
    )
    ring: Annotated[int, Count(0, 1_000_000)] = key(
        "requests from the network that have come and that the guest has not begun, at most; others are dropped and counted; 0 means no "
        "bound; not published, a parameter",
        512,
    )
    queue_depth: Annotated[int, Count(1, 1_000_000)] = key(
        "I/Os of the guest on their way through the root and its device at most; others wait in the guest; not published, a parameter",
        256,
    )
    servers: Annotated[int, Count(1, 1024)] = key(
        "I/Os that each guest's device serves at once; others wait in order", 32
    )

    storage: Annotated[str, Text()] = key(
        "the [[storage]] that the guest's disk lies on, in place of a device of its own (device, servers)", ""
    )
    size: SizeDistribution = key("bytes of an I/O on shared storage", "8 KiB")
    writes: Annotated[float, Percent()] = key("share of I/Os on shared storage that are writes", "30 %")
    maximum_iops: Annotated[int, Count(0, MOST_IOPS)] = key(
        "normalised operations a second that the guest's disk may not exceed (MaximumIOPS); 0 means no bound [SQOS]",
        0,
    )
    minimum_iops: Annotated[int, Count(0, MOST_IOPS)] = key(
        "normalised operations a second that it is sure of (MinimumIOPS): honoured by the order of service, or, on Windows Server 2012 R2, only "
        "watched (storage.order); 0 means none [SQOS; WSD-ST]",
        0,
    )
    maximum_bandwidth: Annotated[int | None, Bandwidth(low=1, high=TIB)] = key(
        "bytes a second that it may not exceed (MaximumIOBandwidth), whichever of both is reached first; without it there is no bound [SQOS]",
        None,
    )

    request_size: SizeDistribution = key(
        'bytes of a request that comes by a [[network]]; "0 B" means one packet without any', "1 KiB"
    )
    response_size: SizeDistribution = key(
        'bytes of the answer to it, with which the request is complete; "0 B" means that there is none',
        "8 KiB",
    )

    @property
    def is_used(self) -> bool:
        """Tell whether any request uses the root."""
        return bool(self.network) or self.per_request > 0

    @property
    def nic(self) -> str:
        """The shared network by which requests come; empty if they come by none."""
        return self.network if isinstance(self.network, str) else ""
