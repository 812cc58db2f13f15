"""The parts of a calibration: figures of tables, keys that may be fitted, least squares of logarithms, the file that is written."""

import math

import numpy as np
import pytest

from hvecs.agreement.calibrated import calibrated_toml, relative_path
from hvecs.agreement.calibration import Calibrator
from hvecs.agreement.calibration_results import Calibration, Key
from hvecs.agreement.figures import Figure, figures_of, of_guests_on
from hvecs.agreement.free_keys import default_keys, find_key
from hvecs.agreement.least_squares import LogFit, fit_logs
from hvecs.agreement.misfit import Misfit
from hvecs.agreement.simulated import Length, Simulation, left_out, length_for
from hvecs.spec import load
from hvecs.spec.kinds import Wrong
from tests import simulation
from tests.simulation import IDLE, S, parsed

SCENARIO = """\
[scenario]
name = "s"
[host]
logical_processors = 4
memory = "8 GiB"
[[partition]]
name = "SQL 1"
count = 2
[partition.workload]
kind = "open"
rate = "100 /s"
service = { distribution = "lognormal", mean = "2 ms", cv = 2 }
[[partition]]
name = "batch"
[partition.workload]
kind = "closed"
work = "1 h"
sleep = { distribution = "uniform", low = "1 ms", high = "2 ms" }
"""


@pytest.fixture
def scenario(tmp_path):
    (tmp_path / "s.toml").write_text(SCENARIO, encoding="utf-8")
    return load(tmp_path / "s.toml")


def rows(**more):
    """Two VPs of one partition over two samples of 1 s, the first VP first."""
    return {
        "time_ns": np.array([1e9, 1e9, 2e9, 2e9]),
        "interval_ns": np.full(4, 1e9),
        "partition": np.array(["Web"] * 4, object),
    } | {name: np.array(values, float) for name, values in more.items()}


def test_figures_are_ratios_of_sums_with_errors_by_batch_means():
    """CPU time 0.5 and 0.7 s of a second each, mean 0.6; 10 and 30 dispatches that waited 100 and 900 ns."""
    columns = rows(guest_run_ns=[2e8, 3e8, 3e8, 4e8], dispatches=[4, 6, 10, 20], wait_ns=[40, 60, 300, 600])
    found = figures_of({"virtual_processor": columns})["web"]
    assert found["guest_run"].value == pytest.approx(0.6)
    assert found["guest_run"].error == pytest.approx(0.1)  # sd of 0.5 and 0.7, by the root of 2
    assert found["dispatches"].value == pytest.approx(20)
    assert found["wait_per_dispatch"].value == pytest.approx(25)  # 1000 ns of 40, not the mean of 10 and 30
    assert found["guest_run"].seconds == 2


def test_a_rate_is_counted_over_its_interval_and_a_gap_is_no_zero():
    columns = rows(address_space_flushes_per_sec=[1, 1, math.nan, 1], guest_run_ns=[5e8, 5e8, 5e8, 5e8])
    found = figures_of({"virtual_processor": columns})["web"]
    assert found["intercepts.remote_flushes"].value == pytest.approx(
        2
    )  # 2 in the first second, of 1 s of guest code
    assert found["guest_run"].value == pytest.approx(1)


def test_the_warm_up_is_left_out():
    columns = rows(guest_run_ns=[9e8, 9e8, 1e8, 1e8])
    found = figures_of({"virtual_processor": columns}, warm_up_ns=10**9)["web"]
    assert found["guest_run"].value == pytest.approx(0.2)
    assert math.isnan(found["guest_run"].error)


def test_samples_in_which_a_guest_is_off_are_left_out_and_those_of_a_pause_are_not():
    """Off is who stands still and has no memory: in the second sample nobody has a log of it."""
    columns = rows(guest_run_ns=[3e8, 3e8, 0, 0], suspended_ns=[0, 0, 1e9, 1e9])
    paused = {"time_ns": np.array([1e9, 2e9]), "partition": np.array(["Web", "Web"], object)}
    stopped = {name: each[:1] for name, each in paused.items()}
    for held, run in ((paused, 0.3), (stopped, 0.6)):
        tables = of_guests_on({"virtual_processor": columns, "vid_partition": held})
        assert figures_of(tables)["web"]["guest_run"].value == pytest.approx(run)


@pytest.mark.parametrize("start", ["0 s", "500 ms"])
def test_a_guest_that_starts_later_has_the_figures_of_the_time_when_it_is_on(tmp_path, start):
    text = SCENARIO.replace("count = 2", f'start = "{start}"\nguest = {{ boot = "0 s" }}').replace(
        '"lognormal", mean = "2 ms", cv = 2', '"deterministic", mean = "5 ms"'
    )
    (tmp_path / "s.toml").write_text(text, encoding="utf-8")
    simulated = Simulation(Length(10**9, 0, 1)).figures(
        load(tmp_path / "s.toml", ['scenario.duration="1 s"', 'scenario.sample="100 ms"'])
    )
    assert simulated["sql 1"]["guest_run"].value == pytest.approx(0.5, abs=0.15)


def test_mean_responses_count_by_their_requests():
    columns = rows(
        arrivals=[1, 0, 3, 0], completions=[1, 0, 3, 0], response_mean_ns=[100, math.nan, 200, math.nan]
    )
    found = figures_of({"request": columns})["web"]
    assert found["response"].value == pytest.approx(175)
    assert found["arrivals"].value == pytest.approx(2)


@pytest.mark.parametrize(
    ("path", "value", "guests"),
    [
        ('partition."SQL 1".workload.rate', 100.0, ("sql 1-0", "sql 1-1")),
        ("partition[0].workload.service.mean", 2e6, ("sql 1-0", "sql 1-1")),
        ('partition."SQL 1".workload.service.cv', 2.0, ("sql 1-0", "sql 1-1")),
        ("root.background_cpu", 1.0, ("root",)),
        ("host.smt_yield", 1.31, ()),
        ("host.memory", 8 * 2**30, ()),
    ],
)
def test_a_path_is_a_key_with_a_value_and_the_guests_it_moves(scenario, path, value, guests):
    found = find_key(scenario, path)
    assert (found.value, found.guests) == (value, guests)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("host", "no quantity"),
        ("host.nonsense", "no key"),
        ("a b", "not a path"),
        ("host.scheduler", "no quantity"),
        ("root.measured_cpu", "no quantity"),
        ("partition.web.workload.rate", "no partition"),
        ('partition."SQL 1-0".workload.rate', "one of several guests"),
        ('partition."SQL 1".virtual_processors', "no quantity"),
        ("partition.batch.workload.rate", "no key"),
    ],
)
def test_what_cannot_be_fitted_is_refused(scenario, path, said):
    with pytest.raises(Wrong, match=said):
        find_key(scenario, path)


def test_a_setting_says_which_distribution_it_is_of(scenario):
    """Where the file leaves the distribution to its default, its mean alone would be none."""
    key = find_key(scenario, "partition.batch.workload.compute.mean")
    assert list(key.settings(3e6)) == [
        'partition.batch.workload.compute.distribution="exponential"',
        'partition.batch.workload.compute.mean="3 ms"',
    ]


def test_a_value_is_held_as_a_file_holds_it(scenario):
    service, share = (
        find_key(scenario, path)
        for path in ('partition."SQL 1".workload.service.mean', "root.background_cpu")
    )
    assert service.held(1234.6) == 1235
    assert share.held(150) < 100  # the bound itself is not among its values
    assert share.held(1.23456789) == 1.23457


def test_the_default_keys_are_what_counters_determine(scenario):
    some = Figure(0.5, 0.01, 60)
    measured = {
        "sql 1-1": {"guest_run": some, "intercepts.msr": some, "intercepts.cpuid": Figure(0, 0, 60)},
        "batch": {"guest_run": Figure(0, 0, 60), "intercepts.msr": some},
        "root": {"guest_run": some},
    }
    assert [key.path for key in default_keys(scenario, measured)] == [
        'partition."SQL 1".workload.rate',
        'partition."SQL 1".workload.service.mean',
        'partition."SQL 1".intercepts.cpuid',
        'partition."SQL 1".intercepts.msr',
        "partition.batch.workload.compute.mean",  # its sleep has no mean, and an idle guest tells no traps
        "root.background_cpu",
    ]


FREE = [(-4.0, 4.0)] * 2
BOTH = np.ones((2, 2), np.bool_)


def test_least_squares_finds_what_the_residuals_determine():
    """Two figures, a product and a quotient, known to 1 %: each factor is known to 1 % by the root of 2."""
    truth = np.log([2.0, 0.5])
    fit = fit_logs(lambda x: 100 * np.array([(x - truth).sum(), (x - truth) @ [1, -1]]), FREE, BOTH)
    assert fit.logs == pytest.approx(truth, abs=1e-3)
    assert fit.errors == pytest.approx([0.01 / math.sqrt(2)] * 2, rel=0.01)
    assert fit.factors(0) == pytest.approx((2, 2 * math.exp(-0.01386), 2 * math.exp(0.01386)), rel=1e-3)
    assert fit.identified(0)
    assert fit.identified(1)


def test_keys_of_which_only_the_product_is_known_are_not_identified():
    fit = fit_logs(lambda x: 100 * np.array([x.sum() - 1, x.sum() - 1]), FREE, BOTH)
    assert fit.logs == pytest.approx([0.5, 0.5], abs=0.01)  # the nearest to where they began
    assert not fit.identified(0)
    assert fit.companions(0) == [1]


def test_a_key_that_moves_nothing_stays():
    fit = fit_logs(
        lambda x: np.array([100 * (x[0] - 1), 0.0]), FREE, np.array([[True, False], [True, False]])
    )
    assert fit.logs == pytest.approx([1, 0], abs=0.01)
    assert not fit.identified(1)
    assert fit.companions(1) == []


def test_keys_without_a_residual_in_common_are_moved_together():
    """Twelve keys of one figure each take no more simulations than one."""

    def found(count):
        return fit_logs(lambda x: 100 * (x - 1), [(-4.0, 4.0)] * count, np.eye(count, dtype=np.bool_))

    assert found(12).evaluations == found(1).evaluations
    assert found(12).logs == pytest.approx(np.ones(12), abs=0.01)


def test_a_bound_holds():
    fit = fit_logs(lambda x: 100 * (x - 2), [(-1.0, 0.5)], np.ones((1, 1), np.bool_))
    assert fit.logs == pytest.approx([0.5], abs=1e-3)
    assert fit.identified(0)  # by the side that is open


def test_runs_together_are_as_long_as_is_allowed():
    """20 s that were measured: three runs of 20 s; ten minutes: one run of a minute."""
    short, long = length_for(20, 0), length_for(600, 5 * 10**9)
    assert (short.run_ns, short.seeds, short.seconds) == (20 * 10**9, 3, 60)
    assert (long.run_ns, long.warm_up_ns, long.seeds, long.seconds) == (65 * 10**9, 5 * 10**9, 1, 60)
    slow = length_for(600, 300 * 10**9)
    assert (slow.run_ns, slow.warm_up_ns, slow.seeds, slow.seconds) == (360 * 10**9, 300 * 10**9, 1, 60)


@pytest.mark.parametrize(
    ("warm_up", "dynamic", "demand", "left_out_s"),
    [("5 s", True, True, 120), ("200 s", True, True, 200), ("5 s", True, False, 5), ("5 s", False, True, 5)],
)
def test_beside_a_capture_guests_have_their_memory(warm_up, dynamic, demand, left_out_s):
    wants = {"memory_demand": {"kind": "constant", "committed": "700 MiB"}} if demand else {}
    has = {"dynamic_memory": {"startup": "1 GiB"}} if dynamic else {"memory": "1 GiB"}
    scenario = parsed(
        simulation.scenario(300 * S, 2, [{"name": "a", "workload": IDLE} | has | wants], warm_up=warm_up)
    )
    assert left_out(scenario) == left_out_s * S


def test_the_file_extends_the_scenario_and_says_what_is_known(tmp_path, scenario):
    rate, compute, root = (
        find_key(scenario, path)
        for path in (
            'partition."SQL 1".workload.rate',
            "partition.batch.workload.compute.mean",
            "root.background_cpu",
        )
    )
    keys = (
        Key(rate, 212.5, 209.0, 215.0, "fit"),
        Key(compute, 5e6, None, None, "fit", "not identified: no counter of the capture tells it"),
        Key(root, 2.5, None, None, "counter"),
    )
    out = tmp_path / "below" / "mine.toml"
    out.parent.mkdir()
    base = relative_path(tmp_path / "s.toml", out)
    out.write_text(
        calibrated_toml("mine", base, "capture", Calibration(keys, (), 7, ("anything else",))),
        encoding="utf-8",
    )
    text, found = out.read_text(encoding="utf-8"), load(out)
    sql, batch = found.partition
    assert 'extends = "../s.toml"' in text
    assert 'rate = "212.5 /s"  # 209 /s to 215 /s' in text
    assert 'mean = "5 ms"  # not identified: no counter of the capture tells it' in text
    assert "# The capture cannot tell: anything else." in text
    assert (found.scenario.name, sql.workload.rate, batch.workload.compute.mean) == ("mine", 212.5, 5_000_000)
    assert (sql.count, sql.workload.service.mean, found.root.background_cpu) == (2, 2_000_000, 2.5)


def test_the_edge_of_a_plateau_is_no_knowledge():
    """A figure that grows up to a bound and is measured there: any larger value does as well."""
    fit = fit_logs(lambda x: 100 * np.array([min(x[0], 0.0)]), [(-4.0, 4.0)], np.ones((1, 1), np.bool_))
    assert not fit.identified(0)


FULL = """\
[scenario]
name = "full"
[host]
logical_processors = 4
memory = "8 GiB"
[[partition]]
name = "a"
workload = { kind = "open", rate = "100 /s", service = { distribution = "exponential", mean = "10 ms" } }
[[partition]]
name = "b"
workload = { kind = "open", rate = "100 /s", service = { distribution = "exponential", mean = "10 ms" } }
"""


class _FullHost:
    """A host whose guests fall idle the less often the more all of them ask for."""

    runs = 0
    length = Length(60 * 10**9, 0, 1)

    def figures(self, scenario):
        works = {
            each.name: (each.workload.rate, each.workload.service.mean / 1e9) for each in scenario.partition
        }
        busy = sum(rate * service for rate, service in works.values())
        found = {}
        for name, (rate, service) in works.items():
            values = {"guest_run": rate * service, "halts": rate * math.exp(-3 * busy)}
            found[name] = {figure: Figure(value, 0.01 * value, 60.0) for figure, value in values.items()}
        return found


def test_loads_are_found_where_each_guest_moves_the_counters_of_others(tmp_path):
    """True are 100 /s and 10 ms of both; the file says four times the service of `b`, and half the rate of `a`."""
    path = tmp_path / "full.toml"
    path.write_text(FULL)
    host = _FullHost()
    measured = host.figures(load(path))
    off = ["partition.b.workload.service.mean=40 ms", "partition.a.workload.rate=50 /s"]
    scenario = load(path, off)
    keys = [
        find_key(scenario, f"partition.{guest}.workload.{key}")
        for guest in "ab"
        for key in ("rate", "service.mean")
    ]
    fitted = Calibrator(lambda sets: load(path, [*off, *sets]), measured, keys, host).calibrate()
    values = {each.key.path: each.value for each in fitted.keys}
    for guest in "ab":
        assert values[f"partition.{guest}.workload.rate"] == pytest.approx(100, rel=0.02)
        assert values[f"partition.{guest}.workload.service.mean"] == pytest.approx(10_000_000, rel=0.02)


def test_what_leaves_counters_far_off_has_no_interval(tmp_path):
    """The rate is as it was, so that no service time has both the CPU time and thirty times the halts."""
    path = tmp_path / "full.toml"
    path.write_text(FULL)
    host = _FullHost()
    measured = host.figures(load(path))
    halts = measured["a"]["halts"]
    keys = [find_key(load(path), f"partition.{guest}.workload.service.mean") for guest in "ab"]

    def fitted(times):
        measured["a"]["halts"] = Figure(times * halts.value, times * halts.error, halts.seconds)
        return Calibrator(lambda sets: load(path, sets), measured, keys, host).calibrate().keys

    assert all(each.identified for each in fitted(1))
    a, _ = fitted(30)
    assert (a.low, a.high) == (None, None)
    assert a.remark.startswith("not identified: the fit does not meet ")
    assert "halts of a" in a.remark


@pytest.mark.parametrize(("halts", "worst"), [(0, 1), (1, 0.01), (3, 1.5)])
def test_a_figure_that_is_hardly_known_is_met_by_none_as_well_as_by_a_few(halts, worst):
    """One halt in a minute, give or take one, is no more than none or three; a hundred are."""
    misfit = Misfit({"web": {"halts": Figure(1 / 60, 1 / 60, 60)}}, 60)
    assert abs(misfit.residual(("web", "halts"), {"web": {"halts": Figure(halts / 60, 0, 60)}})) < worst
    assert misfit.residual(("web", "halts"), {"web": {"halts": Figure(100 / 60, 0, 60)}}) > 6


def test_of_a_figure_that_is_known_well_the_ratio_counts():
    misfit = Misfit({"web": {"guest_run": Figure(0.5, 0.005, 60)}}, 60)
    found = misfit.residual(("web", "guest_run"), {"web": {"guest_run": Figure(0.55, 0, 60)}})
    spread = misfit.spread("guest_run", Figure(0.5, 0.005, 60))
    assert found == pytest.approx(math.log(1.1) / spread, rel=1e-3)
    assert misfit.residual(("web", "guest_run"), {}) < -100


@pytest.mark.parametrize(
    ("residuals", "fits"),
    [
        ([[4, 1]], 1),
        ([[5, 1], [3, 1]], 2),
        ([[9, 5], [8.9, 1], [1, 1]], 3),  # the worst is hardly less, the sum of squares is
        ([[9, 1], [8.9, 1], [1, 1]], 2),
        ([[9, 9], [8, 8], [7, 7], [6, 6], [5, 5], [1, 1]], 5),
    ],
)
def test_a_fit_goes_on_while_counters_are_off_and_it_helps(tmp_path, monkeypatch, residuals, fits):
    path, asked = tmp_path / "full.toml", []
    path.write_text(FULL)

    def fit_logs(_residuals, bounds, touches):
        asked.append(touches.all())
        found = np.array(residuals[len(asked) - 1], float)
        return LogFit(np.zeros(len(bounds)), np.eye(len(bounds)), found, None, 1)

    monkeypatch.setattr("hvecs.agreement.calibration.fit_logs", fit_logs)
    host, scenario = _FullHost(), load(path)
    keys = [find_key(scenario, f"partition.{guest}.workload.rate") for guest in "ab"]
    Calibrator(lambda sets: load(path, sets), host.figures(scenario), keys, host).calibrate()
    assert asked == [False] + [True] * (fits - 1)
