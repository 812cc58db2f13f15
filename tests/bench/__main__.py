"""All benches in one run: `python -m tests.bench OUT`; half an hour. OUT/bench.json holds the figures, and OUT/speed.md the guide's chapter.

Peers that are not installed are left out; they come with the extra `bench`, and a C compiler. `python -m tests.bench OUT -k loop` runs some.
"""

import datetime as dt
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import click

COLUMNS = ("C", "C, run lists", "hvecs", "hvecs, everything", "Mesa", "heapq", "heapq, run lists", "SimPy")
HEAD = """# How fast hvecs is

The figures of the last run of `python -m tests.bench OUT`, which made this chapter, on {machine}.
They hold for that machine; ratios carry over to others better than times.
"""
LOOP = """
## Beside other programs

The same schedule made by each: VPs of weight 100, 200, 400 in turn, always busy, slices of 10 ms, no costs; the shares are compared first.
*hvecs* is the loop alone; *hvecs, everything* samples every second and writes all tables. The peers do the natural thing, one queue by virtual
time, or have run lists as hvecs has. CPU time a dispatch (ns), and below it for each simulated second (us); medians of {rounds} rounds, in turn.
"""


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def main(out, options):
    """Run the benches, those that the OPTIONS of pytest choose."""
    out.mkdir(parents=True, exist_ok=True)
    report = out / "bench.xml"
    words = [
        "-m",
        "pytest",
        "-m",
        "bench",
        "-n",
        "0",
        "-v",
        f"--junitxml={report}",
        "-o",
        "junit_logging=system-out",
        "-o",
        "junit_family=xunit1",
    ]
    code = subprocess.run([sys.executable, *words, *options, "tests/bench"], check=False).returncode
    figures = {"machine": machine(), "benches": read(report.read_text(encoding="utf-8"))}
    (out / "bench.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    page = chapter(figures)
    (out / "speed.md").write_text(page, encoding="utf-8")
    click.echo(page)
    sys.exit(code)


def machine():
    """Say what the benches ran on."""
    names = Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").exists() else ""
    model = next(
        (line.split(":")[1].strip() for line in names.splitlines() if line.startswith("model name")),
        platform.machine(),
    )
    numba = importlib.metadata.version("numba")
    today = dt.datetime.now(tz=dt.UTC).date()
    return (
        f"{os.cpu_count()} processors ({model}), Python {platform.python_version()}, numba {numba}, {today}"
    )


def read(report):
    """Read a report of pytest: for each bench what it printed, what it recorded, and whether it passed."""
    found = {}
    for case in ET.fromstring(report).iter("testcase"):  # noqa: S314 - pytest has just written it
        printed = (case.findtext("system-out") or "").splitlines()
        found[f"{case.get('classname', '').rpartition('.')[2]}.{case.get('name')}"] = {
            "printed": [" ".join(line.split()) for line in printed if line and not line.startswith("---")],
            "recorded": {
                each.get("name"): json.loads(each.get("value", "null")) for each in case.iter("property")
            },
            "outcome": next(
                (kind for kind in ("failure", "error", "skipped") if case.find(kind) is not None), "passed"
            ),
        }
    return found


def chapter(figures):
    """Write the chapter of the guide."""
    benches = figures["benches"]
    table = {}
    for each in benches.values():
        for size, row in each["recorded"].get("loop", {}).items():
            table.setdefault(size, {}).update(row)
    parts = [HEAD.format(machine=figures["machine"])]
    if table:
        parts += [LOOP.format(rounds=5), *_rows(table)]
    parts.append("\n## Other figures\n")
    for name, each in benches.items():
        if each["outcome"] != "skipped" and not each["recorded"]:
            title = name.partition(".test_")[2].replace("_", " ")
            failed = "" if each["outcome"] == "passed" else " (not reached)"
            parts.append(f"- {title}{failed}: {'; '.join(each['printed'])}")
    return "\n".join(parts) + "\n"


def _rows(table):
    columns = [name for name in COLUMNS if any(name in row for row in table.values())]
    yield "| VPs, LPs | " + " | ".join(columns) + " |"
    yield "|---|" + "---|" * len(columns)
    for unit in ("ns a dispatch", "us a simulated second"):
        for size, row in table.items():
            cells = (f"{row[name][unit]:,.0f}" if name in row else "" for name in columns)
            yield f"| {size}{'' if unit.startswith('ns') else ' (us)'} | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
