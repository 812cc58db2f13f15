"""What a value of a scenario file names: a constant of a module of components."""

from types import ModuleType


def constant(module: ModuleType, value: str) -> int:
    """Return the constant of `module` that `value` names: ROUND_ROBIN for round-robin."""
    found: int = getattr(module, value.upper().replace("-", "_"))
    return found
