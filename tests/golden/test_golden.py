"""Small scenarios whose whole tables are kept; `python -m tests.golden.test_golden` writes them anew.

A change here is a change of numbers: say so in CHANGELOG under "Numbers".
"""

from pathlib import Path

import pandas as pd
import pytest

from tests.simulation import MS, US, S, closed, exponential, guest, lognormal, opened, run, scenario

FOLDER = Path(__file__).parent
TABLES = ("logical_processor", "virtual_processor", "guest", "request", "job", "dispatch")

_BUSY = closed(3, 60 * MS, exponential(2 * MS), exponential(3 * MS))
_WEB = opened(exponential(3 * MS), lognormal(MS, 1.5), threads=2)

SCENARIOS = {
    "two-guests": scenario(
        100 * MS,
        2,
        [
            guest("batch", 2, _BUSY, processor={"weight": 200, "cap": "70 %"}),
            guest("web", 1, _WEB, processor={"reserve": "20 %"}),
        ],
        costs={"preset": "default"},
        scheduling={"slice": "5 ms", "cap_period": "20 ms"},
        root={"background_cpu": "2 %"},
        sample="40 ms",
        trace=["dispatch"],
    ),
    "native": scenario(S, 2, [guest("batch", 1, _BUSY)], hypervisor="none", costs={"interference": "20 %"}),
    "late-and-crowded": scenario(
        60 * MS,
        {"sockets": 2, "cores_per_socket": 1},
        [
            guest("a", 2, closed(2, S, exponential(700 * US)), processor={"affinity": [1]}),
            guest("b", 1, _WEB, start="10 ms", stop="45 ms"),
        ],
        costs={"preset": "default"},
        sample="20 ms",
        trace=["dispatch"],
    ),
}


def _text(name: str) -> str:
    """All tables of a scenario as CSV, floats to nine digits."""
    tables = run(SCENARIOS[name]).tables
    parts = []
    for table in TABLES:
        frame = tables.get(table, pd.DataFrame()).drop(columns=["entity"], errors="ignore")
        parts.append(f"# {table}\n{frame.to_csv(index=False, float_format='%.9g', lineterminator=chr(10))}")
    return "\n".join(parts)


@pytest.mark.parametrize("name", SCENARIOS)
def test_tables_are_as_they_were(name):
    assert _text(name) == (FOLDER / f"{name}.csv").read_text(encoding="utf-8")


if __name__ == "__main__":
    for each in SCENARIOS:
        (FOLDER / f"{each}.csv").write_text(_text(each), encoding="utf-8")
