"""The scenario that a calibration writes: it extends the one that was calibrated, and says how each value was come by."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from hvecs.agreement.calibration_results import Calibration, Key
from hvecs.agreement.free_keys import FreeKey
from hvecs.spec.paths import key_text
from hvecs.spec.sweep_points import inline

_UNITS: Final = ((1e9, "s"), (1e6, "ms"), (1e3, "us"), (1.0, "ns"))
_HEAD: Final = (
    "# Written by hvecs calibrate. What stands beside a value is its 95 % interval, or why there is none.\n"
)


def calibrated_toml(name: str, base: str, against: str, calibration: Calibration) -> str:
    """Write the scenario; `base` is the path of the scenario that it extends, relative to the new file."""
    lines = [
        _HEAD + f"# Fitted to {inline(against)}, by {calibration.runs} runs.",
        *(f"# The capture cannot tell: {text}." for text in calibration.cannot_tell),
        f"extends = {inline(base)}",
        "",
        "[scenario]",
        f"name = {inline(name)}",
    ]
    keys = calibration.keys
    lines += _tables("", [each for each in keys if each.key.block is None])
    blocks = dict.fromkeys(each.key.block for each in keys if each.key.block is not None)
    for block in blocks:
        lines += ["", "[[partition]]", f"name = {inline(block)}"]
        lines += _tables("partition.", [each for each in keys if each.key.block == block])
    return "\n".join(lines) + "\n"


def _tables(head: str, keys: Sequence[Key]) -> Iterator[str]:
    """Write keys under the headings of their tables; those of the block itself come first."""
    parents = sorted(dict.fromkeys(each.key.steps[:-1] for each in keys), key=len)
    for parent in parents:
        if parent:
            yield f"[{head}{'.'.join(map(key_text, parent))}]"
        of_parent = [each for each in keys if each.key.steps[:-1] == parent]
        tags = dict(tag for each in of_parent for tag in each.key.tags if tag[0][:-1] == parent)
        yield from (f"{key_text(steps[-1])} = {inline(word)}" for steps, word in tags.items())
        yield from (
            f"{key_text(each.key.steps[-1])} = {each.key.text(each.value)}  # {remark(each)}"
            for each in of_parent
        )


def remark(key: Key) -> str:
    """Say how well a key is known."""
    if key.remark:
        return key.remark
    if key.low is None or key.high is None:
        return "from its counter"
    return f"{shown(key.key, key.low)} to {shown(key.key, key.high)}"


def shown(key: FreeKey, value: float) -> str:
    """Write a value for people: a length of time with four digits, all else as in a file."""
    if key.kind.unit != "ns":
        return key.text(value).strip('"')
    size, unit = next(((size, unit) for size, unit in _UNITS if abs(value) >= size), _UNITS[-1])
    return f"{value / size:.4g} {unit}"


def report_of(calibration: Calibration) -> dict[str, Any]:
    """Give all of a calibration as plain values."""
    return {
        "keys": [
            {
                "path": each.key.path,
                "was": each.key.value,
                "value": each.value,
                "unit": each.key.kind.unit,
                "low": each.low,
                "high": each.high,
                "how": each.how,
                "identified": each.identified,
                "remark": each.remark,
            }
            for each in calibration.keys
        ],
        "counters": [
            {
                "partition": each.partition,
                "figure": each.figure,
                "unit": each.unit,
                "measured": each.measured,
                "simulated": each.simulated,
                "residual_pct": each.residual_pct,
                "chance_pct": each.chance_pct,
                "fitted": each.fitted,
            }
            for each in calibration.counters
        ],
        "cannot_tell": list(calibration.cannot_tell),
        "runs": calibration.runs,
    }


def relative_path(base: Path, out: Path) -> str:
    """Give the path of `base` from the folder of `out`."""
    return Path(os.path.relpath(base.resolve(), out.resolve().parent)).as_posix()
