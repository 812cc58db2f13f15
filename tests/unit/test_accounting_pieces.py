"""To which account the time of an LP and of a VP goes, by itself: plain Python on the tables of a small host."""

import pytest

from components.processor import AWAITING, GUEST, HYPERVISOR, IDLE, REFILL, SPINNING, WAKING
from components.virtual_processor import CAPPED, READY, RUNNING, SUSPENDED
from components.virtual_processor import IDLE as VP_IDLE
from systems.state import accounting
from tests.pieces import host_tables
from tests.plain_tables import plain_python
from tests.simulation import always_runnable, guest

__all__ = ["plain_python"]
pytestmark = pytest.mark.usefixtures("plain_python")
GUEST_OF_TWO = guest("g", 2, always_runnable(2))


def _moved(row, before):
    """What was added to each column, if anything."""
    return {name: int(row[name] - before[name]) for name in row.dtype.names if row[name] != before[name]}


@pytest.mark.parametrize(
    ("state", "intercepted", "guest_idle", "columns"),
    [
        (VP_IDLE, 0, 1, {"idle_ns", "guest_idle_ns"}),
        (VP_IDLE, 0, 0, {"idle_ns"}),
        (READY, 0, 0, {"ready_ns"}),
        (READY, 0, 1, {"ready_ns", "guest_idle_ns"}),  # its guest takes it for idle until it runs
        (CAPPED, 0, 0, {"capped_ns"}),
        (CAPPED, 0, 1, {"capped_ns", "guest_idle_ns"}),
        (SUSPENDED, 0, 0, {"suspended_ns"}),
        (SUSPENDED, 0, 1, {"suspended_ns"}),  # the machine stands still, and its clock
        (SUSPENDED, 1, 0, {"suspended_ns", "intercepted_ns"}),
        (SUSPENDED, 1, 1, {"suspended_ns", "intercepted_ns", "guest_idle_ns"}),  # the clock goes on
    ],
)
def test_time_of_a_vp_without_an_lp_goes_to_its_state_and_to_the_guest_s_idle_thread_while_its_clock_goes(
    state, intercepted, guest_idle, columns
):
    w = host_tables(1, GUEST_OF_TWO)
    vp = w.vps[1]
    vp.state, vp.since_ns, vp.guest_idle = state, 100, guest_idle
    w.trap_state[1].intercepted = intercepted
    before = w.vp_times[1].copy()
    accounting.charge_vp(w, 1, 130)
    assert _moved(w.vp_times[1], before) == dict.fromkeys(columns, 30)
    assert vp.since_ns == 130


@pytest.mark.parametrize(
    ("phase", "guest_idle", "of_lp", "of_vp"),
    [
        (WAKING, 0, {"hypervisor_run_ns"}, set()),
        (HYPERVISOR, 0, {"hypervisor_run_ns"}, {"hypervisor_run_ns"}),
        (HYPERVISOR, 1, {"hypervisor_run_ns"}, {"hypervisor_run_ns", "guest_idle_ns"}),
        (GUEST, 0, {"guest_run_ns"}, {"guest_run_ns"}),
        (REFILL, 0, {"guest_run_ns"}, {"guest_run_ns", "lost_cache_refill_ns"}),
        (SPINNING, 0, {"guest_run_ns"}, {"guest_run_ns", "spin_ns"}),
        (AWAITING, 0, {"guest_run_ns"}, {"guest_run_ns", "answer_wait_ns"}),
    ],
)
def test_time_of_an_lp_goes_to_its_phase_and_to_the_vp_that_it_runs(phase, guest_idle, of_lp, of_vp):
    w = host_tables(1, GUEST_OF_TWO)
    w.lps[0].vp, w.lps[0].phase, w.lps[0].since_ns = 1, phase, 100
    w.vps[1].state, w.vps[1].lp, w.vps[1].guest_idle = RUNNING, 0, guest_idle
    lp_before, vp_before = w.lp_times[0].copy(), w.vp_times[1].copy()
    accounting.charge_lp(w, 0, 130)
    assert _moved(w.lp_times[0], lp_before) == dict.fromkeys(of_lp, 30)
    assert _moved(w.vp_times[1], vp_before) == dict.fromkeys(of_vp, 30)
    assert w.lps[0].since_ns == 130


def test_time_of_an_idle_lp_is_idle():
    w = host_tables(1, GUEST_OF_TWO)
    w.lps[0].phase, w.lps[0].since_ns = IDLE, 100
    w.root_activity.period_ns = 0
    before = w.lp_times[0].copy()
    accounting.charge_lp(w, 0, 130)
    assert _moved(w.lp_times[0], before) == {"idle_ns": 30}
