"""Files inside a folder that somebody else may have filled: no link is followed on the way to them.

Names are relative, with slashes. The folder itself may be reached by links: the user named it.
"""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final, Literal, NamedTuple

from hvecs.output.errors import NotOurs

IS_WINDOWS: Final = os.open not in os.supports_dir_fd
"""There files are reached by their paths alone, and a link is looked for before, not while, a file is opened."""


def _flags(*names: str) -> int:
    """Join those flags of os.open that the system has."""
    return sum(getattr(os, name, 0) for name in names)


NO_LINK: Final = _flags("O_NOFOLLOW", "O_CLOEXEC", "O_NONBLOCK", "O_BINARY")
"""O_NONBLOCK: opening a FIFO would wait for a writer for ever."""
_FOLDER: Final = _flags("O_NOFOLLOW", "O_CLOEXEC", "O_DIRECTORY")
_READ: Final = NO_LINK | os.O_RDONLY


def open_inside(folder: Path, name: str) -> BinaryIO:
    """Open a regular file for reading.

    Raises:
        FileNotFoundError: there is none.
        NotOurs: it, or a folder on the way to it, is a link or anything else than a regular file.
        OSError: the system refuses.
    """
    with _parent(folder, name) as (parent, last):
        if not _is_regular(parent, last):
            raise NotOurs(folder / name, "is not a regular file")
        return os.fdopen(os.open(last, _READ, dir_fd=parent), "rb")


def create_inside(folder: Path, name: str) -> BinaryIO:
    """Make a new file and the folders on the way to it; a file or link that has this name is removed, not written to.

    Raises:
        NotOurs: a folder on the way to it is a link or a file.
        OSError: the system refuses.
    """
    with _parent(folder, name, make=True) as (parent, last):
        with suppress(FileNotFoundError):
            os.unlink(last, dir_fd=parent)
        flags = NO_LINK | os.O_RDWR | os.O_CREAT | os.O_EXCL
        return os.fdopen(os.open(last, flags, 0o666, dir_fd=parent), "wb")


def rename_inside(folder: Path, old: str, new: str) -> None:
    """Give a file another name in the same folder, once it is on the disk; what has that name is replaced."""
    with _parent(folder, old) as (parent, last):
        descriptor = os.open(last, NO_LINK | os.O_RDWR if IS_WINDOWS else _READ, dir_fd=parent)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        other = last.removesuffix(old.rpartition("/")[2]) + new.rpartition("/")[2]
        os.replace(last, other, src_dir_fd=parent, dst_dir_fd=parent)


def unlink_inside(folder: Path, name: str) -> None:
    """Remove a file or a link; no error if there is none."""
    with suppress(FileNotFoundError), _parent(folder, name) as (parent, last):
        os.unlink(last, dir_fd=parent)


def remove_inside(folder: Path, is_ours: Callable[[str], bool], last: str = "") -> None:
    """Remove the files that are ours by their names, `last` after all others, then all folders that are empty; nothing else.

    Raises:
        OSError: the system refuses.
    """
    for name, kind in list_inside(folder, lambda _: True):
        if kind == "file" and name != last and is_ours(name):
            unlink_inside(folder, name)
    with suppress(OSError):  # a file that is not ours is in it
        _remove_empty(folder, keep=last)
        if last:
            unlink_inside(folder, last)
        folder.rmdir()


def size_inside(folder: Path, name: str) -> tuple[int, float] | None:
    """Give the size (bytes) and the time of the last change (s) of a regular file; None if there is none."""
    try:
        with _parent(folder, name) as (parent, last):
            found = os.stat(last, dir_fd=parent, follow_symlinks=False)
    except OSError:
        return None
    return (found.st_size, found.st_mtime) if stat.S_ISREG(found.st_mode) else None


class Entry(NamedTuple):
    """What a folder holds: its name, and whether it is a file, a folder, or anything else: a link, a pipe."""

    name: str
    kind: Literal["file", "folder", "other"]


def list_inside(folder: Path, enters: Callable[[str], bool]) -> Iterator[Entry]:
    """List all files, in order, and the folders that are empty or not entered.

    `enters` is asked for each folder, by its name; a folder that is not entered costs nothing, however large it is.
    """
    yield from _listed(folder, "", enters)


def _listed(folder: Path, prefix: str, enters: Callable[[str], bool]) -> Iterator[Entry]:
    with os.scandir(folder / prefix if prefix else folder) as entries:
        found = sorted((entry.name, _kind(entry)) for entry in entries)
    for name, kind in found:
        inner = Entry(f"{prefix}{name}", kind)
        below = (
            list(_listed(folder, f"{inner.name}/", enters)) if kind == "folder" and enters(inner.name) else []
        )
        yield from below or [inner]


def _kind(entry: "os.DirEntry[str]") -> Literal["file", "folder", "other"]:
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    return "file" if entry.is_file(follow_symlinks=False) else "other"


def _remove_empty(folder: Path, keep: str) -> None:
    """Remove the folders inside that hold nothing; raise OSError if any file but `keep` is left."""
    with os.scandir(folder) as entries:
        found = [(entry.path, entry.is_dir(follow_symlinks=False), entry.name) for entry in entries]
    for path, is_folder, name in found:
        if is_folder:
            _remove_empty(Path(path), "")
            os.rmdir(path)  # noqa: PTH106 - the path may be no text
        elif name != keep:
            raise OSError(name)


def _is_regular(parent: int | None, name: str) -> bool:
    return stat.S_ISREG(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode)


@contextmanager
def _parent(folder: Path, name: str, *, make: bool = False) -> Iterator[tuple[int | None, str]]:
    """Open the folder that a name lies in, link by link refused; gives its descriptor and the last part of the name.

    On Windows there is no descriptor, and instead of the last part the path is given.
    """
    *way, last = name.split("/")
    if {"", ".", ".."} & {*way, last}:
        raise NotOurs(folder / name, "is not a name inside a folder")
    if IS_WINDOWS:
        yield None, str(_walked(folder, way, folder / name, make=make) / last)
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in way:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(part, dir_fd=descriptor)
            inner = _entered(descriptor, part, folder / name)
            os.close(descriptor)
            descriptor = inner
        yield descriptor, last
    finally:
        os.close(descriptor)


def _walked(folder: Path, way: list[str], path: Path, *, make: bool) -> Path:
    """Give the folder at the end of a way, on which no link lies."""
    for part in way:
        folder /= part
        if make:
            with suppress(FileExistsError):
                folder.mkdir()
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or bool(getattr(found, "st_reparse_tag", False)):
            raise NotOurs(path, f'lies beyond "{part}", which is not a folder')
    return folder


def _entered(descriptor: int, part: str, path: Path) -> int:
    found = os.stat(part, dir_fd=descriptor, follow_symlinks=False)
    if not stat.S_ISDIR(found.st_mode):
        raise NotOurs(path, f'lies beyond "{part}", which is not a folder')
    return os.open(part, _FOLDER, dir_fd=descriptor)
