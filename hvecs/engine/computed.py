"""Columns that no source expresses, by "table.column"; those of memory stand in `memory_rows`."""

from collections.abc import Mapping

import numpy as np

from components.partition import SAVED
from hvecs.engine.columns import Array, Compute, Values, ratio


def exists(values: Values) -> Array:
    """Tell which of the partitions of rows the hypervisor has: a guest that is saved has none until it is restored."""
    return (values["lifetimes.running"] > 0) & (values["lifetimes.saved"] != SAVED)


def _all_that_exist(values: Values) -> Array:
    """Tell which of all partitions the hypervisor has."""
    return values.each("lifetimes.running") * (values.each("lifetimes.saved") != SAVED)


def _partitions(values: Values) -> Array:
    """Count them."""
    return values.summed(_all_that_exist(values), "partition")


def _vps(values: Values) -> Array:
    """Count their VPs."""
    return values.summed(_all_that_exist(values) * values.each("layouts.vps"), "partition")


def _guests_that_run(values: Values) -> Array:
    """Count them: of its partitions each host that is up has one that is the root."""
    return np.maximum(values["partitions"] - 1, 0)


def _guest_processor_time(values: Values) -> Array:
    """Guests measure by their own clock: a VP is busy unless its idle thread is current, ready or not [BTS]."""
    off = values["vp_times.suspended_ns"] - values["vp_times.intercepted_ns"]
    on = values["layouts.vps"] * values["interval_ns"] - off
    return ratio(100.0 * (on - values["vp_times.guest_idle_ns"]), on)


def _elapsed(values: Values) -> Array:
    finished = values["closed.finished_ns"]
    return np.ma.masked_array(finished - values["closed.started_ns"], finished < 0)


COMPUTED: Mapping[str, Compute] = {
    "hypervisor.partitions": _partitions,
    "hypervisor.virtual_processors": _vps,
    "hypervisor.health_ok": _guests_that_run,
    "guest.processor_time_pct": _guest_processor_time,
    "job.elapsed_ns": _elapsed,
}
