"""The speed of code by what the code is and what it shares: figures worked out by hand."""

import pytest

from tests.simulation import FREE, MS, Block, S, closed, fixed, guest, run, scenario

BUS = {"memory_bus": {"bandwidth": "20 GiB/s", "per_processor": "10 GiB/s"}}
CROWDED = FREE | {"interference": "100 %"}
OTHER = 0.001


def code(work_ns: float, bound_pct: float, threads: int = 1, **more: str) -> Block:
    """A job whose code waits for memory for a share of its native time."""
    job = closed(threads, work_ns * threads, fixed(work_ns))
    return job | {"memory_bound": f"{bound_pct} %", "working_set": "0 B"} | more


def elapsed_ms(found, name: str = "a") -> float:
    return found.of(name).elapsed_ns / MS


@pytest.mark.parametrize(("bound", "expected"), [(0, 100), (40, 120), (100, 150)])
def test_nested_paging_acts_on_the_waits_for_memory_only(bound, expected):
    job = [guest("a", 1, code(100 * MS, bound))]
    found = run(scenario(S, 2, job, costs=FREE | {"nested_paging": "50 %"}))
    assert elapsed_ms(found) == pytest.approx(expected, rel=1e-5)
    assert run(scenario(S, 2, job, hypervisor="none")).of("a").elapsed_ns == 100 * MS


@pytest.mark.parametrize(("busy", "expected"), [(1, 100), (2, 150), (3, 200), (4, 200), (8, 200)])
@pytest.mark.parametrize("hypervisor", ["hyper-v", "none"])
def test_waits_grow_with_what_others_ask_for_and_no_more_beyond_the_bandwidth(busy, expected, hypervisor):
    """One LP can ask for half of the bandwidth."""
    job = [guest("a", 8, code(100 * MS, 100, busy))]
    found = run(scenario(S, 8, job, costs=CROWDED, host=BUS, hypervisor=hypervisor))
    assert elapsed_ms(found) == pytest.approx(expected, rel=1e-5)


def test_code_of_different_kinds_slows_each_other_by_what_each_asks_for():
    """Of two LPs that could each use all of the bandwidth, the second waits for half of its time."""
    bus = {"memory_bus": {"bandwidth": "10 GiB/s", "per_processor": "10 GiB/s"}}
    guests = [
        guest("a", 1, code(100 * MS, 100)),
        guest("b", 1, code(100 * MS, 50)),
        guest("c", 1, code(100 * MS, 0)),
    ]
    found = run(scenario(S, 3, guests, costs=CROWDED, host=bus))
    assert elapsed_ms(found, "a") == pytest.approx(150, rel=1e-5)
    assert elapsed_ms(found, "b") == pytest.approx(150, rel=1e-5)
    assert found.of("c").elapsed_ns == 100 * MS


def test_a_burst_goes_on_at_another_speed_when_a_neighbour_ends():
    """b is done after 50 ms of work at half speed; then the other 50 ms of a's 100 take 50 ms."""
    bus = {"memory_bus": {"bandwidth": "10 GiB/s", "per_processor": "10 GiB/s"}}
    guests = [guest("a", 1, code(100 * MS, 100)), guest("b", 1, code(50 * MS, 100))]
    found = run(scenario(S, 2, guests, costs=CROWDED, host=bus))
    assert (elapsed_ms(found, "b"), elapsed_ms(found, "a")) == pytest.approx((100, 150), rel=1e-6)


@pytest.mark.parametrize(
    ("lps", "more"),
    [
        ({"sockets": 2, "cores_per_socket": 1}, {}),
        ({"logical_processors": 2}, {"cache": {"cores": 1}}),
    ],
)
def test_lps_of_different_cache_domains_do_not_meet(lps, more):
    guests = [guest(name, 1, code(100 * MS, 100)) for name in "ab"]
    found = run(scenario(S, lps, guests, costs=CROWDED, host=BUS | more))
    assert found.of("a").elapsed_ns == found.of("b").elapsed_ns == 100 * MS


def test_a_domain_has_its_part_of_the_bandwidth_of_its_node():
    """Two sockets on one node have half of it each; so one neighbour already asks for all."""
    guests = [
        guest(name, 1, code(100 * MS, 100), processor={"affinity": [lp]}) for name, lp in (("a", 0), ("b", 1))
    ]
    found = run(scenario(S, {"sockets": 2, "cores_per_socket": 2}, guests, costs=CROWDED, host=BUS))
    assert elapsed_ms(found) == pytest.approx(200, rel=1e-5)


def sharing(guests: int, lps: int, working_set: str, duration_ns: float = 4 * S, **more) -> float:
    """The work done by busy guests with a VP each, in LPs, on a host with a cache of 16 MiB."""
    job = closed(1, 3600 * S, fixed(7 * MS)) | {"working_set": working_set}
    found = run(
        scenario(
            duration_ns,
            lps,
            [guest(f"g{n}", 1, job) for n in range(guests)],
            host={"cache": {"size": "16 MiB"}},
            **more,
        )
    )
    return sum(found.of(f"g{n}").progress_ns for n in range(guests)) / duration_ns


def test_crowding_a_place_costs_more_the_more_share_it_and_nothing_without_working_sets():
    """Three busy guests on one LP lose at least 5 points more than five on four, from the shipped defaults."""
    costs = {"preset": "default"}
    alone = {ws: sharing(1, 1, ws, costs=costs) for ws in ("0 B", "8 MiB")}
    lost = {
        (guests, lps, ws): 1 - sharing(guests, lps, ws, costs=costs) / (lps * alone[ws])
        for guests, lps in ((3, 1), (5, 4))
        for ws in ("0 B", "8 MiB")
    }
    assert lost[3, 1, "0 B"] < 0.01
    assert lost[5, 4, "0 B"] < 0.01
    assert lost[3, 1, "8 MiB"] > lost[5, 4, "8 MiB"] + 0.05


def test_working_sets_that_fit_are_fetched_once():
    """Two of 8 MiB in a cache of 16, at 1 ms a MiB: 8 ms each, however often they take turns."""
    costs = FREE | {"cache_refill": "1 ms"}
    assert sharing(2, 1, "8 MiB", S, costs=costs) == pytest.approx(1 - 0.016, abs=0.008)
    assert sharing(1, 1, "64 MiB", S, costs=costs) == pytest.approx(1 - 0.016, abs=0.008)


def test_a_vp_that_moves_to_another_cache_finds_nothing_there():
    """Three VPs on two LPs take turns; each change of the domain costs 8 ms, beside the turns of those that stay."""
    job = closed(1, 3600 * S, fixed(7 * MS)) | {"working_set": "8 MiB"}
    costs = FREE | {"cache_refill": "1 ms"}
    apart, together = (
        run(
            scenario(
                4 * S,
                {"sockets": sockets, "cores_per_socket": 2 // sockets},
                [guest(name, 1, job) for name in "abc"],
                costs=costs,
                host={"cache": {"size": "64 MiB"}},
            )
        )
        for sockets in (2, 1)
    )
    work = [sum(found.of(name).progress_ns for name in "abc") for found in (apart, together)]
    moves = sum(apart.of(name).migrations for name in "abc")
    assert moves > 0
    assert 8 * S - work[1] == 24 * MS
    assert 8 * S - work[0] == pytest.approx((3 + moves) * 8 * MS, abs=8 * MS)  # one may still be fetching


@pytest.mark.parametrize("threads", [1, 2])
def test_compute_bound_guests_hardly_slow_each_other_from_the_shipped_defaults(threads):
    """One VM against the bare machine, and four on cores of their own against one."""
    host = {"sockets": 1, "cores_per_socket": 4, "threads_per_core": threads}

    def done(guests: int, hypervisor: str) -> float:
        blocks = [guest(f"g{n}", threads, closed(threads, 3600 * S, fixed(7 * MS))) for n in range(guests)]
        found = run(
            scenario(
                2 * S,
                host,
                blocks,
                costs={"preset": "default"},
                hypervisor=hypervisor,
                root={"background_cpu": "1 %"},
            )
        )
        return float(found.of("g0").work_ns)

    bare, one, four = done(1, "none"), done(1, "hyper-v"), done(4, "hyper-v")
    if threads == 1:  # on the bare machine two threads have a core each
        assert one > 0.95 * bare
    assert four > 0.97 * one
