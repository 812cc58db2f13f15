"""The registry of cases: every shipped one is whole, and what is none is refused by name."""

import math

import pytest

from hvecs.agreement.cases import UNITS, read_case, read_cases
from hvecs.agreement.reproduction import Finding
from hvecs.output.schema import TABLES
from hvecs.sweeps.statistics import Estimate
from tests.cli.helpers import CHECKOUT

CASES = read_cases()
UNIT_OF_COLUMN = {"min": "ns", "s": "ns", "ms": "ns", "us": "ns", "ns": "ns", "%": "%", "MiB": "MiB"}

GOOD = """
[case]
title = "A case"
source = "closed form"
[scenario]
name = "x"
[host]
logical_processors = 1
memory = "8 GiB"
[[partition]]
name = "a"
[[expect]]
what = "work"
kind = "exact"
table = "job"
column = "work_ns"
unit = "ms"
value = 10
tolerance_pct = 20
"""


def test_the_published_rows_and_closed_forms_are_there():
    assert {
        "native",
        "one-4-way",
        "one-2-way",
        "overcommitted",
        "dynamic-memory",
        "mm1",
        "mg1",
    } <= CASES.keys()


@pytest.mark.parametrize("case", CASES.values(), ids=lambda case: case.name)
def test_every_case_is_a_scenario_and_asks_for_what_its_tables_have(case):
    assert case.scenario(7).scenario.seed == 7
    assert case.seeds >= 1
    for each in case.expected:
        column = next(
            found for found in TABLES[each.outcome.table].columns if found.name == each.outcome.column
        )
        assert UNIT_OF_COLUMN.get(each.unit, column.unit) == column.unit
        assert each.low < each.high
        assert each.unit in UNITS


def test_only_the_four_published_elapsed_times_one_cost_and_profiles_of_the_idle_are_fitted():
    fitted = [
        (case.name, each.what)
        for case in CASES.values()
        for each in case.expected
        if each.kind == "fitted" and case.name not in {"idle-guests", "idle-root"}
    ]
    times = [(name, "elapsed time") for name in ("native", "one-2-way", "one-4-way", "overcommitted")]
    assert fitted == [*times, ("uncontended-wait", "wait per dispatch")]


def test_the_benchmark_is_that_of_the_studies():
    shipped = CHECKOUT / "hvecs/cases/hosts/benchmark-host.toml"
    assert shipped.read_text() == (CHECKOUT / "runs/benchmark-host.toml").read_text()


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("value = 10\n", "", "work: expected value and tolerance_pct, or low or high"),
        ("value = 10\ntolerance_pct = 20\n", "", "work: expected value and tolerance_pct, or low or high"),
        ('kind = "exact"', 'kind = "guessed"', "work: kind is one of"),
        ('unit = "ms"', 'unit = "h"', "work: kind is one of"),
        ('title = "A case"\n', "", "title"),
        ('title = "A case"\n', 'title = "A case"\nseed = 3\n', r"\[case\]: unknown seed"),
        ('column = "work_ns"\n', 'column = "work_ns"\ncolour = "red"\n', "colour"),
    ],
)
def test_what_is_no_case_is_refused_with_its_name(was, now, said):
    assert was in GOOD
    with pytest.raises(ValueError, match=f"^bad: (.|\n)*{said}"):
        read_case("bad", GOOD.replace(was, now))


@pytest.mark.parametrize(
    ("mean", "agrees", "error"), [(8.0, True, -20), (12.0, True, 20), (7.9, False, -21), (None, False, None)]
)
def test_a_mean_agrees_up_to_its_tolerance(mean, agrees, error):
    case = read_case("good", GOOD)
    (expected,) = case.expected
    found = Finding(case, expected, Estimate(1, mean, None, None, None))
    assert found.agrees is agrees
    assert found.error_pct == (None if error is None else pytest.approx(error))


def test_a_bound_alone_has_no_error():
    case = read_case("good", GOOD.replace("value = 10\ntolerance_pct = 20", "low = 3"))
    (expected,) = case.expected
    assert (expected.low, expected.high, expected.value) == (3, math.inf, None)
    found = Finding(case, expected, Estimate(1, 3.0, None, None, None))
    assert (found.agrees, found.error_pct) == (True, None)
