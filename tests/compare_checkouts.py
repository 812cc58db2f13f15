"""Compares what two checkouts write, table by table, byte by byte: schema version and column `entity` aside.

    python -m tests.compare_checkouts OLD [NEW] [--duration "30 s"] [--only WORD] [--drawn 20] [--keep DIR] [--old-only]

It runs the studies of runs/, the golden scenarios under every scheduler, the scenario of tests/arch that has everything, and some
that are drawn as the property tests draw theirs, always the same; each short one also unfused, and the tiniest uncompiled. NEW is this
checkout unless given. With --keep the tables stay in DIR, and what is there already of OLD is not made again. Exit code 4: they differ.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
TINY = "60 ms"
DIFFERENT = 4


def _jobs(files: list[Path], short: list[Path], duration: str | None, tiny: list[Path]) -> dict[str, dict]:
    """Every run to be made: its arguments and environment, by a name that is a folder's."""
    cut = ["--duration", duration] if duration else []
    jobs = {f"runs.{path.stem}": {"args": _command(path) + cut, "env": {}} for path in files}
    for path in short:
        jobs[path.stem] = {"args": _command(path), "env": {}}
        jobs[f"{path.stem}.unfused"] = {"args": [*_command(path), "--unfused"], "env": {}}
    for path in tiny:
        for way in ([], ["--unfused"]):
            name = f"{path.stem}.uncompiled{'.unfused' if way else ''}"
            jobs[name] = {
                "args": [*_command(path), *way, "--duration", TINY],
                "env": {"NUMBA_DISABLE_JIT": "1"},
            }
    return jobs


def _command(path: Path) -> list[str]:
    text = tomllib.loads(path.read_text())
    allowed = ["--allow-code"] if "systems" in text.get("host", {}) else []
    return ["sweep" if "sweep" in text else "run", str(path), "-q", *allowed]


def write_scenarios(folder: Path, drawn: int) -> list[Path]:
    """Write the scenarios of the tests as files, and return them; those to be run uncompiled come first."""
    import tomli_w

    from tests.arch.test_systems import SCENARIO
    from tests.golden.test_golden import SCENARIOS

    texts = {}
    for name, text in SCENARIOS.items():
        for scheduler in ("classic", "core", "root"):
            chosen = json.loads(json.dumps(text))
            chosen["host"]["scheduler"] = scheduler
            if scheduler == "root":
                for block in chosen["partition"]:
                    block.pop("processor", None)
            texts[f"{name}.{scheduler}"] = tomli_w.dumps(chosen)
    texts["everything"] = SCENARIO
    texts |= {f"drawn{n}": tomli_w.dumps(text) for n, text in enumerate(_drawn(drawn))}
    paths = []
    for name, text in texts.items():
        paths.append(folder / f"{name}.toml")
        paths[-1].write_text(text)
    return paths


def _drawn(count: int) -> list[dict]:
    from hypothesis import HealthCheck, Phase, given, seed, settings

    from tests.simulation import scenarios

    found = []

    @seed(12)
    @settings(
        max_examples=max(1, count),
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(scenarios())
    def draw(text):
        found.append(text)

    if count:
        draw()
    return found[:count]


def make(checkout: Path, jobs: dict[str, dict], results: Path) -> None:
    """Make all runs with the code of `checkout`, in one process for each environment; those that are there already stay."""
    missing = {name: job for name, job in jobs.items() if not (results / name).is_dir()}
    for env in {json.dumps(job["env"]) for job in missing.values()}:
        arguments = [
            [*job["args"], "--out", str(results / name)]
            for name, job in missing.items()
            if json.dumps(job["env"]) == env
        ]
        done = subprocess.run(
            [sys.executable, __file__, "--make"],
            input=json.dumps(arguments),
            text=True,
            cwd=results,
            stdout=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": str(checkout)} | json.loads(env),
            check=False,
        )
        if done.returncode:
            sys.exit(f"{checkout}: a run failed with exit code {done.returncode}")


def _make_here() -> int:
    """Make the runs that stdin lists, in this process."""
    from hvecs.cli import invoke

    for arguments in json.load(sys.stdin):
        code = invoke(arguments)
        if code:
            sys.stderr.write(" ".join(arguments) + "\n")
            return code
    return 0


def contents(folder: Path) -> dict[str, str]:
    """Hash the columns of every table of a result folder, `entity` and all metadata left out."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    found = {}
    files = {path: path.relative_to(folder).parts for path in sorted(folder.rglob("*.parquet"))}
    for path, parts in files.items():
        table = pq.read_table(path, partitioning=None)
        kept = [name for name in table.column_names if name not in ("entity", "schema_version", "run")]
        digest = hashlib.sha256()
        for name in kept:
            column = table[name].combine_chunks()
            digest.update(f"{name} {column.type} {len(column)} {column.null_count}\0".encode())
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, pa.schema([pa.field(name, column.type)])) as stream:
                stream.write_batch(pa.record_batch([column], names=[name]))
            digest.update(sink.getvalue())
        found["/".join(part for part in parts if not part.startswith("run="))] = digest.hexdigest()
    return found


def differences(old: Path, new: Path, names: list[str]) -> list[str]:
    """Compare two folders of results; one line for each table that differs or is missing."""
    found = []
    for name in names:
        before, after = contents(old / name), contents(new / name)
        if not before:
            found.append(f"{name}: no tables")
        tables = sorted(before.keys() | after.keys())
        found += [f"{name}: {each} differs" for each in tables if before.get(each) != after.get(each)]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path, nargs="?", default=HERE)
    parser.add_argument("--duration")
    parser.add_argument("--only", default="")
    parser.add_argument("--drawn", type=int, default=20)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--old-only", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        root = (chosen.keep or Path(scratch)).absolute()
        for name in ("scenarios", "old"):
            (root / name).mkdir(parents=True, exist_ok=True)
        short = write_scenarios(root / "scenarios", chosen.drawn)
        studies = sorted((HERE / "runs").glob("*.toml"))
        jobs = _jobs(studies, short, chosen.duration, [p for p in short if p.stem.endswith(".classic")])
        jobs = {name: job for name, job in jobs.items() if chosen.only in name}
        make(chosen.old.absolute(), jobs, root / "old")
        if chosen.old_only:
            return 0
        with tempfile.TemporaryDirectory(dir=root) as fresh:
            make(chosen.new.absolute(), jobs, Path(fresh))
            found = differences(root / "old", Path(fresh), list(jobs))
    sys.stdout.write(("\n".join(found) or f"{len(jobs)} runs: all tables are the same") + "\n")
    return DIFFERENT if found else 0


if __name__ == "__main__":
    sys.exit(_make_here() if sys.argv[1:] == ["--make"] else main())
