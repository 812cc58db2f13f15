"""Sweeps on a disk that is full: they stop with a clear message, and go on once there is space."""

import json
import shlex
import subprocess

import pytest

from tests.cli.helpers import CHECKOUT, command, environment, files_below
from tests.clusters import DaskCluster
from tests.folders import in_this_process
from tests.sweeping import Done, batches, content, sweep, write

pytestmark = pytest.mark.journey

# Python imports this file at its start, in workers too: the system takes so many bytes of a sweep's files, and no more.
SMALL_DISK = """
import errno, io, os, pathlib
import hvecs.sweeps.store as store
here = pathlib.Path(__file__).parent
def size_of(path):
    try:
        return path.stat().st_size
    except FileNotFoundError:  # another worker has just given it its name
        return 0
def used():
    return sum(size_of(path) for path in here.joinpath("out").rglob("*") if path.is_file())
class File(io.FileIO):
    def write(self, data):
        if used() + len(data) > int(here.joinpath("size").read_text()):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(data)
real = store.LocalStore.begin
def begin(self, name):
    real(self, name).close()
    return io.BufferedWriter(File(self._partial(name), "w"))
store.LocalStore.begin = begin
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The content and the size of the sweep, made with enough space."""
    folder = tmp_path_factory.mktemp("whole")
    assert in_this_process("sweep", write(folder), "--out", folder / "out", "-q") == 0
    size = sum(path.stat().st_size for path in (folder / "out").rglob("*") if path.is_file())
    return content(folder / "out"), size


def is_told(done, out, reason):
    """Tell whether the end is as it should be: one line that says what is full, one that says how to go on."""
    lines = [line for line in done.err.splitlines() if "%," not in line]
    assert len(lines) == 2, done.err
    assert lines[0].startswith(f"hvecs: cannot write {out}/")
    assert lines[0].endswith(f": {reason}")
    assert lines[1].startswith("hvecs: resume with: hvecs sweep ")
    assert (done.code, done.out) == (1, "")
    return True


@pytest.mark.usefixtures("no_workers")
def test_a_full_disk_stops_the_sweep_and_what_was_made_stays(hvecs, tmp_path, whole):
    expected, size = whole
    (tmp_path / "sitecustomize.py").write_text(SMALL_DISK)
    (tmp_path / "size").write_text(str(size // 2))
    out, file = tmp_path / "out", write(tmp_path)
    path = f"{tmp_path}:{CHECKOUT}"
    assert is_told(sweep(file, out, "--jobs", 2, PYTHONPATH=path), out, "No space left on device")
    made = {name: (out / "runs" / f"{name}.parquet").stat().st_mtime_ns for name in batches(out)}
    assert 0 < len(made) < 24
    assert not list(out.rglob("*.partial"))
    assert json.loads((out / "manifest.json").read_bytes())["status"] == "running"
    assert is_told(sweep(file, out, "--resume", PYTHONPATH=path), out, "No space left on device")
    done = hvecs("sweep", file, "--out", out, "--resume")  # in a process that finds no disk small
    assert done.code == 0, done.err
    assert content(out) == expected
    assert all((out / "runs" / f"{name}.parquet").stat().st_mtime_ns == time for name, time in made.items())


@pytest.mark.services
def test_a_full_disk_of_a_dask_worker_is_told_in_the_same_words(tmp_path, whole):
    expected, size = whole
    (tmp_path / "sitecustomize.py").write_text(SMALL_DISK)
    (tmp_path / "size").write_text(str(size // 2))
    (tmp_path / "cluster").mkdir()
    out, file = tmp_path / "out", write(tmp_path)
    cluster = DaskCluster(tmp_path / "cluster", PYTHONPATH=f"{tmp_path}:{CHECKOUT}")
    try:
        cluster.add_worker()
        assert is_told(sweep(file, out, "--cluster", cluster.address), out, "No space left on device")
        assert 0 < len(batches(out)) < 24
        (tmp_path / "size").write_text(str(2 * size))
        done = sweep(file, out, "--resume", "--cluster", cluster.address)
    finally:
        cluster.close()
    assert done.code == 0, done.err
    assert content(out) == expected


def test_a_disk_that_is_full_from_the_start_is_left_as_it_is(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(SMALL_DISK)
    (tmp_path / "size").write_text("100")
    done = sweep(write(tmp_path), tmp_path / "out", PYTHONPATH=f"{tmp_path}:{CHECKOUT}")
    assert done.code == 1
    assert done.err == f"hvecs: cannot write {tmp_path}/out/manifest.json: No space left on device\n"
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("no_workers")
def test_a_small_disk_of_the_system(hvecs, tmp_path, whole):
    """The same where the kernel says no, on a file system of memory."""
    expected, size = whole
    disk = tmp_path / "disk"
    disk.mkdir()
    small = ["mount", "-t", "tmpfs", "-o", f"size={size // 2048}k", "none", disk]
    if subprocess.run(small, capture_output=True, check=False).returncode:
        pytest.skip("only the superuser may mount a small disk")
    try:
        file = write(tmp_path)
        done = hvecs("sweep", file, "--out", disk / "out")
        assert is_told(done, disk / "out", "No space left on device")
        assert not [name for name in files_below(disk) if name.endswith(".partial")]
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        assert hvecs("sweep", file, "--out", disk / "out", "--resume").code == 0
        assert content(disk / "out") == expected
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.usefixtures("no_workers")
def test_a_file_that_grows_too_large(hvecs, tmp_path, whole):
    out, file = tmp_path / "out", write(tmp_path)
    words = shlex.join(command("sweep", file, "--out", out, "--jobs", 2))
    limited = subprocess.run(
        [
            "sh",
            "-c",
            f"ulimit -f 64; exec {words}",
        ],  # 32 KiB, in units of 512 bytes: above the first manifest, below a batch
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert is_told(Done(limited), out, "File too large")
    assert not list(out.rglob("*.partial"))
    assert hvecs("sweep", file, "--out", out, "--resume", "-q").code == 0
    assert content(out) == whole[0]
