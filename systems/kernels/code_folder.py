"""The folder that machine code is kept in, and what decides which: the sources of all kernels, the versions, numba's settings.

numba's own cache notices an edit of the file a kernel stands in, but not of a kernel that it calls in another file.
The folder is therefore named after a hash of all sources a kernel can come from; an edit anywhere starts a new one.
"""

import hashlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numba
import numpy as np

from systems.kernels.numba_ext import canary
from systems.kernels.stored import ENDING, discard, is_safe, kernel_files, make_private, read_sound, user_id

_config: Any = numba.config  # its settings exist at run time only

_ROOT = Path(__file__).resolve().parents[2]
_ROOMS = ("components", "systems")
_HASH_NAME = re.compile(r"[0-9a-f]{16}")
_DAY_S = 86_400.0
_NEEDED_BYTES = 64 * 2**20


def _hash_of_sources(root: Path) -> bytes:
    digest = hashlib.sha256()
    files = [path for room in _ROOMS for path in (root / room).rglob("*.py")]
    for name, path in sorted((path.relative_to(root).as_posix(), path) for path in files):
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.digest()


_SOURCES = b"" if _config.DISABLE_JIT else _hash_of_sources(_ROOT)
"""Of the sources as they are when they are imported: an edit of them later is not what this process compiles."""

BOUNDS = os.environ.get("HVECS_BOUNDS", "") not in {"", "0"} or bool(_config.BOUNDSCHECK)
"""Whether kernels check every index (HVECS_BOUNDS=1): slow, for tests; their machine code is kept in a folder of its own."""


@cache
def is_extended() -> bool:
    """Tell whether kernels are compiled with `numba_ext.parts`; else plain njit compiles them: slower, to the same results."""
    return not _config.DISABLE_JIT and canary.works(_chosen_base())


@cache
def cache_folder() -> Path | None:
    """Return the folder of this version's machine code, made and touched; None when nothing can be kept.

    It is `<base>/<hash>`; the base is $NUMBA_CACHE_DIR/hvecs where that is set, else hvecs in the user's cache
    folder, and a private temporary folder where that cannot be written, or can be written by others: what is loaded from it is executed.
    """
    if _config.DISABLE_JIT:
        return None
    name = _fingerprint()
    for base_of in (_chosen_base, _private_temporary_base):
        if (base := base_of()) is None:
            continue
        folder = base / name
        new = not folder.is_dir()
        if _claim(folder):
            if new:
                _forget_beside(folder, keep_days=30.0)
            return folder
    return None


def subfolder_of(source: Path) -> str:
    """Name the subfolder of `cache_folder` for the kernels of a file: it is the same in every copy of these sources.

    Kernels of a file that is not among the sources of this program, which the hash does not know, have the folder of that file's place.
    """
    folder = source.resolve().parent
    if any(folder.is_relative_to(_ROOT / room) for room in _ROOMS):
        return ".".join(folder.relative_to(_ROOT).parts)
    return f"{folder.name}_{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}"


def is_warm(kernel: Callable[..., object] | None = None) -> bool:
    """Tell whether compiled code waits in the cache: of this kernel, or of any kernel where none is named.

    A program that compiles nothing (NUMBA_DISABLE_JIT=1) has nothing to wait for and is warm.
    """
    if _config.DISABLE_JIT:
        return True
    folder = cache_folder()
    if folder is None:
        return False
    if kernel is None:
        return next(kernel_files(folder), None) is not None
    module = Path(getattr(kernel, "py_func").__code__.co_filename).stem  # noqa: B009  (numba adds these; no type knows them)
    cached_in = Path(getattr(kernel, "stats").cache_path)  # noqa: B009
    return next(cached_in.glob(f"{module}.{kernel.__qualname__}-*{ENDING}"), None) is not None


def damaged_files() -> tuple[int, list[Path]]:
    """Return how many files of machine code this version has, and which of them are damaged."""
    folder = cache_folder()
    found = sorted(kernel_files(folder)) if folder is not None else []
    return len(found), [path for path in found if read_sound(path) is None]


def discard_damaged() -> list[Path]:
    """Delete the damaged files of this version's machine code and return them; what they held is compiled anew."""
    damaged = damaged_files()[1]
    for path in damaged:
        discard(path)
        for mark in path.parents[1].glob("warm-*"):  # it says that nothing need be compiled
            discard(mark)
    return damaged


def unsafe_base() -> Path | None:
    """Return the folder that the user's settings ask for if it is not used because others can write it."""
    base = None if _config.DISABLE_JIT else _chosen_base()
    return base if base is not None and base.is_dir() and not is_safe(base) else None


def _fingerprint() -> str:
    """Hash all that decides the machine code: the sources, the versions, and numba's settings for compiling."""
    settings = (_config.OPT, BOUNDS, _config.DEBUGINFO_DEFAULT)
    versions = (numba.__version__, np.__version__, sys.version, is_extended())
    return hashlib.sha256(_SOURCES + repr((versions, settings)).encode()).hexdigest()[:16]


def _chosen_base() -> Path | None:
    """Return the folder the user's settings ask for; None for a user without a home."""
    if _config.CACHE_DIR:
        return Path(_config.CACHE_DIR).absolute() / "hvecs"
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    if Path(xdg).is_absolute():
        return Path(xdg) / "hvecs"
    try:
        return Path.home() / ".cache" / "hvecs"
    except RuntimeError:
        return None


def _private_temporary_base() -> Path | None:
    """Return a temporary folder of this user's."""
    base = Path(tempfile.gettempdir()) / f"hvecs-{user_id()}"
    try:
        base.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return None
    return None if base.is_symlink() else base


def _claim(folder: Path) -> bool:
    """Make the folder, mark it as used now, and tell whether code can be saved in it, and by nobody else."""
    try:
        make_private(folder.parent)
        if not is_safe(folder.parent):
            return False
        folder.mkdir(mode=0o700, exist_ok=True)
        if not is_safe(folder):
            return False
        os.utime(folder)
        tempfile.TemporaryFile(dir=folder).close()
        return shutil.disk_usage(folder).free > _NEEDED_BYTES  # numba raises where a save finds the disk full
    except OSError:
        return False


def _forget_beside(folder: Path, keep_days: float) -> None:
    """Delete this folder's siblings last used more than `keep_days` before it."""
    with suppress(OSError):
        oldest = folder.stat().st_mtime - keep_days * _DAY_S
        for entry in os.scandir(folder.parent):
            if not _HASH_NAME.fullmatch(entry.name) or not entry.is_dir(follow_symlinks=False):
                continue
            if entry.name != folder.name and entry.stat(follow_symlinks=False).st_mtime < oldest:
                shutil.rmtree(entry.path, ignore_errors=True)
