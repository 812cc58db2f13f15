import tomllib
from pathlib import Path

import pandas as pd
import pytest

from hvecs.cli.text import span
from tests.cli.helpers import CHECKOUT, manifest

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("no_workers")]
SHORT = ("--duration", "12 s", "-q")
"""Longer than any warm-up."""

STUDIES = sorted((CHECKOUT / "runs").glob("*.toml"))
SWEEPS = [path for path in STUDIES if "sweep" in tomllib.loads(path.read_text())]
SCENARIOS = [path for path in STUDIES if path not in SWEEPS]


def test_there_are_studies():
    assert {"overcommitted", "servers", "neighbours"} <= {path.stem for path in SCENARIOS}
    assert {"weights", "consolidation"} <= {path.stem for path in SWEEPS}


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_every_study_says_in_its_first_line_what_it_is_for(path):
    first, *_ = path.read_text().splitlines()
    assert first.startswith("# ")
    assert first.endswith(".")
    tables = tomllib.loads(path.read_text())
    assert (tables.get("sweep") or tables["scenario"])["purpose"]


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_every_scenario_runs(hvecs, tmp_path, path):
    later = any(event["at"] == "20 s" for event in tomllib.loads(path.read_text()).get("event", ()))
    done = hvecs("run", path, *(("-q",) if later else SHORT), "--allow-code", "--out", "out")
    assert done.code == 0, done.err
    assert manifest(tmp_path / "out")["status"] == "ok"


@pytest.fixture(scope="module")
def summaries(tmp_path_factory):
    """Every sweep, made once, as the values of each outcome by that of the axis, or by those of all axes."""
    made = {}

    def make(hvecs, path):
        if path.stem not in made:
            done = hvecs("sweep", path, *SHORT, "--json", "--out", tmp_path_factory.mktemp("sweep") / "out")
            assert done.code == 0, done.err
            found = made[path.stem] = {}
            for line in done.data["summary"]:
                assert line["n"] == done.data["replications"]
                values = tuple(line["parameters"].values())
                found.setdefault(line["outcome"], {})[values if values[1:] else values[0]] = line["mean"]
        return made[path.stem]

    return make


@pytest.mark.parametrize("path", SWEEPS, ids=lambda path: path.stem)
def test_every_sweep_runs(hvecs, summaries, path):
    assert summaries(hvecs, path)


def test_waits_hurt_long_before_the_sum_of_the_work_fills_the_host(hvecs, summaries):
    found = summaries(hvecs, CHECKOUT / "runs/consolidation.toml")
    waits = list(found["wait_per_dispatch"].values())
    assert waits == sorted(waits)
    assert found["host_busy"][6] < 75
    assert found["response"][6] < 2 * found["response"][1]
    assert found["response"][10] > 3 * found["response"][1]


def test_weight_protects_a_guest_up_to_what_it_can_use(hvecs, summaries):
    found = summaries(hvecs, CHECKOUT / "runs/weights.toml")
    responses = list(found["response"].values())
    assert responses == sorted(responses, reverse=True)
    assert found["response"][100] > 10 * found["response"][400]
    assert found["response"][400] < 1.2 * found["response"][800]
    assert found["batch_work"][800] > 0.8 * found["batch_work"][100]


def test_placement_by_load_spreads_what_first_fit_piles_up(hvecs):
    """Until noon of the day that is played: the database servers are late where all three are on one host, and another is all but idle."""
    given = ("--duration", "432 s", "--replications", 1, "--json", "-q", "--out", "out")
    done = hvecs("sweep", CHECKOUT / "runs" / "placement.toml", *given)
    assert done.code == 0, done.err
    found = {}
    for line in done.data["summary"]:
        found.setdefault(line["parameters"]["scenario.placement"], {})[line["outcome"]] = line["mean"]
    filled, spread = found["first-fit"], found["by-load"]
    assert filled["sql"] > 10 * spread["sql"]
    busy = [sorted(each[f"hv{host}_busy"] for host in (1, 2, 3)) for each in (filled, spread)]
    assert busy[0][2] > 3 * busy[0][0]
    assert busy[1][2] < 1.2 * busy[1][0]


def test_a_weight_raised_while_a_backup_runs_ends_the_wait_that_it_made(hvecs, tmp_path):
    """What the guide says of it, up to four seconds after the change."""
    done = hvecs("run", CHECKOUT / "runs/backup.toml", *SHORT, "--out", "out")
    assert done.code == 0, done.err
    request = pd.concat(map(pd.read_parquet, (tmp_path / "out").rglob("request/*/*.parquet")))
    mean_ms = request[request.partition == "db"].response_mean_ns.to_numpy() / 1e6
    assert mean_ms[:4].max() < 30
    assert mean_ms[7] > 200
    assert mean_ms[9:12].max() < 30
    event = pd.concat(map(pd.read_parquet, (tmp_path / "out").rglob("event/*/*.parquet")))
    assert event[["time_ns", "partition", "action", "path", "value", "result"]].to_numpy().tolist() == [
        [8_000_000_000, "db", "set", "partition.db.processor.weight", "1000", "done"]
    ]


def test_wide_guests_do_little_together_without_enlightenments(hvecs, summaries):
    """Two of them against one: under 60 % without, above 85 % with it, of flushes and of locks; to one alone it is worth a tenth at most."""
    work = summaries(hvecs, CHECKOUT / "runs/wide-guests.toml")["work"]
    for one, two in (
        ("one that flushes by", "two that flush by"),
        ("one with a lock", "two with locks"),
        ("one Linux with a lock", "two Linux with locks"),
    ):
        alone = [value for name, value in work.items() if name.startswith(one)]
        shared = [value for name, value in work.items() if name.startswith(two)]
        assert shared[0] < 0.6 * alone[0]
        assert shared[1] > 0.85 * alone[1]
        assert alone[1] < 1.1 * alone[0]


def test_a_minimum_saves_a_guest_whose_fair_share_is_less_than_it_needs(hvecs, summaries):
    found = summaries(hvecs, CHECKOUT / "runs/noisy-volume.toml")["response"]
    assert found["to itself"] < 6e6 < found["fair shares and a minimum"] < 30e6
    assert found["in order and a minimum"] == found["in order"]
    assert 50e6 < found["in order"] < 100e6
    assert found["fair shares"] > 10 * found["in order"]


def test_a_maximum_calms_a_storm_of_backups_if_its_periods_are_short(hvecs, summaries):
    found = summaries(hvecs, CHECKOUT / "runs/backup-storm.toml")["response"]
    assert found["two at a time"] < 1.5 * found["none"]
    assert found["all with a maximum in periods of 10 ms"] < 2 * found["none"]
    assert found["all at once"] > 5 * found["none"]
    assert 2 * found["none"] < found["all with a maximum"] < found["all at once"]


def test_a_buffer_buys_response_time_with_memory(hvecs):
    """Long enough for the guest's reports, which begin after 45 s, and two of its tides."""
    done = hvecs(
        "sweep", CHECKOUT / "runs/buffer.toml", "--duration", "5 min", "-q", "--json", "--out", "out"
    )
    assert done.code == 0, done.err
    found = {}
    for line in done.data["summary"]:
        found.setdefault(line["outcome"], []).append(line["mean"])
    assert found["memory_held"] == sorted(found["memory_held"])
    assert found["pages_input"] == sorted(found["pages_input"], reverse=True)
    assert found["response"][0] > 5 * found["response"][-1]
    assert found["pages_input"][-1] < found["pages_input"][0] / 100


def test_memory_follows_a_demand_that_swings_slowly_and_not_one_that_swings_fast(hvecs):
    """Two points of runs/swing-periods.toml, whose figures the guide gives."""
    faults = []
    for period in ("4 min", "8 min"):
        given = f"partition.server.memory_demand.period={period}"
        run = (
            "run",
            CHECKOUT / "runs/swings.toml",
            "--set",
            given,
            "-q",
            "--out",
            period,
        )
        assert hvecs(*run).code == 0
        rows = pd.concat(map(pd.read_parquet, Path(period).rglob("guest/*/*.parquet")))
        faults.append(rows[(rows.partition == "server") & (rows.time_ns > 10e9)].pages_input_per_sec.mean())
    assert faults[0] == pytest.approx(143, rel=0.05)
    assert faults[1] == 0


def test_a_controller_keeps_a_queue_short_and_a_high_weight_does_too_at_the_same_price(hvecs, tmp_path):
    """The figures of the chapter on systems; requests in the guest at the end, its mean response (ms), and processors of the batch."""
    path = CHECKOUT / "runs" / "queue-guard.toml"
    none, high = ("--set", "host.systems=[]"), ("--set", "partition.web.processor.weight=1600")
    found = {}
    for name, more in (("own", ()), ("none", none), ("high", (*none, *high))):
        done = hvecs("run", path, "-q", "--allow-code", *more, "--out", name)
        assert done.code == 0, done.err
        requests = pd.read_parquet(tmp_path / name / "request").query("partition == 'web'")
        mean = (requests.response_mean_ns * requests.completions).sum() / requests.completions.sum() / 1e6
        vps = pd.read_parquet(tmp_path / name / "virtual_processor")
        batch = vps[vps.partition.str.startswith("batch")].guest_run_ns.sum() / 60e9
        found[name] = (int(requests.in_system.max()), mean, batch)
    text = (CHECKOUT / "hvecs" / "guide" / "systems.md").read_text(encoding="utf-8")
    for name, (most, mean, batch) in found.items():
        label = {"none": "100", "own": "by the controller", "high": "1600"}[name]
        assert f"| {label} | {span(mean * 1e6)} | {most:,} | {batch:.2f} |" in text
