"""What is wrong with tiers is said where it stands."""

import pytest
import tomli_w

from hvecs.spec import load
from hvecs.spec.loading import load_advised
from hvecs.spec.problems import SpecError
from tests.simulation import IDLE, MS, always_runnable, fixed, guest, parsed
from tests.tiers import server, tier, tiered

CALL = [{"tier": "db"}]


def problems(tmp_path, *tiers, guests=None, sets=(), **more):
    file = tmp_path / "s.toml"
    blocks = guests or [server("w", count=2), server("d"), guest("busy", 1, always_runnable())]
    file.write_text(tomli_w.dumps(tiered(100 * MS, 2, blocks, list(tiers), **more)), encoding="utf-8")
    try:
        load(file, sets)
    except SpecError as error:
        return [f"{each.path}: {each.message}" for each in error.problems]
    return []


def web(**more):
    return {"name": "web", "guests": ["w"], "service": fixed(MS), "rate": "9 /s"} | more


def db(**more):
    return {"name": "db", "guests": ["d"], "service": fixed(MS)} | more


@pytest.mark.parametrize(
    ("tiers", "said"),
    [
        ([web(guests=["bussy"])], 'tier[0].guests[0]: there is no guest "bussy"; did you mean "busy"?'),
        ([web(guests=[])], "tier[0].guests: the tier comes to no guests; expected at least one"),
        ([web(guests=["w", "w"])], 'tier[0].guests: "w" stands twice; expected each once'),
        ([web(guests=["w", "w-0"])], 'tier[0].guests[1]: "w-0" is one of "w" too; expected each guest once'),
        (
            [web(guests=["busy"])],
            'tier[0].guests[0]: "busy" has a workload of its own; expected guests of kind = "idle", which do what the tier sends',
        ),
        (
            [web(rate=None)],
            "tier[0].rate: missing, and no tier calls this one; expected rate, arrivals, or calls of another",
        ),
        ([web(arrivals=fixed(MS))], "tier[0].arrivals: given beside rate; expected one of them"),
        (
            [web(calls=[{"tier": "dbb"}]), db(rate="1 /s")],
            'tier[0].calls[0].tier: there is no tier "dbb"; did you mean "db"?',
        ),
        (
            [web(calls=[{"tier": "web"}])],
            "tier[0].calls[0].tier: a tier that calls itself never ends; expected another tier",
        ),
        (
            [web(calls=CALL), db(calls=[{"tier": "web"}])],
            "tier[0].calls[0].tier: the calls never end: web calls db calls web; expected no way back",
        ),
        (
            [web(service_after=fixed(MS))],
            "tier[0].service_after: means nothing without calls; expected it in service",
        ),
        (
            [web(weights=[1])],
            'tier[0].weights: means nothing with policy = "round-robin"; expected policy = "weighted"',
        ),
        ([web(policy="weighted")], "tier[0].weights: expected as many as guests, 1; got 0"),
        ([web(), web()], 'tier[1].name: "web" is that of tier[0] too; expected another name'),
        (
            [web(policy="randum")],
            'tier[0].policy: expected "round-robin", "random", "least-outstanding", "two-choices" or "weighted"; got "randum"; did you mean "random"?',
        ),
        (
            [db(profile="office")],
            "tier[0].profile: means nothing without rate or arrivals; expected one of them",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path, tiers, said):
    given = [{key: value for key, value in each.items() if value is not None} for each in tiers]
    assert said in problems(tmp_path, *given)


def test_a_tier_whose_guests_are_never_on_is_refused(tmp_path):
    late = [server("w", start="200 ms")]
    (said,) = problems(tmp_path, web(), guests=late)
    assert said == "tier[0].guests: none of them is on before the end of the run; expected one that is"


def test_a_block_without_guests_leaves_a_tier_without_any(tmp_path):
    guests = [server("w", count=0), server("d")]
    (said,) = problems(tmp_path, web(), guests=guests)
    assert said == "tier[0].guests: the tier comes to no guests; expected at least one"
    assert problems(tmp_path, web(guests=["w", "d"]), guests=guests) == []


def test_settings_reach_a_tier_by_its_name_or_number(tmp_path):
    assert problems(tmp_path, web(), sets=['tier.web.rate="5 /s"', "tier[0].limit=3"]) == []
    (said,) = problems(tmp_path, web(), sets=['tier.wep.rate="5 /s"'])
    assert 'there is no tier "wep"; did you mean "web"?' in said


def test_a_guest_split_off_by_a_setting_still_serves_its_tier(tmp_path):
    file = tmp_path / "s.toml"
    file.write_text(tomli_w.dumps(tiered(100 * MS, 2, [server("w", count=2)], [web()])), encoding="utf-8")
    from hvecs.spec.tier_guests import serving

    assert list(serving(load(file, ["partition.w-1.memory=1 GiB"]))) == ["w-0", "w-1"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("tier.wep.rate", 'there is no tier "wep"; did you mean "web"?'),
        ("tier.web.limit", "of a tier only the rate can be changed while the host runs; expected rate"),
        ("tier.db.rate", '"db" has no rate to be changed; expected a tier with rate'),
    ],
)
def test_an_event_changes_the_rate_of_a_tier_and_nothing_else_of_it(tmp_path, path, said):
    events = [{"at": "10 ms", "set": {path: "5 /s"}}]
    (found,) = problems(tmp_path, web(calls=CALL), db(), event=events)
    assert found.endswith(said)
    events = [{"at": "10 ms", "set": {"tier.web.rate": "5 /s"}}]
    assert problems(tmp_path, web(), event=events) == []
    (found,) = problems(tmp_path, web(), event=[*events, *events])
    assert found.endswith("tier.web.rate is set at this time already; expected once")


def test_the_guests_of_a_tier_may_have_io(tmp_path):
    assert problems(tmp_path, web(), guests=[server("w", io={"per_request": 1})]) == []
    assert (
        parsed(tiered(100 * MS, 1, [guest("w", 1, IDLE)], [tier("web", ["w"], fixed(MS), rate="1 /s")]))
        .tier[0]
        .limit
        == 0
    )


@pytest.mark.parametrize(
    ("trace", "said"),
    [
        ({}, "tier[0].trace.file: missing; expected file, or times and rates"),
        ({"file": "none.csv"}, "tier[0].trace.file: cannot read"),
        (
            {"times": ["0 s", "1 s"], "rates": []},
            "tier[0].trace.rates: expected one fewer than times, 1; got 0",
        ),
        (
            {"times": ["0 s", "1 s"], "rates": [1], "file": "none.csv"},
            "tier[0].trace.file: given beside times; expected one of them",
        ),
        ({"times": ["0 s", "1 s"], "rates": [-1]}, "tier[0].trace.rates[0]: expected a number"),
    ],
)
def test_what_is_wrong_with_a_trace_is_said_with_its_place(tmp_path, trace, said):
    tier_without_rate = {key: value for key, value in web(trace=trace).items() if key != "rate"}
    assert any(each.startswith(said) for each in problems(tmp_path, tier_without_rate))


def test_a_trace_stands_alone(tmp_path):
    trace = {"times": ["0 s", "1 s"], "rates": [1]}
    assert "tier[0].rate: given beside trace; expected one of them" in problems(tmp_path, web(trace=trace))


SCALING = {"above": 70, "below": 30, "max": 2}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"below": 70}, "tier[0].scaling.below: expected less than above, 70; got 70"),
        ({"max": 3}, "tier[0].scaling.max: expected at most the guests of the tier, 2; got 3"),
        ({"min": 3}, "tier[0].scaling.min: expected at most 2; got 3"),
        ({"start": 3}, "tier[0].scaling.start: expected from 1 to 2; got 3"),
        ({"delay": "1 ms"}, "tier[0].scaling.delay: expected at least the step, "),
    ],
)
def test_what_is_wrong_with_scaling_is_said_with_its_place(tmp_path, change, said):
    found = problems(tmp_path, web(scaling=SCALING | change))
    assert any(each.startswith(said) for each in found), found


def test_what_scales_is_started_by_nothing_else(tmp_path):
    events = [{"at": "10 ms", "action": "stop", "partition": "w-0"}]
    (said,) = problems(tmp_path, web(scaling=SCALING), event=events)
    assert said.startswith("event[0].action: tier.web.scaling starts and stops this guest")
    (said,) = problems(tmp_path, web(scaling=SCALING), guests=[server("w", count=2, stop="50 ms")])
    assert said.startswith("partition[0].stop: tier.web.scaling starts and stops this guest")
    (said,) = problems(tmp_path, web(scaling=SCALING), web(name="other"))
    assert said.startswith('tier[0].scaling: tier "other" has guests of this one')


def test_a_tier_that_is_wrong_has_no_wrong_events_too(tmp_path):
    event = {"at": "5 ms", "set": {"tier.web.rate": "90 /s"}}
    found = problems(tmp_path, web(policy="any"), event=[event])
    assert len(found) == 1, found
    assert found[0].startswith("tier[0].policy: ")


SCALING = {"above": 70, "below": 30, "every": "10 ms", "start": 1}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"threads": 4, "calls": CALL, "holds_thread": False}, []),
        (
            {"calls": CALL, "holds_thread": False},
            [
                "holds_thread: has no effect: threads is 0: there is no bound on the requests that a guest serves at once"
            ],
        ),
        ({"threads": 4, "holds_thread": False}, ["holds_thread: has no effect: the tier calls no other"]),
        ({"timeout": "99 ms"}, []),
        ({"timeout": "100 ms"}, ["timeout: has no effect: the run is no longer than that"]),
        ({"scaling": SCALING | {"above": 99.9}}, []),
        (
            {"scaling": SCALING | {"above": 100}},
            [
                "scaling.above: has no effect: VPs cannot run for more than 100 % of their time, so no guest is started"
            ],
        ),
        ({"scaling": SCALING | {"metric": "requests", "above": 100}}, []),
        (
            {"scaling": SCALING | {"every": "100 ms"}},
            ["scaling.every: has no effect: the run is no longer than that, so nobody looks at the load"],
        ),
    ],
)
def test_what_never_happens_in_a_tier_is_warned_of(tmp_path, change, said):
    file = tmp_path / "s.toml"
    blocks = [server("w", count=2), server("d")]
    file.write_text(
        tomli_w.dumps(tiered(100 * MS, 2, blocks, [web(**change), db(rate="1 /s")])), encoding="utf-8"
    )
    found = [f"{each.path}: {each.message}" for each in load_advised(file, ())[1]]
    assert [each for each in found if "no effect" in each] == [f"tier[0].{each}" for each in said]
