"""`hvecs show costs`: what the hypervisor and shared hardware cost, and the parameters of the scheduler."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.options import NO_CHANGES, Changes, change_options, json_option, talk_options
from hvecs.cli.scenarios import read_scenario
from hvecs.cli.text import listed
from hvecs.spec import COSTS, Cost, Host, Scenario
from hvecs.spec.costs import Costs
from hvecs.spec.parameters import PARAMETERS, Parameter, written
from hvecs.spec.problems import show
from hvecs.spec.table import kind_of


@click.command("costs")
@click.argument("file", metavar="[SCENARIO]", required=False, type=click.Path(path_type=Path))
@change_options
@json_option
@talk_options
def command(file: Path | None, changes: Changes, *, as_json: bool) -> None:
    """Print every cost of the model, and every parameter of the scheduler.

    For each: its default, its meaning and where that is from. With a scenario, also the value that holds there.
    """
    if file is None and changes != NO_CHANGES:
        raise click.UsageError("options that change a scenario need one; name its file")
    scenario = None if file is None else read_scenario(file, changes)
    costs = [_as_data(cost, scenario) for cost in COSTS]
    parameters = [_parameter(each, scenario) for each in PARAMETERS]
    if as_json:
        print_json({"costs": costs, "parameters": parameters})
    else:
        lines = [_as_text("costs", cost) for cost in costs]
        print_answer("\n".join([*lines, *(_as_text("scheduling", each) for each in parameters)]))


def _as_data(cost: Cost, scenario: Scenario | None) -> dict[str, Any]:
    data: dict[str, Any] = cost._asdict()
    if scenario is not None:
        data["value"] = _of_hosts(scenario, lambda host: _written(cost.name, host))
    return data


def _parameter(parameter: Parameter, scenario: Scenario | None) -> dict[str, Any]:
    data: dict[str, Any] = parameter._asdict()
    if scenario is not None:
        data["value"] = _of_hosts(scenario, lambda host: written(parameter.name, host.scheduling))
    return data


def _of_hosts(scenario: Scenario, value: Callable[[Host], Any]) -> Any:
    """Give a value if it is that of all hosts, else that of each by its name."""
    values = [value(host) for host in scenario.hosts]
    if all(each == values[0] for each in values):
        return values[0]
    return {str(host.name): each for host, each in zip(scenario.hosts, values, strict=True)}


def _written(name: str, host: Host) -> Any:
    """Give the value of a cost on a host, as one would write it there."""
    kind = kind_of(Costs.model_fields[name])
    assert kind is not None  # noqa: S101 - every cost is a quantity
    return kind.write(getattr(host.costs, name))


def _as_text(table: str, cost: dict[str, Any]) -> str:
    default = _plain(cost["default"])
    value = f"{_plain(cost['value'])} (default {default})" if "value" in cost else default
    entries = [("is", cost["doc"]), ("from", cost["source"])]
    return f"host.{table}.{cost['name']} = {value}\n{listed(entries, indent='    ')}"


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{_plain(each)} on {name}" for name, each in value.items())
    return f"[{', '.join(map(show, value))}]" if isinstance(value, list) else str(value)
