"""Tiers by examples worked by hand: times are fixed, hosts cost nothing, so every figure is exact."""

import pytest

from tests.simulation import MS, S, exponential, fixed, ns, run
from tests.tiers import every_request_is_accounted_for, of_tier, server, tier, tiered

EVERY_100 = fixed(100 * MS)


def only(text, name="shop"):
    """The one row of a tier, in ms, of a run with one sample."""
    result = run(text)
    every_request_is_accounted_for(result)
    (row,) = of_tier(result, name).to_dict("records")
    return {key: value / MS if key.endswith("_ns") else value for key, value in row.items()}, result


def counts(result):
    return result["request"].set_index("partition").completions.to_dict()


def test_guests_take_their_turns_in_the_order_of_the_file():
    shop = tier("shop", ["w"], fixed(4 * MS), arrivals=fixed(10 * MS))
    row, result = only(tiered(99 * MS, 3, [server("w", count=3)], [shop]))
    assert (row["arrivals"], row["completions"], row["response_mean_ns"]) == (9, 9, 4)
    assert row["native_ns"] == row["response_ns"] == 36
    assert counts(result) == {"w-0": 3, "w-1": 3, "w-2": 3}


def test_turns_by_weight_are_evenly_spread():
    shop = tier("shop", ["a", "b"], fixed(MS), arrivals=fixed(10 * MS), policy="weighted", weights=[3, 1])
    _, result = only(tiered(125 * MS, 2, [server("a"), server("b")], [shop]))
    assert counts(result) == {"a": 9, "b": 3}


def test_beyond_the_limit_requests_wait_at_the_balancer():
    """They come at 4, 8, 12, 16 and 20 ms and take 6 ms each: the first ends at 10, the second, which waited 2 ms, at 16."""
    shop = tier("shop", ["w"], fixed(6 * MS), arrivals=fixed(4 * MS), limit=1)
    row, _ = only(tiered(21 * MS, 2, [server("w", 2)], [shop]))
    assert (row["arrivals"], row["completions"], row["in_system"], row["waiting"]) == (5, 2, 3, 2)
    assert (row["response_ns"], row["balancer_ns"], row["native_ns"]) == (14, 2, 12)


def test_a_full_queue_turns_requests_away():
    shop = tier("shop", ["w"], fixed(6 * MS), arrivals=fixed(4 * MS), limit=1, queue=1)
    row, _ = only(tiered(21 * MS, 1, [server("w")], [shop]))
    assert (row["arrivals"], row["completions"], row["failed"], row["rejected"]) == (5, 2, 1, 1)


def test_a_try_that_takes_too_long_is_made_again_and_its_guest_does_both():
    """It comes at 100 ms, is given up at 104 and 108; its guest works until 120."""
    shop = tier("shop", ["w"], fixed(10 * MS), arrivals=EVERY_100, timeout="4 ms", retries=1)
    row, result = only(tiered(150 * MS, 1, [server("w")], [shop]))
    assert (row["timed_out"], row["retried"], row["failed"], row["completions"]) == (2, 1, 1, 0)
    assert counts(result) == {"w": 2}
    assert result.of("w").guest_run_ns == 20 * MS


def test_a_timeout_ends_a_wait_at_the_balancer_too():
    shop = tier("shop", ["w"], fixed(30 * MS), arrivals=fixed(10 * MS), limit=1, timeout="15 ms")
    row, result = only(tiered(39 * MS, 1, [server("w")], [shop]))
    assert (row["arrivals"], row["timed_out"], row["failed"], row["waiting"]) == (3, 2, 1 + 1, 1)
    assert counts(result) == {"w": 0}


def test_a_guest_that_is_turned_off_loses_its_requests_and_gets_none():
    """At 100 ms one comes to w-0, which is turned off at 105: w-1 does it from then on, and all that follow."""
    shop = tier("shop", ["w"], fixed(10 * MS), arrivals=EVERY_100, retries=1)
    stop = {"at": "105 ms", "action": "stop", "partition": "w-0"}
    row, result = only(tiered(350 * MS, 2, [server("w", count=2)], [shop], event=[stop]))
    assert (row["completions"], row["retried"], row["failed"], row["guests_up"]) == (3, 1, 0, 1)
    assert (row["response_ns"], row["retry_ns"], row["native_ns"]) == (35, 5, 30)
    assert counts(result) == {"w-0": 0, "w-1": 3}


def test_without_retries_what_a_guest_loses_has_failed():
    shop = tier("shop", ["w"], fixed(10 * MS), arrivals=EVERY_100)
    events = [{"at": "105 ms", "action": "restart", "partition": "w"}]
    row, _ = only(tiered(250 * MS, 1, [server("w", guest={"boot": "20 ms"})], [shop], event=events))
    assert (row["completions"], row["failed"], row["response_ns"]) == (1, 1, 10)


def test_a_request_waits_for_a_guest_that_boots():
    """The only guest restarts at 95 ms and is up at 145: the request of 100 ms is sent then."""
    shop = tier("shop", ["w"], fixed(10 * MS), arrivals=EVERY_100)
    events = [{"at": "95 ms", "action": "restart", "partition": "w"}]
    boot = {"boot": "50 ms", "boot_cpu": "10 ms"}
    row, _ = only(tiered(180 * MS, 1, [server("w", guest=boot)], [shop], event=events))
    assert (row["completions"], row["balancer_ns"], row["native_ns"]) == (1, 45, 10)


def test_a_paused_guest_gets_none_and_keeps_what_it_has():
    """It has worked 5 of 10 ms when it is paused at 105 ms, and goes on at 305; the two of 200 and 300 ms go to the other."""
    shop = tier("shop", ["w"], fixed(10 * MS), arrivals=EVERY_100)
    events = [
        {"at": at, "action": act, "partition": "w-0"}
        for at, act in (("105 ms", "pause"), ("305 ms", "resume"))
    ]
    row, result = only(tiered(350 * MS, 2, [server("w", count=2)], [shop], event=events))
    assert counts(result) == {"w-0": 1, "w-1": 2}
    assert (row["response_ns"], row["ready_ns"], row["native_ns"]) == (230, 200, 30)


def calling(**more):
    """A tier web that calls db twice (3 ms each) between 2 ms and 1 ms of its own."""
    call = {"tier": "db", "times": 2, "mode": more.pop("mode", "sequential")}
    web = tier("web", ["w"], fixed(2 * MS), service_after=fixed(MS), arrivals=EVERY_100, calls=[call], **more)
    return [web, tier("db", ["d"], fixed(3 * MS))]


@pytest.mark.parametrize(
    ("mode", "vps", "response"), [("sequential", 2, 9), ("parallel", 2, 6), ("parallel", 1, 9)]
)
def test_calls_follow_each_other_or_are_made_at_once(mode, vps, response):
    text = tiered(150 * MS, 3, [server("w"), server("d", vps)], calling(mode=mode))
    row, result = only(text, "web")
    assert (row["response_ns"], row["calls_ns"], row["native_ns"]) == (response, response - 3, 3)
    db = of_tier(result, "db").iloc[0]
    assert (db.arrivals, db.completions) == (2, 2)


def test_parallel_calls_of_different_tiers_are_made_together_and_others_after_them():
    calls = [
        {"tier": name, "mode": mode}
        for name, mode in (("a", "parallel"), ("b", "parallel"), ("c", "sequential"))
    ]
    web = tier("web", ["w"], fixed(MS), arrivals=EVERY_100, calls=calls)
    others = [tier(name, [name], fixed(work * MS)) for name, work in (("a", 5), ("b", 7), ("c", 2))]
    guests = [server(name) for name in ("w", "a", "b", "c")]
    row, _ = only(tiered(150 * MS, 4, guests, [web, *others]), "web")
    assert (row["response_ns"], row["calls_ns"]) == (1 + 7 + 2, 9)


@pytest.mark.parametrize(("holds", "second"), [(True, 8), (False, 7)])
def test_a_thread_is_held_while_it_calls_or_not(holds, second):
    """At 4 ms: 1 ms, then the call until 10. At 8 ms: with the thread from 10 on, until 16; else at once, the call from 10 to 15."""
    web = tier(
        "web", ["w"], fixed(MS), arrivals=fixed(4 * MS), threads=1, holds_thread=holds, calls=[{"tier": "db"}]
    )
    row, _ = only(
        tiered(16 * MS, 2, [server("w"), server("d")], [web, tier("db", ["d"], fixed(5 * MS))]), "web"
    )
    assert (row["completions"], row["response_ns"]) == (2, 6 + second)
    assert row["queue_ns"] == (2 if holds else 0)


def test_a_call_that_fails_fails_its_caller():
    tiers = calling()
    tiers[1] |= {"timeout": "1 ms"}
    row, _ = only(tiered(150 * MS, 2, [server("w"), server("d")], tiers), "web")
    assert (row["arrivals"], row["failed"], row["completions"]) == (1, 1, 0)


def test_a_guest_of_two_tiers_serves_both():
    shop = tier("shop", ["w"], fixed(10 * MS), arrivals=EVERY_100)
    admin = tier("admin", ["w"], fixed(20 * MS), arrivals=EVERY_100)
    row, result = only(tiered(150 * MS, 1, [server("w")], [shop, admin]))
    other = of_tier(result, "admin").iloc[0]
    assert sorted([row["response_ns"], other.response_ns / MS]) in ([10, 30], [20, 30])
    assert result.of("w").completions == 2


def test_a_neighbour_shows_as_ready_wait():
    """One LP, a guest that computes all the time, slices of 10 ms: the request waits for the end of a slice."""
    from tests.simulation import always_runnable, guest

    shop = tier("shop", ["w"], fixed(5 * MS), arrivals=fixed(33 * MS))
    text = tiered(99 * MS, 1, [server("w"), guest("busy", 1, always_runnable())], [shop])
    row, _ = only(text)
    assert row["completions"] == 2
    assert row["native_ns"] == 10
    assert row["ready_ns"] > 0
    assert row["ready_ns"] + row["native_ns"] == row["response_ns"]


def test_io_of_a_guest_is_a_part_of_the_response():
    io = {"per_request": 2, "work": fixed(MS), "device": fixed(4 * MS), "completion": fixed(MS)}
    shop = tier("shop", ["w"], fixed(2 * MS), arrivals=EVERY_100)
    row, _ = only(tiered(150 * MS, 2, [server("w", io=io)], [shop]))
    assert (row["response_ns"], row["native_ns"], row["io_ns"]) == (14, 2, 12)


def test_a_full_ring_drops_a_try():
    io = {"network": True, "ring": 1, "work": fixed(MS)}
    shop = tier("shop", ["w"], fixed(8 * MS), arrivals=fixed(3 * MS))
    row, result = only(tiered(14 * MS, 2, [server("w", io=io)], [shop]))
    assert row["failed"] == result.of("w").dropped > 0


def test_a_profile_changes_the_rate():
    points = [{"at": "0 s", "times": 1}, {"at": "1 s", "times": 0}]
    shop = tier("shop", ["w"], fixed(MS), arrivals=EVERY_100, profile=points)
    row, _ = only(tiered(2 * S, 1, [server("w")], [shop]))
    assert row["arrivals"] == 10


def test_the_bare_machine_serves_tiers_too():
    shop = tier("shop", ["w"], fixed(8 * MS), arrivals=fixed(3 * MS), limit=2)
    row, _ = only(tiered(20 * MS, 2, [server("w", 2)], [shop], hypervisor="none", root={}))
    assert (row["arrivals"], row["completions"], row["balancer_ns"]) == (6, 3, 2)


def test_outcomes_leave_out_the_warm_up():
    shop = tier("shop", ["w"], fixed(4 * MS), arrivals=fixed(10 * MS))
    result = run(tiered(105 * MS, 1, [server("w")], [shop], warm_up=ns(55 * MS)))
    (found,) = result.outcome.tiers
    assert (found.arrivals, found.completions, found.in_system) == (5, 5, 0)
    assert found.response_mean_ns == found.native_mean_ns == 4 * MS


def scaled(**more):
    """A tier of three guests that boot for 1 s, of which one is on; requests of 10 ms come every 12 ms, after 8 s every 120 ms."""
    limits = {
        "above": 60,
        "below": 20,
        "every": "1 s",
        "cooldown": "2 s",
        "delay": "500 ms",
        "drain": "500 ms",
    }
    points = [{"at": "0 s", "times": 1}, {"at": "8 s", "times": 0.1}]
    shop = tier("shop", ["w"], fixed(10 * MS), arrivals=fixed(12 * MS), profile=points, scaling=limits | more)
    images = server("w", count=3, guest={"boot": "1 s", "boot_cpu": "100 ms"})
    return tiered(12 * S, 4, [images], [shop], sample="500 ms")


def test_a_tier_starts_a_guest_above_and_stops_one_below_its_limits():
    """At 1 s its guest is 83 % busy: another is started at 1.5 s, and up at 2.5. At 9 s both are 4 % busy: one gets no more from then on."""
    result = run(scaled())
    every_request_is_accounted_for(result)
    rows = of_tier(result, "shop")
    assert rows.guests_up.tolist() == [1] * 4 + [2] * 13 + [1] * 7
    assert rows.failed.sum() == 0
    vps = result["virtual_processor"]
    assert vps[vps.partition == "w-1"].suspended_ns.sum() == (1_500 + 2_500) * MS
    assert [result.of(f"w-{index}").started for index in range(3)] == [True, True, False]


def test_a_tier_may_scale_by_its_requests_and_never_beyond_its_bounds():
    result = run(scaled(metric="requests", above=0.5, below=0.1, max=2, start=2, min=2))
    assert of_tier(result, "shop").guests_up.tolist() == [2] * 24


def test_the_load_by_requests_is_that_of_the_guests_up_in_the_mean():
    """Ten requests, each 1 s at a disk. The look at 4 s has a second guest started, which is up at 5.81 s; at 6 s there have been 10 / 1.095 a guest, and the third is up at 7.81 s."""
    disk = {
        "per_request": 1,
        "work": fixed(1000),
        "completion": fixed(1000),
        "device": fixed(S),
        "servers": 1000,
        "queue_depth": 1000,
    }
    limits = {
        "metric": "requests",
        "above": 9,
        "below": 4,
        "every": "2 s",
        "cooldown": "10 ms",
        "delay": "10 ms",
    }
    shop = tier("shop", ["w"], fixed(100_000), arrivals=fixed(100 * MS), scaling=limits | {"max": 3})
    images = server("w", count=3, guest={"boot": "1800 ms", "boot_cpu": "0 s"}, io=disk)
    result = run(tiered(9 * S, 8, [images], [shop], sample="1 s"))
    assert of_tier(result, "shop").guests_up.tolist() == [1, 1, 1, 1, 1, 2, 2, 3, 3]
    assert [result.of(f"w-{index}").started for index in range(3)] == [True, True, True]


def test_no_start_or_stop_by_a_tier_depends_on_the_step():
    usual = run(scaled(metric="requests", above=0.3, below=0.1))
    text = scaled(metric="requests", above=0.3, below=0.1)
    text["scenario"]["step"] = "3 ms"
    assert len(set(of_tier(usual, "shop").guests_up)) > 1
    assert run(text).same_as(usual)


def test_what_a_guest_has_not_answered_when_it_is_stopped_is_tried_elsewhere():
    text = scaled(start=2, above=95, below=50, drain="20 ms", every="3 s")
    text["tier"][0] |= {"service": fixed(900 * MS), "arrivals": fixed(1300 * MS), "profile": [], "retries": 1}
    result = run(text)
    every_request_is_accounted_for(result)
    assert of_tier(result, "shop").retried.sum() == 1
    assert of_tier(result, "shop").failed.sum() == 0


def test_a_trace_says_how_many_requests_come_over_time():
    trace = {"times": ["0 s", "2 s", "4 s"], "rates": [1000, 0], "scale": 2}
    text = tiered(4 * S, 1, [server("w")], [tier("shop", ["w"], fixed(1000), trace=trace)], sample="2 s")
    first, second = of_tier(run(text), "shop").arrivals
    assert first == pytest.approx(4000, abs=200)
    assert second == 0


def test_a_trace_may_come_from_a_file(tmp_path):
    import tomli_w

    from hvecs.spec import load

    (tmp_path / "load.csv").write_text("requests_per_sec,other\n100,1\n300,2\n")
    trace = {"file": "load.csv", "interval": "1 s"}
    text = tiered(2 * S, 1, [server("w")], [tier("shop", ["w"], fixed(1000), trace=trace)])
    (tmp_path / "s.toml").write_text(tomli_w.dumps(text))
    found = load(tmp_path / "s.toml").tier[0]
    assert list(found.rates.until(3 * S)) == [(0, 100.0), (S, 300.0), (2 * S, 0.0)]
    assert found.interarrival.average_ns == S


def test_a_dispatch_is_the_hypervisors_part():
    """A dispatch costs 1 ms; the second request comes while the VP works, and is taken without another: it waits in the guest for 3 ms."""
    shop = tier("shop", ["w"], fixed(5 * MS), arrivals=fixed(3 * MS))
    text = tiered(14 * MS, 1, [server("w")], [shop], costs={"preset": "none", "dispatch": "1 ms"})
    row, _ = only(text)
    assert (row["completions"], row["hypervisor_ns"], row["native_ns"], row["queue_ns"]) == (2, 1, 10, 3)


def test_a_request_that_its_guest_moves_to_an_idle_virtual_core_stays_on_its_accounts():
    """The VP to which it moves has other times behind it: what it waits for its LP there is all that is lost by the move."""
    shop = tier("shop", ["w"], exponential(50 * MS), rate="90 /s")
    block = server("w", 8, processor={"threads_per_core": 2}, guest={"rebalance": "1 ms", "boot": "0 s"})
    text = tiered(3 * S, 8, [block], [shop], host={"threads_per_core": 2}, sample="500 ms")
    result = run(text)
    every_request_is_accounted_for(result)
    assert result["request"].completions.sum() > 100
    assert result["tier"].ready_ns.sum() == 0  # each VP has an LP, and nothing costs time


def test_an_event_sets_the_rate_of_a_tier_and_changes_nothing_before():
    shop = tier("shop", ["w"], fixed(MS), rate="100 /s", profile=[{"at": "0 s", "times": 2}])
    usual = tiered(4 * S, 1, [server("w")], [shop], sample="1 s")
    raised = usual | {"event": [{"at": "2 s", "set": {"tier.shop.rate": "300 /s"}}]}
    before, after = run(usual), run(raised)
    assert of_tier(after, "shop")[:2].equals(of_tier(before, "shop")[:2])
    assert of_tier(after, "shop").arrivals[2:].sum() == pytest.approx(1200, abs=100)
    (row,) = after["event"].to_dict("records")
    assert (row["path"], row["value"], row["result"]) == ("tier.shop.rate", "300 /s", "done")


def on_nic(**io):
    """A server whose requests come by a NIC of 1 Gbit/s, for 1 us of the root's and 3 us a packet of 1,500 B."""
    block = server("w", io={"network": "nic1", "work": fixed(1000), **io})
    return block | {"intercepts": {"preset": "none"}, "guest": block["guest"] | {"tick": "0 s"}}


def by_nic(duration_ns, guests, tiers, **nic):
    network = {"name": "nic1", "bandwidth": "1 Gbit/s", "packet": "1500 B", "packet_cost": "3 us"} | nic
    root = {"intercepts": {"preset": "none"}}
    return tiered(duration_ns, 8, guests, tiers, network=[network], root=root)


def test_a_request_comes_by_a_shared_nic_and_its_answer_leaves_after_its_calls():
    """1,000 B take 8 us, and the root 1 + 3; the guest 1; the call 5; the root 1 + 6 for 3,000 B, and they take 24: 49 us in all."""
    web = tier("shop", ["w"], fixed(1000), arrivals=fixed(MS), calls=[{"tier": "db"}])
    db = tier("db", ["d"], fixed(5000))
    guests = [on_nic(request_size="1000 B", response_size="3000 B"), server("d")]
    row, result = only(by_nic(10 * MS, guests, [web, db]))
    assert row["response_mean_ns"] * MS == pytest.approx(49_000)
    assert [round(row[name] * MS) for name in ("io_ns", "native_ns", "calls_ns")] == [
        9 * 43_000,
        9 * 1000,
        9 * 5000,
    ]
    sent = result["virtual_network_adapter"].iloc[0]
    assert (sent.packets_received, sent.packets_sent, sent.bytes_sent) == (9, 18, 27_000)
    assert counts(result) == {"w": 9, "d": 9}


def test_what_finds_the_ring_full_is_dropped_and_tried_again():
    """The root takes 100 us for each, and the ring holds one: of requests each 40 us every third is taken; with a retry each is dropped twice."""
    for retries, dropped in ((0, 6), (1, 12)):
        shop = tier("shop", ["w"], fixed(1000), arrivals=fixed(40_000), retries=retries)
        guests = [on_nic(work=fixed(100_000), request_size="0 B", response_size="0 B")]
        row, result = only(by_nic(399_000, guests, [shop], ring=1, packet_cost="0 s"))
        assert (row["arrivals"], row["failed"], row["retried"]) == (9, 6, 6 * retries)
        assert row["completions"] + row["in_system"] == 3
        requests = result["request"].iloc[0]
        assert requests.dropped == dropped
        assert requests.arrivals == requests.completions + requests.in_system + requests.dropped


def test_an_answer_under_way_when_its_guest_is_turned_off_is_lost():
    """Its work ends at 1.002 ms and its answer would leave at 2.002 ms, 1 ms for 125,000 B; the guest is off at 1.5 ms."""
    shop = tier("shop", ["w"], fixed(1000), arrivals=fixed(MS))
    guests = [on_nic(request_size="0 B", response_size="125000 B")]
    text = by_nic(1900_000, guests, [shop], packet_cost="0 s")
    stop = {"at": "1500 us", "action": "stop", "partition": "w"}
    row, result = only(text | {"event": [stop]})
    assert (row["arrivals"], row["completions"], row["failed"], row["in_system"]) == (1, 0, 1, 0)
    assert result["request"].failed.sum() == 1
