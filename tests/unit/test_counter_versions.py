"""Which counters a version of Windows has: where a source names the first one, and everywhere in the product alike."""

import pytest

from hvecs.output.absent_counters import SETS_NOT_LISTED
from hvecs.output.counter_names import COUNTER_SETS
from hvecs.output.counter_versions import SETS_SINCE, SINCE, exists
from hvecs.spec.limits import LIMITS

BALANCER = "Hyper-V Dynamic Memory Balancer"
AVAILABLE = "Available Memory For Balancing"


@pytest.mark.parametrize(
    ("version", "has"),
    [
        ("ws2012r2", False),
        ("ws2016", False),
        ("ws2019", True),
        ("ws2025", True),
        ("none", True),
        (None, True),
    ],
)
def test_a_counter_exists_from_its_first_version_on(version, has):
    assert exists(version, BALANCER, AVAILABLE) is has
    assert exists(version, BALANCER, "Available Memory")
    assert exists(version, "Hyper-V DataStore") is (version not in {"ws2012r2", "ws2016", "ws2019"})


def test_what_has_a_first_version_is_a_counter_or_a_set_that_is_listed():
    assert all(name in COUNTER_SETS[counter_set] for counter_set, name in SINCE)
    assert set(SETS_SINCE) <= {*COUNTER_SETS, *SETS_NOT_LISTED}
    assert {*SINCE.values(), *SETS_SINCE.values()} <= set(LIMITS)


def test_counters_are_listed_by_version(capsys):
    from hvecs.cli import invoke

    assert invoke(["show", "counters", "Balancing"]) == 0
    assert "; since ws2019" in " ".join(capsys.readouterr().out.split())
    assert invoke(["show", "counters", "Balancing", "--version", "ws2016"]) == 2
    capsys.readouterr()
    assert invoke(["show", "counters", "DataStore", "--version", "ws2022"]) == 0
    assert invoke(["show", "counters", "DataStore", "--version", "ws2019"]) == 2


@pytest.mark.parametrize(("version", "written"), [("ws2016", 0), ("ws2025", 1)])
def test_a_log_has_the_counters_of_the_scenarios_version(tmp_path, monkeypatch, version, written):
    from hvecs.cli import invoke
    from tests.cli.helpers import EXACT

    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.toml").write_text(EXACT)
    words = ["run", "s.toml", "--out", "o", "-q", "--perfmon", "logs", "--start", "2026-01-01T00:00:00Z"]
    assert invoke([*words, "--set", f"host.limits={version}"]) == 0
    head = (tmp_path / "logs" / "HVHOST.csv").read_text(encoding="utf-8").splitlines()[0]
    assert head.count(AVAILABLE) == written
    assert rf"{BALANCER}(System Balancer)\Available Memory" in head
