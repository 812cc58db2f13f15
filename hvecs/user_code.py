"""Python files of users, and the gate in front of the one function that executes them.

The gate is closed in every process and every thread until `leave` opens it, which the command line does for --allow-code alone. What
workers may do goes to them with their work (`hvecs.sweeps.work.Context`). Any further kind of code that a scenario may name goes through
`execute` too; a test finds whatever else executes code.
"""

import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from types import ModuleType

_open: ContextVar[bool] = ContextVar("hvecs_user_code", default=False)
"""Of this thread and nobody else: a Dask worker may serve several sweeps, of which one has leave."""


class CodeNotAllowed(PermissionError):  # noqa: N818 - named for what it says of the file
    """A file of the user's was to be executed without leave."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is code: give --allow-code (in Python allow_code=True) to have it executed")
        self.path = path

    def __reduce__(self) -> tuple[type["CodeNotAllowed"], tuple[Path]]:
        return type(self), (self.path,)


@contextmanager
def leave(given: bool) -> Iterator[None]:
    """Open the gate of this thread if leave is `given`, else close it; at the end it is as it was."""
    token = _open.set(given)
    try:
        yield
    finally:
        _open.reset(token)


def is_allowed() -> bool:
    """Tell whether this thread may execute files of the user's."""
    return _open.get()


def execute(path: Path) -> tuple[ModuleType, str]:
    """Execute a Python file as a module, once for each content; return the module and the SHA-256 of the file.

    The bytes that are hashed are those that are executed: no byte code is read from, or written beside, the file.

    Raises:
        CodeNotAllowed: the gate is closed; the file is not even opened.
        OSError: it cannot be read.
        Exception: whatever the file raises.
    """
    if not is_allowed():
        raise CodeNotAllowed(path)
    # every command imports this module, --help among them, and pydantic takes its time
    from hvecs.spec.bounds import MOST_CODE_BYTES  # noqa: PLC0415
    from hvecs.spec.reading import read_bounded  # noqa: PLC0415

    content = read_bounded(path, MOST_CODE_BYTES)
    digest = hashlib.sha256(content).hexdigest()
    name = f"hvecs_user_{digest}"
    if name not in sys.modules:
        module = ModuleType(name)
        module.__file__ = str(path)
        sys.modules[name] = module
        try:
            exec(compile(content, str(path), "exec"), module.__dict__)  # noqa: S102 - the gate is open: the user asked for it
        except BaseException:
            del sys.modules[name]
            raise
    return sys.modules[name], digest
