from typing import Annotated

from hvecs.spec.distributions import Distribution
from hvecs.spec.kinds import Choice, Count, Switch, Text
from hvecs.spec.limits import BEFORE_STORAGE_MINIMUM
from hvecs.spec.table import Table, key
from hvecs.spec.units import KIB, MIB, MS, SECOND, Duration, LinkBandwidth, Size

MOST_PLACES = 65_536
DEVICE_NAME = Text("a name of 1 to 100 printable characters without quotes", r'[^\x00-\x1f\x7f"\']{1,100}')


class Storage(Table):
    """A [[storage]]: a volume, or a path to a SAN, that the disks of several guests lie on."""

    name: Annotated[str, DEVICE_NAME] = key("name of the volume, by which guests attach to it (io.storage)")
    parallel: Annotated[int, Count(1, MOST_PLACES)] = key(
        "I/Os of all guests that it serves at once; others wait", 32
    )
    latency: Distribution = key(
        "time of an I/O at the volume before its transfer; mean 0 means none",
        {"distribution": "exponential", "mean": "500 us"},
    )
    bandwidth: Annotated[int | None, LinkBandwidth(low=MIB)] = key(
        "what it transfers, the bytes of one I/O after the other's; without it there is no bound", None
    )
    order: Annotated[str, Choice(("auto", "fair", "fifo"))] = key(
        "whose I/O is begun next: in the order in which they came (minima then only notify), or by minima and then in fair shares of "
        "normalised operations; auto: fifo with limits = ws2012r2 [WSD-ST], else fair [SQOS]",
        "auto",
    )
    normalisation: Annotated[int, Size(low=KIB, high=4 * KIB**3)] = key(
        "size of a normalised operation, in which limits count; 1 KB to 4 GB for a cluster [SQOS]", "8 KiB"
    )
    counting: Annotated[str, Choice(("multiples", "bytes"))] = key(
        "how I/Os count: as 1 up to that size and in whole multiples beyond [SQOS], or by their bytes alone [PS: an I/O of half the size is half]",
        "multiples",
    )
    throttle_period: Annotated[int, Duration(low=MS, high=SECOND)] = key(
        "how long the quota of a guest with a maximum lasts; maxima hold in every one; not published, a parameter",
        "100 ms",
    )

    def order_used(self, limits: str) -> str:
        """Give the order, "fair" or "fifo", of a host with these limits."""
        if self.order != "auto":
            return self.order
        return "fifo" if limits in BEFORE_STORAGE_MINIMUM else "fair"


class Network(Table):
    """A [[network]]: a NIC that guests share, with its virtual switch."""

    name: Annotated[str, DEVICE_NAME] = key("name of the NIC, by which guests attach to it (io.network)")
    bandwidth: Annotated[int, LinkBandwidth()] = key(
        "what it receives, and what it sends: the bytes of one message after the other's", "10 Gbit/s"
    )
    vmq: Annotated[bool, Switch()] = key(
        "whether each guest has a receive queue of its own, on the root's VPs in turn; without, all share one, on root VP 0 [FINN-V; SYN]",
        default=True,
    )
    ring: Annotated[int, Count(1, 1_000_000)] = key(
        "packets that a receive queue holds until the root has taken them; others are dropped and counted; not published, a parameter",
        512,
    )
    packet: Annotated[int, Size(low=64, high=256 * KIB)] = key(
        "bytes of a packet at most; more where the NIC puts packets together", "1500 B"
    )
    packet_cost: Annotated[int, Duration(high=SECOND)] = key(
        "CPU time of the root for each packet, received or sent, beside io.work for each message; not published, a parameter: 3 us are 4 Gbit/s "
        "a core in packets of 1500 B, of the 3 to 5 Gbit/s that are said of one root core",
        "3 us",
    )
