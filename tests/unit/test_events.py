"""Events, by examples worked by hand: what is changed is changed at its instant, and what was before stays as it was."""

import pytest

from tests.simulation import (
    MS,
    S,
    always_runnable,
    closed,
    constant,
    dynamic,
    exponential,
    fixed,
    guest,
    ns,
    opened,
    run,
    scenario,
)


def at(time_ns, **settings):
    """An event that sets what `settings` say, of the guests that they name: guest__table__key=value."""
    paths = {"partition." + name.replace("__", "."): value for name, value in settings.items()}
    return {"at": ns(time_ns), "set": paths}


def act(time_ns, action, partition, **more):
    return {"at": ns(time_ns), "action": action, "partition": partition, **more}


def ran(result, partition):
    """Guest run time (ms) of each sample, over the VPs of a partition."""
    vps = result["virtual_processor"]
    return (vps[vps.partition == partition].groupby("time_ns").guest_run_ns.sum() / MS).tolist()


def one_lp(guests, duration, *events, **more):
    return scenario(duration, 1, guests, **({"sample": "100 ms"} | more)) | {"event": list(events)}


def runner(name, **processor):
    return guest(name, 1, always_runnable(), processor=processor)


def test_a_weight_divides_time_from_its_instant_on_and_nothing_before_is_made_up_for():
    result = run(one_lp([runner("a"), runner("b")], 700 * MS, at(300 * MS, a__processor__weight=300)))
    assert ran(result, "a")[:3] == [50, 50, 50]
    assert sum(ran(result, "a")[3:]) == pytest.approx(300, abs=10)  # three quarters of 400 ms, to a slice
    assert all(abs(ms - 75) <= 10 for ms in ran(result, "a")[3:])


def test_a_weight_changed_back_and_forth_gives_the_sum_of_its_parts():
    events = [at(200 * MS, a__processor__weight=400), at(700 * MS, a__processor__weight=100)]
    result = run(one_lp([runner("a"), runner("b")], 1200 * MS, *events))
    assert sum(ran(result, "a")) == pytest.approx(100 + 400 + 250, abs=20)


@pytest.mark.parametrize(
    ("first", "time_ms", "then", "expected"),
    [
        ("100 %", 30, "50 %", [65, 50, 50]),  # 30 ms alone, and half of the 70 ms that are left
        ("20 %", 30, "50 %", [41, 50, 50]),  # the 20 ms that it has had, and 30 % of 70 ms more
        ("50 %", 60, "20 %", [50, 8, 20]),  # 50 ms had, 38 ms its due: 12 ms of the next 20 are spent
        ("50 %", 20, "20 %", [26, 20, 20]),  # half of 20 ms, and 20 % of 80 ms
        ("30 %", 50, "100 %", [80, 100, 100]),  # 30 ms had, and nothing holds it any more
        ("50 %", 100, "20 %", [50, 20, 20]),
    ],
)
def test_a_cap_counts_for_the_part_of_its_period_in_which_it_holds(first, time_ms, then, expected):
    block = runner("a", cap=first) if first != "100 %" else runner("a")
    result = run(one_lp([block], 300 * MS, at(time_ms * MS, a__processor__cap=then)))
    assert ran(result, "a") == expected


def test_the_cap_of_a_group_is_changed_for_all_its_vps():
    text = scenario(
        300 * MS, 2, [guest("a", 2, always_runnable(2), processor={"group": "g"})], sample="100 ms"
    )
    text["host"]["cpu_group"] = [{"name": "g"}]
    text["event"] = [
        {"at": "50 ms", "set": {"host.cpu_group.g.cap": "50 %"}},
        {"at": "200 ms", "set": {"host.cpu_group.g.cap": "100 %"}},
    ]
    result = run(text)
    assert ran(result, "a") == [150, 100, 200]
    assert result["event"].partition.isna().all()
    assert result["event"].path.tolist() == ["host.cpu_group.g.cap"] * 2


def test_a_reserve_is_earned_from_its_instant_on():
    result = run(one_lp([runner("a"), runner("b")], 800 * MS, at(300 * MS, a__processor__reserve="60 %")))
    assert ran(result, "a")[:3] == [50, 50, 50]
    assert sum(ran(result, "a")[3:]) == pytest.approx(5 * 80, abs=20)  # 60 %, and half of the other 40


@pytest.mark.parametrize("others", [1, 3])
def test_a_reserve_raised_as_a_period_begins_counts_once_in_it(others):
    """With budgets, from 20 % to 40 % at 300 ms: the period that begins then is like those after it, but for a slice of the round robin."""
    guests = [runner("a", reserve="20 %"), *(runner(f"b{i}") for i in range(others))]
    text = one_lp(guests, 1300 * MS, at(300 * MS, a__processor__reserve="40 %"))
    text["host"]["scheduling"] = {"reserve": "period-budget"}
    found = ran(run(text), "a")
    after = found[4:]
    assert sum(after) / len(after) == pytest.approx(40 + 60 / (1 + others), abs=2)
    assert min(after) - 10 <= found[3] <= max(after)


def test_first_reserves_set_as_a_period_would_begin_count_for_all_vps():
    """With budgets: nobody had one, so none is granted at that instant but by the event, to both guests of the block alike."""
    guests = [runner("a") | {"count": 2}, *(runner(f"b{i}") for i in range(8))]
    text = one_lp(guests, 500 * MS, at(300 * MS, a__processor__reserve="30 %"))
    text["host"]["scheduling"] = {"reserve": "period-budget"}
    result = run(text)
    assert min(ran(result, "a-0")[3], ran(result, "a-1")[3]) >= 30


def test_a_reserve_that_does_not_fit_is_not_set():
    guests = [runner("a"), runner("b", reserve="60 %")]
    text = one_lp(guests, 400 * MS, at(200 * MS, a__processor__reserve="50 %"))
    result, without = run(text), run(one_lp(guests, 400 * MS))
    assert result["event"].result.tolist() == ["no reserve"]
    assert ran(result, "a") == ran(without, "a")


def test_requests_arrive_faster_from_the_instant_on_and_as_before_until_then():
    block = guest("web", 1, {"kind": "open", "rate": "2000 /s", "service": fixed(1000)})
    times = {"sample": "10 ms"}
    plain = run(scenario(2 * S, 1, [block], **times))["request"].arrivals
    events = [at(400 * MS, web__workload__rate="4000 /s"), at(800 * MS, web__workload__rate="1000 /s")]
    found = run(scenario(2 * S, 1, [block], **times) | {"event": events})["request"].arrivals
    assert found[:40].tolist() == plain[:40].tolist()
    doubled = plain[40:120].to_numpy().reshape(40, 2).sum(axis=1)
    assert abs(found[40:80].to_numpy() - doubled).max() <= 1  # an arrival at the edge of a sample, rounded
    halved = found[80:200].to_numpy().reshape(60, 2).sum(axis=1)
    assert abs(halved - plain[120:180].to_numpy()).max() <= 1


def test_a_paused_guest_has_its_vps_suspended_and_goes_on_where_it_was():
    events = [act(100 * MS, "pause", "a"), act(300 * MS, "resume", "a")]
    blocks = [guest("a", 1, closed(1, 200 * MS, fixed(200 * MS))), runner("b")]
    result = run(one_lp(blocks, 700 * MS, *events, trace=["dispatch"]))
    vps = result["virtual_processor"]
    assert ran(result, "a")[:4] == [50, 0, 0, 50]
    assert ran(result, "b")[1:3] == [100, 100]
    assert vps[vps.partition == "a"].suspended_ns.tolist()[:4] == [0, 100 * MS, 100 * MS, 0]
    job = result["job"][result["job"].partition == "a"]
    assert job.bursts.tolist() == [1]
    assert job.finished_ns.tolist()[0] == pytest.approx(
        590 * MS, abs=10 * MS
    )  # it has had half of 400 ms by 600
    assert "paused" in set(result.dispatches.reason) or vps.dispatches.sum() > 0


def test_requests_that_arrive_while_their_guest_is_paused_wait_for_it():
    block = guest("web", 2, opened(fixed(10 * MS), fixed(MS)))
    events = [act(105 * MS, "pause", "web"), act(205 * MS, "resume", "web")]
    found = run(one_lp([block], 400 * MS, *events))["request"]
    assert found.arrivals.tolist() == [10, 10, 10, 10]
    assert found.in_system.tolist()[1] == 10  # those of 110 … 200 ms; none was there at 105
    assert found.completions.tolist()[:2] == [9, 1]
    assert found.in_system.tolist()[2] <= 1


def test_a_checkpoint_is_a_pause_of_its_length_and_one_row():
    blocks = [runner("a"), runner("b")]
    held = run(one_lp(blocks, 300 * MS, act(110 * MS, "checkpoint", "a", stall="40 ms")))
    paused = run(one_lp(blocks, 300 * MS, act(110 * MS, "pause", "a"), act(150 * MS, "resume", "a")))
    assert held["virtual_processor"].equals(paused["virtual_processor"])
    assert held["event"].action.tolist() == ["checkpoint"]
    assert paused["event"].action.tolist() == ["pause", "resume"]


def test_a_guest_that_is_started_again_does_once_more_what_it_had_not_completed():
    block = guest("a", 1, closed(1, 70 * MS, fixed(10 * MS)))
    events = [act(25 * MS, "stop", "a"), act(40 * MS, "start", "a")]
    job = run(one_lp([block, guest("b", 1, closed(1, MS, fixed(MS)))], 300 * MS, *events))["job"]
    a = job[job.partition == "a"]
    assert a.finished_ns.tolist()[0] == pytest.approx((40 + 50 + 1) * MS, abs=MS)  # beside b's 1 ms
    assert a.work_ns.tolist() == [70 * MS]
    assert a.bursts.tolist() == [7]


def test_a_run_waits_for_a_guest_that_will_be_started_again():
    block = guest("a", 1, closed(1, 30 * MS, fixed(10 * MS)))
    events = [act(5 * MS, "stop", "a"), act(200 * MS, "start", "a")]
    result = run(one_lp([block], S, *events))
    assert result.outcome.simulated_ns == 230 * MS


def test_requests_of_a_guest_that_is_stopped_fail_and_others_arrive_when_it_is_started():
    block = guest("web", 1, opened(fixed(10 * MS), fixed(15 * MS)))  # one more waits every 30 ms
    events = [act(105 * MS, "stop", "web"), act(200 * MS, "start", "web")]
    found = run(one_lp([block], 300 * MS, *events))["request"]
    assert found.arrivals.tolist() == [10, 0, 10]
    assert found.completions.tolist()[:2] == [6, 0]
    assert found.failed.tolist() == [0, 4, 0]
    assert found.in_system.tolist()[:2] == [4, 0]


BOOT = {"boot": "50 ms", "boot_cpu": "10 ms", "tick": "0 s"}


def test_a_restart_loses_what_was_in_the_guest_and_what_arrives_meanwhile_waits():
    """Of 10 requests 6 are done by 105 ms; those of 110 … 150 ms find the guest booting until 155."""
    block = guest("web", 1, opened(fixed(10 * MS), fixed(15 * MS)), guest=BOOT)
    found = run(one_lp([block], 300 * MS, act(105 * MS, "restart", "web"), sample="10 ms"))["request"]
    assert found.arrivals.tolist() == [1] * 30
    assert found.failed.tolist() == [0] * 10 + [4] + [0] * 19
    assert found.in_system.tolist()[9:16] == [4, 1, 2, 3, 4, 5, 6]
    assert found.completions[10:16].sum() == 0
    assert found.completions.sum() + found.failed.sum() + found.in_system.tolist()[-1] == 30


def test_a_restart_by_an_event_is_one_by_the_key():
    block = guest("web", 2, opened(fixed(10 * MS), fixed(15 * MS)), guest=BOOT)
    by_event = run(one_lp([block, runner("b")], 300 * MS, act(105 * MS, "restart", "web")))
    by_key = run(scenario(300 * MS, 1, [block | {"restart": "105 ms"}, runner("b")], sample="100 ms"))
    for name in ("request", "virtual_processor", "logical_processor", "guest", "vid_partition"):
        assert by_event[name].equals(by_key[name]), name
    assert by_event["event"][["action", "result"]].values.tolist() == [["restart", "done"]]


@pytest.mark.parametrize("actions", [["restart"], ["stop", "start"]])
def test_io_under_way_is_lost_with_its_requests(actions):
    """Requests of 10, 20 … 100 ms wait 30 ms for a device that serves all at once: 7 are done by 105 ms; the I/Os of 3 come back to nobody."""
    io = {"per_request": 1, "device": fixed(30 * MS), "servers": 100}
    block = guest("web", 1, opened(fixed(10 * MS), fixed(2000)), io=io)
    events = [act((105 + at) * MS, action, "web") for at, action in enumerate(actions)]
    found = run(one_lp([block], 150 * MS, *events, sample="5 ms"))["request"].set_index("time_ns")
    assert found.failed.tolist() == [0] * 20 + [3] + [0] * 9
    assert found.in_system[105 * MS] == 0
    assert found.io_completed.sum() == found.completions.sum() == 8
    assert found.completions.loc[106 * MS : 139 * MS].sum() == 0


def test_a_guest_that_an_event_starts_boots_first():
    """Its first request comes 10 ms after it is up, at 150 ms."""
    block = guest("web", 1, opened(fixed(10 * MS), fixed(MS)), guest=BOOT)
    events = [act(55 * MS, "stop", "web"), act(100 * MS, "start", "web")]
    found = run(one_lp([block], 300 * MS, *events, sample="10 ms"))["request"]
    assert found.arrivals.tolist() == [1] * 5 + [0] * 10 + [1] * 15


@pytest.mark.parametrize("step", ["10 ms", "2 s"])
def test_a_rate_that_changes_while_a_guest_boots_holds_from_its_instant_on(step):
    """Up at 700 ms, it gets what one would that is started then, whether the rate changes before that or after."""
    web = {"kind": "open", "rate": "2000 /s", "service": fixed(1000)}
    boot = {"boot": "500 ms", "boot_cpu": "0 s", "tick": "0 s"}
    events = [at(500 * MS, web__workload__rate="500 /s"), at(900 * MS, web__workload__rate="8000 /s")]
    boots, at_once = (
        run(scenario(2 * S, 2, [block], step=step, sample="10 ms") | {"event": events})["request"]
        for block in (
            guest("web", 1, web, start="200 ms", guest=boot),
            guest("web", 1, web, start="700 ms", guest={"tick": "0 s"}),
        )
    )
    assert boots.arrivals.equals(at_once.arrivals)
    assert boots.arrivals[:70].sum() == 0
    assert boots.arrivals[70:90].sum() == pytest.approx(100, abs=40)
    assert boots.arrivals[90:].sum() == pytest.approx(8800, abs=400)


def test_a_guest_that_is_paused_while_it_boots_is_up_later():
    block = guest("job", 1, closed(1, 20 * MS, fixed(10 * MS)), start="100 ms", guest=BOOT)
    events = [act(110 * MS, "pause", "job"), act(210 * MS, "resume", "job")]
    started = run(one_lp([block], S, *events))["job"].started_ns[0]
    assert started == pytest.approx(250 * MS, abs=MS)


def test_a_guest_that_stops_while_it_is_paused_takes_part_again_once_it_is_started():
    blocks = [dynamic("a", 1024, constant(100), minimum="256 MiB"), guest("b", 1, always_runnable())]
    host = {"dynamic_memory": {"first_report": "0 s", "surplus": "taken", "most_removed": "64 MiB"}}
    text = scenario(12 * S, 1, blocks, sample="1 s", host=host)
    text["partition"][0]["stop"] = "3 s"
    text["event"] = [act(2500 * MS, "pause", "a"), act(5 * S, "start", "a")]
    rows = run(text)["dynamic_memory_vm"].query("partition == 'a'").set_index("time_ns")
    assert rows.physical_memory_mib[5 * S] > 900
    assert rows.physical_memory_mib[12 * S] < 700


def test_a_guest_that_found_no_memory_when_it_was_to_be_paused_takes_part_once_it_is_started():
    """It is not started at 1 s, beside one that has the memory to 5 s; so it is not paused at 4 s, and gives up memory after its start at 6 s."""
    blocks = [
        guest("b", 1, always_runnable(), memory="60 GiB", stop="5 s"),
        dynamic("a", 8192, constant(100), minimum="256 MiB", start="1 s", stop="5500 ms"),
    ]
    host = {"dynamic_memory": {"first_report": "0 s", "surplus": "taken", "most_removed": "64 MiB"}}
    text = scenario(12 * S, 1, blocks, sample="1 s", host=host)
    text["event"] = [act(4 * S, "pause", "a"), act(6 * S, "start", "a")]
    result = run(text)
    assert result["event"].result.tolist() == ["not running", "done"]
    rows = result["dynamic_memory_vm"].query("partition == 'a'").set_index("time_ns")
    assert rows.physical_memory_mib[12 * S] <= 8192 - 5 * 64


def test_settings_of_memory_hold_from_the_next_balancing_on():
    blocks = [dynamic("a", 1024, constant(1000), maximum="2 GiB"), runner("b")]
    more = {"host": {"dynamic_memory": {"first_report": "0 s"}}}
    text = scenario(10 * S, 1, blocks, sample="1 s", **more)
    text["event"] = [{"at": "4500 ms", "set": {"partition.a.dynamic_memory.buffer": "50 %"}}]
    target = run(text)["dynamic_memory_vm"]
    target = target[target.partition == "a"].target_mib.tolist()
    assert target[3] == pytest.approx(1200, abs=2)
    assert target[4] == pytest.approx(1500, abs=2)


@pytest.mark.parametrize("kind", ["maximum", "minimum"])
def test_bounds_of_memory_move_the_way_they_may(kind):
    committed, first, then = (3000, "2 GiB", "3 GiB") if kind == "maximum" else (200, "1 GiB", "512 MiB")
    settings = {"maximum": first} if kind == "maximum" else {"minimum": first, "maximum": "2 GiB"}
    blocks = [dynamic("a", 1024, constant(committed), **settings), guest("b", 1, always_runnable())]
    host = {"dynamic_memory": {"first_report": "0 s", "surplus": "taken"}}
    text = scenario(20 * S, 1, blocks, sample="1 s", host=host)
    text["event"] = [{"at": "10 s", "set": {f"partition.a.dynamic_memory.{kind}": then}}]
    held = run(text)["dynamic_memory_vm"]
    held = held[held.partition == "a"].physical_memory_mib.tolist()
    before, after = (2048, 3072) if kind == "maximum" else (1024, 512)
    assert held[8] == before
    assert held[-1] == after


def test_a_paused_guest_gives_up_no_memory():
    blocks = [
        dynamic("a", 1024, constant(100), minimum="256 MiB", maximum="2 GiB"),
        guest("b", 1, always_runnable()),
    ]
    host = {"dynamic_memory": {"first_report": "0 s", "surplus": "taken", "most_removed": "64 MiB"}}
    text = scenario(12 * S, 1, blocks, sample="1 s", host=host)
    text["event"] = [act(3500 * MS, "pause", "a"), act(8500 * MS, "resume", "a")]
    held = run(text)["dynamic_memory_vm"]
    held = held[held.partition == "a"].physical_memory_mib.tolist()
    assert held[3] == held[7]
    assert held[11] < held[7]


def test_an_event_that_comes_after_the_end_of_the_work_has_no_row():
    block = guest("a", 1, closed(1, 50 * MS, fixed(10 * MS)))
    result = run(
        one_lp([block], S, at(20 * MS, a__processor__weight=7), at(500 * MS, a__processor__weight=9))
    )
    assert result["event"].value.tolist() == ["7"]


def test_the_bare_machine_takes_rates_and_stops():
    block = guest("web", 1, {"kind": "open", "rate": "100 /s", "service": exponential(MS)})
    text = scenario(2 * S, 1, [block], hypervisor="none", sample="1 s")
    text["event"] = [at(S, web__workload__rate="1000 /s"), act(1500 * MS, "stop", "web")]
    found = run(text)["request"].arrivals.tolist()
    assert found[0] == pytest.approx(100, abs=40)
    assert found[1] == pytest.approx(500, abs=90)


def test_a_cap_that_is_given_later_moves_no_period_of_one_that_is_given_before():
    """Four guests that all want an LP on two, capped one after the other: what the last is given changes nothing before."""
    guests = [runner(name) for name in "abcd"]
    order = [("d", 100), ("b", 150), ("a", 320)]
    events = [at(time_ms * MS, **{f"{name}__processor__cap": "30 %"}) for name, time_ms in order]
    text = scenario(500 * MS, 2, guests, sample="10 ms")
    with_all, without = run(text | {"event": events}), run(text | {"event": events[:-1]})
    one, other = with_all["virtual_processor"], without["virtual_processor"]
    assert one[one.time_ns <= 320 * MS].equals(other[other.time_ns <= 320 * MS])
    assert not one.equals(other)


def test_a_profile_is_followed_from_its_instant_on():
    """Hours of work begin with a fifth of the rate, one request each 500 ms in place of 100; from 2 s on none, from 3 s on the fifth again."""
    web = guest("web", 1, opened(fixed(100 * MS), fixed(MS), profile="office"))
    events = [at(2 * S, web__workload__profile="none"), at(3 * S, web__workload__profile="office")]
    result = run(one_lp([web], 5 * S, *events, sample="1 s"))
    assert result["request"].arrivals.tolist() == [2, 2, 10, 2, 2]
    assert result["event"].path.tolist() == 2 * ["partition.web.workload.profile"]
