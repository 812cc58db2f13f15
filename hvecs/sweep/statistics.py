"""Estimates over replications: mean and confidence interval, by Student's t or by the bootstrap."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

CONFIDENCE: Final = 0.95
_RESAMPLES: Final = 2_000
_ROUNDING: Final = 1e-9

Values = npt.NDArray[np.float64]
Method = Literal["t", "bootstrap"]


@dataclass(frozen=True)
class Estimate:
    """The mean of `n` values with its 95 % interval from `low` to `high`; None where there are too few values."""

    n: int
    mean: float | None
    sd: float | None
    low: float | None
    high: float | None

    @property
    def half_width(self) -> float | None:
        """Half the width of the interval."""
        return None if self.low is None or self.high is None else (self.high - self.low) / 2

    @property
    def relative_width(self) -> float | None:
        """Half the width of the interval, as a share of the mean."""
        half = self.half_width
        if half is None or self.mean is None:
            return None
        return 0.0 if half == 0 else math.inf if self.mean == 0 else half / abs(self.mean)

    @property
    def excludes_zero(self) -> bool:
        """Say whether the interval does not hold zero."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def estimate(values: Values, method: Method = "t") -> Estimate:
    """Estimate the mean of values, one a replication; NaN stands for a run without this outcome.

    The bootstrap resamples replications and takes the 2.5 % and 97.5 % percentiles of the means. Its draws depend on the
    number of values alone, so that the same runs always give the same interval.
    """
    found = values[~np.isnan(values)]
    n = len(found)
    if n == 0:
        return Estimate(0, None, None, None, None)
    mean = float(found.mean())
    if n == 1:
        return Estimate(1, mean, None, None, None)
    sd = float(found.std(ddof=1))
    if sd <= _ROUNDING * abs(mean):
        return Estimate(n, mean, 0.0, mean, mean)
    if method == "bootstrap":
        return Estimate(n, mean, sd, *_middle(found[_resamples(n)].mean(axis=1)))
    half = t_quantile(n - 1) * sd / math.sqrt(n)
    return Estimate(n, mean, sd, mean - half, mean + half)


def independent(a: Values, b: Values, method: Method = "t") -> Estimate:
    """Estimate the difference b - a of two independent samples: by t with Welch's degrees of freedom, or by the bootstrap."""
    a, b = a[~np.isnan(a)], b[~np.isnan(b)]
    n = min(len(a), len(b))
    if n == 0:
        return Estimate(0, None, None, None, None)
    mean = float(b.mean() - a.mean())
    if n == 1:
        return Estimate(1, mean, None, None, None)
    parts = [float(each.var(ddof=1)) / len(each) for each in (a, b)]
    total = sum(parts)
    if total == 0:
        return Estimate(n, mean, 0.0, mean, mean)
    if method == "bootstrap":
        apart = b[_resamples(len(b), "b")].mean(axis=1) - a[_resamples(len(a), "a")].mean(axis=1)
        return Estimate(n, mean, None, *_middle(apart))
    freedom = total**2 / sum(part**2 / (len(each) - 1) for part, each in zip(parts, (a, b), strict=True))
    half = t_quantile(freedom) * math.sqrt(total)
    return Estimate(n, mean, None, mean - half, mean + half)


def replications_for(found: Sequence[Estimate], share: float) -> int:
    """Give the number of replications at which every interval is about as narrow as `share` of its mean."""
    wanted = [
        each.n * (each.relative_width / share) ** 2
        for each in found
        if each.relative_width is not None and math.isfinite(each.relative_width)
    ]
    return math.ceil(max(wanted, default=0))


@cache
def t_quantile(freedom: float) -> float:
    """Give the quantile of Student's t that leaves 2.5 % above it."""
    from scipy.special import stdtrit  # type: ignore[import-untyped]  # noqa: PLC0415 - scipy takes time to load

    return float(stdtrit(freedom, (1 + CONFIDENCE) / 2))


def _middle(means: Values) -> tuple[float, float]:
    """Give the ends between which 95 % of resampled means lie."""
    tail = 50 * (1 - CONFIDENCE)
    low, high = np.percentile(means, [tail, 100 - tail])
    return float(low), float(high)


@cache
def _resamples(n: int, sample: str = "") -> npt.NDArray[np.int64]:
    """Draw the rows of the bootstrap: each n indices below n, the same in every process; other ones for other samples."""
    content = hashlib.shake_256(f"hvecs bootstrap {n}{sample}".encode()).digest(4 * _RESAMPLES * n)
    drawn: Any = np.frombuffer(content, np.uint32).reshape(_RESAMPLES, n).astype(np.int64)
    return drawn % n  # type: ignore[no-any-return]
