"""Columns that the kernel fills are those that numpy works out of the same declarations; memory is used again only once nobody needs it."""

from pathlib import Path

import numpy as np
import pytest

from components.traps import HLT_INSTRUCTIONS
from hvecs.engine.build import build, planned
from hvecs.engine.filled_columns import FilledColumns, Memory
from hvecs.engine.instances import Instances
from hvecs.engine.on_hosts import OnHosts
from hvecs.engine.rows import Rows
from hvecs.output.labels import Labels
from hvecs.output.source import Constant, Cost, Mean, Percent, Rate, Scaled, Sum
from hvecs.output.table import Table, null, real, whole
from hvecs.spec import load
from tests.simulation import MS, S, always_runnable, guest, parsed, scenario

RUNS = Path(__file__).parents[2] / "runs"
CUT = ("scenario.duration=10 s", "scenario.sample=70 ms", "scenario.warm_up=0 s")
STUDIES = ("native", "volume", "shop", "dynamic-memory", "three-hosts")


def _sampled(scenario, samples, every_ns):
    """Return a world that has taken some samples, and what makes rows of them."""
    world = build(scenario)
    rows = Rows(world, planned(scenario))
    for taken in range(samples):
        world.advance(world.next_stop((taken + 1) * every_ns))
    assert world.samples.taken == samples
    return world, rows


@pytest.mark.parametrize("study", STUDIES)
def test_filled_columns_are_those_that_numpy_works_out(study):
    given = load(RUNS / f"{study}.toml", CUT)
    world, rows = _sampled(given, 5, 70 * MS)
    times = {
        "time_ns": world.samples.tables.time_ns[:5],
        "interval_ns": world.samples.tables.interval_ns[:5],
    }
    both = list(zip(rows.tables, rows._filled, strict=True))
    assert sum(len(filled._program.columns) for _, filled in both) > 60
    for table, filled in both:
        of = rows.instances[table.rows]
        found = filled.fill(np.stack(list(times.values())))
        expected = rows._sampled(
            table, of, {name: np.repeat(values, len(of)) for name, values in times.items()}
        )
        for name, values in rows._sampled(table, of, found).items():
            if isinstance(values, Labels):
                assert np.asarray(values).tolist() == np.asarray(expected[name]).tolist(), name
                continue
            assert values.dtype == expected[name].dtype, f"{table.name}.{name}"
            np.testing.assert_array_equal(
                np.ma.getmaskarray(values), np.ma.getmaskarray(expected[name]), f"{table.name}.{name}"
            )
            np.testing.assert_array_equal(
                np.ma.filled(values, 0), np.ma.filled(expected[name], 0), f"{table.name}.{name}"
            )


OWN = Table(
    "virtual_processor",
    "each kind of source",
    (
        whole("time_ns", "ns", ""),
        whole("interval_ns", "ns", ""),
        whole("vp", "index", ""),
        whole("dispatches", "count", "", None, Sum(("vp_times.dispatches",))),
        whole("both", "count", "", None, Sum(("dispatches", "vp_times.migrations", "vp_times.wait_ns"))),
        real("both_per_sec", "1/s", "", None, Rate(("dispatches", "vp_times.migrations"))),
        real("share", "%", "", None, Percent(("vp_times.wait_ns",))),
        null(real("mean_ns", "ns", "", None, Mean("vp_times.wait_ns", "dispatches")), ""),
        real("mib", "MiB", "", None, Scaled(("dispatches",), "MiB")),
        whole("pages", "count", "", None, Scaled(("dispatches", "both"), "4 KiB")),
        whole("hypercall_flushes", "count", "", None, Sum(("vp_traps.hlt_instructions",))),
        whole("hlt_instructions", "count", "", None, Sum(("vp_traps.hlt_instructions",))),
        whole("cost_ns", "ns", "", None, Cost(("hlt_instructions",))),
        null(real("cost_each_ns", "ns", "", None, Cost(("hlt_instructions",), "dispatches")), ""),
        whole("backlog", "count", "", None, Sum(("trap_state.tick_backlog",))),
        whole("seven", "count", "", None, Constant(7)),
    ),
    "virtual processor",
)


@pytest.mark.parametrize("vps", [1, 31, 32, 33, 100])
def test_each_kind_of_source_by_hand(vps):
    world = build(parsed(scenario(S, 2, [guest("g", vps, always_runnable())], sample="10 ms")))
    w, samples = world.tables, world.samples
    first = int(w.layouts.first_vp[1])
    of = Instances(
        "virtual processor",
        first + np.arange(vps)[::-1],
        np.ones(vps, np.int64),
        {"vp": np.arange(vps)[::-1].copy()},
        w.trap_state.cost_row[first : first + vps][::-1],
    )
    scales = {"MiB": 0.5, "4 KiB": 3}
    filled = FilledColumns(world, OWN, of, OnHosts(world), scales)
    row = np.arange(len(w.vps))
    for sample in (1, 2, 3):
        samples.tables.taken[0] = sample
        samples.tables.time_ns[sample - 1], samples.tables.interval_ns[sample - 1] = 10 * sample, 10
        for field, gain in (
            ("vp_times.dispatches", row % 3),
            ("vp_times.migrations", 5 + 0 * row),
            ("vp_times.wait_ns", row * sample),
            ("vp_traps.hlt_instructions", row + sample),
        ):
            start, rows, _, grows = samples.places[field]
            assert grows
            place = slice(start, start + rows)
            samples.tables.snapshots[sample, place] = samples.tables.snapshots[sample - 1, place] + gain
        start, rows, _, grows = samples.places["trap_state.tick_backlog"]
        assert not grows
        samples.tables.snapshots[sample, start : start + rows] = 100 * sample + row
    times = np.stack((samples.tables.time_ns[:3], samples.tables.interval_ns[:3]))
    found = {name: values.reshape(3, vps)[:, ::-1] for name, values in filled.fill(times).items()}
    assert list(found) == list(OWN.column_names)  # every source is one that the kernel knows
    its = np.arange(first, first + vps)
    for at, sample in enumerate((1, 2, 3)):
        dispatches, wait, halts = its % 3, its * sample, its + sample
        cost = int(w.charge_ns[w.trap_state.cost_row[first], HLT_INSTRUCTIONS])
        assert found["time_ns"][at].tolist() == [10 * sample] * vps
        assert found["vp"][at].tolist() == list(range(vps))
        assert found["dispatches"][at].tolist() == dispatches.tolist()
        assert found["both"][at].tolist() == (dispatches + 5 + wait).tolist()
        assert found["both_per_sec"][at].tolist() == ((dispatches + 5) * 1e9 / 10).tolist()
        assert found["share"][at].tolist() == (100 * wait / 10).tolist()
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = np.where(dispatches == 0, np.nan, wait / dispatches)
        np.testing.assert_array_equal(found["mean_ns"][at], mean)
        assert found["mib"][at].tolist() == (dispatches * 0.5).tolist()
        assert found["pages"][at].tolist() == (3 * (2 * dispatches + 5 + wait)).tolist()
        assert found["hypercall_flushes"][at].tolist() == halts.tolist()
        assert found["cost_ns"][at].tolist() == (halts * cost).tolist()
        with np.errstate(divide="ignore", invalid="ignore"):
            each = np.where(dispatches == 0, np.nan, halts * cost / dispatches)
        np.testing.assert_array_equal(found["cost_each_ns"][at], each)
        assert found["backlog"][at].tolist() == (100 * sample + its).tolist()
        assert set(found["seven"][at].tolist()) == {7}


def test_memory_is_used_again_once_nobody_holds_a_column():
    memory = Memory()
    first = memory.words(100)
    column = first[10:20]
    column[:] = 7
    address = first.ctypes.data
    del first
    other = memory.words(100)
    assert other.ctypes.data != address
    other[:] = 0
    assert column.tolist() == [7] * 10
    address = other.ctypes.data
    del other
    assert memory.words(50).ctypes.data == address
    assert len(memory.words(101)) == 101
