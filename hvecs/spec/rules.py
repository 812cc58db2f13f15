"""Rules of the user's own for the verdict: a counter, and from which value on it is too high or too low."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Annotated

from hvecs.spec.kinds import Choice, Kind, Text
from hvecs.spec.problems import Fault, show
from hvecs.spec.table import Table, key
from hvecs.spec.units import HOUR, Duration

NAME_OF_RULE = "[a-z][a-z0-9-]{0,59}"


@dataclass(frozen=True)
class Finite(Kind):
    """Any finite number without a unit."""

    @property
    def words(self) -> str:
        """Say what is expected, in words."""
        return "a number, in the unit of the counter's column"

    def read(self, value: object) -> float:
        """Turn a TOML number into a float."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise self.refuse(value)
        return float(value)


class OwnRule(Table):
    """A [[rule]]: it holds for an instance whose counter lies beyond a limit."""

    name: Annotated[str, Text("a name of small letters, digits and -", NAME_OF_RULE)] = key(
        "name of the rule; no rule that comes with hvecs has it (hvecs show rules)"
    )
    counter: Annotated[
        str, Text(r"a column such as logical_processor.total_run_pct, or a counter's path")
    ] = key(r"what is measured: table.column, or the path of a Windows counter, \Set(*)\Counter")
    aggregate: Annotated[str, Choice(("mean", "min", "max"))] = key(
        "which value of an instance counts: the mean over the run, or its least or greatest value", "mean"
    )
    over: Annotated[int, Duration(high=24 * HOUR)] = key(
        "min and max are those of means over this long; 0 is those of samples", "0 s"
    )
    beyond: Annotated[str, Choice(("above", "below"))] = key("on which side of a limit is too much", "above")
    warning: Annotated[float | None, Finite()] = key("limit of a warning", None)
    critical: Annotated[float | None, Finite()] = key("limit of what is critical", None)
    advice: Annotated[str, Text()] = key("what to do", "")
    source: Annotated[str, Text()] = key("where the limits come from", "")


def rule_key_faults(rules: Sequence[OwnRule]) -> Iterator[Fault]:
    """Find what is wrong with rules although each key by itself is valid, but for their counters."""
    first: dict[str, int] = {}
    for index, rule in enumerate(rules):
        if first.setdefault(rule.name, index) != index:
            message = f"{show(rule.name)} is that of rule[{first[rule.name]}] too; expected another name"
            yield Fault(("rule", index, "name"), message)
        if rule.warning is None and rule.critical is None:
            yield Fault(("rule", index, "warning"), "missing; expected warning, critical or both")
        elif rule.warning is not None and rule.critical is not None:
            sign = 1 if rule.beyond == "above" else -1
            if sign * rule.critical < sign * rule.warning:
                message = f"not {rule.beyond} the warning, {rule.warning:g}; expected a limit beyond it"
                yield Fault(("rule", index, "critical"), message, (("rule", index, "warning"),))
        if rule.over and rule.aggregate == "mean":
            message = 'means nothing with aggregate = "mean"; expected min or max'
            yield Fault(("rule", index, "over"), message, (("rule", index, "aggregate"),))
