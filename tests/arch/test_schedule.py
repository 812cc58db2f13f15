"""The declaration of what runs is what runs: every entry bites, and a further one is called where it stands."""

import json
from types import SimpleNamespace

import pytest

import systems
from components.partition import CLOSED, OPEN
from components.task import CHUNK, MESSAGE, PAGE, REQUEST, THREAD
from systems import EVENTS, FOLLOW_UPS, SCHEDULE, SYSTEMS, TASKS, WORKLOADS
from systems.counters.counters import Counters
from systems.declarations import Event, Workload
from systems.schedule import Schedule
from tests.arch.altered import DURATION, PERIOD, SAMPLE, STEP
from tests.arch.plain import plain
from tests.simulation import MS

OWNED = {each.system for each in (*EVENTS, *FOLLOW_UPS, *TASKS, *systems.ACCOUNTS)}
OTHERS = [system.__name__ for system in SYSTEMS if system not in OWNED]


def _altered(*arguments):
    """What a run under an altered schedule comes to, in a process that compiles nothing."""
    return json.loads(plain("-m", "tests.arch.altered", *arguments))


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name)
def test_no_event_can_be_left_out_without_telling_who_sets_it(event):
    with pytest.raises(
        ValueError, match=f"^[a-z_]+ needs the event {event.name}, which is not in the schedule$"
    ):
        SCHEDULE.without(event.name)


@pytest.mark.parametrize("system", sorted(OWNED, key=SYSTEMS.index), ids=lambda system: system.__name__)
def test_no_system_with_events_can_be_left_out_without_telling_which(system):
    with pytest.raises(ValueError, match=f"belongs to {system.__name__}, which is not among the systems"):
        SCHEDULE.without(system.__name__)


@pytest.fixture(scope="module")
def without():
    """What a small run comes to without each of the other systems; under "", with all of them."""
    return _altered("without", *OTHERS)


def test_every_other_system_is_tried():
    assert OTHERS == ["Admission", "MemoryDemand", "Paging", "Balancing", "Counters", "Traces"]


def test_without_admission_guests_start_with_no_memory(without):
    assert without[""]["rows"]["memory_operation"] > without["Admission"]["rows"].get("memory_operation", 0)
    assert without["Admission"]["pages_input"] != without[""]["pages_input"]


def test_without_memory_demand_guests_commit_what_they_did_when_they_started(without):
    assert without[""]["committed_mib"] > 400
    assert without["MemoryDemand"]["committed_mib"] == 64


def test_without_paging_nobody_waits_for_a_page(without):
    assert without[""]["pages_input"] > 0
    assert without["Paging"]["pages_input"] == 0


def test_without_balancing_memory_does_not_move(without):
    starts = 3
    assert (
        without["Balancing"]["rows"]["memory_operation"] == starts < without[""]["rows"]["memory_operation"]
    )


def test_without_counters_the_samples_are_empty(without):
    assert without[""]["guest_run_ns"] > 0
    assert without["Counters"]["guest_run_ns"] == 0


def test_without_traces_a_full_buffer_of_samples_is_refused():
    """What is in the buffer at the end is handed on by the engine; what does not fit into it must be by Traces."""
    counters = Counters()
    counters.host = SimpleNamespace(samples=SimpleNamespace(taken=4, room=4))
    with pytest.raises(RuntimeError, match="the buffer of samples is full"):
        counters.process(0)


def test_a_schedule_refuses_what_does_not_fit_together():
    def altered(**changed):
        names = ("systems", "events", "follow_ups", "tasks", "workloads", "accounts", "loop")
        return Schedule(**({name: getattr(SCHEDULE, name) for name in names} | changed))

    assert altered().name == SCHEDULE.name
    with pytest.raises(ValueError, match="every event needs a name of its own"):
        altered(events=(*EVENTS, EVENTS[0]))
    with pytest.raises(ValueError, match="event door: there is no kind of entity 'house'"):
        altered(events=(*EVENTS, Event("door", "house", EVENTS[0].kernel, EVENTS[0].system)))
    with pytest.raises(ValueError, match="no event can be named step"):
        altered(events=(*EVENTS, EVENTS[0]._replace(name="step")))
    with pytest.raises(ValueError, match="every kind of task needs one entry"):
        altered(tasks=(*TASKS, TASKS[0]))
    with pytest.raises(ValueError, match="every kind of workload needs one entry"):
        altered(workloads=(*WORKLOADS, WORKLOADS[0]))
    more = Workload(9, "more", WORKLOADS[0].system)
    with pytest.raises(ValueError, match="every kind of task needs one entry"):
        altered(workloads=(*WORKLOADS, more._replace(tasks=(TASKS[0],))))
    with pytest.raises(ValueError, match="every workload needs a name of its own: closed, open, open"):
        altered(workloads=(*WORKLOADS, more._replace(name="open")))


def test_every_kind_of_task_that_vps_work_on_and_of_workload_has_its_entry():
    assert {each.kind for each in TASKS} == {THREAD, REQUEST, PAGE, MESSAGE, CHUNK}
    assert {each.kind for each in WORKLOADS} == {CLOSED, OPEN}


def test_what_becomes_of_a_task_and_of_a_workload_goes_by_its_kind():
    """The generated kernels call the one of the kind, and nothing where it has none."""
    told = []

    def noting(name):
        return lambda _, *what: told.append((name, *what)) or 0

    tasks = [each._replace(done=noting(each.kind), lost=noting(-each.kind)) for each in TASKS]
    workloads = [each._replace(hold_work=noting("held") if each.kind == OPEN else None) for each in WORKLOADS]
    made = Schedule(SYSTEMS, EVENTS, FOLLOW_UPS, tasks, workloads, SCHEDULE.accounts, SCHEDULE.loop)
    w = SimpleNamespace(layouts=[SimpleNamespace(workload=CLOSED), SimpleNamespace(workload=OPEN)])
    done, lose, hold = (getattr(each, "py_func", each) for each in (made.done, made.lose, made.hold_work))
    done(w, MESSAGE, 3, 7, 50)
    lose(w, CHUNK, 8)
    hold(w, 0, 60)
    hold(w, 1, 70)
    assert told == [(MESSAGE, 3, 7, 50), (-CHUNK, 8), ("held", 1, 70)]


def _ends(every):
    """The ends of the steps of the altered run that are multiples of one of `every`, and the end of the run."""
    return sorted({n for each in every for n in range(each, DURATION + 1, each)} | {DURATION})


def test_a_system_with_a_kernel_is_called_where_it_stands_once_a_step():
    ends = _ends([STEP, PERIOD, SAMPLE])
    begins = [0, *ends[:-1]]
    before = {"Demand": 1, "Scheduling": 6, "Balancing": 9}  # kernels of a step up to and including it
    for name, calls in _altered("inserted").items():
        place = before[name.split()[0]]
        expected = [[end, place, begin] for begin, end in zip(begins, ends, strict=True)]
        assert calls == expected, name


@pytest.mark.journey
def test_a_system_of_ones_own_is_called_where_it_stands_as_often_as_it_says():
    ends = {"step": [STEP, PERIOD, SAMPLE], "period": [PERIOD], "sample": [SAMPLE], str(5 * MS): [5 * MS]}
    after_the_loop = {"Scheduling", "Paging", "Traces"}
    place = {"Demand": 1, "Interrupts": 3, "Scheduling": 6, "Paging": 8, "Traces": 0}
    seen = _altered("own")
    for name, found in seen.items():
        _, after, every = name.split()
        times = [until for until, _, _ in found["calls"]]
        due = _ends(ends[every])
        if every not in ("step", "sample"):
            due = [end for end in due if end % ends[every][0] == 0]
        assert times == due, name
        for until, now, kernels in found["calls"]:
            assert kernels == place[after], name
            assert (now == until) == (after in after_the_loop), name
        assert found["same"], f"{name}: one that only reads has changed the tables"
    for name in seen:
        way, rest = name.split(" ", 1)
        if way == "fused":
            assert seen[name] == seen[f"unfused {rest}"]


def test_once_the_last_job_is_done_only_samples_are_taken_at_that_moment():
    for name, found in _altered("ended").items():
        _, after, every = name.split()
        end = found["end"]
        assert 4 * MS < end < 2 * STEP, name
        expected = {
            ("Demand", "step"): [STEP, 2 * STEP],  # before anything happens in the step in which the run ends
            ("Traces", "step"): [STEP],
            ("Demand", "sample"): [SAMPLE],
            ("Traces", "sample"): [end],
        }
        assert found["calls"] == expected[after, every], name


def test_a_further_event_takes_its_entry_and_a_kernel_that_sets_it():
    """Its slots, its place among events of one instant and its dispatch follow from the entry."""
    found = _altered("events")
    assert found["calls"] == [
        ["chime", 0, 5 * MS],  # first in the list, set last; it cancels the alarm of LP 1
        ["alarm", 0, 5 * MS],
        ["alarm", 0, 10 * MS],
        ["chime", 0, 15 * MS],
        ["alarm", 0, 15 * MS],
    ]
    assert found["same"]
