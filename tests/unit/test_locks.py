"""Locks of closed workloads: who waits, how, and what that costs."""

import json

import pandas as pd
import pytest

from tests.arch.plain import plain
from tests.simulation import IDLE, MS, US, S, closed, exponential, fixed, guest, ns, parsed, run, scenario


def locked(threads, work_ns, compute, sleep=None, *, share=100, hold_ns=MS, kind="spin"):  # noqa: PLR0913
    """A closed workload with a lock."""
    lock = {"share": f"{share} %", "hold": ns(hold_ns), "kind": kind}
    return closed(threads, work_ns, compute, sleep) | {"lock": lock}


def two_threads(kind, **more):
    """Two threads on two VPs and LPs, whose bursts of 3 ms end with 2 ms inside the lock: 12 ms of work."""
    work = locked(2, 12 * MS, fixed(3 * MS), hold_ns=2 * MS, kind=kind)
    return run(scenario(100 * MS, 2, [guest("g", 2, work)], **more))


@pytest.mark.parametrize("kind", ["spin", "ticket", "park"])
def test_the_lock_admits_one_after_the_other(kind):
    # the sections run from 1 to 9 ms without a gap: 1-3 and 3-5 the first bursts, 5-7 and 7-9 the second
    result = two_threads(kind)
    job = result["job"].iloc[0]
    assert job.elapsed_ns == 9 * MS
    assert (job.work_ns, job.bursts, job.lock_entries) == (12 * MS, 4, 4)
    assert job.lock_contended == 3
    # one waits 1 to 3; the other is back at 4 and waits to 5, the first is back at 6 and waits to 7
    assert job.lock_wait_ns == 4 * MS


def test_a_spinning_thread_burns_guest_time():
    g = two_threads("spin").of("g")
    assert g.spin_ns == 4 * MS
    assert g.guest_run_ns == 16 * MS
    assert g.idle_ns == 2 * MS  # of the VP whose thread has no more work, from 7 to 9


def test_a_parked_thread_leaves_its_vp_idle():
    g = two_threads("park").of("g")
    assert g.spin_ns == 0
    assert g.guest_run_ns == 12 * MS
    assert g.idle_ns == 6 * MS
    assert (
        g.dispatches == 2 + 2
    )  # the idle VP comes for what the other, which takes the woken thread, leaves over


def test_a_parked_threads_vp_runs_another_meanwhile():
    # three threads on two VPs: a waiting thread's VP goes on with the third
    work = locked(3, 9 * MS, fixed(3 * MS), hold_ns=2 * MS, kind="park")
    result = run(scenario(100 * MS, 2, [guest("g", 2, work)]))
    assert result["job"].elapsed_ns.item() == 7 * MS
    assert result.of("g").guest_run_ns == 9 * MS


def test_parked_threads_get_the_lock_in_turn():
    # at 1 ms three threads want the lock, at once: 1-3, 3-5, 5-7; they wait 0, 2 and 4 ms
    work = locked(3, 9 * MS, fixed(3 * MS), hold_ns=2 * MS, kind="park")
    job = run(scenario(100 * MS, 3, [guest("g", 3, work)]))["job"].iloc[0]
    assert (job.elapsed_ns, job.lock_wait_ns) == (7 * MS, 6 * MS)


def test_a_burst_shorter_than_the_section_is_inside_from_its_start():
    work = locked(2, 4 * MS, fixed(MS), hold_ns=5 * MS)
    result = run(scenario(100 * MS, 2, [guest("g", 2, work)]))
    assert result["job"].elapsed_ns.item() == 4 * MS
    assert result.of("g").work_ns == 4 * MS


@pytest.mark.parametrize("kind", ["spin", "ticket", "park"])
def test_one_vp_alone_never_spins(kind):
    # quanta end inside sections; a guest does not take the VP from a thread that holds a spin lock
    work = locked(4, 200 * MS, exponential(3 * MS), exponential(MS), share=60, kind=kind)
    result = run(scenario(S, 1, [guest("g", 1, work, guest={"quantum": "300 us"})]))
    g, job = result.of("g"), result["job"].iloc[0]
    assert (g.spin_ns, g.work_ns, g.guest_run_ns) == (0, 200 * MS, 200 * MS)
    assert job.lock_entries > 20
    assert (job.lock_contended == 0) == (kind != "park")


def test_the_share_is_that_of_the_bursts():
    work = locked(4, 20 * S, exponential(MS), share=30, hold_ns=US)
    job = run(scenario(60 * S, 4, [guest("g", 4, work)]))["job"].iloc[0]
    deviation = (job.bursts * 0.3 * 0.7) ** 0.5
    assert abs(job.lock_entries - 0.3 * job.bursts) < 5 * deviation


def test_a_lock_changes_no_other_stream():
    # nobody waits for a lock that is held for no time worth speaking of: bursts and sleeps are those without a lock
    def elapsed(workload):
        return run(scenario(10 * S, 1, [guest("g", 1, workload)]))["job"].elapsed_ns.item()

    without = closed(1, S, exponential(5 * MS), exponential(MS))
    assert elapsed(without) == elapsed(locked(1, S, exponential(5 * MS), exponential(MS), share=50))


def preempted_holder(**more):
    """One LP, two VPs: the holder loses the LP inside its section of 8 ms, at 5 ms; the other wants the lock at 7 ms.

    A burst is 10 ms, 2 of them before the lock; slices are 5 ms; costs are nil but where `more` gives them.
    """
    scheduling = {"slice": "5 ms", "long_spin": "directed"} | more.pop("scheduling", {})
    work = locked(2, 20 * MS, fixed(10 * MS), hold_ns=8 * MS)
    block = guest("g", 2, work, **more.pop("block", {}))
    return run(scenario(100 * MS, 1, [block], scheduling=scheduling, trace=["dispatch"], **more))


def test_without_the_enlightenment_a_waiter_spins_its_slice_away():
    result = preempted_holder(block={"enlightenments": {"long_spin_wait": False}})
    # 0-5 the holder, 5-7 and spins to 10, 10-15 the holder is done at 15 = 5 + 5; then 15-23 the other
    g = result.of("g")
    assert g.spin_ns == 3 * MS
    assert g.long_spin_waits == 0
    assert result["job"].elapsed_ns.item() == 23 * MS


def test_a_hypervisor_that_knew_would_run_the_holder():
    result = preempted_holder(block={"guest": {"spin_retry_time": "100 us"}})
    # spins 7-7.1, changes places; the holder has the rest of the slice, 7.1-10, then goes on or is preempted again
    g = result.of("g")
    assert "yielded" in set(result.dispatches.reason)
    assert g.spin_ns == g.long_spin_waits * 100 * US
    assert result["job"].elapsed_ns.item() == 20 * MS + g.spin_ns
    rows = result.dispatches
    first = rows[rows.reason == "yielded"].end_ns.iloc[0]
    favoured = rows[rows.start_ns == first].iloc[0]
    assert (first, favoured.end_ns, favoured.reason) == (7_100 * US, 10 * MS, "slice")


def test_a_notification_costs_hypervisor_time():
    costs = {"preset": "none", "long_spin_wait": "7 us"}
    g = preempted_holder(costs=costs).of("g")
    assert g.long_spin_waits > 0
    assert g.hypervisor_run_ns == g.long_spin_waits * 7 * US


def test_ignored_notifications_are_counted_and_change_nothing_else():
    ignored = preempted_holder(scheduling={"long_spin": "ignore"})
    silent = preempted_holder(block={"enlightenments": {"long_spin_wait": False}})
    assert ignored.of("g").long_spin_waits == 3 * MS // (50 * US) - 1  # the last is due when the slice ends
    assert ignored["job"].elapsed_ns.item() == silent["job"].elapsed_ns.item()


def long_waits(how):
    """One LP, slices of 5 ms, three VPs whose bursts are 2 ms and 8 ms inside: who runs, to when, and why it leaves.

    The first loses the LP inside, at 5 ms. The second spins from 7 ms on, for 100 us.
    """
    work = locked(3, 30 * MS, fixed(10 * MS), hold_ns=8 * MS)
    block = guest("g", 3, work, guest={"spin_retry_time": "100 us"})
    scheduling = {"slice": "5 ms", "long_spin": how}
    rows = run(scenario(100 * MS, 1, [block], scheduling=scheduling, trace=["dispatch"])).dispatches
    return rows[["vp", "end_ns", "reason"]].to_numpy().tolist()[:4]


def test_a_hypervisor_that_knows_no_lock_runs_the_vp_of_the_partition_that_has_waited_longest():
    """That is the third, which comes to the lock at 9.1 ms and spins too; then the holder, for the rest of the slice from 5 to 10 ms."""
    assert parsed(scenario(S, 1, [guest("g", 1, IDLE)])).host.scheduling.long_spin == "partition"
    assert long_waits("partition") == [
        [0, 5 * MS, "slice"],
        [1, 7_100 * US, "yielded"],
        [2, 9_200 * US, "yielded"],
        [0, 10 * MS, "slice"],
    ]
    assert long_waits("directed")[:3] == [
        [0, 5 * MS, "slice"],
        [1, 7_100 * US, "yielded"],
        [0, 10 * MS, "slice"],
    ]


def test_where_no_vp_of_the_partition_waits_others_run():
    """A spinner whose partition has no VP that waits gives way to another guest, as with `yield`."""
    work = locked(2, 40 * MS, fixed(10 * MS), hold_ns=8 * MS)
    blocks = [
        guest("g", 2, work, processor={"affinity": [0, 1]}),
        guest("hog", 1, closed(1, S, fixed(S)), start="1 ms"),
    ]
    found = {}
    for how in ("partition", "yield"):
        rows = run(scenario(12 * MS, 2, blocks, scheduling={"long_spin": how}, trace=["dispatch"])).dispatches
        found[how] = rows[["partition", "vp", "start_ns", "end_ns", "reason"]].to_numpy().tolist()
    assert found["partition"] == found["yield"]
    # both come to the lock at 2 ms; the one that spins gives way after 50 us to the hog, which has waited since 1 ms
    assert ["hog", 0, 2_050 * US] in [row[:3] for row in found["yield"]]


def test_yielding_lets_whoever_is_next_run():
    result = preempted_holder(scheduling={"long_spin": "yield"})
    assert "yielded" in set(result.dispatches.reason)
    assert result.of("g").spin_ns < 3 * MS


def test_with_nobody_to_yield_to_a_vp_spins_on_and_notifies_again():
    # two LPs: nobody waits; the second thread spins from 1 to 3 ms
    work = locked(2, 6 * MS, fixed(3 * MS), hold_ns=2 * MS)
    for how in ("directed", "yield"):
        g = run(scenario(100 * MS, 2, [guest("g", 2, work)], scheduling={"long_spin": how})).of("g")
        assert (g.spin_ns, g.dispatches) == (2 * MS, 2)
        assert g.long_spin_waits in {39, 40}  # at 3 ms sharp, the lock is free first


def test_a_directed_yield_takes_nothing_from_other_partitions():
    # the share of a guest that spins and yields, against one that computes, stays a half
    work = locked(4, 3_600 * S, fixed(4 * MS), hold_ns=3 * MS)
    busy = closed(2, 3_600 * S, fixed(7 * MS))
    blocks = [guest("locks", 2, work), guest("busy", 2, busy)]
    result = run(scenario(20 * S, 2, blocks, scheduling={"long_spin": "directed"}))
    locks, other = result.of("locks"), result.of("busy")
    assert locks.long_spin_waits > 1000
    assert locks.guest_run_ns == pytest.approx(other.guest_run_ns, rel=0.01)


def halting(*more_guests, costs=None, **more):
    """A guest that halts after spinning for 100 us; two threads on two LPs, whose bursts of 3 ms end with 2 ms inside the lock."""
    work = locked(2, 12 * MS, fixed(3 * MS), hold_ns=2 * MS, kind="ticket")
    system = {"spin_retry_time": "100 us", "long_spin": "halt"}
    blocks = [guest("g", 2, work, guest=system, intercepts={"preset": "none"}), *more_guests]
    return run(scenario(100 * MS, 2, blocks, costs=costs or {"preset": "none"}, trace=["dispatch"], **more))


def test_a_waiter_halts_and_whoever_lets_go_wakes_it():
    """The sections run from 1 to 9 ms without a gap. One spins from 1 to 1.1 ms and halts to 3, from 4 to 4.1 to 5, from 6 to 6.1 to 7."""
    result = halting()
    g, job = result.of("g"), result["job"].iloc[0]
    assert (job.elapsed_ns, job.lock_entries, job.lock_wait_ns) == (9 * MS, 4, 4 * MS)
    assert (g.spin_ns, g.long_spin_waits, g.dispatches) == (300 * US, 0, 5)
    assert g.idle_ns == 18 * MS - 12 * MS - 300 * US
    # for its guest a VP that waits so is busy; one is idle from 7 to 9 ms, when its thread has no more work
    assert result["guest"].processor_time_pct.item() == pytest.approx(100 * 16 / 18)


def test_a_halt_costs_an_access_to_an_msr_and_a_wake_up_an_interrupt():
    vps = halting(costs={"preset": "none", "msr_access": "7 us"})["virtual_processor"]
    assert vps.hypervisor_run_ns.sum() == vps.msr_accesses.sum() * 7 * US == 3 * 7 * US
    assert vps.ipis_sent.sum() == 3


def test_one_that_comes_while_the_lock_is_free_takes_it():
    """A hog comes to the LP that the waiter leaves at 1.1 ms. Woken at 3 ms, that has no LP, and the other thread has the lock from 4 to 6 and
    from 7 to 9. With no more work its VP leaves its LP at 9 ms, and the waiter has the lock to 11.
    """
    hog = guest("hog", 1, closed(1, S, fixed(S)), start="1050 us")
    result = halting(hog, scheduling={"slice": "100 ms"})
    job = result["job"].query("partition == 'g'").iloc[0]
    assert (job.elapsed_ns, job.lock_wait_ns, job.lock_contended) == (11 * MS, 8 * MS, 1)
    assert result.of("hog").ready_ns == 50 * US


def test_linux_halts_and_windows_tells():
    blocks = [
        guest(name, 1, IDLE, guest={"profile": name}) for name in ("linux", "windows-server-2022", "none")
    ]
    systems = [block.guest.long_spin for block in parsed(scenario(S, 1, blocks)).partition]
    assert systems == ["halt", "notify", "notify"]


@pytest.mark.parametrize("more", [{"kind": "spin"}, {"aware": False}])
def test_only_who_shares_a_ticket_lock_and_knows_of_the_hypervisor_halts(more):
    work = locked(2, 12 * MS, fixed(3 * MS), hold_ns=2 * MS, kind=more.get("kind", "ticket"))
    aids = {"long_spin_wait": more.get("aware", True)}
    found = [
        run(scenario(100 * MS, 2, [guest("g", 2, work, guest={"long_spin": how}, enlightenments=aids)]))
        for how in ("halt", "notify")
    ]
    assert found[0].same_as(found[1])


@pytest.mark.parametrize("kind", ["spin", "ticket"])
def test_a_call_is_made_when_it_is_due_though_its_vp_has_spun_before(kind):
    """A VP calls the other after each 2 ms of its code. The second thread has run 1 ms when it spins to 3 ms; its call is due at 4, inside the lock."""
    work = locked(2, 12 * MS, fixed(3 * MS), hold_ns=2 * MS, kind=kind)
    calls = {"preset": "none", "cross_calls": "500 /s"}
    block = guest("g", 2, work, intercepts=calls, enlightenments={"long_spin_wait": False})
    vps = run(scenario(4_500 * US, 2, [block]))["virtual_processor"].set_index("vp")
    assert vps.spin_ns[1] == 2 * MS
    assert vps.ipis_sent[1] == 1


def test_windows_names_the_rate():
    result = preempted_holder()
    vps = result["virtual_processor"]
    assert vps.long_spin_waits.sum() == result.of("g").long_spin_waits
    assert vps.long_spin_waits_per_sec.equals(vps.long_spin_waits * 1e9 / vps.interval_ns)


@pytest.mark.parametrize("kind", ["spin", "park", "ticket", "halting"])
def test_a_guest_is_stopped_with_its_lock_held(kind):
    system = {"spin_retry_time": "20 us", "long_spin": "halt" if kind == "halting" else "notify"}
    kind = "ticket" if kind == "halting" else kind
    work = locked(4, 3_600 * S, exponential(MS), hold_ns=MS // 2, kind=kind)
    blocks = [
        guest("stops", 3, work, stop="50 ms", guest=system),
        guest("stays", 2, work),
    ]
    vps = run(scenario(100 * MS, 2, blocks, sample="7 ms")).vps
    states = ["guest_run_ns", "hypervisor_run_ns", "ready_ns", "idle_ns", "capped_ns", "suspended_ns"]
    assert (vps[states].sum(axis=1) == vps.interval_ns).all()
    assert vps[(vps.partition == "stops") & (vps.time_ns > 60 * MS)].suspended_ns.sum() > 0


RECORDING = """
import json, sys, warnings
warnings.simplefilter("error")
from tests.unit.test_locks import contended
from tests.simulation import run
from systems.guest import locks, sections

held, open_since = [], {}

def hold(w, row, thread, now, real=locks.hold):
    assert row not in open_since, "two threads inside one lock"
    open_since[row] = now
    return real(w, row, thread, now)

def let_go(w, row, real=locks.let_go):
    held.append((int(row), int(open_since.pop(row)), int(w.clock[0].now_ns)))
    real(w, row)

locks.hold = sections.hold = hold
sections.let_go = let_go
result = run(contended(sys.argv[1]))
print(json.dumps({"held": held, "job": json.loads(result["job"].to_json()), "vp": json.loads(result.vps.to_json())}))
"""


def contended(kind):
    """Two guests that overcommit two LPs, with root load, costs, a cap and quanta that end."""
    system = {"quantum": "1 ms", "long_spin": "halt" if kind == "halting" else "notify"}
    kind = "ticket" if kind == "halting" else kind
    work = locked(3, 60 * MS, exponential(MS), exponential(MS), share=50, hold_ns=200 * US, kind=kind)
    blocks = [guest(f"g{i}", 2, work, guest=system) for i in range(2)]
    blocks[1]["processor"] = {"cap": "60 %"}
    return scenario(
        150 * MS,
        2,
        blocks,
        costs={"preset": "default"},
        root={"background_cpu": "5 %"},
        scheduling={"slice": "1 ms", "cap_period": "10 ms"},
    )


@pytest.mark.parametrize("kind", ["spin", "park", "halting"])
def test_one_thread_at_a_time_is_inside_and_plain_python_agrees(kind):
    seen = json.loads(plain("-c", RECORDING, kind))
    compiled = run(contended(kind))
    assert json.loads(compiled["job"].to_json()) == seen["job"]
    assert json.loads(compiled.vps.to_json()) == seen["vp"]
    held = pd.DataFrame(seen["held"], columns=["lock", "start", "end"])
    assert len(held) == compiled["job"].lock_entries.sum()
    assert len(held) > 20
    for _, intervals in held.groupby("lock"):
        assert (intervals.start.to_numpy()[1:] >= intervals.end.to_numpy()[:-1]).all()
        assert (intervals.end > intervals.start).all()
    # some sections are stretched beyond their work by a preemption
    assert (held.end - held.start).max() > 600 * US
