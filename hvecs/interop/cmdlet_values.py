"""Values as cmdlets print them, and as spreadsheets write them again: numbers, truth values, names and states [W1 - W13].

Numbers and truth values may be text; enumerations may be numbers or names, as versions of PowerShell differ in both.
"""

from collections.abc import Mapping
from typing import Any, Final

Row = Mapping[str, Any]
"""What a cmdlet prints of one thing, keys in lower case."""

TRUE: Final = {"true", "1", "yes", "wahr", "vrai", "verdadero", "vero"}
FALSE: Final = {"false", "0", "no", "falsch", "faux", "falso"}
"""As cmdlets and spreadsheets of several languages write them."""
_RUNNING: Final = {
    "2",
    "running",
    "10",
    "starting",
    "9",
    "paused",
    "pausing",
    "resuming",
    "32776",
    "32777",
    "32783",
}


def is_known(row: Row, key: str) -> bool:
    """Tell whether a row has a value: cmdlets print null, and CSV nothing, for none."""
    value = row.get(key)
    return value is not None and (not isinstance(value, str) or bool(value.strip()))


def number(row: Row, key: str) -> float | None:
    """Give a number; None if it is missing."""
    return number_in(row[key]) if is_known(row, key) else None


def whole(row: Row, key: str) -> int | None:
    """Give a whole number, rounded towards zero; None if it is missing."""
    found = number(row, key)
    return None if found is None else int(found)


def truth(row: Row, key: str) -> bool:
    """Give a truth value; false if it is missing."""
    return str(row.get(key, "")).strip().lower() in TRUE


def number_in(value: Any) -> float | None:
    """Read a number, which may be text with a decimal comma; None if it is none."""
    if isinstance(value, bool):
        return None
    try:
        found = float(str(value).replace(",", "."))
    except ValueError:
        return None
    return found if abs(found) < 2.0**63 else None


def is_running(row: Row) -> bool:
    """Tell whether a VM runs, or is about to; one of which that is not known does."""
    state = row["state"] if is_known(row, "state") else "running"
    if isinstance(state, dict):  # an enumeration as PowerShell 5.1 may write it: its number and its name
        state = next(iter(state.values()), "running")
    return key_of(state) in _RUNNING


def key_of(given: Any) -> str:
    """Give a name, or a value of an enumeration, as it is compared: whatever its case."""
    return str(given).strip().lower()
