"""Tiers as a user meets them: the commands and figures of their chapter, settings, sweeps, outcomes, and what is refused."""

import re
import shlex
import shutil

import duckdb
import pytest

from tests.cli.helpers import CHECKOUT
from tests.cli.test_cli_guide import GUIDE, blocks

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("no_workers")]

SHOP = """\
[scenario]
name = "shop"
duration = "2 s"
sample = "500 ms"
[host]
logical_processors = 4
memory = "16 GiB"
[[partition]]
name = "web"
count = 3
[[partition]]
name = "db"
[[tier]]
name = "shop"
rate = "300 /s"
service = { distribution = "exponential", mean = "3 ms" }
guests = ["web"]
calls = [{ tier = "db" }]
[[tier]]
name = "db"
service = { distribution = "exponential", mean = "1 ms" }
guests = ["db"]
"""


@pytest.fixture
def studies(tmp_path):
    shutil.copytree(CHECKOUT / "runs", tmp_path / "runs", ignore=shutil.ignore_patterns("out"))


@pytest.mark.usefixtures("studies")
def test_the_commands_of_the_chapter_work(hvecs):
    lines = [line for block in blocks("tiers", "sh") for line in block.splitlines()]
    assert [line.split()[1] for line in lines] == ["run", "find", "sweep"]
    for line in lines:
        done = hvecs(*shlex.split(line)[1:], "--duration", "12 s", "-q")
        assert done.code == 0, (line, done.err)


@pytest.mark.statistical
@pytest.mark.usefixtures("studies")
def test_five_images_are_enough_for_the_shop(hvecs):
    """The answer of the chapter, and its figures as the command prints them."""
    line = next(line for block in blocks("tiers", "sh") for line in block.splitlines() if " find " in line)
    done = hvecs(*shlex.split(line)[1:], "-q")
    assert "count = 4 is the last value before" in done.out
    (table,) = (block for block in blocks("tiers", "text") if block.startswith("count"))
    assert table.strip() in done.out
    assert "\nFive." in (GUIDE / "tiers.md").read_text()


def test_every_key_of_a_tier_is_documented(hvecs):
    keys = [key["path"] for key in hvecs("show", "scenario", "tier", "--json").data["keys"]]
    assert {"tier.rate", "tier.policy", "tier.calls.mode", "tier.scaling.above"} <= {
        re.sub(r"\[[^]]*\]", "", key) for key in keys
    }


def test_the_summary_and_the_table_of_runs_have_the_outcomes_of_tiers(hvecs, scenario, tmp_path):
    done = hvecs("run", scenario(SHOP), "--out", tmp_path / "out", "--json", "-q")
    shop, db = done.data["tiers"]
    assert (shop["name"], db["name"]) == ("shop", "db")
    assert shop["arrivals"] == shop["completions"] + shop["failed"] + shop["in_system"] > 500
    parts = sum(
        value for key, value in shop.items() if key.endswith("_mean_ns") and key != "response_mean_ns"
    )
    assert parts == pytest.approx(shop["response_mean_ns"])
    columns = duckdb.sql(f"SELECT * FROM '{tmp_path}/out/runs/*/*.parquet'").df().iloc[0]
    assert columns["tier.shop.response_p95_ns"] == shop["response_p95_ns"]
    assert columns["web-0.arrivals"] > 0
    rows = duckdb.sql(
        f"SELECT tier, sum(arrivals) FROM '{tmp_path}/out/tier/*/*.parquet' GROUP BY 1"
    ).fetchall()
    assert dict(rows) == {"shop": shop["arrivals"], "db": db["arrivals"]}
    text = hvecs("run", scenario(SHOP), "--out", tmp_path / "out", "-q").out
    assert re.search(r"^shop +\d+ +0 ", text, re.MULTILINE)
    assert "% of response" in text
    assert hvecs("verify", tmp_path / "out").code == 0
    assert hvecs("report", tmp_path / "out", "--out", tmp_path / "page.html").code == 0
    assert "Response times of tiers" in (tmp_path / "page.html").read_text()


def test_a_tier_that_does_not_keep_up_is_told_of(hvecs, scenario, tmp_path):
    changes = ("--set", 'tier.shop.rate="1500 /s"', "--set", "tier.shop.limit=5", "--duration", "20 s")
    done = hvecs("run", scenario(SHOP), *changes, "--out", tmp_path / "out", "--json", "-q")
    assert any("tier.shop" in finding["subjects"] for finding in done.data["findings"])
    assert done.data["tiers"][0]["response_p95_low_ns"] is None


def test_axes_and_outcomes_of_sweeps_reach_tiers(hvecs, scenario, tmp_path):
    scenario(SHOP)
    (tmp_path / "sweep.toml").write_text(
        '[sweep]\nname = "s"\nscenario = "s.toml"\nreplications = 1\n'
        '[[axis]]\npath = "tier.shop.rate"\nvalues = ["100 /s", "300 /s"]\n'
        '[[outcome]]\nname = "slow"\ntable = "tier"\ncolumn = "response_p99_ns"\nwhere = { tier = "shop" }\n'
    )
    done = hvecs("sweep", "sweep.toml", "--out", "out", "--json", "-q")
    assert done.code == 0, done.err
    found = {(line["outcome"], *line["parameters"].values()): line["mean"] for line in done.data["summary"]}
    assert found["slow", "100 /s"] > 0
    more = hvecs("summarize", "out", "--outcome", "tier.shop.response_p99", "--json").data["summary"]
    assert [line["mean"] for line in more] == [found["slow", "100 /s"], found["slow", "300 /s"]]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ('tier.shop.guests=["wab"]', 'tier.shop.guests[0]: there is no guest "wab"; did you mean "web"?'),
        (
            'tier.db.calls=[{ tier = "shop" }]',
            "the calls never end: shop calls db calls shop; expected no way back",
        ),
        ("partition.web.count=0", "the tier comes to no guests; expected at least one"),
    ],
)
def test_what_is_wrong_with_a_tier_is_refused_before_the_run(hvecs, scenario, tmp_path, change, said):
    done = hvecs("run", scenario(SHOP), "--set", change, "--out", tmp_path / "out")
    assert done.code == 3
    assert said.replace("tier.shop.guests[0]: ", "") in done.err
    assert not (tmp_path / "out").exists()
