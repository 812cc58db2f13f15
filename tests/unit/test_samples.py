"""Sampling: the buffer holds what each interval added, and the percentiles are those of the histogram."""

import numpy as np
import pytest

from components import PageFrame, VpSample, VpTimes
from hvecs.engine.build import build
from systems.counters.counters import take_sample
from systems.kernels.histogram import bucket_of, percentile
from systems.state.samples import CUMULATIVE, SAMPLED_COMPONENTS, Samples, as_matrix
from tests.simulation import MS, S, closed, exponential, fixed, guest, lognormal, opened, parsed, scenario


@pytest.fixture
def world():
    """A host whose tables have 1, 5, 21 and 22 rows: not multiples of the entities that are read together."""
    guests = [
        guest("web", 3, opened(exponential(MS), lognormal(MS, 1))),
        guest("db", 9, closed(3, S, fixed(MS))),
        *(guest(f"idle{i}", 1, {"kind": "idle"}) for i in range(3)),
    ]
    return build(parsed(scenario(S, 7, guests, sample="10 ms", root={"background_cpu": "1 %"})))


def _grow(world, now_ns):
    """Let time pass, and every counter grow by a number of its own."""
    world.tables.clock[0].now_ns = now_ns
    for name in set(CUMULATIVE) - {"request_times"}:  # whose completions belong to the histogram
        matrix = as_matrix(getattr(world.tables, name), SAMPLED_COMPONENTS[name])
        matrix += np.arange(matrix.size).reshape(matrix.shape) * 7 + now_ns // MS


def test_a_sample_holds_what_each_counter_gained_by_entity(world):
    samples, w = world.samples, world.tables
    last = {name: getattr(w, name).copy() for name in CUMULATIVE}
    for taken, now_ns in enumerate([10 * MS, 20 * MS, 30 * MS]):
        _grow(world, now_ns)
        take_sample(w, world.memory, samples.tables)
        assert samples.taken == taken + 1
        for field in samples.places:
            table, _, name = field.rpartition(".")
            if table in CUMULATIVE:
                present = getattr(w, table)[name]
                assert (samples.field(field)[taken] == present - last[table][name]).all(), field
        last = {name: getattr(w, name).copy() for name in CUMULATIVE}
    assert samples.tables.time_ns[:3].tolist() == [10 * MS, 20 * MS, 30 * MS]
    assert samples.tables.interval_ns[:3].tolist() == [10 * MS] * 3
    assert len({samples.field("vp_traps.io_messages")[0, vp] for vp in range(len(w.vps))}) == len(w.vps)


def test_what_does_not_only_grow_is_kept_as_it_is(world):
    w, samples = world.tables, world.samples
    w.guests.ready[:] = np.arange(len(w.guests))
    w.trap_state.unpaid_ns[:] = np.arange(len(w.vps)) * 10
    w.trap_state.put_off_ns[:] = 3
    w.trap_state.pending[:] = 0b101
    w.clock[0].now_ns = 10 * MS
    take_sample(w, world.memory, samples.tables)
    assert samples.field("guests.ready")[0].tolist() == list(range(len(w.guests)))
    assert samples.field("vp_sample.unpaid_ns")[0].tolist() == [10 * vp + 3 for vp in range(len(w.vps))]
    assert set(samples.field("vp_sample.interrupts_pending")[0]) == {2}
    assert world.columns[VpSample].unpaid_ns[1] == 13


def test_no_sample_is_taken_between_two_nor_twice_at_a_time(world):
    w, samples = world.tables, world.samples
    for now_ns, taken in ((5 * MS, 0), (10 * MS, 1), (10 * MS, 1), (15 * MS, 1), (20 * MS, 2)):
        w.clock[0].now_ns = now_ns
        take_sample(w, world.memory, samples.tables)
        assert samples.taken == taken
    w.clock[0].now_ns = w.clock[0].end_ns = 23 * MS
    take_sample(w, world.memory, samples.tables)
    assert samples.taken == 3
    assert samples.tables.interval_ns[2] == 3 * MS


@pytest.mark.parametrize("count", [0, 1, 2, 19, 20, 21, 100, 1000])
def test_percentiles_are_those_of_the_histogram_which_then_is_empty(world, count):
    w, samples = world.tables, world.samples
    row = len(w.open) - 1
    times = np.random.default_rng(count).lognormal(14, 2, count).astype(np.int64)
    for each in times:
        w.responses[row, bucket_of(each)] += 1
    w.request_times.completions[row] += count
    histogram = w.responses[row].copy()
    w.clock[0].now_ns = 10 * MS
    take_sample(w, world.memory, samples.tables)
    for name, share in (("50", 0.50), ("95", 0.95), ("99", 0.99)):
        found = samples.field(f"request_sample.response_p{name}_ns")[0, row]
        np.testing.assert_equal(found, percentile(histogram, count, share))
    assert not w.responses.any()
    assert (samples.responses[row] == histogram).all()


def test_a_component_with_narrow_fields_cannot_be_sampled():
    with pytest.raises(TypeError, match="PageFrame has narrow fields"):
        as_matrix(PageFrame.table(1), PageFrame)
    assert as_matrix(VpTimes.table(2), VpTimes).shape == (2, VpTimes.dtype.itemsize // 8)


@pytest.mark.parametrize(("end_ns", "most"), [(10_000 * S, (1 << 13) // 22), (S, 102), (S + 1, 102), (0, 2)])
def test_the_buffer_has_room_for_some_thousand_rows_or_for_all_samples_of_a_short_run(world, end_ns, most):
    """One more than every sample needs: a last one, before the time is over, when the work is done; and it is never full."""
    world.tables.clock[0].end_ns = end_ns
    assert len(world.tables.vps) == 22
    assert Samples(world.tables, world.memory, world.columns, ["vp_times.wait_ns"]).room == most
