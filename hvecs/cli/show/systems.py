"""`hvecs show systems`: what runs, and in which order."""

from collections.abc import Iterable
from typing import Any

import click

from components import Component
from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.options import json_option, talk_options
from hvecs.cli.text import listed
from systems import SCHEDULE, System


@click.command("systems")
@json_option
@talk_options
def command(*, as_json: bool) -> None:
    """Print the systems in the order in which a step calls them, and the events inside a step in theirs.

    For each system: when it acts, why it stands there, the events that are its own, and the components that it reads and writes.
    """
    systems = [_as_data(place, system) for place, system in enumerate(SCHEDULE.systems, 1)]
    events = [
        {
            "name": each.name,
            "entity": each.entity,
            "system": each.system.__name__,
            "does": _first_line(each.kernel),
        }
        for each in SCHEDULE.events
    ]
    if as_json:
        print_json({"systems": systems, "events": events})
    else:
        width = max(len(each["name"]) for each in events)
        order = [f"   {each['name']:{width}}  {each['does']}" for each in events]
        tail = "Events of one instant happen in this order:\n" + "\n".join(order)
        print_answer("\n\n".join([*map(_as_text, systems), tail]))


def _as_data(place: int, system: type[System]) -> dict[str, Any]:
    return {
        "place": place,
        "name": system.__name__,
        "does": _first_line(system),
        "acts": _acts(system),
        "why_here": system.why_here,
        "events": [*SCHEDULE.owned_by(system), *_accounts(system)],
        "reads": _names(system.reads),
        "writes": _names(system.writes),
    }


def _accounts(system: type[System]) -> list[str]:
    """Name what a system does whenever a VP stops running guest code."""
    return [each.kernel.__name__ for each in SCHEDULE.accounts if each.system is system]


def _acts(system: type[System]) -> str:
    """Say when a system acts."""
    moments = []
    if system.kernel is not None:
        moments.append("once a step")
    elif system.process is not System.process:
        moments.append(f"once a {system.every}")
    if SCHEDULE.owned_by(system) or _accounts(system):
        moments.append("in events")
    if system is SCHEDULE.last_owner:
        moments.append("and all events happen at its turn")
    return ", ".join(moments)


def _first_line(thing: object) -> str:
    return (getattr(thing, "__doc__", None) or "").splitlines()[0]


def _names(components: Iterable[type[Component]]) -> list[str]:
    return sorted(component.__name__ for component in components)


def _as_text(system: dict[str, Any]) -> str:
    entries = [
        ("does", system["does"]),
        ("acts", system["acts"]),
        ("why here", system["why_here"]),
        ("events", ", ".join(system["events"]) or "none"),
        ("reads", ", ".join(system["reads"]) or "nothing"),
        ("writes", ", ".join(system["writes"]) or "nothing"),
    ]
    return f"{system['place']}. {system['name']}\n{listed(entries, indent='   ')}"
