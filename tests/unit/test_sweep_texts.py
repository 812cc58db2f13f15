"""Axes and outcomes as commands take them."""

import pytest

from hvecs.spec import SpecError
from hvecs.spec.kinds import Wrong
from hvecs.spec.sweep_texts import outcome_of, sweep_of
from hvecs.sweep.designs import points_of
from tests.sweeping import write


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("host.smt_yield=1.2,1.3", [1.2, 1.3]),
        ("partition.web.processor.weight = [50, 100]", [50, 100]),
        ("host.costs.context_switch=1 us, 20 us", ["1 us", "20 us"]),
        ("host.costs.context_switch='1 us','20 us'", ["1 us", "20 us"]),
        ("partition.web.processor.affinity=[0],[0, 1]", [[0], [0, 1]]),
        ("host.numa_spanning=true,false", [True, False]),
        ("host.scheduler=../mine.py:policy,classic", ["../mine.py:policy", "classic"]),
        ("host.scheduler=a/../mine.py:policy", ["a/../mine.py:policy"]),
        ('host.costs={ preset = "none" },{ preset = "default" }', [{"preset": "none"}, {"preset": "default"}]),
    ],
)  # fmt: skip
def test_values_of_an_axis(tmp_path, text, expected):
    write(tmp_path)
    axis = sweep_of(tmp_path / "small.toml", [text]).sweep.axis[0]
    plain = [list(each) if isinstance(each, tuple) else each for each in axis.values]
    assert (axis.path, plain) == (text.partition("=")[0].strip(), expected)


def test_a_range_and_a_grid_of_two(tmp_path):
    write(tmp_path)
    file = sweep_of(
        tmp_path / "small.toml",
        ["partition.web.processor.weight=10..50", "host.costs.context_switch=1 us..5 us"],
    )
    assert points_of(file.sweep)[:6] == [(10, f"{n} us") for n in range(1, 6)] + [(20, "1 us")]
    assert file.sweep.sweep.name == "small-by-weight-context_switch"
    assert file.scenario == tmp_path / "small.toml"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("host.smt_yield", "--axis host.smt_yield: no values; expected PATH=VALUE,VALUE… or PATH=LOW..HIGH"),
        ("host.smt_yield=2..1", "--axis host.smt_yield: expected the lowest and the highest value; got 2, which is not below 1"),
        ("host.smt_yield=1,1", "--axis host.smt_yield: axis[0].values[1]: 1 is given twice; expected each value once"),
        ("scenario.seed=1,2", "--axis scenario.seed: axis[0].path: seeds come from"),
        ('host.scheduler="a', '--axis host.scheduler: "\\"a" cannot be read'),
    ],
)  # fmt: skip
def test_axes_that_will_not_do(tmp_path, text, said):
    write(tmp_path)
    with pytest.raises(SpecError) as caught:
        sweep_of(tmp_path / "small.toml", [text])
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("web.response_p95_ns", None),
        ("job.elapsed_ns", None),
        ("max of job.elapsed_ns",
         {"name": "max_job_elapsed_ns", "table": "job", "column": "elapsed_ns", "where": {}, "aggregate": "max"}),
        ('slow = request.response_p95_ns where partition = "a and b" and time_ns = 5',
         {"name": "slow", "table": "request", "column": "response_p95_ns", "where": {"partition": "a and b", "time_ns": 5},
          "aggregate": "auto"}),
    ],
)  # fmt: skip
def test_an_outcome_as_a_text(text, expected):
    assert outcome_of(text) == expected


def test_a_condition_that_is_none():
    with pytest.raises(Wrong, match="is no condition"):
        outcome_of("max of job.elapsed_ns where partition")
