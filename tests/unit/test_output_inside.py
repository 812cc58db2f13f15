"""Files inside a folder: no link is followed, by any name."""

import os

import pytest

from hvecs.output.errors import NotOurs
from hvecs.output.inside import (
    Entry,
    create_inside,
    list_inside,
    open_inside,
    remove_inside,
    rename_inside,
    size_inside,
    unlink_inside,
)


@pytest.fixture
def folder(tmp_path):
    """A folder with a file, beside a folder of somebody else with one."""
    for name in ("ours", "theirs"):
        (tmp_path / name / "sub").mkdir(parents=True)
        (tmp_path / name / "sub" / "file").write_text(name)
    return tmp_path / "ours"


def theirs(folder):
    return (folder.parent / "theirs" / "sub" / "file").read_text()


def test_a_file_is_read_written_renamed_and_removed(folder):
    with open_inside(folder, "sub/file") as file:
        assert file.read() == b"ours"
    with create_inside(folder, "a/b/c.partial") as file:
        file.write(b"new")
    rename_inside(folder, "a/b/c.partial", "a/b/c")
    assert (folder / "a/b/c").read_text() == "new"
    assert size_inside(folder, "a/b/c")[0] == 3
    unlink_inside(folder, "a/b/c")
    unlink_inside(folder, "a/b/c")
    unlink_inside(folder, "none/at/all")
    assert not (folder / "a/b/c").exists()
    assert size_inside(folder, "a/b/c") is None


@pytest.mark.parametrize(
    "name", ["../theirs/sub/file", "sub/../../theirs/sub/file", "/etc/passwd", "sub//file", "./sub/file", ""]
)
def test_a_name_that_leads_elsewhere_is_refused(folder, name):
    for act in (open_inside, create_inside, unlink_inside):
        with pytest.raises(NotOurs, match="is not a name inside a folder"):
            act(folder, name)
    assert theirs(folder) == "theirs"


@pytest.mark.parametrize("link", ["sub", "sub/file"])
def test_a_link_is_not_followed_to_read_or_to_write(folder, link):
    path = folder / link
    if path.is_dir():
        (path / "file").unlink()
        path.rmdir()
    else:
        path.unlink()
    path.symlink_to(folder.parent / "theirs" / link)
    with pytest.raises(NotOurs):
        open_inside(folder, "sub/file")
    assert size_inside(folder, "sub/file") is None
    if link == "sub":
        with pytest.raises(NotOurs):
            create_inside(folder, "sub/file")
        with pytest.raises(NotOurs):
            unlink_inside(folder, "sub/file")
    else:
        with create_inside(folder, "sub/file") as file:
            file.write(b"new")
        assert not path.is_symlink()
    assert theirs(folder) == "theirs"


def test_a_hard_link_is_not_written_through(folder):
    (folder / "x").hardlink_to(folder.parent / "theirs" / "sub" / "file")
    with create_inside(folder, "x") as file:
        file.write(b"new")
    assert theirs(folder) == "theirs"


def test_a_pipe_is_no_file_and_nobody_waits_for_it(folder):
    os.mkfifo(folder / "pipe")
    with pytest.raises(NotOurs, match="is not a regular file"):
        open_inside(folder, "pipe")


def test_folders_that_are_not_entered_are_listed_and_nothing_in_them(folder):
    (folder / "empty").mkdir()
    (folder / "link").symlink_to("sub")
    (folder / "b").touch()
    expected = [Entry("b", "file"), Entry("empty", "folder"), Entry("link", "other")]
    assert list(list_inside(folder, lambda _: True)) == [*expected, Entry("sub/file", "file")]
    assert list(list_inside(folder, lambda _: False)) == [*expected, Entry("sub", "folder")]


def test_only_what_is_ours_is_removed_and_the_last_file_only_if_nothing_is_left(folder):
    for name in ("last", "sub/theirs"):
        (folder / name).touch()
    (folder / "link").symlink_to("../theirs/sub")
    remove_inside(folder, {"last", "sub/file", "link", "link/file"}.__contains__, "last")
    assert {path.name for path in folder.rglob("*")} == {"last", "sub", "theirs", "link"}
    assert theirs(folder) == "theirs"
    (folder / "link").unlink()
    (folder / "sub" / "theirs").unlink()
    remove_inside(folder, {"last"}.__contains__, "last")
    assert not folder.exists()
