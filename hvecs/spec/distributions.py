from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias

from pydantic import Field, WrapValidator
from pydantic_core import PydanticCustomError

from hvecs.spec.kinds import Number, Text
from hvecs.spec.table import Table, key
from hvecs.spec.units import DAY, Duration

MOST_VALUES = 1_000_000


class FileValues(tuple[int, ...]):
    """Durations (ns) or sizes (bytes) that were already read from a data file."""

    __slots__ = ()


class FileNumbers(tuple[float, ...]):
    """Numbers that were already read from a data file."""

    __slots__ = ()


LONGEST_DRAWN: Final = 104 * DAY
"""Bursts, arrivals and the like are cut to little more: draws are floats, which hold every nanosecond up to 104.2 days."""
Drawn: Final = Duration(high=LONGEST_DRAWN)


class _Distribution(Table):
    tag_key: ClassVar[str] = "distribution"

    @property
    def average_ns(self) -> float:
        """The mean of the distribution."""
        return float(self.mean)  # type: ignore[attr-defined]


class Deterministic(_Distribution):
    """Always the mean."""

    distribution: Literal["deterministic"] = key("which distribution", "deterministic")
    mean: Annotated[int, Drawn] = key("the value")


class Exponential(_Distribution):
    """Exponential: memoryless, as between the events of a Poisson process."""

    distribution: Literal["exponential"] = key("which distribution", "exponential")
    mean: Annotated[int, Drawn] = key("the mean")


class Uniform(_Distribution):
    """Uniform from `low` to `high`."""

    distribution: Literal["uniform"] = key("which distribution", "uniform")
    low: Annotated[int, Drawn] = key("the smallest value")
    high: Annotated[int, Drawn] = key("the largest value")

    @property
    def average_ns(self) -> float:
        """The mean of the distribution."""
        return (self.low + self.high) / 2


class Lognormal(_Distribution):
    """Lognormal with a given mean and coefficient of variation."""

    distribution: Literal["lognormal"] = key("which distribution", "lognormal")
    mean: Annotated[int, Drawn] = key("the mean")
    cv: Annotated[float, Number(0, 100)] = key("standard deviation divided by the mean")


class Pareto(_Distribution):
    """Pareto with a given mean; the smaller `shape`, the heavier the tail."""

    distribution: Literal["pareto"] = key("which distribution", "pareto")
    mean: Annotated[int, Drawn] = key("the mean")
    shape: Annotated[float, Number(1, 100)] = key("the exponent of the tail")


def read_already(given: Any, read: Callable[[Any], tuple[Any, ...]]) -> tuple[Any, ...]:
    """Take values from a data file as they are; they were checked, and may be a million."""
    return tuple(given) if isinstance(given, FileValues | FileNumbers) else read(given)


def _values(given: Any, read: Callable[[Any], tuple[int, ...]]) -> tuple[int, ...]:
    values = read_already(given, read)
    if not 0 < len(values) <= MOST_VALUES:
        text = f"expected 1 to {MOST_VALUES} durations; got {len(values)}"
        raise PydanticCustomError("spec", "{text}", {"text": text})
    return values


class Empirical(_Distribution):
    """One of the given values, each as likely as any other."""

    distribution: Literal["empirical"] = key("which distribution", "empirical")
    values: Annotated[tuple[Annotated[int, Drawn], ...], WrapValidator(_values)] = key(
        "the values; or give file"
    )
    file: Annotated[str | None, Text("the name of a file")] = key(
        "a text file with one duration a line, in place of values; relative to the scenario file", None
    )

    @property
    def average_ns(self) -> float:
        """The mean of the distribution."""
        return sum(self.values) / len(self.values)


Distribution: TypeAlias = Annotated[
    Deterministic | Exponential | Uniform | Lognormal | Pareto | Empirical,
    Field(discriminator="distribution"),
]
"""How long something takes, or how far apart arrivals are."""
