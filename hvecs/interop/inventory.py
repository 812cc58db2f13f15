"""Inventories of a host: what Get-VMHost, Get-VM and their like print as JSON or CSV, together or each in a file [W1 - W13].

Keys are found whatever their case; what stands under them is read by `cmdlet_values`.
"""

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final

from hvecs.interop.cmdlet_values import FALSE, TRUE, Row, is_known, key_of, number_in
from hvecs.interop.faults import BadFile
from hvecs.interop.opening import opened
from hvecs.spec.problems import show

FORMAT: Final = "hvecs-inventory"
VERSION: Final = 1
"""Of what the script of `hvecs show inventory-script` writes."""

_KINDS: Final = (
    ("vmhost", ("logicalprocessorcount",)),
    ("vmprocessor", ("vmname", "relativeweight")),
    ("vmmemory", ("vmname", "startup", "buffer")),
    ("numanode", ("nodeid", "memorytotal")),
    ("processor", ("numberofcores", "numberoflogicalprocessors")),
    ("operatingsystem", ("buildnumber",)),
    ("vm", ("name", "processorcount")),
    *(
        ("vm", ("name", "state", key))
        for key in ("memorystartup", "memoryassigned", "dynamicmemoryenabled", "generation", "uptime")
    ),
)
"""Keys, in lower case, by which the rows of each cmdlet are known; the first that fits counts. What belongs to a VM, its adapters say, has another VMName."""
_NUMBERS: Final[Mapping[str, Mapping[str, int]]] = {
    "vmhost": {"LogicalProcessorCount": 1, "MemoryCapacity": 1},
    "vmprocessor": {"Count": 1, "Reserve": 0, "Maximum": 0, "RelativeWeight": 0, "HwThreadCountPerCore": 0},
    "vmmemory": {"Startup": 0, "Minimum": 0, "Maximum": 0, "Buffer": 0, "Priority": 0},
    "numanode": {},
    "processor": {"NumberOfCores": 1, "NumberOfLogicalProcessors": 1},
    "operatingsystem": {"BuildNumber": 0},
    "vm": {
        "ProcessorCount": 1,
        "MemoryStartup": 0,
        "MemoryMinimum": 0,
        "MemoryMaximum": 0,
        "MemoryAssigned": 0,
        "MemoryDemand": 0,
    },
}
"""Numbers that are read of each kind, and the least that each can be; memory that is not known may be 0."""
_TRUTHS: Final[Mapping[str, tuple[str, ...]]] = {
    "vmhost": ("NumaSpanningEnabled",),
    "vmmemory": ("DynamicMemoryEnabled",),
    "vm": ("DynamicMemoryEnabled",),
}
_ENCODINGS: Final = ("utf-8-sig", "cp1252")


@dataclass
class Inventory:
    """The rows of an inventory by kind, keys in lower case; `scheduler` as the hypervisor's event log tells, "" if unknown."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {kind: [] for kind, _ in _KINDS})
    scheduler: str = ""
    _file_of: dict[str, Path] = field(default_factory=dict)
    """The first file that has a VM of each name."""

    def add(self, kind: str, row: Row, path: Path) -> None:
        """Add a row of the file `path`; VMs of one name are several in one file, and the same again in another."""
        if kind == "vm" and self._file_of.setdefault(key_of(row["name"]), path) != path:
            return
        self.rows[kind].append(row)

    @property
    def host(self) -> Row:
        """The row of the host."""
        return self.rows["vmhost"][0]

    def vms(self) -> Iterator["Vm"]:
        """Give the VMs, each with a name that no other has, in upper case or lower: Hyper-V lets several have one."""
        taken = {key_of(row["name"]) for row in self.rows["vm"]}
        seen: Counter[str] = Counter()
        processors, memories = self._by_name("vmprocessor"), self._by_name("vmmemory")
        for row in self.rows["vm"]:
            name, key = str(row["name"]), key_of(row["name"])
            seen[key] += 1
            if seen[key] > 1:
                free = (f"{name}-{number}" for number in count(seen[key]))
                name = next(each for each in free if key_of(each) not in taken)
                taken.add(key_of(name))
            yield Vm(name, row, next(processors[key], {}), next(memories[key], {}))

    def _by_name(self, kind: str) -> defaultdict[str, Iterator[Row]]:
        """Give the rows of a kind by the name of the VM that they are about, in their order; none of a name that has no row."""
        rows: dict[str, list[Row]] = {}
        for row in self.rows[kind]:
            rows.setdefault(key_of(row.get("vmname", "")), []).append(row)
        return defaultdict(lambda: iter(()), {name: iter(each) for name, each in rows.items()})


@dataclass(frozen=True)
class Vm:
    """A VM: its name in the scenario, and its rows of Get-VM, Get-VMProcessor and Get-VMMemory, empty where there is none."""

    name: str
    row: Row
    processor: Row
    memory: Row

    @property
    def is_renamed(self) -> bool:
        """Whether another VM before it has its name."""
        return self.name != str(self.row["name"])


def read_inventory(files: Sequence[Path]) -> Inventory:
    """Read inventory files.

    Raises:
        BadFile: one is neither JSON nor CSV, or of a later version, a number in it is none, a host has no size, or there is no host or no VM in all of them.
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


def _text(path: Path) -> str:
    with opened(path) as file:
        data = file.read()
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
        _settle_vms(path, content)
    for row in _rows(content):
        _add(found, row, path, None)


def _settle_vms(path: Path, content: Mapping[str, Any]) -> None:
    """Refuse VMs without a name, and have the others known as VMs, whatever they lack; PowerShell 5.1 may write an array as an object with a value and a Count."""
    vms = next((value for key, value in content.items() if key.lower() == "vms"), ())
    if isinstance(vms, dict) and isinstance(vms.get("value"), list):
        vms = vms["value"]
    for index, vm in enumerate(vms if isinstance(vms, list) else [vms] if vms else ()):
        keys = {key.lower(): key for key in vm} if isinstance(vm, dict) else {}
        name = vm[keys["name"]] if "name" in keys else None
        if not isinstance(name, str) or not name.strip():
            raise BadFile(path, None, f"VMs[{index}] has no Name; expected an object of Get-VM")
        if "processorcount" not in keys:
            vm["ProcessorCount"] = None


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
    reader = csv.DictReader(lines[first:], delimiter=separator)
    try:
        for row in reader:
            cells = {str(key).strip().lower(): value for key, value in row.items()}
            known += _add(found, cells, path, first + reader.line_num)
    except csv.Error as error:
        raise BadFile(path, first + 1, f"not CSV: {error}") from error
    if not known:
        raise BadFile(
            path,
            first + 1,
            "no row that is known; expected JSON or CSV of Get-VMHost, Get-VM, Get-VMProcessor and Get-VMMemory",
        )


def _add(found: Inventory, row: Row, path: Path, line: int | None) -> bool:
    """Put a row with its kind; false if it is of none."""
    kind = next((kind for kind, keys in _KINDS if all(key in row for key in keys)), None)
    if kind is None or (kind == "vm" and key_of(row.get("vmname", row["name"])) != key_of(row["name"])):
        return False
    _check(kind, row, path, line)
    found.add(kind, row, path)
    return True


def _check(kind: str, row: Row, path: Path, line: int | None) -> None:
    """Refuse a row of which a number, or truth value, that is given is none."""
    name = row.get("vmname", row.get("name"))
    of = f" of {show(str(name))}" if name and kind.startswith("vm") else ""
    for key, least in _NUMBERS[kind].items():
        if is_known(row, key.lower()):
            value = number_in(row[key.lower()])
            if value is None or value < least:
                got = show(row[key.lower()])
                raise BadFile(path, line, f"{key}{of}: expected a number of {least} or more; got {got}")
        elif kind == "vmhost":
            raise BadFile(path, line, f"{key} of the host is missing; expected a number of {least} or more")
    for key in _TRUTHS.get(kind, ()):
        if is_known(row, key.lower()) and str(row[key.lower()]).strip().lower() not in TRUE | FALSE:
            raise BadFile(path, line, f"{key}{of}: expected true or false; got {show(row[key.lower()])}")
