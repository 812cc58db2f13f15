"""The verdict where people meet it: in summaries, tables, reports, sweeps and captures.

`python -m tests.cli.test_cli_verdict` writes the table of rules into the guide.
"""

import json
import re

import polars as pl
import pytest

from hvecs.cli import invoke
from hvecs.cli.show.rules import limits_in_words
from hvecs.output.schema import TABLES
from hvecs.verdict.figures import KNOWN
from hvecs.verdict.rules import RULES
from tests.cli.helpers import CHECKOUT

pytestmark = pytest.mark.journey

GUIDE = CHECKOUT / "hvecs" / "guide" / "verdict.md"
_RULES = re.compile(
    r"(?<=<!-- rules: written by python -m tests.cli.test_cli_verdict -->\n).*(?=<!-- end of rules -->)",
    re.DOTALL,
)

# Requests come twice as fast as one VP serves them, without chance: a queue that grows by 100 a second.
OVERLOAD = """\
[scenario]
name = "overload"
duration = "4 s"
sample = "500 ms"
[host]
logical_processors = 2
memory = "8 GiB"
costs = { preset = "none" }
[root]
background_cpu = "0 %"
[[partition]]
name = "few"
[partition.workload]
kind = "open"
arrivals = { distribution = "deterministic", mean = "5 ms" }
service = { distribution = "deterministic", mean = "10 ms" }
[[partition]]
name = "calm"
[partition.workload]
kind = "open"
arrivals = { distribution = "deterministic", mean = "5 ms" }
service = { distribution = "deterministic", mean = "1 ms" }
[[rule]]
name = "any-wait"
counter = "request.in_system"
aggregate = "max"
warning = 100
"""
GROWS = "few did not keep up: in-system grows by 100/s; response times depend on the duration"
OWN = "any-wait: in_system of few is 401 (above 100)"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with the run R of the overload, with time stamps."""
    folder = tmp_path_factory.mktemp("verdict")
    (folder / "overload.toml").write_text(OVERLOAD)
    start = ["--start", "2026-11-25T08:00:00Z"]
    assert invoke(["run", str(folder / "overload.toml"), "--out", str(folder / "R"), "-q", *start]) == 0
    return folder


def runs_of(folder):
    return pl.read_parquet(folder / "runs/**/*.parquet", hive_partitioning=False)


def test_the_summary_begins_with_the_verdict_and_says_who_suffers(hvecs, made):
    done = hvecs("run", made / "overload.toml", "-q")
    assert done.code == 0
    first = ", ".join(map(str.strip, done.out.splitlines()[:2]))
    assert first.startswith("verdict: saturated; host efficiently provisioned, LPs 60 % busy, ")
    text = " ".join(done.out.split())
    assert f"critical: {GROWS}" in text
    assert f"warning: {OWN}" in text
    assert "who suffers most: few" in text
    told = [line for line in done.err.splitlines() if "toml" not in line]
    assert told == [f"hvecs: warning: {GROWS}"]


def test_response_times_of_a_queue_that_grows_are_marked_and_have_no_interval(hvecs, made):
    lines = hvecs("run", made / "overload.toml", "-q").out.splitlines()
    marked = [line.split()[0] for line in lines if "s*" in line]
    assert marked == ["few"]
    assert "* no steady state: in-system grows, and with it response times" in lines
    row = runs_of(made / "R").to_dicts()[0]
    assert row["few.response_mean_low_ns"] is None
    assert row["few.response_mean_ns"] > 1e9
    assert row["calm.response_mean_low_ns"] == pytest.approx(1e6)


def test_the_table_runs_has_verdict_warnings_and_figures_of_the_host(made):
    row = runs_of(made / "R").to_dicts()[0]
    assert row["verdict"] == "saturated"
    assert row["provisioning"] == "efficiently provisioned"
    warnings = json.loads(row["warnings"])
    assert warnings[0] == GROWS
    assert OWN in warnings
    # from the first arrivals, at 5 ms, few runs to the end; calm serves 799 requests
    assert row["lps_busy_pct"] == pytest.approx(100 * (3.995 + 0.799) / 8)
    assert row["available_memory_mib"] == 8192 - (384 + 30 * 8) - 2 * 1024
    assert row["highest_pressure_pct"] is None


def test_the_answer_in_json_has_it_all(hvecs, made):
    found = json.loads(hvecs("run", made / "overload.toml", "-q", "--json").out)
    assert found["verdict"] == "saturated"
    (grows,) = (each for each in found["findings"] if each["rule"] == "saturated")
    assert (grows["severity"], grows["subjects"], grows["text"]) == ("critical", ["few"], GROWS)
    assert grows["figures"]["completed"] == pytest.approx(50, abs=0.2)
    assert grows["figures"]["growth"] == pytest.approx(100, abs=0.5)
    assert found["sufferers"][0]["name"] == "few"
    assert GROWS in found["warnings"]


def test_the_page_begins_with_the_verdict_of_the_same_rules(hvecs, made):
    page = made / "page.html"
    assert hvecs("report", made / "R", "--out", page).code == 0
    text = page.read_text()
    leads = re.findall(r'<section class="lead (\w+)">\s*<h2>(.*?)</h2>', text)
    assert leads[:2] == [
        ("bad", "Verdict: saturated; the host is efficiently provisioned"),
        ("plain", "Who suffers most"),
    ]
    assert f"critical: {GROWS} [" in text
    assert OWN in text


def test_a_capture_of_the_run_has_the_same_verdict_as_far_as_windows_counts(hvecs, made, tmp_path):
    assert hvecs("export", "perfmon", made / "R", "--out", tmp_path / "logs").code == 0
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rule]]\nname = "busy"\ncounter = "logical_processor.total_run_pct"\nwarning = 90\n')
    logs = sorted((tmp_path / "logs").glob("*.csv"))
    done = hvecs("import", "perfmon", *logs, "--out", tmp_path / "c", "--rules", rules)
    assert done.code == 0
    assert done.out.startswith(
        "verdict: guest under-provisioned; host efficiently provisioned\n  LPs 60 % busy, "
    )
    ours, theirs = (runs_of(folder).to_dicts()[0] for folder in (made / "R", tmp_path / "c"))
    for column in ("provisioning", "available_memory_mib"):
        assert ours[column] == theirs[column]
    assert theirs["lps_busy_pct"] == pytest.approx(ours["lps_busy_pct"], abs=0.5)
    assert "busy: total_run_pct of Hv LP" in theirs["warnings"]


def test_bad_rules_for_a_capture_are_refused_and_nothing_is_written(hvecs, tmp_path):
    (tmp_path / "rules.toml").write_text('[[rule]]\nname = "x"\ncounter = "a.b"\nwarning = 1\n')
    (tmp_path / "log.csv").write_text('"(PDH-CSV 4.0) (UTC)(0)"\n')
    done = hvecs("import", "perfmon", "log.csv", "--out", "c", "--rules", "rules.toml")
    assert done.code == 3
    assert done.err.startswith("rules.toml:3: rule[0].counter: ")
    assert not (tmp_path / "c").exists()


def test_a_rule_of_a_counter_that_there_is_not_is_refused(hvecs, tmp_path):
    (tmp_path / "s.toml").write_text(OVERLOAD.replace("request.in_system", "request.in_sytem"))
    for command in ("check", "run"):
        done = hvecs(command, "s.toml")
        assert done.code == 3
        line = 1 + OVERLOAD.splitlines().index('counter = "request.in_system"')
        assert f"s.toml:{line}: rule[0].counter: " in done.out + done.err


def test_points_of_a_sweep_have_verdicts(hvecs, tmp_path):
    (tmp_path / "overload.toml").write_text(OVERLOAD)
    path = "partition.few.workload.service.mean"
    axis = f'[[axis]]\npath = "{path}"\nvalues = ["1 ms", "10 ms"]\n'
    (tmp_path / "sweep.toml").write_text(
        f'[sweep]\nname = "s"\nscenario = "overload.toml"\ntables = ["job"]\n{axis}'
    )
    done = hvecs("sweep", "sweep.toml", "--out", "out", "--jobs", "1", "-q", "--all")
    assert done.code == 0, done.err
    assert "verdict\n  saturated: mean = 10 ms\n  over-provisioned: mean = 1 ms\n" in done.out
    assert "available_memory_mib" in done.out
    runs = pl.read_parquet(tmp_path / "out/runs/*.parquet").sort("point")
    assert runs["verdict"].to_list() == ["over-provisioned", "saturated"]
    assert [GROWS in (each or "") for each in runs["warnings"]] == [False, True]
    again = hvecs("sweep", "sweep.toml", "--out", "out", "--jobs", "1", "-q", "--resume", "--json")
    found = json.loads(again.out)
    assert [each["verdict"] for each in found["verdicts"]] == ["over-provisioned", "saturated"]


@pytest.mark.parametrize("name", ["verdict", "lps_busy_pct", "seed"])
def test_an_outcome_is_not_named_as_a_column_that_there_is(hvecs, tmp_path, name):
    (tmp_path / "overload.toml").write_text(OVERLOAD)
    outcome = f'[[outcome]]\nname = "{name}"\ntable = "request"\ncolumn = "in_system"\n'
    (tmp_path / "sweep.toml").write_text(f'[sweep]\nname = "s"\nscenario = "overload.toml"\n{outcome}')
    done = hvecs("check", "sweep.toml")
    assert done.code == 3
    told = f'sweep.toml:5: outcome[0].name: "{name}" is the name of a column of the table runs too; expected another name'
    assert told in done.out + done.err


def test_a_run_within_its_warm_up_has_no_verdict(hvecs, tmp_path):
    text = OVERLOAD.replace('sample = "500 ms"', 'sample = "500 ms"\nwarm_up = "3900 ms"')
    (tmp_path / "s.toml").write_text(text)
    done = hvecs("run", "s.toml", "-q")
    assert done.out.startswith("verdict: none, nothing was measured\n")
    assert "scenario.sample: no sample begins after the warm-up: the run will have no verdict" in done.err


def test_show_rules_lists_each_with_its_limits(hvecs):
    text = hvecs("show", "rules").out
    assert "host-busy -> over-committed (from critical on)\n  warning > 75 %, critical > 90 %" in text
    data = json.loads(hvecs("show", "rules", "--json").out)
    assert [each["name"] for each in data["rules"]] == [rule.name for rule in RULES]


def test_the_commands_of_the_chapter_work(hvecs):
    for line in re.findall(r"```sh\n(.*?)```", GUIDE.read_text(), re.DOTALL)[0].splitlines():
        short = ("--duration", "1 s") if " run " in line else ()
        assert hvecs(*line.split()[1:], *short).code == 0, line


def test_the_rule_of_the_chapter_works(hvecs, tmp_path):
    rule = re.findall(r"```toml\n(.*?)```", GUIDE.read_text(), re.DOTALL)[0]
    (tmp_path / "s.toml").write_text(OVERLOAD + rule)
    assert hvecs("check", "s.toml").code == 0


def table_of_rules():
    """The table of rules as Markdown."""
    lines = [
        "| rule | figure | counter | limits | verdict | source |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for rule in RULES:
        for number, limit in enumerate(rule.limits):
            figure = KNOWN[limit.figure]
            table, _, column = figure.counter.partition(".")
            counter = (
                next(each for each in TABLES[table].columns if each.name == column).counter or figure.counter
            )
            ends = (f"`{rule.name}`", rule.verdict, rule.source) if number == 0 else ("and", "", "")
            doc = figure.doc + (", where it is known" if limit.optional else "")
            lines.append(
                f"| {ends[0]} | {doc} | `{counter}` | {limits_in_words(limit)} | {ends[1]} | {ends[2]} |"
            )
    return "\n".join(lines) + "\n"


def test_the_chapter_lists_the_rules_as_they_are():
    (found,) = _RULES.findall(GUIDE.read_text())
    assert found == table_of_rules()


if __name__ == "__main__":
    GUIDE.write_text(_RULES.sub(lambda _found: table_of_rules(), GUIDE.read_text()))
