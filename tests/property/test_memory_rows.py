"""Memory as the tables show it: a guest that runs shows its pages, and every frame of the host is accounted for in every sample."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.simulation import (
    MS,
    always_runnable,
    closed,
    constant,
    dynamic,
    fixed,
    guest,
    mib,
    ns,
    parsed,
    run,
    scenario,
)

MIB_PAGES = 256  # 4 KiB pages
# Few instants, so that starts, stops and ends of work often meet or miss each other by a nanosecond.
INSTANTS = st.builds(lambda ms, off: ms * MS + off, st.integers(1, 6), st.sampled_from([-1, 0, 0, 0, 1]))


@st.composite
def guests(draw, name):
    """A guest whose work, if it has any, ends near the instants at which others start and stop."""
    work = draw(
        st.sampled_from(
            [
                {"kind": "idle"},
                closed(1, 2 * MS, fixed(MS)),
                closed(2, 3 * MS, fixed(MS), fixed(MS)),
                closed(1, 3 * MS + 1, fixed(2 * MS)),
                always_runnable(),
            ]
        )
    )
    size = 2 * draw(st.integers(16, 200))
    if draw(st.booleans()):
        demand = constant(draw(st.integers(1, 700)))
        block = dynamic(name, size, demand, work, minimum=mib(2 * draw(st.integers(16, size // 2))))
    else:
        block = guest(name, draw(st.integers(1, 2)), work, memory=mib(size))
    if draw(st.booleans()):
        block["start"] = ns(draw(st.one_of(st.just(0), INSTANTS)))
    if draw(st.booleans()):
        start = int(block.get("start", "0 ns").split()[0])
        block["stop"] = ns(max(draw(INSTANTS), start + 1))
    block["count"] = draw(st.sampled_from([1, 1, 2, 3]))
    return block


@st.composite
def hosts(draw):
    duration = draw(st.integers(5 * MS, 60 * MS))
    return scenario(
        duration,
        2,
        [draw(guests(f"g{number}")) for number in range(draw(st.integers(1, 4)))],
        costs={"preset": draw(st.sampled_from(["none", "default"]))},
        step=ns(draw(st.sampled_from([10 * MS, MS, 777_777]))),
        sample=ns(draw(st.sampled_from([10 * MS, MS, 1_500_001]))),
        host={
            "memory": mib(2 * draw(st.integers(250, 1000))),
            "root_reserve": "40 MiB",
            "page": draw(st.sampled_from(["2 MiB", "4 KiB"])),
            "dynamic_memory": {"period": ns(4 * MS), "first_report": ns(draw(st.sampled_from([0, 3 * MS])))},
        },
    )


def denied_among(result):
    return {of.name for of in result.outcome.partitions if not of.started}


def lifetimes(text):
    """Yield name, start and stop (ns) of each guest, and its block."""
    for block in text["partition"]:
        start = int(block.get("start", "0 ns").split()[0])
        stop = int(block.get("stop", f"{1 << 62} ns").split()[0])
        for number in range(block.get("count", 1)):
            name = f"{block['name']}-{number}" if "count" in block else block["name"]
            yield name, start, stop, block


def small_host(blocks):
    return scenario(
        60 * MS, 2, blocks, sample=ns(10 * MS), host={"memory": "2 GiB", "root_reserve": "40 MiB"}
    )


def early_stop(block):
    """A host on which one guest's short work ends the run, long before `block` is to stop."""
    return small_host([guest("job", 1, closed(1, MS, fixed(MS))), block])


def last_stops_together():
    """A host on which the run ends with the stop of the last of two that still work, of three that stop at that instant."""
    work = closed(1, 900 * MS, fixed(MS))
    blocks = [
        guest("unfinished", 1, work, stop=ns(4 * MS)),
        guest("done", 1, closed(1, MS, fixed(MS)), stop=ns(4 * MS)),
        dynamic("other", 64, constant(32), stop=ns(4 * MS), minimum="32 MiB"),
    ]
    return small_host(blocks)


@given(hosts())
@example(early_stop(dynamic("dm", 256, constant(64), stop=ns(5 * MS), minimum="64 MiB")))
@example(early_stop(guest("static", 1, {"kind": "idle"}, stop=ns(5 * MS))))
@example(early_stop(guest("late", 1, {"kind": "idle"}, start=ns(5 * MS))))
@example(last_stops_together())
@settings(max_examples=80)
def test_every_sample_shows_the_pages_of_what_runs_and_every_frame_of_the_host(text):
    result = run(text)
    vid, balancer = result["vid_partition"], result["dynamic_memory_balancer"]
    denied = denied_among(result)
    gpa = result["partition"].groupby("time_ns")["gpa_pages"].sum()
    host_mib = parsed(text).host.memory / (1 << 20)
    shown = {(row.time_ns, row.partition): row.physical_pages for row in vid.itertuples()}
    for row in balancer.itertuples():
        running = {
            name: block
            for name, start, stop, block in lifetimes(text)
            if start <= row.time_ns < stop and name not in denied
        }
        assert {name for time, name in shown if time == row.time_ns} == running.keys()
        for name, block in running.items():
            pages = shown[row.time_ns, name]
            own = int((block.get("memory") or block["dynamic_memory"]["minimum"]).split()[0])
            assert pages == own * MIB_PAGES if "memory" in block else pages >= own * MIB_PAGES
        known = (
            row.available_memory_mib + row.in_transit_mib + row.hypervisor_memory_mib + row.root_memory_mib
        )
        assert known + gpa[row.time_ns] / MIB_PAGES == host_mib
    transit = vid.groupby("time_ns")["in_transit_pages"].sum()
    total = balancer.set_index("time_ns")["in_transit_mib"]
    assert all(total[time] * MIB_PAGES == pages for time, pages in transit.items())
