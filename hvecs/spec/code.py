"""What code is like, as far as its speed depends on what a host shares: how much it waits for memory, and how much it uses again."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

CODE: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "none": {"memory_bound": "0 %", "working_set": "0 B"},
        "compute": {"memory_bound": "5 %", "working_set": "256 KiB"},
        "root": {"memory_bound": "15 %", "working_set": "256 KiB"},
        "server": {"memory_bound": "15 %", "working_set": "256 KiB"},
    }
)
"""The code of each mix of `intercepts.preset`. Published for no such mix: memory_bound 2 to 10 % for compute, 10 to 40 % for server; on purpose at the
lower end, so that a guest that says nothing of its code is slowed by little."""

MEMORY_BOUND = (
    'share of native time in which the code waits for memory when it is alone; not given: by intercepts.preset, 15 % for "server" and "root", '
    '5 % for "compute", 0 % for "none"'
)
WORKING_SET = (
    'memory that a VP uses again whenever it runs; not given: 256 KiB, nothing for the preset "none"'
)


def with_code(code: Any, preset: object) -> Any:
    """Give the table that says what code is like, as written in a file, the figures of its mix where it has none."""
    if not isinstance(code, dict) or not isinstance(preset, str):
        return code
    return {**CODE.get(preset, CODE["compute"]), **code}
