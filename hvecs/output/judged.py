"""What the verdict adds to the table `runs`, alike for a run, a sweep and a capture: the verdict, warnings, and figures of the host."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from hvecs.output.table import Column

VERDICT: Final = Column(
    "verdict",
    "string",
    "text",
    None,
    "what the counters say, the gravest that holds of: saturated, memory short, over-committed, guest under-provisioned, efficiently "
    "provisioned, over-provisioned; null when nothing was measured",
    nullable=True,
)
PROVISIONING: Final = Column(
    "provisioning",
    "string",
    "text",
    None,
    "the host alone: over-committed, efficiently provisioned or over-provisioned; null when its LPs are not known",
    nullable=True,
)
WARNINGS: Final = Column(
    "warnings",
    "string",
    "text",
    None,
    "what there is to warn of, a JSON array of sentences; null when nothing",
    nullable=True,
)


def _figure(name: str, unit: str, doc: str) -> Column:
    return Column(name, "float64", unit, None, f"{doc}; null when not known", nullable=True)


HOST_FIGURES: Final = (
    _figure("lps_busy_pct", "%", "% Total Run Time, mean of all LPs"),
    _figure("available_memory_mib", "MiB", "Available Memory of the balancer in the worst minute"),
    _figure(
        "highest_pressure_pct",
        "%",
        "Average Pressure of the guest that is shortest of memory, in its worst minute",
    ),
    _figure("pages_input_per_sec", "1/s", "Pages Input/sec of all guests together"),
)
"""Outcomes of the host; of several hosts each has its own, and these are null."""

JUDGED: Final = (VERDICT, PROVISIONING, WARNINGS, *HOST_FIGURES)


def host_prefix(host: str) -> str:
    """Give what stands before the name of an outcome of one of several hosts: `host.a.lps_busy_pct`."""
    return f"host.{host}."


def judged_columns(hosts: Sequence[str | None]) -> tuple[Column, ...]:
    """Declare the columns of the verdict on a run of these hosts: of several, also those of each."""
    if len(hosts) == 1:
        return JUDGED
    of_host = (VERDICT, PROVISIONING, *HOST_FIGURES)
    return JUDGED + tuple(
        replace(column, name=host_prefix(str(host)) + column.name) for host in hosts for column in of_host
    )


def warnings_cell(warnings: Iterable[str]) -> str | None:
    """Give the value of the column WARNINGS."""
    found = list(dict.fromkeys(warnings))
    return json.dumps(found, ensure_ascii=False) if found else None
