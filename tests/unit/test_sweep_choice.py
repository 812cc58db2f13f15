"""Which outcomes of a sweep are shown first, and where one takes off."""

import numpy as np

from hvecs.sweep.choice import Knee, knee, moved_most
from hvecs.sweep.results import Results


def results(**values):
    matrices = {name: np.asarray(rows, float) for name, rows in values.items()}
    count = len(next(iter(matrices.values())))
    return Results(
        name="s",
        paths=("p",),
        points=tuple((n,) for n in range(count)),
        seeds=(1, 2),
        values=matrices,
        units=dict.fromkeys(matrices, "ns"),
        meanings={name: name for name in matrices},
        failed=(),
        runs=2 * count,
    )


def test_the_outcome_that_moved_most_comes_first_and_noise_last():
    found = moved_most(
        results(
            still=[[5, 5], [5, 5]],
            noisy=[[1, 9], [9, 1.5]],
            grew=[[1, 1.1], [3, 3.2]],
            little=[[4, 4], [5, 5]],
        ),
        4,
    )
    assert found[:2] == ["grew", "little"]
    assert set(found[2:]) == {"noisy", "still"}


def test_points_without_a_value_do_not_count():
    assert moved_most(results(a=[[1, 1], [np.nan, np.nan]], b=[[1, 1], [2, 2]]), 1) == ["b"]


def test_the_knee_lies_where_the_first_value_is_doubled():
    assert knee([10, 11, 19.9, 20, 50]) == Knee(2, 3)
    assert knee([10, np.nan, 25]) == Knee(0, 2)
    assert knee([np.nan, 10, 12]) is None
    assert knee([10, 5, 19]) is None
    assert knee([0, 5]) is None
