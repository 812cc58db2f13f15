"""The cache of machine code, in place of numba's, whose folders are named after the place of the sources and whose files are not verified."""

import sys
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
        self._filename_base = self.get_filename_base(name, getattr(sys, "abiflags", ""))


class KeptCode(FunctionCache):
    """The machine code of a kernel, in files whose checksum is verified.

    Paths in it, as an exception gives them, are those of the copy of the sources that was compiled first. Code of a file of the user's own
    is compiled anew when that file changes, not when another does that it calls, as in numba's cache.

    Raises OSError for a function that comes from no file.
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
        """Return the compiled function for a signature, or None.

        numba first registers all that it compiles with, for a fourth of the time of a short command. To load needs none of it, and to compile
        does it by itself.
        """
        with self._guard_against_spurious_io_errors():
            return self._load_overload(signature, target)
