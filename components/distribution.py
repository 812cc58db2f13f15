"""Kinds of random variable, as kernels see them.

A distribution is one row of the `Distribution` table: its kind and up to two parameters.
"""

from components.declare import Component, flag, int64, real64

DETERMINISTIC, EXPONENTIAL, UNIFORM, LOGNORMAL, PARETO, EMPIRICAL = range(6)


class Distribution(Component):
    """A distribution of durations, drawn by inverse CDF."""

    kind = flag("DETERMINISTIC, EXPONENTIAL, UNIFORM, LOGNORMAL, PARETO or EMPIRICAL")
    a = real64("mean, low, mu of the logarithm, or scale", "ns, or ln ns")
    b = real64("high, sigma of the logarithm, or shape", "ns, or 1")
    first = int64("empirical: first of its rows in the table of values", "index")
    values = int64("empirical: how many rows", "count")
