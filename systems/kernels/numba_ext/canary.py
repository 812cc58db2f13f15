"""Whether the numba at hand lets `parts` do its work: a kernel with a part is compiled and run, once for each version of numba."""

import os
import platform
from contextlib import suppress
from pathlib import Path
from typing import Any

import numba

from systems.kernels.numba_ext.parts import KernelCompiler, PartCompiler


def works(folder: Path | None) -> bool:
    """Tell whether kernels can be compiled with `parts`; what was found to work is noted in `folder`, if there is one.

    HVECS_PLAIN_NUMBA=1 says no, for tests of what happens then.
    """
    if os.environ.get("HVECS_PLAIN_NUMBA", "") not in ("", "0"):
        return False
    mark = (
        None if folder is None else folder / f"numba-{numba.__version__}-python-{platform.python_version()}"
    )
    if mark is not None and mark.is_file():
        return True
    try:
        found = _compiled()(20) == 42  # noqa: PLR2004 - 2 x (20 + 1)
    except Exception:  # noqa: BLE001 - whatever a numba of another version does
        return False
    if found and mark is not None:
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)  # type: ignore[union-attr]
            mark.touch()
    return found


def _compiled() -> Any:
    """Return a kernel that links a part, with plain types, as `systems.kernels.jit` makes them."""
    plain: Any = numba.njit

    @plain(no_cpython_wrapper=True, no_cfunc_wrapper=True, _nrt=False, pipeline_class=PartCompiler)
    def one_more(x: int) -> int:
        return x + 1

    one_more.get_call_template  # noqa: B018 - what jit hooks into

    @plain(_nrt=False, pipeline_class=KernelCompiler)
    def twice(x: int) -> int:
        return 2 * int(one_more(x))

    return twice
