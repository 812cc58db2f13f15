"""Runs of several hosts as sources of a report: all hosts together, with names that tell them apart, and each host as a run of it alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from hvecs.interop.paths import ROOT
from hvecs.output.finished import read_resolved
from hvecs.output.host_column import HOST
from hvecs.output.manifest import Manifest
from hvecs.report.source import RunSource

_OF_HOST: Final = {"lp": None, "instance": ("virtual_switch", "hypervisor", "dynamic_memory_balancer")}
"""Columns with values that several hosts have, and in which tables; None: in all."""


def open_run(folder: Path, manifest: Manifest) -> RunSource:
    """Open the folder of the finished run that has this manifest. Raises Damaged where its scenario cannot be read."""
    resolved = read_resolved(folder)
    several = isinstance(resolved.get("host"), list)
    return (AllHosts if several else RunSource)(folder, manifest.tables, resolved)


@dataclass(frozen=True)
class AllHosts(RunSource):
    """A run of several hosts; roots, LPs and switches are called by their host too."""

    def held(self, table: str, columns: Sequence[str]) -> pa.Table | None:
        """Read those of `columns` that `table` has, as `RunSource` does."""
        found = super().held(table, _with_host(columns))
        return None if found is None else _named(found, table, columns)

    def batches(self, table: str, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Read those of `columns` that `table` has, some rows at a time."""
        for batch in super().batches(table, _with_host(columns)):
            yield _named(batch, table, columns)

    @property
    def hosts(self) -> tuple["HostSource", ...]:
        """Each host by itself, in the order of the scenario."""
        return tuple(
            HostSource(
                self.folder, self.tables, self.resolved | {"host": host}, self.palette, host["name"], number
            )
            for number, host in enumerate(self.resolved["host"])
        )


@dataclass(frozen=True)
class HostSource(RunSource):
    """One of several hosts as a run of it alone: its rows, and those of no host."""

    name: str = ""
    number: int = 0

    def held(self, table: str, columns: Sequence[str]) -> pa.Table | None:
        """Read those of `columns` that `table` has, of the rows of this host."""
        found = super().held(table, _with_host(columns))
        own = None if found is None else self._own(found, columns)
        return None if own is None or not own.num_rows else own

    def batches(self, table: str, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Read those of `columns` that `table` has, of the rows of this host, some at a time."""
        for batch in super().batches(table, _with_host(columns)):
            yield self._own(batch, columns)

    def _own(self, found: pa.Table, columns: Sequence[str]) -> pa.Table:
        if HOST.name in found.column_names:
            found = found.filter(pc.equal(found[HOST.name], self.name))
        return found if HOST.name in columns else _without_host(found)


def _with_host(columns: Sequence[str]) -> tuple[str, ...]:
    return (*columns, *(() if HOST.name in columns else (HOST.name,)))


def _without_host(found: pa.Table) -> pa.Table:
    return found.drop_columns([HOST.name]) if HOST.name in found.column_names else found


def _named(found: pa.Table, table: str, columns: Sequence[str]) -> pa.Table:
    """Call what several hosts have by its host too: "Root on a", LP "a 0"."""
    if HOST.name not in found.column_names:
        return found
    hosts = found[HOST.name].cast(pa.string())
    for place, name in enumerate(found.column_names):
        if name == "partition":
            names = found[name].cast(pa.string())
            called = pc.binary_join_element_wise(names, hosts, " on ")
            found = found.set_column(place, name, pc.if_else(pc.equal(names, ROOT), called, names))
        elif name in _OF_HOST and table in (_OF_HOST[name] or (table,)):
            called = pc.binary_join_element_wise(hosts, found[name].cast(pa.string()), " ")
            found = found.set_column(place, name, called)
    return found if HOST.name in columns else _without_host(found)
