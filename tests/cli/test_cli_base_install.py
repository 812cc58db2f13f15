"""What works without any extra: commands in a process of its own, in which no package of an extra can be imported."""

import re
import subprocess
import sys
import tomllib

import pytest

from tests.cli.helpers import CHECKOUT, environment, once

RUNS = CHECKOUT / "runs"
WITHOUT = """
import sys
sys.modules |= dict.fromkeys({packages!r})
from hvecs.cli import main
main()
"""
TO_IMPORT = {
    "dask": "dask",
    "matplotlib": "matplotlib",
    "jinja2": "jinja2",
    "duckdb": "duckdb",
    "polars": "polars",
}


def _optional():
    """Name the packages that extras have and the program itself has not, as they are imported."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {
        name
        for words in project["optional-dependencies"].values()
        for name in (re.split("[^A-Za-z0-9_-]", each)[0] for each in words)
    }
    needed = {re.split("[^A-Za-z0-9_-]", each)[0] for each in project["dependencies"]}
    assert set(TO_IMPORT) < named - needed
    return [*TO_IMPORT.values(), "pandas", "SALib", "boto3", "simpy", "mesa"]


def hvecs(folder, *arguments):
    once()
    words = [sys.executable, "-c", WITHOUT.format(packages=_optional()), *map(str, arguments)]
    done = subprocess.run(
        words, cwd=folder, env=environment(), capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["text", "json"])
def test_a_run_in_which_guests_may_move(tmp_path, form):
    said = hvecs(
        tmp_path, "run", RUNS / "two-hosts.toml", "--set", "scenario.duration=30 s", "--out", "two", *form
    )
    assert "two" in said
    assert (tmp_path / "two" / "manifest.json").is_file()
    assert hvecs(tmp_path, "verify", "two")


def test_what_is_done_with_a_run(tmp_path):
    base = ["run", RUNS / "mixed.toml", "--set", "scenario.duration=2 s", "-q", "--out"]
    hvecs(tmp_path, *base, "a")
    hvecs(tmp_path, *base, "b", "--seed", 2)
    for words in (
        ("compare", "a", "b"),
        ("export", "csv", "a", "csv"),
        ("export", "perfmon", "a", "perfmon"),
        ("export", "perfetto", "a", "trace"),
        ("import", "perfmon", "perfmon", "--out", "capture"),
        ("summarize", "capture"),
        ("reproduce", "a"),
    ):
        hvecs(tmp_path, *words)
