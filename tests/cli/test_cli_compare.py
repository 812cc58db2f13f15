"""`hvecs compare`: two runs, two sweeps, and what cannot be compared."""

import pandas as pd
import pytest
from scipy import stats

from tests.folders import in_this_process
from tests.sweeping import SWEEP, write

SLOWER = ("--set", "partition.batch.processor.weight=300")


@pytest.fixture(scope="module")
def sweeps(tmp_path_factory):
    """Sweeps of the same points: A; B of another scenario; C with other seeds; D of fewer points."""
    folder = tmp_path_factory.mktemp("sweeps")
    file = write(folder)
    fewer = folder / "fewer.toml"
    fewer.write_text(
        SWEEP.replace("[50, 100, 400]", "[100, 900]")
        .replace('"1 us"', '"1000 ns"')
        .replace('aggregate = "max"', 'aggregate = "min"')
    )
    for name, made, more in (
        ("A", file, ()),
        ("B", file, SLOWER),
        ("C", file, ("--seed", 8)),
        ("D", fewer, ()),
    ):
        assert in_this_process("sweep", made, "--out", folder / name, "-q", *more) == 0
    return folder


def values(folder, point, outcome):
    """Give an outcome of a point by seed."""
    runs = pd.read_parquet(folder / "runs")
    return runs[runs["point"] == point].set_index("seed")[outcome]


def line(data, weight, outcome):
    """Find a line of a comparison, at the context switch of 1 us."""
    wanted = {"partition.web.processor.weight": weight, "host.costs.context_switch": "1 us"}
    found = [
        each for each in data["differences"] if each["parameters"] == wanted and each["outcome"] == outcome
    ]
    assert len(found) == 1
    return found[0]


def test_sweeps_with_the_same_seeds_are_compared_run_by_run(hvecs, sweeps):
    done = hvecs("compare", sweeps / "A", sweeps / "B", "--json")
    assert done.code == 0, done.err
    assert len(done.data["differences"]) == 12
    assert done.data["only"] == []
    found = line(done.data, 100, "elapsed")
    pairs = values(sweeps / "B", 2, "elapsed") - values(sweeps / "A", 2, "elapsed")
    low, high = stats.t.interval(0.95, 3, loc=pairs.mean(), scale=stats.sem(pairs))
    assert found["how"] == "paired"
    assert found["difference"]["n"] == 4
    assert found["difference"]["mean"] == pytest.approx(pairs.mean())
    assert (found["difference"]["low"], found["difference"]["high"]) == pytest.approx((low, high))
    assert found["a"]["mean"] == pytest.approx(values(sweeps / "A", 2, "elapsed").mean())
    assert found["relative_pct"] == pytest.approx(100 * pairs.mean() / found["a"]["mean"])
    slowest = line(done.data, 100, "slowest")
    assert slowest["meaning"] == "95th percentile of the samples' response_p95_ns"
    pairs = values(sweeps / "B", 2, "slowest") - values(sweeps / "A", 2, "slowest")
    low, high = stats.t.interval(0.95, 3, loc=pairs.mean(), scale=stats.sem(pairs))
    assert (slowest["difference"]["low"], slowest["difference"]["high"]) == pytest.approx((low, high))


def test_sweeps_with_other_seeds_are_compared_as_independent_samples(hvecs, sweeps):
    done = hvecs("compare", sweeps / "A", sweeps / "C", "--json")
    found = line(done.data, 50, "elapsed")
    a, b = values(sweeps / "A", 0, "elapsed"), values(sweeps / "C", 0, "elapsed")
    interval = stats.ttest_ind(b, a, equal_var=False).confidence_interval()
    assert found["how"] == "independent"
    assert (found["difference"]["low"], found["difference"]["high"]) == pytest.approx(
        (interval.low, interval.high)
    )


def test_a_comparison_as_text(hvecs, sweeps):
    done = hvecs("compare", sweeps / "A", sweeps / "B")
    assert done.code == 0
    first, table, last = done.out.strip().split("\n\n")
    assert first == f"A: {sweeps / 'A'}\nB: {sweeps / 'B'}"
    header, *rows = table.splitlines()
    assert header.split() == [
        "weight",
        "context_switch",
        "outcome",
        "A",
        "B",
        "B",
        "-",
        "A",
        "95",
        "%",
        "%",
        "n",
    ]
    assert len(rows) == 12
    assert last.splitlines() == [
        "intervals of paired differences: n pairs of runs with the same seed",
        'elapsed: max of job.elapsed_ns where partition = "batch"',
        "slowest: 95th percentile of the samples' response_p95_ns",
    ]
    assert "independent runs" in hvecs("compare", sweeps / "A", sweeps / "C").out


def test_fail_on_a_difference_beyond_chance(hvecs, sweeps):
    done = hvecs("compare", sweeps / "A", sweeps / "B", "--fail-on", "10 %", "--json")
    assert done.code == 4
    beyond = [each for each in done.data["differences"] if each["exceeds"]]
    for each in done.data["differences"]:
        found = each["difference"]
        clear = found["low"] > 0 or found["high"] < 0
        assert each["exceeds"] == (abs(each["relative_pct"]) > 10 and clear)
    assert 0 < len(beyond) < 12
    assert f"{len(beyond)} of 12 outcomes differ beyond 10 %" in done.err
    assert "elapsed differs by -" in done.err
    assert hvecs("compare", sweeps / "A", sweeps / "B", "--fail-on", "900 %").code == 0


def test_other_seeds_alone_are_chance(hvecs, sweeps):
    done = hvecs("compare", sweeps / "A", sweeps / "C", "--fail-on", "1 %", "--json")
    apart = [abs(each["relative_pct"]) > 1 for each in done.data["differences"]]
    assert sum(apart) > sum(each["exceeds"] for each in done.data["differences"])


def test_a_sweep_is_no_different_from_itself(hvecs, sweeps):
    done = hvecs("compare", sweeps / "A", sweeps / "A", "--fail-on", "0 %", "--json")
    assert done.code == 0
    assert {each["difference"]["mean"] for each in done.data["differences"]} == {0}


def test_what_does_not_match_is_left_out_and_told(hvecs, sweeps):
    done = hvecs("compare", sweeps / "A", sweeps / "D", "--json")
    assert done.code == 0
    assert {each["outcome"] for each in done.data["differences"]} == {"slowest"}
    assert {each["parameters"]["partition.web.processor.weight"] for each in done.data["differences"]} == {
        100
    }
    assert len(done.data["differences"]) == 2  # 1 us is 1000 ns
    told = [line.removeprefix("hvecs: warning: ") for line in done.err.splitlines()]
    assert told == done.data["only"]
    of_batch = 'of job.elapsed_ns where partition = "batch"'
    assert told == [
        f"elapsed is left out: it is max {of_batch} in A, and min {of_batch} in B",
        "4 of 6 points are in A only",
        "2 of 4 points are in B only",
    ]


@pytest.fixture
def runs(hvecs, scenario):
    """Two runs, of which the second has half the work."""
    scenario()
    assert hvecs("run", "s.toml", "-q", "--out", "one").code == 0
    assert (
        hvecs("run", "s.toml", "-q", "--out", "two", "--set", "partition.job.workload.work=20 ms").code == 0
    )
    return "one", "two"


def test_two_runs_have_the_intervals_of_their_batch_means(hvecs, runs):
    """The half-widths on the side of each end add up as squares."""
    data = hvecs("compare", *runs, "--json").data
    found = {each["outcome"]: each for each in data["differences"]}
    elapsed = found["job.elapsed_ns"]
    a, b, difference = (elapsed[name] for name in ("a", "b", "difference"))
    assert (a["mean"], b["mean"]) == (78e6, 38e6)  # half the time asleep, but for the last burst
    assert (difference["mean"], elapsed["how"], a["interval"]) == (-40e6, "batch means", "batch means")
    down = ((b["mean"] - b["low"]) ** 2 + (a["high"] - a["mean"]) ** 2) ** 0.5
    assert difference["low"] == pytest.approx(-40e6 - down)
    assert found["web.response_mean_ns"]["relative_pct"] == 0
    assert "by the batch means of single runs" in hvecs("compare", *runs).out


@pytest.mark.usefixtures("runs")
def test_runs_of_one_sample_have_differences_without_an_interval(hvecs):
    for name, work in (("short", "40 ms"), ("half", "20 ms")):
        sets = ("--set", "scenario.sample=1 s", "--set", f"partition.job.workload.work={work}")
        assert hvecs("run", "s.toml", "-q", *sets, "--out", name).code == 0
    data = hvecs("compare", "short", "half", "--json").data
    (elapsed,) = [each for each in data["differences"] if each["outcome"] == "job.elapsed_ns"]
    assert (elapsed["difference"]["mean"], elapsed["how"]) == (-40e6, "single")
    assert elapsed["difference"]["low"] is None
    assert "single runs: no interval" in hvecs("compare", "short", "half").out


def test_runs_that_differ_fail_where_asked(hvecs, runs):
    assert hvecs("compare", *runs, "--fail-on", "60 %").code == 0
    done = hvecs("compare", *runs, "--fail-on", "50 %")
    assert done.code == 4
    assert "job.elapsed_ns differs by -51.28 %" in done.err
    assert hvecs("compare", "one", "one", "--fail-on", "0 %").code == 0


@pytest.mark.usefixtures("runs")
def test_an_outcome_that_one_lacks_differs(hvecs):
    """A guest that does not finish has no elapsed time."""
    assert hvecs("run", "s.toml", "-q", "--out", "cut", "--duration", "50 ms").code == 0
    done = hvecs("compare", "one", "cut", "--fail-on", "900 %")
    assert done.code == 4
    assert "job.elapsed_ns is in A only" in done.err


@pytest.mark.usefixtures("runs")
def test_what_cannot_be_compared(hvecs, sweeps, tmp_path):
    (tmp_path / "empty").mkdir()
    done = hvecs("compare", "one", "empty")
    assert (done.code, done.out) == (2, "")
    assert "empty/manifest.json: there is none; expected a run or a sweep" in done.err
    done = hvecs("compare", "one", sweeps / "A")
    assert (done.code, done.out) == (2, "")
    assert f"one and {sweeps / 'A'} have no point and outcome in common" in done.err
    assert "6 of 6 points are in B only" in done.err
    (tmp_path / "empty/manifest.json").write_text("{}")
    assert hvecs("compare", "empty", "one").code == 2
    assert hvecs("compare", "one", "two", "--fail-on", "2").code == 2
