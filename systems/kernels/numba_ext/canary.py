"""Whether the numba at hand lets `parts` do its work: a kernel with a part is compiled and run, once for each version of numba."""

import os
import platform
from contextlib import suppress
from pathlib import Path
from typing import Any

import numba
import numpy as np

from systems.kernels.numba_ext.parts import KernelCompiler, PartCompiler
from systems.kernels.stored import make_private

_config: Any = numba.config  # its settings exist at run time only


def works(folder: Path | None) -> bool:
    """Tell whether kernels can be compiled with `parts`; what was found to work is noted in `folder`, if there is one.

    HVECS_PLAIN_NUMBA=1 says no, for tests of what happens then. So does NUMBA_DEBUGINFO=1: the extension writes no line numbers at calls,
    and LLVM then refuses them.
    """
    if os.environ.get("HVECS_PLAIN_NUMBA", "") not in ("", "0") or _config.DEBUGINFO_DEFAULT:
        return False
    mark = (
        None if folder is None else folder / f"numba-{numba.__version__}-python-{platform.python_version()}"
    )
    if mark is not None and mark.is_file():
        return True
    try:
        table, numbers = np.zeros(2, [("number", np.int64)]), np.zeros(2, np.int64)
        found = _compiled()(table, numbers, 20) == 42  # noqa: PLR2004 - 2 x (20 + 1)
    except Exception:  # noqa: BLE001 - whatever a numba of another version does
        return False
    if found and mark is not None:
        with suppress(OSError):
            make_private(mark.parent)
            mark.touch()
    return found


def _compiled() -> Any:
    """Return a kernel that links a part, with plain types, as `systems.kernels.jit` makes them, and reads and writes a table."""
    plain: Any = numba.njit

    @plain(no_cpython_wrapper=True, no_cfunc_wrapper=True, _nrt=False, pipeline_class=PartCompiler)
    def one_more(table: Any, row: int) -> int:
        return table[row].number + 1

    one_more.get_call_template  # noqa: B018 - what jit hooks into

    @plain(_nrt=False, pipeline_class=KernelCompiler)
    def twice(table: Any, numbers: Any, x: int) -> int:
        row = len(table) - 1
        table[row].number = x
        numbers[row] = int(one_more(table, row))
        return 2 * numbers[row]

    return twice
