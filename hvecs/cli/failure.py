"""What ends a command: a message for the user and an exit code."""

from collections.abc import Sequence
from typing import Final

FAILED: Final = 1
"""A run failed, or its output cannot be written."""
USAGE: Final = 2
"""Usage, an unreadable scenario path, an output folder that is not ours."""
INVALID: Final = 3
"""A scenario is invalid."""

DIFFERS: Final = 4
"""A comparison differs, or a file differs from its manifest."""


class Failure(Exception):  # noqa: N818 - it is told to the user, not raised at a programmer
    """A command ends with `exit_code`; `message` is a line for the user, `problems` are printed as they are."""

    def __init__(self, exit_code: int, message: str = "", problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.message = message
        self.problems = tuple(problems)
