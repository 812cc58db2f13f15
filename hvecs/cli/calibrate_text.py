"""The answer of `hvecs calibrate` as text: keys, counters, and what the capture cannot tell."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from hvecs.agreement.calibrated import remark, shown
from hvecs.agreement.calibration_results import Calibration, Counter, Key
from hvecs.cli.text import aligned, digits, percent, some

_WIDE: Final = 120
_TRAPS: Final = "intercepts."


def calibration_text(calibration: Calibration, out: Path) -> str:
    """Write what a calibration came to; the rates of traps, of which there are many, are counted."""
    others = [each for each in calibration.keys if each.key.trap is None]
    traps = [each for each in calibration.keys if each.key.trap is not None]
    counters = [each for each in calibration.counters if not each.figure.startswith(_TRAPS)]
    parts = [aligned([["key", "was", "fitted", "95 % interval"], *map(_key, others)], most=_WIDE)]
    parts += _of_traps(traps)
    parts.append(aligned(list(_rows(counters)), right=range(2, 6), most=_WIDE))
    parts += [f"The capture cannot tell: {text}." for text in calibration.cannot_tell]
    parts.append(f"{calibration.runs} runs; scenario in {out}")
    return "\n\n".join(parts)


def _key(each: Key) -> list[str]:
    return [each.key.path, shown(each.key, each.key.value), shown(each.key, each.value), remark(each)]


def _of_traps(traps: list[Key]) -> Iterator[str]:
    missed = [each.key.path for each in traps if not each.identified]
    told = f"; not identified: {some(missed)}" if missed else ""
    if traps:
        yield f"{len(traps)} rates of traps are taken from their counters{told}"


def _rows(counters: Iterable[Counter]) -> Iterator[list[str]]:
    yield ["partition", "counter", "measured", "simulated", "residual %", "chance %", ""]
    for each in counters:
        yield [
            each.partition,
            f"{each.figure} {each.unit}",
            digits(each.measured),
            digits(each.simulated),
            percent(each.residual_pct),
            percent(each.chance_pct),
            "fitted" if each.fitted else "",
        ]
