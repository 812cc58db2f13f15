"""hvecs simulates a Microsoft Hyper-V host on an entity-component-system architecture.

The three packages `hvecs`, `systems` and `components` belong together; the last two have names that another
distribution could also carry, so their places are checked here, once, before anything of them is imported.
"""

from importlib.util import find_spec
from pathlib import Path

__version__ = "0.1.0"


def _check_rooms() -> None:
    """Raise ImportError, naming the intruder's path, unless both rooms lie beside this package."""
    beside = Path(__file__).resolve().parent.parent
    for room in ("systems", "components"):
        found = find_spec(room)
        origin = Path(found.origin).resolve().parent if found is not None and found.origin else None
        if origin != beside / room:
            raise ImportError(f"hvecs needs its own package {room!r} at {beside / room}, but found {origin}")


_check_rooms()
