"""Live migrations by the network that guests use: each slows the other, by examples worked by hand on links of 1 GB/s."""

import pytest

from hvecs.spec.advice import advice
from hvecs.spec.problems import SpecError
from tests.devices import adapter
from tests.host_clusters import agrees_with_the_table_of_migrations, cluster, migrate
from tests.simulation import MS, US, S, always_runnable, fixed, guest, parsed, run

GB = 10**9
LINK = {"name": "nic1", "bandwidth": "8 Gbit/s", "packet_cost": "0 s", "ring": 100_000}
OWN = US + 2
"""A request takes 1 us in its guest, and 1 ns in the root on its way in and on its way out."""


def runner(name, memory="732 MiB", rate=0, **more):
    """A guest whose one VP always runs; it holds 767,557,632 bytes."""
    workload = always_runnable() | {"dirty_rate": f"{rate} B/s"}
    return guest(name, 1, workload, memory=memory, host="a", **more)


def sends(size, every_ns=10 * MS, host="a"):
    """A guest that answers every request, one in 10 ms, by so many bytes; its own work is 1 us and that of the root 1 ns."""
    block = adapter("n", fixed(every_ns), request_size="0 B", response_size=f"{size} B", work=fixed(1))
    return block | {"host": host}


def by_network(duration_ns, guests, events, sample="100 ms", **more):
    migration = {"network": "nic1"} | more.pop("migration", {})
    root = {"intercepts": {"preset": "none"}}
    text = cluster(duration_ns, guests, events, lps=8, sample=sample, migration=migration, root=root, **more)
    return text | {"network": [LINK]}


def moved(result):
    return result["migration"].to_dict("records")


def sent(result, name="g"):
    table = result["live_migration"]
    return table[(table.role == "source") & (table.partition == name)].set_index("time_ns").bytes_read


def memory_of(name, result):
    return next(row["bytes_held"] for row in moved(result) if row["partition"] == name)


@pytest.mark.parametrize("share", [75, 100, 40])
def test_on_an_idle_network_migrations_have_their_share_of_it(share):
    text = by_network(4 * S, [runner("g")], [migrate(S, "g", "b")], migration={"network_share": f"{share} %"})
    row = moved(run(text))[0]
    assert row["brownout_ns"] == -(-row["bytes_held"] * 100 // share)


def test_two_have_the_share_together_whichever_links_they_go_by():
    """x and y leave a, and have 375 MB/s each; z comes to a from b, by the other direction of both links."""
    guests = [runner("x"), runner("y"), runner("z") | {"host": "b"}]
    events = [migrate(S, "x", "b"), migrate(S, "y", "b"), migrate(S, "z", "a")]
    result = run(by_network(5 * S, guests, events, migration={"simultaneous": 3}))
    rates = {
        row["partition"]: row["bytes_held"] / (row["time_ns"] - row["started_ns"]) for row in moved(result)
    }
    assert rates == pytest.approx({"x": 0.375, "y": 0.375, "z": 0.75}, rel=1e-7)


def test_messages_and_a_migration_slow_each_other():
    """An answer of 2.5 MB takes 2.5 ms alone, and 5 ms of every 10 beside a migration, which has 500 MB/s then and 750 MB/s else."""
    result = run(by_network(4 * S, [runner("g"), sends(2_500_000)], [migrate(S, "g", "b")], sample="10 ms"))
    of_n = result["request"].set_index("time_ns").response_mean_ns
    assert of_n[900 * MS] == of_n[3 * S] == 2_500_000 + OWN
    assert of_n[1200 * MS] == of_n[2 * S] == 5_000_000 + OWN
    row = moved(result)[0]
    memory, whole = row["bytes_held"], 6_250_000  # a period of 10 ms
    periods, rest = divmod(memory, whole)
    assert sent(result)[1200 * MS] == whole
    assert rest > 2_500_000 + OWN  # it ends while nothing else crosses the link
    beside = 5 * MS + (rest - 2_500_000) * 4 / 3
    assert row["brownout_ns"] == pytest.approx(periods * 10 * MS + beside, abs=3)
    agrees_with_the_table_of_migrations(result)


def test_messages_that_never_leave_the_link_have_half_of_it_beside_one_migration_and_a_third_beside_two():
    """100 MB an answer, one each 10 ms: ten times what the link carries."""
    for names, each in (("g", 2), ("gh", 3)):
        guests = [*(runner(name) for name in names), sends(100_000_000)]
        result = run(by_network(3 * S, guests, [migrate(S, name, "b") for name in names]))
        for name in names:
            assert sent(result, name)[1500 * MS] == pytest.approx(GB / 10 / each, abs=1)
        adapters = result["virtual_network_adapter"].set_index("time_ns").bytes_sent
        alone = adapters[adapters.index <= S].sum()
        beside = adapters[(adapters.index > S) & (adapters.index <= 2 * S)].sum()
        assert alone in (900_000_000, 1_000_000_000)
        assert beside == pytest.approx(alone / each, abs=100_000_000)


def test_a_guest_on_the_target_is_slowed_in_what_comes_to_it():
    block = adapter("n", fixed(10 * MS), request_size="2500000 B", response_size="0 B", work=fixed(1))
    text = by_network(4 * S, [runner("g"), block | {"host": "b"}], [migrate(S, "g", "b")])
    of_n = run(text)["request"].set_index("time_ns").response_mean_ns
    assert of_n[900 * MS] == 2_500_000 + US + 1
    assert of_n[1500 * MS] == 5_000_000 + US + 1


def test_a_guest_at_another_network_or_host_is_not():
    for change in ({"host": "c"}, {"io": {"network": "nic2"}}):
        block = sends(2_500_000)
        block = block | change | {"io": block["io"] | change.get("io", {})}
        idle = adapter("idle", fixed(S), request_size="0 B", response_size="0 B") | {"host": "c"}
        text = by_network(4 * S, [runner("g"), block, idle], [migrate(S, "g", "b")], hosts=("a", "b", "c"))
        text["network"] = [LINK, LINK | {"name": "nic2"}] if "io" in change else [LINK]
        table = run(text)["request"]
        own = table[table.partition == "n"]
        assert set(own.response_mean_ns) == {2_500_000 + OWN}


def test_a_link_carries_its_bandwidth_and_no_byte_more():
    """Busy all the time: what guests and migrations have sent by then is what crosses it, but for the message that still does."""
    size = 1_000_003
    result = run(
        by_network(
            3 * S, [runner("g", rate=300_000_000), sends(size, MS)], [migrate(S, "g", "b")], sample="37 ms"
        )
    )
    own = result["virtual_network_adapter"].set_index("time_ns").bytes_sent
    both = (own + sent(result).reindex(own.index).fillna(0)).cumsum()
    first = MS + OWN  # the first answer
    for time, crossed in both.items():
        assert 0 <= (time - first) - crossed <= size + 2


def test_once_it_is_over_messages_have_the_link_again():
    stop = {"at": "1300 ms", "action": "stop", "partition": "g"}
    result = run(by_network(2 * S, [runner("g"), sends(2_500_000)], [migrate(S, "g", "b"), stop]))
    of_n = result["request"].set_index("time_ns").response_mean_ns
    assert (of_n[1200 * MS], of_n[1400 * MS]) == (5_000_000 + OWN, 2_500_000 + OWN)


def test_when_samples_are_taken_changes_nothing():
    guests = [runner("g", rate=200_000_000), sends(777_777, 3 * MS)]
    first, second = (
        run(by_network(3 * S, guests, [migrate(S, "g", "b")], sample=sample)) for sample in ("3 s", "11 ms")
    )
    assert first["migration"].equals(second["migration"])


def test_a_network_that_there_is_not_is_refused_and_keys_that_nothing_reads_are_said():
    text = by_network(2 * S, [runner("g"), sends(1)], [migrate(S, "g", "b")])
    a, b = ({"bandwidth": "1 GiB/s"} for _ in text["host"])
    text["host"][0]["live_migration"], text["host"][1]["live_migration"] = a, b
    a["network"] = b["network"] = "nic9"
    with pytest.raises(SpecError, match=r"live_migration.network: no network is named \"nic9\""):
        parsed(text)
    a["network"] = "nic1"
    with pytest.raises(SpecError, match="it is the same on all hosts"):
        parsed(text)
    b["network"] = "nic1"
    said = [
        fault.message for fault in advice(parsed(text)) if fault.steps[2:] == ("live_migration", "bandwidth")
    ]
    assert said == ["has no effect: migrations go by the network nic1"] * 2
    for host in text["host"]:
        host["live_migration"] = {"network_share": "50 %"}
    said = [fault.message for fault in advice(parsed(text)) if fault.steps[-1] == "network_share"]
    assert said == ["has no effect: no network is named"] * 2


def test_a_network_for_migrations_alone_needs_no_guest():
    parsed(by_network(2 * S, [runner("g")], [migrate(S, "g", "b")]))
