"""A store that keeps nothing: for measurements, and for runs that are made to see what they do."""

import io
from collections.abc import Callable, Iterator
from typing import Any

from hvecs.output.inside import Entry
from hvecs.sweeps.place import Store


class _File(io.BytesIO):
    """A file in memory that knows its size after it is closed."""

    size = 0

    def close(self) -> None:
        """Note the size."""
        if not self.closed:
            self.size = self.getbuffer().nbytes
        super().close()


class MemoryStore(Store):
    """A store that keeps nothing but sizes, those of `files`."""

    def __init__(self) -> None:
        super().__init__("memory")
        self.files: list[_File] = []

    def begin(self, name: str) -> Any:  # noqa: ARG002 - names are of no use here
        """Open a file in memory."""
        self.files.append(_File())
        return self.files[-1]

    def publish(self, name: str) -> None:
        """Keep nothing."""

    def discard(self, name: str) -> None:
        """Keep nothing."""

    def entries(self, enters: Callable[[str], bool]) -> Iterator[Entry]:  # noqa: ARG002
        """Give none."""
        return iter(())

    def open(self, name: str) -> Any:
        """Refuse: there is nothing to read."""
        raise FileNotFoundError(name)

    def size(self, name: str) -> None:  # noqa: ARG002
        """Give none."""
        return

    def remove(self, name: str) -> None:
        """Keep nothing."""
