from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import model_validator

from hvecs.spec.kinds import Choice
from hvecs.spec.table import Table, key
from hvecs.spec.units import Rate

OPERATIONS: Mapping[str, str] = {
    "cpuid": "CPUID instructions",
    "msr": "accesses to model-specific registers that exit, beside those that timers, interrupts and time readings need",
    "control_register": "accesses to control registers that exit",
    "io_port": "accesses to I/O ports that the hypervisor handles",
    "emulated_devices": "accesses to I/O ports of emulated devices, which the parent handles while the VP is suspended; none of the root",
    "debug_register": "accesses to debug registers",
    "mwait": "MWAIT instructions that exit",
    "invlpg": "INVLPG instructions that exit; none where the processor translates twice (SLAT)",
    "page_fault": "page faults that the hypervisor intercepts; none with SLAT",
    "pending_interrupt": "exits at which a pending interrupt can be delivered",
    "emulated": "instructions that the hypervisor emulates",
    "other": "other intercepts",
    "time_readings": "readings of the reference time: free with the reference TSC page",
    "address_space_switches": "address-space switches by hypercall; none with SLAT",
    "local_flushes": "flushes of own address translations by hypercall",
    "remote_flushes": "flushes of address translations on all other VPs of the guest",
    "ipis": "inter-processor interrupts to another VP of the guest, to each alike while all are busy, each an access to the MSR of the APIC; none goes to an idle one",
    "broadcasts": "inter-processor interrupts to all other VPs of the guest that are busy, at once",
    "cross_calls": "inter-processor interrupts to all other VPs of the guest, idle ones too, for whose answers the sender spins",
    "retargets": "moves of a device interrupt to another VP",
    "heat_hints": "hints on hot or cold memory",
    "vtl_switches": "calls to a higher trust level, each with its return",
}
"""What guest code does at a rate, per second of guest run time."""

_COMPUTE = {
    "cpuid": 10,
    "msr": 1000,
    "control_register": 50,
    "io_port": 10,
    "pending_interrupt": 50,
    "emulated": 50,
    "other": 100,
    "time_readings": 1000,
    "remote_flushes": 50,
    "broadcasts": 10,
}
_ROOT = {
    "cpuid": 200,
    "msr": 51_000,
    "control_register": 500,
    "io_port": 500,
    "pending_interrupt": 5000,
    "emulated": 5000,
    "other": 4000,
    "time_readings": 20_000,
    "remote_flushes": 200,
    "broadcasts": 100,
    "retargets": 10,
}
_SERVER = _ROOT | {"ipis": 80_000}
PRESETS: Mapping[str, Mapping[str, int]] = {
    "none": {},
    "compute": _COMPUTE,
    "server": _SERVER,
    "root": _ROOT,
}
"""Rates (per second) of the operations, zero where absent.

No such mix is published for the product. "root" is sized so that a root VP spends 4.5 % of its time in the hypervisor [windows_exporter issue 205],
and "server" so that a VP of a guest whose VPs are all busy spends about 10.5 % there, the median of a production host [windows_exporter pull 150: 9.4
to 17.2 %, median 10.3 %]. Of what divides the two nothing is published either: here it is interrupts between the VPs of the guest, so that
a VP whose others are idle spends as much as one of the root. "compute" is meant for code that seldom calls its system: about 1 %.
"""
_WORKLOADS: Mapping[object, str] = {"closed": "compute", "open": "server", "idle": "compute"}

_Rate = Annotated[float, Rate(low=0)]


class Intercepts(Table):
    """What guest code does that traps, per second of guest run time; every rate is filled in, from the preset where not given."""

    preset: Annotated[str, Choice(tuple(PRESETS))] = key(
        'rates of the keys not given: "server" for open workloads, "root" for the root, "compute" for others unless told '
        'otherwise; "none": zero',
        "compute",
    )
    cpuid: _Rate = key(OPERATIONS["cpuid"])
    msr: _Rate = key(OPERATIONS["msr"])
    control_register: _Rate = key(OPERATIONS["control_register"])
    io_port: _Rate = key(OPERATIONS["io_port"])
    emulated_devices: _Rate = key(OPERATIONS["emulated_devices"])
    debug_register: _Rate = key(OPERATIONS["debug_register"])
    mwait: _Rate = key(OPERATIONS["mwait"])
    invlpg: _Rate = key(OPERATIONS["invlpg"])
    page_fault: _Rate = key(OPERATIONS["page_fault"])
    pending_interrupt: _Rate = key(OPERATIONS["pending_interrupt"])
    emulated: _Rate = key(OPERATIONS["emulated"])
    other: _Rate = key(OPERATIONS["other"])
    time_readings: _Rate = key(OPERATIONS["time_readings"])
    address_space_switches: _Rate = key(OPERATIONS["address_space_switches"])
    local_flushes: _Rate = key(OPERATIONS["local_flushes"])
    remote_flushes: _Rate = key(OPERATIONS["remote_flushes"])
    ipis: _Rate = key(OPERATIONS["ipis"])
    broadcasts: _Rate = key(OPERATIONS["broadcasts"])
    cross_calls: _Rate = key(OPERATIONS["cross_calls"])
    retargets: _Rate = key(OPERATIONS["retargets"])
    heat_hints: _Rate = key(OPERATIONS["heat_hints"])
    vtl_switches: _Rate = key(OPERATIONS["vtl_switches"])

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, given: Any) -> Any:
        """Fill in from the preset; an invalid one is refused later, by its own key."""
        if not isinstance(given, dict):
            return given
        chosen = given.get("preset")
        rates = PRESETS.get(chosen, {}) if isinstance(chosen, str) else _COMPUTE
        return {name: f"{rates.get(name, 0)} /s" for name in OPERATIONS} | given


def with_preset(owner: Any, preset: str = "") -> Any:
    """Give the mix of a table that has one, as written in a file, `preset`, or else the one of its workload, unless it names one."""
    if not isinstance(owner, dict):
        return owner
    mix, workload = owner.get("intercepts", {}), owner.get("workload", {})
    kind = workload.get("kind") if isinstance(workload, dict) else None
    if not isinstance(mix, dict) or not isinstance(kind, str | None):
        return owner
    return owner | {"intercepts": {"preset": preset or _WORKLOADS.get(kind, "compute")} | mix}
