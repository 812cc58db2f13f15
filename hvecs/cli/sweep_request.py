"""What is asked of a sweep, beyond where it goes: the command collects it, the execution carries it out."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # they load numba and pyarrow
    from collections.abc import Callable

    from hvecs.sweep.execution import Order
    from hvecs.sweep.plan import Plan


@dataclass(frozen=True)
class Precision:
    """What --until-ci asks for: how narrow the intervals of an outcome are to be (a share of the mean), by how many replications at most."""

    share: float
    most: int


@dataclass(frozen=True)
class Shown:
    """What of a summary is printed: these outcomes, or so many that moved most, or everything."""

    outcomes: tuple[str, ...] = ()
    top: int | None = None
    everything: bool = False


@dataclass(frozen=True)
class Tls:
    """The files that prove who we are to a scheduler, and that show who it is."""

    ca: str | None = None
    cert: str | None = None
    key: str | None = None


@dataclass(frozen=True)
class Request:
    """All that is asked for; `resuming` is the command that would resume it, `again` plans with more replications.

    --until-ci looks at the first of the outcomes that are shown.
    """

    order: "Order"
    plan: "Plan"
    again: "Callable[[int], Plan]"
    baseline: tuple[str, ...]
    precision: Precision | None
    shown: Shown
    resuming: str
    fail_fast: bool
    as_json: bool
