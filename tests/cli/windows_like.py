"""Takes from Python what Windows has not. Copied as sitecustomize.py, it does so in workers too."""

import os
import signal
import sys

_open, _lseek = os.open, os.lseek


def _opened(path, flags, mode=0o777, *, dir_fd=None):
    """Open a file by its path; folders are refused."""
    assert dir_fd is None
    if not isinstance(path, int) and os.path.isdir(path):  # noqa: PTH112 - the path may be bytes
        raise PermissionError(13, "is a folder", path)
    return _open(path, flags, mode)


os.open = _opened
os.supports_dir_fd = set()
os.supports_fd = set()
for name in (
    "fork",
    "forkpty",
    "getuid",
    "geteuid",
    "pread",
    "pwrite",
    "sched_getaffinity",
    "sysconf",
    "O_NOFOLLOW",
    "O_DIRECTORY",
    "O_CLOEXEC",
    "O_NONBLOCK",
):
    delattr(os, name)
for name in ("SIGHUP", "pthread_sigmask"):
    delattr(signal, name)

import fcntl  # noqa: E402 - once the rest is gone
import subprocess  # noqa: E402, F401 - it asks for msvcrt to know where it is
from importlib.machinery import ModuleSpec  # noqa: E402
from types import ModuleType  # noqa: E402

_lockf, _how = fcntl.lockf, fcntl.LOCK_EX | fcntl.LOCK_NB


def _locking(descriptor, _mode, count):
    _lockf(descriptor, _how, count, _lseek(descriptor, 0, 1))


msvcrt = ModuleType("msvcrt")
msvcrt.__spec__ = ModuleSpec("msvcrt", None)
msvcrt.LK_NBLCK, msvcrt.locking = 2, _locking
sys.modules |= {"msvcrt": msvcrt, "fcntl": None, "resource": None}
