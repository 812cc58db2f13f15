"""Rules of the user's own: their counters looked up among the columns of the tables, and what the verdict makes of them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from hvecs.output.counters import modelling_columns, split_path
from hvecs.output.schema import TABLES
from hvecs.output.table import Column
from hvecs.spec import Problem, Scenario, SpecError
from hvecs.spec.faults import findings
from hvecs.spec.files import read_tree
from hvecs.spec.nodes import Node, is_table, place_of, plain
from hvecs.spec.problems import Fault, did_you_mean, path_text, show
from hvecs.spec.rules import OwnRule, rule_key_faults
from hvecs.verdict.measures import Measure
from hvecs.verdict.rules import RULES, Limit, Rule

Own = tuple[Rule, Measure]
"""A rule of the user's, and the measure that it is about."""


def rule_faults(scenario: Scenario) -> Iterator[Fault]:
    """Find what is wrong with the names and the counters of a scenario's rules."""
    taken = {rule.name for rule in RULES}
    for index, rule in enumerate(scenario.rule):
        if rule.name in taken:
            message = f"a rule of hvecs is named {show(rule.name)}; expected another name"
            yield Fault(("rule", index, "name"), message)
        wrong = _wrong_counter(rule.counter)
        if wrong:
            yield Fault(("rule", index, "counter"), wrong)


def own_rules(rules: Sequence[OwnRule]) -> tuple[Own, ...]:
    """Make rules of the verdict of those that a user wrote; their counters are known to exist."""
    return tuple(_own(rule) for rule in rules)


def load_rules(path: Path) -> tuple[Own, ...]:
    """Read a file of rules: [[rule]] tables as in a scenario, and nothing else.

    Raises:
        SpecError: with all problems at once.
        OSError: the file cannot be read.
    """
    tree, problems = read_tree(Path(path))
    if problems:
        raise SpecError(problems)
    scenario, faults = _validated(tree)
    if scenario is not None:
        faults += [*rule_key_faults(scenario.rule), *rule_faults(scenario)]
    if faults or scenario is None:
        raise SpecError(_located(fault, tree) for fault in faults)
    return own_rules(scenario.rule)


def _validated(tree: Node) -> tuple[Scenario | None, list[Fault]]:
    """Read the rules as those of a scenario that has nothing else."""
    table = plain(tree) if is_table(tree) else {}
    foreign = [Fault((name,), "unknown key; expected [[rule]] alone") for name in table if name != "rule"]
    if not foreign and not table.get("rule"):
        foreign = [Fault(("rule",), "missing; expected at least one [[rule]]")]
    host = {"logical_processors": 1, "memory": "1 GiB"}
    try:
        scenario = Scenario.model_validate(
            {"scenario": {"name": "rules"}, "host": host, "rule": table.get("rule", ())}
        )
    except ValidationError as error:
        return None, foreign + [each.fault for each in findings(error)]
    return (None if foreign else scenario), foreign


def _located(fault: Fault, tree: Node) -> Problem:
    place = place_of(tree, fault.steps)
    return Problem(place.file, place.line, path_text(fault.steps), fault.message)


def _wrong_counter(counter: str) -> str:
    """Say what is wrong with the counter of a rule; nothing if there is a column of numbers for it."""
    column = _named(counter)
    table, _, name = column.partition(".")
    if table not in TABLES or not TABLES[table].sampled:
        sampled = [each for each, of in TABLES.items() if of.sampled and of.rows]
        near = did_you_mean(table, sampled) or f"; expected a column of {', '.join(sampled)}"
        return f"{show(counter)} is no column of a sampled table, nor a counter that one stands for{near}"
    numbers = [each.name for each in TABLES[table].columns if _is_figure(each)]
    if name not in numbers:
        near = did_you_mean(name, numbers)
        return f"{table} has no column of figures {show(name)}{near or f'; expected one of hvecs show counters {table}'}"
    return ""


def _named(counter: str) -> str:
    r"""Give `table.column` of a counter that may be given by its Windows path, in whatever case."""
    if not counter.startswith("\\"):
        return counter
    known = {(each[0].lower(), each[1].lower()): column for each, column in modelling_columns().items()}
    try:
        counter_set, name = split_path(counter)
    except ValueError:
        return counter
    return known.get((counter_set.lower(), name.lower()), counter)


def _is_figure(column: Column) -> bool:
    return column.type in {"int64", "float64"} and column.unit not in {"id", "index"}


def _own(rule: OwnRule) -> Own:
    table, _, name = _named(rule.counter).partition(".")
    column = next(each for each in TABLES[table].columns if each.name == name)
    measure = Measure(
        f"own {rule.name}",
        table,
        ((name,),),
        column.unit,
        column.doc,
        "instance",
        rule.aggregate,  # type: ignore[arg-type] # one of the choices
        rule.over,
        "dispatches" if name.endswith("_per_dispatch_ns") else "interval_ns",
    )
    limit = Limit(measure.name, rule.beyond, warning=rule.warning, critical=rule.critical)  # type: ignore[arg-type]
    says = f"{rule.name}: {_literal(name)} of {{name}} is {{figure}} ({rule.beyond} {{limit}})"
    return Rule(rule.name, (limit,), rule.source or "the scenario", says, rule.advice), measure


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
