"""The named streams of random numbers, and the keys and ids that Philox draws them with.

A random number is a function of (seed, stream) - its key - and of (stable id, draw number) - its counter. So whatever
else a scenario holds, in whatever order it is simulated, a guest's n-th draw in a stream is the same number.
"""

from collections.abc import Mapping
from hashlib import blake2b

from components import RandomKeys

STREAMS: Mapping[str, str] = {name: field.doc for name, field in RandomKeys.fields.items()}
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
