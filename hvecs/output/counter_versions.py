"""Which counters a version of Windows Server has: the few of which public sources name the first version that has them.

Of all others the lists do not say since when they exist; they are taken to exist in every version.
"""

from typing import Final

from hvecs.spec.limits import LIMITS

SINCE: Final = {
    ("Hyper-V Dynamic Memory Balancer", "Available Memory For Balancing"): "ws2019",
    ("Hyper-V Dynamic Memory VM", "Guest Available Memory"): "ws2019",
}
"""The first version that has a counter [WE: since build 17763; others saw both in Windows Server 2016]."""
SETS_SINCE: Final = {"Hyper-V DataStore": "ws2022"}
"""The first version that has a counter set [WE]."""
_ORDER: Final = tuple(LIMITS)


def since(counter_set: str, name: str | None = None) -> str | None:
    """Give the first version that has a counter, or a set; None where no source names one."""
    return SETS_SINCE.get(counter_set) or SINCE.get((counter_set, name or ""))


def exists(version: str | None, counter_set: str, name: str | None = None) -> bool:
    """Tell whether a version, as `host.limits` names it, has a counter or a set; with another version, or none, every one exists."""
    first = since(counter_set, name)
    return first is None or version not in _ORDER or _ORDER.index(str(version)) >= _ORDER.index(first)
