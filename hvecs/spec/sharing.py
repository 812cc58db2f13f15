"""What the logical processors of a host share: caches and the way to memory."""

from typing import Annotated

from hvecs.spec.kinds import Count
from hvecs.spec.table import Table, key
from hvecs.spec.units import MIB, Bandwidth, Size


class Cache(Table):
    """The last cache before memory, and who shares it: a cache domain."""

    size: Annotated[int, Size(low=MIB)] = key(
        "size of the cache of each domain; 1.4 to 4 MiB a core are usual", "32 MiB"
    )
    cores: Annotated[int, Count(0, 16_384)] = key(
        "adjacent cores of a socket that share a cache; 0 means all of the socket", 0
    )


class MemoryBus(Table):
    """The way to memory; a cache domain has the part of it that its LPs are of those of the node."""

    bandwidth: Annotated[int, Bandwidth()] = key(
        "what the memory of a NUMA node can move; 20 to 30 GiB/s a channel, 4 to 12 channels", "80 GiB/s"
    )
    per_processor: Annotated[int, Bandwidth()] = key(
        "what one LP moves whose code does nothing but wait for memory (memory_bound = 100 %); not published as such, a parameter: 5 to 15 GiB/s",
        "10 GiB/s",
    )
