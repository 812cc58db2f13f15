"""What others put into the place of results: it is refused, the first such file named, and nothing is touched."""

import os
import shutil

import pytest

from hvecs.output import inside
from tests.folders import fingerprint

pytestmark = pytest.mark.journey

FOREIGN = ("notes.txt", "plots/p.txt", "runs/mine.parquet", "job/deep/er/x", ".hidden", "scenario.toml.bak")


def rerun(hvecs):
    return hvecs("run", "small.toml", "--out", "R", "-q")


def resumed(hvecs, *more):
    return hvecs("sweep", "sweep.toml", "--out", "S", "-q", *(more or ("--resume",)))


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_of_the_users_in_the_folder_of_results(hvecs, tmp_path, name):
    for place in "RS":
        (tmp_path / place / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place / name).write_text("mine")
    before = fingerprint(tmp_path)
    first = name.partition("/")[0] if name.startswith(("plots", "job/deep")) else name
    for done in (
        rerun(hvecs),
        resumed(hvecs),
        resumed(hvecs, "--shard", "1/2"),
        resumed(hvecs, "--retry-failed"),
    ):
        assert (done.code, done.out) == (2, "")
        assert f", such as {first}" in done.err or ", such as job/deep" in done.err
        assert done.err.endswith("; it is left as it is\n")
    assert fingerprint(tmp_path) == before
    for place in "RS":
        shutil.rmtree(tmp_path / place / name.partition("/")[0]) if "plots" in name else (
            tmp_path / place / name
        ).unlink()
    if "deep" in name:  # folders that are empty are not ours either
        assert rerun(hvecs).code == 2
        return
    assert rerun(hvecs).code == 0
    assert resumed(hvecs).code == 0


@pytest.mark.usefixtures("made")
def test_a_project_with_a_manifest_like_ours_is_no_run(hvecs, tmp_path):
    (tmp_path / "p/src").mkdir(parents=True)
    (tmp_path / "p/src/code.py").write_text("code")
    for content in (
        '{"format": "hvecs-run"}',
        '{"format": "hvecs-run", "files": {"src/code.py": {}}}',
        '{"format": "hvecs-sweep"}',
    ):
        (tmp_path / "p/manifest.json").write_text(content)
        before = fingerprint(tmp_path / "p")
        for done in (
            hvecs("run", "small.toml", "--out", "p", "-q"),
            hvecs("sweep", "sweep.toml", "--out", "p", "--resume"),
        ):
            assert done.code == 2
        assert fingerprint(tmp_path / "p") == before


@pytest.mark.usefixtures("made")
def test_a_large_home_is_refused_without_a_walk(hvecs, tmp_path, monkeypatch):
    home = tmp_path / "home"
    for name in ("a/b/c/d", "e/f/g", "runs/x", "job/y", "summary/z"):
        (home / name).mkdir(parents=True)
    looked, real = [], os.scandir
    monkeypatch.setattr(inside.os, "scandir", lambda path=".": looked.append(str(path)) or real(path))
    for place in (home, "/"):
        for command, file in (("run", "small.toml"), ("sweep", "sweep.toml")):
            looked.clear()
            done = hvecs(command, file, "--out", place, "-q")
            assert done.code == 2
            assert "it is left as it is" in done.err
            assert set(looked) <= {str(place)}


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("name", ["x" * 248, "x" * 255, os.fsdecode(b"o\xff"), "a b", "\u00fc\u4e16"])
def test_a_name_may_be_long_or_no_text(hvecs, tmp_path, name):
    """Bytes that are no UTF-8 are carried through every command."""
    here = tmp_path / os.fsdecode(b"h\xfe")
    here.mkdir()
    for file in ("small.toml", "sweep.toml"):
        shutil.copy(tmp_path / file, here / file)
    file = here / os.fsdecode(b"s\xff.toml")
    (here / "sweep.toml").rename(file)
    run, swept = here / name, here / f"{name[:-1]}y"
    assert hvecs("run", here / "small.toml", "--out", run, "-q").code == 0
    assert hvecs("run", here / "small.toml", "--out", run, "-q").code == 0
    assert hvecs("sweep", file, "--out", swept, "-q").code == 0
    (swept / "job/b00000.parquet").unlink()
    assert hvecs("sweep", file, "--out", swept, "-q", "--resume").code == 0
    for place in (run, swept):
        assert hvecs("verify", place).code == 0
        assert hvecs("compare", place, place).code == 0
    assert hvecs("status", swept, "--json").data["state"] == "complete"
    assert {path.name for path in here.iterdir()} == {"small.toml", file.name, run.name, swept.name}


@pytest.mark.usefixtures("made")
def test_a_name_that_is_too_long_is_refused_before_any_work(hvecs, tmp_path):
    before = fingerprint(tmp_path)
    for command, file in (("run", "small.toml"), ("sweep", "sweep.toml")):
        done = hvecs(command, file, "--out", "x" * 256, "-q")
        assert (done.code, done.out) == (1, "")
        assert "File name too long" in done.err
    assert fingerprint(tmp_path) == before


@pytest.mark.usefixtures("made")
def test_a_file_that_is_called_lock_is_not_written_to(hvecs, tmp_path):
    for place in ("S", "fresh"):
        (tmp_path / place).mkdir(exist_ok=True)
        (tmp_path / place / "lock").write_text("the combination")
        done = hvecs("sweep", "sweep.toml", "--out", place, "-q", *(("--resume",) if place == "S" else ()))
        assert done.code == 2
        assert (tmp_path / place / "lock").read_text() == "the combination"
        (tmp_path / place / "lock").unlink()
        (tmp_path / place / "lock").symlink_to(tmp_path / "canary/notes.txt")
        assert (
            hvecs("sweep", "sweep.toml", "--out", place, "-q", *(("--resume",) if place == "S" else ())).code
            == 2
        )
        assert (tmp_path / "canary/notes.txt").read_text() == "mine"
