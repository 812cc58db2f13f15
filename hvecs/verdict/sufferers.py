"""Who suffers most, and from what: the share of what a guest wanted that it did not get."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from hvecs.verdict.figures import Figures
from hvecs.verdict.rules import LEAST_WANTED_PCT
from hvecs.verdict.words import amount

_LEAST: Final = 0.01
"""Who lacks less than a hundredth of everything does not suffer."""
_ROOT: Final = "Root"


@dataclass(frozen=True, slots=True)
class Sufferer:
    """A guest, what it lacks most (a share of what it wanted, 0 to 1), and why in words.

    `ready_pct` is the time its VPs waited for an LP, `queue` the threads in its processor queue, `pressure_pct` its highest memory
    pressure; None where that is not known.
    """

    name: str
    lacks: float
    why: str
    ready_pct: float | None
    queue: float | None
    pressure_pct: float | None
    host: str = ""
    """Of several hosts the one it is on."""


class WithoutMemory(NamedTuple):
    """The names of guests that are off because their memory was not to be had: they did not start, or were not restarted after their host failed."""

    not_started: tuple[str, ...] = ()
    not_restarted: tuple[str, ...] = ()

    @classmethod
    def of(cls, names: Collection[str], not_started: Collection[str]) -> "WithoutMemory":
        """Part the guests that are off for want of memory into those that did not start and the others."""
        return cls(
            tuple(name for name in names if name in not_started),
            tuple(name for name in names if name not in not_started),
        )


NOBODY_WITHOUT: Final = WithoutMemory()


def absent_sufferers(absent: WithoutMemory) -> Iterator[Sufferer]:
    """Give the guests that are off for want of memory: they lack everything."""
    for name in absent.not_started:
        yield Sufferer(name, 1.0, "did not start, as its memory was not to be had", None, None, None)
    for name in absent.not_restarted:
        why = "was not restarted after its host failed, as its memory was not to be had"
        yield Sufferer(name, 1.0, why, None, None, None)


def sufferers_of(figures: Figures, vps: Mapping[str, int]) -> tuple[Sufferer, ...]:
    """Rank the guests that lack something, by what they lack most, then by name."""
    names = sorted(set().union(*(figures[each] for each in ("ready", "queue", "pressure"))) - {_ROOT})
    found = [_sufferer(name, figures, vps.get(name)) for name in names]
    return tuple(
        sorted((each for each in found if each is not None), key=lambda each: (-each.lacks, each.name))
    )


def _sufferer(name: str, figures: Figures, vps: int | None) -> Sufferer | None:
    lacks, why = max(_lacks(name, figures, vps), default=(0.0, ""))
    if lacks < _LEAST:
        return None
    ready, queue, pressure = (figures[each].get(name) for each in ("ready", "queue", "pressure"))
    return Sufferer(name, lacks, why, ready, queue, pressure)


def _lacks(name: str, figures: Figures, vps: int | None) -> Iterator[tuple[float, str]]:
    """Give each thing that a guest lacks: the share, and the words.

    Processor time: what its VPs waited, of the time they ran, waited or were held back. Threads without a VP: those in the queue, of
    these and its VPs. Memory: what is missing of its demand, 1 - 100 / pressure.
    """
    wanted, ready, capped = (figures[each].get(name, 0.0) for each in ("wanted", "ready", "capped"))
    if wanted >= LEAST_WANTED_PCT:
        yield ready / wanted, f"waits for an LP {amount(100 * ready / wanted, '%')} of the time it wants one"
        yield (
            capped / wanted,
            f"is held back by its cap {amount(100 * capped / wanted, '%')} of the time it wants an LP",
        )
    queue = figures["queue"].get(name, 0.0)
    if vps and queue > 0:
        count = f"{vps} VP" + ("s" if vps > 1 else "")
        yield queue / (queue + vps), f"{amount(queue, '')} threads queue for its {count}"
    pressure = figures["pressure"].get(name, 0.0)
    if pressure > 100:  # noqa: PLR2004 - the demand is all of what it holds
        missing = 1 - 100 / pressure
        yield (
            missing,
            f"lacks {amount(100 * missing, '%')} of the memory it wants (pressure {amount(pressure, '%')})",
        )
