"""Distributions of sizes: of I/Os, of messages on a network."""

from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from hvecs.spec.kinds import Number
from hvecs.spec.table import Table, key
from hvecs.spec.units import GIB, Size

LARGEST = 4 * GIB


class _Sizes(Table):
    tag_key: ClassVar[str] = "distribution"
    example: ClassVar[str] = (
        'a size such as "8 KiB", or a distribution such as { distribution = "exponential", mean = "64 KiB" }'
    )

    @property
    def average_bytes(self) -> float:
        """The mean of the distribution."""
        return float(self.mean)  # type: ignore[attr-defined]


class FixedSize(_Sizes):
    """Always the mean."""

    distribution: Literal["deterministic"] = key("which distribution", "deterministic")
    mean: Annotated[int, Size(high=LARGEST)] = key("the size")


class ExponentialSize(_Sizes):
    """Exponential."""

    distribution: Literal["exponential"] = key("which distribution", "exponential")
    mean: Annotated[int, Size(low=1, high=LARGEST)] = key("the mean")


class UniformSize(_Sizes):
    """Uniform from `low` to `high`."""

    distribution: Literal["uniform"] = key("which distribution", "uniform")
    low: Annotated[int, Size(high=LARGEST)] = key("the smallest size")
    high: Annotated[int, Size(high=LARGEST)] = key("the largest size")

    @property
    def average_bytes(self) -> float:
        """The mean of the distribution."""
        return (self.low + self.high) / 2


class LognormalSize(_Sizes):
    """Lognormal with a given mean and coefficient of variation."""

    distribution: Literal["lognormal"] = key("which distribution", "lognormal")
    mean: Annotated[int, Size(low=1, high=LARGEST)] = key("the mean")
    cv: Annotated[float, Number(0, 100)] = key("standard deviation divided by the mean")


class OneOfSizes(_Sizes):
    """One of the given sizes, each as likely as any other: a size that is given twice is twice as likely."""

    distribution: Literal["empirical"] = key("which distribution", "empirical")
    values: tuple[Annotated[int, Size(high=LARGEST)], ...] = Field(
        description="the sizes", min_length=1, max_length=1_000_000
    )

    @property
    def average_bytes(self) -> float:
        """The mean of the distribution."""
        return sum(self.values) / len(self.values)


def _fixed(given: Any) -> Any:
    """Read a plain size as a distribution without spread."""
    return {"distribution": "deterministic", "mean": given} if isinstance(given, str) else given


SizeDistribution: TypeAlias = Annotated[
    FixedSize | ExponentialSize | UniformSize | LognormalSize | OneOfSizes,
    Field(discriminator="distribution"),
    BeforeValidator(_fixed),
]
"""How many bytes something has; a plain size is always that."""
