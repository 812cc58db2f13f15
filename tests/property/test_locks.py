"""Locks keep every account exact, and the long-spin-wait enlightenment does what it is for."""

from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulation import MS, US, S, closed, exponential, guest, ns, run, scenario, scenarios

STATES = ["guest_run_ns", "hypervisor_run_ns", "ready_ns", "idle_ns", "capped_ns", "suspended_ns"]

_locks = st.fixed_dictionaries(
    {
        "share": st.integers(1, 100).map("{} %".format),
        "hold": st.sampled_from([1, 20 * US, 300 * US, 5 * MS]).map(ns),
        "kind": st.sampled_from(["spin", "ticket", "ticket", "park"]),
    }
)


@st.composite
def with_locks(draw):
    """A small host of any kind whose closed workloads have locks."""
    text = draw(scenarios(refined=True))
    for block in text["partition"]:
        if block["workload"]["kind"] == "closed":
            lock = block["workload"]["lock"] = draw(_locks)
            block["guest"]["spin_retry_time"] = ns(draw(st.sampled_from([US, 50 * US, 3 * MS])))
            block["guest"]["long_spin"] = draw(st.sampled_from(["notify", "halt"]))
            silent = lock["kind"] != "park" and draw(st.integers(0, 3)) == 0
            block["enlightenments"] = {"long_spin_wait": not silent}
    text["host"]["scheduling"]["long_spin"] = draw(
        st.sampled_from(["directed", "yield", "partition", "ignore"])
    )
    return text


@settings(max_examples=60)
@given(with_locks())
def test_accounts_are_exact_with_locks(text):
    result = run(text)
    vps, lps = result.vps, result["logical_processor"]
    assert (vps[STATES].sum(axis=1) == vps.interval_ns).all()
    assert (lps[["guest_run_ns", "hypervisor_run_ns", "idle_ns"]].sum(axis=1) == lps.interval_ns).all()
    assert vps.guest_run_ns.sum() == lps.guest_run_ns.sum()
    assert ((vps.spin_ns >= 0) & (vps.spin_ns <= vps.guest_run_ns)).all()
    jobs = result["job"]
    assert (jobs.lock_contended <= jobs.bursts + 6).all()
    assert (jobs.lock_wait_ns >= 0).all()
    work = {b["name"]: int(b["workload"].get("work", "0 ns").split()[0]) for b in text["partition"]}
    for name, done, finished in zip(jobs.partition, jobs.work_ns, jobs.finished_ns.notna(), strict=True):
        assert done == work[name] if finished else done <= work[name]


@settings(max_examples=15)
@given(with_locks(), st.integers(100_000, 20 * MS), st.integers(100_000, 50 * MS))
def test_neither_step_nor_sample_nor_fusion_matters_with_locks(text, step, sample):
    result = run(text)
    assert run(text, fused=False).same_as(result)
    text["scenario"]["step"] = ns(step)
    assert run(text).same_as(result)
    text["scenario"]["sample"] = ns(sample)
    other = run(text)
    assert other["job"].equals(result["job"])
    assert other.dispatches.equals(result.dispatches)
    assert [p.spin_ns for p in other.outcome.partitions] == [p.spin_ns for p in result.outcome.partitions]


def elapsed(guests, seed, *, enlightened, how):
    """How long `guests` four-way guests take for 4 s of work each on four LPs."""
    lock = {"share": "50 %", "hold": "100 us"}
    work = closed(8, 4 * S, exponential(MS), exponential(MS)) | {"lock": lock}
    knows = {"long_spin_wait": enlightened}
    blocks = [guest(f"g{i}", 4, work, enlightenments=knows) for i in range(guests)]
    text = scenario(200 * S, 4, blocks, costs={"preset": "default"}, scheduling={"long_spin": how}, seed=seed)
    return run(text)["job"].elapsed_ns.mean()


SEEDS = (1, 2, 3, 4, 5)


def gains(guests, how):
    """By how much the enlightenment raises throughput, seed by seed."""
    return [
        elapsed(guests, seed, enlightened=False, how=how) / elapsed(guests, seed, enlightened=True, how=how)
        - 1
        for seed in SEEDS
    ]


@pytest.fixture(scope="module")
def directed():
    return {guests: gains(guests, "directed") for guests in (1, 2, 4)}


def test_the_enlightenment_raises_throughput_at_two_to_one(directed):
    assert min(directed[2]) > 0


def test_its_effect_grows_with_overcommitment(directed):
    # at 1:1 a holder is hardly ever preempted: nothing to win
    assert abs(mean(directed[1])) < 0.01
    assert mean(directed[1]) < mean(directed[2]) < mean(directed[4])


def test_plain_yielding_helps_too():
    assert min(gains(2, "yield")) > 0
