"""`hvecs show components`: the state of the model, by kind of entity."""

from collections.abc import Iterable
from typing import Any, Final

import click
import numpy as np

from components import NEVER, NOBODY, Component, Field
from components.archetypes import ARCHETYPES
from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.options import json_option, talk_options
from hvecs.cli.text import digits, listed

_POOLS: Final = "no entity"


@click.command("components")
@json_option
@talk_options
def command(*, as_json: bool) -> None:
    """Print every component and its fields.

    Components are listed under the kind of entity that carries them; each field with its unit, its default and its
    meaning.
    """
    entities = [_as_data(kind, doc, archetype) for kind, (archetype, doc) in ARCHETYPES.items()]
    carried = {component for archetype, _ in ARCHETYPES.values() for component in archetype}
    others = [component for component in Component.__subclasses__() if component not in carried]
    entities.append(_as_data(_POOLS, "rows of pools and buffers, which no entity carries", others))
    if as_json:
        print_json({"entities": entities})
    else:
        print_answer("\n\n".join(map(_as_text, entities)))


def _as_data(kind: str, doc: str, components: Iterable[type[Component]]) -> dict[str, Any]:
    return {
        "entity": kind,
        "doc": doc,
        "components": [
            {
                "name": component.__name__,
                "doc": (component.__doc__ or "").splitlines()[0],
                "fields": [_field(name, field) for name, field in component.fields.items()],
            }
            for component in components
        ],
    }


def _field(name: str, field: Field) -> dict[str, Any]:
    type_ = str(np.dtype(field.dtype))
    return {"name": name, "type": type_, "unit": field.unit, "default": field.default, "doc": field.doc}


def _as_text(entity: dict[str, Any]) -> str:
    parts = [f"{entity['entity'].upper()}: {entity['doc']}"]
    for component in entity["components"]:
        fields = [(field["name"], _meaning(field)) for field in component["fields"]]
        parts.append(f"  {component['name']}: {component['doc']}\n{listed(fields, indent='    ')}")
    return "\n".join(parts)


def _meaning(field: dict[str, Any]) -> str:
    unit = f" [{field['unit']}]" if field["unit"] else ""
    default = "none" if field["unit"] == "index" and field["default"] == NOBODY else digits(field["default"])
    default = "never" if field["default"] == NEVER else default
    return f"{field['doc']}{unit}" + ("" if default == "0" else f", {default} at first")
