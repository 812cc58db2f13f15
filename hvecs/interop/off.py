"""When guests of a run are off: the hypervisor has no partition of them then, and no counter an instance.

The tables of a run have rows of such guests, with counts of 0.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from hvecs.interop.paths import ROOT
from hvecs.interop.run_tables import RunTables

_Columns = Mapping[str, Any]
_SPENT: Final = ("interval_ns", "virtual_processors", "suspended_ns")


class Off:
    """The guests that are off over the whole of a sample.

    Args:
        still: times and guests, as columns time_ns and partition: all VPs of the guest were suspended over the whole sample.
        held: times and guests that had memory at the end of a sample; those that are paused have.
    """

    def __init__(self, still: _Columns, held: _Columns) -> None:
        self._times = np.unique(still["time_ns"])
        self._number = {name: at for at, name in enumerate(dict.fromkeys(still["partition"].tolist()))}
        self._keys = np.setdiff1d(self._keys_of(still), self._keys_of(held)) if self._number else np.empty(0)

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return len(self._keys) > 0

    def without(self, columns: Mapping[str, Any]) -> dict[str, Any]:
        """Leave out the rows of guests that are off; the columns time_ns and partition say which."""
        on = ~np.isin(self._keys_of(columns), self._keys)
        return {name: each[on] for name, each in columns.items()}

    def _keys_of(self, columns: Mapping[str, Any]) -> Any:
        """Give a number for each row that stands for its time and its guest; -1 for those that are none of those that stood still."""
        times = columns["time_ns"]
        guests = np.array([self._number.get(name, -1) for name in columns["partition"].tolist()], np.int64)
        places = np.minimum(np.searchsorted(self._times, times), len(self._times) - 1)
        known = (guests >= 0) & (self._times[places] == times)
        return np.where(known, places * len(self._number) + guests, -1)


def off_in(run: RunTables, begin_ns: int = -1, end_ns: int = 2**62) -> Off:
    """Find the guests of a run that are off, of the samples that end after `begin_ns`, and by `end_ns`."""
    if not (run.has("partition") and run.has("vid_partition")):
        return Off(*[{"time_ns": np.empty(0), "partition": np.empty(0, object)}] * 2)
    found = run.columns("partition", ["time_ns", "partition", *_SPENT], begin_ns, end_ns)
    suspended = found["suspended_ns"] == found["interval_ns"] * found["virtual_processors"]
    still = {name: found[name][suspended & (found["partition"] != ROOT)] for name in ("time_ns", "partition")}
    return Off(still, run.columns("vid_partition", ["time_ns", "partition"], begin_ns, end_ns))
