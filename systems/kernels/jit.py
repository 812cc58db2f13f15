"""The decorators of every kernel.

Beside this file only `numba_ext` knows how numba compiles: how the tables, policies and schedules reach a kernel, and how parts are compiled.
`code_folder` says where the machine code is kept.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.core import types

from systems.kernels.code_folder import BOUNDS, cache_folder, is_extended, subfolder_of
from systems.kernels.numba_ext.kept import KeptCode
from systems.kernels.numba_ext.later import Kernel, Part
from systems.kernels.numba_ext.parts import KernelCompiler, PartCompiler, RareCompiler
from systems.kernels.numba_ext.shortcuts import resolved_once
from systems.kernels.uninterrupted import signals_held

F = TypeVar("F", bound=Callable[..., Any])

_config: Any = numba.config  # its settings exist at run time only
_numba_njit: Any = numba.njit  # and so does the option used below

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
    compiled = _numba_njit(boundscheck=BOUNDS, **_extension(KernelCompiler))(function)
    if (folder := cache_folder()) is not None:
        with suppress(OSError):  # what comes from no file, as a cell of a notebook, is not kept
            source = Path(function.__code__.co_filename)
            compiled._cache = KeptCode(function, folder / subfolder_of(source))  # noqa: SLF001 - numba has no other way to say where
    return _in_peace(compiled)


def _inner_dispatcher(
    function: Callable[..., Any], compiler: type[Any] = PartCompiler, **options: bool
) -> Any:
    """Return numba's dispatcher of a function that kernels call."""
    chosen = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "boundscheck": BOUNDS, **options}
    return _of_plain_types(_numba_njit(**chosen, **_extension(compiler))(function))


def part(function: F) -> F:
    """Compile a function that only kernels call: no door from Python, no machine code of its own in the cache.

    Its code becomes part of every kernel that calls it, which is where it is kept.
    """
    return _part(function)


def rare(function: F) -> F:
    """Compile a `part` that few events of a busy host call: its code is kept apart, and calls of it are taken as unlikely (LLVM's `cold`)."""
    return _part(function, RareCompiler)


def small(function: F) -> F:
    """Compile a short `part` into the very place of each call, where its reads of the tables are shared with the caller's."""
    return _part(function, forceinline=True)


def _part(function: F, compiler: type[Any] = PartCompiler, **options: bool) -> F:
    if _config.DISABLE_JIT:
        return function

    made: Any = Part(function, lambda function: _inner_dispatcher(function, compiler, **options))
    kept: F = made
    return kept


def direct(kernel: F, *arguments: object) -> F:
    """Return the machine code of a kernel for arguments of the types of these, to be called with no others: it does not look at types.

    It is compiled, or loaded, now. A function that stays plain Python is returned as it is.
    """
    if _config.DISABLE_JIT:
        return kernel
    dispatcher: Any = getattr(kernel, "door", kernel)
    types_of = tuple(map(dispatcher.typeof_pyval, arguments))
    if types_of not in dispatcher.overloads:
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
