"""The dispatch table as a trace for Perfetto: protobuf by hand, as a dozen fields need no generated code [F1 - F3].

| track | what is on it |
|---|---|
| each LP | a slice for each stay of a VP, named after it |
| each VP | a slice for each wait from ready to running; a flow goes from it to the stay on the LP |
| counters | total run time of each LP, threads that wait for a VP in each guest |

Of several hosts each has its groups of tracks, under its name.
"""

import struct
from collections.abc import Iterator
from itertools import product
from typing import Any, Final

import numpy as np

from hvecs.interop.paths import ROOT
from hvecs.interop.run_tables import RunTables
from hvecs.output.host_column import HOST

_SEQUENCE: Final = 1
_CLEARED, _NEEDED = 1, 2
_BEGIN, _END, _COUNTER = 1, 2, 4
_GROUPS: Final = ("Logical processors", "Waiting for a processor", "LP run time", "Processor queue of guests")


def trace_packets(run: RunTables) -> Iterator[bytes]:
    """Give the packets of the trace; simulated time 0 is time 0."""
    names = ["lp", "partition", "vp", "ready_ns", "start_ns", "end_ns", "reason"]
    several = run.has_host("dispatch")
    dispatches = run.columns_of("dispatch", [*names, *([HOST.name] if several else [])])
    if not several:
        dispatches[HOST.name] = np.full(len(dispatches["lp"]), "", object)
    builder = _Builder(dispatches)
    yield from builder.descriptors(run)
    yield from builder.slices()
    yield from builder.counters(run)


class _Builder:
    """Knows the ids of tracks and names."""

    def __init__(self, dispatches: dict[str, Any]) -> None:
        self._rows = dispatches
        pairs = zip(dispatches["partition"].tolist(), dispatches["vp"].tolist(), strict=True)
        self._vp_of_row = [_vp_name(partition, vp) for partition, vp in pairs]
        self._hosts = list(dict.fromkeys(dispatches[HOST.name].tolist()))
        self._vps = list(dict.fromkeys(zip(dispatches[HOST.name].tolist(), self._vp_of_row, strict=True)))
        self._lps = sorted(set(zip(dispatches[HOST.name].tolist(), dispatches["lp"].tolist(), strict=True)))
        self._ids: dict[tuple[str, Any], int] = {}
        self._names = {name: at for at, name in enumerate(dict.fromkeys(("ready", *self._vp_of_row)), 1)}
        self._counters: list[tuple[str, str, str, str, str]] = []

    def _track(self, group: str, name: Any) -> int:
        return self._ids.setdefault((group, name), len(self._ids) + 1)

    def descriptors(self, run: RunTables) -> Iterator[bytes]:
        """Describe all names and tracks, before the first event."""
        names = b"".join(_bytes(2, _varint(1, iid) + _text(2, name)) for name, iid in self._names.items())
        yield _packet(_varint(13, _CLEARED | _NEEDED) + _bytes(12, names))
        for rank, (host, group) in enumerate(product(self._hosts or [""], _GROUPS)):
            group = _of(host, group)  # noqa: PLW2901 - as it is called on its host
            yield _packet(
                _bytes(
                    60,
                    _varint(1, self._track("", group)) + _text(2, group) + _varint(11, 3) + _varint(12, rank),
                )
            )
        for rank, (host, lp) in enumerate(self._lps):
            yield self._described(_of(host, _GROUPS[0]), f"Hv LP {lp}", rank)
        for rank, (host, vp) in enumerate(self._vps):
            yield self._described(_of(host, _GROUPS[1]), vp, rank)
        for group, table in ((_GROUPS[2], "logical_processor"), (_GROUPS[3], "guest")):
            for host, columns in _by_host(run, table, ["instance"]):
                for rank, instance in enumerate(dict.fromkeys(columns["instance"].tolist())):
                    yield self._described(_of(host, group), instance, rank, counter=True)

    def _described(self, group: str, name: str, rank: int, *, counter: bool = False) -> bytes:
        descriptor = (
            _varint(1, self._track(group, name))
            + _varint(5, self._track("", group))
            + _text(2, name)
            + _varint(12, rank)
        )
        return _packet(_bytes(60, descriptor + (_bytes(8, b"") if counter else b"")))

    def slices(self) -> Iterator[bytes]:
        """Give the waits and the stays, row by row: those of one track are in order of time."""
        rows = self._rows
        columns = (
            rows[name].tolist() for name in (HOST.name, "lp", "ready_ns", "start_ns", "end_ns", "reason")
        )
        for flow, (vp, host, lp, ready, start, end, reason) in enumerate(
            zip(self._vp_of_row, *columns, strict=True), 1
        ):
            linked = b""
            if ready < start:
                track = self._track(_of(host, _GROUPS[1]), vp)
                yield _event(ready, _BEGIN, track, _varint(10, self._names["ready"]) + _fixed(47, flow))
                yield _event(start, _END, track)
                linked = _fixed(48, flow)
            track = self._track(_of(host, _GROUPS[0]), f"Hv LP {lp}")
            why = _bytes(4, _text(10, "left because") + _text(6, reason))
            yield _event(start, _BEGIN, track, _varint(10, self._names[vp]) + linked + why)
            yield _event(end, _END, track)

    def counters(self, run: RunTables) -> Iterator[bytes]:
        """Give the samples of the counter tracks."""
        for group, table, column in (
            (_GROUPS[2], "logical_processor", "total_run_pct"),
            (_GROUPS[3], "guest", "processor_queue_length"),
        ):
            for host, columns in _by_host(run, table, ["time_ns", "instance", column]):
                values = (columns[name].tolist() for name in ("time_ns", "instance", column))
                for time, instance, value in zip(*values, strict=True):
                    track = self._track(_of(host, group), instance)
                    yield _event(time, _COUNTER, track, _double(44, value))


def _by_host(run: RunTables, table: str, names: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give columns of a table by host; of one host, which has no name here, all."""
    for host in run.hosts:
        yield host, run.of_host(host).columns(table, names)
    if not run.hosts:
        yield "", run.columns(table, names)


def _of(host: str, group: str) -> str:
    return f"{host}: {group}" if host else group


def _vp_name(partition: str, vp: int) -> str:
    return f"{partition} VP {vp}" if partition == ROOT else f"{partition}:Hv VP {vp}"


def _event(time_ns: int, kind: int, track: int, more: bytes = b"") -> bytes:
    return _packet(
        _varint(8, time_ns) + _varint(13, _NEEDED) + _bytes(11, _varint(9, kind) + _varint(11, track) + more)
    )


def _packet(content: bytes) -> bytes:
    return _bytes(1, content + _varint(10, _SEQUENCE))


def _number(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits a byte
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def _varint(field: int, value: int) -> bytes:
    return _number(field << 3) + _number(value)


def _bytes(field: int, content: bytes) -> bytes:
    return _number(field << 3 | 2) + _number(len(content)) + content


def _text(field: int, text: str) -> bytes:
    return _bytes(field, text.encode())


def _fixed(field: int, value: int) -> bytes:
    return _number(field << 3 | 1) + struct.pack("<Q", value)


def _double(field: int, value: float) -> bytes:
    return _number(field << 3 | 1) + struct.pack("<d", value)
