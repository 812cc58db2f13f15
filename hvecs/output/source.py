"""Where the values of a column come from: fields of components, or other columns of its table.

An operand with a dot is a field, "table.field" of `systems.state.samples.SAMPLED_COMPONENTS`, such as `vp_times.dispatches`; without one
it is a column of the same table. Of a field that only grows a column holds what the interval added; of any other, what is so at the
end of the interval. A field of VPs in a table of partitions is summed over the VPs of each, a field of partitions in a table of
hosts over the partitions.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of the operands; of a nullable column of whole numbers a negative one (NOBODY) is null."""

    of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rate:
    """The sum of the operands for each second of the interval."""

    of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Percent:
    """The sum of the operands (ns) as a percentage of the interval."""

    of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mean:
    """One operand divided by another; null where that is 0."""

    of: str
    per: str


@dataclass(frozen=True, slots=True)
class Scaled:
    """The sum of the operands, each a number of frames, in `unit`: "MiB" or "4 KiB"."""

    of: tuple[str, ...]
    unit: str


@dataclass(frozen=True, slots=True)
class Cost:
    """What the charges of these columns cost (ns); divided by the column `per`, if there is one, and null where that is 0."""

    charges: tuple[str, ...]
    per: str = ""


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that no host and no load moves, for tools that expect the counter; its column says why it is so."""

    value: int


@dataclass(frozen=True, slots=True)
class Computed:
    """A function of the engine, named after table and column, that reads these operands."""

    of: tuple[str, ...] = ()


Source = Sum | Rate | Percent | Mean | Scaled | Cost | Constant | Computed


def operands(source: Source) -> Iterator[str]:
    """Give the operands of a source."""
    for field in fields(source):
        value = getattr(source, field.name)
        if field.name in {"of", "charges"}:
            yield from (value,) if isinstance(value, str) else value
        elif field.name == "per" and value:
            yield value


def from_fields(*of: str) -> Sum:
    """Take a column from a field of a component, or from the sum of several."""
    return Sum(of)


def rate_of(*of: str) -> Rate:
    """Take a column as the rate of others."""
    return Rate(of)
