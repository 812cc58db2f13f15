"""hvecs simulates a Microsoft Hyper-V host on an entity-component-system architecture.

The three packages `hvecs`, `systems` and `components` belong together; the last two have names that another
distribution could also carry, so their places are checked here, once, before anything of them is imported.
"""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hvecs.api import Result, SweepResult, load, run, sweep
    from hvecs.spec import SpecError

__all__ = ["Result", "SpecError", "SweepResult", "__version__", "load", "run", "sweep"]

__version__ = "0.1.0"


def _check_rooms() -> None:
    """Raise ImportError, naming the intruder's path, unless both rooms lie beside this package."""
    beside = Path(__file__).resolve().parent.parent
    for room in ("systems", "components"):
        found = find_spec(room)
        origin = Path(found.origin).resolve().parent if found is not None and found.origin else None
        if origin != beside / room:
            raise ImportError(f"hvecs needs its own package {room!r} at {beside / room}, but found {origin}")


def __getattr__(name: str) -> object:
    """Load what the Python API offers when it is first asked for: the command line needs to be quick."""
    if name not in __all__:
        raise AttributeError(f"module 'hvecs' has no attribute {name!r}")
    return getattr(import_module("hvecs.spec" if name == "SpecError" else "hvecs.api"), name)


_check_rooms()
