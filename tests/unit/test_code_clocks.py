"""How long code takes for its work at a speed, to the ns."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from components import NEVER
from systems.guest import cache_domain
from systems.guest.cache_domain import FULL_SPEED
from tests.plain_tables import plain_python

__all__ = ["plain_python"]
pytestmark = pytest.mark.usefixtures("plain_python")


@given(st.integers(1, 2**55), st.integers(1, FULL_SPEED), st.integers(0, FULL_SPEED - 1))
@example(2**42 - 1, FULL_SPEED, 0)
@example(2**42, FULL_SPEED, 0)
@example(2**43, FULL_SPEED, 0)
@example(2**42, 3, 1)
def test_work_is_done_at_the_first_ns_at_which_the_clock_shows_it(work, speed, rest):
    wait = int(cache_domain.time_for(np.int64(work), np.int64(speed), np.int64(rest)))
    if work // speed >= 2**41:
        assert wait == NEVER
    else:
        assert rest + speed * wait >= work * FULL_SPEED > rest + speed * (wait - 1)


def test_work_done_with_some_to_spare_takes_no_time():
    assert cache_domain.time_for(-5, FULL_SPEED, 0) <= 0
