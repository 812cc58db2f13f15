"""The quota of a disk with a maximum: replenished at the beginning of each period, by what the maximum allows in one.

A disk may begin an I/O while anything of its quota is left; what that takes beyond is taken from the quotas of the periods after, and what
is left at the end of a period is lost. So over any number of whole periods no more is begun than the maximum allows, but for the I/O that
went beyond; and a disk whose I/Os wait gets all of it. How Windows throttles is not published [SQOS: limits are sent to the host, which
throttles; a period is not stated]: periods are those of Windows' counters `Io Quota Replenishment Rate`, and begin at multiples of their length.
"""

from systems.kernels.jit import part, small
from systems.state.tables import Tables

MICRO = 1_000_000
"""Operations and bytes are counted in millionths, so that a quota is exact."""


@small
def refilled(quota: int, step: int, periods: int) -> int:
    """Return what is left of a quota `periods` after it was `quota`, if each adds `step` and nothing was used meanwhile."""
    if periods == 0:
        return quota
    debt = max(0, -quota)
    return step if periods > debt // step + 1 else periods * step - debt


@small
def periods_to_wait(quota: int, step: int) -> int:
    """Return after how many periods anything of a quota is left."""
    return 0 if quota > 0 else -quota // step + 1


@part
def replenish(w: Tables, disk: int, now: int) -> None:
    """Replenish the quotas of `disk` for the periods that have begun since it was last done."""
    d = w.disks[disk]
    length = w.storages[d.storage].period_us
    period = now // (1000 * length)
    if d.maximum > 0:
        d.quota = refilled(d.quota, d.maximum * length, period - d.period)
    if d.maximum_bytes > 0:
        d.byte_quota = refilled(d.byte_quota, d.maximum_bytes * length, period - d.period)
    d.period = period


@part
def opens_ns(w: Tables, disk: int, now: int) -> int:
    """Return when `disk`, whose quotas are replenished, may begin an I/O: `now`, or at the beginning of a period."""
    d = w.disks[disk]
    length = w.storages[d.storage].period_us
    periods = 0
    if d.maximum > 0:
        periods = periods_to_wait(d.quota, d.maximum * length)
    if d.maximum_bytes > 0:
        periods = max(periods, periods_to_wait(d.byte_quota, d.maximum_bytes * length))
    return now if periods == 0 else (d.period + periods) * 1000 * length


@part
def use_quota(w: Tables, disk: int, operations: int, size: int) -> None:
    """Take an I/O of so many normalised operations (1e-6) and of `size` bytes from the quotas of `disk`."""
    d = w.disks[disk]
    if d.maximum > 0:
        d.quota -= operations
    if d.maximum_bytes > 0:
        d.byte_quota -= size * MICRO
