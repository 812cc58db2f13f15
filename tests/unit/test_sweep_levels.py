"""Axes with a name, each level of which sets several keys at once."""

from dataclasses import replace

import pytest

from hvecs.spec import SpecError
from hvecs.spec.sweep_loading import load_sweep
from hvecs.sweep.extension import extended
from hvecs.sweep.manifest import manifest_of
from hvecs.sweep.plan import make_plan
from tests.sweeping import write

SWEEP = """\
[sweep]
name = "protect"
scenario = "small.toml"
[[axis]]
name = "protection"
levels = [
  { name = "none" },
  { name = "weight", set = { "partition.web.processor.weight" = 500 } },
  { name = "both", set = { "partition.web.processor.weight" = 500, "partition.batch.processor.cap" = "50 %" } },
]
[[axis]]
path = "host.costs.context_switch"
values = ["1 us", "2 us"]
"""


def problems(folder, text):
    with pytest.raises(SpecError) as caught:
        make_plan(load_sweep(write(folder, text)))
    return [str(problem).removeprefix(f"{folder}/") for problem in caught.value.problems]


def test_a_level_sets_all_its_keys_and_no_other(tmp_path):
    plan = make_plan(load_sweep(write(tmp_path, SWEEP)))
    assert plan.paths == ("protection", "host.costs.context_switch")
    assert plan.points[::2] == (("none", "1 us"), ("weight", "1 us"), ("both", "1 us"))
    found = [
        (web.processor.weight, batch.processor.cap)
        for web, batch in (plan.scenario(point).partition for point in (0, 2, 4))
    ]
    assert found == [(100, 100.0), (500, 100.0), (500, 50.0)]
    column = next(each for each in plan.runs_table.columns if each.name == "protection")
    assert column.type == "string"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('name = "protection"', 'name = "seed"',
         'sweep.toml:5: axis[0].name: "seed" is the name of a column of the table runs too; expected another name'),
        ('name = "weight"', 'name = "none"',
         'sweep.toml:8: axis[0].levels[1]: "none" is given twice; expected each value once'),
        ('name = "protection"', 'name = "protection"\npath = "host.memory"',
         "sweep.toml:6: axis[0].path: given beside a name with levels; expected one of them"),
        ('"partition.batch.processor.cap" = "50 %"', '"host.costs.context_switch" = "3 us"',
         'sweep.toml:9: axis[0].levels[2].set."host.costs.context_switch": axis[1] sets it too; expected each key in one axis'),
        ('"partition.batch.processor.cap" = "50 %"', '"partition.batch.processor.cap" = 50',
         'sweep.toml:9: axis[0].levels[2].set."partition.batch.processor.cap": partition.batch.processor.cap = 50: expected a percentage with a unit such as "50 %"; got 50'),
        ('"partition.batch.processor.cap" = "50 %"', 'partition.batch.processor.cap = "50 %"',
         'sweep.toml:9: axis[0].levels[2].set: "partition" is not a path in quotes; expected a table of paths and values such as { "partition.web.processor.weight" = 400 }'),
    ],
)  # fmt: skip
def test_problems_of_levels_are_located(tmp_path, old, new, expected):
    assert expected in problems(tmp_path, SWEEP.replace(old, new))


def test_an_axis_is_a_path_or_a_name_with_levels(tmp_path):
    nothing = SWEEP.replace('path = "host.costs.context_switch"\n', "")
    assert problems(tmp_path, nothing) == [
        "sweep.toml:11: axis[1].path: missing; expected a path, or a name with levels"
    ]
    bare = SWEEP.replace('path = "host.costs.context_switch"\nvalues = ["1 us", "2 us"]', 'name = "x"')
    assert problems(tmp_path, bare) == [
        "sweep.toml:11: axis[1].levels: missing; an axis with a name has levels"
    ]


def test_levels_may_be_added_to_a_sweep(tmp_path):
    few = SWEEP.replace('  { name = "weight", set = { "partition.web.processor.weight" = 500 } },\n', "")
    manifest = replace(manifest_of(make_plan(load_sweep(write(tmp_path, few))), (), {}), argv=())
    plan, more = extended(make_plan(load_sweep(write(tmp_path, SWEEP))), manifest)
    assert len(manifest.runs) == 4
    assert more.runs[:4] == manifest.runs
    assert len(more.runs) == 6
    assert [point[0] for point in plan.points[4:]] == ["weight", "weight"]
