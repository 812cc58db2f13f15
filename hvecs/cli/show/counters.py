"""`hvecs show counters`: the counters of Windows beside the columns that model them."""

from itertools import groupby
from typing import Any

import click

from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.failure import USAGE, Failure
from hvecs.cli.options import json_option, talk_options
from hvecs.cli.text import listed
from hvecs.output.absent_counters import SETS_NOT_LISTED, why_absent
from hvecs.output.counter_versions import exists, since
from hvecs.output.counters import Counter, catalogue
from hvecs.spec.limits import LIMITS


@click.command("counters")
@click.argument("words", metavar="[WORD]...", nargs=-1)
@click.option("--modelled/--missing", default=None, help="List only those that are modelled, or are not.")
@click.option(
    "--version",
    type=click.Choice(tuple(LIMITS)),
    help="List only those that this version of Windows Server has.",
)
@json_option
@talk_options
def command(words: tuple[str, ...], *, modelled: bool | None, version: str | None, as_json: bool) -> None:
    """Print which counters of Windows are modelled.

    With words, only the counters in whose path all of them occur. A counter that is not modelled has no column in any
    table, for the reason that is given. Since which version a counter exists is published of few; the others are taken to exist in every one.
    """
    found = [
        counter
        for counter in catalogue()
        if _matches(counter, words, modelled) and exists(version, counter.counter_set, counter.name)
    ]
    others = (
        []
        if modelled
        else [
            (name, *entry)
            for name, entry in SETS_NOT_LISTED.items()
            if _has_all(name, words) and exists(version, name)
        ]
    )
    if as_json:
        unlisted = [{"counter_set": name, "counters": count, "why_not": why} for name, count, why in others]
        print_json({"counters": [_as_data(counter) for counter in found], "sets_not_listed": unlisted})
        return
    if not found and not others:
        raise Failure(USAGE, "no counter matches")
    sets = groupby(found, key=lambda counter: counter.counter_set)
    parts = [_as_text(name, list(counters)) for name, counters in sets]
    parts += [_unlisted(others)] if others else []
    print_answer("\n\n".join(parts))


def _matches(counter: Counter, words: tuple[str, ...], modelled: bool | None) -> bool:
    path = f"\\{counter.counter_set}\\{counter.name}"
    wanted = modelled is None or modelled == (counter.column is not None)
    return wanted and _has_all(path, words)


def _has_all(text: str, words: tuple[str, ...]) -> bool:
    return all(word.lower() in text.lower() for word in words)


def _unlisted(others: list[tuple[str, int, str]]) -> str:
    entries = [(name, f"none of {count} modelled: {why}") for name, count, why in others]
    return f"Sets that are not listed\n{listed(entries, indent='  ')}"


def _as_data(counter: Counter) -> dict[str, Any]:
    return {
        "counter_set": counter.counter_set,
        "name": counter.name,
        "modelled": counter.column is not None,
        "column": counter.column,
        "constant": counter.is_constant,
        "since": since(counter.counter_set, counter.name),
        "why_not": None if counter.column else why_absent(counter.counter_set, counter.name),
    }


def _where(counter: Counter) -> str:
    first = since(counter.counter_set, counter.name)
    return counter.modelled if first is None else f"{counter.modelled}; since {first}"


def _as_text(name: str, counters: list[Counter]) -> str:
    modelled = sum(counter.column is not None for counter in counters)
    entries = [(counter.name, _where(counter)) for counter in counters]
    return f"{name}: {modelled} of {len(counters)} modelled\n{listed(entries, indent='  ')}"
