"""Runs of several hosts that do not interact, made of a run of each host alone: what a run of all of them must give."""

from dataclasses import replace

import numpy as np
import pyarrow as pa

from hvecs.engine import Outcome
from hvecs.output.folder import RunFolder
from hvecs.output.host_column import HOST
from hvecs.output.identity import RunSource
from hvecs.output.in_memory import MemorySink
from hvecs.output.timestamps import Stamped
from hvecs.output.written import tables_of
from hvecs.running import Job, Judged
from hvecs.spec import resolved_toml
from hvecs.spec.one_host import one_by_one
from hvecs.spec.placement import placement
from hvecs.verdict.by_host import Hosts


def alone(scenario):
    """The tables and the outcome of each host by itself, by its name."""
    found = {}
    for one in one_by_one(scenario, placement(scenario)):
        job = Job(one.scenario)
        sink = MemorySink(job.tables())
        found[one.name] = job.simulate(sink).outcome, sink.tables()
    return found


def tables(scenario, runs):
    """The tables of all hosts: at each time the rows of the hosts in their order."""
    return {
        table.name: _joined(table, {name: each[1] for name, each in runs.items()})
        for table in tables_of(scenario)
    }


def outcome(runs):
    """The outcome of all hosts."""
    parts = {name: each[0] for name, each in runs.items()}
    first = next(iter(parts.values()))
    return Outcome(
        simulated_ns=first.simulated_ns,
        measured_ns=first.measured_ns,
        warnings=tuple(text for each in parts.values() for text in each.warnings),
        not_started=tuple(text for each in parts.values() for text in each.not_started),
        without_memory=tuple(text for each in parts.values() for text in each.without_memory),
        partitions=tuple(replace(p, host=name) for name, each in parts.items() for p in each.partitions),
        lps=tuple(replace(lp, host=name) for name, each in parts.items() for lp in each.lps),
    )


def write(folder, file, scenario):
    """Write the folder of a run of all hosts, as the command does."""
    runs = alone(scenario)
    watch = Hosts(scenario.scenario.warm_up)
    source = RunSource(scenario=file, resolved=resolved_toml(scenario), seed=scenario.scenario.seed)
    with RunFolder(folder, source) as out:
        sink = Stamped(out.open(tables_of(scenario)), scenario.scenario.start_time)
        for name, table in tables(scenario, runs).items():
            columns = {
                column: _numpy(table[column]) for column in table.column_names if column != "timestamp"
            }
            watch.write(name, columns)
            sink.write(name, columns)
        judged = Judged(outcome(runs), watch.verdict())
        Job(scenario).complete(out, judged)
    return judged


def _joined(declared, runs):
    parts = []
    for name, found in runs.items():
        table = found[declared.name]
        parts.append(table.append_column(HOST.name, pa.array([name] * len(table), pa.string())))
    whole = pa.concat_tables(parts).select(list(declared.column_names))
    if "time_ns" not in declared.column_names:
        return whole
    return whole.take(np.argsort(whole["time_ns"].to_numpy(), kind="stable"))


def _numpy(column):
    if pa.types.is_string(column.type) or pa.types.is_dictionary(column.type):
        return np.array(column.to_pylist(), object)
    mask = np.array(column.is_null())
    return np.ma.MaskedArray(np.array(column.fill_null(0)), mask=mask) if mask.any() else np.array(column)
