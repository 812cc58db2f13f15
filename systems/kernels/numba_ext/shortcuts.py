"""What numba does again and again while kernels are compiled, done once.

The type of `a + b` is found by a search through all overloads of +, thousands of times for the same two types; and each compilation inside
another one puts a listener beside those of the others, all of which are told of each call into LLVM: millions of calls. Python looks for
garbage among all that is kept, and finds little.

What is done instead holds while a kernel is compiled, under numba's lock: other users of numba never meet it.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import numba.core.types
from numba.core import event as numba_event

event: Any = numba_event
_ALLOCATIONS, _GENERATIONS = 100_000, (20, 100)
"""When Python looks for garbage, of objects made and of searches among the younger ones."""

_function: Any = numba.core.types.BaseFunction  # types exist at run time only
_resolve: Any = _function.get_call_type
_known: dict[int, tuple[Any, dict[tuple[int, ...], Any]]] = {}  # by the id of a function, which is kept


def _resolve_once(function: Any, context: Any, args: Any, kws: Any) -> Any:
    """Return the signature of a builtin for arguments of these types."""
    if kws:
        return _resolve(function, context, args, kws)
    _, signatures = _known.setdefault(id(function), (function, {}))
    codes = tuple([each._code for each in args])
    found = signatures.get(codes)
    if found is None:
        found = signatures[codes] = _resolve(function, context, args, kws)
    return found


@contextmanager
def shortcuts() -> Iterator[None]:
    """Take them while a kernel is compiled, with the parts that it calls."""
    if _function.get_call_type is _resolve_once:
        yield
        return
    timer, thresholds = event.install_timer, gc.get_threshold()
    gc.set_threshold(_ALLOCATIONS, *_GENERATIONS)
    _function.get_call_type = _resolve_once
    event.install_timer = lambda *_: nullcontext()
    try:
        yield
    finally:
        _function.get_call_type = _resolve
        event.install_timer = timer
        gc.set_threshold(*thresholds)


@contextmanager
def refreshed(*contexts: Any) -> Iterator[None]:
    """Keep numba from looking for new declarations in its contexts, inside the compilation of a kernel that began with that."""
    if _function.get_call_type is not _resolve_once:
        yield
        return
    for each in contexts:
        each.refresh = _nothing
    try:
        yield
    finally:
        for each in contexts:
            del each.refresh


def _nothing() -> None:
    pass


def resolved_once(resolve: Any) -> Any:
    """Keep what a part's dispatcher answers to a call with arguments of some types, once the part is compiled for them."""
    known: dict[Any, Any] = {}

    def resolve_call(args: Any, kws: Any) -> Any:
        key = tuple(args), tuple(kws.items())
        if key not in known:
            known[key] = resolve(args, kws)
        return known[key]

    return resolve_call
