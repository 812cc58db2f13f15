import os

import pytest

from hvecs.output import lock as lock_module
from hvecs.output.errors import Busy, NotOurs, Unwritable
from hvecs.output.lock import FolderLock


@pytest.fixture
def lock(tmp_path):
    return FolderLock(tmp_path / "x.partial", "a run")


@pytest.fixture
def removals(monkeypatch, lock):
    """How often the owner of the lock removes the folder just when another takes the lock of its file."""
    real, left = lock_module.lock, [0]

    def taken(descriptor, mode):
        real(descriptor, mode)
        if left[0]:
            left[0] -= 1
            (lock.folder / "lock").unlink()
            lock.folder.rmdir()

    monkeypatch.setattr(lock_module, "lock", taken)
    return left


def test_the_folder_comes_and_goes_with_the_lock(lock):
    lock.acquire()
    assert lock.held
    assert (lock.folder / "lock").read_text() == str(os.getpid())
    lock.release()
    assert not lock.held
    assert not lock.folder.exists()
    lock.release()


def test_a_folder_in_which_something_is_left_stays_and_can_be_locked_again(lock):
    lock.acquire()
    (lock.folder / "left").touch()
    lock.release()
    assert (lock.folder / "left").exists()
    lock.acquire()
    assert lock.held


def test_one_holds_it_at_a_time(lock):
    lock.acquire()
    other = FolderLock(lock.folder, "a run")
    with pytest.raises(Busy, match=rf"x\.partial is being written by process {os.getpid()}$"):
        other.acquire()
    assert not other.held
    other.release()
    assert lock.folder.exists()
    lock.release()
    other.acquire()
    assert other.held


def test_an_empty_folder_is_taken(lock):
    lock.folder.mkdir()
    lock.acquire()
    assert lock.held


def test_a_folder_that_is_not_ours_is_refused_and_left_alone(lock):
    lock.folder.mkdir()
    (lock.folder / "thesis.txt").touch()
    with pytest.raises(NotOurs, match=r"x\.partial holds files that are not of a run; it is left as it is"):
        lock.acquire()
    assert [path.name for path in lock.folder.iterdir()] == ["thesis.txt"]


def test_what_is_no_folder_is_refused(lock):
    lock.folder.touch()
    with pytest.raises(NotOurs, match=r"x\.partial is not a folder"):
        lock.acquire()


def test_a_folder_in_no_folder_cannot_be_made(tmp_path):
    with pytest.raises(Unwritable, match=r"cannot write .*none/x\.partial: No such file or directory"):
        FolderLock(tmp_path / "none" / "x.partial", "a run").acquire()


def test_a_lock_on_a_file_that_its_owner_has_removed_is_taken_anew(lock, removals):
    removals[0] = 3
    lock.acquire()
    with pytest.raises(Busy):
        FolderLock(lock.folder, "a run").acquire()


def test_it_gives_up_after_many_removals(lock, removals):
    removals[0] = 1_000_000
    with pytest.raises(Busy, match="other runs"):
        lock.acquire()
