"""Inventories of a host: what Get-VMHost, Get-VM and their like print as JSON or CSV, together or each in a file [W1 - W13].

Keys are found whatever their case; numbers and truth values may be text; enumerations may be numbers or names, as versions of
PowerShell differ in both.
"""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from hvecs.interop.faults import BadFile

FORMAT: Final = "hvecs-inventory"
VERSION: Final = 1
"""Of what the script of `hvecs show inventory-script` writes."""

Row = Mapping[str, Any]

_KINDS: Final = {
    "vmhost": ("logicalprocessorcount",),
    "vmprocessor": ("vmname", "relativeweight"),
    "vmmemory": ("vmname", "startup", "buffer"),
    "numanode": ("nodeid", "memorytotal"),
    "processor": ("numberofcores", "numberoflogicalprocessors"),
    "operatingsystem": ("buildnumber",),
    "vm": ("name", "processorcount"),
}
"""Keys, in lower case, by which the rows of each cmdlet are known; the first that fits counts."""
_RUNNING: Final = {"2", "running", "10", "starting", "9", "paused", "32776", "32777", "32783"}
_ENCODINGS: Final = ("utf-8-sig", "cp1252")


@dataclass
class Inventory:
    """The rows of an inventory by kind, keys in lower case; `scheduler` as the hypervisor's event log tells, "" if unknown."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {kind: [] for kind in _KINDS})
    scheduler: str = ""

    @property
    def host(self) -> Row:
        """The row of the host."""
        return self.rows["vmhost"][0]

    def of_vm(self, kind: str, name: str) -> Row:
        """Give the row of a kind that is about a VM; an empty one if there is none."""
        return next(
            (row for row in self.rows[kind] if str(row.get("vmname", "")).lower() == name.lower()), {}
        )


def read_inventory(files: Sequence[Path]) -> Inventory:
    """Read inventory files.

    Raises:
        BadFile: one is neither JSON nor CSV, or of a later version, or there is no host or no VM in all of them.
        OSError: one cannot be read.
    """
    found = Inventory()
    for path in files:
        text = _text(path)
        if text.lstrip()[:1] in ("{", "["):
            _add_json(found, path, text)
        else:
            _add_csv(found, path, text)
    for kind, what in (("vmhost", "Get-VMHost"), ("vm", "Get-VM")):
        if not found.rows[kind]:
            raise BadFile(
                files[-1],
                1,
                f"no row of {what} in the inventory; hvecs show inventory-script prints a script that writes one",
            )
    if len(found.rows["vmhost"]) > 1:
        raise BadFile(files[-1], 1, f"{len(found.rows['vmhost'])} hosts in the inventory; expected one")
    return found


def number(row: Row, key: str) -> float | None:
    """Give a number; None if it is missing or none."""
    value = row.get(key)
    if isinstance(value, bool) or value is None:
        return None
    try:
        found = float(str(value).replace(",", "."))
    except ValueError:
        return None
    return found if abs(found) < 2.0**63 else None


def whole(row: Row, key: str) -> int | None:
    """Give a whole number; None if it is missing or none."""
    found = number(row, key)
    return None if found is None else int(found)


def truth(row: Row, key: str) -> bool:
    """Give a truth value; false if it is missing."""
    return str(row.get(key, "")).strip().lower() in {"true", "1", "yes"}


def is_running(row: Row) -> bool:
    """Tell whether a VM runs, or is about to."""
    return str(row.get("state", "running")).strip().lower() in _RUNNING


def _text(path: Path) -> str:
    data = path.read_bytes()
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _add_json(found: Inventory, path: Path, text: str) -> None:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadFile(path, error.lineno, f"not JSON: {error.msg}") from error
    except RecursionError as error:
        raise BadFile(path, 1, "not an inventory: nested too deeply") from error
    if isinstance(content, dict) and content.get("format") == FORMAT:
        if content.get("version") != VERSION:
            raise BadFile(
                path,
                1,
                f"an inventory of version {content.get('version')}; this hvecs reads version {VERSION}",
            )
        found.scheduler = str(content.get("scheduler") or "")
    for row in _rows(content):
        _add(found, row)


def _rows(content: Any) -> Iterator[Row]:
    """Give every object inside, the outermost included: cmdlets print one object for one thing, and none for none."""
    if isinstance(content, dict):
        yield {str(key).lower(): value for key, value in content.items()}
        for value in content.values():
            yield from _rows(value)
    elif isinstance(content, list):
        for value in content:
            yield from _rows(value)


def _add_csv(found: Inventory, path: Path, text: str) -> None:
    lines = text.splitlines()
    first = next((at for at, line in enumerate(lines) if line.strip() and not line.startswith("#TYPE")), None)
    if first is None:
        raise BadFile(
            path, 1, "empty; expected JSON or CSV of Get-VMHost, Get-VM, Get-VMProcessor and Get-VMMemory"
        )
    separator = max(",;\t", key=lines[first].count)
    known = 0
    try:
        for row in csv.DictReader(lines[first:], delimiter=separator):
            known += _add(found, {str(key).strip().lower(): value for key, value in row.items()})
    except csv.Error as error:
        raise BadFile(path, first + 1, f"not CSV: {error}") from error
    if not known:
        raise BadFile(
            path,
            first + 1,
            "no row that is known; expected JSON or CSV of Get-VMHost, Get-VM, Get-VMProcessor and Get-VMMemory",
        )


def _add(found: Inventory, row: Row) -> bool:
    """Put a row with its kind; false if it is of none."""
    kind = next((kind for kind, keys in _KINDS.items() if all(key in row for key in keys)), None)
    if kind is not None:
        found.rows[kind].append(row)
    return kind is not None
