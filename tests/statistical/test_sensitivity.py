"""The table of the guide's chapter on sensitivity is what the command prints; `python -m tests.statistical.test_sensitivity` writes it."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from hvecs.agreement.sensitivity import HOSTS, OUTCOMES, Effect, effects
from tests.cli.helpers import CHECKOUT

pytestmark = pytest.mark.statistical
CHAPTER = CHECKOUT / "hvecs" / "guide" / "sensitivity.md"
MARKED = re.compile(r"(<!-- table -->\n)(.*?)(<!-- end -->)", re.DOTALL)
COLUMNS = [(host, outcome) for host in HOSTS for outcome in OUTCOMES]


def table(found: Iterable[Effect]) -> str:
    cells = {(each.group, each.host, each.outcome): each for each in found}
    groups = sorted(
        {group for group, _, _ in cells},
        key=lambda name: (-max(cells[name, *at].change_pct for at in COLUMNS), name),
    )
    lines = ["| % moved by | " + " | ".join(f"{host}: {outcome}" for host, outcome in COLUMNS) + " |"]
    lines.append("| --- |" + " ---: |" * len(COLUMNS))
    for group in groups:
        row = (cells[group, *at] for at in COLUMNS)
        lines.append(
            f"| {group} | "
            + " | ".join(f"{each.change_pct:.1f} ± {each.error_pct:.1f}" for each in row)
            + " |"
        )
    return "\n".join(lines) + "\n"


def printed() -> dict[tuple[str, str, str], tuple[float, float]]:
    """Give the figures of the chapter: the change and its error, by group, host and outcome."""
    found = MARKED.search(CHAPTER.read_text(encoding="utf-8"))
    assert found is not None
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in found[2].splitlines()[2:]]
    return {
        (group, *at): tuple(map(float, cell.split(" ± ")))
        for group, *cells in rows
        for at, cell in zip(COLUMNS, cells, strict=True)
    }


@pytest.mark.parametrize("host", HOSTS)
def test_the_table_of_the_guide_is_what_the_command_finds(host):
    """Within their errors, or 3 points, of those printed: what orders events moves the last digits."""
    shown = printed()
    for each in effects(host):
        change, error = shown[each.group, each.host, each.outcome]
        assert each.change_pct == pytest.approx(change, abs=max(3.0, error, each.error_pct)), each


def write(found: Iterable[Effect]) -> None:
    text = CHAPTER.read_text(encoding="utf-8")
    CHAPTER.write_text(MARKED.sub(lambda each: each[1] + table(found) + each[3], text), encoding="utf-8")


if __name__ == "__main__":
    import sys

    if len(sys.argv) > 1:  # what the command printed with --json
        write(
            [Effect(**each) for each in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["effects"]]
        )
    else:
        write([each for host in HOSTS for each in effects(host)])
