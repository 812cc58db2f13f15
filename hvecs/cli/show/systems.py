"""`hvecs show systems`: the order in which a step calls the systems."""

from collections.abc import Iterable
from typing import Any

import click

from components import Component
from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.options import json_option, talk_options
from hvecs.cli.text import listed
from systems import SYSTEMS, System


@click.command("systems")
@json_option
@talk_options
def command(*, as_json: bool) -> None:
    """Print the systems in their order.

    For each: its phase, why it stands there, and the components that it reads and writes.
    """
    systems = [_as_data(place, system) for place, system in enumerate(SYSTEMS, 1)]
    if as_json:
        print_json({"systems": systems})
    else:
        print_answer("\n\n".join(map(_as_text, systems)))


def _as_data(place: int, system: type[System]) -> dict[str, Any]:
    return {
        "place": place,
        "name": system.__name__,
        "phase": int(system.phase),
        "phase_name": system.phase.name.lower().replace("_", " "),
        "does": (system.__doc__ or "").splitlines()[0],
        "why_here": system.why_here,
        "reads": _names(system.reads),
        "writes": _names(system.writes),
    }


def _names(components: Iterable[type[Component]]) -> list[str]:
    return sorted(component.__name__ for component in components)


def _as_text(system: dict[str, Any]) -> str:
    entries = [
        ("does", system["does"]),
        ("why here", system["why_here"]),
        ("reads", ", ".join(system["reads"]) or "nothing"),
        ("writes", ", ".join(system["writes"]) or "nothing"),
    ]
    heading = f"{system['place']}. {system['name']}, phase {system['phase']}: {system['phase_name']}"
    return f"{heading}\n{listed(entries, indent='   ')}"
