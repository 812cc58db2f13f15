"""Events at drawn times: what they change, they change from then on; no account loses a nanosecond by them."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.test_conservation import (
    every_nanosecond_has_one_account,
    guest_time_is_progress_spinning_and_what_was_lost,
    guest_time_of_lps_is_that_of_vps,
    no_request_is_dropped,
    outcomes_are_the_samples_after_the_warm_up,
)
from tests.property.test_memory import fits
from tests.property.test_memory import hosts as memory_hosts
from tests.property.test_traps import accounting_closes_at_every_sample
from tests.simulation import MS, Block, lps_of, ns, run, scenarios

LIVES = [
    [],
    ["pause", "resume"],
    ["pause", "stop"],
    ["stop", "start"],
    ["restart"],
    ["restart", "restart", "stop"],
    ["stop", "start", "restart", "pause"],
    ["pause", "stop", "start", "stop", "start"],
]
"""What may happen to a guest, one after the other."""


@st.composite
def eventful(draw: st.DrawFn) -> Block:
    """A drawn host, some of whose guests are changed, paused, stopped and started again at drawn times."""
    text = draw(scenarios())
    duration = int(text["scenario"]["duration"].split()[0])
    lps = lps_of(text["host"])
    text["host"]["cpu_group"] = [{"name": "group", "cap": draw(st.sampled_from(["100 %", "40 %"]))}]
    events: list[Block] = []
    for block in text["partition"]:
        events += draw(_settings_of(block, duration, lps, controls=text["host"]["scheduler"] != "root"))
        events += draw(_actions_of(block, duration))
        if (
            text["host"]["scheduler"] != "root"
            and "affinity" not in block["processor"]
            and draw(st.booleans())
        ):
            block["processor"]["group"] = "group"
    if text["host"]["scheduler"] != "root":
        events += draw(_group_caps(duration))
    text["event"] = events
    return text


def _times(duration: int, most: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, duration - 1), max_size=most, unique=True).map(sorted)


@st.composite
def _settings_of(draw: st.DrawFn, block: Block, duration: int, lps: int, *, controls: bool) -> list[Block]:
    name, found = block["name"], []

    def given_at_times(key: str, values: st.SearchStrategy) -> None:
        times = draw(_times(duration, 2))
        found.extend({"at": ns(at), "set": {f"partition.{name}.{key}": draw(values)}} for at in times)

    if block["workload"]["kind"] == "open":
        del block["workload"]["arrivals"]
        block["workload"]["rate"] = f"{draw(st.sampled_from([20, 300, 3000]))} /s"
        given_at_times("workload.rate", st.integers(1, 4000).map(lambda rate: f"{rate} /s"))
    if not controls:
        return found
    given_at_times("processor.weight", st.integers(1, 10_000))
    least = int(block["processor"].get("reserve", "0 %").split()[0])
    if draw(st.booleans()):
        caps = [100, max(1, least), max(40, least)]
        given_at_times("processor.cap", st.sampled_from(caps).map(lambda cap: f"{cap} %"))
    elif "cap" not in block["processor"]:
        most = min(100, 100 * lps // (4 * block["virtual_processors"]))
        given_at_times("processor.reserve", st.integers(0, most).map(lambda reserve: f"{reserve} %"))
    return found


@st.composite
def _actions_of(draw: st.DrawFn, block: Block, duration: int) -> list[Block]:
    for key in ("start", "stop", "restart"):
        block.pop(key, None)
    block["guest"] = {**block.get("guest", {}), "boot": draw(st.sampled_from(["0 s", "300 us", "7 ms"]))}
    chosen = draw(st.sampled_from(LIVES))
    times = draw(
        st.lists(st.integers(1, duration - 1), min_size=len(chosen), max_size=len(chosen), unique=True)
    )
    return [
        {"at": ns(at), "action": action, "partition": block["name"]}
        for at, action in zip(sorted(times), chosen, strict=True)
    ]


@st.composite
def _group_caps(draw: st.DrawFn, duration: int) -> list[Block]:
    return [
        {"at": ns(at), "set": {"host.cpu_group.group.cap": draw(st.sampled_from(["100 %", "10 %", "60 %"]))}}
        for at in draw(_times(duration, 3))
    ]


@st.composite
def with_memory(draw: st.DrawFn) -> Block:
    """A drawn host whose guests have a demand for memory, and whose settings of memory and lives change."""
    text = draw(memory_hosts().filter(fits))
    duration = int(text["scenario"]["duration"].split()[0])
    events: list[Block] = []
    for block in text["partition"]:
        events += draw(_actions_of(block, duration))
        if "dynamic_memory" in block:
            for at in draw(_times(duration, 2)):
                key, value = draw(
                    st.sampled_from([("weight", 9000), ("buffer", "90 %"), ("minimum", "32 MiB")])
                )
                if key != "minimum" or block["dynamic_memory"]["minimum"] != "32 MiB":
                    path = f"partition.{block['name']}.dynamic_memory.{key}"
                    events.append({"at": ns(at), "set": {path: value}})
    text["event"] = events
    return text


@settings(max_examples=25)
@given(eventful())
def test_every_nanosecond_and_every_request_is_accounted_for(text):
    result = run(text)
    accounting_closes_at_every_sample(text, result)
    every_nanosecond_has_one_account(result)
    guest_time_of_lps_is_that_of_vps(result)
    guest_time_is_progress_spinning_and_what_was_lost(result)
    no_request_is_dropped(result)
    outcomes_are_the_samples_after_the_warm_up(result)
    nothing_is_in_a_guest_that_is_off(text, result)


def nothing_is_in_a_guest_that_is_off(text, result):
    if "request" not in result.tables:
        return
    for event in text["event"]:
        if event.get("action") == "stop":
            at = int(event["at"].split()[0])
            starts = (
                int(other["at"].split()[0])
                for other in text["event"]
                if other.get("action") == "start" and other["partition"] == event["partition"]
            )
            again = min((start for start in starts if start > at), default=result.outcome.simulated_ns + 1)
            rows = result["request"]
            mine = rows[
                (rows.partition == event["partition"]) & (at <= rows.time_ns) & (rows.time_ns < again)
            ]
            assert (mine.in_system == 0).all()
            assert mine.arrivals[1:].sum() == 0


@settings(max_examples=15)
@given(eventful(), st.sampled_from([MS, 5 * MS, 1_234_567]))
def test_neither_the_step_nor_the_path_changes_a_table(text, step):
    result = run(text)
    assert run(text, fused=False).same_as(result)
    other = {**text, "scenario": {**text["scenario"], "step": ns(step)}}
    assert run(other).same_as(result)


@settings(max_examples=12)
@given(with_memory(), st.sampled_from([MS, 5 * MS, 1_234_567]))
def test_nor_where_memory_is_modelled(text, step):
    result = run(text)
    no_request_is_dropped(result)
    every_nanosecond_has_one_account(result)
    other = {**text, "scenario": {**text["scenario"], "step": ns(step)}}
    assert run(other).same_as(result)


@settings(max_examples=15)
@given(eventful(), st.data())
def test_an_event_changes_no_row_before_it(text, data):
    """One that sets something, or the last that is done to a guest: without an earlier one, the later would not be valid."""
    last = {event["partition"]: at for at, event in enumerate(text["event"]) if "action" in event}
    choice = [
        at for at, event in enumerate(text["event"]) if "set" in event or last[event["partition"]] == at
    ]
    if not choice:
        return
    gone = data.draw(st.sampled_from(choice))
    at = int(text["event"][gone]["at"].split()[0])
    without = {**text, "event": text["event"][:gone] + text["event"][gone + 1 :]}
    if not without["event"]:
        del without["event"]
    with_it, result = run(text), run(without)
    for name in ("virtual_processor", "logical_processor", "request"):
        if name in result.tables:
            one, other = with_it[name], result[name]
            assert one[one.time_ns < at].equals(other[other.time_ns < at]), name
    one, other = (each.dispatches[each.dispatches.end_ns < at] for each in (with_it, result))
    assert one.to_numpy().tolist() == other.to_numpy().tolist()
