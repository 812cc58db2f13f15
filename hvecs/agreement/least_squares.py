"""Least squares over logarithms of factors, with common random numbers: what is fitted, how well, and what is not identified.

The residuals are those of a simulation, which is smooth only over steps of some per cent; so derivatives are taken over such steps, and over
longer ones for keys that are known less well: its roughness would pass for a slope, and a key for better known than it is. Keys that move no
residual in common are moved together, which takes one simulation. A weak prior about the start keeps keys where nothing else does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.optimize import least_squares  # type: ignore[import-untyped]

STEPS: Final = (0.08, 0.4)
"""Least and largest change of a logarithm over which a derivative is taken: between them, its standard error."""
PRIOR: Final = 3.0
"""Standard deviation of the prior of a logarithm: a factor of 20."""
IDENTIFIED: Final = 0.35
"""Largest standard error of the logarithm of a key that counts as identified: its interval spans a factor of four."""
_TOGETHER: Final = 0.9
_CLOSE: Final = 2e-3
_Z: Final = 1.96

Residuals = Callable[[Any], Any]
"""From logarithms of factors to residuals in units of their standard error."""


@dataclass(frozen=True)
class LogFit:
    """The logarithms found, their covariance by the curvature there, and how often residuals were asked for."""

    logs: Any
    covariance: Any
    residuals: Any
    slopes: Any
    evaluations: int

    @property
    def errors(self) -> Any:
        """The standard errors of the logarithms."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def worst(self) -> float:
        """The largest residual, whatever its sign."""
        return float(np.abs(self.residuals).max(initial=0.0))

    @property
    def squares(self) -> float:
        """The sum of the squares of the residuals."""
        return float(self.residuals @ self.residuals)

    def identified(self, key: int) -> bool:
        """Tell whether the residuals determine a key by itself."""
        return bool(self.errors[key] <= IDENTIFIED)

    def factors(self, key: int) -> tuple[float, float, float]:
        """Give the factor of a key and its 95 % interval."""
        log, half = float(self.logs[key]), _Z * float(self.errors[key])
        return float(np.exp(log)), float(np.exp(log - half)), float(np.exp(log + half))

    def companions(self, key: int) -> list[int]:
        """List the keys that another change of would make up for a change of this one."""
        correlation = self.covariance / np.outer(self.errors, self.errors)
        return [
            other
            for other in range(len(self.logs))
            if other != key and not self.identified(other) and abs(correlation[key, other]) > _TOGETHER
        ]


def fit_logs(
    residuals: Residuals, bounds: Sequence[tuple[float, float]], touches: Any, most: int = 12
) -> LogFit:
    """Minimise the sum of squared residuals, beginning at zero.

    Args:
        residuals: is asked for values at the logarithms of factors.
        bounds: of each logarithm; zero lies within them.
        touches: which residual (row) which key (column) moves, true where it may.
        most: how many steps to try.
    """
    asked = _Asked(residuals)
    count = len(bounds)
    slopes = _Slopes(asked, np.array(bounds, np.float64), touches)
    low, high = slopes.bounds.T
    found = least_squares(
        lambda x: np.concatenate([asked(x), x / PRIOR]),
        np.zeros(count),
        slopes,
        bounds=(low, high),
        x_scale=np.sqrt(count),  # the first step may move each of them by a factor of e
        max_nfev=most,
        xtol=_CLOSE,
        ftol=_CLOSE,
        gtol=None,
    )
    last = slopes.flatter(found.x)  # with the steps that suit what is known by now
    spread = max(1.0, 2 * found.cost / max(1, len(touches) - count)) if len(touches) > count else 1.0
    return LogFit(
        found.x, slopes.covariance * spread, asked(found.x), last[: len(touches)], asked.evaluations
    )


def profile(residuals: Residuals, fit: LogFit, key: int, offset: float, rounds: int = 4) -> float:
    """Give how much the sum of squares grows if a key is moved by `offset` and all others make up for it as well as they can.

    They are moved by the derivatives at the best fit, a few times over: what is given is at least the growth at the best of all places.
    """
    others = [each for each in range(len(fit.logs)) if each != key]
    slopes = np.vstack([fit.slopes[:, others], np.eye(len(others)) / PRIOR])
    x = fit.logs.copy()
    x[key] += offset
    best = np.inf
    for _ in range(rounds):
        found = residuals(x)
        best = min(best, float(found @ found))
        wanted = np.concatenate([-found, (fit.logs - x)[others] / PRIOR])
        x[others] += np.linalg.lstsq(slopes, wanted, rcond=None)[0]
    return max(0.0, best - fit.squares)


class _Slopes:
    """Derivatives of residuals and prior; `covariance` is that of the keys by the last of them."""

    def __init__(self, asked: "_Asked", bounds: Any, touches: Any) -> None:
        self._asked, self.bounds, self._touches = asked, bounds, touches
        self._parts = _apart(touches)
        self.covariance = np.zeros((len(bounds), len(bounds)))

    def __call__(self, x: Any) -> Any:
        """Give the derivatives upwards, of keys that are at their upper bound downwards."""
        steps = self._steps()
        return self._taken(self._along(x, np.where(x + steps > self.bounds[:, 1], -steps, steps)))

    def flatter(self, x: Any) -> Any:
        """Give, of each key, the derivatives to the side on which the residuals change less.

        At the edge of a plateau, such as a guest that is just busy all the time, the other side alone would pass for knowledge.
        """
        moves = [np.clip(x + side * self._steps(), *self.bounds.T) - x for side in (1, -1)]
        up, down = (self._along(x, move) for move in moves)
        sizes = [np.linalg.norm(each, axis=0) for each in (up, down)]
        shut = [np.abs(move) < STEPS[0] / 2 for move in moves]  # a bound is in the way
        upwards = np.where(shut[0] == shut[1], sizes[0] < sizes[1], shut[1])
        return self._taken(np.where(upwards, up, down))

    def _steps(self) -> Any:
        return np.clip(np.sqrt(np.diag(self.covariance)), *STEPS)

    def _along(self, x: Any, steps: Any) -> Any:
        slopes = np.zeros(self._touches.shape)
        base = self._asked(x)
        for part in self._parts:
            moved = x.copy()
            moved[part] += steps[part]
            change = self._asked(moved) - base
            for key in part:
                if steps[key]:
                    slopes[:, key] = np.where(self._touches[:, key], change / steps[key], 0.0)
        return slopes

    def _taken(self, slopes: Any) -> Any:
        found = np.vstack([slopes, np.eye(len(self.bounds)) / PRIOR])
        self.covariance = np.linalg.inv(found.T @ found)
        return found


class _Asked:
    """Residuals, each point once: a minimiser asks for that it stands at again."""

    def __init__(self, residuals: Residuals) -> None:
        self._residuals = residuals
        self._known: dict[bytes, Any] = {}
        self.evaluations = 0

    def __call__(self, x: Any) -> Any:
        at = x.tobytes()
        if at not in self._known:
            self.evaluations += 1
            self._known[at] = np.asarray(self._residuals(x), np.float64)
        return self._known[at]


def _apart(touches: Any) -> list[list[int]]:
    """Group keys of which no two move a residual in common."""
    parts: list[tuple[list[int], Any]] = []
    for key in range(touches.shape[1]):
        column = touches[:, key]
        place = next((part for part in parts if not (part[1] & column).any()), None)
        if place is None:
            parts.append(([key], column.copy()))
        else:
            place[0].append(key)
            place[1][:] |= column
    return [keys for keys, _ in parts]
