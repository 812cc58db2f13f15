"""Groups, ranges and effects of the sensitivity study, on a host of a closed form."""

import math

import pytest

from hvecs.agreement import sensitivity
from hvecs.agreement.sensitivity import GROUPS, RANGES, effects, outcomes, settings_at
from hvecs.cli import invoke
from hvecs.spec.costs import COSTS


def test_every_cost_is_in_one_group():
    assert sorted(cost for group in GROUPS.values() for cost in group) == sorted(cost.name for cost in COSTS)
    assert set(RANGES) < {cost.name for cost in COSTS}


def test_a_point_lays_each_cost_within_its_range():
    """At a half, the geometric mean of the ends: the default itself where they are half and twice of it."""
    low, middle, high = (
        dict(each.removeprefix("host.costs.").split("=") for each in settings_at([share] * len(COSTS)))
        for share in (0.0, 0.5, 1.0)
    )
    assert (low["dispatch"], middle["dispatch"], high["dispatch"]) == ("500 ns", "1 us", "2 us")
    assert (low["nested_paging"], high["nested_paging"]) == ("5 %", "50 %")
    assert float(middle["nested_paging"].split()[0]) == pytest.approx(math.sqrt(5 * 50), rel=1e-4)


def by_dispatch(_host, settings):
    """Elapsed time is proportional to one cost, response to the root of another; the wait is constant."""
    cost = dict(each.removeprefix("host.costs.").split("=") for each in settings)
    nanoseconds = {
        name: float(text.split()[0]) * {"ns": 1, "us": 1e3, "ms": 1e6, "%": 1}[text.split()[1]]
        for name, text in cost.items()
    }
    return [nanoseconds["dispatch"], math.sqrt(nanoseconds["context_switch"]), 7.0]


def test_effects_are_the_changes_over_the_whole_range(monkeypatch):
    """Half to twice is a factor of four: 300 %; of its root, two: 100 %."""
    monkeypatch.setattr(sensitivity, "outcomes", by_dispatch)
    told = []
    found = {
        (each.outcome, each.group): each
        for each in effects("light", 3, lambda now, end: told.append((now, end)))
    }
    assert found["elapsed time", "dispatch"].change_pct == pytest.approx(300, rel=0.01)
    assert found["elapsed time", "dispatch"].error_pct == pytest.approx(0, abs=0.5)
    assert found["response time", "context switch"].change_pct == pytest.approx(100, rel=0.01)
    others = [
        each.change_pct for key, each in found.items() if key[0] == "CPU wait" or key[1] == "hypercalls"
    ]
    assert others == pytest.approx([0.0] * len(others))
    assert told[-1] == (3 * (len(GROUPS) + 1),) * 2


def test_a_typical_host_has_all_outcomes():
    elapsed, response, wait = outcomes("light")
    assert 4e9 < elapsed < 6e9
    assert 2e6 < response < 4e6
    assert 1e3 < wait < 1e4
    assert outcomes("light", ["host.costs.lp_wake_up=100 us"])[2] > wait + 50e3


def test_the_command_prints_a_row_a_group(monkeypatch, capsys):
    monkeypatch.setattr(sensitivity, "outcomes", by_dispatch)
    assert invoke(["sensitivity", "crowded", "--trajectories", "2", "-q"]) == 0
    head, outcome, first, *rest = capsys.readouterr().out.splitlines()
    assert head.split() == ["%", "moved", "by", "crowded", "crowded", "crowded"]
    assert outcome.split() == ["elapsed", "time", "response", "time", "CPU", "wait"]
    assert first.startswith("dispatch")
    assert float(first.split()[1]) == pytest.approx(300, rel=0.01)
    assert len(rest) == len(GROUPS) - 1
    assert invoke(["sensitivity", "huge"]) == 2
    assert "there are light, consolidated, crowded" in capsys.readouterr().err


def test_without_its_packages_it_says_which(monkeypatch, capsys):
    from hvecs.cli import sensitivity as command

    monkeypatch.setattr(command, "find_spec", lambda _name: None)
    assert invoke(["sensitivity"]) == 1
    assert "hvecs[sensitivity]" in capsys.readouterr().err
