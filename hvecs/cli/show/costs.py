"""`hvecs show costs`: what the hypervisor and shared hardware cost."""

from pathlib import Path
from typing import Any

import click

from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.options import NO_CHANGES, Changes, change_options, json_option, talk_options
from hvecs.cli.scenarios import read_scenario
from hvecs.cli.text import listed
from hvecs.spec import COSTS, Cost, Scenario
from hvecs.spec.costs import Costs
from hvecs.spec.table import kind_of


@click.command("costs")
@click.argument("file", metavar="[SCENARIO]", required=False, type=click.Path(path_type=Path))
@change_options
@json_option
@talk_options
def command(file: Path | None, changes: Changes, *, as_json: bool) -> None:
    """Print every cost of the model.

    For each: its default, its meaning and where that is from. With a scenario, also the value that holds there.
    """
    if file is None and changes != NO_CHANGES:
        raise click.UsageError("options that change a scenario need one; name its file")
    scenario = None if file is None else read_scenario(file, changes)
    costs = [_as_data(cost, scenario) for cost in COSTS]
    if as_json:
        print_json({"costs": costs})
    else:
        print_answer("\n".join(map(_as_text, costs)))


def _as_data(cost: Cost, scenario: Scenario | None) -> dict[str, Any]:
    data: dict[str, Any] = cost._asdict()
    if scenario is not None:
        data["value"] = _written(cost.name, scenario)
    return data


def _written(name: str, scenario: Scenario) -> Any:
    """Give the value of a cost in a scenario, as one would write it there."""
    kind = kind_of(Costs.model_fields[name])
    assert kind is not None  # noqa: S101 - every cost is a quantity
    return kind.write(getattr(scenario.host.costs, name))


def _as_text(cost: dict[str, Any]) -> str:
    value = f"{cost['value']} (default {cost['default']})" if "value" in cost else cost["default"]
    entries = [("is", cost["doc"]), ("from", cost["source"])]
    return f"host.costs.{cost['name']} = {value}\n{listed(entries, indent='    ')}"
