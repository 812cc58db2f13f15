"""How the parts of a column, one a run, become the column of a batch."""

import numpy as np
import pytest

from hvecs.output.labels import Labels
from hvecs.sweeps.batch import _joined


class Masked(np.ma.MaskedArray):
    """Masked numbers of a kind of one's own."""


@pytest.mark.parametrize("kind", [np.ma.MaskedArray, Masked])
def test_what_is_missing_in_some_parts_stays_so(kind):
    found = _joined([np.array([1, 2]), kind([3, 4], [False, True])])
    assert found.tolist() == [1, 2, 3, None]


def test_numbers_are_put_one_after_the_other():
    assert _joined([np.array([1, 2]), np.array([3])]).tolist() == [1, 2, 3]


def test_labels_stay_labels():
    names = np.array(["a", "b"], object)
    found = _joined([Labels(np.array([1, 0], np.int32), names), Labels(np.array([0], np.int32), names)])
    assert isinstance(found, Labels)
    assert np.asarray(found).tolist() == ["b", "a", "a"]
