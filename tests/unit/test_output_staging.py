import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hvecs.output import staging as staging_module
from hvecs.output.errors import Busy, NotOurs, Unwritable
from hvecs.output.lock import LOCK_NAME
from hvecs.output.staging import Ownership, Staging, sync

OURS = "ours.txt"
NAMES = frozenset({OURS, "sub/data"})
OWNERSHIP = Ownership(
    "a run", lambda folder: NAMES if (folder / OURS).exists() else frozenset(), NAMES.__contains__, OURS
)


def staging_at(out):
    return Staging(out, OWNERSHIP)


def fill(folder, text):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / OURS).write_text(text)
    (folder / "sub").mkdir(exist_ok=True)
    (folder / "sub" / "data").write_text(text)


def publish(out, text):
    staging = staging_at(out)
    staging.open()
    try:
        fill(staging.path, text)
        staging.publish()
    finally:
        staging.close()


def content(folder):
    """Give the files inside, but for the process id in a lock."""
    found = [path for path in folder.rglob("*") if path.is_file() and not path.is_fifo()]
    return {str(path.relative_to(folder)): "" if path.name == "lock" else path.read_text() for path in found}


def run_of(text):
    return {OURS: text, "sub/data": text}


CHILD = f"""
import os, signal, sys
from pathlib import Path
from hvecs.output.staging import Ownership, Staging

out, renames = Path(sys.argv[1]), int(sys.argv[2])
done = 0
real = Path.rename

def rename(self, target):
    global done
    if done == renames:
        os.kill(os.getpid(), signal.SIGKILL)
    done += 1
    return real(self, target)

Path.rename = rename
names = frozenset({{"{OURS}", "sub/data"}})
staging = Staging(out, Ownership("a run", lambda _: names, names.__contains__, "{OURS}"))
staging.open()
(staging.path / "{OURS}").write_text("new")
if renames < 0:
    print("writing", flush=True)
    sys.stdin.read()
staging.publish()
os.kill(os.getpid(), signal.SIGKILL)
"""
KILLED = -9


def killed_after(renames, out):
    return subprocess.run([sys.executable, "-c", CHILD, out, str(renames)], check=False).returncode


@pytest.fixture
def writing_elsewhere(tmp_path):
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, tmp_path / "out", "-1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout.readline() == b"writing\n"
    yield child
    child.kill()
    child.communicate()


def test_nothing_is_at_the_final_place_until_publish(tmp_path):
    out = tmp_path / "deep" / "er" / "out"
    staging = staging_at(out)
    staging.open()
    fill(staging.path, "new")
    assert staging.path.is_relative_to(tmp_path / "deep" / "er" / "out.partial")
    assert not out.exists()
    staging.publish()
    assert content(out) == run_of("new")
    staging.close()
    staging.close()
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_what_is_closed_unpublished_leaves_nothing(tmp_path):
    staging = staging_at(tmp_path / "out")
    staging.open()
    fill(staging.path, "new")
    staging.close()
    assert list(tmp_path.iterdir()) == []


def test_an_older_run_is_replaced_whole(tmp_path):
    out = tmp_path / "out"
    publish(out, "old")
    publish(out, "new")
    assert content(out) == run_of("new")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("name", ["notes.txt", "sub/notes.txt", "plots/", "plots/a.png", "sub/deep/er/x"])
def test_an_older_run_with_a_file_of_others_is_refused_and_nothing_is_touched(tmp_path, name):
    out = tmp_path / "out"
    publish(out, "old")
    path = out / name
    path.mkdir() if name.endswith("/") else (
        path.parent.mkdir(parents=True, exist_ok=True),
        path.write_text("x"),
    )
    before = sorted(tmp_path.rglob("*")), content(tmp_path)
    first = (
        name
        if name.startswith(("notes", "sub/notes"))
        else name.partition("/")[0]
        if "sub" not in name
        else "sub/deep"
    )
    with pytest.raises(
        NotOurs, match=rf"out holds files that are not of a run, such as {first}/?; it is left as it is"
    ):
        publish(out, "new")
    assert (sorted(tmp_path.rglob("*")), content(tmp_path)) == before


@pytest.mark.parametrize("name", [OURS, "sub", "sub/data"])
def test_a_link_is_no_file_of_ours_and_is_not_followed(tmp_path, name):
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    publish(out, "old")
    (out / name).rename(elsewhere)
    (out / name).symlink_to(elsewhere)
    before = content(tmp_path)
    with pytest.raises(NotOurs):
        publish(out, "new")
    assert content(tmp_path) == before


def test_a_file_that_comes_to_the_old_run_while_it_is_replaced_is_kept(tmp_path, monkeypatch):
    """The last look at the old run is after it was set aside: what others wrote in between is not removed."""
    out = tmp_path / "out"
    publish(out, "old")
    real = Path.rename

    def rename(self, target):
        if self == out:
            (self / "notes.txt").write_text("mine")
        return real(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", rename)
        publish(out, "new")
    assert content(out) == run_of("new")
    assert content(tmp_path / "out.partial" / "replaced") == {"notes.txt": "mine", OURS: "old"}
    with pytest.raises(NotOurs, match=r"replaced holds files that are not of a run, such as notes\.txt"):
        publish(out, "next")
    assert (tmp_path / "out.partial" / "replaced" / "notes.txt").exists()


@pytest.mark.parametrize("length", [247, 248, 254, 255])
def test_a_name_may_be_as_long_as_the_system_allows(tmp_path, length):
    out = tmp_path / ("x" * length)
    publish(out, "old")
    publish(out, "new")
    assert content(out) == run_of("new")
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


def test_an_empty_folder_is_replaced(tmp_path):
    (tmp_path / "out").mkdir()
    publish(tmp_path / "out", "new")
    assert content(tmp_path / "out") == run_of("new")


def test_a_link_leads_to_the_folder_that_is_replaced(tmp_path):
    fill(tmp_path / "real", "old")
    (tmp_path / "link").symlink_to("real")
    publish(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert content(tmp_path / "real") == run_of("new")


@pytest.mark.parametrize("trailing", ["out/", "./out", "sub/../out"])
def test_the_place_may_be_written_in_many_ways(tmp_path, monkeypatch, trailing):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    publish(Path(trailing), "new")
    assert content(tmp_path / "out") == run_of("new")


def test_what_was_set_aside_and_is_not_ours_comes_back_and_is_refused_before_anything_is_written(tmp_path):
    """A dead process had set it aside, and somebody has put a file of theirs there since."""
    out, way = tmp_path / "out", tmp_path / "out.partial"
    (way / "replaced").mkdir(parents=True)
    (way / LOCK_NAME).write_text("")
    (way / "replaced" / "notes.txt").write_text("mine")
    staging = staging_at(out)
    with pytest.raises(NotOurs, match=r"out holds files that are not of a run, such as notes\.txt"):
        staging.open()
    assert content(tmp_path) == {"out/notes.txt": "mine"}


def test_a_folder_of_others_is_refused_and_left_alone(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("x")
    with pytest.raises(
        NotOurs, match=rf"{out} holds files that are not of a run, such as thesis\.txt; it is left as it is"
    ):
        staging_at(out).open()
    assert content(tmp_path) == {"out/thesis.txt": "x"}


@pytest.mark.parametrize("make", [Path.touch, os.mkfifo, lambda out: out.symlink_to(out.name)])
def test_what_is_no_folder_is_refused(tmp_path, make):
    make(tmp_path / "out")
    with pytest.raises(NotOurs, match=rf"{tmp_path}/out is not a folder; it is left as it is"):
        staging_at(tmp_path / "out").open()
    assert os.path.lexists(tmp_path / "out")


def test_the_root_of_the_file_system_is_not_ours():
    with pytest.raises(NotOurs, match=r"^/ holds files"):
        staging_at(Path("/")).open()


def test_a_place_below_a_file_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(Unwritable, match=rf"cannot write {tmp_path}/file/sub: Not a directory"):
        staging_at(tmp_path / "file" / "sub" / "out").open()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no /proc here")
def test_a_file_system_that_takes_no_files_cannot_be_written():
    with pytest.raises(Unwritable, match=r"cannot write /proc/hvecs-no-such\.partial"):
        staging_at(Path("/proc/hvecs-no-such")).open()


def test_a_name_that_is_too_long_cannot_be_written(tmp_path):
    with pytest.raises(Unwritable, match="File name too long"):
        staging_at(tmp_path / ("x" * 256)).open()


def test_a_read_only_folder_cannot_be_written(tmp_path, monkeypatch):
    fill(tmp_path / "out", "old")
    monkeypatch.setattr(staging_module.os, "access", lambda *_: False)  # root may write anywhere
    with pytest.raises(Unwritable, match=rf"cannot write {tmp_path}/out: Permission denied") as caught:
        staging_at(tmp_path / "out").open()
    assert caught.value.errno == errno.EACCES


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_parent_cannot_be_written(tmp_path):
    tmp_path.chmod(0o555)
    with pytest.raises(Unwritable, match="Permission denied"):
        staging_at(tmp_path / "out").open()


def test_a_mount_point_is_refused_before_the_run_and_not_after_it(tmp_path, monkeypatch):
    fill(tmp_path / "out", "old")
    monkeypatch.setattr(Path, "is_mount", lambda _: True)
    with pytest.raises(Unwritable, match="mount point cannot be replaced; name a folder inside it"):
        staging_at(tmp_path / "out").open()


def test_a_second_writer_is_told_who_the_first_is(tmp_path, writing_elsewhere):
    with pytest.raises(Busy, match=rf"out\.partial is being written by process {writing_elsewhere.pid}$"):
        staging_at(tmp_path / "out").open()
    assert (tmp_path / "out.partial").is_dir()


def test_the_first_writer_is_not_disturbed_by_the_second(tmp_path):
    first = staging_at(tmp_path / "out")
    first.open()
    second = staging_at(tmp_path / "out")
    with pytest.raises(Busy):
        second.open()
    second.close()
    fill(first.path, "first")
    first.publish()
    first.close()
    assert content(tmp_path) == {"out/" + name: text for name, text in run_of("first").items()}


def test_a_writer_killed_while_writing_leaves_a_partial_that_the_next_one_clears(tmp_path, writing_elsewhere):
    out = tmp_path / "out"
    writing_elsewhere.kill()
    assert writing_elsewhere.wait() == KILLED
    assert [path.name for path in tmp_path.iterdir()] == ["out.partial"]
    publish(out, "next")
    assert content(out) == run_of("next")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_writer_killed_before_it_replaces_leaves_the_old_run(tmp_path):
    out = tmp_path / "out"
    publish(out, "old")
    assert killed_after(0, out) == KILLED
    assert content(out) == run_of("old")


def test_an_old_run_set_aside_by_a_killed_writer_is_put_back_by_the_next_start(tmp_path):
    out = tmp_path / "out"
    publish(out, "old")
    assert killed_after(1, out) == KILLED
    assert not out.exists()
    staging = staging_at(out)
    staging.open()
    assert content(out) == run_of("old")
    staging.close()
    assert content(out) == run_of("old")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_writer_killed_once_it_has_replaced_leaves_the_new_run(tmp_path):
    out = tmp_path / "out"
    publish(out, "old")
    assert killed_after(2, out) == KILLED
    assert content(out) == {OURS: "new"}
    publish(out, "next")
    assert content(out) == run_of("next")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
def test_the_old_run_is_back_when_the_new_one_cannot_take_its_place(tmp_path, monkeypatch, error):
    out = tmp_path / "out"
    publish(out, "old")
    real = Path.rename

    def rename(self, target):
        if self.name == "run":
            raise error
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    staging = staging_at(out)
    staging.open()
    fill(staging.path, "new")
    with pytest.raises((Unwritable, KeyboardInterrupt)) as caught:
        staging.publish()
    assert isinstance(caught.value, KeyboardInterrupt) or caught.value.path == out
    assert content(out) == run_of("old")
    staging.close()
    assert content(tmp_path) == {"out/" + name: text for name, text in run_of("old").items()}


def test_an_old_run_that_cannot_be_put_back_is_never_thrown_away(tmp_path, monkeypatch):
    out = tmp_path / "out"
    publish(out, "old")
    real = Path.rename

    def rename(self, target):
        if self.name in {"run", "replaced"}:
            raise OSError(errno.EIO, "broken")
        return real(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", rename)
        with pytest.raises(Unwritable):
            publish(out, "new")
    assert content(tmp_path / "out.partial" / "replaced") == run_of("old")
    staging_at(out).open()
    assert content(out) == run_of("old")


def test_what_came_to_the_place_meanwhile_is_not_replaced(tmp_path):
    out = tmp_path / "out"
    staging = staging_at(out)
    staging.open()
    fill(staging.path, "new")
    out.mkdir()
    (out / "thesis.txt").write_text("x")
    with pytest.raises(NotOurs):
        staging.publish()
    staging.close()
    assert content(tmp_path) == {"out/thesis.txt": "x"}


@pytest.mark.parametrize("what", ["stray", "run", "replaced", "run/notes.txt", "replaced/notes.txt", "."])
def test_files_and_links_of_others_in_a_stale_partial_stay(tmp_path, what):
    fill(tmp_path / "elsewhere", "kept")
    partial = tmp_path / "out.partial"
    if what == ".":
        partial.symlink_to(tmp_path / "elsewhere")
    else:
        (partial / what).parent.mkdir(parents=True)
        (partial / "lock").touch()
    if what in {"run", "replaced"}:
        (partial / what).symlink_to(tmp_path / "elsewhere")
    elif what != ".":
        (partial / what).write_text("mine")
    if what == "replaced/notes.txt":
        fill(tmp_path / "out", "old")
    before = content(tmp_path)
    with pytest.raises(NotOurs):
        publish(tmp_path / "out", "new")
    assert content(tmp_path) == before


@pytest.mark.parametrize("kind", ["text", "link", "hard link", "fifo"])
def test_what_is_no_lock_is_not_written_to(tmp_path, kind):
    fill(tmp_path / "elsewhere", "12345")
    partial = tmp_path / "out.partial"
    partial.mkdir()
    lock = partial / "lock"
    if kind == "text":
        lock.write_text("my notes")
    elif kind == "link":
        lock.symlink_to(tmp_path / "elsewhere" / OURS)
    elif kind == "hard link":
        lock.hardlink_to(tmp_path / "elsewhere" / OURS)
    else:
        os.mkfifo(lock)
    with pytest.raises(NotOurs, match="lock is not a file of a lock"):
        publish(tmp_path / "out", "new")
    assert (tmp_path / "elsewhere" / OURS).read_text() == "12345"
    assert kind != "text" or lock.read_text() == "my notes"


def test_a_partial_that_cannot_be_cleared_keeps_its_run_published(tmp_path, monkeypatch):
    out = tmp_path / "out"
    publish(out, "old")

    def refuse(*_):
        raise OSError(errno.EIO, "broken")

    with monkeypatch.context() as patch:
        patch.setattr(staging_module, "remove_inside", refuse)
        publish(out, "new")
    assert content(out) == run_of("new")
    publish(out, "next")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_failure_on_opening_lets_go_of_the_lock(tmp_path, monkeypatch):
    def refuse(_self):
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch:
        patch.setattr(Staging, "_clear", refuse)
        with pytest.raises(Unwritable, match="No space left on device"):
            staging_at(tmp_path / "out").open()
    publish(tmp_path / "out", "new")


@pytest.mark.parametrize(("number", "raises"), [(errno.EINVAL, False), (errno.EIO, True)])
def test_a_file_system_that_cannot_sync_folders_is_forgiven_and_other_errors_are_not(
    tmp_path, monkeypatch, number, raises
):
    def fsync(_descriptor):
        raise OSError(number, "fsync")

    monkeypatch.setattr(staging_module.os, "fsync", fsync)
    if raises:
        with pytest.raises(OSError, match="fsync"):
            sync(tmp_path)
    else:
        sync(tmp_path)
