"""A cache of machine code in place of numba's, which names folders after where sources lie and trusts its files as they are."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from numba.core.caching import CompileResultCacheImpl, FunctionCache, InTreeCacheLocator

from systems.kernels.stored import KernelFiles, make_private


class _Place(InTreeCacheLocator):
    """Tells numba's cache of a folder that was chosen."""

    def __init__(self, function: Callable[..., Any], folder: Path) -> None:
        """Take the function and the folder of its code."""
        super().__init__(function, function.__code__.co_filename)
        self._cache_path = str(folder)

    def ensure_cache_path(self) -> None:
        """Make the folder, for this user alone; where that fails nothing is kept."""
        with suppress(OSError):
            make_private(Path(self._cache_path))


class _Code(CompileResultCacheImpl):
    """Turns what numba compiled into what is kept, and back."""

    def __init__(self, function: Callable[..., Any], folder: Path) -> None:
        """Name the code after the function; numba would look through the user's list of places."""
        self._lineno = function.__code__.co_firstlineno
        self._locator = _Place(function, folder)
        name = f"{Path(function.__code__.co_filename).stem}.{function.__qualname__}"
        self._filename_base = self.get_filename_base(name, "")


class KeptCode(FunctionCache):
    """The machine code of a kernel, in files whose checksum is verified.

    numba imports and registers all that it compiles with before it loads anything, for a fourth of the time of a short command. What is
    loaded is compiled; where there is nothing to load, numba does so when it compiles.
    """

    def __init__(self, function: Callable[..., Any], folder: Path) -> None:
        """Take the function and the folder of its code, made when there is some to keep."""
        self._name, self._py_func = repr(function), function
        self._impl = _Code(function, folder)
        self._cache_path = str(folder)
        stamp = self._impl.locator.get_source_stamp()
        self._cache_file: Any = KernelFiles(folder, self._impl.filename_base, stamp)
        self.enable()

    def load_overload(self, signature: Any, target: Any) -> Any:
        """Return the compiled function for a signature, or None."""
        with self._guard_against_spurious_io_errors():
            return self._load_overload(signature, target)
