"""The figures of the studies in the guide; `python -m tests.statistical.test_guide_studies` writes them anew.

A change here is a change of numbers: read the text around the table again, and say so in CHANGELOG under "Numbers".
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from hvecs.cli.text import digits, span

CHECKOUT = Path(__file__).parents[2]
GUIDE = CHECKOUT / "hvecs" / "guide" / "sweeps.md"

pytestmark = pytest.mark.statistical


def share(value):
    return f"{value:.0f} %"


def minutes(value):
    return f"{digits(value / 60e9)} min"


STUDIES = {
    "consolidation": {
        "web servers": None,
        "host busy": ("host_busy", share),
        "wait per dispatch": ("wait_per_dispatch", span),
        "mean response": ("response", span),
        "95 % of requests within": ("slow_responses", span),
    },
    "weights": {
        "weight of the web server": None,
        "mean response": ("response", span),
        "95 % of requests within": ("slow_responses", span),
        "work of the compute guests": ("batch_work", minutes),
    },
    "buffer": {
        "buffer": None,
        "memory held": ("memory_held", lambda value: f"{value:.0f} MiB"),
        "pages read from disk": ("pages_input", lambda value: f"{digits(value)} /s"),
        "mean response": ("response", span),
    },
    "wide-guests": {
        "guests": None,
        "work done": ("work", minutes),
        "spinning for locks": ("spinning", minutes),
        "waiting for answers": ("waiting", minutes),
    },
}


def made(study, folder):
    """Make a study's sweep; gives the mean of each outcome by the value of the only axis."""
    file = CHECKOUT / "runs" / f"{study}.toml"
    command = [sys.executable, "-m", "hvecs", "sweep", file, "--out", folder / study, "--json", "-q"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = {}
    for line in json.loads(done.stdout)["summary"]:
        (value,) = line["parameters"].values()
        found.setdefault(value, {})[line["outcome"]] = line["mean"]
    return found


def table(study, folder):
    """Write the results of a study as the guide has them."""
    columns = STUDIES[study]
    rows = [list(columns), ["---"] * len(columns)]
    for value, means in made(study, folder).items():
        figures = [write(means[name]) for name, write in filter(None, columns.values())]
        rows.append([str(value), *figures])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def in_guide(study):
    """Give the table of a study as it stands in the guide."""
    first = f"| {' | '.join(STUDIES[study])} |"
    lines = GUIDE.read_text(encoding="utf-8").split("\n")
    begin = lines.index(first)
    return "\n".join(lines[begin : lines.index("", begin)])


@pytest.mark.parametrize("study", STUDIES)
def test_the_figures_of_the_guide_are_those_of_the_study(study, tmp_path):
    assert table(study, tmp_path) == in_guide(study)


def main():
    for study in STUDIES:
        with tempfile.TemporaryDirectory() as folder:
            text = GUIDE.read_text(encoding="utf-8")
            GUIDE.write_text(text.replace(in_guide(study), table(study, Path(folder))), encoding="utf-8")


if __name__ == "__main__":
    main()
