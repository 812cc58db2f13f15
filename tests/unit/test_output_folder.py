import hashlib
import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from hvecs.output import parquet
from hvecs.output.errors import Busy, NotOurs, Unwritable
from hvecs.output.folder import RunFolder
from hvecs.output.identity import RunSource
from hvecs.output.manifest import read_manifest

RUNS = {"scenario": "s", "seed": 7, "status": "ok", "error": None, "simulated_ns": 10, "web.work_ns": 5}
GIVEN = b"# as given, \xc3\xa9\r\n[scenario]\n"


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "s.toml").write_bytes(GIVEN)
    (folder / "base.toml").write_bytes(b"base")
    return RunSource(
        scenario=folder / "s.toml",
        resolved="resolved = true\n",
        seed=7,
        argv=["hvecs", "run", "s.toml"],
        inputs=[folder / "base.toml"],
    )


def dispatches(rows):
    number = np.arange(rows)
    text = np.full(rows, "x")
    columns = dict.fromkeys(("lp", "vp", "ready_ns", "start_ns", "end_ns"), number)
    return columns | {"partition": text, "reason": text}


def run(out, source, rows=3):
    with RunFolder(out, source) as folder:
        sink = folder.open(["dispatch", "job"])
        sink.write("dispatch", dispatches(rows))
        folder.write_runs(RUNS)
        return folder.complete(warnings=["slow"])


def hashes(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def beside(out):
    return sorted(path.name for path in out.parent.iterdir() if path.name != "in")


def test_a_run_folder_explains_itself(tmp_path, source):
    out = tmp_path / "out"
    manifest = run(out, source)
    key = f"run={source.run_id}"
    assert sorted(hashes(out)) == sorted(
        [
            "manifest.json",
            "scenario.toml",
            "resolved.toml",
            f"dispatch/{key}/part-0.parquet",
            f"job/{key}/part-0.parquet",
            f"runs/{key}/part-0.parquet",
        ]
    )
    assert (out / "scenario.toml").read_bytes() == GIVEN
    assert (out / "resolved.toml").read_text() == source.resolved
    assert read_manifest(out) == manifest
    assert beside(out) == ["out"]


def test_the_manifest_says_what_was_read_and_written(tmp_path, source):
    before = datetime.now(UTC)
    manifest = run(tmp_path / "out", source)
    after = datetime.now(UTC)
    found = hashes(tmp_path / "out")
    assert {name: file.rows for name, file in manifest.tables.items()} == {"runs": 1, "dispatch": 3, "job": 0}
    assert all(found[file.path] == file.sha256 for file in manifest.tables.values())
    assert manifest.inputs == {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in source.files
    }
    assert before <= datetime.fromisoformat(manifest.start) <= datetime.fromisoformat(manifest.end) <= after
    assert manifest.start.endswith("+00:00")
    assert (manifest.status, manifest.seed, manifest.run) == ("ok", 7, source.run_id)
    assert manifest.argv == ("hvecs", "run", "s.toml")
    assert manifest.warnings == ("slow",)


def test_only_the_manifest_differs_between_two_equal_runs(tmp_path, source):
    run(tmp_path / "one", source)
    run(tmp_path / "two", source)
    one, two = hashes(tmp_path / "one"), hashes(tmp_path / "two")
    assert {name for name in one if one[name] != two[name]} == {"manifest.json"}
    assert one.keys() == two.keys()


def test_a_run_replaces_an_older_one(tmp_path, source):
    run(tmp_path / "out", source, rows=2)
    run(tmp_path / "out", source, rows=5)
    assert read_manifest(tmp_path / "out").tables["dispatch"].rows == 5
    assert beside(tmp_path / "out") == ["out"]


def test_the_manifest_is_written_last(tmp_path, source):
    with RunFolder(tmp_path / "out", source) as folder:
        folder.open(["dispatch"])
        folder.write_runs(RUNS)
        assert not (folder.path / "manifest.json").exists()
        folder.complete()
    times = {path: path.stat().st_mtime_ns for path in folder.out.rglob("*") if path.is_file()}
    assert max(times, key=lambda path: times[path]).name == "manifest.json"


@pytest.mark.parametrize("error", [RuntimeError("model"), KeyboardInterrupt(), SystemExit(3)])
@pytest.mark.parametrize("older", [False, True])
def test_an_error_leaves_the_place_as_it_was(tmp_path, source, error, older):
    out = tmp_path / "out"
    if older:
        run(out, source)
    before = hashes(tmp_path)

    def fail():
        with RunFolder(out, source) as folder:
            sink = folder.open(["dispatch"])
            sink.write("dispatch", dispatches(2))
            writers.extend(sink._writers.values())
            raise error

    writers = []
    with pytest.raises(type(error)):
        fail()
    assert [writer._file.closed for writer in writers] == [True]
    assert hashes(tmp_path) == before
    assert beside(out) == (["out"] if older else [])


def test_a_block_left_without_complete_leaves_the_place_as_it_was(tmp_path, source):
    with RunFolder(tmp_path / "out", source) as folder:
        folder.write_runs(RUNS)
    assert beside(tmp_path / "out") == []


def test_what_is_not_a_run_is_refused_before_anything_runs(tmp_path, source):
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("x")
    (out / "manifest.json").write_text('{"format": "of something else"}')
    before = hashes(tmp_path)
    with pytest.raises(NotOurs, match=re.escape(str(out))), RunFolder(out, source):
        pytest.fail("the block must not be entered")
    assert hashes(tmp_path) == before


def test_a_missing_input_is_named_and_leaves_nothing(tmp_path, source):
    source.inputs[0].unlink()
    with pytest.raises(FileNotFoundError, match=r"base\.toml"), RunFolder(tmp_path / "out", source):
        pytest.fail("the block must not be entered")
    assert beside(tmp_path / "out") == []


def test_a_second_writer_is_refused(tmp_path, source):
    with RunFolder(tmp_path / "out", source), pytest.raises(Busy), RunFolder(tmp_path / "out", source):
        pytest.fail("the block must not be entered")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_leaves_the_place_as_it_was(tmp_path, source, monkeypatch):
    run(tmp_path / "out", source)
    before = hashes(tmp_path)
    real = pa.OSFile
    monkeypatch.setattr(parquet.pa, "OSFile", lambda _, mode: real("/dev/full", mode))
    with pytest.raises(Unwritable, match=r"dispatch/run=\w+/part-0\.parquet: No space left on device"):
        run(tmp_path / "out", source)
    assert hashes(tmp_path) == before
    assert beside(tmp_path / "out") == ["out"]


def test_a_disk_that_is_full_at_the_manifest_leaves_the_place_as_it_was(tmp_path, source, monkeypatch):
    run(tmp_path / "out", source)
    before = hashes(tmp_path)
    real = Path.write_text

    def write_text(self, *args, **options):
        if self.name == "manifest.json":
            raise OSError(28, "No space left on device")
        return real(self, *args, **options)

    monkeypatch.setattr(Path, "write_text", write_text)
    with pytest.raises(Unwritable, match=r"manifest\.json: No space left on device"):
        run(tmp_path / "out", source)
    assert hashes(tmp_path) == before


CHILD = """
import sys
from pathlib import Path
from hvecs.output.folder import RunFolder
from hvecs.output.identity import RunSource
with RunFolder(Path(sys.argv[1]), RunSource(scenario=Path(sys.argv[2]), resolved="", seed=1)) as folder:
    folder.open(["dispatch"])
    print("writing", flush=True)
    sys.stdin.read()
"""


def test_a_run_killed_half_way_is_not_taken_for_a_run_and_does_not_stop_the_next(tmp_path, source):
    out = tmp_path / "out"
    command = [sys.executable, "-c", CHILD, out, source.scenario]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"writing\n"
        child.kill()
    assert beside(out) == ["out.partial"]
    assert not list(tmp_path.rglob("manifest.json"))
    run(out, source)
    assert beside(out) == ["out"]


def test_the_folder_says_where_it_writes_and_what_it_becomes(tmp_path, source):
    with RunFolder(tmp_path / "x" / ".." / "out", source) as folder:
        assert folder.out == tmp_path / "out"
        assert folder.path.is_relative_to(tmp_path / "out.partial")
        assert folder.run_id == source.run_id
        assert json.loads((folder.path / "../lock").read_text()) > 0
