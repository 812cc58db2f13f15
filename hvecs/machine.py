"""What this machine has to give: memory and disk; and a process that may take no more memory than there is."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_KEPT: Final = 0.95
"""The share of the available memory that a run may take; the rest is for everything else."""
_CGROUP: Final = Path("/sys/fs/cgroup")


def available_memory() -> int | None:
    """Return the memory (bytes) that programs could be given now without swapping; None where the system does not say."""
    found = [each for each in (_meminfo(), _group_memory(), _limit_left()) if each is not None]
    return min(found) if found else _physical()


def available_disk(place: Path) -> int | None:
    """Return the free bytes on the disk that `place` is on, or would be made on."""
    place = place.absolute()
    with suppress(OSError):  # a name that no system takes, for one: writing there will say so
        nearest = next((each for each in (place, *place.parents) if each.is_dir()), None)
        usage = None if nearest is None else shutil.disk_usage(nearest)
        return None if usage is None or usage.total == 0 else usage.free  # no size: no disk, as /proc is none
    return None


@contextmanager
def bounded_memory() -> Iterator[int | None]:
    """Have this process refused (MemoryError) what is beyond the available memory, instead of being killed for it; gives the bound.

    Where the system has no such limit nothing is bounded.
    """
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ModuleNotFoundError:
        yield None
        return
    available, taken = available_memory(), _taken()
    if available is None or taken is None:
        yield None
        return
    before = resource.getrlimit(resource.RLIMIT_DATA)
    bound = taken + int(available * _KEPT)
    for most in before:
        bound = bound if most == resource.RLIM_INFINITY else min(bound, most)
    try:
        resource.setrlimit(resource.RLIMIT_DATA, (bound, before[1]))
    except (OSError, ValueError):
        yield None
        return
    try:
        yield available
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


def _meminfo() -> int | None:
    return _kib("/proc/meminfo", "MemAvailable")


def _taken() -> int | None:
    """Return the private writable memory (bytes) of this process: what the limit counts."""
    return _kib("/proc/self/status", "VmData")


def _kib(path: str, name: str) -> int | None:
    with suppress(OSError):
        found = re.search(
            rf"^{name}:\s+(\d+) kB", Path(path).read_text(encoding="ascii", errors="replace"), re.MULTILINE
        )
        return int(found[1]) << 10 if found else None
    return None


def _group_memory() -> int | None:
    """Return what is left of the memory that a container may have."""
    with suppress(OSError, ValueError):
        most, used = (
            int((_CGROUP / name).read_text(encoding="ascii")) for name in ("memory.max", "memory.current")
        )
        cached = re.search(
            r"^inactive_file (\d+)$", (_CGROUP / "memory.stat").read_text(encoding="ascii"), re.MULTILINE
        )
        return max(
            0, most - used + (int(cached[1]) if cached else 0)
        )  # what files hold is given back when it is wanted
    return None


def _limit_left() -> int | None:
    """Return what is left of a limit on the address space or the data of this process (ulimit)."""
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ModuleNotFoundError:
        return None
    left = [
        max(0, limit - (_kib("/proc/self/status", name) or 0))
        for kind, name in ((resource.RLIMIT_DATA, "VmData"), (resource.RLIMIT_AS, "VmSize"))
        if (limit := resource.getrlimit(kind)[0]) != resource.RLIM_INFINITY
    ]
    return min(left) if left else None


def _physical() -> int | None:
    with suppress(AttributeError, OSError, ValueError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None
