"""The summary of a run as text."""

import math
from collections.abc import Iterable, Iterator
from typing import Any, Final

from hvecs.cli.text import aligned, digits, percent, some, span
from hvecs.cli.verdict_text import verdict_text
from hvecs.output.outcomes import interval_columns, tier_prefix

_MOST_LPS: Final = 16
"""A host of more LPs is shown by the least and the most utilised of them and their mean."""

_CAUSES: Final = {
    "spin_ns": "locks",
    "answer_wait_ns": "answers",
    "lost_smt_ns": "SMT",
    "lost_memory_contention_ns": "memory",
    "lost_nested_paging_ns": "nested",
    "lost_cache_refill_ns": "caches",
    "lost_remote_memory_ns": "remote",
    "lost_small_pages_ns": "small",
}
"""What guest time was spent on, or lost to, beside work."""
_PARTS: Final = {
    "balancer_mean_ns": "balancer",
    "retry_mean_ns": "retries",
    "queue_mean_ns": "queue",
    "ready_mean_ns": "ready",
    "native_mean_ns": "work",
    "hypervisor_mean_ns": "hyperv",
    "lost_mean_ns": "lost",
    "io_mean_ns": "I/O",
    "calls_mean_ns": "tiers",
}
"""What the response times of tiers are made of."""
_LEAST_PCT: Final = 0.005
"""Less of it is shown as nothing."""

UNSTEADY: Final = "* no steady state: in-system grows, and with it response times"
"""What the mark at a response time says."""

Row = dict[str, Any]


def summary_text(summary: Row) -> str:
    """Write the summary of a run, readable at 80 columns; tables that would be empty are left out."""
    return "\n\n".join(part for part in _parts(summary) if part)


def _parts(summary: Row) -> Iterator[str]:
    lps = summary["logical_processors"]
    partitions = [{**each, "name": _called(each)} for each in summary["partitions"] if each["started"]]
    unsteady = _unsteady(summary)
    yield verdict_text(summary)
    yield _heading(summary)
    yield _absent(summary)
    yield _moves(summary)
    yield _splits(partitions)
    yield _spent(partitions)
    yield _jobs([each for each in partitions if each.get("work_total_ns") is not None])
    yield _tiers(summary["tiers"], unsteady)
    yield _parts_of_response(summary["tiers"])
    yield _requests([each for each in partitions if each["kind"] == "open"], unsteady)
    yield _intervals([*partitions, *({**each, "kind": "tier"} for each in summary["tiers"])])
    yield _processors(lps)
    yield _profile(summary.get("profile"))
    yield "\n".join(
        (f"tables in {summary['out']}", *(f"log {file}" for file in summary.get("logs", {}).values()))
    )


def _called(partition: Row) -> str:
    """Name a partition; the root of one of several hosts with its host."""
    host = partition.get("host")
    return f"{partition['name']} on {host}" if host and partition["kind"] == "root" else partition["name"]


def _profile(profile: Row | None) -> str:
    """Write the CPU time of the run by what it went into, and of its loop by system."""
    if profile is None:
        return ""
    rows = [["CPU seconds", ""], *([name, f"{spent:.3f}"] for name, spent in profile["timings"].items())]
    systems = [["CPU seconds by system", ""]]
    systems += [[name, f"{spent:.3f}"] for name, spent in profile["systems"].items()]
    return f"{aligned(rows, right=[1])}\n\n{aligned(systems, right=[1])}"


def _heading(summary: Row) -> str:
    simulated, measured = summary["simulated_ns"], summary["measured_ns"]
    after = f", of which {span(measured)} measured" if measured != simulated else ""
    purpose = f": {summary['purpose']}" if summary["purpose"] else ""
    ended = ", until all closed work was done" if simulated < summary["duration_ns"] else ""
    times = f"{span(simulated)} simulated{ended}{after}, seed {summary['seed']}, run {summary['run']}"
    return f"{summary['scenario']}{purpose}\n{times}"


def _absent(summary: Row) -> str:
    """Write which guests were not started, for want of memory or of time; their outcomes are null."""
    denied, off = summary["not_started"], summary["not_restarted"]
    late = [
        each["name"] for each in summary["partitions"] if not each["started"] and each["name"] not in denied
    ]
    found = (
        (denied, "did not start, as their memory, CPU reserve or host was not to be had"),
        (off, "not restarted after their host failed, as no other could take them"),
        (late, "did not start before the end"),
    )
    return "\n".join(f"{len(names)} {of}: {some(names)}" for names, of in found if names)


def _moves(summary: Row) -> str:
    """Write what became of guests that were to change hosts; nothing where none was."""
    if "live_migrations" not in summary:
        return ""
    from hvecs.cli.moves import moves_text  # noqa: PLC0415 - pyarrow, where guests may move

    return moves_text(summary["live_migrations"])


def _splits(partitions: list[Row]) -> str:
    """Write where the time of each partition's VPs went; columns `parent` and `off` only where one waited so, or was off, at times."""
    shares = ["guest_run_pct", "hypervisor_run_pct", "ready_pct", "idle_pct", "capped_pct"]
    titles = ["guest", "hyperv", "ready", "idle", "capped"]
    if any(each["intercepted_ns"] for each in partitions):
        shares, titles = [*shares, "intercepted_pct"], [*titles, "parent"]
    if any(each["suspended_ns"] > each["intercepted_ns"] for each in partitions):
        shares, titles = [*shares, "off_pct"], [*titles, "off"]
    rows = [["% of VP time", "VPs", *titles, "wait/disp."]]
    for each in partitions:
        split = [percent(each[share]) for share in shares]
        rows.append([each["name"], str(each["vps"]), *split, span(each["wait_per_dispatch_ns"])])
    return aligned(rows, right=range(1, len(rows[0])))


def _spent(partitions: list[Row]) -> str:
    """Write where the guest time of each partition went; nothing where all of it was work, and only causes that there are."""
    partitions = [each for each in partitions if each["guest_run_ns"]]
    causes = [cause for cause in _CAUSES if any(_share(each, cause) >= _LEAST_PCT for each in partitions)]
    if not causes:
        return ""
    rows = [["% of guest time", "work", *(_CAUSES[cause] for cause in causes)]]
    rows += [
        [each["name"], *(percent(_share(each, name)) for name in ("progress_ns", *causes))]
        for each in partitions
    ]
    return aligned(rows, right=range(1, len(rows[0])))


def _share(partition: Row, name: str) -> float:
    return float(100 * partition[name] / partition["guest_run_ns"])


def _jobs(partitions: list[Row]) -> str:
    if not partitions:
        return ""
    rows = [["closed workload", "elapsed", "work done"]]
    rows += [[each["name"], *_job(each)] for each in partitions]
    return aligned(rows)


def _job(partition: Row) -> tuple[str, str]:
    done = f"{digits(100 * partition['work_ns'] / partition['work_total_ns'])} %"
    if partition["elapsed_ns"] is None:
        return "unfinished", done
    return span(partition["elapsed_ns"]), done


def _requests(partitions: list[Row], unsteady: set[str]) -> str:
    """Write what was completed, and lost if anything was (failed or dropped), and how long it took; response times that depend on the duration of the run are marked."""
    if not partitions:
        return ""
    responses = ("response_mean_ns", "response_p50_ns", "response_p95_ns", "response_p99_ns")
    lost = [each["failed"] + each["dropped"] for each in partitions]
    counted = ["lost"] if any(lost) else []
    rows = [["open workload", "per second", *counted, "in system", "mean", "median", "95 %", "99 %"]]
    for each, gone in zip(partitions, lost, strict=True):
        grows = each["name"] in unsteady
        spans = (span(each[name]) + "*" * grows for name in responses)
        counts = (digits(each["completions_per_sec"]), *(str(gone) for _ in counted), str(each["in_system"]))
        rows.append([each["name"], *counts, *spans])
    note = f"\n{UNSTEADY}"
    return aligned(rows, right=range(1, len(rows[0]))) + (
        note if unsteady & {each["name"] for each in partitions} else ""
    )


def _tiers(tiers: list[Row], unsteady: set[str]) -> str:
    """Write what each tier completed, and how long that took from its balancer to the answer."""
    if not tiers:
        return ""
    responses = ("response_mean_ns", "response_p50_ns", "response_p95_ns", "response_p99_ns")
    rows = [["tier", "per second", "failed", "in system", "mean", "median", "95 %", "99 %"]]
    for each in tiers:
        counts = (digits(each["completions_per_sec"]), str(each["failed"]), str(each["in_system"]))
        mark = "*" * (tier_prefix(each["name"]) in unsteady)
        rows.append([each["name"], *counts, *(span(each[name]) + mark for name in responses)])
    note = f"\n{UNSTEADY}" if unsteady & {tier_prefix(each["name"]) for each in tiers} else ""
    return aligned(rows, right=range(1, 8)) + note


def _parts_of_response(tiers: list[Row]) -> str:
    """Write where the response times of each tier went; only parts that there are."""
    tiers = [each for each in tiers if each["completions"]]
    parts = [
        part
        for part in _PARTS
        if any(100 * each[part] / each["response_mean_ns"] >= _LEAST_PCT for each in tiers)
    ]
    if not parts:
        return ""
    rows = [["% of response", *(_PARTS[part] for part in parts)]]
    rows += [
        [each["name"], *(percent(100 * each[part] / each["response_mean_ns"]) for part in parts)]
        for each in tiers
    ]
    return aligned(rows, right=range(1, len(rows[0])))


def _unsteady(summary: Row) -> set[str]:
    """Name the guests that did not keep up."""
    found = (each["subjects"] for each in summary["findings"] if each["rule"] == "saturated")
    return set().union(*found)


_WITH_INTERVAL: Final = {
    "response_mean_ns": "mean response",
    "response_p95_ns": "95th percentile",
    "elapsed_ns": "elapsed",
}


def _intervals(partitions: list[Row]) -> str:
    """Write the intervals that the batches of the run gave, for workloads; the root's load is nobody's outcome."""
    rows = [
        [each["name"], *(_between(each, name) for name in _WITH_INTERVAL)]
        for each in partitions
        if each["kind"] in {"open", "closed", "tier"}
    ]
    titles = ["95 % interval", *_WITH_INTERVAL.values()]
    shown = [place for place in range(1, len(titles)) if any(row[place] != "-" for row in rows)]
    cells = [[row[0], *(row[place] for place in shown)] for row in (titles, *rows)]
    return aligned(cells, right=range(1, len(cells[0]))) if shown else ""


def _between(partition: Row, outcome: str) -> str:
    low, high = (partition.get(column, math.nan) for column in interval_columns(outcome))
    if math.isnan(low):
        return "-"
    return f"above {span(low)}" if math.isinf(high) else f"{span(max(0.0, low))} to {span(high)}"


def _processors(lps: list[Row]) -> str:
    rows = [["% of LP time", "guest", "hyperv", "idle", "switches/s"]]
    if any("host" in each for each in lps):
        hosts = dict.fromkeys(each["host"] for each in lps)
        of_host = {name: [each for each in lps if each["host"] == name] for name in hosts}
        rows += [_processor(f"{name}, mean of {len(own)}", own) for name, own in of_host.items()]
        return aligned(rows, right=range(1, 5))
    rows += [_processor(f"Hv LP {each['lp']}", [each]) for each in _shown(lps)]
    if len(lps) > 1:
        rows.append(_processor(f"mean of {len(lps)}", lps))
    return aligned(rows, right=range(1, 5))


def _shown(lps: list[Row]) -> Iterable[Row]:
    if len(lps) <= _MOST_LPS:
        return lps
    by_idle = sorted(lps, key=lambda lp: (lp["idle_ns"], lp["lp"]))
    return by_idle[0], by_idle[-1]


def _processor(name: str, lps: list[Row]) -> list[str]:
    shares = (percent(_mean(lps, f"{share}_pct")) for share in ("guest_run", "hypervisor_run", "idle"))
    return [name, *shares, digits(_mean(lps, "context_switches_per_sec"))]


def _mean(rows: list[Row], name: str) -> float | None:
    values = [row[name] for row in rows]
    return None if None in values else sum(values) / len(values)
