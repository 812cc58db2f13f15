"""Parts that numba hears of when a kernel that calls them is compiled.

numba makes a dispatcher for each function it may compile: for eight hundred parts, a tenth of the time of a short command, whose kernels are
loaded, so that no part is ever asked for.
"""

from collections.abc import Callable
from functools import cached_property, update_wrapper
from typing import Any

from numba.core import types
from numba.extending import typeof_impl


class Part:
    """A function that kernels call, and numba's dispatcher for it, made when the first kernel that calls it is compiled."""

    def __init__(self, function: Callable[..., Any], made: Callable[[Callable[..., Any]], Any]) -> None:
        """Take the function, and what makes the dispatcher of it."""
        update_wrapper(self, function)
        self.py_func = function
        self._made = made

    def __call__(self, *_: object) -> Any:
        """Refuse: it has no machine code of its own."""
        raise TypeError(f"{self.py_func.__qualname__} is called by kernels alone")

    @cached_property
    def dispatcher(self) -> Any:
        """Return numba's dispatcher."""
        return self._made(self.py_func)

    @property
    def overloads(self) -> Any:
        """Return what has been compiled, by signature, as of a dispatcher."""
        return self.dispatcher.overloads


class Kernel(Part):
    """A function that Python calls, and kernels too: to these it is a part, so that what only they call has no door from Python."""

    def __init__(
        self,
        function: Callable[..., Any],
        made: Callable[[Callable[..., Any]], Any],
        opened: Callable[[Callable[..., Any]], Any],
    ) -> None:
        """Take the function, what makes numba's dispatcher of it for kernels, and what makes the one for Python."""
        super().__init__(function, made)
        self._opened = opened

    @cached_property
    def door(self) -> Any:
        """Return numba's dispatcher for calls from Python."""
        return self._opened(self.py_func)

    def __call__(self, *arguments: object) -> Any:
        """Run the machine code."""
        return self.door(*arguments)

    def __getattr__(self, name: str) -> Any:
        """Return what else numba's dispatcher has: what is cached, for which types there is code."""
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.door, name)


def dispatcher_of(function: Any) -> Any:
    """Return numba's dispatcher of a kernel or a part."""
    return function.dispatcher if isinstance(function, Part) else function


@typeof_impl.register(Part)  # and of kernels: singledispatch looks at bases
def _typeof(value: Part, context: Any) -> types.Dispatcher:  # noqa: ARG001 - numba's interface
    return types.Dispatcher(value.dispatcher)
