"""Distributions: from the spec to rows of the table from which kernels draw."""

import math

from components.distribution import (
    DETERMINISTIC,
    EMPIRICAL,
    EXPONENTIAL,
    LOGNORMAL,
    PARETO,
    UNIFORM,
)
from hvecs.spec.distributions import (
    Deterministic,
    Distribution,
    Empirical,
    Exponential,
    Lognormal,
    Pareto,
    Uniform,
)
from hvecs.spec.sizes import (
    ExponentialSize,
    FixedSize,
    LognormalSize,
    OneOfSizes,
    SizeDistribution,
    UniformSize,
)

Row = tuple[int, float, float, int, int]


class DistributionTable:
    """Collects the distributions of a scenario; equal ones share a row."""

    def __init__(self) -> None:
        """Begin without any."""
        self.rows: list[Row] = []
        self.values_ns: list[int] = []
        self._known: dict[Distribution, int] = {}

    def row_of(self, distribution: Distribution) -> int:
        """Return the row of `distribution`, a new one if need be."""
        if distribution not in self._known:
            self._known[distribution] = len(self.rows)
            self.rows.append(self._row(distribution))
        return self._known[distribution]

    def row_of_sizes(self, sizes: SizeDistribution) -> int:
        """Return the row of a distribution of sizes (bytes), that of the same numbers of nanoseconds."""
        match sizes:
            case FixedSize(mean=mean):
                return self.row_of(Deterministic.model_construct(mean=mean))
            case ExponentialSize(mean=mean):
                return self.row_of(Exponential.model_construct(mean=mean))
            case UniformSize(low=low, high=high):
                return self.row_of(Uniform.model_construct(low=low, high=high))
            case LognormalSize(mean=mean, cv=cv):
                return self.row_of(Lognormal.model_construct(mean=mean, cv=cv))
            case OneOfSizes(values=values):
                return self.row_of(Empirical.model_construct(values=values))
        raise TypeError(sizes)

    def _row(self, distribution: Distribution) -> Row:
        """Return kind, a, b, first value and number of values (see components.distribution)."""
        match distribution:
            case Deterministic(mean=mean):
                return DETERMINISTIC, float(mean), 0.0, 0, 0
            case Exponential(mean=mean):
                return EXPONENTIAL, float(mean), 0.0, 0, 0
            case Uniform(low=low, high=high):
                return UNIFORM, float(low), float(high), 0, 0
            case Lognormal(mean=mean, cv=cv):
                variance = math.log1p(cv * cv)
                return LOGNORMAL, math.log(mean) - variance / 2, math.sqrt(variance), 0, 0
            case Pareto(mean=mean, shape=shape):
                return PARETO, mean * (shape - 1) / shape, float(shape), 0, 0
            case Empirical(values=values):
                first = len(self.values_ns)
                self.values_ns.extend(values)
                return EMPIRICAL, 0.0, 0.0, first, len(values)
        raise TypeError(distribution)
