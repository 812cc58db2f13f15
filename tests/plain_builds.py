"""Hosts built while kernels are plain Python: what the program itself calls to build one is so too, and nothing is compiled."""

from collections.abc import Iterator

import pytest

from hvecs.engine.world import World
from tests.plain_tables import put_plain


@pytest.fixture(scope="module")
def plain_builds(plain_python: None) -> Iterator[None]:  # noqa: ARG001 - comes first
    """Do in the program's own modules what `plain_python` does in those of the kernels; undo that at the end. A host that is built has no first events."""
    with pytest.MonkeyPatch.context() as patch:
        put_plain(patch, "hvecs")
        patch.setattr(World, "begin", lambda _: None)
        yield
