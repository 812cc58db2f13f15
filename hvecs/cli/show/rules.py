"""`hvecs show rules`: the rules of the verdict, with their limits and where these come from."""

from typing import Any, Final

import click

from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.options import json_option, talk_options
from hvecs.cli.text import listed
from hvecs.output.schema import TABLES
from hvecs.verdict.figures import KNOWN
from hvecs.verdict.rules import RULES, VERDICTS, Limit, Rule, Severity
from hvecs.verdict.words import amount

_SEVERITIES: Final[tuple[Severity, ...]] = ("note", "warning", "critical")


@click.command("rules")
@json_option
@talk_options
def command(*, as_json: bool) -> None:
    """Print the rules of the verdict.

    A rule holds where all its figures lie beyond their limits. The same rules judge a run, a point of a sweep and a capture; a scenario
    adds its own as [[rule]].
    """
    if as_json:
        print_json({"verdicts": list(VERDICTS), "rules": [_as_data(rule) for rule in RULES]})
        return
    print_answer("\n\n".join([f"verdicts, the gravest first: {', '.join(VERDICTS)}", *map(_as_text, RULES)]))


def _as_text(rule: Rule) -> str:
    verdict = f" -> {rule.verdict} (from {rule.decides} on)" if rule.verdict else ""
    entries = [*((limits_in_words(limit), _figure(limit)) for limit in rule.limits)]
    entries += [("source", rule.source), ("advice", rule.advice)]
    if rule.unless:
        entries.append(("unless", f"{rule.unless} says it"))
    return f"{rule.name}{verdict}\n{listed(entries, indent='  ')}"


def _figure(limit: Limit) -> str:
    figure = KNOWN[limit.figure]
    optional = "; where it is known" if limit.optional else ""
    return f"{figure.doc}: {_counter(figure.counter)}{optional}"


def _counter(name: str) -> str:
    """Give the path of the counter that a column stands for, or the column."""
    table, _, column = name.partition(".")
    found = next(each for each in TABLES[table].columns if each.name == column)
    return found.counter or name


def limits_in_words(limit: Limit) -> str:
    """Write the limits of a figure, the mildest first."""
    unit = KNOWN[limit.figure].unit
    sign = ">" if limit.beyond == "above" else "<"
    found = ((severity, limit.at(severity)) for severity in _SEVERITIES)
    return ", ".join(
        f"{severity} {sign} {amount(value, unit)}" for severity, value in found if value is not None
    )


def _as_data(rule: Rule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "verdict": rule.verdict or None,
        "decides": rule.decides if rule.verdict else None,
        "limits": [
            {
                "figure": limit.figure,
                "doc": KNOWN[limit.figure].doc,
                "unit": KNOWN[limit.figure].unit,
                "column": KNOWN[limit.figure].counter,
                "counter": _counter(KNOWN[limit.figure].counter),
                "beyond": limit.beyond,
                **{severity: limit.at(severity) for severity in _SEVERITIES},
                "optional": limit.optional,
            }
            for limit in rule.limits
        ],
        "source": rule.source,
        "advice": rule.advice,
        "unless": rule.unless or None,
    }
