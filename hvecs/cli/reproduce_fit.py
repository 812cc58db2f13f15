"""What `hvecs reproduce --fit` prints: each explanation of the benchmark with its figures, its rows and what it predicts."""

from typing import Any, Final

from hvecs.agreement.benchmark import BenchmarkFit, FittedKey
from hvecs.agreement.calibrated import shown
from hvecs.cli.text import aligned, digits, percent

_WIDE: Final = 120
_NOT: Final = "not identified"


def fit_text(fits: list[BenchmarkFit]) -> str:
    """Write all explanations, one after the other."""
    return "\n\n".join(part for fit in fits for part in _parts(fit))


def _parts(fit: BenchmarkFit) -> list[str]:
    keys = [["figure", "in the file", "fitted", "95 % interval"], *map(_key, fit.keys)]
    rows = [["case", "published", "simulated", "error %"]]
    rows += [
        [
            name,
            f"{digits(published)} min",
            f"{digits(simulated)} min",
            percent(100 * (simulated / published - 1)),
        ]
        for name, published, simulated in fit.rows
    ]
    told = ", ".join(f"{name}: {digits(value)} min" for name, value in fit.predicted.items())
    return [
        f"{fit.explanation.name}: {fit.explanation.title}",
        aligned(keys, most=_WIDE),
        aligned(rows, right=range(1, 4), most=_WIDE),
        f"processor queue of one-2-way: {digits(fit.queue)} (published: above 6)\npredicted: {told}\n{_threads(fit)}",
    ]


def _key(each: FittedKey) -> list[str]:
    return [each.key.path, shown(each.key, each.key.value), shown(each.key, each.value), _interval(each)]


def _interval(each: FittedKey) -> str:
    if each.identified:
        return f"{shown(each.key, each.low or 0)} to {shown(each.key, each.high or 0)}"
    if each.low is not None:
        return f"{_NOT}: above {shown(each.key, each.low)}"
    return _NOT if each.high is None else f"{_NOT}: below {shown(each.key, each.high)}"


def _threads(fit: BenchmarkFit) -> str:
    tried = [
        f"{each.threads} {'do as well' if each.does_as_well else 'do not'} (worst error {percent(each.worst_pct)} %)"
        for each in fit.others
    ]
    known = "are not identified" if all(each.does_as_well for each in fit.others) else "are bounded"
    return f"{fit.threads} threads {known}: {', '.join(tried)}"


def fit_data(fits: list[BenchmarkFit]) -> list[dict[str, Any]]:
    """Give all explanations as plain values; times in minutes."""
    return [
        {
            "explanation": fit.explanation.name,
            "title": fit.explanation.title,
            "keys": [
                {
                    "path": each.key.path,
                    "unit": each.key.kind.unit,
                    "in_file": each.key.value,
                    "value": each.value,
                    "low": each.low,
                    "high": each.high,
                    "identified": each.identified,
                }
                for each in fit.keys
            ],
            "rows": [
                {"case": name, "published_min": published, "simulated_min": simulated}
                for name, published, simulated in fit.rows
            ],
            "worst_pct": fit.worst_pct,
            "queue": fit.queue,
            "predicted_min": fit.predicted,
            "threads": fit.threads,
            "other_threads": [
                {"threads": each.threads, "worst_pct": each.worst_pct, "does_as_well": each.does_as_well}
                for each in fit.others
            ],
        }
        for fit in fits
    ]
