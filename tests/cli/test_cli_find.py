"""`hvecs find`, as users call it."""

import pandas as pd
import pytest

from tests.cli.helpers import EXACT
from tests.cli.test_cli_not_started import HOST

pytestmark = pytest.mark.journey

SERVICE = "partition.web.workload.service.mean=1 ms..3 ms"


def test_the_value_at_which_a_response_doubles(hvecs, scenario, tmp_path):
    """Every request is alone and costs nothing else: its response time is its service time."""
    done = hvecs(
        "find", scenario(), "--axis", SERVICE, "--until", "web.response_mean > 2x", "--replications", 2,
        "--jobs", 1, "--out", "out", "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    data = done.data
    assert (data["last_before"], data["first_at"], data["limit"]) == ("2 ms", "2015625 ns", "bound")
    assert data["interval"] == ["2 ms", "2 ms"]
    assert data["memory"] is None
    assert "mean = 2 ms: web.response_mean_ns 2 ms" in done.err
    points = {each["value"]: each["mean"] for each in data["points"]}
    assert (points["1 ms"], points["3 ms"], points["2015625 ns"]) == (1e6, 3e6, 2_015_625.0)
    runs = pd.read_parquet(tmp_path / "out/runs")
    assert len(runs) == data["runs"] == 2 * len(points)
    assert hvecs("verify", "out").code == 0
    again = hvecs(
        "find", "s.toml", "--axis", SERVICE, "--until", "web.response_mean > 2x", "--replications", 2, "--out", "out",
        "--resume", "--jobs", 1,
    )  # fmt: skip
    assert again.code == 0, again.err
    assert "answer    mean = 2 ms is the last value before; 95 % interval 2 ms to 2 ms" in again.out
    assert len(pd.read_parquet(tmp_path / "out/runs")) == len(runs)


def test_memory_ends_it_and_is_named(hvecs, tmp_path):
    (tmp_path / "crowd.toml").write_text(HOST)
    arguments = ("find", "crowd.toml", "--until", "sql.response_p95 > 9x", "--jobs", 1)
    done = hvecs(*arguments, "--axis", "partition.extra.count=0..5")
    assert done.code == 0, done.err
    assert "answer    count = 1 is the last value before; 95 % interval 1 to 1" in done.out
    words = " ".join(done.out.split())
    assert (
        "ended by memory: at count = 2 extra-1 does not start: it needs 512 MiB, and 24 MiB can be had"
        in words
    )
    assert "runs      6, 3 at each value" in done.out
    assert [path.name for path in tmp_path.iterdir()] == ["crowd.toml"]
    none = hvecs(*arguments, "--axis", "partition.extra.count=2..5", "--json").data
    assert (none["last_before"], none["first_at"], none["limit"], none["runs"]) == (None, 2, "memory", 0)
    assert none["not_started"] == ["extra-1"]


@pytest.fixture
def servers(hvecs, tmp_path):
    """Web servers that are more than their processors can serve from three on, and one of the same load of another block."""
    text = HOST.replace('"sql"', '"web"\ncount = 1').replace("300 /s", "600 /s").replace("200 ms", "1 s")
    (tmp_path / "servers.toml").write_text(text)

    def find(until, *more, axis="partition.web.count=1..4"):
        return hvecs(
            "find",
            "servers.toml",
            "--axis",
            axis,
            "--until",
            until,
            "--jobs",
            1,
            "--set",
            "host.memory=8 GiB",
            *more,
        )

    return find


def test_guests_that_a_point_has_not_do_not_end_it(servers):
    done = servers("web.response_p95 > 30 ms", "--json")
    assert done.code == 0, done.err
    data = done.data
    assert (data["first_at"], data["limit"]) == (3, "bound")
    assert {each["outcome"] for each in data["points"] if each["value"] == 1} == {"web-0.response_p95_ns"}
    assert servers("web-3.response_p95 > 1 ns", "--json").data["last_before"] == 3
    assert (
        servers(
            "web.response_p95 > 1 ns",
            axis="partition.web.count=0..2",
        ).out.count("count = 0 is the last value before")
        == 1
    )


def test_a_guest_that_comes_later_is_measured_by_its_block(servers):
    done = servers("web.response_p95 > 3x", "--json")
    assert done.code == 0, done.err
    assert (done.data["limit"], done.data["first_at"]) == ("bound", 3)
    one = servers("web-3.response_p95 > 2x")
    assert (one.code, one.out) == (2, "")
    assert "web-3 is not there at count = 1; give a bound of its own, or name web-0" in one.err
    none = servers("web.response_p95 > 2x", axis="partition.web.count=0..2")
    assert (none.code, none.err.endswith("web-0 is not there at count = 0; give a bound of its own\n")) == (
        2,
        True,
    )


def test_a_first_value_without_an_outcome_is_not_beyond_the_bound(hvecs, scenario):
    """The work takes longer than the run."""
    arguments = ("find", scenario(), "--axis", "partition.job.processor.weight=100..102", "--jobs", 1)
    late = ("--set", "partition.job.workload.work=100 s")
    absolute = hvecs(*arguments, "--until", "job.elapsed > 2 s", *late)
    assert absolute.code == 0, absolute.err
    assert "answer    none: there is no value at weight = 100, the first\n" in absolute.out
    assert hvecs(*arguments, "--until", "job.elapsed > 2 s", "--json", *late).data["limit"] == "missing"
    relative = hvecs(*arguments, "--until", "job.elapsed > 2x", *late)
    assert (relative.code, relative.out) == (2, "")
    assert "job.elapsed_ns has no value at weight = 100, the first" in relative.err


def test_response_times_of_a_saturated_host_are_marked(servers):
    done = servers("web-0.response_p95 > 30 ms", axis="partition.web.count=1,8")
    assert done.code == 0, done.err
    rows = {line.split()[0]: line for line in done.out.splitlines() if line[:1].isdigit()}
    assert "+-" in rows["1"]
    assert "*" not in rows["1"]
    assert "+-" not in rows["8"]
    assert "*" in rows["8"]
    assert done.out.endswith("* no steady state: in-system grows, and with it response times\n")
    data = servers("web-0.response_p95 > 30 ms", "--json", axis="partition.web.count=1,8").data
    assert {each["verdict"] for each in data["points"] if each["value"] == 8} == {"saturated"}
    wait = servers("web-0.wait_per_dispatch > 1 s", axis="partition.web.count=1,8").out
    assert "*" not in wait
    assert "answer    not up to count = 8, the last value\n" in wait


def test_a_sweep_along_another_axis_is_not_gone_on_with(hvecs, scenario):
    arguments = ("find", scenario(), "--until", "web.response_mean > 2x", "--jobs", 1, "--out", "out")
    done = hvecs(*arguments, "--axis", SERVICE, "--replications", 1)
    assert done.code == 0, done.err
    other = hvecs(
        *arguments, "--axis", "partition.web.processor.weight=50..90", "--replications", 1, "--resume"
    )
    assert (other.code, other.out) == (2, "")
    assert "out holds another sweep; it is left as it is" in other.err
    there = hvecs(*arguments, "--axis", SERVICE, "--replications", 1)
    assert there.code == 2
    assert "hvecs: resume with: hvecs find " in there.err
    assert there.err.endswith(" --resume\n")


def test_a_file_that_says_one_replication_has_one(hvecs, scenario, tmp_path):
    scenario()
    file = '[sweep]\nname = "one"\nscenario = "s.toml"\n{}[[axis]]\npath = "partition.web.processor.weight"\nvalues = [50, 90]\n'
    for said, runs in (("replications = 1\n", 1), ("", 3)):
        (tmp_path / "one.toml").write_text(file.format(said))
        done = hvecs("find", "one.toml", "--until", "web.response_mean > 2x", "--jobs", 1)
        assert f"{runs} at each value" in done.out, done.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--axis", SERVICE), 2, "Missing option '--until'"),
        (("--axis", SERVICE, "--until", "web.response_mean"), 2, "--until: expected one such as"),
        (("--axis", SERVICE, "--until", "web.response > 2x"), 2, "hvecs: --until: there is no outcome"),
        (("--axis", SERVICE, "--until", "max of job.elapsed_ns where partition = wbe > 2x"), 3, 'no point has a partition "wbe"; did you mean "web"?'),
        (("--axis", SERVICE, "--until", "web.response_mean > 200"), 2, "web.response_mean_ns is in ns; expected a bound"),
        (("--axis", SERVICE, "--axis", "host.smt_yield=1.1,1.2", "--until", "web.response_mean > 2x"), 2, "goes along one axis"),
        (("--axis", "host.smt_yield=1.1", "--until", "web.response_mean > 2x"), 2, "needs two values of its axis"),
        (("--axis", "partition.web.processor.weight=0,5", "--until", "web.response_mean > 2x"), 3, "weight = 0: "),
        (("--axis", SERVICE, "--until", "web.response_mean > 2x", "--resume"), 2, "--resume needs --out"),
    ],
)  # fmt: skip
def test_what_a_search_needs(hvecs, tmp_path, arguments, code, said):
    (tmp_path / "s.toml").write_text(EXACT)
    done = hvecs("find", "s.toml", *arguments)
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["s.toml"]
