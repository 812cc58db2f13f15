"""The mutation score of the kernels: `python -m tests.mutation OUT --sample 200 --seed 1`; hours. Wants the extra `mutation`.

Each change is made in a copy of the checkout in OUT. The tests that reach its line are run there, uncompiled, the quickest first, until
one fails.
"""

import json
import subprocess
from pathlib import Path

import click

from tests.mutation.covering import Covering, fails, record
from tests.mutation.sites import sample

_ROOT = Path(__file__).parents[2]
_BUDGET_S = 120
"""Tests of one change take this long together when nothing is changed, at most."""
_EQUIVALENT = Path(__file__).with_name("equivalent.txt")
"""Changes that change no result, a line each: file, the changed line as it is then, and why, parted by tabs."""
EQUIVALENT, UNREACHED, KILLED, SURVIVED = "equivalent", "unreached", "killed", "survived"


def outcomes(out, count, seed):
    """Yield what came of each change: its site, as text the line changed, and the outcome; also kept in OUT, and not done again."""
    out = out.resolve()  # the tests run in the copy
    copy, kept = out / "checkout", out / "outcomes.jsonl"
    out.mkdir(parents=True, exist_ok=True)
    if not copy.exists():
        subprocess.run(["git", "clone", "-q", str(_ROOT), str(copy)], check=True)
    record(copy, out / "reached")
    covering = Covering(copy, out / "reached")
    known = {(each["path"], each["operator"], each["occurrence"]): each for each in _read(kept)}
    with kept.open("a", encoding="utf-8") as file:
        for site in sample(copy, count, seed):
            each = known.get((site.path, site.operator, site.occurrence))
            if each is None:
                text = (copy / site.path).read_text(encoding="utf-8")
                each = vars(site) | _try(copy, site, text, site.changed(text), covering)
                file.write(json.dumps(each) + "\n")
                file.flush()
            yield each


def _read(kept):
    return (
        [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()] if kept.exists() else []
    )


def _try(copy, site, text, changed, covering):
    """Make a change, run the tests that reach it, and take it back."""
    line = changed.splitlines()[site.line - 1].strip()
    if (site.path, line) in _equivalent():
        return {"outcome": EQUIVALENT, "text": line}
    tests = covering.tests(site.path, site.line, _BUDGET_S)
    if not tests:
        return {"outcome": UNREACHED, "text": line}
    path = copy / site.path
    path.write_text(changed, encoding="utf-8")
    try:
        noticed = fails(copy, tests, 10 * _BUDGET_S)
    finally:
        path.write_text(text, encoding="utf-8")
    return {"outcome": KILLED if noticed else SURVIVED, "text": line}


def _equivalent():
    lines = _EQUIVALENT.read_text(encoding="utf-8").splitlines()
    return {tuple(line.split("\t")[:2]) for line in lines if line}


def score(found):
    """Return how many changes were noticed, and how many there are that change a result."""
    counted = [each["outcome"] for each in found if each["outcome"] != EQUIVALENT]
    return counted.count(KILLED), len(counted)


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--sample", "count", default=200, help="How many changes.")
@click.option("--seed", default=1, help="Which ones.")
def main(out: Path, count: int, seed: int) -> None:
    """Print each change that no test notices, then the score."""
    found = []
    for each in outcomes(out, count, seed):
        found.append(each)
        if each["outcome"] in (SURVIVED, UNREACHED):
            click.echo(f"{each['outcome']}: {each['path']}:{each['line']}: {each['text']}")
    killed, counted = score(found)
    click.echo(f"{killed} of {counted} killed, {len(found) - counted} equivalent")


if __name__ == "__main__":
    main()
