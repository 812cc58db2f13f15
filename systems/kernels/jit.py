"""The decorators of every kernel, and the folder its machine code is kept in.

Beside this file only `numba_ext` knows numba: how the tables, policies and schedules reach a kernel, and how parts are compiled.

numba's own cache notices an edit of the file a kernel stands in, but not of a kernel that it calls in another file.
The folder is therefore named after a hash of all sources a kernel can come from; an edit anywhere starts a new one.
"""

import hashlib
import os
import platform
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np
from numba.core import types

from systems.kernels.numba_ext import canary
from systems.kernels.numba_ext.later import Kernel, Part
from systems.kernels.numba_ext.parts import KernelCompiler, PartCompiler
from systems.kernels.numba_ext.shortcuts import resolved_once
from systems.kernels.stored import ENDING, discard, is_safe, kept_sound, kernel_files, read_sound, user_id
from systems.kernels.uninterrupted import signals_held

F = TypeVar("F", bound=Callable[..., Any])

_config: Any = numba.config  # its settings exist at run time only
_numba_njit: Any = numba.njit  # and so does the option used below

_ROOMS = ("components", "systems")
_HASH_NAME = re.compile(r"[0-9a-f]{16}")
_DAY_S = 86_400.0
_NEEDED_BYTES = 64 * 2**20

BOUNDS = os.environ.get("HVECS_BOUNDS", "") not in {"", "0"} or bool(_config.BOUNDSCHECK)
"""Whether kernels check every index (HVECS_BOUNDS=1): slow, for tests; their machine code is kept in a folder of its own."""

CHECKED = BOUNDS or bool(_config.DISABLE_JIT)
"""Whether kernels check what the tables promise, and raise an exception where it is not so: with bounds, and in plain Python."""


def njit(function: F) -> F:
    """Compile a function when Python first calls it and keep the machine code in this program's cache folder; to kernels it is a `part`.

    A kernel borrows its arrays (`_nrt=False`): numba otherwise counts a reference to every array of every call,
    which makes a heap operation up to five times as slow. So a kernel that allocates or returns an array is
    refused when it is compiled. No divisor is tested for zero either (`error_model="numpy"`); plain Python tests them all. With NUMBA_DISABLE_JIT=1 the function stays plain Python and no folder is made.
    """
    if _config.DISABLE_JIT:
        return function
    made: Any = Kernel(function, _inner_dispatcher, _outer_dispatcher)
    kept: F = made
    return kept


def _outer_dispatcher(function: Callable[..., Any]) -> Any:
    """Return numba's dispatcher of a function that Python calls."""
    folder = cache_folder()
    with _numba_caching_in(folder):
        compiled = _numba_njit(cache=folder is not None, boundscheck=BOUNDS, **_extension(KernelCompiler))(
            function
        )
    return _in_peace(kept_sound(compiled) if folder is not None else compiled)


def _inner_dispatcher(function: Callable[..., Any], **options: bool) -> Any:
    """Return numba's dispatcher of a function that kernels call."""
    chosen = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "boundscheck": BOUNDS, **options}
    return _of_plain_types(_numba_njit(**chosen, **_extension(PartCompiler))(function))


def part(function: F) -> F:
    """Compile a function that only kernels call: no door from Python, no machine code of its own in the cache.

    Its code becomes part of every kernel that calls it, which is where it is kept.
    """
    return _part(function)


def small(function: F) -> F:
    """Compile a short `part` into the very place of each call, where its reads of the tables are shared with the caller's."""
    return _part(function, forceinline=True)


def _part(function: F, **options: bool) -> F:
    if _config.DISABLE_JIT:
        return function

    made: Any = Part(function, lambda function: _inner_dispatcher(function, **options))
    kept: F = made
    return kept


def direct(kernel: F, *arguments: object) -> F:
    """Return the machine code of a kernel for arguments of the types of these, to be called with no others: it does not look at types.

    It is compiled, or loaded, now. A function that stays plain Python is returned as it is.
    """
    if _config.DISABLE_JIT:
        return kernel
    dispatcher: Any = kernel
    types_of = tuple(map(dispatcher.typeof_pyval, arguments))
    dispatcher.compile(types_of)
    code: F = dispatcher.get_overload(types_of)
    return code


def _in_peace(compiled: Any) -> Any:
    """Hold signals while a kernel is loaded or compiled."""
    compile_now = compiled.compile

    def compile_in_peace(signature: Any) -> Any:
        with signals_held():
            return compile_now(signature)

    compiled.compile = compile_in_peace
    return compiled


@cache
def is_extended() -> bool:
    """Tell whether kernels are compiled with `numba_ext.parts`; else plain njit compiles them: slower, to the same results."""
    return not _config.DISABLE_JIT and canary.works(_chosen_base())


def _extension(compiler: type[Any]) -> dict[str, Any]:
    """Return the options of numba: no test of divisors; where this numba can, compile with `compiler` and borrow arrays."""
    options: dict[str, Any] = {"error_model": "numpy"}
    return options | {"_nrt": False, "pipeline_class": compiler} if is_extended() else options


def _of_plain_types(compiled: Any) -> Any:
    """Have a function compiled once for all constants that it is called with; numba would compile it for each."""
    if not is_extended():
        return compiled
    resolve = compiled.get_call_template

    def resolve_plain(args: Any, kws: Any) -> Any:
        return resolve(tuple(map(types.unliteral, args)), {name: types.unliteral(kws[name]) for name in kws})

    compiled.get_call_template = resolved_once(resolve_plain)
    return compiled


@cache
def cache_folder() -> Path | None:
    """Return the folder of this version's machine code, made and touched; None when nothing can be kept.

    It is `<base>/<hash>`; the base is $NUMBA_CACHE_DIR/hvecs where that is set, else hvecs in the user's cache
    folder, and a private temporary folder where that cannot be written, or can be written by others: what is loaded from it is executed.
    """
    if _config.DISABLE_JIT:
        return None
    name = _fingerprint(Path(__file__).resolve().parents[2])
    for base in (_chosen_base(), _private_temporary_base()):
        if base is None:
            continue
        folder = base / name
        new = not folder.is_dir()
        if _claim(folder):
            if new:
                _forget_beside(folder, keep_days=30.0)
            return folder
    return None


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


def forget_old(keep_days: float = 30.0) -> None:
    """Delete the code of other versions that no process has used for `keep_days`; what cannot be deleted stays.

    It runs by itself whenever a version's folder is first made.
    """
    folder = cache_folder()
    if folder is not None:
        _forget_beside(folder, keep_days)


@contextmanager
def _numba_caching_in(folder: Path | None) -> Iterator[None]:
    """Point numba at the folder while one function is decorated, and leave other users of numba alone.

    numba reads these settings when a function is decorated, never later. The list of locators is emptied because
    a user's own list could send the code into __pycache__, where edits of a called kernel go unnoticed.
    """
    wanted = {"CACHE_DIR": str(folder or ""), "CACHE_LOCATOR_CLASSES": ""}
    before = {name: getattr(_config, name) for name in wanted if hasattr(_config, name)}
    try:
        for name in before:
            setattr(_config, name, wanted[name])
        yield
    finally:
        for name, value in before.items():
            setattr(_config, name, value)


def _fingerprint(root: Path) -> str:
    """Hash all that decides the machine code: the sources, the versions, and numba's settings for compiling."""
    digest = hashlib.sha256()
    files = [path for room in _ROOMS for path in (root / room).rglob("*.py")]
    for name, path in sorted((path.relative_to(root).as_posix(), path) for path in files):
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    settings = (_config.OPT, BOUNDS, _config.DEBUGINFO_DEFAULT)
    versions = (numba.__version__, np.__version__, platform.python_version(), is_extended())
    digest.update(repr((versions, settings)).encode())
    return digest.hexdigest()[:16]


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
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
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
