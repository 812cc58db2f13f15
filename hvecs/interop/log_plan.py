"""Several logs together: which columns are read from which, in what order, and as whose."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from hvecs.interop.dates import orders_of
from hvecs.interop.faults import BadFile, Skipped
from hvecs.interop.log_text import Text
from hvecs.interop.paths import CounterPath, read_path
from hvecs.interop.stamps import Clock, Order
from hvecs.interop.targets import Target, is_of_host, target_of
from hvecs.interop.totals import TOTAL

TOTALS: Final = "column of an instance _Total, which follows from the others"
ALONE: Final = (
    "column of an instance _Total without the instances that it sums up: have all of them logged, (*)"
)
TWICE: Final = "column of a counter that is there twice"


@dataclass(frozen=True)
class Log:
    """A log to be read: where each of its columns goes, by the number of the column, from 0 after the stamp."""

    text: Text
    machine: str
    targets: dict[int, Target]
    order: Order
    first_us: int
    step_us: int | None
    """Between its first two stamps; None if it has one line."""
    empty_start: bool
    """Whether the first line holds no values: it says only when sampling began."""

    def clock(self) -> Clock:
        """Begin to read its stamps."""
        return Clock(self.text.signature.bias_min or 0, self.order)


@dataclass(frozen=True)
class Plan:
    """All logs in the order of their time, and the counters that nothing is known of.

    `machines` are those that the logs are of, the Hyper-V host before its guests.
    """

    logs: tuple[Log, ...]
    unknown: tuple[str, ...]
    machines: tuple[str, ...]


def plan_logs(texts: Sequence[Text], order: Order | None, machine: str | None, skipped: Skipped) -> Plan:
    """Decide what is read from the logs.

    Args:
        texts: the logs.
        order: of day, month and year; None to go by the stamps.
        machine: the host that is meant, where logs hold several.
        skipped: counts what is left out.

    Raises:
        BadFile: a log has no time stamps, or nothing that is known, or there are several hosts.
    """
    paths = {text.path: [read_path(cell) for cell in text.header] for text in texts}
    hosts = _hosts(texts, paths, machine)
    unknown: dict[str, None] = {}
    logs = []
    orders = _orders(texts, paths, order)
    for text in texts:
        for name, columns in _by_machine(paths[text.path]).items():
            if machine is not None and name.lower() != machine.lower() and name.lower() in hosts:
                continue
            targets = _targets(text, columns, of_host=name.lower() in hosts, unknown=unknown, skipped=skipped)
            if targets:
                logs.append(_log(text, name, targets, orders[text.path]))
    if not logs:
        said = "no counter that is known; hvecs show counters lists those that are"
        if ALONE in skipped.counts:
            said = f"only {ALONE}"
        raise BadFile(texts[0].path, texts[0].header_line, said)
    spelling = _spelling([target for log in logs for target in log.targets.values()])
    logs = [
        replace(log, targets={at: _spelt(target, spelling) for at, target in log.targets.items()})
        for log in logs
    ]
    logs.sort(key=lambda log: log.first_us)
    machines = sorted(dict.fromkeys(log.machine for log in logs), key=lambda name: name.lower() not in hosts)
    return Plan(tuple(logs), tuple(unknown), tuple(machines))


def _orders(
    texts: Sequence[Text], paths: dict[Path, list[CounterPath | None]], order: Order | None
) -> dict[Path, Order | None]:
    """Give the order of day, month and year in each log; those of the same machines are read together."""
    if order is not None:
        return {text.path: text.order or order for text in texts}
    together: dict[frozenset[str], list[Text]] = {}
    for text in texts:
        machines = frozenset(name.lower() for name in _by_machine(paths[text.path]))
        together.setdefault(machines, []).append(text)
    return {path: found for each in together.values() for path, found in orders_of(each).items()}


def _hosts(
    texts: Sequence[Text], paths: dict[Path, list[CounterPath | None]], machine: str | None
) -> set[str]:
    """Give the names, in lower case, of the machines that are Hyper-V hosts; one at most unless one is meant."""
    hosts: dict[str, str] = {}
    for text in texts:
        for name, columns in _by_machine(paths[text.path]).items():
            if is_of_host([path for _, path in columns]):
                hosts.setdefault(name.lower(), name)
        if len(hosts) > 1 and machine is None:
            raise BadFile(
                text.path,
                text.header_line,
                f"counters of several hosts: {', '.join(hosts.values())}; choose one with --machine",
            )
    if machine is not None and hosts and machine.lower() not in hosts:
        raise BadFile(
            texts[0].path,
            texts[0].header_line,
            f"no counters of the host {machine}; there are {', '.join(hosts.values())}",
        )
    return set(hosts)


def _by_machine(paths: Sequence[CounterPath | None]) -> dict[str, list[tuple[int, CounterPath]]]:
    found: dict[str, list[tuple[int, CounterPath]]] = {}
    spelling: dict[str, str] = {}
    for at, path in enumerate(paths):
        if path is not None:
            found.setdefault(spelling.setdefault(path.machine.lower(), path.machine), []).append((at, path))
    return found


def _targets(
    text: Text,
    columns: Sequence[tuple[int, CounterPath]],
    *,
    of_host: bool,
    unknown: dict[str, None],
    skipped: Skipped,
) -> dict[int, Target]:
    targets: dict[int, Target] = {}
    taken = set()
    place = f"{text.path}:{text.header_line}"
    apart = {path.counter_set.lower() for _, path in columns if path.instance.lower() != TOTAL.lower()}
    for at, path in columns:
        target = target_of(path, of_host=of_host)
        if target is None and path.instance.lower() == TOTAL.lower():
            skipped.add(TOTALS if path.counter_set.lower() in apart else ALONE, place)
        elif target is None:
            unknown[str(path)] = None
        elif target in taken:
            skipped.add(TWICE, place)
        else:
            targets[at] = target
            taken.add(target)
    return targets


def _log(text: Text, machine: str, targets: dict[int, Target], order: Order | None) -> Log:
    rows = text.first_rows
    line = text.header_line + 1
    if not rows:
        raise BadFile(text.path, line, "no line of values after the header")
    clock = Clock(text.signature.bias_min or 0, order or "mdy")
    stamps = [each for each in clock.read([row[0] for row in rows]) if each is not None]
    if order is None or not stamps or len(stamps) < len(rows):
        shown = next(
            row[0] for row in rows if row is rows[-1] or Clock(0, order or "mdy").read([row[0]]) == [None]
        )
        raise BadFile(
            text.path,
            line,
            f'"{shown}" is no time stamp, or not after the one before; say --dates mdy, dmy or ymd',
        )
    step = stamps[1] - stamps[0] if len(stamps) > 1 else None
    empty = len(rows) > 1 and not any(rows[0][at + 1].strip() for at in targets)
    return Log(text, machine, targets, order, stamps[0], step, empty)


def _spelling(targets: Sequence[Target]) -> dict[str, str]:
    """Choose one spelling of each partition: logs of the same host differ in case, and names of machines are capitals."""
    found: dict[str, str] = {}
    for target in sorted(targets, key=lambda target: target.table == "guest"):
        name = target.instance.partition
        if name is not None and (
            name.lower() not in found or (found[name.lower()].islower() and target.table != "guest")
        ):
            found[name.lower()] = name
    return found


def _spelt(target: Target, spelling: dict[str, str]) -> Target:
    instance = target.instance
    if instance.partition is None:
        return target
    name = spelling[instance.partition.lower()]
    text = (
        name + instance.instance[len(instance.partition) :]
        if instance.instance.startswith(instance.partition)
        else instance.instance
    )
    return replace(target, instance=replace(instance, instance=text, partition=name))
