"""A scenario of a real host, from its inventory and, if there is one, a capture; what is not known is a comment in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from hvecs.interop.cmdlet_values import Row, is_known, is_running, number, truth, whole
from hvecs.interop.fit import CaptureLoads, Load
from hvecs.interop.inventory import Inventory, Vm
from hvecs.interop.paths import ROOT
from hvecs.spec.sweep_points import inline
from hvecs.spec.units import MIB, Duration, Percent, Rate, Size

_BUILDS: Final = (
    (26_000, "ws2025"),
    (20_348, "ws2022"),
    (17_763, "ws2019"),
    (14_393, "ws2016"),
    (9_600, "ws2012r2"),
)
_IDLE_S: Final = 1e-5
_DEFAULT_SERVICE_S: Final = 0.005
_LEAST_SERVICE_S: Final = 1e-6
_LEAST_MEMORY: Final = 32 * MIB
_GUESSED: Final = "  # not in the inventory"
_RENAMED: Final = (
    "  # another VM has its name: counters do not tell them apart, so that one has the load of the capture"
)
_PRIORITY: Final = 100
"""Get-VMMemory gives the weight as 0 to 100, Hyper-V's own scale goes to 10000 [W13]."""


@dataclass(frozen=True)
class _Sizes:
    """Memory settings of a VM in whole MiB; None where the inventory has none."""

    startup: int | None
    minimum: int | None
    maximum: int | None
    dynamic: bool


def host_scenario(
    name: str,
    inventory: Inventory,
    capture: CaptureLoads | None,
    scales: Mapping[str, float] = MappingProxyType({}),
) -> str:
    """Write the scenario as TOML; `scales` by partition, in lower case, are what measured times are multiplied by."""
    lines = [*_run(name, capture), *_host(inventory), *_root(capture, scales.get(ROOT.lower(), 1.0))]
    for vm in inventory.vms():
        block = [*_guest(vm, capture, scales.get(vm.name.lower(), 1.0))]
        if not is_running(vm.row):
            lines += [
                "",
                f"# Not running when the inventory was taken (state {vm.row.get('state')}); without the # it is started.",
            ]
            block = [f"# {line}".rstrip() for line in block if line]
        lines += block
    return "\n".join(lines).lstrip("\n") + "\n"


def _run(name: str, capture: CaptureLoads | None) -> Iterator[str]:
    yield "[scenario]"
    yield f"name = {inline(name)}"
    if capture is None:
        yield "# duration and sample are not in an inventory: the defaults hold (1 h, 10 s)"
    else:
        yield f"duration = {inline(Duration().write(capture.duration_ns))}  # of the capture"
        yield f"sample = {inline(Duration().write(capture.sample_ns or 10**10))}  # of the capture"
        yield f"start_time = {inline(capture.manifest.start)}"


def _host(inventory: Inventory) -> Iterator[str]:
    host = inventory.host
    lps = whole(host, "logicalprocessorcount") or 1
    yield from ("", "[host]")
    yield from _topology(inventory, lps)
    yield f"memory = {inline(_size(max(whole(host, 'memorycapacity') or 0, MIB)))}"
    nodes = len({str(row.get("nodeid")) for row in inventory.rows["numanode"]})
    if nodes and lps % nodes == 0:
        yield f"numa_nodes = {nodes}"
    else:
        yield f"# numa_nodes: {'not in the inventory' if not nodes else f'{nodes}, which do not divide {lps} LPs evenly'}: 1"
    if is_known(host, "numaspanningenabled"):
        yield f"numa_spanning = {inline(truth(host, 'numaspanningenabled'))}"
    else:
        yield "# numa_spanning: not in the inventory: true"
    if inventory.scheduler in {"classic", "core", "root"}:
        yield f"scheduler = {inline(inventory.scheduler)}"
    else:
        yield '# scheduler: not in the inventory (event 2 of the hypervisor\'s log tells it): "classic"'
    build = next((number(row, "buildnumber") for row in inventory.rows["operatingsystem"]), None)
    limits = next((version for first, version in _BUILDS if build is not None and build >= first), None)
    yield (
        f"limits = {inline(limits)}"
        if limits
        else '# limits: the version of Windows is not in the inventory: "ws2025"'
    )
    yield "# costs, caches and memory bandwidth cannot be read from a host: the defaults hold"


def _topology(inventory: Inventory, lps: int) -> Iterator[str]:
    """Give sockets, cores and threads where the processors are listed and agree with the number of LPs."""
    processors = inventory.rows["processor"]
    cores = sum(whole(row, "numberofcores") or 0 for row in processors)
    listed = sum(whole(row, "numberoflogicalprocessors") or 0 for row in processors)
    if (
        processors
        and cores
        and listed == lps
        and listed in {cores, 2 * cores}
        and cores % len(processors) == 0
    ):
        yield f"sockets = {len(processors)}"
        yield f"cores_per_socket = {cores // len(processors)}"
        yield f"threads_per_core = {listed // cores}"
        return
    yield f"logical_processors = {lps}"
    yield "# sockets, cores and SMT: not in the inventory, or at odds with it: one socket, one thread a core"


def _root(capture: CaptureLoads | None, scale: float) -> Iterator[str]:
    load = None if capture is None else capture.root
    yield from ("", "[root]")
    if capture is None or load is None:
        yield '# background_cpu: not in the inventory: "1 %"'
        return
    share = min(99.0, 100 * load.guest_s / max(1, load.vps) * scale)
    yield f"measured_cpu = {inline(Percent().write(round(share, 3)))}  # % Guest Run Time of the root VPs, mean{_scaled(scale)}"


def _guest(vm: Vm, capture: CaptureLoads | None, scale: float) -> Iterator[str]:
    load = None if capture is None or vm.is_renamed else capture.of(vm.name)
    yield from ("", "[[partition]]", f"name = {inline(vm.name)}" + (_RENAMED if vm.is_renamed else ""))
    vps = whole(vm.row, "processorcount") or whole(vm.processor, "count")
    yield f"virtual_processors = {vps}" if vps else "# virtual_processors: not in the inventory: 1"
    sizes = _sizes(vm)
    if not sizes.dynamic:
        assigned = sizes.startup or whole(vm.row, "memoryassigned")
        size = _size(max(assigned or 0, MIB)) if assigned else None
        yield f"memory = {inline(size)}" if size else '# memory: not in the inventory: "1 GiB"'
    yield from _processor(vm.processor)
    yield from _dynamic_memory(sizes, vm.memory)
    yield from _demand(sizes, vm.row, load)
    yield from _workload(load, scale, known=capture is not None and not vm.is_renamed)


def _sizes(vm: Vm) -> _Sizes:
    row, memory = vm.row, vm.memory
    return _Sizes(
        whole(memory, "startup") or whole(row, "memorystartup"),
        whole(memory, "minimum") or whole(row, "memoryminimum"),
        whole(memory, "maximum") or whole(row, "memorymaximum"),
        truth(memory if is_known(memory, "dynamicmemoryenabled") else row, "dynamicmemoryenabled"),
    )


def _processor(row: Row) -> Iterator[str]:
    yield "[partition.processor]"
    for key, source, kind in (
        ("reserve", "reserve", Percent()),
        ("cap", "maximum", Percent()),
        ("weight", "relativeweight", None),
    ):
        value = number(row, source)
        if value is None:
            yield f"# {key}: not in the inventory: the default"
        else:
            yield f"{key} = {inline(kind.write(value)) if kind else int(value)}"
    threads = whole(row, "hwthreadcountpercore")
    if threads is not None:
        yield f"threads_per_core = {threads}"


def _dynamic_memory(sizes: _Sizes, row: Row) -> Iterator[str]:
    if not sizes.dynamic:
        return
    startup = max(sizes.startup or 1024 * MIB, _LEAST_MEMORY)
    minimum = min(max(sizes.minimum or _LEAST_MEMORY, _LEAST_MEMORY), startup)
    yield "[partition.dynamic_memory]"
    yield f"startup = {inline(_size(startup))}" + ("" if sizes.startup else _GUESSED)
    yield f"minimum = {inline(_size(minimum))}" + ("" if sizes.minimum else _GUESSED)
    if sizes.maximum:
        yield f"maximum = {inline(_size(max(sizes.maximum, startup)))}"
    buffer, priority = number(row, "buffer"), number(row, "priority")
    yield (
        f"buffer = {inline(Percent().write(buffer))}"
        if buffer is not None
        else '# buffer: not in the inventory: "20 %"'
    )
    yield (
        f"weight = {int(priority * _PRIORITY)}"
        if priority is not None
        else "# weight: not in the inventory: 5000"
    )


def _demand(sizes: _Sizes, row: Row, load: Load | None) -> Iterator[str]:
    """Give what a guest with Dynamic Memory wants: as a capture tells it over time, or Get-VM for the moment of the inventory."""
    if not sizes.dynamic:
        return
    if load is None or not load.committed:
        if now := whole(row, "memorydemand"):
            yield "[partition.memory_demand]  # MemoryDemand of Get-VM; a capture of the Dynamic Memory counters tells it over time"
            yield 'kind = "constant"'
            yield f"committed = {inline(_size(max(now, MIB)))}"
            return
        yield "# memory_demand: not known: none, so that the guest keeps its startup memory; a capture of the"
        yield "# Dynamic Memory counters tells it"
        return
    times = [Duration().write(time) for time, _ in load.committed]
    yield "[partition.memory_demand]  # pressure x memory of the capture"
    yield 'kind = "trace"'
    yield f"times = {inline(times)}"
    yield f"committed = {inline([_size(size) for _, size in load.committed])}"


def _workload(load: Load | None, scale: float, *, known: bool) -> Iterator[str]:
    yield "[partition.workload]"
    if load is None or load.guest_s < _IDLE_S:
        yield 'kind = "idle"' + (
            "  # the capture shows no run time" if known else "  # an inventory tells no load"
        )
        return
    rate, service = _requests(load)
    service = max(service * scale, _LEAST_SERVICE_S)
    yield 'kind = "open"  # the mean of the capture; its changes over time: kind = "trace" (hvecs guide data)'
    yield f"rate = {inline(Rate().write(rate))}"
    yield f'service = {{ distribution = "exponential", mean = {inline(Duration().write(round(service * 1e9)))} }}{_scaled(scale)}'
    if load.dispatches is None:
        yield "# the capture has no dispatches: a request is taken to need 5 ms"
    if load.traps:
        yield "[partition.intercepts]  # per second of guest code, as counted; those of timers and interrupts are among them"
        yield 'preset = "none"'
        yield from (f"{key} = {inline(Rate().write(round(value, 3)))}" for key, value in load.traps.items())


def _scaled(scale: float) -> str:
    """Say what was multiplied, as the end of a line."""
    return "" if scale == 1 else f"  # x {scale:.4g}, so that the simulated run time is the measured one"


def _requests(load: Load) -> tuple[float, float]:
    """Give rate (1/s) and service time (s) of requests: one a dispatch, where dispatches are known."""
    rate = load.dispatches or load.guest_s / _DEFAULT_SERVICE_S
    service = load.guest_s / rate
    if service < _LEAST_SERVICE_S:
        return load.guest_s / _LEAST_SERVICE_S, _LEAST_SERVICE_S
    return round(rate, 3), service


def _size(size: Any) -> str | None:
    """Write a size in whole MiB, rounded down; None for less than one."""
    whole_mib = int(size) // MIB * MIB
    return Size().write(whole_mib) if whole_mib else None
