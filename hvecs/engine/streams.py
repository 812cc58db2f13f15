"""The named streams of random numbers, and the keys and ids that Philox draws them with.

A random number is a function of (seed, stream) - its key - and of (stable id, draw number) - its counter. So whatever
else a scenario holds, in whatever order it is simulated, a guest's n-th draw in a stream is the same number.
"""

from collections.abc import Mapping
from hashlib import blake2b
from types import MappingProxyType

STREAMS: Mapping[str, str] = MappingProxyType(
    {
        "compute": "how long a thread of a closed workload computes before it sleeps",
        "sleep": "how long such a thread then sleeps",
        "lock": "whether its burst ends inside the guest's lock",
        "arrival": "how long after one request the next arrives in an open workload",
        "fault": "how much work lies before a guest's next hard page fault",
        "cache_read": "whether such a fault reads file data that the cache had no room for",
        "kill": "whether a burst or a request is lost because its guest may commit no more memory",
        "service": "how much processor time a request needs",
        "service_after": "how much a request of a tier needs after its calls of others",
        "balance": "which guest a tier's balancer sends a request to",
        "parent": "how much processor time the root needs for an intercept that it handles for a guest",
        "io_work": "how much processor time the root needs for an arrival or an I/O",
        "io_completion": "how much it needs for a completed I/O",
        "io_device": "how long an I/O takes at its device",
        "io_size": "how many bytes an I/O on shared storage has",
        "io_write": "whether it is a write",
        "message_size": "how many bytes a request over a shared network, or its answer, has",
    }
)
"""Every stream, and what it decides."""


def stream_key(seed: int, name: str) -> int:
    """Return the 64-bit key of one stream in a run with this seed; raises ValueError for an unknown stream."""
    if name not in STREAMS:
        raise ValueError(f"no random stream is named {name!r}; there are {', '.join(STREAMS)}")
    return _hash64(b"hvecs.stream", str(int(seed)), name)


def stable_id(partition: str, kind: str, index: int) -> int:
    """Return the 64-bit id of the index-th thing of a kind within a partition.

    It knows the partition's name only, never an entity or a position in the file, so that adding a partition
    changes no other's luck.
    """
    return _hash64(b"hvecs.id", partition, kind, str(int(index)))


def _hash64(domain: bytes, *parts: str) -> int:
    """Return 64 bits that differ between domains and between different lists of parts."""
    digest = blake2b(digest_size=8, person=domain)
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "little"))
        digest.update(encoded)
    return int.from_bytes(digest.digest(), "little")
