"""The name of a partition: an ordinary Python component, as kernels have no use for it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Name:
    """What Windows calls the partition; instances of counters are named after it."""

    text: str
