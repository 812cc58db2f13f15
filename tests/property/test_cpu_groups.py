"""CPU groups: one cap for all VPs of a group, whatever VMs they belong to; shares against a reference written here."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hvecs.spec import SpecError
from tests.simulation import MS, S, always_runnable, guest, parsed, run, scenario


def rule(vps, groups):
    """Shares of one LP by weight: each at most its cap, each group at most its own, the rest divided by weight again.

    `vps` are (weight, cap, group), `groups` caps by name. VPs take weight x factor, a group's members a factor of their own
    once the group's cap binds.
    """

    def members(factor):
        return [min(cap, weight * factor) for weight, cap, _ in vps]

    def solve(chosen, budget):
        low, high = 0.0, 1.0
        wanted = min(budget, sum(vps[i][1] for i in chosen))
        for _ in range(100):
            middle = (low + high) / 2
            low, high = (middle, high) if sum(members(middle)[i] for i in chosen) < wanted else (low, middle)
        return {i: members(low)[i] for i in chosen}

    fixed = {}
    while True:
        free = [i for i in range(len(vps)) if i not in fixed]
        shares = solve(free, 1 - sum(fixed.values())) if free else {}
        over = {
            name
            for name, cap in groups.items()
            if sum(shares.get(i, 0) for i in free if vps[i][2] == name) > cap + 1e-9
        }
        if not over:
            return [{**fixed, **shares}[i] for i in range(len(vps))]
        name = max(over, key=lambda g: sum(shares[i] for i in free if vps[i][2] == g) / groups[g])
        fixed |= solve([i for i in free if vps[i][2] == name], groups[name])


def host(vps, groups, lps=1, seconds=20, **more):
    """One-way guests (weight, cap in %, group); groups (cap in %, LPs) by name."""
    guests = [
        guest(f"p{i}", 1, always_runnable(), processor={"weight": weight, "cap": f"{cap} %", "group": group})
        for i, (weight, cap, group) in enumerate(vps)
    ]
    text = scenario(seconds * S, lps, guests, **more)
    text["host"]["cpu_group"] = [
        {"name": name, "cap": f"{cap} %", "logical_processors": list(on)}
        for name, (cap, on) in groups.items()
    ]
    return text


def shares(text, seconds=20):
    result = run(text)
    used = [p.guest_run_ns + p.hypervisor_run_ns for p in result.outcome.partitions if p.kind != "root"]
    return [ns / (seconds * S) for ns in used], result


def test_the_cap_is_of_the_whole_group_and_weights_hold_within_it():
    found, _ = shares(host([(100, 100, "a"), (300, 100, "a"), (100, 100, "")], {"a": (40, [])}))
    assert found == pytest.approx([0.1, 0.3, 0.6], abs=0.01)


def test_a_group_runs_on_its_lps_only_and_up_to_their_number_times_its_cap():
    vps = [(100, 100, "a")] * 3 + [(100, 100, "")] * 6
    found, result = shares(host(vps, {"a": (50, [0, 1])}, lps=4))
    assert sum(found[:3]) == pytest.approx(1.0, abs=0.01)
    assert all(lp.idle_ns == 0 for lp in result.outcome.lps)
    found, result = shares(host([(100, 100, "a")] * 3, {"a": (100, [1, 2])}, lps=4))
    assert [lp.guest_run_ns for lp in result.outcome.lps] == [0, 20 * S, 20 * S, 0]


def test_no_cap_period_exceeds_the_budget_of_the_group():
    vps = [(100, 100, "a")] * 4 + [(100, 60, "")] * 2
    text = host(vps, {"a": (30, [0, 1, 2])}, lps=3, seconds=2, trace=["dispatch"])
    rows = run(text).tables["dispatch"]
    period = 100 * MS
    used = [0] * 21
    for row in rows[rows.partition.isin([f"p{i}" for i in range(4)])].itertuples():
        for k in range(row.start_ns // period, row.end_ns // period + 1):
            used[k] += max(0, min(row.end_ns, (k + 1) * period) - max(row.start_ns, k * period))
    assert max(used) <= 90 * MS + 8  # divided among four VPs, to the ns
    assert min(used[:20]) >= 90 * MS - 8


def test_a_vp_that_has_the_place_of_another_takes_an_idle_lp():
    """Two places on four LPs. At 1 ms `p` leaves LP 0 to `hog`, which may use no other and comes before `r`; `r` has the place of `p`."""

    def one(name, lps, group="g"):
        return guest(name, 1, always_runnable(), processor={"affinity": lps, "group": group})

    guests = [one("p", [0]), one("q", [1]), one("hog", [0], ""), one("r", [])]
    text = scenario(1.5 * MS, 4, guests, scheduling={"slice": "1 ms"}, trace=["dispatch"])
    text["host"]["cpu_group"] = [{"name": "g", "cap": "50 %"}]
    rows = run(text)["dispatch"].sort_values(["start_ns", "lp"])
    assert rows[["partition", "lp", "start_ns"]].to_numpy().tolist() == [
        ["p", 0, 0],
        ["q", 1, 0],
        ["hog", 0, MS],
        ["r", 2, MS],
    ]


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("reserve-first", (0.5 + 0.25 / 101, 0.25 * 100 / 101)),
        ("floor", (0.5, 0.25)),
        ("period-budget", (0.625, 0.125)),
    ],
)
@pytest.mark.parametrize("lps", [1, 4])
def test_reserves_are_honoured_within_a_group(how, expected, lps):
    """A cap of 75 %, a VP an LP of weight 100 with half an LP reserved, beside one of weight 10000: reserves, then the rest as `how` says."""
    blocks = [
        guest("sure", lps, always_runnable(lps), processor={"weight": 100, "reserve": "50 %", "group": "a"}),
        guest("heavy", lps, always_runnable(lps), processor={"weight": 10_000, "group": "a"}),
    ]
    text = scenario(20 * S, lps, blocks, scheduling={"reserve": how})
    text["host"]["cpu_group"] = [{"name": "a", "cap": "75 %"}]
    assert shares(text)[0] == pytest.approx([each * lps for each in expected], abs=0.005 * lps)


@pytest.mark.parametrize("how", ["reserve-first", "floor", "period-budget"])
def test_reserves_beyond_the_cap_of_a_group_count_each_for_its_part(how):
    """Of 80 % and 10 % under a cap of 50 %: 4/9 and 1/18. Once the cap is lifted, at 10 s, all have what is theirs, and no debt is paid."""
    blocks = [
        guest("most", 1, always_runnable(), processor={"reserve": "80 %", "group": "a"}),
        guest("some", 1, always_runnable(), processor={"reserve": "10 %", "group": "a"}),
        guest("free", 1, always_runnable(), processor={"reserve": "10 %"}),
    ]
    text = scenario(20 * S, 1, blocks, scheduling={"reserve": how}, sample="5 s")
    text["host"]["cpu_group"] = [{"name": "a", "cap": "50 %"}]
    text["event"] = [{"at": "10 s", "set": {"host.cpu_group.a.cap": "100 %"}}]
    vps = run(text)["virtual_processor"]
    found = vps.pivot_table(index="time_ns", columns="partition", values="guest_run_ns") / (5 * S)
    assert found.most.tolist()[:2] == pytest.approx([4 / 9] * 2, abs=0.01)
    assert found.some.tolist()[:2] == pytest.approx([1 / 18] * 2, abs=0.01)
    assert found.most.iloc[3] == pytest.approx(0.8, abs=0.02)
    assert (found[["some", "free"]].iloc[2:] > 0.05).all(axis=None)


@pytest.mark.parametrize(
    ("cap", "vps"),
    [
        (50, [(800, 100, "a"), (50, 10, "a"), (50, 100, "a")]),
        (25, [(100, 100, "a"), (100, 100, "a"), (100, 10, "a")]),
    ],
)
def test_who_is_held_back_by_a_cap_of_its_own_has_no_place_before_its_mates(cap, vps):
    """A cap of its own that does not bind a VP changes nothing of the shares in a group: both begin a period at the same time."""
    found, _ = shares(host(vps, {"a": (cap, [])}))
    assert found == pytest.approx(rule([(w, c / 100, of) for w, c, of in vps], {"a": cap / 100}), abs=0.005)


def test_groups_are_checked():
    vps = [(100, 100, "b")]
    with pytest.raises(SpecError, match="no CPU group is named"):
        parsed(host(vps, {"a": (50, [0])}))
    with pytest.raises(SpecError, match="LP 7 does not exist"):
        parsed(host([], {"a": (50, [7])}) | {"partition": [guest("x", 1, always_runnable())]})


@st.composite
def hosts(draw):
    names = ["a", "b"][: draw(st.integers(1, 2))]
    groups = {name: draw(st.integers(10, 90)) for name in names}
    vp = st.tuples(st.integers(50, 1000), st.integers(20, 100), st.sampled_from([*names, ""]))
    return draw(st.lists(vp, min_size=2, max_size=6)), groups


@settings(max_examples=25)
@given(hosts())
def test_shares_of_one_lp_follow_the_rule(drawn):
    vps, groups = drawn
    found, _ = shares(host(vps, {name: (cap, []) for name, cap in groups.items()}))
    wanted = rule([(w, c / 100, g) for w, c, g in vps], {name: cap / 100 for name, cap in groups.items()})
    assert found == pytest.approx(wanted, abs=0.01)
