"""What a calibration came to: keys with their intervals, and counters as measured and as simulated."""

from dataclasses import dataclass
from math import isnan
from typing import Final

from hvecs.agreement.figures import FIGURES
from hvecs.agreement.free_keys import FreeKey

_OFF: Final = 0.05
_FAR: Final = 2.0


@dataclass(frozen=True)
class Key:
    """What became of a key: its value before and after, its 95 % interval, and why there is none."""

    key: FreeKey
    value: float
    low: float | None
    high: float | None
    how: str
    """"counter", where a counter gave it, or "fit"."""
    remark: str = ""

    @property
    def identified(self) -> bool:
        """Tell whether what was measured determines it."""
        return not self.remark


@dataclass(frozen=True)
class Counter:
    """A figure as it was measured, as the calibrated scenario has it, and half the width of the interval that chance alone makes."""

    partition: str
    figure: str
    measured: float
    simulated: float
    chance: float
    fitted: bool

    @property
    def unit(self) -> str:
        """The unit of both values."""
        return FIGURES[self.figure].unit

    @property
    def residual_pct(self) -> float | None:
        """How far the simulated value is off, as a percentage of the measured one; None where that is zero."""
        return 100 * (self.simulated / self.measured - 1) if self.measured else None

    @property
    def chance_pct(self) -> float | None:
        """The half-width as a percentage of the measured value; None where it is not known."""
        return None if isnan(self.chance) or not self.measured else 100 * self.chance / self.measured

    @property
    def is_off(self) -> bool:
        """Tell whether the residual is above 5 % and beyond chance."""
        if not self.fitted:
            return False
        least = 0.0 if isnan(self.chance) else self.chance
        return abs(self.simulated - self.measured) > max(_OFF * self.measured, least)

    @property
    def is_far(self) -> bool:
        """Tell whether it is off by a factor of two or more: no value of what was fitted gives what was measured."""
        return self.is_off and not self.measured / _FAR < self.simulated < self.measured * _FAR


@dataclass(frozen=True)
class Calibration:
    """The keys found, the counters they were found by, and how many runs that took."""

    keys: tuple[Key, ...]
    counters: tuple[Counter, ...]
    runs: int
    cannot_tell: tuple[str, ...]

    def settings(self) -> list[str]:
        """Give the settings that lay the values found over the scenario."""
        return [text for each in self.keys for text in each.key.settings(each.value)]
