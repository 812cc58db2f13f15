"""Judging: rules held against figures, and the verdict that follows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from string import Formatter
from typing import Any, Final

from hvecs.output.judged import HOST_FIGURES, PROVISIONING, VERDICT, WARNINGS, host_prefix, warnings_cell
from hvecs.verdict.figures import KNOWN, Figures, figures_of
from hvecs.verdict.measures import Measure
from hvecs.verdict.observer import ALL, Observed
from hvecs.verdict.rules import (
    ABSENT,
    EFFICIENT,
    LEFT_OFF,
    MEMORY_SHORT,
    OVER_COMMITTED,
    OVER_PROVISIONED,
    PARTLY,
    RULES,
    SATURATED,
    VERDICTS,
    Limit,
    Rule,
    Severity,
)
from hvecs.verdict.sufferers import NOBODY_WITHOUT, Sufferer, WithoutMemory, absent_sufferers, sufferers_of
from hvecs.verdict.words import amount, others

_GIVEN: Final = {"name", "limit", "figure"}
_SEVERITIES: Final[tuple[Severity, ...]] = ("critical", "warning", "note")


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that holds: of which subjects, the worst first, and the figures of that one by name."""

    rule: str
    severity: Severity
    subjects: tuple[str, ...]
    figures: Mapping[str, float]
    text: str
    advice: str
    source: str
    host: str = ""
    """Of several hosts the one it is of, which the text names."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the counters say.

    `verdict` is the gravest of `VERDICTS` that holds; `provisioning` is that of the host's processors and memory alone: over-committed,
    efficiently provisioned or over-provisioned. Both are None where nothing was measured.
    """

    verdict: str | None
    provisioning: str | None
    findings: tuple[Finding, ...] = ()
    sufferers: tuple[Sufferer, ...] = ()
    host: Mapping[str, float | None] = field(default_factory=dict)
    """The host's figures by the names of their columns; of several hosts none."""
    hosts: Mapping[str, "Verdict"] = field(default_factory=dict)
    """Of several hosts the verdict on each, by its name."""

    @property
    def saturated(self) -> tuple[str, ...]:
        """The guests that did not keep up."""
        found = (each.subjects for each in self.findings if each.rule == SATURATED)
        return tuple(chain.from_iterable(found))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to warn of, the gravest first."""
        return tuple(each.text for each in self.findings if each.severity != "note")

    def cells(self, warnings: Iterable[str] = ()) -> dict[str, Any]:
        """Give the cells of the columns `JUDGED` of the table `runs`; `warnings` of the run come first."""
        given: dict[str, Any] = {
            VERDICT.name: self.verdict,
            PROVISIONING.name: self.provisioning,
            WARNINGS.name: warnings_cell([*warnings, *self.warnings]),
        }
        for prefix, each in [("", self), *((host_prefix(name), one) for name, one in self.hosts.items())]:
            if prefix:
                given |= {
                    f"{prefix}{VERDICT.name}": each.verdict,
                    f"{prefix}{PROVISIONING.name}": each.provisioning,
                }
            given |= {f"{prefix}{column.name}": each.host.get(column.name) for column in HOST_FIGURES}
        return given


def judge(
    observed: Observed,
    own: Sequence[tuple[Rule, Measure]] = (),
    absent: WithoutMemory = NOBODY_WITHOUT,
) -> Verdict:
    """Hold all rules against what was observed.

    Args:
        observed: by an observer that knows the measures of `own`.
        own: rules of the user's, and the measure of each.
        absent: guests that are off because their memory was not to be had.
    """
    figures = figures_of(observed, [measure for _, measure in own])
    units = {name: each.unit for name, each in KNOWN.items()} | {each.name: each.unit for _, each in own}
    rules = (*RULES, *(rule for rule, _ in own))
    found: dict[str, tuple[Rule, Finding]] = {}
    for rule in rules:
        finding = _finding(rule, figures, units, found.get(rule.unless, (None, None))[1])
        if finding is not None:
            found[rule.name] = rule, finding
    for rule, guests in ((ABSENT, absent.not_started), (LEFT_OFF, absent.not_restarted)):
        if guests:
            found[rule.name] = rule, _absent(rule, guests)
    decided = {
        rule.verdict
        for rule, finding in found.values()
        if rule.verdict and rank(finding.severity) <= rank(rule.decides)
    }
    if any(finding.severity == "critical" for _, finding in found.values()):
        decided.add(PARTLY)
    ordered = sorted((finding for _, finding in found.values()), key=lambda each: rank(each.severity))
    off = tuple(absent_sufferers(absent))
    names = {each.name for each in off}
    sufferers = (*off, *(each for each in sufferers_of(figures, observed.vps) if each.name not in names))
    return Verdict(*_verdicts(decided, figures), tuple(ordered), sufferers, _host(figures))


def _absent(rule: Rule, names: Sequence[str]) -> Finding:
    """Say which guests are off."""
    text = rule.says.format(name=names[0]) + others(names[1:])
    return Finding(rule.name, "critical", tuple(names), {}, text, rule.advice, rule.source)


def _host(figures: Figures) -> dict[str, float | None]:
    """Give the figures of the host, in the order of their columns."""
    pressures = figures["pressure"].values()
    values = (
        figures["lps_busy"].get(ALL),
        figures["available"].get(ALL),
        max(pressures, default=None),
        figures["paging_of_all"].get(ALL),
    )
    return dict(zip((column.name for column in HOST_FIGURES), values, strict=True))


def _verdicts(decided: set[str], figures: Figures) -> tuple[str | None, str | None]:
    """Give the gravest verdict, and that of the host."""
    if not figures["lps_busy"]:
        return next((each for each in VERDICTS if each in decided), None), None
    provisioning = EFFICIENT
    if OVER_COMMITTED in decided:
        provisioning = OVER_COMMITTED
    elif OVER_PROVISIONED in decided and MEMORY_SHORT not in decided:
        provisioning = OVER_PROVISIONED
    return next(each for each in VERDICTS if each in decided | {provisioning}), provisioning


def _finding(rule: Rule, figures: Figures, units: Mapping[str, str], said: Finding | None) -> Finding | None:
    for severity in _SEVERITIES:
        subjects = [each for each in _held(rule, figures, severity) if not _is_said(each, severity, said)]
        if subjects:
            values = {name: _value(figures, name, subjects[0]) for name in figures}
            known = {name: value for name, value in values.items() if value is not None}
            text = _sentence(rule, severity, subjects, known, units)
            named = (*(each.figure for each in rule.limits), *_named(rule.says))
            shown = {name: known[name] for name in named if name in known}
            return Finding(rule.name, severity, tuple(subjects), shown, text, rule.advice, rule.source)
    return None


def _named(sentence: str) -> Iterator[str]:
    """Give the names of the figures that a sentence shows."""
    return (name for _, name, _, _ in Formatter().parse(sentence) if name)


def _figures_named(rule: Rule) -> set[str]:
    """Give the figures that the sentence of a rule shows beside that which it is about."""
    return set(_named(rule.says)) - _GIVEN


def _is_said(subject: str, severity: Severity, said: Finding | None) -> bool:
    """Tell whether another rule has said as much of a subject, or of the whole host; of the host anything says enough."""
    if said is None or rank(said.severity) > rank(severity):
        return False
    return subject == ALL or bool({ALL, subject, subject.rpartition(":")[0]} & set(said.subjects))


def _held(rule: Rule, figures: Figures, severity: Severity) -> list[str]:
    """Give the subjects of which a rule holds at a severity or a graver one, the worst first; none of which a figure of its sentence is not known."""
    first = rule.limits[0]
    if first.at(severity) is None:
        return []
    found = {
        subject: value
        for subject, value in figures[first.figure].items()
        if all(_exceeds(limit, _value(figures, limit.figure, subject), severity) for limit in rule.limits)
        and all(_value(figures, name, subject) is not None for name in _figures_named(rule))
    }
    sign = -1 if first.beyond == "above" else 1
    return sorted(found, key=lambda subject: (sign * found[subject], subject))


def _exceeds(limit: Limit, value: float | None, severity: Severity) -> bool:
    return limit.optional if value is None else limit.is_exceeded(value, severity)


def _value(figures: Figures, name: str, subject: str) -> float | None:
    """Give a figure of a subject, or that of the whole host."""
    return figures[name].get(subject, figures[name].get(ALL))


def _sentence(
    rule: Rule,
    severity: Severity,
    subjects: Sequence[str],
    known: Mapping[str, float],
    units: Mapping[str, str],
) -> str:
    first = rule.limits[0]
    texts = {name: amount(value, units[name]) for name, value in known.items()}
    limit = amount(first.at(severity) or 0.0, units[first.figure])
    fixed = {"name": subjects[0], "limit": limit, "figure": texts[first.figure]}
    return rule.says.format(**texts | fixed) + others(subjects[1:])


def rank(severity: Severity) -> int:
    """Give the place of a severity, the gravest first."""
    return _SEVERITIES.index(severity)
