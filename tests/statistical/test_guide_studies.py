"""The figures of the studies in the guide; `python -m tests.statistical.test_guide_studies [STUDY]...` writes them anew.

A change here is a change of numbers: read the text around the table again, and say so in CHANGELOG under "Numbers".
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from hvecs import load
from hvecs.cli.text import digits, span

CHECKOUT = Path(__file__).parents[2]
GUIDE = CHECKOUT / "hvecs" / "guide"

pytestmark = pytest.mark.statistical


def share(value):
    return f"{value:.0f} %"


def minutes(value):
    return f"{digits(value / 60e9)} min"


def mebibytes(value):
    return f"{value:.0f} MiB"


def gibibytes(value):
    return f"{value / 2**30:.0f} GiB"


def per_second(value):
    return f"{digits(value)} /s"


def mebibytes_per_second(value):
    return f"{value / 2**20:.0f} MiB/s"


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
        "memory held": ("memory_held", mebibytes),
        "pages read from disk": ("pages_input", per_second),
        "mean response": ("response", span),
    },
    "protection": {
        "protection": None,
        "95 % of requests of sql": ("sql", span),
        "of web-0": ("web", span),
        "of desktop-0": ("desktop", span),
        "work of the build guests": ("build_work", minutes),
    },
    "floor": {
        "minimum of sql": None,
        "its buffer": None,
        "pages sql reads back": ("sql_pages", per_second),
        "pages web-0 reads back": ("web_pages", per_second),
        "95 % of requests of sql": ("sql", span),
    },
    "up-or-out": {
        "images": None,
        "balancer": None,
        "mean response": ("response", span),
        "95 % of requests within": ("slow_responses", span),
        "99 % within": ("slowest_responses", span),
    },
    "wide-guests": {
        "guests": None,
        "work done": ("work", minutes),
        "spinning for locks": ("spinning", minutes),
        "waiting for answers": ("waiting", minutes),
    },
    "noisy-volume": {
        "volume": None,
        "mean response": ("response", span),
        "95 % of requests within": ("slow_responses", span),
        "latency of its I/Os": ("latency", span),
        "I/Os of the server": ("db_ios", per_second),
        "of all": ("all_ios", per_second),
    },
    "backup-storm": {
        "backups": None,
        "mean response": ("response", span),
        "95 % of requests within": ("slow_responses", span),
        "latency of all I/Os": ("latency", span),
        "read by all": ("read", mebibytes_per_second),
    },
    "placement": {
        "placement": None,
        "hv1 busy": ("hv1_busy", share),
        "hv2 busy": ("hv2_busy", share),
        "hv3 busy": ("hv3_busy", share),
        "95 % of work of sql-0 within": ("sql", span),
        "of batch-0": ("batch", span),
        "of web-0": ("web", span),
    },
    "drain": {
        "load": None,
        "sent by": None,
        "host empty at": ("drained", span),
        "longest blackout": ("longest_blackout", span),
        "sent over the network": ("network", gibibytes),
        "99 % of requests within, at worst": ("slowest_responses", span),
    },
    "n-plus-one": {
        "guests on four hosts": None,
        "VPs off, together": ("off", span),
        "requests failed": ("failed", digits),
        "95 % of requests within, at worst": ("slowest_responses", span),
    },
}
"""By study: the columns of its table, those of the axes first, each with the outcome and how it is written."""


def made(study, folder):
    """Make a study's sweep; gives the mean of each outcome by the values of the axes."""
    file = CHECKOUT / "runs" / f"{study}.toml"
    command = [sys.executable, "-m", "hvecs", "sweep", file, "--out", folder / study, "--json", "-q"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = {}
    for line in json.loads(done.stdout)["summary"]:
        found.setdefault(tuple(line["parameters"].values()), {})[line["outcome"]] = line["mean"]
    return found


def table(study, folder):
    """Write the results of a study as the guide has them."""
    columns = STUDIES[study]
    rows = [list(columns), ["---"] * len(columns)]
    for values, means in made(study, folder).items():
        figures = [write(means[name]) for name, write in filter(None, columns.values())]
        rows.append([*map(str, values), *figures])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def in_guide(study):
    """Give the chapter that has the table of a study, and the table as it stands there."""
    first = f"| {' | '.join(STUDIES[study])} |"
    chapters = {file: file.read_text(encoding="utf-8").split("\n") for file in GUIDE.glob("*.md")}
    ((file, lines),) = ((file, lines) for file, lines in chapters.items() if first in lines)
    begin = lines.index(first)
    return file, "\n".join(lines[begin : lines.index("", begin)])


@pytest.mark.parametrize("study", STUDIES)
def test_the_figures_of_the_guide_are_those_of_the_study(study, tmp_path):
    assert table(study, tmp_path) == in_guide(study)[1]


def test_the_text_on_the_drain_follows_from_its_table():
    """Memory by bandwidth, and from the drain to the time at which the host was empty: what stands around the table of the guests at midnight."""
    scenario = load(CHECKOUT / "runs" / "two-hosts.toml")
    rate, begin = scenario.host.live_migration.bandwidth, scenario.event[0].at
    held = sum(
        guest.block.memory for guest in scenario.guests() if guest.block.host == scenario.event[0].host
    )
    file, rows = in_guide("drain")
    (first,) = (row.split(" | ") for row in rows.split("\n") if row.startswith("| midnight | tcp |"))
    took = float(first[2].removesuffix(" s")) * 1e9 - begin
    said = (
        f"{gibibytes(held)} take {span(held / rate * 1e9)} on a network of 10 Gbit/s, "
        f"and the {first[4]} that they come to with what is written meanwhile {span(took)}, from the drain at {span(begin)} on;"
    )
    assert rate == 10e9 / 8
    assert said in " ".join(file.read_text(encoding="utf-8").split())


def main(studies):
    for study in studies or STUDIES:
        with tempfile.TemporaryDirectory() as folder:
            file, there = in_guide(study)
            text = file.read_text(encoding="utf-8")
            file.write_text(text.replace(there, table(study, Path(folder))), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
