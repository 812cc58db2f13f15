"""What a fit goes by: which figures of which partitions, and how far those simulated are from those measured, in standard errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot, isnan, log
from typing import Final

from hvecs.agreement.figures import Figure, Figures
from hvecs.agreement.free_keys import LOADS, FreeKey
from hvecs.interop.paths import ROOT

Row = tuple[str, str]
"""A partition, and the name of a figure of it."""

_MAIN: Final = ("guest_run", "halts", "completions")
_OF_ROOT: Final = ("guest_run",)
_FURTHER: Final = ("hypervisor_run", "wait_per_dispatch", "response")
"""What a key that the user named may be seen by, beside the main figures."""
_LEAST: Final[Mapping[str, float]] = {
    "guest_run": 0.005,
    "dispatches": 0.01,
    "halts": 0.01,
    "completions": 0.005,
}
_LEAST_OTHER: Final = 0.02
"""Relative standard error below which no figure is trusted: the model is not the host."""
_UNKNOWN: Final = 0.03
"""The same of a figure whose samples are too few to tell."""


@dataclass(frozen=True)
class Misfit:
    """Compares figures simulated over `simulated_s` seconds with those `measured`."""

    measured: Figures
    simulated_s: float

    def rows(self, fitted: Sequence[FreeKey]) -> list[Row]:
        """List the figures that a fit of keys goes by: of guests that one of them moves, those that were measured and are not zero."""
        rows = []
        for partition, figures in self.measured.items():
            keys = [key for key in fitted if not key.guests or partition in key.guests]
            main = _OF_ROOT if partition == ROOT.lower() else _MAIN
            named = any(key.named and key.steps not in LOADS for key in keys)
            wanted: tuple[str, ...] = (*_MAIN, *_FURTHER) if named else main
            if "halts" not in figures:
                wanted = tuple("dispatches" if name == "halts" else name for name in wanted)
            rows += [
                (partition, name) for name in wanted if keys and name in figures and figures[name].value > 0
            ]
        return rows

    def residual(self, row: Row, found: Figures) -> float:
        """Give how far simulated is above measured, in standard errors: by the logarithm of their ratio, of figures that are known well.

        Of those that are not, both have what a single event adds to one of counts that vary as much: of a guest that halted once in a minute
        no halt is as likely, and a hundred are not, while by their logarithms it would be the other way round.
        """
        partition, name = row
        measured = self.measured[partition][name]
        simulated = found.get(partition, {}).get(name)
        value = 0.0 if simulated is None or isnan(simulated.value) else simulated.value
        spread = self.spread(name, measured)
        event = spread**2 * measured.value
        return log((value + event) / (measured.value + event)) * (1 + spread**2) / spread

    def spread(self, name: str, measured: Figure) -> float:
        """Give the relative standard error of a difference between the figure measured and simulated."""
        chance = relative_error(measured)
        simulated = chance * (measured.seconds / self.simulated_s) ** 0.5
        return hypot(chance, simulated, _LEAST.get(name, _LEAST_OTHER))


def relative_error(figure: Figure) -> float:
    """Give the standard error of a figure as a share of it; a usual one where its samples do not tell."""
    if isnan(figure.error) or figure.value == 0:
        return _UNKNOWN
    return abs(figure.error / figure.value)
