"""The mutation score of the kernels, by `python -m pytest -m mutation -n 0`: wants the extra `mutation`, and takes hours."""

import pytest


@pytest.mark.mutation
def test_of_twenty_small_changes_seventeen_are_noticed(tmp_path):
    from tests.mutation.__main__ import outcomes, score

    killed, counted = score(list(outcomes(tmp_path, 200, 1)))
    assert killed >= 0.85 * counted
