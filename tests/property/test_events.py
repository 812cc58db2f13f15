"""Events at drawn times: what they change, they change from then on; no account loses a nanosecond by them."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulation import MS, Block, lps_of, ns, run, scenarios


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
    again = not any(block.get("io", {}).get(key) for key in ("network", "per_request"))
    again = again and not block["intercepts"].get("emulated_devices", "0 /s") > "0 /s"
    block.pop("start", None)
    block.pop("stop", None)
    chosen = draw(
        st.sampled_from(
            [[], ["pause", "resume"], ["stop", "start"], ["pause", "stop"], ["stop", "start", "pause"]]
        )
    )
    if "start" in chosen and not again:
        chosen = ["pause", "resume", "stop"]
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


@settings(max_examples=25)
@given(eventful())
def test_every_nanosecond_and_every_request_is_accounted_for(text):
    result = run(text)
    lp = result["logical_processor"]
    assert (lp.guest_run_ns + lp.hypervisor_run_ns + lp.idle_ns == lp.interval_ns).all()
    vps = result.vps
    states = ("guest_run_ns", "hypervisor_run_ns", "ready_ns", "idle_ns", "capped_ns", "suspended_ns")
    assert (vps[list(states)].sum(axis=1) == vps.interval_ns).all()
    requests = result["request"] if "request" in result.tables else None
    if requests is not None:
        totals = requests.groupby("partition")[["arrivals", "completions", "failed"]].cumsum()
        assert (totals.arrivals == totals.completions + totals.failed + requests.in_system).all()
        assert (requests.in_system >= 0).all()


@settings(max_examples=15)
@given(eventful(), st.sampled_from([MS, 5 * MS, 1_234_567]))
def test_neither_the_step_nor_the_path_changes_a_table(text, step):
    result = run(text)
    assert run(text, fused=False).same_as(result)
    other = {**text, "scenario": {**text["scenario"], "step": ns(step)}}
    assert run(other).same_as(result)


@settings(max_examples=15)
@given(eventful(), st.data())
def test_an_event_changes_no_row_before_it(text, data):
    if not text["event"]:
        return
    gone = data.draw(st.sampled_from(range(len(text["event"]))))
    event = text["event"][gone]
    if "action" in event:
        return
    at = int(event["at"].split()[0])
    without = {**text, "event": text["event"][:gone] + text["event"][gone + 1 :]}
    if not without["event"]:
        del without["event"]
    with_it, result = run(text), run(without)
    for name in ("virtual_processor", "logical_processor", "request"):
        if name in result.tables:
            one, other = with_it[name], result[name]
            assert one[one.time_ns <= at].equals(other[other.time_ns <= at]), name
    one, other = (each.dispatches[each.dispatches.end_ns < at] for each in (with_it, result))
    assert one.to_numpy().tolist() == other.to_numpy().tolist()
