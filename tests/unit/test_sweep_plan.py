"""Sweep files, designs, plans and what may change between them."""

import re

import pytest

from hvecs.output.identity import run_id
from hvecs.spec import SpecError, load, resolved_toml
from hvecs.spec.kinds import Wrong
from hvecs.spec.sweep_loading import load_sweep, with_replications
from hvecs.spec.sweep_points import inline
from hvecs.spec.sweep_ranges import read_range
from hvecs.sweeps.columns import parameter_cell, parameter_columns, scenario_columns
from hvecs.sweeps.designs import points_of, replication_seed
from hvecs.sweeps.extension import ChangedError, extended
from hvecs.sweeps.manifest import manifest_of
from hvecs.sweeps.plan import batches, make_plan
from tests.sweeping import SCENARIO, SWEEP, write

SAMPLED = """\
[sweep]
name = "sampled"
scenario = "small.toml"
design = "{design}"
points = {points}
[[axis]]
path = "partition.web.processor.weight"
range = [10, 1000]
scale = "log"
[[axis]]
path = "partition.web.workload.order"
values = ["fifo", "round-robin"]
"""


def loaded(folder, text):
    return load_sweep(write(folder, text))


def problems(folder, text):
    with pytest.raises(SpecError) as caught:
        make_plan(loaded(folder, text))
    return [str(problem).removeprefix(f"{folder}/") for problem in caught.value.problems]


def test_a_grid_varies_its_last_axis_fastest(tmp_path):
    points = points_of(loaded(tmp_path, SWEEP).sweep)
    assert points == [(weight, cost) for weight in (50, 100, 400) for cost in ("1 us", "20 us")]


def test_a_zip_takes_values_together_and_needs_as_many_of_each(tmp_path):
    zipped = SWEEP.replace("replications", 'design = "zip"\nreplications')
    assert problems(tmp_path, zipped) == [
        "sweep.toml:12: axis[1]: 2 values; expected 3, as axis[0] has in this zip"
    ]
    points = points_of(loaded(tmp_path, zipped.replace("[50, 100, 400]", "[50, 400]")).sweep)
    assert points == [(50, "1 us"), (400, "20 us")]


@pytest.mark.parametrize("design", ["random", "sobol"])
def test_the_first_points_do_not_depend_on_how_many_there_are(tmp_path, design):
    few = points_of(loaded(tmp_path, SAMPLED.format(design=design, points=6)).sweep)
    many = points_of(loaded(tmp_path, SAMPLED.format(design=design, points=40)).sweep)
    assert many[: len(few)] == few


def test_a_latin_hypercube_uses_every_stratum_once(tmp_path):
    text = (
        SAMPLED.format(design="latin-hypercube", points=20)
        .replace('scale = "log"', "")
        .replace("1000", "2010")
    )
    weights = sorted(weight for weight, _ in points_of(loaded(tmp_path, text).sweep))
    assert [(weight - 10) // 100 for weight in weights] == pytest.approx(range(20), abs=1)
    assert len({order for _, order in points_of(loaded(tmp_path, text).sweep)}) == 2


@pytest.mark.parametrize(
    ("ends", "log", "expected"),
    [
        ((1, 9), False, 5),
        ((1, 100), True, 10),
        ((0.5, 1.5), False, 1.0),
        (("1 us", "100 us"), True, "10 us"),
        (("1 GiB", "2 GiB"), False, "1536 MiB"),
        (("10 %", "20 %"), False, "15 %"),
        (("100 /s", "300 /s"), False, "200 /s"),
        (("10 GiB/s", "40 GiB/s"), True, "20 GiB/s"),
        (("1 GiB/s", "2 GiB/s"), False, "1536 MiB/s"),
        (("1 B/s", "5 B/s"), False, "3 B/s"),
        (("100 Mbit/s", "300 Mbit/s"), False, "200 Mbit/s"),
    ],
)
def test_the_middle_of_a_range(ends, log, expected):
    assert read_range(ends, log=log).at(0.5) == expected
    assert read_range(ends, log=log).at(0.0) == ends[0]


def test_a_bandwidth_is_a_number_in_a_sweep(tmp_path):
    axis = 'path = "host.memory_bus.bandwidth"\nrange = ["20 GiB/s", "40 GiB/s"]\npoints = 3'
    text = SWEEP.replace('path = "host.costs.context_switch"\nvalues = ["1 us", "20 us"]', axis)
    plan = make_plan(loaded(tmp_path, text))
    assert [plan.scenario(point).host.memory_bus.bandwidth >> 30 for point in range(3)] == [20, 30, 40]
    column = next(each for each in plan.runs_table.columns if each.name == "host.memory_bus.bandwidth")
    assert (column.type, column.unit) == ("int64", "bytes/s")
    assert parameter_cell(column, "30 GiB/s") == 30 << 30


@pytest.mark.parametrize("ends", [(1,), (2, 1), ("1 us", 5), ("1 us", "1 GiB"), (True, 2), (1, float("inf"))])
def test_what_is_no_range(ends):
    with pytest.raises(Wrong):
        read_range(ends, log=False)


def test_a_log_range_begins_above_zero():
    with pytest.raises(Wrong, match="above zero"):
        read_range((0, 5), log=True)


@pytest.mark.parametrize(("measured", "loaded_too"), [("0 %", False), ("2 %", True)])
def test_a_root_without_a_load_of_its_own_has_no_requests(tmp_path, measured, loaded_too):
    """Of measured_cpu too, in place of which background_cpu keeps its default of 1 %."""
    (tmp_path / "small.toml").write_text(f'{SCENARIO}[root]\nmeasured_cpu = "{measured}"\n')
    names = {column.name for column in scenario_columns(load(tmp_path / "small.toml"))}
    assert ("Root.arrivals" in names) is loaded_too


def test_run_ids_are_those_of_the_scenarios_with_their_seeds(tmp_path):
    plan = make_plan(loaded(tmp_path, SWEEP))
    assert len({run.run for run in plan.runs}) == len(plan.runs) == 24
    for run in plan.runs:
        scenario, seed = plan.scenario(run.point), plan.seeds[run.replication]
        seeded = scenario.scenario.model_copy(update={"seed": seed})
        assert run.run == run_id(resolved_toml(scenario.model_copy(update={"scenario": seeded})), seed)


def test_seeds_are_common_to_all_points_and_follow_from_the_seed_of_the_sweep(tmp_path):
    plan = make_plan(loaded(tmp_path, SWEEP))
    assert plan.seeds == tuple(replication_seed(7, each) for each in range(4))
    assert len(set(plan.seeds)) == 4
    assert all(0 <= seed < 2**63 for seed in plan.seeds)
    assert make_plan(loaded(tmp_path, SWEEP), seed=8).seeds != plan.seeds


def test_points_that_are_one_scenario_are_refused(tmp_path):
    found = problems(tmp_path, SWEEP.replace('"20 us"', '"1000 ns"'))
    assert found[0] == "sweep.toml:7: axis: points 0 and 1 are the same scenario; expected values that differ"


def test_other_replications_are_held_to_the_same_bound(tmp_path):
    file = loaded(tmp_path, SWEEP)
    assert len(make_plan(with_replications(file, 2)).runs) == 12
    with pytest.raises(
        SpecError, match=r"sweep\.toml:4: sweep\.replications: 1200000 runs; expected at most"
    ):
        with_replications(file, 200_000)


def test_problems_are_located_at_the_value(tmp_path):
    wrong = SWEEP.replace('"20 us"', '"20"')
    expected = 'expected a duration with a unit such as "10 ms"; got "20"'
    assert problems(tmp_path, wrong) == [
        f'sweep.toml:13: axis[1].values[1]: host.costs.context_switch = "20": {expected}'
    ]


def test_drawn_values_that_are_wrong_alike_are_told_once_with_how_many(tmp_path):
    """By hand: 8 strata from 10^3 to 10^8; the first is below 10^4 as a whole, of the second 3/5, so 6 or 7 values are too large."""
    text = SAMPLED.format(design="latin-hypercube", points=8)
    far = problems(tmp_path, text.replace("[10, 1000]", "[1000, 100_000_000]"))
    assert len(far) == 1
    assert re.fullmatch(
        r"sweep\.toml:8: axis\[0\]\.range: partition\.web\.processor\.weight = (\d+): "
        r"expected a whole number from 1 to 10000; got \1 \([56] more points alike\)",
        far[0],
    )
    typed = problems(tmp_path, text.replace("processor.weight", "processor.wait").replace('"fifo"', '"lifo"'))
    drawn = [line for line in typed if "unknown key" in line]
    assert len(drawn) == 1
    assert drawn[0].endswith('unknown key; did you mean "weight"? (7 more points alike)')
    assert [line for line in typed if line not in drawn] == [
        (
            'sweep.toml:12: axis[1].values[0]: partition.web.workload.order = "lifo": '
            'expected "fifo" or "round-robin"; got "lifo"; did you mean "fifo"?'
        )
    ]


def test_batches_cover_all_runs_once_and_are_about_a_hundred():
    for runs in (1, 24, 100, 101, 10_000, 1_000_000):
        cut = list(batches(0, runs))
        assert [batch.start for batch in cut[1:]] == [batch.stop for batch in cut[:-1]]
        assert (cut[0].start, cut[-1].stop) == (0, runs)
        assert len(cut) <= max(100, runs // 500)


@pytest.mark.parametrize(
    ("values", "kind", "unit", "cell"),
    [
        ((1, 2), "int64", "", 1),
        ((1, 2.5), "float64", "", 1),
        (("1 us", "2 us"), "int64", "ns", 1000),
        (("5 %", "7.5 %"), "float64", "%", 5.0),
        (("fifo", "x"), "string", "text", "fifo"),
        ((True, False), "bool", "", True),
        (((0, 1), (2,)), "string", "text", "[0, 1]"),
    ],
)
def test_a_parameter_is_a_column_of_numbers_where_it_can_be(values, kind, unit, cell):
    (column,) = parameter_columns(["host.x"], [(value,) for value in values])
    assert (column.type, column.unit) == (kind, unit)
    assert parameter_cell(column, values[0]) == cell


def test_values_are_written_as_toml():
    assert inline({"a": [1, True, 'b"c']}) == '{ a = [1, true, "b\\"c"] }'


def test_growth_keeps_what_is_there_and_numbers_new_points_last(tmp_path):
    small = make_plan(loaded(tmp_path, SWEEP.replace("[50, 100, 400]", "[50, 400]")))
    manifest = manifest_of(small, (), {})
    plan, more = extended(make_plan(loaded(tmp_path, SWEEP)), manifest)
    assert more.runs[: len(manifest.runs)] == manifest.runs
    assert more.batches[: len(manifest.batches)] == manifest.batches
    assert len(more.runs) == 24
    assert plan.points[:4] == small.points
    assert [point[0] for point in plan.points[4:]] == [100, 100]
    fewer, same = extended(make_plan(loaded(tmp_path, SWEEP), replications=2), more)
    assert same == more
    assert len(fewer.runs) == 24


@pytest.mark.parametrize("design", ["random", "sobol"])
def test_more_sampled_points_extend_a_sweep(tmp_path, design):
    few = make_plan(loaded(tmp_path, SAMPLED.format(design=design, points=5)), replications=2)
    manifest = manifest_of(few, (), {})
    many = make_plan(loaded(tmp_path, SAMPLED.format(design=design, points=12)), replications=3)
    plan, more = extended(many, manifest)
    assert plan.points[:5] == few.points
    assert more.runs[:10] == few.runs
    assert {run.run for run in more.runs} == {run.run for run in many.runs}
    with pytest.raises(ChangedError, match="7 points of it are no longer in the sweep"):
        extended(few, more)


def test_a_latin_hypercube_cannot_be_extended(tmp_path):
    few = make_plan(loaded(tmp_path, SAMPLED.format(design="latin-hypercube", points=5)))
    many = make_plan(loaded(tmp_path, SAMPLED.format(design="latin-hypercube", points=6)))
    with pytest.raises(ChangedError, match=r"sweep\.points was 5 and is 6"):
        extended(many, manifest_of(few, (), {}))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("seed = 7", "seed = 9", "sweep.seed was 7 and is 9"),
        ('aggregate = "max"', 'aggregate = "min"', 'outcome[0].aggregate was "max" and is "min"'),
        ("[50, 100, 400]", "[50, 100]", "2 points of it are no longer in the sweep"),
    ],
)
def test_other_changes_are_refused(tmp_path, old, new, said):
    manifest = manifest_of(make_plan(loaded(tmp_path, SWEEP)), (), {})
    with pytest.raises(ChangedError) as caught:
        extended(make_plan(loaded(tmp_path, SWEEP.replace(old, new))), manifest)
    assert caught.value.changes == (said,)


POLICIES = """\
[sweep]
name = "policies"
scenario = "small.toml"
[[axis]]
path = "host.scheduler"
values = ["classic", "mine.py:policy"]
"""


def test_a_policy_of_the_users_own_may_be_swept(tmp_path):
    """Its file is looked for beside the sweep file, and is part of what a run is."""
    said = 'host.scheduler = "mine.py:policy": there is no file "mine.py"; expected a Python file'
    assert problems(tmp_path, POLICIES) == [f"sweep.toml:6: axis[0].values[1]: {said}"]
    (tmp_path / "mine.py").write_text("policy = 1")
    plan = make_plan(loaded(tmp_path, POLICIES))
    assert plan.schedulers == (f"{tmp_path}/mine.py:policy", "classic")
    assert plan.scenario(1).host.scheduler == f"{tmp_path}/mine.py:policy"
    manifest = manifest_of(plan, (), {})
    extended(make_plan(loaded(tmp_path, POLICIES)), manifest)
    (tmp_path / "mine.py").write_text("policy = 2")
    with pytest.raises(
        ChangedError, match="1 runs of it are other ones now: a file that they read has changed"
    ):
        extended(make_plan(loaded(tmp_path, POLICIES)), manifest)


def test_a_policy_of_the_whole_sweep_that_changed_is_named(tmp_path):
    (tmp_path / "mine.py").write_text("policy = 1")
    set_ = [f"host.scheduler={tmp_path}/mine.py:policy"]
    manifest = manifest_of(make_plan(loaded(tmp_path, SWEEP), set_), (), {})
    (tmp_path / "mine.py").write_text("policy = 2")
    with pytest.raises(ChangedError, match=r"the file of host\.scheduler was"):
        extended(make_plan(loaded(tmp_path, SWEEP), set_), manifest)
