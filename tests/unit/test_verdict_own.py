"""Rules of a user's own: read with their place when they are wrong, and held like the others."""

import pytest

from hvecs.spec import SpecError
from hvecs.spec.loading import load
from hvecs.verdict.own import load_rules, own_rules, rule_faults
from tests.observing import S, fired, judged, rows

RULE = """\
[[rule]]
name = "long-responses"
counter = "request.response_mean_ns"
warning = 1000
critical = 2000
"""
SCENARIO = """\
[scenario]
name = "s"
[host]
logical_processors = 1
memory = "8 GiB"
[[partition]]
name = "a"
"""


def problems(text, tmp_path, monkeypatch, read=load_rules):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r.toml").write_text(text)
    with pytest.raises(SpecError) as raised:
        read("r.toml")
    return [str(each) for each in raised.value.problems]


def scenario(path):
    return load(path, (), rule_faults)


WRONG = [
    (RULE.replace("long-responses", "Long"), 'r.toml:2: rule[0].name: expected a name of small letters, digits and -; got "Long"'),
    (RULE.replace("long-responses", "paging"), 'r.toml:2: rule[0].name: a rule of hvecs is named "paging"; expected another name'),
    (RULE.replace("request.", "requests."), 'r.toml:3: rule[0].counter: "requests.response_mean_ns" is no column of a sampled table, nor a counter that one stands for; did you mean "request"?'),
    (RULE.replace("response_mean_ns", "response_men_ns"), 'r.toml:3: rule[0].counter: request has no column of figures "response_men_ns"; did you mean "response_mean_ns"?'),
    (RULE.replace("2000", "500"), "r.toml:5: rule[0].critical: not above the warning, 1000; expected a limit beyond it"),
    (RULE.replace("2000", '"2 us"'), 'r.toml:5: rule[0].critical: expected a number, in the unit of the counter\'s column; got "2 us"'),
    (RULE.replace("warning = 1000\ncritical = 2000\n", ""), "r.toml:1: rule[0].warning: missing; expected warning, critical or both"),
    (RULE + 'over = "1 min"\n', 'r.toml:6: rule[0].over: means nothing with aggregate = "mean"; expected min or max'),
    (RULE + "advise = 1\n", 'r.toml:6: rule[0].advise: unknown key; did you mean "advice"?'),
    (RULE + RULE, 'r.toml:7: rule[1].name: "long-responses" is that of rule[0] too; expected another name'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), WRONG)
def test_what_is_wrong_is_told_with_its_line(text, expected, tmp_path, monkeypatch):
    assert problems(text, tmp_path, monkeypatch) == [expected]


@pytest.mark.parametrize(("text", "expected"), WRONG)
def test_and_so_in_a_scenario(text, expected, tmp_path, monkeypatch):
    found = problems(SCENARIO + text, tmp_path, monkeypatch, scenario)
    assert [each.split(": ", 1)[1] for each in found] == [expected.split(": ", 1)[1]]
    line = int(expected.split(":")[1]) + SCENARIO.count("\n")
    assert found[0].startswith(f"r.toml:{line}: ")


def test_a_file_of_rules_has_nothing_else(tmp_path, monkeypatch):
    assert problems("[host]\n", tmp_path, monkeypatch) == [
        "r.toml:1: host: unknown key; expected [[rule]] alone"
    ]
    assert problems("", tmp_path, monkeypatch) == ["r.toml:1: rule: missing; expected at least one [[rule]]"]


def verdict(text, tmp_path, **columns):
    (tmp_path / "r.toml").write_text(text)
    return judged({"request": rows(["a", "b"], 4, 60 * S, **columns)}, own=load_rules(tmp_path / "r.toml"))


@pytest.mark.parametrize(("value", "severity"), [(1000, None), (1001, "warning"), (2001, "critical")])
def test_a_rule_holds_beyond_its_limits(value, severity, tmp_path):
    found = verdict(RULE, tmp_path, response_mean_ns=[[0, value]])
    assert fired(found).get("long-responses") == severity


def test_its_words_name_the_column_and_the_instance(tmp_path):
    found = verdict(RULE.replace("2000", "2000\nadvice = 'wait'"), tmp_path, response_mean_ns=[[0, 1500]])
    (finding,) = found.findings
    assert finding.text == "long-responses: response_mean_ns of b is 1.5 us (above 1 us)"
    assert finding.advice == "wait"


def test_a_rule_may_be_about_the_least_of_longer_means(tmp_path):
    text = RULE.replace(
        "warning = 1000\ncritical = 2000", 'beyond = "below"\naggregate = "min"\nover = "2 min"\nwarning = 7'
    )
    low = [[9, 9], [9, 1], [9, 9], [9, 9]]  # b: (9 + 1) / 2 = 5 in the first two minutes
    found = verdict(text, tmp_path, response_mean_ns=low)
    assert [each.subjects for each in found.findings] == [("b",)]


def test_a_counter_may_be_named_as_windows_does_in_any_case(tmp_path):
    path = r"\hyper-v hypervisor logical processor(*)\% TOTAL run time"
    (tmp_path / "r.toml").write_text(RULE.replace("request.response_mean_ns", path.replace("\\", "\\\\")))
    ((rule, measure),) = load_rules(tmp_path / "r.toml")
    assert measure.counter == "logical_processor.total_run_pct"
    assert rule.name == "long-responses"


def test_rules_of_a_scenario_are_its_own(tmp_path):
    (tmp_path / "s.toml").write_text(SCENARIO + RULE)
    ((rule, _),) = own_rules(scenario(tmp_path / "s.toml").rule)
    assert rule.limits[0].critical == 2000
