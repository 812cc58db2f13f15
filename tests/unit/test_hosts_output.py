"""What runs of several hosts write and say: the column of the host, the verdict on each, outcomes by host."""

import numpy as np
import pytest

from hvecs.cli.verdict_text import verdict_data, verdict_text
from hvecs.output.host_column import by_host, with_host
from hvecs.output.judged import JUDGED, judged_columns
from hvecs.output.labels import Labels
from hvecs.output.outcomes import prefix_of
from hvecs.output.schema import SCHEMA_VERSION, TABLES
from hvecs.output.written import tables_of
from hvecs.spec import Scenario
from hvecs.sweeps.columns import scenario_columns
from hvecs.sweeps.results import is_main, of_partition
from hvecs.sweeps.selection import known_outcomes
from hvecs.verdict import WithoutMemory
from hvecs.verdict.by_host import Hosts
from hvecs.verdict.sufferers import NOBODY_WITHOUT
from tests.observing import S, judged, rows


def hosts_of(*names):
    return tuple({"name": name, "logical_processors": 4, "memory": "8 GiB"} for name in names)


def scenario(*names, **tables):
    blocks = ({"name": "web"},)
    return Scenario.model_validate(
        {"scenario": {"name": "s"}, "host": hosts_of(*names), "partition": blocks, **tables}
    )


def test_tables_of_one_host_are_those_of_the_schema():
    assert all(table is TABLES[table.name] for table in tables_of(scenario("a")))


def test_tables_of_several_hosts_have_the_host_after_the_time():
    tier = {
        "name": "t",
        "rate": "1 /s",
        "service": {"distribution": "exponential", "mean": "1 ms"},
        "guests": ("web",),
    }
    several = tables_of(scenario("a", "b", tier=(tier,)))
    assert len(several) > 10
    for table in several:
        names, before = table.column_names, TABLES[table.name].column_names
        assert [name for name in names if name != "host"] == list(before)
        if table.name in ("tier", "storage", "event"):
            assert "host" not in names
        elif "timestamp" in names:
            assert names[names.index("host") - 1] == "timestamp"
        else:
            assert names[0] == "host"


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_table_has_a_place_for_the_host(name):
    assert len(SCHEMA_VERSION) == 12
    added = with_host(TABLES[name]).column_names.count("host")
    assert added == (0 if name in ("storage", "tier", "event", "migration", "runs") else 1)


def test_rows_are_told_apart_by_host():
    labels = Labels(np.array([1, 0, 1], np.int32), np.array(["a", "b"], object))
    for column in (labels, np.array(["b", "a", "b"], object)):
        found = [(host, rows.tolist()) for host, rows in by_host({"host": column})]
        assert sorted(found) == [("a", [False, True, False]), ("b", [True, False, True])]
    assert [host for host, _ in by_host({"host": labels})] == ["b", "a"]


def busy(pct, names=("Hv LP 0", "Hv LP 1")):
    run = np.full((60, len(names)), pct / 100 * S).astype(np.int64)
    found = rows(names, 60, S, total_run_pct=pct, guest_run_ns=run, hypervisor_run_ns=0, idle_ns=S - run)
    return {key: value for key, value in found.items() if key != "partition"}


def with_names(names, tables):
    """The rows of several hosts as one table has them, samples first."""
    joined = {
        key: np.stack([table[key].reshape(60, -1) for table in tables], axis=1).reshape(-1)
        for key in tables[0]
    }
    width = len(next(iter(tables[0].values()))) // 60
    return joined | {"host": np.tile(np.repeat(np.array(names, object), width), 60)}


def verdict_of(table, columns, absent=NOBODY_WITHOUT):
    hosts = Hosts()
    for cut in range(0, len(columns["host"]), 40):
        hosts.write(table, {key: value[cut : cut + 40] for key, value in columns.items()})
    return hosts.verdict((), absent)


def test_each_host_is_judged_as_if_it_were_alone():
    alone = {pct: judged({"logical_processor": busy(pct)}) for pct in (99, 10)}
    assert alone[99].verdict != alone[10].verdict
    found = verdict_of("logical_processor", with_names(["a", "b"], [busy(10), busy(99)]))
    assert dict(found.hosts) == {"a": alone[10], "b": alone[99]}
    assert found.verdict == alone[99].verdict
    assert found.provisioning == alone[99].provisioning
    assert all(
        each.host in ("a", "b") and each.text.startswith(f"host {each.host}: ") for each in found.findings
    )
    assert found.host == {}
    cells = found.cells()
    assert cells["lps_busy_pct"] is None
    assert cells["host.a.lps_busy_pct"] == pytest.approx(10)
    assert cells["host.b.verdict"] == alone[99].verdict
    assert set(cells) == {column.name for column in judged_columns(["a", "b"])}
    assert judged_columns([None]) == JUDGED


def test_who_suffers_most_comes_first_wherever_it_is():
    def vps(pct):
        return rows(["web:Hv VP 0"], 60, S, guest_run_ns=S // 4, hypervisor_run_ns=0, ready_ns=int(pct / 100 * S), capped_ns=0, suspended_ns=0, idle_ns=0, ready_pct=pct)  # fmt: skip

    found = verdict_of(
        "virtual_processor", with_names(["a", "b"], [vps(10), vps(60)]), WithoutMemory(("lost",))
    )
    assert [(each.name, each.host) for each in found.sufferers] == [("lost", ""), ("web", "b"), ("web", "a")]
    text = verdict_text(verdict_data(found))
    assert "web on b" in text
    assert verdict_data(found)["hosts"].keys() == {"a", "b"}


def test_what_a_guest_lacked_on_a_host_that_failed_does_not_count_beside_that_it_is_off():
    def vps(pct):
        return rows(["web:Hv VP 0", "db:Hv VP 0"], 60, S, guest_run_ns=S // 4, hypervisor_run_ns=0, ready_ns=int(pct / 100 * S), capped_ns=0, suspended_ns=0, idle_ns=0, ready_pct=pct)  # fmt: skip

    columns = with_names(["a", "b"], [vps(10), vps(60)])
    found = verdict_of("virtual_processor", columns, WithoutMemory((), ("web",)))
    assert [(each.name, each.host) for each in found.sufferers] == [("web", ""), ("db", "b"), ("db", "a")]


def test_one_host_says_nothing_of_hosts():
    data = verdict_data(judged({"logical_processor": busy(99)}))
    assert "hosts" not in data
    assert all("host" not in each for each in (*data["findings"], *data["sufferers"]))


def test_outcomes_of_a_root_are_those_of_its_host():
    names = [column.name for column in scenario_columns(scenario("a", "b"))]
    assert {
        "host.a.Root.guest_run_ns",
        "host.b.Root.guest_run_ns",
        "host.b.verdict",
        "web.guest_run_ns",
    } <= set(names)
    assert "Root.guest_run_ns" not in names
    alone = [column.name for column in scenario_columns(scenario("a"))]
    assert "Root.guest_run_ns" in alone
    assert not [name for name in alone if name.startswith("host.")]

    class Figures:
        name, kind, host = "Root", "root", "a"

    assert prefix_of(Figures()) == "host.a.Root"
    Figures.host = ""
    assert prefix_of(Figures()) == "Root"
    Figures.name, Figures.kind, Figures.host = "web", "open", "a"
    assert prefix_of(Figures()) == "web"


@pytest.mark.parametrize(
    ("name", "main", "said"),
    [
        ("lps_busy_pct", True, "% Total Run Time, mean of all LPs"),
        ("host.hv1.lps_busy_pct", True, "% Total Run Time, mean of all LPs of hv1"),
        ("host.hv1.Root.response_mean_ns", False, "mean response time of all requests of host.hv1.Root"),
        ("Root.response_mean_ns", False, None),
        ("web-0.response_mean_ns", True, None),
        ("web-0.lps_busy_pct", False, None),
    ],
)
def test_figures_of_each_host_are_reported_and_those_of_roots_are_not(name, main, said):
    assert is_main(name) is main
    assert said is None or of_partition(name) == said


def test_a_verdict_is_no_outcome_that_could_be_sought():
    known = known_outcomes([], [column.name for column in scenario_columns(scenario("a", "b"))], [])
    assert "host.a.lps_busy_pct" in known
    assert "host.a.Root.guest_run_ns" in known
    assert not [name for name in known if name.endswith((".verdict", ".provisioning"))]
