"""What a search looks for: an outcome that passes a bound, such as `web.response_p95 > 2x`."""

import re
from dataclasses import dataclass
from typing import Final, Literal, cast

from hvecs.spec.kinds import Wrong
from hvecs.spec.problems import show
from hvecs.spec.sweep_ranges import unit_of

Operator = Literal[">", ">=", "<", "<="]

_UNTIL: Final = re.compile(r"(?P<outcome>.+?)\s*(?P<operator>[<>]=?)\s*(?P<bound>[^<>=]+)")
_TIMES: Final = re.compile(r"(?P<factor>\d+(?:\.\d+)?)\s*x")
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")
TIMES: Final = "x"


@dataclass(frozen=True)
class Until:
    """An outcome, as the user names it, and its bound: `bound` times the value at the first point (unit "x"), or in a unit."""

    outcome: str
    operator: Operator
    bound: float
    unit: str
    text: str

    @property
    def is_relative(self) -> bool:
        """Whether the bound is a multiple of the value at the first point."""
        return self.unit == TIMES

    @property
    def grows(self) -> bool:
        """Whether the bound is passed upwards."""
        return self.operator.startswith(">")


def read_until(text: str) -> Until:
    """Read `OUTCOME > BOUND`, with `2x`, a quantity or a number as the bound.

    Raises:
        Wrong: it is not one.
    """
    found = _UNTIL.fullmatch(text.strip())
    bound = None if found is None else _bound(found["bound"].strip())
    if found is None or bound is None:
        raise Wrong(
            f'expected one such as "web.response_p95 > 2x" or "web.response_p95 > 200 ms"; got {show(text)}'
        )
    return Until(
        found["outcome"].strip(),
        cast("Operator", found["operator"]),
        *bound,
        f"{found['operator']} {found['bound'].strip()}",
    )


def _bound(text: str) -> tuple[float, str] | None:
    times = _TIMES.fullmatch(text)
    if times is not None:
        return float(times["factor"]), TIMES
    if _NUMBER.fullmatch(text):
        return float(text), ""
    found = unit_of(text)
    return None if found is None else (float(found[0]), found[1])
