"""Work of the root's own: threads on its VPs beside what it does for guests, and where that is done."""

import pytest

from hvecs.spec import SpecError, load, resolved_toml
from tests.simulation import (
    FREE,
    IDLE,
    MS,
    US,
    S,
    always_runnable,
    closed,
    exponential,
    fixed,
    guest,
    opened,
    parsed,
    run,
    scenario,
)

NO_MIX = {"preset": "none"}
QUIET = guest("idle", 1, IDLE, guest={"tick": "0 s"})


def root(workload, **more):
    return {"workload": workload, "intercepts": NO_MIX, "tick": "0 s"} | more


def test_the_roots_threads_run_on_its_vps():
    """Four threads share 40 bursts of 1 ms on two root VPs: 20 ms."""
    result = run(scenario(S, 2, [QUIET], root=root(closed(4, 40 * MS, fixed(MS)))))
    found = result.of("Root")
    assert (found.elapsed_ns, found.work_ns, found.guest_run_ns) == (20 * MS, 40 * MS, 40 * MS)
    job = result["job"].iloc[0]
    assert (job.partition, job.elapsed_ns, job.work_ns, job.bursts) == ("Root", 20 * MS, 40 * MS, 40)
    assert result.outcome.simulated_ns == 20 * MS


def test_they_sleep_and_have_serial_parts():
    """As in a guest of two VPs: 4 bursts of 1 ms and sleeps of 2 by a thread each; and by Amdahl's law."""
    sleepy = run(scenario(S, 2, [QUIET], root=root(closed(2, 8 * MS, fixed(MS), fixed(2 * MS))))).of("Root")
    assert sleepy.elapsed_ns == (4 * 1 + 3 * 2) * MS
    serial = closed(2, 40 * MS, fixed(MS)) | {"serial": "50 %", "serial_phases": 1}
    assert run(scenario(S, 2, [QUIET], root=root(serial))).of("Root").elapsed_ns == 30 * MS


def test_a_busy_root_takes_the_lps_from_guests():
    """Two LPs; the root's only thread has its VP's LP for 30 ms, and a guest of two busy VPs the other and the rest."""
    block = guest("g", 2, always_runnable(2), guest={"tick": "0 s"}, intercepts=NO_MIX)
    result = run(scenario(100 * MS, 2, [block], root=root(closed(1, 30 * MS, fixed(MS)))))
    assert result.of("Root").elapsed_ns == 30 * MS
    assert result.of("g").guest_run_ns == 170 * MS


def test_what_the_root_does_for_guests_comes_before_its_threads():
    """Each I/O is 20 us of a root whose two VPs are busy: it takes no longer than where they are idle, but for the interrupt."""

    def latency(workload):
        io = {"per_request": 1, "work": fixed(20 * US), "completion": fixed(10 * US), "device": fixed(0)}
        block = guest(
            "g", 1, opened(fixed(MS), fixed(100 * US)), io=io, intercepts=NO_MIX, guest={"tick": "0 s"}
        )
        found = run(scenario(100 * MS, 3, [block], root=root(workload, virtual_processors=2)))
        return found["request"].io_latency_mean_ns.item(), found.of("Root").work_ns

    quiet, _ = latency(IDLE)
    busy, work = latency(always_runnable(4))
    assert quiet == busy == 30 * US
    assert work == pytest.approx(2 * 100 * MS - 100 * 30 * US, abs=50 * US)


def test_background_work_takes_turns_with_the_threads():
    """One root VP: a thread that never ends, and pieces of 1 ms every 10 ms; a quantum of 187.5 ms later each gets the VP."""
    load = {"background_cpu": "10 %", "background_burst": "1 ms", "virtual_processors": 1}
    result = run(scenario(5 * S, 2, [QUIET], root=root(always_runnable(1), **load)))
    found = result.of("Root")
    assert found.completions > 0.8 * found.arrivals > 300
    assert found.work_ns + found.completions * MS == pytest.approx(found.guest_run_ns, rel=0.02)


def test_work_under_way_when_the_run_ends_counts():
    """At 10.25 ms each of two threads has done 10 bursts of 1 ms, and a quarter."""
    found = run(scenario(10_250 * US, 2, [QUIET], root=root(closed(2, S, fixed(MS))))).of("Root")
    assert (found.elapsed_ns, found.work_ns) == (None, 20_500 * US)
    crowded = run(scenario(10_250 * US, 2, [QUIET], root=root(closed(5, S, fixed(MS)), tick="1 ms"))).of(
        "Root"
    )
    assert crowded.work_ns == 20_500 * US


def requests_of(result, name="Root"):
    found = result["request"]
    return found[found.partition == name].iloc[0]


def test_requests_come_to_the_root_and_are_answered():
    """One every 10 ms, of 4 ms, from 10 ms on, at one root VP: nine are answered in 4 ms each, the tenth comes at the end."""
    load = root(opened(fixed(10 * MS), fixed(4 * MS)), virtual_processors=1)
    result = run(scenario(100 * MS, 2, [QUIET], root=load))
    found, row = result.of("Root"), requests_of(result)
    assert (found.arrivals, found.completions, found.in_system, found.guest_run_ns) == (10, 9, 1, 36 * MS)
    assert (row.arrivals, row.completions, row.response_mean_ns) == (10, 9, 4 * MS)


def test_what_does_not_find_a_thread_waits_at_the_root_too():
    """Two root VPs, a thread: requests of 4 ms every 3 ms are served one after the other; response n takes 4 + n ms."""
    load = root(opened(fixed(3 * MS), fixed(4 * MS)) | {"threads": 1}, virtual_processors=2)
    row = requests_of(run(scenario(31 * MS, 2, [QUIET], root=load)))
    assert (row.arrivals, row.completions, row.response_mean_ns) == (10, 7, (4 + 3) * MS)


def test_the_roots_own_load_goes_on_beside_requests_and_is_not_counted_as_one():
    background = {"background_cpu": "20 %", "background_burst": "1 ms", "virtual_processors": 2}
    alone = run(scenario(2 * S, 4, [QUIET], root=root(IDLE, **background))).of("Root")
    result = run(scenario(2 * S, 4, [QUIET], root=root(opened(fixed(10 * MS), fixed(2 * MS)), **background)))
    both = result.of("Root")
    assert (both.arrivals, both.completions, both.in_system) == (200, 199, 1)
    # pieces of the background may be unfinished at the end of either run
    assert both.guest_run_ns == pytest.approx(alone.guest_run_ns + 199 * 2 * MS, abs=20 * MS)
    assert list(result["request"].partition) == ["Root"]
    quiet = run(scenario(2 * S, 4, [QUIET], root=root(IDLE, **background)))
    assert "Root" not in list(quiet["request"].partition)


def test_requests_at_the_root_are_served_as_at_a_guest_of_as_many_vps():
    """The same draws would not come, but the same mean: 2 servers, offered 1.2: 1.5625 ms by Erlang's formula."""
    load = opened(exponential(round(MS / 1.2)), exponential(MS))
    found = run(scenario(60 * S, 2, [QUIET], root=root(load, virtual_processors=2))).of("Root")
    assert found.response_mean_ns == pytest.approx(1.5625 * MS, rel=0.03)


def test_turns_of_a_quantum_let_short_requests_of_the_root_pass():
    """One root VP, requests of 900 ms every 400: the first, of 400 to 1,300 ms, gives way to the second at 962.5 ms, after three turns."""
    text = {"kind": "open", "arrivals": fixed(400 * MS), "service": fixed(900 * MS)}
    first, turns = (
        run(scenario(1_310 * MS, 2, [QUIET], root=root(text | {"order": order}, virtual_processors=1)))
        for order in ("fifo", "round-robin")
    )
    assert (requests_of(first).completions, requests_of(turns).completions) == (1, 0)


def test_an_intercept_does_not_wait_for_a_burst_of_the_roots_threads():
    mix = {"preset": "none", "emulated_devices": "100 /s"}
    block = guest("g", 1, always_runnable(), intercepts=mix, guest={"tick": "0 s"})
    busy = root(closed(1, S, fixed(500 * MS)), virtual_processors=1, intercept_work=fixed(30 * US))
    g = run(scenario(200 * MS, 2, [block], root=busy, scheduling={"slice": "10 ms"})).of("g")
    assert g.intercepted_ns == pytest.approx(20 * 30 * US, abs=60 * US)


def on_first(share, **load):
    io = {"per_request": 1, "work": fixed(20 * US), "completion": fixed(20 * US), "device": fixed(0)}
    block = guest(
        "g", 2, opened(fixed(200 * US), fixed(50 * US)), io=io, intercepts=NO_MIX, guest={"tick": "0 s"}
    )
    text = scenario(
        100 * MS, 4, [block], root={"io_on_first": f"{share} %", "intercepts": NO_MIX, "tick": "0 s"} | load
    )
    rows = run(text)["root_virtual_processor"]
    return (rows.guest_run_ns / rows.guest_run_ns.sum()).tolist()


def test_root_vp_0_takes_the_share_of_the_io_that_the_settings_say():
    assert max(on_first(0)) < 0.3
    half = on_first(50)
    assert 0.5 <= half[0] < 0.7  # its half, and maybe a turn of the rest
    assert on_first(100) == [1, 0, 0, 0]


@pytest.mark.parametrize(
    ("workload", "problem"),
    [
        ({"kind": "open", "service": fixed(MS)}, "root.workload.rate: missing; expected rate or arrivals"),
        (opened(fixed(MS), fixed(MS)) | {"measured": "guest"}, 'root.workload.measured: measured in a guest means nothing for the root; expected "native"'),
        (opened(fixed(MS), fixed(MS)) | {"memory_bound": "1 %"}, "root.workload.memory_bound: all code of the root is alike; expected root.memory_bound in its place"),
        (opened(fixed(MS), fixed(MS)) | {"profile": [{"at": "2 s", "times": 1}, {"at": "1 s", "times": 2}]}, "root.workload.profile[1].at: expected later than"),
        (closed(1, MS, fixed(MS)) | {"lock": {"share": "1 %", "hold": "1 us"}}, "root.workload.lock: a lock of the root's threads is not supported yet; expected none"),
        (closed(1, MS, fixed(MS)) | {"memory_bound": "1 %"}, "root.workload.memory_bound: all code of the root is alike; expected root.memory_bound in its place"),
        (closed(1, MS, fixed(MS)) | {"working_set": "1 MiB"}, "root.workload.working_set: all code of the root is alike; expected root.working_set in its place"),
        (closed(1, MS, fixed(MS)) | {"measured": "guest"}, 'root.workload.measured: measured in a guest means nothing for the root; expected "native"'),
        (closed(1, MS, fixed(0)), "root.workload.compute.mean: expected a mean above zero"),
        ({"kind": "close"}, "root.workload.kind"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_there_is_refused_with_its_place(workload, problem):
    with pytest.raises(SpecError) as refused:
        parsed(scenario(S, 2, [QUIET], root={"workload": workload}))
    assert problem in str(refused.value)


def test_what_was_resolved_loads_again(tmp_path):
    found = parsed(scenario(S, 2, [QUIET], root={"workload": closed(1, MS, fixed(MS))}))
    path = tmp_path / "resolved.toml"
    path.write_text(resolved_toml(found))
    assert load(path) == found


def test_work_is_conserved_on_a_host_with_everything():
    block = guest("g", 3, opened(exponential(MS), exponential(MS)), io={"per_request": 2, "network": True})
    job = closed(5, 40 * MS, exponential(MS), exponential(MS)) | {"serial": "20 %"}
    text = scenario(
        2 * S, 3, [block], costs={"preset": "default"}, root={"background_cpu": "5 %", "workload": job}
    )
    assert run(text).of("Root").work_ns == 40 * MS
    assert run(text | {"host": text["host"] | {"costs": FREE}}).of("Root").work_ns == 40 * MS
