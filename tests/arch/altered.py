"""Runs a small scenario uncompiled under an altered schedule and prints what came of it, as JSON: `python -m tests.arch.altered CASE`."""

import json
import sys

from systems import SCHEDULE, System
from systems.declarations import Event
from systems.schedule import Schedule
from systems.state.tables import OK
from systems.state.timers import cancel_timer, set_timer
from tests.simulation import MS, US, closed, constant, dynamic, exponential, guest, run, scenario

DURATION = 20 * MS
STEP = 3 * MS
PERIOD = 4 * MS
SAMPLE = 6 * MS


def text():
    """Two guests that sleep and work, and one whose memory grows and pages."""
    demand = {"kind": "ramp", "from": "64 MiB", "to": "600 MiB", "over": "20 ms", "access_rate": "2000 /s"}
    grows = dynamic("grows", 64, demand, closed(2, 8 * MS, exponential(MS)), maximum="256 MiB")
    grows["dynamic_memory"]["minimum"] = "32 MiB"
    return scenario(
        DURATION,
        1,
        [
            guest("sleeper", 2, closed(2, 90 * MS, exponential(MS), exponential(300 * US))),
            grows,
            dynamic("other", 64, constant(32)),
        ],
        host={"dynamic_memory": {"period": "4 ms", "first_report": "1 ms"}},
        step="3 ms",
        sample="6 ms",
        trace=["dispatch", "memory_operation"],
    )


def facts(schedule=SCHEDULE):
    """What a run under `schedule` comes to."""
    result = run(text(), schedule=schedule)
    return {
        "rows": {name: len(frame) for name, frame in result.tables.items()},
        "started": {each.name: bool(each.started) for each in result.outcome.partitions},
        "guest_run_ns": int(result["virtual_processor"].guest_run_ns.sum())
        if "virtual_processor" in result.tables
        else 0,
        "committed_mib": float(result["dynamic_memory_vm"].committed_mib.max())
        if "dynamic_memory_vm" in result.tables
        else 0,
        "pages_input": int(result["guest"].pages_input.sum()) if "guest" in result.tables else 0,
    }


def inserted():
    """Calls of a system with a kernel, by (time of the step's end, kernels done before it), of both paths."""
    calls = []

    def note(w, _m, until):
        calls.append((int(until), int(w.clock[0].place), int(w.clock[0].stepped_ns)))
        return OK

    class Mine(System):
        """Notes when it is called."""

        kernel = staticmethod(note)

    found = {}
    for after in ("Demand", "Scheduling", "Balancing"):
        for fused in (True, False):
            calls.clear()
            run(text(), schedule=SCHEDULE.with_system(Mine, after=after), fused=fused)
            found[f"{after} {'fused' if fused else 'unfused'}"] = list(calls)
    return found


def own():
    """When systems of one's own are called, and whether one that only reads changes anything."""
    found = {}
    plain = run(text())
    for fused in (True, False):
        for after in ("Demand", "Interrupts", "Scheduling", "Paging", "Traces"):
            for every in ("step", "period", "sample", 5 * MS):
                calls = []

                class Mine(System):
                    """Notes when it is called, and how far the world has come."""

                    def process(self, until):
                        w = self.host.tables
                        calls.append((int(until), int(w.clock[0].now_ns), int(w.clock[0].place)))  # noqa: B023

                Mine.after, Mine.every = after, every
                same = run(text(), systems=[Mine()], fused=fused).same_as(plain)
                found[f"{'fused' if fused else 'unfused'} {after} {every}"] = {"calls": calls, "same": same}
    return found


def ended():
    """When systems of one's own are called in a run that ends with its last job, in the middle of a step."""
    block = guest("short", 1, closed(1, 4 * MS + 300, exponential(MS)))
    found = {}
    for fused in (True, False):
        for after in ("Demand", "Traces"):
            for every in ("step", "sample"):
                calls = []

                class Mine(System):
                    """Notes when it is called."""

                    def process(self, until):
                        calls.append(int(until))  # noqa: B023

                Mine.after, Mine.every = after, every
                result = run(
                    scenario(DURATION, 1, [block], step="3 ms", sample="6 ms"), systems=[Mine()], fused=fused
                )
                end = result.outcome.simulated_ns
                found[f"{'fused' if fused else 'unfused'} {after} {every}"] = {"calls": calls, "end": end}
    return found


def events():
    """What happens of two further events, one of the host and one of every LP, set to the same instants in the order alarm, chime."""
    calls = []

    def begin(w):
        for lp in (1, 0):
            set_timer(w, w.schedule.alarm, lp, 5 * MS)
        set_timer(w, w.schedule.chime, 0, 5 * MS)

    def alarm(w, lp, now):
        calls.append(["alarm", int(lp), int(now)])
        if now < 15 * MS:
            set_timer(w, w.schedule.alarm, lp, now + 5 * MS)

    def chime(w, now):
        calls.append(["chime", 0, int(now)])
        if now == 5 * MS:
            set_timer(w, w.schedule.chime, 0, 10 * MS)
            set_timer(w, w.schedule.chime, 0, 15 * MS)  # one timer: the later setting counts
            cancel_timer(w, w.schedule.alarm, 1)

    class Alarms(System):
        """Owns two events."""

    Alarms.begin = staticmethod(begin)
    altered = SCHEDULE.with_system(Alarms, after="Demand")
    more = (Event("chime", "simulation", chime, Alarms), Event("alarm", "logical processor", alarm, Alarms))
    with_events = Schedule(
        altered.systems,
        (*more, *SCHEDULE.events),
        SCHEDULE.follow_ups,
        SCHEDULE.tasks,
        SCHEDULE.workloads,
        SCHEDULE.accounts,
        SCHEDULE.loop,
    )
    host = scenario(DURATION, 2, [guest("g", 1, closed(1, 90 * MS, exponential(MS)))])
    return {"same": run(host, schedule=with_events).same_as(run(host)), "calls": calls}


if __name__ == "__main__":
    case, *names = sys.argv[1:]
    if case == "without":
        answer = {name: facts(SCHEDULE.without(name)) for name in names} | {"": facts()}
    else:
        answer = {"inserted": inserted, "own": own, "ended": ended, "events": events}[case]()
    json.dump(answer, sys.stdout)
