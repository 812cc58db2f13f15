"""Boots: how long a guest that is started later takes until it is up, what it computes for that, and restarts."""

import pytest

from tests.simulation import (
    IDLE,
    MS,
    S,
    closed,
    constant,
    dynamic,
    exponential,
    fixed,
    guest,
    mib,
    opened,
    run,
    scenario,
)

BOOT = {"boot": "5 s", "boot_cpu": "2 s", "tick": "0 s"}
WEB = opened(exponential(20 * MS), exponential(4 * MS))


def booted(duration_s, guests, lps=2, memory_mib=4096, **more):
    host = {"memory": mib(memory_mib), "root_reserve": "512 MiB", **more.pop("host", {})}
    more = {"sample": "1 s", "step": "1 s", "trace": ["memory_operation"]} | more
    fused = more.pop("fused", True)
    return run(scenario(duration_s * S, lps, guests, host=host, **more), fused=fused)


def run_s(result, name):
    """CPU time of a guest, second by second."""
    of = result["virtual_processor"].query(f"partition == '{name}'")
    return (of.groupby("time_ns").guest_run_ns.sum() / S).tolist()


def test_a_guest_that_is_started_later_boots_before_its_work():
    """A boot of 5 s of which it computes 2: 0.4 in each second from 2 s on; its threads begin at 7 s."""
    block = guest("job", 1, closed(2, 2 * S, fixed(10 * MS)), memory="1 GiB", start="2 s", guest=BOOT)
    result = booted(20, [block])
    assert run_s(result, "job") == pytest.approx([0, 0, 0.4, 0.4, 0.4, 0.4, 0.4, 1, 1])
    job = result["job"].iloc[0]
    assert (job.started_ns, job.finished_ns, job.elapsed_ns) == (7 * S, 9 * S, 2 * S)


def test_a_guest_holds_its_startup_memory_meanwhile():
    rows = booted(4, [guest("a", 1, IDLE, memory="1 GiB", start="1 s", guest=BOOT)])["vid_partition"]
    assert (rows.physical_pages == 262_144).all()
    assert len(rows) == 4


def test_a_guest_that_runs_from_the_beginning_is_up():
    block = guest("job", 1, closed(1, S, fixed(10 * MS)), memory="1 GiB", guest=BOOT)
    assert booted(5, [block])["job"].started_ns.tolist() == [0]


def test_by_default_it_boots_as_its_profile_says():
    """Linux: 10 s, of which it computes 3; the threads begin then."""
    block = guest(
        "job",
        1,
        closed(1, S, fixed(10 * MS)),
        memory="1 GiB",
        start="2 s",
        guest={"profile": "linux", "tick": "0 s"},
    )
    result = booted(20, [block])
    assert result["job"].started_ns[0] == pytest.approx(12 * S, abs=MS)
    assert sum(run_s(result, "job")) == pytest.approx(3 + 1, abs=0.01)
    at_once = booted(20, [block | {"start": "0 s"}])["job"]
    assert at_once.started_ns.tolist() == [0]


def test_one_that_had_to_wait_for_memory_boots_when_it_starts():
    """Refused at 0, as another holds the memory to 3 s, it is tried again each second: at 3 s it starts, at 8 s it is up."""
    guests = [
        guest("first", 1, IDLE, memory="3 GiB", stop="2500 ms"),
        guest("late", 1, closed(1, S, fixed(10 * MS)), memory="1 GiB", guest=BOOT),
    ]
    result = booted(12, guests, host={"dynamic_memory": {"start_retry": "1 s"}})
    assert result["job"].started_ns.tolist() == [8 * S]


def test_without_a_boot_the_work_begins_at_once():
    block = guest("job", 1, closed(1, S, fixed(10 * MS)), memory="1 GiB", start="2 s")
    assert booted(5, [block])["job"].started_ns.tolist() == [2 * S]


def test_requests_come_once_the_guest_is_up_as_they_would_to_one_started_then():
    boots = guest("web", 2, WEB, memory="1 GiB", start="2 s", guest=BOOT)
    at_once = guest("web", 2, WEB, memory="1 GiB", start="7 s", guest={"tick": "0 s"})
    rows = [booted(20, [block])["request"].set_index("time_ns") for block in (boots, at_once)]
    assert rows[0].arrivals.loc[: 7 * S].sum() == 0
    assert rows[0].arrivals.sum() > 500
    assert rows[0].arrivals.equals(rows[1].arrivals)
    assert rows[0].response_mean_ns.equals(rows[1].response_mean_ns)


def test_none_arrive_after_its_stop():
    block = guest("web", 2, WEB, memory="1 GiB", start="2 s", stop="7100 ms", guest=BOOT)
    requests = booted(10, [block], step="10 s")["request"]
    assert 0 < requests.arrivals.sum() < 20


@pytest.mark.parametrize("step", ["10 ms", "777777 ns", "10 s"])
def test_any_step_and_both_paths_give_the_same(step):
    guests = [
        guest("web", 2, WEB, memory="1 GiB", start="1 s", guest=BOOT, restart="9 s"),
        guest("short", 1, WEB, memory="256 MiB", start="2 s", guest={"boot": "300 us"}),
        guest("job", 1, closed(3, 9 * S, fixed(10 * MS), fixed(MS)), memory="1 GiB", start="3 s", guest=BOOT),
    ]
    usual = booted(12, guests)
    assert usual.same_as(booted(12, guests, step=step, fused=step != "10 s"))


def test_a_busy_host_boots_more_slowly():
    """Four boots of 5 s that compute 4 each, on one LP: none is up before 16 s."""
    busy = BOOT | {"boot_cpu": "4 s"}
    guests = [
        guest(f"g{i}", 1, closed(1, 40 * MS, fixed(10 * MS)), memory="256 MiB", start="1 s", guest=busy)
        for i in range(4)
    ]
    started = booted(40, guests, lps=1)["job"].started_ns / S
    assert started.min() > 15
    assert started.max() < 19


def test_a_boot_of_waits_alone():
    block = guest("job", 1, closed(1, S, fixed(10 * MS)), memory="1 GiB", start="2 s")
    block["guest"] = BOOT | {"boot_cpu": "0 s"}
    result = booted(10, [block])
    assert result["job"].started_ns.tolist() == [7 * S]
    assert sum(run_s(result, "job")) == pytest.approx(1)


def test_a_guest_that_is_stopped_while_it_boots_leaves_nothing_behind():
    block = guest("web", 2, WEB, memory="1 GiB", start="1 s", stop="3 s", guest=BOOT)
    result = booted(6, [block])
    assert sum(run_s(result, "web")) == pytest.approx(0.8)
    assert result["request"].arrivals.sum() == 0
    assert result["dynamic_memory_balancer"].available_memory_mib.nunique() == 2


def test_a_restarted_guest_boots_and_goes_on_with_its_work():
    """Restarted at 2,005 ms, it is up 5 s later, and does the two bursts that were broken off once more."""
    block = guest("job", 1, closed(2, 4 * S, fixed(10 * MS)), memory="1 GiB", restart="2005 ms", guest=BOOT)
    result = booted(20, [block])
    job = result["job"].iloc[0]
    assert (job.started_ns, job.work_ns) == (0, 4 * S)
    assert job.finished_ns == pytest.approx(9_010 * MS, abs=10 * MS)
    assert run_s(result, "job")[3:6] == pytest.approx([0.4, 0.4, 0.4], abs=0.03)


def test_requests_that_come_while_it_boots_wait():
    block = guest("web", 2, WEB, memory="1 GiB", restart="2 s", guest=BOOT)
    rows = booted(10, [block])["request"].set_index("time_ns")
    assert rows.completions.loc[4 * S : 7 * S].sum() == 0
    assert rows.in_system[7 * S] == pytest.approx(rows.arrivals.loc[3 * S : 7 * S].sum(), abs=3)
    assert rows.in_system[10 * S] < 10
    assert rows.arrivals.sum() == rows.completions.sum() + rows.failed.sum() + rows.in_system.iloc[-1]


def smart(duration_s, *others, **more):
    """A guest that its balloon has left 512 of 1,024 MiB when it is restarted, at 70 s, beside others on 3,584."""
    block = dynamic("a", 1024, constant(300), guest=BOOT, restart="70 s", minimum="512 MiB")
    return booted(duration_s, [block, *others], **more)


FILLER = guest("filler", 1, IDLE, memory="3060 MiB", start="50 s")


def vm_of(result):
    return result["dynamic_memory_vm"].query("partition == 'a'").set_index("time_ns")


def test_smart_paging_lends_what_is_neither_free_nor_to_be_had():
    """12 MiB are free: it restarts with 524 and 500 lent from disk, which it needs no longer once it has reported, at 115 s."""
    result = smart(120, FILLER)
    rows = vm_of(result)
    assert rows.smart_paging_mib.loc[70 * S : 115 * S].eq(500).all()
    assert rows.physical_memory_mib.loc[70 * S : 115 * S].eq(524).all()
    assert rows.guest_visible_mib[70 * S] == 1024
    assert rows.smart_paging_mib.loc[: 69 * S].eq(0).all()
    assert rows.smart_paging_mib[117 * S] == 0
    operations = result["memory_operation"].query(f"partition == 'a' and time_ns >= {70 * S}")
    assert operations[["operation", "reason", "given_mib"]].values.tolist() == [
        ["add", "restart", 12],
        ["lend", "restart", 500],
        ["return", "surplus", 256],
        ["return", "surplus", 244],
    ]


def test_memory_that_becomes_free_takes_the_place_of_what_was_lent():
    rows = vm_of(smart(90, FILLER | {"stop": "80 s"}))
    assert rows.smart_paging_mib[79 * S] == 500
    assert rows.smart_paging_mib[82 * S] == 0
    assert rows.physical_memory_mib[82 * S] == 1024


def test_what_others_can_give_up_is_waited_for_and_not_lent():
    """The other holds 2,500 MiB of which it needs 512, and gives up 64 a second."""
    other = dynamic("other", 2500, constant(300), minimum="512 MiB")
    slow = {"dynamic_memory": {"most_removed": "64 MiB"}}
    filler = guest("filler", 1, IDLE, memory="1040 MiB", start="50 s")
    result = smart(90, other, filler, host=slow)
    assert vm_of(result).smart_paging_mib.eq(0).all()
    assert vm_of(result).physical_memory_mib[90 * S] == 1024
    assert sum(run_s(result, "a")[70:75]) == 0
    assert sum(run_s(result, "a")) == pytest.approx(2)


def test_what_others_do_not_give_up_in_time_is_lent():
    """From 48 s on the other wants all that there is, and would have to give up 64 MiB a second from 70 s on: after 3 s, 384 are missing, 64 on their way."""
    demand = {
        "kind": "steps",
        "steps": [{"at": "0 s", "committed": mib(300)}, {"at": "48 s", "committed": mib(2600)}],
    }
    slow = {"dynamic_memory": {"most_removed": "64 MiB", "start_timeout": "3 s"}}
    result = smart(80, dynamic("other", 1500, demand, minimum="512 MiB"), host=slow)
    rows = vm_of(result)
    assert rows.physical_memory_mib[69 * S] == 512
    assert rows.smart_paging_mib.loc[: 72 * S].eq(0).all()
    assert result["memory_operation"].query("operation == 'lend'").given_mib.tolist() == [384]
    assert rows.smart_paging_mib[73 * S] == 320


def test_a_start_is_lent_nothing():
    late = dynamic("late", 1024, constant(300), start="70 s")
    result = booted(80, [late, guest("filler", 1, IDLE, memory="3060 MiB")])
    assert result.outcome.not_started == ("late",)
    assert result["dynamic_memory_vm"].smart_paging_mib.sum() == 0


def test_a_restarted_guest_is_back_at_the_size_of_its_boot():
    """It has grown from 512 MiB to 1,800."""
    block = dynamic("a", 512, constant(1500), guest=BOOT, restart="60 s")
    result = booted(70, [block])
    rows = vm_of(result)
    assert rows.physical_memory_mib[59 * S] == 1800
    assert rows[["physical_memory_mib", "guest_visible_mib"]].loc[60 * S].tolist() == [512, 512]
    removed = result["memory_operation"].query("reason == 'restart'")
    assert removed[["operation", "given_mib"]].values.tolist() == [["remove", 1288]]


def test_memory_that_is_lent_is_paged_for():
    """Of its touches, 400 a second of work, those miss that fall on the 500 of 1,024 MiB that lie on disk."""
    block = dynamic("a", 1024, constant(300, working_set="100 %", access_rate="400 /s"), WEB, vps=2)
    block |= {"guest": {"tick": "0 s", "boot": "0 s"}, "restart": "70 s"}
    block["dynamic_memory"]["minimum"] = "512 MiB"
    result = booted(115, [block, FILLER])
    rows = result["guest"].query("partition == 'a'").set_index("time_ns")
    worked = result["virtual_processor"].query("partition == 'a' and time_ns > 70_000_000_000").guest_run_ns
    assert rows.pages_input.loc[: 70 * S].sum() == 0
    assert rows.pages_input.sum() == pytest.approx(400 * 500 / 1024 * worked.sum() / S, rel=0.1)


def test_a_guest_that_is_restarted_while_it_boots_boots_as_long_again():
    """Its boot begins at 1 s and again at 1,990 ms, from its first burst on."""
    boot = {"boot": "8 s", "boot_cpu": "8 s", "tick": "0 s"}
    block = guest(
        "job", 1, closed(1, S, fixed(10 * MS)), memory="1 GiB", start="1 s", restart="1990 ms", guest=boot
    )
    started = booted(20, [block])["job"].started_ns[0]
    assert started == 9_990 * MS


def test_io_that_returns_while_a_restarted_guest_boots_does_not_take_its_vp():
    """Of 50 requests a second none is done from 2 to 3 s; after the boot all of those that waited soon are."""
    web = opened(fixed(20 * MS), fixed(MS))
    block = guest(
        "web",
        1,
        web,
        memory="1 GiB",
        restart="1 s",
        io={"per_request": 1, "device": fixed(300 * MS)},
        guest={"boot": "2500 ms", "boot_cpu": "1 s", "tick": "0 s"},
    )
    rows = booted(5, [block])["request"].set_index("time_ns")
    assert rows.completions.loc[2 * S : 3 * S].sum() == 0
    assert rows.completions[5 * S] > 80  # where they outranked the boot, 50
