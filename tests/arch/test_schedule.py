"""The declaration of what runs is what runs: every entry bites, and a further one is called where it stands."""

import json
from types import SimpleNamespace

import pytest

import systems
from systems import EVENTS, FOLLOW_UPS, SCHEDULE, SYSTEMS
from systems.counters.counters import Counters
from systems.schedule import Event, Schedule
from tests.arch.altered import DURATION, PERIOD, SAMPLE, STEP
from tests.arch.plain import plain
from tests.simulation import MS

OWNED = {each.system for each in (*EVENTS, *FOLLOW_UPS, *systems.ACCOUNTS)}
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
        parts = {"systems": SYSTEMS, "events": EVENTS, "follow_ups": FOLLOW_UPS} | changed
        return Schedule(accounts=SCHEDULE.accounts, loop=SCHEDULE.loop, **parts)

    assert altered().name == SCHEDULE.name
    with pytest.raises(ValueError, match="every event needs a name of its own"):
        altered(events=(*EVENTS, EVENTS[0]))
    with pytest.raises(ValueError, match="event door: there is no kind of entity 'house'"):
        altered(events=(*EVENTS, Event("door", "house", EVENTS[0].kernel, EVENTS[0].system)))
    with pytest.raises(ValueError, match="no event can be named step"):
        altered(events=(*EVENTS, EVENTS[0]._replace(name="step")))


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
