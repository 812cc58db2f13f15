"""Distributions: from the spec to rows of the table from which kernels draw."""

import math

from components import distribution as kinds
from hvecs.spec import distributions as spec
from hvecs.spec.sizes import SizeDistribution

_OF_SIZES: dict[str, type[spec.Distribution]] = {
    "deterministic": spec.Deterministic,
    "exponential": spec.Exponential,
    "uniform": spec.Uniform,
    "lognormal": spec.Lognormal,
    "empirical": spec.Empirical,
}
Row = tuple[int, float, float, int, int]


class DistributionTable:
    """Collects the distributions of a scenario; equal ones share a row."""

    def __init__(self) -> None:
        """Begin without any."""
        self.rows: list[Row] = []
        self.values_ns: list[int] = []
        self._known: dict[spec.Distribution, int] = {}

    def row_of(self, distribution: spec.Distribution) -> int:
        """Return the row of `distribution`, a new one if need be."""
        if distribution not in self._known:
            self._known[distribution] = len(self.rows)
            self.rows.append(self._row(distribution))
        return self._known[distribution]

    def row_of_sizes(self, sizes: SizeDistribution) -> int:
        """Return the row of a distribution of sizes (bytes), that of the same numbers of nanoseconds."""
        return self.row_of(_OF_SIZES[sizes.distribution].model_construct(**dict(sizes)))

    def _row(self, distribution: spec.Distribution) -> Row:
        """Return kind, a, b, first value and number of values (see components.distribution)."""
        match distribution:
            case spec.Deterministic(mean=mean):
                return kinds.DETERMINISTIC, float(mean), 0.0, 0, 0
            case spec.Exponential(mean=mean):
                return kinds.EXPONENTIAL, float(mean), 0.0, 0, 0
            case spec.Uniform(low=low, high=high):
                return kinds.UNIFORM, float(low), float(high), 0, 0
            case spec.Lognormal(mean=mean, cv=cv):
                variance = math.log1p(cv * cv)
                return kinds.LOGNORMAL, math.log(mean) - variance / 2, math.sqrt(variance), 0, 0
            case spec.Pareto(mean=mean, shape=shape):
                return kinds.PARETO, mean * (shape - 1) / shape, float(shape), 0, 0
            case spec.Empirical(values=values):
                first = len(self.values_ns)
                self.values_ns.extend(values)
                return kinds.EMPIRICAL, 0.0, 0.0, first, len(values)
        raise TypeError(distribution)
