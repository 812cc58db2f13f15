"""`hvecs find`, as users call it."""

import pandas as pd
import pytest

from tests.cli.helpers import EXACT
from tests.cli.test_cli_not_started import HOST

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


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--axis", SERVICE), 2, "Missing option '--until'"),
        (("--axis", SERVICE, "--until", "web.response_mean"), 2, "--until: expected one such as"),
        (("--axis", SERVICE, "--until", "web.response > 2x"), 2, "hvecs: --until: there is no outcome"),
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
