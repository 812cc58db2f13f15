import pickle
from pathlib import Path

import pytest

from hvecs.output.errors import Busy, NotOurs, Unwritable, disk


@pytest.mark.parametrize("kind", [NotOurs, Busy, Unwritable])
def test_errors_survive_the_way_between_processes(kind):
    error = kind(Path("/a/place"), "because", 28)
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(copy) is kind
    assert (copy.path, copy.reason, copy.errno, str(copy)) == (error.path, "because", 28, str(error))
    assert "/a/place" in str(copy)


def test_an_error_without_a_number_keeps_its_own_words():
    with pytest.raises(Unwritable, match="cannot write place: odd"), disk(Path("place")):
        raise OSError("odd")
