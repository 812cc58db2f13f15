"""Each rule on rows just within its limits and just beyond them, and the verdict that follows."""

import numpy as np
import pytest

from hvecs.output.schema import TABLES
from hvecs.verdict import RULES, WithoutMemory
from hvecs.verdict.figures import DERIVED, KNOWN
from hvecs.verdict.measures import BUFFER_PRESSURE, MEASURES
from hvecs.verdict.rules import VERDICTS, Limit, Rule
from tests.observing import S, fired, judged, rows

MINUTE = 60 * S
LPS = ("Hv LP 0", "Hv LP 1")
VPS = ("web:Hv VP 0", "web:Hv VP 1")
WINDOW = 5 * MINUTE


def lps(busy, samples=10, **more):
    return {"logical_processor": rows(LPS, samples, MINUTE, total_run_pct=busy, **more)}


def vps(**columns):
    return {"virtual_processor": rows(VPS, 10, MINUTE, **columns)}


def wanting(ran, ready, capped, **more):
    """VPs that ran, waited and were held back for so much of the time (%)."""
    parts = {"guest_run_ns": ran, "hypervisor_run_ns": 0, "ready_ns": ready, "capped_ns": capped}
    return vps(**{name: round(share * MINUTE / 100) for name, share in parts.items()}, **more)


def root(**columns):
    return {
        "root_virtual_processor": rows(["Root VP 0", "Root VP 1"], 10, MINUTE, partition=["Root"], **columns)
    }


def guest(**columns):
    return {"guest": rows(["web"], 120, MINUTE, **columns)}


def dynamic(**columns):
    return {"dynamic_memory_vm": rows(["web"], 10, MINUTE, **columns)}


def balancer(available, pressure=80.0):
    columns = {"available_memory_mib": available, "average_pressure_pct": pressure}
    return {"dynamic_memory_balancer": rows(["System Balancer"], 10, MINUTE, **columns)}


def requests(completed):
    """1000 requests a sample, of which so many are completed."""
    return {"request": rows(["web"], 10, MINUTE, arrivals=1000, completions=completed)}


def losing(failed, dropped, table="request", of="partition"):
    """1000 requests a sample, of which so many fail or are dropped, and the others are completed."""
    lost = {"failed": failed} | ({"dropped": dropped} if table == "request" else {})
    done = 1000 - failed - dropped
    block = rows(["web"], 10, MINUTE, arrivals=1000, completions=done, **lost)
    return {table: block if of == "partition" else {of: block.pop("partition")} | block}


def queued(busy, queue):
    return vps(total_run_pct=busy, guest_run_pct=0) | guest(processor_queue_mean=queue)


CASES = [
    ("saturated", requests(985), requests(950), "critical"),
    ("requests-lost", losing(5, 5), losing(6, 5), "warning"),
    ("requests-lost", losing(50, 0), losing(0, 51), "critical"),
    ("requests-lost", losing(50, 0, "tier", "tier"), losing(51, 0, "tier", "tier"), "critical"),
    ("memory-short", dynamic(average_pressure_pct=100), dynamic(average_pressure_pct=101), "critical"),
    ("memory-buffer", dynamic(average_pressure_pct=85), dynamic(average_pressure_pct=86), "warning"),
    ("paging", guest(pages_input_per_sec=10), guest(pages_input_per_sec=11), "warning"),
    ("memory-available", balancer(2048), balancer(2047), "warning"),
    (
        "host-memory-short",
        balancer(2048) | dynamic(average_pressure_pct=120),
        balancer(2047) | dynamic(average_pressure_pct=120),
        "critical",
    ),
    (
        "host-memory-short",
        balancer(2047) | dynamic(average_pressure_pct=100),
        balancer(2047) | dynamic(average_pressure_pct=101),
        "critical",
    ),
    ("host-busy", lps(75), lps(76), "warning"),
    ("host-busy", lps(90), lps(91), "critical"),
    (
        "host-contended",
        lps(80) | vps(wait_per_dispatch_ns=100_000, dispatches=1),
        lps(80) | vps(wait_per_dispatch_ns=101_000, dispatches=1),
        "critical",
    ),
    ("host-contended", lps(75) | vps(wait_per_dispatch_ns=101_000), lps(76) | vps(wait_per_dispatch_ns=101_000), "critical"),
    ("lp-busy", lps([[75, 10]]), lps([[76, 10]]), "warning"),
    ("lp-busy", lps([[90, 10]]), lps([[91, 10]]), "critical"),
    (
        "context-switches",
        lps(50, context_switches_per_sec=[[20_000, 0]]),
        lps(50, context_switches_per_sec=[[20_001, 0]]),
        "warning",
    ),
    ("guest-under-provisioned", queued([[90, 99]], 10), queued([[91, 99]], 10), "critical"),
    ("guest-under-provisioned", queued(99, 6), queued(99, 6.1), "critical"),
    (
        "guest-under-provisioned",
        vps(total_run_pct=50, guest_run_pct=50, capped_ns=40 * MINUTE // 100) | guest(processor_queue_mean=10),
        vps(total_run_pct=50, guest_run_pct=50, capped_ns=41 * MINUTE // 100) | guest(processor_queue_mean=10),
        "critical",
    ),
    ("held-by-cap", wanting(90, 0, 10), wanting(89, 0, 11), "warning"),
    ("held-by-cap", wanting(50, 0, 50), wanting(40, 9, 51), "critical"),
    ("held-by-cap", wanting(0.1, 0, 0.8), wanting(0.1, 0, 1), "critical"),
    ("vp-busy", vps(guest_run_pct=75), vps(guest_run_pct=[[20, 76]]), "warning"),
    ("vp-busy", vps(guest_run_pct=[[20, 90]]), vps(guest_run_pct=[[20, 91]]), "critical"),
    ("wait-per-dispatch", vps(wait_per_dispatch_ns=60_000), vps(wait_per_dispatch_ns=61_000), "warning"),
    ("wait-per-dispatch", vps(wait_per_dispatch_ns=100_000), vps(wait_per_dispatch_ns=101_000), "critical"),
    (
        "wait-per-dispatch",
        wanting(0.5, 0.4, 0, wait_per_dispatch_ns=200_000),
        wanting(0.5, 0.6, 0, wait_per_dispatch_ns=200_000),
        "critical",
    ),
    ("root-share", root(guest_run_pct=5), root(guest_run_pct=5.1), "warning"),
    ("root-vp-busy", root(guest_run_pct=[[90, 0]]), root(guest_run_pct=[[91, 0]]), "critical"),
    (
        "remote-memory",
        {"vid_partition": rows(["web"], 3, MINUTE, remote_pages=100)},
        {"vid_partition": rows(["web"], 3, MINUTE, remote_pages=101)},
        "warning",
    ),
    ("host-over-provisioned", lps(40), lps(39), "note"),
    (
        "host-over-provisioned",
        lps(39) | balancer(4000) | dynamic(physical_memory_mib=6000),
        lps(39) | balancer(4001) | dynamic(physical_memory_mib=6000),
        "note",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "within", "beyond", "severity"), CASES)
def test_a_rule_holds_beyond_its_limits_and_not_at_them(name, within, beyond, severity):
    assert fired(judged(within)).get(name) != severity
    assert fired(judged(beyond))[name] == severity


def test_every_rule_is_tried():
    assert {name for name, *_ in CASES} == {rule.name for rule in RULES}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_says_what_its_figures_are_and_where_its_limits_come_from(rule):
    assert rule.source
    assert rule.advice
    for limit in rule.limits:
        table, _, column = KNOWN[limit.figure].counter.partition(".")
        assert column in TABLES[table].column_names
        assert any(limit.at(severity) is not None for severity in ("note", "warning", "critical"))
    assert rule.verdict in {"", *VERDICTS}
    assert rule.unless in {"", *(each.name for each in RULES)}


def test_measures_are_made_of_columns_that_there_are():
    for measure in MEASURES:
        for way in measure.columns:
            assert set(way) <= set(TABLES[measure.table].column_names)
    assert len(KNOWN) == len(MEASURES) + len(DERIVED)


@pytest.mark.parametrize(
    ("tables", "verdict", "provisioning"),
    [
        (lps(95) | requests(900), "saturated", "over-committed"),
        (lps(95), "over-committed", "over-committed"),
        (lps(60), "efficiently provisioned", "efficiently provisioned"),
        (lps(30), "over-provisioned", "over-provisioned"),
        (lps(30) | dynamic(average_pressure_pct=120), "memory short", "efficiently provisioned"),
        (lps(30) | dynamic(average_pressure_pct=120) | balancer(10), "memory short", "over-committed"),
        (lps(50) | queued(99, 10), "guest under-provisioned", "efficiently provisioned"),
        (lps(50) | vps(wait_per_dispatch_ns=100_000), "efficiently provisioned", "efficiently provisioned"),
        (lps(50) | vps(wait_per_dispatch_ns=101_000), "partly overloaded", "efficiently provisioned"),
        (lps(30) | vps(guest_run_pct=91), "partly overloaded", "over-provisioned"),
        (lps(30) | losing(700, 0), "partly overloaded", "over-provisioned"),
        (requests(900), "saturated", None),
        ({}, None, None),
    ],
)
def test_the_gravest_verdict_that_holds_counts(tables, verdict, provisioning):
    found = judged(tables)
    assert (found.verdict, found.provisioning) == (verdict, provisioning)


def test_a_guest_that_found_no_memory_makes_memory_short():
    found = judged(lps(30), absent=WithoutMemory(("web", "db")))
    assert (found.verdict, found.provisioning) == ("memory short", "efficiently provisioned")
    assert [(each.name, each.lacks) for each in found.sufferers] == [("web", 1.0), ("db", 1.0)]
    assert found.warnings == ("web did not start, as its memory was not to be had; so with db",)


def test_so_does_one_that_no_host_could_take_after_its_own_failed():
    """What it lacked while it was on does not count beside that."""
    starved = lps(30) | dynamic(average_pressure_pct=120)
    assert [each.name for each in judged(starved).sufferers] == ["web"]
    found = judged(starved, absent=WithoutMemory((), ("web",)))
    assert found.verdict == "memory short"
    assert fired(found)["not-restarted"] == "critical"
    assert [(each.name, each.why) for each in found.sufferers] == [
        ("web", "was not restarted after its host failed, as its memory was not to be had")
    ]


def test_a_rule_that_would_show_a_figure_that_is_not_known_says_nothing():
    """What counts is shorter than a balancing period: the buffer is known to be lacking, the pressure is not."""
    rule = Rule("mine", (Limit("buffer_pressure", warning=85),), "", "{name}: {pressure}", "")
    unknown = dynamic(average_pressure_pct=np.nan, target_mib=1200.0, physical_memory_mib=1024.0)
    assert fired(judged(unknown, own=[(rule, BUFFER_PRESSURE)])) == {"memory-buffer": "warning"}
    known = dynamic(average_pressure_pct=90.0, target_mib=1200.0, physical_memory_mib=1024.0)
    assert fired(judged(known, own=[(rule, BUFFER_PRESSURE)])) == {
        "memory-buffer": "warning",
        "mine": "warning",
    }


def test_a_sentence_shows_what_the_rule_judged():
    """A guest with a buffer of 50 %: its pressure is far below the limit, and it has less than its buffer."""
    (found,) = judged(
        dynamic(average_pressure_pct=71.0, target_mib=1500.0, physical_memory_mib=1420.0)
    ).findings
    assert found.figures == {"buffer_pressure": pytest.approx(88.0, abs=0.1)}
    assert "its pressure is 88 % as with a buffer of 20 % (above 85 %)" in found.text


def test_guests_without_memory_are_parted_by_whether_they_started():
    assert WithoutMemory.of(("a", "b", "c"), ("c", "x", "a")) == WithoutMemory(("a", "c"), ("b",))


def test_one_busy_minute_is_enough_for_a_host_to_be_in_use():
    busy = [[10, 10]] * 9 + [[50, 50]]
    assert judged(lps(busy)).provisioning == "efficiently provisioned"


def test_what_a_guest_lacks_is_told_once():
    """One that is short of memory lacks its buffer too, and a busy host has busy LPs."""
    found = judged(lps(95) | dynamic(average_pressure_pct=120))
    assert set(fired(found)) == {"host-busy", "memory-short"}


def test_the_buffer_of_a_guest_is_its_own():
    """With 5 % a guest at rest has a pressure of 95.2 %, and all of its buffer."""
    at_rest = dynamic(average_pressure_pct=95.2, target_mib=1050.0, physical_memory_mib=1050.0)
    lacking = dynamic(average_pressure_pct=97.6, target_mib=1050.0, physical_memory_mib=1024.0)
    assert fired(judged(at_rest)) == {}
    assert fired(judged(lacking)) == {"memory-buffer": "warning"}


def test_the_words_of_a_finding():
    (found,) = judged(requests(950)).findings
    assert (
        found.text == "web did not keep up: in-system grows by 0.833/s; response times depend on the duration"
    )
    names = [f"g{number}" for number in range(6)]
    tables = {
        "dynamic_memory_vm": rows(names, 3, MINUTE, average_pressure_pct=[[101, 102, 103, 104, 105, 106]])
    }
    (found,) = judged(tables).findings
    assert found.subjects == ("g5", "g4", "g3", "g2", "g1", "g0")
    assert found.text == (
        "g5 wants more memory than it has: pressure 106 % (above 100 %); so with g4, g3, g2 and 2 more"
    )


def test_who_suffers_is_ranked_by_what_each_lacks():
    """a waits 1 in 4 of the time it wants; b's cap takes half; c has 30 threads for 10 VPs; d lacks 1 / 6 of its memory."""
    names = ["a:Hv VP 0", "b:Hv VP 0", *(f"c:Hv VP {n}" for n in range(10)), "d:Hv VP 0"]
    run = [[30 * S, 25 * S, *[6 * S] * 10, S]]
    ready = [[10 * S, 0, *[0] * 10, 0]]
    capped = [[0, 25 * S, *[0] * 10, 0]]
    tables = {
        "virtual_processor": rows(
            names, 2, MINUTE, guest_run_ns=run, hypervisor_run_ns=0, ready_ns=ready, capped_ns=capped
        ),
        "guest": rows(["a", "b", "c", "d"], 2, MINUTE, processor_queue_mean=[[0, 0, 30, 0]]),
        "dynamic_memory_vm": rows(["d"], 2, MINUTE, average_pressure_pct=120),
    }
    found = judged(tables).sufferers
    assert [(each.name, round(each.lacks, 4)) for each in found] == [
        ("c", 0.75),
        ("b", 0.5),
        ("a", 0.25),
        ("d", 0.1667),
    ]
    assert [each.why for each in found] == [
        "30 threads queue for its 10 VPs",
        "is held back by its cap 50 % of the time it wants an LP",
        "waits for an LP 25 % of the time it wants one",
        "lacks 16.7 % of the memory it wants (pressure 120 %)",
    ]
    assert found[2].ready_pct == pytest.approx(100 / 6)


def test_a_capture_without_ready_times_goes_by_its_waits():
    columns = {"guest_run_ns": 30 * S, "hypervisor_run_ns": 0, "wait_ns": 10 * S}
    (found,) = judged({"virtual_processor": rows(["a:Hv VP 0"], 2, MINUTE, **columns)}).sufferers
    assert found.lacks == pytest.approx(0.25)


def test_a_hot_lp_on_a_busy_host_is_told_where_it_is_worse_than_the_host():
    assert fired(judged(lps([[70, 99]]))) == {"host-busy": "warning", "lp-busy": "critical"}
    assert fired(judged(lps([[89, 99]]))) == {"host-busy": "critical"}


def test_rows_without_a_value_say_nothing():
    value = np.full((10, 1), np.nan)
    tables = dynamic(average_pressure_pct=value) | balancer(100, value) | guest(pages_input_per_sec=0)
    assert judged(tables).findings == ()


@pytest.mark.parametrize(
    ("name", "within", "beyond"),
    [
        (
            "paging",
            guest(pages_input_per_sec=[[0]] * 119 + [[500]]),
            guest(pages_input_per_sec=[[0]] * 60 + [[11]] * 60),
        ),
        (
            "root-share",
            root(guest_run_pct=[[1, 1]] * 9 + [[20, 20]]),
            root(guest_run_pct=[[1, 1]] * 5 + [[6, 6]] * 5),
        ),
        (
            "memory-short",
            {"dynamic_memory_vm": rows(["web"], 60, 10 * S, average_pressure_pct=[[90]] * 59 + [[120]])},
            {"dynamic_memory_vm": rows(["web"], 60, 10 * S, average_pressure_pct=[[50]] * 54 + [[101]] * 6)},
        ),
    ],
)
def test_the_worst_length_of_time_counts(name, within, beyond):
    assert name not in fired(judged(within))
    assert name in fired(judged(beyond))


def test_a_static_guest_that_is_too_small_does_not_make_the_host_over_committed():
    """It has no target, and no memory of the host could help it."""
    tables = {
        "dynamic_memory_vm": rows(
            ["web"], 10, MINUTE, average_pressure_pct=150, target_mib=np.nan, physical_memory_mib=2048.0
        ),
        "dynamic_memory_balancer": rows(["host"], 10, MINUTE, available_memory_mib=1000.0),
    }
    found = fired(judged(tables))
    assert "memory-short" in found
    assert "host-memory-short" not in found
