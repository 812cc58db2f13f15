"""Quantities are strings with units, read exactly: durations, sizes, percentages and rates."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import ClassVar

from hvecs.spec.kinds import Kind, Wrong
from hvecs.spec.problems import listing, show

US = 1_000
MS = 1_000 * US
SECOND = 1_000 * MS
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
LONGEST = 366 * DAY

KIB = 1 << 10
MIB = 1 << 20
GIB = 1 << 30
TIB = 1 << 40
EIB = 1 << 60

_QUANTITY = re.compile(r"([0-9]{1,20}(?:\.[0-9]{1,60})?)\s*(\D*)")
_PLAIN = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,12}))? ?([A-Za-z]{1,3})")
_DURATIONS = {"ns": 1, "us": US, "ms": MS, "s": SECOND, "min": MINUTE, "h": HOUR, "d": DAY}
_SIZES = {"B": 1, "KiB": KIB, "MiB": MIB, "GiB": GIB, "TiB": TIB}
_RATES = {"/ms": Fraction(1000), "/s": Fraction(1), "/min": Fraction(1, 60), "/h": Fraction(1, 3600)}


@dataclass(frozen=True)
class Quantity(Kind):
    """A number with a unit, from `low` to `high` in the unit that the model holds.

    `above` and `below` leave out the bound itself. The number is read as an exact fraction.
    """

    noun: ClassVar[str]
    sample: ClassVar[str]
    units: ClassVar[Mapping[str, int | Fraction]]
    aliases: ClassVar[Mapping[str, str]] = MappingProxyType({})
    whole: ClassVar[str] = ""
    """What the model counts in whole numbers of; nothing when it holds a float."""

    low: float = 0
    high: float = 0
    above: bool = False
    below: bool = False

    @property
    def words(self) -> str:
        """Say what is expected, in words."""
        low = f"{'above' if self.above else 'from'} {show(self.write(self.low))}"
        high = f"{'and below' if self.below else 'to'} {show(self.write(self.high))}"
        return f"a {self.noun} {low} {high}"

    @property
    def example(self) -> str:
        """Say what is expected when the value has no unit."""
        return f'a {self.noun} with a unit such as "{self.sample}"'

    def read(self, value: object) -> int | float:
        """Turn a TOML string such as "10 ms" into what the model holds."""
        plain = self._plain(value) if self.whole else None
        if plain is not None and self.low < plain < self.high:
            return plain
        exact = self._exact(value)
        if self.whole and exact.denominator != 1:
            raise Wrong(f"{show(value)} is not a whole number of {self.whole}; expected {self.words}")
        held = exact.numerator if self.whole else float(exact)
        low_ok = self.low < held if self.above else self.low <= held
        high_ok = held < self.high if self.below else held <= self.high
        if not (low_ok and high_ok):
            raise Wrong(f"expected {self.words}; got {show(value)}")
        return held

    def _plain(self, value: object) -> int | None:
        """Read a whole amount without a fraction's arithmetic, for files have a million of them; None where that will not do."""
        found = _PLAIN.fullmatch(value) if isinstance(value, str) else None
        factor = self.units.get(found[3]) if found is not None else None
        if found is None or not isinstance(factor, int):
            return None
        digits = found[2] or ""
        held, rest = divmod(int(found[1] + digits) * factor, 10 ** len(digits))
        return None if rest else held

    def _exact(self, value: object) -> Fraction:
        if not isinstance(value, str):
            raise self.refuse(value)
        if value.strip().startswith("-"):
            raise Wrong(f"{show(value)} is negative; expected {self.words}")
        found = _QUANTITY.fullmatch(value.strip())
        if found is None or not found[2]:
            raise self.refuse(value)
        unit = found[2].rstrip()
        factor = self.units.get(self.aliases.get(unit, unit))
        if factor is None:
            raise self._unknown(unit, found[1])
        return Fraction(found[1]) * factor

    def _unknown(self, unit: str, number: str) -> Wrong:
        near = next((known for known in self.units if known.lower() == unit.lower()), None)
        if near is not None:
            return Wrong(f'unknown unit {show(unit)}; did you mean "{number} {near}"?')
        return Wrong(f"unknown unit {show(unit)}; expected one of {', '.join(self.units)}")

    def write(self, value: float) -> str:
        """Write what the model holds with the largest unit that is exact."""
        exact = max(
            (known for known, size in self.units.items() if value % size == 0), key=self.units.__getitem__
        )
        return f"{int(value // self.units[exact])} {exact}"


@dataclass(frozen=True)
class Duration(Quantity):
    """A length of time, held as whole nanoseconds."""

    noun = "duration"
    sample = "10 ms"
    unit = "ns"
    whole = "nanoseconds"
    units = MappingProxyType(_DURATIONS)
    aliases = MappingProxyType({"\u00b5s": "us", "\u03bcs": "us"})

    high: float = LONGEST

    def write(self, value: float) -> str:
        """Write nanoseconds with the largest unit that is exact."""
        return super().write(value) if value else "0 s"


@dataclass(frozen=True)
class Size(Quantity):
    """An amount of memory, held as whole bytes; only binary units are taken, as Windows' MB means MiB."""

    noun = "size"
    sample = "8 GiB"
    unit = "bytes"
    whole = "bytes"
    units = MappingProxyType(_SIZES)

    high: float = EIB

    def _unknown(self, unit: str, number: str) -> Wrong:
        binary = {known.replace("i", "").upper(): known for known in self.units if known != "B"}
        meant = binary.get(unit.upper()) or binary.get(f"{unit.upper()}B")
        if meant:
            return Wrong(f'unit {show(unit)} is ambiguous; write "{number} {meant}", as Windows means it')
        return super()._unknown(unit, number)

    def write(self, value: float) -> str:
        """Write bytes with the largest unit that is exact."""
        return super().write(value) if value else "0 B"


@dataclass(frozen=True)
class OneSize(Size):
    """One of a few sizes."""

    sizes: tuple[int, ...] = ()

    def __init__(self, sizes: tuple[int, ...]) -> None:
        super().__init__()
        object.__setattr__(self, "sizes", sizes)

    @property
    def words(self) -> str:
        """Say what is expected, in words."""
        return listing([self.write(size) for size in self.sizes])

    def read(self, value: object) -> int | float:
        """Turn a TOML string into one of the sizes."""
        found = super().read(value)
        if found not in self.sizes:
            raise Wrong(f"expected {self.words}; got {show(value)}")
        return found


@dataclass(frozen=True)
class Percent(Quantity):
    """A share in percent, held as a float: "50 %" is 50.0."""

    noun = "percentage"
    sample = "50 %"
    unit = "%"
    units = MappingProxyType({"%": 1})

    high: float = 100

    def write(self, value: float) -> str:
        """Write a percentage without an exponent, in the fewest digits that read back the same."""
        return f"{_plain(value)} %"


@dataclass(frozen=True)
class Rate(Quantity):
    """Events over time, held as a float per second; never zero."""

    noun = "rate"
    sample = "400 /s"
    unit = "/s"
    units = MappingProxyType(_RATES)

    low: float = 1e-9
    high: float = 1e7

    def write(self, value: float) -> str:
        """Write a rate per second, in the fewest digits that read back the same."""
        return f"{_plain(value)} /s"


@dataclass(frozen=True)
class Bandwidth(Quantity):
    """Bytes over time, held as whole bytes per second; never zero."""

    noun = "bandwidth"
    sample = "80 GiB/s"
    unit = "bytes/s"
    whole = "bytes per second"
    units = MappingProxyType({"MiB/s": MIB, "GiB/s": GIB, "TiB/s": TIB, "B/s": 1})

    low: float = MIB
    high: float = 1024 * TIB

    def write(self, value: float) -> str:
        """Write bytes per second with the largest unit that is exact."""
        return super().write(value) if value else "0 B/s"


@dataclass(frozen=True)
class LinkBandwidth(Bandwidth):
    """What a network, or the path to a volume, transfers, held as whole bytes per second; links are said in bits."""

    sample = "10 Gbit/s"
    units = MappingProxyType({"Mbit/s": 125_000, "Gbit/s": 125_000_000, **Bandwidth.units})

    low: float = 125_000
    high: float = TIB


def _plain(value: float) -> str:
    digits = f"{Decimal(repr(float(value))):f}"
    return digits.removesuffix(".0")
