"""Keys of [host.live_migration] and [cluster]: how guests move from host to host while they run."""

from types import MappingProxyType
from typing import Annotated

from hvecs.spec.devices import DEVICE_NAME
from hvecs.spec.kinds import Choice, Count, Number
from hvecs.spec.table import Table, key
from hvecs.spec.units import SECOND, Duration, LinkBandwidth, Percent, Size

MOST_AT_ONCE = 1000
CHUNK = 4 << 20
"""Memory (bytes) that roots work for at a time."""
BALANCING = MappingProxyType({"low": 80, "medium": 70, "high": 60})
"""Thresholds (%) by level [VMLB]."""


class LiveMigration(Table):
    """How a host sends guests to others, and takes guests of others, while they run."""

    simultaneous: Annotated[int, Count(1, MOST_AT_ONCE)] = key(
        "live migrations of the host at once, from it and to it together; others wait in the order in which they were asked for [WSD-LM]; "
        "cluster.max_parallel_migrations takes precedence",
        2,
    )
    passes: Annotated[int, Count(1, 1000)] = key(
        "passes over the memory at most while the guest runs: all of it, then what it has written meanwhile; 5 from Windows Server 2012 R2 "
        "on, 10 on 2008 R2 [DIR, SAV-499]",
        5,
    )
    option: Annotated[str, Choice(("compression", "tcp", "smb"))] = key(
        "what memory is sent by: TCP, compressed as far as LPs of the source are idle or as it is, or SMB Direct, which costs the roots no "
        "CPU time [WSD-LM, ARM-C, ARM-R]",
        "compression",
    )
    bandwidth: Annotated[int, LinkBandwidth()] = key(
        "what the host's network for live migrations sends, and what it receives, shared alike by the migrations under way; nothing else "
        "uses it",
        "10 Gbit/s",
    )
    network: Annotated[str | None, DEVICE_NAME] = key(
        "the [[network]] by which migrations go instead, and share its links with the messages of guests",
        None,
    )
    network_share: Annotated[float, Percent(low=1, high=100)] = key(
        "what migrations together may have of that network: a cluster keeps to about 75 % of it [STAR]",
        "75 %",
    )
    ratio: Annotated[float, Number(1, 100, or_low=True)] = key(
        "how many bytes of memory a compressed byte stands for; the aim was half the time [ARM-C], for memory at hand it is not published, "
        "a parameter",
        2.0,
    )
    transfer_cost: Annotated[int, Duration(high=SECOND)] = key(
        "CPU time of each root for a MiB that crosses the network by TCP; not published, a parameter: 2 ms are about 4 Gbit/s a core",
        "2 ms",
    )
    compression_cost: Annotated[int, Duration(high=SECOND)] = key(
        "CPU time of the source's root for each MiB of memory that it compresses; not published, a parameter",
        "1 ms",
    )
    decompression_cost: Annotated[int, Duration(high=SECOND)] = key(
        "CPU time of the target's root for each MiB of such memory; not published, a parameter", "500 us"
    )
    buffer: Annotated[int, Size(low=CHUNK, high=1 << 40)] = key(
        "memory that a root may be behind with, in pieces of 4 MiB: while one of the two has as much still to do, nothing more is sent; not "
        "published, a parameter",
        "64 MiB",
    )
    blackout: Annotated[int, Duration(high=60 * SECOND)] = key(
        "how long the guest stands still beside the transfer of what is left: state of its processors and devices, its storage; not "
        "published, a parameter",
        "50 ms",
    )


class Cluster(Table):
    """What holds for all hosts as the nodes of a failover cluster."""

    max_parallel_migrations: Annotated[int | None, Count(1, MOST_AT_ONCE)] = key(
        "live migrations of each host at once, in place of host.live_migration.simultaneous: the property MaximumParallelMigrations, 1 by "
        "default since the update of 2022-09 [PS]; without it that of the host",
        None,
    )
    balancing: Annotated[str, Choice(("off", "periodic"))] = key(
        "whether hosts above a threshold send guests to others", "off"
    )
    balancing_period: Annotated[int, Duration(low=SECOND)] = key(
        "how often they are looked at [VMLB]", "30 min"
    )
    balancing_level: Annotated[str, Choice(tuple(BALANCING))] = key(
        "the threshold, of processor time since the last look and of memory: low 80 %, medium 70 %, high 60 % [VMLB]",
        "low",
    )
    detection: Annotated[int, Duration(low=1)] = key(
        "how long after the failure of a host its guests are restarted on others; not published, a parameter",
        "10 s",
    )
    restart_delay: Annotated[int, Duration(low=1)] = key(
        "a guest that found no host is tried again after this, three times [CLUS]", "500 ms"
    )
    restart_pause: Annotated[int, Duration(low=1)] = key("and then after this, over and over [CLUS]", "1 h")
