"""The verdict on several hosts: each host judged by its own rows, the gravest first, and named in what is said of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from hvecs.output.host_column import HOST, by_host
from hvecs.verdict.judging import Finding, Verdict, judge, rank
from hvecs.verdict.measures import Measure
from hvecs.verdict.observer import Columns, Observer
from hvecs.verdict.own import Own
from hvecs.verdict.rules import EFFICIENT, OVER_COMMITTED, OVER_PROVISIONED, VERDICTS
from hvecs.verdict.sufferers import NOBODY_WITHOUT, WithoutMemory

_PROVISIONING: Final = (OVER_COMMITTED, EFFICIENT, OVER_PROVISIONED)


class Hosts:
    """An observer of each host, which takes the rows with its name, and one of the rows that have none."""

    def __init__(self, warm_up_ns: int = 0, further: Iterable[Measure] = ()) -> None:
        self._warm_up_ns, self._further = warm_up_ns, tuple(further)
        self._shared = self._observer()
        self._of: dict[str, Observer] = {}

    @property
    def wanted(self) -> dict[str, tuple[str, ...]]:
        """The columns that are looked at, by table."""
        return {table: (HOST.name, *names) for table, names in self._shared.wanted.items()}

    def write(self, table: str, columns: Columns) -> None:
        """Take rows of a table, those of each host in the order of time."""
        if HOST.name not in columns:
            self._shared.write(table, columns)
            return
        wanted = self._shared.wanted.get(table, ())
        for host, rows in by_host(columns):
            own: dict[str, Any] = {name: columns[name][rows] for name in wanted if name in columns}
            self._of.setdefault(host, self._observer()).write(table, own)

    def verdict(self, own: Sequence[Own] = (), absent: WithoutMemory = NOBODY_WITHOUT) -> Verdict:
        """Judge what was seen; the arguments are as for `judge`."""
        shared = judge(self._shared.observed(), own, absent)
        if not self._of:
            return shared
        return together({host: judge(each.observed(), own) for host, each in self._of.items()}, shared)

    def _observer(self) -> Observer:
        return Observer(self._warm_up_ns, self._further)


def together(hosts: Mapping[str, Verdict], shared: Verdict) -> Verdict:
    """Make one verdict of those of hosts and that on what they share: the gravest of them.

    Of findings as grave those of the host with the gravest verdict come first; of sufferers who suffers most, wherever that is. Of guests that are
    off for want of memory, what they lacked while they were on does not count beside that.
    """
    each = [shared, *hosts.values()]
    order = sorted(hosts.items(), key=lambda named: _gravity(named[1]))
    findings = [*shared.findings, *(_named(host, one) for host, of in order for one in of.findings)]
    off = {one.name for one in shared.sufferers}
    of_hosts = [replace(one, host=host) for host, of in hosts.items() for one in of.sufferers]
    sufferers = [*shared.sufferers, *(one for one in of_hosts if one.name not in off)]
    return Verdict(
        _gravest(VERDICTS, (one.verdict for one in each)),
        _gravest(_PROVISIONING, (one.provisioning for one in each)),
        tuple(sorted(findings, key=lambda one: rank(one.severity))),
        tuple(sorted(sufferers, key=lambda one: (-one.lacks, one.name, one.host))),
        hosts=dict(hosts),
    )


def _gravity(verdict: Verdict) -> int:
    """Give the place of a verdict among all, the gravest first."""
    return VERDICTS.index(verdict.verdict) if verdict.verdict in VERDICTS else len(VERDICTS)


def _gravest(order: Sequence[str], found: Iterable[str | None]) -> str | None:
    held = set(found)
    return next((each for each in order if each in held), None)


def _named(host: str, finding: Finding) -> Finding:
    return replace(finding, host=host, text=f"host {host}: {finding.text}")
